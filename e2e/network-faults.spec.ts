import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'
import { type Act, type Fault, test, testFaults } from './fixtures/fault.ts'
import { page } from './fixtures/gateway.ts'
import { expect } from './fixtures/test.ts'

const portal = '<!doctype html><title>Welcome</title><p>Please accept our terms.'

/** What the server itself says while it is being stopped. */
const draining = page(
  503,
  JSON.stringify({ error: { data: { failure: { kind: 'draining', retryAfterMs: 3_000 } } } }),
  { 'content-type': 'application/json' },
)

const mendNetwork: Act = ({ network }) => network.setFaults({})
const cutsAnswer =
  (ending: 'reset' | 'fin' | 'stall'): Act =>
  ({ network }) =>
    network.setFaults({ limit: { bytes: 0, ending } })

const numberOf = (event: string) => Number(/"seq":(\d+)/.exec(event)?.[1] ?? -1)

/** Rewrites the event of the next reply that has this number. */
const rewrites =
  (seq: number, rewrite: (event: string) => string): Act =>
  ({ gateway }) =>
    gateway.handleNext({
      rewrite: (event) => (numberOf(event) === seq ? rewrite(event) : event),
    })

const faults: Fault[] = [
  {
    cause: 'The browser is offline before it asks',
    before: ({ context }) => context.setOffline(true),
    mend: ({ context }) => context.setOffline(false),
  },
  {
    cause: 'The browser goes offline in the middle of a reply',
    asks: 'holds',
    midReply: async ({ context, network }) => {
      await context.setOffline(true)
      network.killAll('reset')
    },
    mend: ({ context }) => context.setOffline(false),
  },
  {
    cause: 'Nobody listens',
    before: ({ network }) => network.refuse(),
    mend: ({ network }) => network.accept(),
  },
  { cause: 'The connection is reset before the first word', before: cutsAnswer('reset'), mend: mendNetwork },
  { cause: 'The connection is closed before the first word', before: cutsAnswer('fin'), mend: mendNetwork },
  {
    cause: 'The connection is reset in the middle of a reply',
    asks: 'holds',
    midReply: ({ network }) => network.killAll('reset'),
  },
  {
    cause: 'The connection is closed in the middle of a reply',
    asks: 'holds',
    midReply: ({ network }) => network.killAll('fin'),
  },
  {
    cause: 'The connection falls silent in the middle of a reply',
    asks: 'holds',
    midReply: cutsAnswer('stall'),
    waitsMs: 47_000,
    mend: mendNetwork,
  },
  {
    cause: 'The machine sleeps for a minute in the middle of a reply',
    asks: 'holds',
    midReply: cutsAnswer('stall'),
    sleepsMs: 60_000,
    waitsMs: 2_000,
    mend: mendNetwork,
  },
  {
    cause: 'The clock is set back by an hour during a wait',
    before: ({ gateway }) => gateway.handleNext({ answer: draining }),
    mend: ({ context }) => context.clock.setSystemTime(Date.now() - 3_600_000),
  },
  {
    cause: 'The network swallows everything',
    before: ({ network }) => network.setFaults({ blackhole: true }),
    waitsMs: 152_000,
    mend: mendNetwork,
  },
  {
    cause: 'A gateway ends the reply properly where it was reset',
    asks: 'holds',
    before: ({ gateway }) => gateway.handleNext({ hidesResets: true }),
    midReply: ({ gateway }) => gateway.breakOff(),
  },
  {
    cause: 'A gateway holds the reply back until it is whole',
    before: ({ gateway }) => gateway.handleNext({ buffers: true }),
  },
  {
    cause: 'Each piece takes 100 ms',
    before: ({ network }) => network.setFaults({ latencyMs: 100 }),
    mend: mendNetwork,
  },
  {
    cause: 'Bytes come one at a time',
    before: ({ network }) => network.setFaults({ sliceBytes: 1 }),
    mend: mendNetwork,
  },
  {
    cause: 'The line carries 4,000 bytes a second',
    before: ({ network }) => network.setFaults({ bytesPerSecond: 4_000 }),
    mend: mendNetwork,
  },
  {
    cause: 'A captive portal answers with its page',
    before: ({ gateway }) => gateway.handleNext({ answer: page(200, portal) }),
  },
  {
    cause: 'A proxy reaches nobody: 502 as a page',
    before: ({ gateway }) => gateway.handleNext({ answer: page(502, portal) }),
  },
  {
    cause: 'A proxy finds the question too large: 413 as a page',
    before: ({ gateway }) => gateway.handleNext({ answer: page(413, portal) }),
  },
  {
    cause: 'A proxy finds that too much is asked: 429 as a page',
    before: ({ gateway }) => gateway.handleNext({ answer: page(429, portal, { 'retry-after': '3' }) }),
    leastWaitMs: 3_000,
  },
  {
    cause: 'An event has the wrong number',
    before: rewrites(2, (event) => event.replace('"seq":2', '"seq":20')),
  },
  { cause: 'An event comes twice', before: rewrites(2, (event) => `${event}\n\n${event}`) },
  { cause: 'An event is left out', before: rewrites(2, () => ': nothing') },
  { cause: 'An event is no JSON', before: rewrites(2, (event) => event.slice(0, -3)) },
  {
    cause: 'An event has a wrong shape',
    before: rewrites(2, (event) => event.replace('"text":"', '"text":7,"x":"')),
  },
  {
    cause: 'An event is of a kind that the page does not know',
    before: ({ gateway }) =>
      gateway.handleNext({
        rewrite: (event) => {
          const seq = numberOf(event)
          const later = event.replace(`"seq":${seq}`, `"seq":${seq + 1}`)
          if (seq === 2) return `data: {"type":"picture","seq":2}\n\n${later}`
          return seq > 2 ? later : event
        },
      }),
  },
  {
    cause: 'The session ended before the question',
    before: ({ context }) => context.clearCookies(),
    hidesComposer: true,
  },
  {
    cause: 'The session is ended in the middle of a reply',
    asks: 'holds',
    midReply: ({ context, app }) =>
      context.request.post(`${app.origin}/trpc/signOut`, { headers: { origin: app.origin }, data: {} }),
  },
  {
    cause: 'The store cannot be written',
    before: ({ app }) => {
      lock = new DatabaseSync(join(app.dataFolder, 'mayfly.db'))
      lock.exec('begin immediate')
    },
    mend: () => lock?.close(),
  },
  {
    cause: 'A server that is stopping refuses',
    before: ({ gateway }) => gateway.handleNext({ answer: draining }),
    leastWaitMs: 3_000,
  },
  {
    cause: 'The server is told to stop in the middle of a reply',
    asks: 'steady',
    midReply: ({ app }) => app.tellToStop(),
    mend: ({ app }) => app.restart(),
  },
  {
    cause: 'The server is told to stop, and at once, in the middle of a reply',
    asks: 'holds',
    // A signal that follows closely on another counts for none.
    midReply: ({ app, chat }) =>
      expect
        .poll(() => {
          app.tellToStop()
          return chat.root.getAttribute('data-state')
        })
        .toBe('interrupted'),
    mend: ({ app }) => app.restart(),
  },
  {
    cause: 'The server is gone when the question comes',
    before: ({ app }) => app.kill(),
    mend: ({ app }) => app.restart(),
  },
  {
    cause: 'The server is killed in the middle of a reply',
    asks: 'holds',
    midReply: ({ app }) => app.kill(),
    mend: ({ app }) => app.restart(),
  },
]

/** Holds the store's lock, which makes every writer wait in vain. */
let lock: DatabaseSync | undefined

testFaults('network', faults)

test.afterEach(async ({ network }) => {
  network.setFaults({})
  await network.accept()
})

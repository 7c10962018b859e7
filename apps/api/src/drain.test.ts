import { failureOf } from '@mayfly/contracts'
import { expect, test } from 'vitest'
import { drain } from './drain.ts'
import { OpenReplies } from './reply/open-replies.ts'
import { ask, mute, question, startServer } from './server.fixture.ts'
import type { Upstream } from './upstream/upstream.ts'

const never = new AbortController().signal
const long = 1_000_000

/** A server whose drain a test begins, and what its port answers to whether it is ready: nothing once it is closed. */
async function drainable(options: Parameters<typeof startServer>[0] = {}) {
  const app = await startServer(options)
  const { openReplies, server, store, origin } = app
  const ready = () =>
    fetch(`${origin}/readyz`).then(
      ({ status }) => status,
      () => 'closed',
    )
  const closed = { store: false }
  const parts = {
    openReplies,
    servers: [server],
    store: {
      close: async () => {
        expect(await store.db.selectFrom('leases').selectAll().execute()).toEqual([])
        closed.store = true
      },
    },
  }
  return { ...app, ready, closed, parts }
}

/** Says a word, and the rest when it is told to. */
function inTwoParts() {
  const rest = Promise.withResolvers<void>()
  const reply: Upstream['reply'] = async function* (_request, signal) {
    yield { type: 'started', model: 'm' }
    yield { type: 'delta', text: 'first ' }
    const left = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
    await Promise.race([rest.promise, left])
    if (signal.aborted) return
    yield { type: 'delta', text: 'and last' }
    yield { type: 'finished', finishReason: 'stop' }
  }
  return { reply, finish: () => rest.resolve() }
}

test('a drain lets what runs come to its end, and refuses what comes, while the port stays open', async () => {
  const { reply, finish } = inTwoParts()
  const { client, ready, closed, parts } = await drainable({ reply })
  const running = ask(client)
  await expect.poll(() => parts.openReplies.count).toBe(1)
  const left = drain({ ...parts, graceMs: long }, never)
  expect(await ready()).toBe(503)
  const refused = await ask(client).catch((thrown: unknown) => thrown)
  expect(failureOf(refused)).toEqual({ kind: 'draining', retryAfterMs: 10_000 })
  expect(parts.openReplies.count).toBe(1)
  finish()
  const events = await running
  expect(events.map((event) => (event.type === 'delta' ? event.text : '')).join('')).toBe('first and last')
  expect(events.at(-1)).toMatchObject({ type: 'finished' })
  await left
  expect(closed).toEqual({ store: true })
  expect(await ready()).toBe('closed')
})

test('a reply that outlasts the grace ends as draining, its text before that', async () => {
  const { reply } = inTwoParts()
  const { client, ready, closed, parts } = await drainable({ reply })
  const running = ask(client)
  await expect.poll(() => parts.openReplies.count).toBe(1)
  await drain({ ...parts, graceMs: 50 }, never)
  const events = await running
  expect(events.slice(-2)).toEqual([
    { type: 'delta', seq: 1, text: 'first ' },
    { type: 'failed', seq: 2, failure: { kind: 'draining', retryAfterMs: 3_000 } },
  ])
  expect(closed.store).toBe(true)
  expect(await ready()).toBe('closed')
})

test('a drain that is hurried ends what runs at once', async () => {
  const hurry = new AbortController()
  const { client, closed, parts } = await drainable({ reply: mute })
  const running = ask(client)
  await expect.poll(() => parts.openReplies.count).toBe(1)
  const left = drain({ ...parts, graceMs: long }, hurry.signal)
  hurry.abort()
  expect((await running).at(-1)).toMatchObject({ type: 'failed', failure: { kind: 'draining' } })
  await left
  expect(closed.store).toBe(true)
})

test('where no reply runs, a drain is over at once', async () => {
  const { ready, closed, parts } = await drainable()
  await drain({ ...parts, graceMs: long }, never)
  expect(closed.store).toBe(true)
  expect(await ready()).toBe('closed')
})

test('a reader that takes nothing keeps no drain from its end, and leaves no lease', async () => {
  const piece = 'x'.repeat(50_000)
  const { origin, token, closed, parts } = await drainable({
    async *reply(_request, signal) {
      yield { type: 'started', model: 'm' }
      while (!signal.aborted) {
        yield { type: 'delta', text: piece }
        await new Promise((resolve) => setImmediate(resolve))
      }
    },
    replyBytes: 64_000_000,
  })
  const response = await fetch(`${origin}/trpc/reply`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(question()),
  })
  await expect.poll(() => parts.openReplies.count).toBe(1)
  await drain({ ...parts, graceMs: 50 }, never)
  expect(closed.store).toBe(true)
  await response.body?.cancel().catch(() => undefined)
})

test('a reply that is let in just as all are ended ends at once', async () => {
  const openReplies = new OpenReplies()
  openReplies.endAll()
  const ended: unknown[] = []
  openReplies.add({ id: 'late', session: 's', end: (failure) => void ended.push(failure) })
  expect(ended).toEqual([{ kind: 'draining', retryAfterMs: 3_000 }])
})

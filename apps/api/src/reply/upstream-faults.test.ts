import type { ServerResponse } from 'node:http'
import { limits, type ReplyEvent } from '@mayfly/contracts'
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { ask, post, question, startServer } from '../server.fixture.ts'
import {
  begin,
  counted,
  done,
  type Heard,
  said,
  startServer as startUpstream,
} from '../upstream/test-server.ts'
import { openUpstream } from '../upstream/upstream.ts'

const secret = 'sk-marked-canary-7f3a'
const stop = said({}, 'stop')

/** A server of the tests' own that answers every request like this, until the test is over. */
async function serve(handle: (res: ServerResponse, request: Heard) => void) {
  const server = await startUpstream(handle)
  onTestFinished(() => server.close())
  return server
}

/** Our whole server over the upstream at `url`, with the real SDK between them, and one reply of it as a client sees it. */
async function relaying(url: string) {
  const upstream = await openUpstream({
    choice: { url },
    apiKey: secret,
    baseUrl: null,
    model: 'm',
    continues: null,
    firstTokenMs: 5_000,
    silenceMs: 5_000,
    systemPrompt: null,
    mayLookForLocal: false,
    ownPort: 3000,
  })
  const server = await startServer({
    reply: (request, signal) => upstream.reply(request, signal),
    tokensPerDay: 10_000_000,
  })
  const { client, store, lines, openReplies } = server
  return {
    ...server,
    async reply() {
      const events = await ask(client, { ...question(), model: 'm' })
      await expect.poll(() => openReplies.count).toBe(0)
      await expect.poll(() => store.db.selectFrom('leases').selectAll().execute()).toEqual([])
      expect(JSON.stringify(events) + lines.join('')).not.toMatch(/canary|"bug"/)
      return events
    },
  }
}

const textOf = (events: ReplyEvent[]) =>
  events.map((event) => (event.type === 'delta' ? event.text : '')).join('')

const failed = (kind: string, more = {}) => ({ type: 'failed', failure: { kind, ...more } })

describe('an upstream that can’t be asked fails the reply as upstream-down', () => {
  test.each<[string, () => Promise<string>]>([
    ['a name that nobody has', async () => 'http://nowhere.invalid/v1'],
    [
      'a port where nobody listens',
      async () => {
        const server = await startUpstream(() => {})
        await server.close()
        return server.base
      },
    ],
    [
      'https where plain http is spoken',
      async () => (await serve((res) => res.end())).base.replace('http:', 'https:'),
    ],
    [
      'a page with status 200',
      async () => {
        const html = { 'content-type': 'text/html' }
        return (await serve((res) => res.writeHead(200, html).end('<html>canary</html>'))).base
      },
    ],
  ])('%s', async (_name, urlOf) => {
    const { reply } = await relaying(await urlOf())
    expect(await reply()).toMatchObject([failed('upstream-down')])
  })

  test.each([301, 302, 303, 307, 308])(
    'a redirect (%i) to another host, which hears nothing, least of all the key',
    async (status) => {
      const other = await serve((res) => (begin(res, said({ content: 'Hello' }), stop, done), res.end()))
      const location = `http://localhost:${other.port}/v1/chat/completions`
      const server = await serve((res) => res.writeHead(status, { location }).end())
      const { reply } = await relaying(server.base)
      expect(await reply()).toMatchObject([failed('upstream-down')])
      expect(server.heard.map(({ headers }) => headers.authorization)).toEqual([`Bearer ${secret}`])
      expect(other.heard).toEqual([])
    },
  )
})

describe('a wait that the upstream asks for', () => {
  const tenYears = 10 * 365.25 * 24 * 3_600_000
  test.each<[Record<string, string>, object]>([
    [{ 'retry-after': '3' }, { retryAfterMs: 3_000 }],
    [{ 'retry-after-ms': '1500', 'retry-after': '9' }, { retryAfterMs: 1_500 }],
    [{ 'retry-after': '999999999999' }, { retryAfterMs: tenYears }],
    [{ 'retry-after': '9'.repeat(30) }, { retryAfterMs: tenYears }],
    [{ 'retry-after': '1e308' }, {}],
    [{ 'retry-after': 'Infinity' }, {}],
    [{ 'retry-after': '-5' }, {}],
    [{ 'retry-after-ms': '-1' }, {}],
    [{ 'retry-after': 'soon' }, {}],
    [{ 'retry-after': 'Fri, 31 Dec 1999 23:59:59 GMT' }, {}],
    [{ 'retry-after': 'Fri, 31 Dec 9999 23:59:59 GMT' }, { retryAfterMs: tenYears }],
  ])('by %j reaches the client as a number that it takes, or not at all', async (headers, wait) => {
    const html = { 'content-type': 'text/html' }
    const server = await serve((res) =>
      res.writeHead(429, { ...html, ...headers }).end('<html>canary</html>'),
    )
    const { reply } = await relaying(server.base)
    const [event, ...more] = await reply()
    expect(more).toEqual([])
    // The client has read the event by the contract's schema: anything but a finite number is refused there.
    expect(event).toEqual({ seq: 0, ...failed('rate-limited', wait) })
    expect(server.heard).toHaveLength(1)
  })
})

describe('too much of a reply', () => {
  test('in one frame of 10 MB comes in pieces that a client takes, and ends at its length', async () => {
    const server = await serve((res) => begin(res, said({ content: '語'.repeat(3_333_333) }), stop, done))
    const { reply } = await relaying(server.base)
    const events = await reply()
    for (const event of events) {
      if (event.type === 'delta') expect(Buffer.byteLength(event.text)).toBeLessThanOrEqual(limits.deltaBytes)
    }
    expect(textOf(events)).toBe('語'.repeat(Math.floor(limits.replyBytes / 3)))
    expect(events.at(-1)).toMatchObject({ type: 'finished', finishReason: 'length' })
  })

  test('in 100,000 tiny frames arrives whole, joined into few events', async () => {
    const words = Array.from({ length: 100_000 }, (_, n) => `${n.toString(36)} `)
    const server = await serve((res) => {
      begin(res)
      res.end(words.map((content) => said({ content })).join('') + stop + counted + done)
    })
    const { reply } = await relaying(server.base)
    const events = await reply()
    expect(textOf(events)).toBe(words.join(''))
    expect(events.length).toBeLessThan(2_000)
    expect(events.at(-1)).toMatchObject({ type: 'finished', finishReason: 'stop' })
  })

  test('without an end ends at its length, and closes the connection to the upstream', async () => {
    const server = await serve((res) => {
      begin(res)
      const more = () => {
        while (!res.destroyed && res.write(said({ content: 'x'.repeat(20_000) })));
        if (!res.destroyed) res.once('drain', more)
      }
      more()
    })
    const { reply } = await relaying(server.base)
    const events = await reply()
    expect(textOf(events)).toBe('x'.repeat(limits.replyBytes))
    expect(events.at(-1)).toMatchObject({ type: 'finished', finishReason: 'length' })
    expect(await server.heard[0]?.closed).toMatchObject({ early: true })
  })
})

describe('a clock that jumps during a reply', () => {
  afterEach(() => vi.useRealTimers())

  test.each([3_600_000, -3_600_000])(
    'by %i ms wakes no watchdog, and what was used is booked',
    async (jump) => {
      vi.useFakeTimers({ toFake: ['Date', 'setInterval', 'clearInterval'] })
      const goOn = Promise.withResolvers<void>()
      const server = await serve(async (res) => {
        begin(res, said({ content: 'Hel' }))
        await goOn.promise
        res.end(said({ content: 'lo' }) + stop + counted + done)
      })
      const { origin, token, store, openReplies } = await relaying(server.base)
      const leases = () => store.db.selectFrom('leases').select('expires_at').execute()
      // Read by hand: a client of ours takes a clock that has moved on for a machine that slept.
      const body = JSON.stringify({ ...question(), model: 'm' })
      const response = await post(`${origin}/trpc/reply`, { authorization: `Bearer ${token}` }, body)
      expect(await leases()).toHaveLength(1)
      vi.setSystemTime(Date.now() + jump)
      await vi.advanceTimersByTimeAsync(7_000)
      await vi.waitFor(async () => {
        const [lease] = await leases()
        expect(lease?.expires_at).toBeGreaterThan(Date.now())
        expect(lease?.expires_at).toBeLessThanOrEqual(Date.now() + 20_000)
      })
      expect(openReplies.count).toBe(1)
      goOn.resolve()
      const told = await response.text()
      expect(told).toMatch(/"text":"Hel".*"text":"lo".*"finishReason":"stop"/s)
      await vi.waitFor(async () => expect(await leases()).toEqual([]))
      const usage = await store.db.selectFrom('usage').select(['tokens', 'reserved']).execute()
      expect(usage).toEqual([{ tokens: 5, reserved: 0 }])
    },
  )
})

import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { createChatClient, failureOf } from '@mayfly/contracts'
import { describe, expect, test } from 'vitest'
import { collectGarbage } from '../collect-garbage.fixture.ts'
import { ask, hello, mute, question, startServer } from '../server.fixture.ts'
import type { Upstream } from '../upstream/upstream.ts'

/** Says the butterfly's name for ever, and tells when it was stopped. */
function endless(piece = '🦋'): { reply: Upstream['reply']; pulled: () => number; stopped: Promise<void> } {
  let pulled = 0
  const stopped = Promise.withResolvers<void>()
  return {
    pulled: () => pulled,
    stopped: stopped.promise,
    async *reply(_request, signal) {
      signal.addEventListener('abort', () => stopped.resolve())
      yield { type: 'started', model: 'm' }
      while (!signal.aborted) {
        pulled++
        yield { type: 'delta', text: piece }
        await new Promise((resolve) => setImmediate(resolve))
      }
    },
  }
}

describe.each([
  ['our own writer', false],
  ["tRPC's own handler", true],
])('over %s', (_name, stockReplies) => {
  test('a reply comes as numbered events with one last word', async () => {
    const { client } = await startServer({ stockReplies })
    expect(await ask(client)).toEqual([
      { type: 'started', seq: 0, model: 'm', replyId: expect.any(String) },
      { type: 'delta', seq: 1, text: 'Hello' },
      { type: 'finished', seq: 2, finishReason: 'stop', usage: { input: 1, output: 1 } },
    ])
  })

  test('a failure in mid-reply is an event after the text', async () => {
    const { client } = await startServer({
      stockReplies,
      async *reply() {
        yield { type: 'started', model: 'm' }
        yield { type: 'delta', text: 'Hel' }
        yield { type: 'failed', failure: { kind: 'upstream-down' } }
      },
    })
    const events = await ask(client)
    expect(events.at(-1)).toEqual({ type: 'failed', seq: 2, failure: { kind: 'upstream-down' } })
  })

  test('the upstream is told at once when the reader leaves', async () => {
    const { reply, stopped } = endless()
    const { client, openReplies } = await startServer({ reply, stockReplies })
    const started = Promise.withResolvers<void>()
    const reading = client.reply.subscribe(question(), { onData: () => started.resolve() })
    await started.promise
    reading.unsubscribe()
    await stopped
    await expect.poll(() => openReplies.count).toBe(0)
  })

  test('a broken token is told as an ended session', async () => {
    const { origin } = await startServer({ stockReplies })
    const client = createChatClient({ url: origin, token: 'mf_wrong' })
    const error = await ask(client).catch((thrown: unknown) => thrown)
    expect(failureOf(error)).toEqual({ kind: 'session-ended' })
  })
})

test.each(['FIN', 'RST'])(
  'a connection that ends with %s before the first token ends the reply',
  async (how) => {
    const { port, token, openReplies } = await startServer({ reply: mute })
    const body = JSON.stringify(question())
    const socket = connect(port, '127.0.0.1')
    socket.write(
      `POST /trpc/reply HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n` +
        `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    )
    await expect.poll(() => openReplies.count).toBe(1)
    if (how === 'FIN') socket.end()
    else socket.resetAndDestroy()
    await expect.poll(() => openReplies.count).toBe(0)
  },
)

test('a reader that stops reading holds the upstream back', async () => {
  const { reply, pulled } = endless('x'.repeat(1_000))
  const { port, token } = await startServer({ reply, replyBytes: 32_000_000 })
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const req = httpRequest({ port, host: '127.0.0.1', path: '/trpc/reply', method: 'POST', headers })
  req.on('response', (res) => res.pause())
  req.end(JSON.stringify(question()))
  let before = -1
  // It stands still once the sockets' buffers are full, which is long before 32 MB would end it as too long.
  const standsStill = () => {
    const still = pulled() === before && before > 0
    before = pulled()
    return still
  }
  await expect.poll(standsStill, { interval: 150, timeout: 10_000 }).toBe(true)
  expect(pulled()).toBeLessThan(12_000)
  req.destroy()
})

test('a question is not kept in memory while its reply runs', async () => {
  let kept: WeakRef<object> | undefined
  const { client } = await startServer({
    reply(request, signal) {
      kept = new WeakRef(request.messages)
      return (async function* () {
        yield { type: 'started', model: 'm' } as const
        await new Promise((resolve) => signal.addEventListener('abort', resolve))
      })()
    },
  })
  const started = Promise.withResolvers<void>()
  const reading = client.reply.subscribe(question(), { onData: () => started.resolve() })
  await started.promise
  const isKept = () => {
    collectGarbage()
    return kept?.deref() !== undefined
  }
  await expect.poll(isKept).toBe(false)
  reading.unsubscribe()
})

test('one huge piece is cut where the reply reaches its length, never through a character', async () => {
  const { client } = await startServer({
    async *reply() {
      yield { type: 'started', model: 'm' }
      yield { type: 'delta', text: '🦋'.repeat(1_000_001) }
    },
    replyBytes: 2_000_001,
  })
  const events = await ask(client)
  const text = events.map((event) => (event.type === 'delta' ? event.text : '')).join('')
  expect(text).toBe('🦋'.repeat(500_000))
  expect(events.at(-1)).toMatchObject({ type: 'finished', finishReason: 'length' })
})

test('a reply that grows past 2 MB ends as one that reached its length', async () => {
  const { reply } = endless('x'.repeat(50_000))
  const { client } = await startServer({ reply })
  const events = await ask(client)
  expect(events.at(-1)).toMatchObject({ type: 'finished', finishReason: 'length' })
  const bytes = events.reduce((sum, event) => sum + (event.type === 'delta' ? event.text.length : 0), 0)
  expect(bytes).toBe(2_000_000)
})

test('a reply takes the place of the one that it replaces', async () => {
  const { client, openReplies } = await startServer({ reply: mute, concurrentReplies: 1 })
  const started = Promise.withResolvers<string>()
  const ended = Promise.withResolvers<unknown>()
  client.reply.subscribe(question(), {
    onData: (event) => {
      if (event.type === 'started') started.resolve(event.replyId)
      if (event.type === 'failed') ended.resolve(event.failure)
    },
  })
  const second = client.reply.subscribe(
    { ...question(), replaces: await started.promise },
    { onError: () => {} },
  )
  expect(await ended.promise).toEqual({ kind: 'network' })
  await expect.poll(() => openReplies.count).toBe(1)
  second.unsubscribe()
})

test('what a reply used is booked: by the upstream’s count, and for one that was left by its bytes', async () => {
  const { client, store } = await startServer({ tokensPerDay: 100_000, reply: hello })
  const booked = async () => (await store.db.selectFrom('usage').select(['tokens', 'reserved']).execute())[0]
  await ask(client)
  await expect.poll(booked).toMatchObject({ tokens: 2, reserved: 0 })

  const left = await startServer({
    tokensPerDay: 100_000,
    async *reply(_request, signal) {
      yield { type: 'started', model: 'm' }
      yield { type: 'delta', text: '語'.repeat(1_000) }
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
    },
  })
  const heard = Promise.withResolvers<void>()
  const reading = left.client.reply.subscribe(question('four'), {
    onData: (event) => event.type === 'delta' && heard.resolve(),
  })
  await heard.promise
  reading.unsubscribe()
  const bookedThere = async () =>
    (await left.store.db.selectFrom('usage').select(['tokens', 'reserved']).execute())[0]
  await expect.poll(bookedThere).toMatchObject({ tokens: 1 + 750, reserved: 0 })
})

test('more messages than may be sent are too large, and are told so', async () => {
  const { client } = await startServer()
  const [message] = question().messages
  const messages = Array.from({ length: 20_001 }, () => message ?? { role: 'user' as const, parts: [] })
  const error = await ask(client, { ...question(), messages }).catch((thrown: unknown) => thrown)
  expect(failureOf(error)).toEqual({ kind: 'too-large' })
})

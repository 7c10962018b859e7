import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { createServer, type Server, type Socket } from 'node:net'
import { createTRPCClient } from '@trpc/client'
import { createHTTPHandler } from '@trpc/server/adapters/standalone'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createChatClient } from './client.ts'
import { type Failure, refusal } from './failure.ts'
import { limits } from './limits.ts'
import { textMessage } from './message.ts'
import { contractVersion, type ReplyEvent, type ReplyRequest } from './reply.ts'
import { type AppRouter, createRouter } from './router.ts'
import { failureOf, streamLink } from './stream-link.ts'

// Sockets need real timers; only what the link judges silence by stands still.
beforeEach(() => void vi.useFakeTimers({ toFake: ['Date', 'performance', 'setInterval', 'clearInterval'] }))
const servers: Server[] = []
const sockets = new Set<Socket>()
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
  for (const socket of sockets) socket.destroy()
  for (const server of servers.splice(0)) server.close()
})

const request: ReplyRequest = {
  version: contractVersion,
  messages: [textMessage('user', 'What is a mayfly?')],
}

async function addressOf(server: Server): Promise<string> {
  servers.push(server)
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('not listening on a port')
  return `http://127.0.0.1:${address.port}`
}

/** A server that reads whole requests and then lets `answer` write what it likes, byte by byte. */
async function serve(answer: (socket: Socket) => void) {
  const requests: string[] = []
  const server = createServer((socket) => {
    let received = ''
    socket.on('error', () => {})
    socket.on('data', (bytes) => {
      received += bytes.toString('latin1')
      const head = received.indexOf('\r\n\r\n')
      const length = Number(/content-length: (\d+)/i.exec(received)?.[1])
      if (head === -1 || received.length < head + 4 + length) return
      requests.push(received)
      received = ''
      answer(socket)
    })
  })
  return { url: await addressOf(server), requests }
}

type Outcome = { events: ReplyEvent[]; end: 'complete' | Failure }

const clientOf = (url: string) => createTRPCClient<AppRouter>({ links: [streamLink({ url })] })

/** Asks for a reply; `outcome` is what came of it, and `heard` resolves with each next event. */
function ask(url: string, input: ReplyRequest = request) {
  const events: ReplyEvent[] = []
  let wake = () => {}
  const ended = Promise.withResolvers<Outcome>()
  const subscription = clientOf(url).reply.subscribe(input, {
    onData: (event) => {
      events.push(event)
      wake()
    },
    onError: (error) => ended.resolve({ events, end: failureOf(error) }),
    onComplete: () => ended.resolve({ events, end: 'complete' }),
  })
  return {
    events,
    outcome: ended.promise,
    heard: () => new Promise<void>((resolve) => void (wake = resolve)),
    unsubscribe: () => subscription.unsubscribe(),
  }
}

const head = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n'
const connected = 'event: connected\ndata: {}\n\n'
const returned = 'event: return\ndata: \n\n'
const ping = 'event: ping\ndata: \n\n'
const write = (event: object) => `data: ${JSON.stringify(event)}\n\n`

const started: ReplyEvent = { type: 'started', seq: 0, replyId: 'r1', model: 'demo' }
const delta = (seq: number, text = 'a'): ReplyEvent => ({ type: 'delta', seq, text })
const finished = (seq: number): ReplyEvent => ({ type: 'finished', seq, finishReason: 'stop' })

/** The bytes of an answer whose events these are, to its proper end. */
const wholeReply = (events: readonly object[]) => head + connected + events.map(write).join('') + returned

const answer = (status: string, type: string, body: string) => (socket: Socket) =>
  socket.end(
    `HTTP/1.1 ${status}\r\ncontent-type: ${type}\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
  )

const envelope = (code: string, httpStatus: number, failure?: object) =>
  JSON.stringify({ error: { message: code, code: -32_000, data: { code, httpStatus, failure } } })
const page = '<!doctype html><title>Please sign in to the airport</title>'

describe('a reply', () => {
  test('is carried whole, by one POST that never names what was asked in its address', async () => {
    const events = [
      started,
      { type: 'reasoning', seq: 1, text: 'hm' } as const,
      delta(2, 'Hé 🦋\n'),
      finished(3),
    ]
    const server = await serve((socket) => socket.end(wholeReply(events)))

    await expect(ask(server.url).outcome).resolves.toEqual({ events, end: 'complete' })
    expect(server.requests).toHaveLength(1)
    expect(server.requests[0]).toMatch(/^POST \/reply HTTP\/1\.1\r\n/)
    expect(server.requests[0]).toMatch(/\r\ncontent-type: application\/json\r\n/i)
    expect(server.requests[0]).toContain(JSON.stringify(request))
  })

  test('may end in a failure, which is an event and no error', async () => {
    const failed: ReplyEvent = { type: 'failed', seq: 1, failure: { kind: 'upstream-down' } }
    const server = await serve((socket) => socket.end(wholeReply([started, failed])))
    await expect(ask(server.url).outcome).resolves.toEqual({ events: [started, failed], end: 'complete' })
  })

  test('is the same with heartbeats, comments and unknown names in it', async () => {
    const noise = `${ping}: a comment\n\nevent: restore-id\ndata: 7\n\nid: 4\nretry: 10\nshoe: size\n\n`
    const body = [started, delta(1), finished(2)].map(write).join(noise)
    const server = await serve((socket) => socket.end(head + connected + noise + body + noise + returned))
    await expect(ask(server.url).outcome).resolves.toEqual({
      events: [started, delta(1), finished(2)],
      end: 'complete',
    })
  })

  test('skips an event of a newer server, but counts it', async () => {
    const events = [started, { type: 'picture', seq: 1, url: 'x' }, delta(2), finished(3)]
    const server = await serve((socket) => socket.end(wholeReply(events)))
    await expect(ask(server.url).outcome).resolves.toEqual({
      events: [started, delta(2), finished(3)],
      end: 'complete',
    })
  })

  test('is the same when it comes in single bytes', async () => {
    const text = wholeReply([started, delta(1, 'é🦋'), finished(2)]).replaceAll(/(?<!\r)\n/g, '\r\n')
    const server = await serve((socket) => {
      socket.setNoDelay(true)
      void (async () => {
        for (const byte of Buffer.from(text)) {
          socket.write(Buffer.of(byte))
          await new Promise(setImmediate)
        }
        socket.end()
      })()
    })
    await expect(ask(server.url).outcome).resolves.toEqual({
      events: [started, delta(1, 'é🦋'), finished(2)],
      end: 'complete',
    })
  })

  test('is the same however its bytes are cut and its lines are ended', async () => {
    const run = async (texts: string[], ending: string, cuts: number[]) => {
      const events = [started, ...texts.map((each, i) => delta(i + 1, each)), finished(texts.length + 1)]
      const text = (connected + events.map(write).join(ping) + returned).replaceAll('\n', ending)
      const bytes = new TextEncoder().encode(text)
      const places = cuts.map((cut) => cut % bytes.length).toSorted((a, b) => a - b)
      const pieces = [0, ...places].map((from, i) => bytes.slice(from, places[i]))
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          for (const piece of pieces) controller.enqueue(piece)
          controller.close()
        },
      })
      const fetched = new Response(body, { headers: { 'content-type': 'text/event-stream' } })
      vi.stubGlobal('fetch', () => Promise.resolve(fetched))
      expect(await ask('http://stubbed').outcome).toEqual({ events, end: 'complete' })
    }
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: 'grapheme', maxLength: 6 }), { maxLength: 4 }),
        fc.constantFrom('\n', '\r\n'),
        fc.array(fc.nat(), { maxLength: 40 }),
        run,
      ),
    )
  })

  test('is heard piece by piece as it comes, while every timer and frame of the page stands still', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'performance', 'setInterval', 'clearInterval', 'setTimeout'] })
    const never = vi.fn<() => number>(() => 0)
    vi.stubGlobal('requestAnimationFrame', never)
    vi.stubGlobal('requestIdleCallback', never)
    const asked = Promise.withResolvers<Socket>()
    const server = await serve((socket) => asked.resolve(socket))
    const reply = ask(server.url)
    const socket = await asked.promise
    socket.write(head + connected)
    for (const event of [started, delta(1), delta(2), delta(3)]) {
      const heard = reply.heard()
      socket.write(write(event))
      await heard
      expect(reply.events.at(-1)).toEqual(event)
    }
    socket.end(write(finished(4)) + returned)
    expect((await reply.outcome).end).toBe('complete')
    expect(never).not.toHaveBeenCalled()
  })

  test('can be read with for await, and leaving the loop hangs up', async () => {
    const gone = Promise.withResolvers<void>()
    const server = await serve((socket) => {
      socket.on('close', () => gone.resolve())
      socket.write(head + connected + [started, delta(1), delta(2)].map(write).join(''))
    })
    const events: ReplyEvent[] = []
    for await (const event of clientOf(server.url).reply.subscribe(request)) {
      events.push(event)
      if (event.type === 'delta') break
    }
    await gone.promise
    expect(events).toEqual([started, delta(1)])
  })

  test('that breaks off throws out of for await, after what had come', async () => {
    const server = await serve((socket) => socket.end(head + connected + write(started)))
    const events: ReplyEvent[] = []
    const read = async () => {
      for await (const event of clientOf(server.url).reply.subscribe(request)) events.push(event)
    }
    const error = await read().catch((cause: unknown) => cause)
    expect(failureOf(error)).toEqual({ kind: 'network' })
    expect(events).toEqual([started])
  })
})

describe('a refusal', () => {
  test.each<[string, string, string, string, Failure]>([
    [
      'of its size',
      '413 Payload Too Large',
      'application/json',
      envelope('PAYLOAD_TOO_LARGE', 413, { kind: 'too-large' }),
      { kind: 'too-large' },
    ],
    [
      'of the session',
      '401 Unauthorized',
      'application/json',
      envelope('UNAUTHORIZED', 401, { kind: 'session-ended' }),
      { kind: 'session-ended' },
    ],
    [
      'of the rate',
      '429 Too Many Requests',
      'application/json',
      envelope('TOO_MANY_REQUESTS', 429, { kind: 'rate-limited', retryAfterMs: 2_500 }),
      { kind: 'rate-limited', retryAfterMs: 2_500 },
    ],
    [
      'by a server that closes',
      '503 Service Unavailable',
      'application/json',
      envelope('SERVICE_UNAVAILABLE', 503, { kind: 'draining' }),
      { kind: 'draining' },
    ],
    [
      'without a failure in it',
      '500 Internal Server Error',
      'application/json',
      envelope('INTERNAL_SERVER_ERROR', 500),
      { kind: 'unexpected' },
    ],
    [
      'with a failure unheard of',
      '429 Too Many Requests',
      'application/json',
      envelope('TOO_MANY_REQUESTS', 429, { kind: 'mondays' }),
      { kind: 'rate-limited' },
    ],
    [
      "by a proxy's own limit of the rate",
      '429 Too Many Requests\r\nretry-after: 7',
      'text/html',
      page,
      { kind: 'rate-limited', retryAfterMs: 7_000 },
    ],
    [
      "by a gateway's own limit of the rate",
      '429 Too Many Requests\r\nretry-after: Sun, 01 Jun 2025 00:00:30 GMT',
      'application/json',
      '{"message":"slow down"}',
      { kind: 'rate-limited', retryAfterMs: 30_000 },
    ],
    ...['-7', '0', 'soon', 'Sun, 01 Jun 2014 00:00:00 GMT'].map(
      (wait): [string, string, string, string, Failure] => [
        `with a wait of "${wait}", which is none,`,
        `429 Too Many Requests\r\nretry-after: ${wait}`,
        'text/html',
        page,
        { kind: 'rate-limited' },
      ],
    ),
    [
      'with a wait of years',
      '429 Too Many Requests\r\nretry-after: 999999999999',
      'text/html',
      page,
      { kind: 'rate-limited', retryAfterMs: 10 * 365.25 * 24 * 3_600_000 },
    ],
    [
      'by a gateway whose server is being mended',
      '503 Service Unavailable\r\nretry-after: 120',
      'text/html',
      page,
      { kind: 'network', retryAfterMs: 120_000 },
    ],
    [
      'of a path that the server does not know',
      '404 Not Found',
      'application/json',
      envelope('NOT_FOUND', 404),
      { kind: 'unexpected' },
    ],
    ['by a gateway that reaches nobody', '502 Bad Gateway', 'text/html', page, { kind: 'network' }],
    [
      'by a gateway that waited in vain',
      '504 Gateway Timeout',
      'application/json',
      '{}',
      { kind: 'network' },
    ],
    [
      "by a proxy's own limit of size",
      '413 Request Entity Too Large',
      'text/html',
      page,
      { kind: 'too-large' },
    ],
    ["by a proxy's own sign-in", '401 Unauthorized', 'text/html', page, { kind: 'session-ended' }],
    ['that a captive portal calls success', '200 OK', 'text/html', page, { kind: 'network' }],
    ['that leads elsewhere', '302 Found\r\nlocation: /portal', 'text/html', page, { kind: 'network' }],
    ['that is JSON and no stream', '200 OK', 'application/json', '{"result":{}}', { kind: 'unexpected' }],
  ])('%s becomes one typed failure, after one request', async (_, status, type, body, failure) => {
    vi.setSystemTime('2025-06-01T00:00:00Z')
    const server = await serve(answer(status, type, body))
    await expect(ask(server.url).outcome).resolves.toEqual({ events: [], end: failure })
    expect(server.requests).toHaveLength(1)
  })

  test.each<[string, string, Failure]>([
    ['text/html', '413 Payload Too Large', { kind: 'too-large' }],
    ['text/html', '200 OK', { kind: 'network' }],
    ['application/json', '413 Payload Too Large', { kind: 'too-large' }],
    ['application/json', '500 Oh', { kind: 'unexpected' }],
  ])('as %s of status %s that pours without end is hung up on', async (type, status, failure) => {
    const gone = Promise.withResolvers<number>()
    const server = await serve((socket) => {
      const more = () => {
        while (socket.write('{"a":'.repeat(20_000)));
      }
      socket.on('drain', more)
      socket.on('close', () => gone.resolve(socket.bytesWritten))
      socket.write(`HTTP/1.1 ${status}\r\ncontent-type: ${type}\r\nconnection: close\r\n\r\n`)
      more()
    })
    await expect(ask(server.url).outcome).resolves.toEqual({ events: [], end: failure })
    expect(await gone.promise).toBeLessThan(32_000_000)
  })

  test('of the connection itself is a lost network', async () => {
    const server = createServer()
    const url = await addressOf(server)
    server.close()
    await once(server, 'close')
    await expect(ask(url).outcome).resolves.toEqual({ events: [], end: { kind: 'network' } })
  })

  test('of what is too large costs no request', async () => {
    const server = await serve((socket) => socket.end(wholeReply([started, finished(1)])))
    const withText = (length: number) => ({ ...request, messages: [textMessage('user', 'ä'.repeat(length))] })
    const around = JSON.stringify(withText(0)).length
    const most = (limits.requestBytes - around) / 2

    const tooLarge = await ask(server.url, withText(Math.floor(most) + 1)).outcome
    expect(tooLarge).toEqual({ events: [], end: { kind: 'too-large' } })
    expect(server.requests).toHaveLength(0)

    const largest = await ask(server.url, withText(Math.floor(most))).outcome
    expect(largest.end).toBe('complete')
  })
})

describe('a stream that breaks', () => {
  const body = connected + write(started) + write(delta(1))
  const begun = head + body
  const chunkedHead = head.replace('connection: close', 'transfer-encoding: chunked')

  test.each<[string, (socket: Socket) => void]>([
    ['with a reset', (socket) => socket.write(begun, () => setImmediate(() => socket.resetAndDestroy()))],
    ['at a clean end of its body', (socket) => socket.end(begun)],
    ['in the middle of an event', (socket) => socket.end(`${begun}data: {"type":"del`)],
    ['in the middle of a chunk', (socket) => socket.end(`${chunkedHead}${(1_000).toString(16)}\r\n${body}`)],
    ['after its finish, before the last word', (socket) => socket.end(begun + write(finished(2)))],
  ])('%s is a lost network, and is not asked for again', async (_, script) => {
    const server = await serve(script)
    const { events, end } = await ask(server.url).outcome
    expect(end).toEqual({ kind: 'network' })
    // A reset may throw away what was not read yet, and nothing else does.
    expect([started, delta(1), finished(2)].slice(0, events.length)).toEqual(events)
    expect(server.requests).toHaveLength(1)
  })

  test.each<[string, string, ReplyEvent[]]>([
    ['leaves a number out', write(delta(2)), []],
    ['says a later number first', write(delta(2)) + write(delta(1)), []],
    ['says a number twice', write(delta(1)) + write(delta(1)), [delta(1)]],
    [
      'leaves the number out of an unknown event',
      write({ type: 'picture', seq: 5 }) + write(finished(2)),
      [],
    ],
    ['has no number', write({ type: 'delta', text: 'a' }) + write(finished(2)), []],
    ['has a wrong shape', write({ type: 'delta', seq: 1, text: 7 }) + write(finished(2)), []],
    ['is no JSON', 'data: {"type":"delta","seq":1,\n\n' + write(finished(2)), []],
    ['is JSON but no event', 'data: null\n\n' + write(finished(2)), []],
    ['goes on after its end', write(finished(1)) + write(delta(2)), [finished(1)]],
    ['ends twice', write(finished(1)) + write(finished(2)), [finished(1)]],
    ['ends without saying how', returned, []],
    ['ends with an error that tells nothing', 'event: serialized-error\ndata: {"message":"x"}\n\n', []],
    ['ends with an error that is no JSON', 'event: serialized-error\ndata: <html>\n\n', []],
  ])('because it %s is unexpected, and what had come stays', async (_, bytes, events) => {
    const server = await serve((socket) => socket.end(head + connected + write(started) + bytes + returned))
    await expect(ask(server.url).outcome).resolves.toEqual({
      events: [started, ...events],
      end: { kind: 'unexpected' },
    })
    expect(server.requests).toHaveLength(1)
  })

  test('because of what it says is hung up on', async () => {
    const gone = Promise.withResolvers<void>()
    const server = await serve((socket) => {
      socket.on('close', () => gone.resolve())
      socket.write(head + connected + write(started) + write(delta(7)))
    })
    expect((await ask(server.url).outcome).end).toEqual({ kind: 'unexpected' })
    await gone.promise
  })

  test('with an error of ours has its failure', async () => {
    const error = { message: 'x', code: -32_000, data: { failure: { kind: 'busy', retryAfterMs: 2_000 } } }
    const server = await serve((socket) =>
      socket.end(`${head}${connected}event: serialized-error\ndata: ${JSON.stringify(error)}\n\n`),
    )
    await expect(ask(server.url).outcome).resolves.toEqual({
      events: [],
      end: { kind: 'busy', retryAfterMs: 2_000 },
    })
  })

  test('because a line never ends is given up long before it fills the memory', async () => {
    const piece = 'x'.repeat(100_000)
    const gone = Promise.withResolvers<number>()
    const server = await serve((socket) => {
      const more = () => {
        while (socket.write(piece));
      }
      socket.on('drain', more)
      socket.on('close', () => gone.resolve(socket.bytesWritten))
      socket.write(`${head}${connected}${write(started)}data: `)
      more()
    })
    await expect(ask(server.url).outcome).resolves.toEqual({ events: [started], end: { kind: 'unexpected' } })
    expect(await gone.promise).toBeLessThan(32_000_000)
  })
})

describe('a silent server', () => {
  const open = async () => {
    let socket: Socket | undefined
    const server = await serve((accepted) => {
      socket = accepted
      accepted.write(head + connected + write(started))
    })
    const reply = ask(server.url)
    await reply.heard()
    const say = async (bytes: string) => {
      socket?.write(bytes)
      // Any later event shows that the bytes before it were read as well.
      await reply.heard()
    }
    return { reply, say, server }
  }
  /** From here on, `answered` resolves when the headers of a response have come. */
  const noteHeaders = () => {
    const answered = Promise.withResolvers<void>()
    const { fetch } = globalThis
    vi.stubGlobal('fetch', async (...request: Parameters<typeof fetch>) => {
      const response = await fetch(...request)
      answered.resolve()
      return response
    })
    return { answered: answered.promise }
  }
  const isOpen = async (outcome: Promise<Outcome>) => {
    await new Promise(setImmediate)
    return (await Promise.race([outcome, 'open'])) === 'open'
  }

  test('is given up 45 s after its last byte', async () => {
    const { reply, server } = await open()
    vi.advanceTimersByTime(45_000)
    expect(await isOpen(reply.outcome)).toBe(true)
    vi.advanceTimersByTime(2_000)
    await expect(reply.outcome).resolves.toEqual({ events: [started], end: { kind: 'silent' } })
    expect(server.requests).toHaveLength(1)
  })

  test('is not silent while it sends heartbeats', async () => {
    const { reply, say } = await open()
    for (let seq = 1; seq < 9; seq++) {
      vi.advanceTimersByTime(30_000)
      await say(ping + write(delta(seq)))
    }
    expect(await isOpen(reply.outcome)).toBe(true)
  })

  test('has a second after a sleep to show that it was not silent', async () => {
    const { reply, say } = await open()
    vi.setSystemTime(Date.now() + 3_600_000)
    vi.advanceTimersByTime(1_000)
    await say(write(delta(1)))
    vi.advanceTimersByTime(5_000)
    expect(await isOpen(reply.outcome)).toBe(true)
  })

  test('is given up two seconds after a sleep that nothing arrived in', async () => {
    const { reply } = await open()
    vi.setSystemTime(Date.now() + 3_600_000)
    vi.advanceTimersByTime(2_000)
    await expect(reply.outcome).resolves.toEqual({ events: [started], end: { kind: 'silent' } })
  })

  test('is given up 45 s after its last byte though the clock was set back meanwhile', async () => {
    const { reply } = await open()
    vi.setSystemTime(Date.now() - 3_600_000)
    vi.advanceTimersByTime(44_000)
    expect(await isOpen(reply.outcome)).toBe(true)
    vi.advanceTimersByTime(3_000)
    await expect(reply.outcome).resolves.toEqual({ events: [started], end: { kind: 'silent' } })
  })

  test('is not given up because the clock was set back and forth while it speaks', async () => {
    const { reply, say } = await open()
    for (const [seq, jump] of [-3_600_000, 3_600_000, -86_400_000, 86_400_000].entries()) {
      vi.setSystemTime(Date.now() + jump)
      await say(write(delta(seq + 1)))
      vi.advanceTimersByTime(30_000)
    }
    expect(await isOpen(reply.outcome)).toBe(true)
  })

  test('has 45 s to say in whole why it refuses', async () => {
    const { answered } = noteHeaders()
    const head = 'HTTP/1.1 500 Oh\r\ncontent-type: application/json\r\ncontent-length: 900\r\n\r\n'
    const server = await serve((socket) => socket.write(`${head}{"error":`))
    const reply = ask(server.url)
    await answered
    await new Promise(setImmediate)
    vi.advanceTimersByTime(47_000)
    await expect(reply.outcome).resolves.toEqual({ events: [], end: { kind: 'silent' } })
  })

  test('has 150 s before its headers, for a large question takes its time to go up', async () => {
    const arrived = Promise.withResolvers<void>()
    const server = await serve(() => arrived.resolve())
    const reply = ask(server.url)
    await arrived.promise
    vi.advanceTimersByTime(150_000)
    expect(await isOpen(reply.outcome)).toBe(true)
    vi.advanceTimersByTime(2_000)
    await expect(reply.outcome).resolves.toEqual({ events: [], end: { kind: 'silent' } })
  })

  test('has 45 s after its headers', async () => {
    const { answered } = noteHeaders()
    const server = await serve((socket) => socket.write(head))
    const reply = ask(server.url)
    await answered
    await new Promise(setImmediate)
    vi.advanceTimersByTime(47_000)
    await expect(reply.outcome).resolves.toEqual({ events: [], end: { kind: 'silent' } })
  })

  test('is watched no longer once the reply has ended', async () => {
    const server = await serve((socket) => socket.end(wholeReply([started, finished(1)])))
    await ask(server.url).outcome
    await new Promise(setImmediate)
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('a subscriber that leaves', () => {
  test('closes the socket at once and hears nothing more', async () => {
    const gone = Promise.withResolvers<void>()
    const server = await serve((socket) => {
      socket.on('close', () => gone.resolve())
      socket.write(head + connected + write(started))
    })
    const reply = ask(server.url)
    await reply.heard()
    const before = process.hrtime.bigint()
    reply.unsubscribe()
    await gone.promise
    expect(process.hrtime.bigint() - before).toBeLessThan(100_000_000n)
    await new Promise(setImmediate)
    expect(await Promise.race([reply.outcome, 'nothing'])).toBe('nothing')
    expect(vi.getTimerCount()).toBe(0)
  })

  test('hears nothing of what had arrived with the event it left at', async () => {
    const server = await serve((socket) => socket.end(wholeReply([started, delta(1), delta(2), finished(3)])))
    const events: ReplyEvent[] = []
    const others = vi.fn<() => void>()
    await new Promise<void>((resolve) => {
      const subscription = clientOf(server.url).reply.subscribe(request, {
        onData: (event) => {
          events.push(event)
          subscription.unsubscribe()
          resolve()
        },
        onError: others,
        onComplete: others,
      })
    })
    await new Promise(setImmediate)
    expect(events).toEqual([started])
    expect(others).not.toHaveBeenCalled()
  })

  test('before the answer takes its question back', async () => {
    const arrived = Promise.withResolvers<Socket>()
    const server = await serve((socket) => arrived.resolve(socket))
    const reply = ask(server.url)
    const socket = await arrived.promise
    reply.unsubscribe()
    await once(socket, 'close')
    expect(reply.events).toEqual([])
  })

  test('by its signal is one that leaves, and one that had left before asks nothing', async () => {
    const server = await serve((socket) => socket.write(head + connected + write(started)))
    const controller = new AbortController()
    const listen = () => {
      const heard = Promise.withResolvers<void>()
      const ended = Promise.withResolvers<string>()
      clientOf(server.url).reply.subscribe(request, {
        signal: controller.signal,
        onData: () => heard.resolve(),
        onError: () => ended.resolve('error'),
        onComplete: () => ended.resolve('complete'),
      })
      return { heard: heard.promise, ended: ended.promise }
    }
    const first = listen()
    await first.heard
    controller.abort()
    expect(await first.ended).toBe('complete')

    expect(await listen().ended).toBe('complete')
    expect(server.requests).toHaveLength(1)
  })
})

test("the link reads what tRPC's own server writes", async () => {
  const none = () => Promise.reject(new Error('not asked for here'))
  const router = createRouter({
    session: none,
    models: none,
    lookAgain: none,
    signIn: none,
    signUp: none,
    useLink: none,
    signOut: none,
    changeName: none,
    changePassword: none,
    reply: async ({ model }) => {
      if (model === 'busy') throw refusal('busy', 2_000)
      if (model === 'broken') throw new Error('secret: db at 10.0.0.1')
      return (async function* () {
        yield started
        if (model === 'cut') throw new Error('secret: db at 10.0.0.1')
        yield delta(1)
        yield finished(2)
      })()
    },
  })
  const person = { id: 'p1', name: 'Ada', role: 'owner', hasPassword: true } as const
  const handle = createHTTPHandler({
    router,
    createContext: ({ req }) => ({ person: req.headers.authorization === 'Bearer t1' ? person : null }),
    basePath: '/trpc/',
    allowMethodOverride: true,
  })
  const url = await addressOf(createHttpServer((req, res) => void handle(req, res)))
  const read = async (model: string, token = 't1') => {
    const events: ReplyEvent[] = []
    try {
      const client = createChatClient({ url: `${url}/`, token })
      for await (const event of client.reply.subscribe({ ...request, model })) events.push(event)
      return { events, end: 'complete' }
    } catch (error) {
      return { events, end: failureOf(error), said: String(error) }
    }
  }

  expect(await read('whole')).toEqual({ events: [started, delta(1), finished(2)], end: 'complete' })
  expect(await read('busy')).toMatchObject({ events: [], end: { kind: 'busy', retryAfterMs: 2_000 } })
  expect(await read('whole', 'stolen')).toMatchObject({ events: [], end: { kind: 'session-ended' } })
  expect(await read('')).toMatchObject({ events: [], end: { kind: 'bad-request' } })
  for (const [model, events] of [
    ['broken', []],
    ['cut', [started]],
  ] as const) {
    const outcome = await read(model)
    expect(outcome).toMatchObject({ events, end: { kind: 'unexpected' } })
    expect(outcome.said).not.toContain('secret')
  }
})

test('whatever else a call throws has a kind too', async () => {
  expect(failureOf(new Error('a bug'))).toEqual({ kind: 'unexpected' })
  expect(failureOf(undefined)).toEqual({ kind: 'unexpected' })

  const kindOf = async (url: string) =>
    createChatClient({ url })
      .session.query()
      .then(() => null, failureOf)
  const portal = await serve(answer('200 OK', 'text/html', page))
  expect(await kindOf(portal.url)).toEqual({ kind: 'network' })
  const limited = await serve(
    answer('429 Too Many', 'application/json', envelope('TOO_MANY_REQUESTS', 429, { kind: 'busy' })),
  )
  expect(await kindOf(limited.url)).toEqual({ kind: 'busy' })
  const broken = await serve(answer('500 Oh', 'application/json', envelope('INTERNAL_SERVER_ERROR', 500)))
  expect(await kindOf(broken.url)).toEqual({ kind: 'unexpected' })
  expect(broken.requests[0]).toMatch(/^POST \/trpc\/session /)
})

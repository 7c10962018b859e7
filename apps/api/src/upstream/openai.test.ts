import type { ServerResponse } from 'node:http'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { collectGarbage } from '../collect-garbage.fixture.ts'
import { createClient, streamReply, type UpstreamEvent } from './openai.ts'
import { begin, counted, done, frameOf, type Heard, said, startServer } from './test-server.ts'

const secret = 'sk-marked-canary-7f3a'
const limits = { firstTokenMs: 5000, silenceMs: 5000 }

type Server = Awaited<ReturnType<typeof startServer>>
const open: Server[] = []
afterEach(async () => {
  vi.useRealTimers()
  for (const server of open.splice(0)) await server.close()
})

async function serve(handle: (res: ServerResponse, request: Heard) => void): Promise<Server> {
  const server = await startServer(handle)
  open.push(server)
  return server
}

/** A server that streams exactly these pieces and ends its answer. */
const streaming = (...pieces: (string | Uint8Array)[]) =>
  serve((res) => {
    begin(res)
    for (const piece of pieces) res.write(piece)
    res.end()
  })

type Options = {
  heldBack?: string
  limits?: typeof limits
  signal?: AbortSignal
  bases?: [string, ...string[]]
}

function ask(server: { base: string }, options: Options = {}): AsyncGenerator<UpstreamEvent> {
  const client = createClient({ key: secret, bases: options.bases ?? [server.base] })
  const params = { model: 'm', messages: [{ role: 'user' as const, content: 'Hi' }], stream: true as const }
  const asked = Promise.resolve({ client, params, repeats: 0, heldBack: options.heldBack ?? '' })
  return streamReply(() => asked, options.limits ?? limits, options.signal ?? new AbortController().signal)
}

async function collect(events: AsyncGenerator<UpstreamEvent>): Promise<UpstreamEvent[]> {
  const all: UpstreamEvent[] = []
  for await (const event of events) all.push(event)
  return all
}

/** The reply in short: its text, its reasoning and its last event. */
async function read(server: { base: string }, options: Options = {}) {
  const events = await collect(ask(server, options))
  const joined = (type: 'delta' | 'reasoning') =>
    events.map((event) => (event.type === type ? event.text : '')).join('')
  expect(events.filter(({ type }) => type === 'finished' || type === 'failed')).toHaveLength(1)
  return { text: joined('delta'), reasoning: joined('reasoning'), last: events.at(-1) }
}

const finished = (finishReason: string, usage?: object) => ({
  type: 'finished',
  finishReason,
  ...(usage && { usage }),
})
const failed = (kind: string, more = {}) => ({ type: 'failed', failure: { kind, ...more } })
const hello = [said({ role: 'assistant', content: '' }), said({ content: 'Hel' }), said({ content: 'lo' })]
const stop = said({}, 'stop')

describe('a reply', () => {
  test('begins when the server has accepted, and ends with its finish reason and count', async () => {
    expect(await collect(ask(await streaming(...hello, stop, counted, done)))).toEqual([
      { type: 'started', model: 'm' },
      { type: 'delta', text: 'Hel' },
      { type: 'delta', text: 'lo' },
      { type: 'finished', finishReason: 'stop', usage: { input: 3, output: 2 } },
    ])
  })

  test.each([
    ['stop', 'stop'],
    ['length', 'length'],
    ['content_filter', 'filtered'],
    ['tool_calls', 'other'],
    ['something_new', 'other'],
  ])('that ends as %s is told as %s', async (finish, told) => {
    const { text, last } = await read(await streaming(...hello, said({}, finish), done))
    expect(text).toBe('Hello')
    expect(last).toEqual(finished(told))
  })

  test.each(['error', 'insufficient_system_resource'])('that ends as %s is broken off', async (finish) => {
    expect((await read(await streaming(...hello, said({}, finish), done))).last).toEqual(
      failed('upstream-down'),
    )
  })

  test('filtered before any text is a failure', async () => {
    expect((await read(await streaming(said({}, 'content_filter'), done))).last).toEqual(failed('filtered'))
  })

  test('is whole at a lone count in place of a finish reason', async () => {
    const { text, last } = await read(await streaming(...hello, counted))
    expect([text, last]).toEqual(['Hello', finished('stop', { input: 3, output: 2 })])
  })

  test('is cut when a server that counts in every chunk says no last word', async () => {
    const usage = { prompt_tokens: 3, completion_tokens: 1 }
    const chunk = (content: string) => frameOf({ choices: [{ index: 0, delta: { content } }], usage })
    expect((await read(await streaming(chunk('a'), chunk('b')))).last).toEqual(failed('upstream-down'))
  })

  test('needs no [DONE]', async () => {
    expect((await read(await streaming(...hello, stop))).last).toEqual(finished('stop'))
  })

  test.each([
    ['CRLF', (text: string) => text.replaceAll('\n', '\r\n')],
    ['a byte order mark', (text: string) => `\ufeff${text}`],
    ['keep-alives', (text: string) => text.replaceAll('data:', ': PROCESSING\n\ndata:')],
    ['no space after the colon', (text: string) => text.replaceAll('data: ', 'data:')],
  ])('is read through %s', async (_, disguise) => {
    const whole = [said({ content: 'Hé' }), said({ content: '👍🏽' }), stop, counted, done].join('')
    const { text, last } = await read(await streaming(disguise(whole)))
    expect([text, last]).toEqual(['Hé👍🏽', finished('stop', { input: 3, output: 2 })])
  })

  test('needs no empty line after its last frame', async () => {
    expect((await read(await streaming(...hello, stop.trimEnd()))).last).toEqual(finished('stop'))
  })

  test('that nobody reads on holds the server back', async () => {
    let written = 0
    const server = await serve((res) => {
      begin(res)
      const frame = said({ content: 'x'.repeat(60_000) })
      const more = () => {
        do written += frame.length
        while (!res.destroyed && res.write(frame))
        if (!res.destroyed) res.once('drain', more)
      }
      more()
    })
    const left = new AbortController()
    const events = ask(server, { signal: left.signal })
    for (let n = 0; n < 3; n += 1) await events.next()
    let before = -1
    const standsStill = () => {
      const still = written === before
      before = written
      return still
    }
    await expect.poll(standsStill, { interval: 150, timeout: 5_000 }).toBe(true)
    // What the two sockets hold, and no more.
    expect(written).toBeLessThan(20_000_000)
    left.abort()
    await events.return(undefined)
  })

  test('runs on without its question, which may be megabytes', async () => {
    const server = await serve((res) => begin(res, ...hello))
    const client = createClient({ key: null, bases: [server.base] })
    let kept: WeakRef<object> | undefined
    function prepare() {
      const messages = [{ role: 'user' as const, content: 'Hi' }]
      kept = new WeakRef(messages)
      const asked = {
        client,
        params: { model: 'm', messages, stream: true as const },
        repeats: 0,
        heldBack: '',
      }
      return () => Promise.resolve(asked)
    }
    const left = new AbortController()
    const events = streamReply(prepare(), limits, left.signal)
    for (let n = 0; n < 3; n += 1) await events.next()
    const pending = events.next()
    const isKept = () => {
      collectGarbage()
      return kept?.deref() !== undefined
    }
    await expect.poll(isKept).toBe(false)
    left.abort()
    await pending
  })

  test('is read whole when it comes byte by byte', async () => {
    const bytes = new TextEncoder().encode([said({ content: 'a👩‍🔬' }), stop, done].join(''))
    const server = await serve(async (res) => {
      begin(res)
      for (const byte of bytes) {
        res.write(Uint8Array.of(byte))
        await new Promise(setImmediate)
      }
      res.end()
    })
    expect((await read(server)).text).toBe('a👩‍🔬')
  })

  test('may come as one frame of 10 MB', async () => {
    const content = 'x'.repeat(10_000_000)
    expect((await read(await streaming(said({ content }), stop, done))).text.length).toBe(content.length)
  })

  test('tells reasoning from text, beside it or inside it', async () => {
    const beside = await streaming(said({ reasoning_content: 'hm' }), ...hello, stop, done)
    expect(await read(beside)).toMatchObject({ reasoning: 'hm', text: 'Hello' })
    const inside = ['<thi', 'nk>h', 'm</', 'think>\n\nHel', 'lo'].map((content) => said({ content }))
    expect(await read(await streaming(...inside, stop, done))).toMatchObject({
      reasoning: 'hm',
      text: 'Hello',
    })
    const parts = said({ content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] }] })
    expect(await read(await streaming(parts, ...hello, stop, done))).toMatchObject({
      reasoning: 'hm',
      text: 'Hello',
    })
  })

  test('keeps what looked like the beginning of a tag', async () => {
    expect((await read(await streaming(said({ content: '<thi' }), stop, done))).text).toBe('<thi')
  })

  test('ignores empty choices, other choices and tool calls', async () => {
    const server = await streaming(
      frameOf({ choices: [], prompt_filter_results: [{}] }),
      ...hello,
      frameOf({ choices: [{ index: 1, delta: { content: 'other' }, finish_reason: 'length' }] }),
      said({ tool_calls: [{ index: 0, id: 'x' }] }),
      stop,
      done,
    )
    expect(await read(server)).toMatchObject({ text: 'Hello', last: finished('stop') })
  })

  test('ends though the server leaves its answer open', async () => {
    const began = performance.now()
    const afterDone = await serve((res) => begin(res, ...hello, stop, done))
    expect((await read(afterDone)).last).toEqual(finished('stop'))
    const afterCount = await serve((res) => begin(res, ...hello, stop, counted))
    expect((await read(afterCount)).last).toEqual(finished('stop', { input: 3, output: 2 }))
    const afterFinish = await serve((res) => begin(res, ...hello, stop))
    expect((await read(afterFinish)).last).toEqual(finished('stop'))
    expect(performance.now() - began).toBeLessThan(2500)
    for (const server of [afterDone, afterCount, afterFinish]) await server.heard[0]?.closed
  })

  test('stays whole when the connection breaks after the finish reason', async () => {
    const server = await serve((res) => {
      begin(res, ...hello, stop)
      setTimeout(() => res.destroy(), 20)
    })
    expect((await read(server)).last).toEqual(finished('stop'))
  })

  test('does not begin with the half character that was held back', async () => {
    const server = await streaming(said({ content: '👍!' }), stop, done)
    expect((await read(server, { heldBack: '\ud83d' })).text).toBe('\udc4d!')
    const another = await streaming(said({ content: 'No' }), stop, done)
    expect((await read(another, { heldBack: '\ud83d' })).text).toBe('No')
  })
})

describe('a broken stream keeps its text and fails as upstream-down', () => {
  const marked = { error: { message: `Incorrect key ${secret}`, type: 'server_error' } }
  test.each<[string, (res: ServerResponse) => void]>([
    ['a clean end without a last word', (res) => res.end()],
    ['[DONE] without a last word', (res) => res.end(done)],
    ['a reset', (res) => setTimeout(() => res.socket?.resetAndDestroy(), 20)],
    [
      'a half frame and FIN',
      (res) => void (res.write('data: {"cho'), setTimeout(() => res.socket?.end(), 20)),
    ],
    ['a half frame and a clean end', (res) => res.end('data: {"choices": [{"del')],
    ['a frame that is no JSON', (res) => res.end('data: {"choices": nonsense}\n\n')],
    ['a line without an end', (res) => res.end(`data: ${'x'.repeat(17_000_000)}`)],
    ['an error frame', (res) => res.end(frameOf(marked))],
    ['an error frame that holds a text', (res) => res.end(frameOf({ error: 'model runner has stopped' }))],
    ['a named error event', (res) => res.end(`event: error\n${frameOf(marked)}`)],
    [
      'a named error event without an error in it',
      (res) => res.end(`event: error\n${frameOf({ message: 'x' })}`),
    ],
    ['a last line that is no event', (res) => res.end(`error: ${JSON.stringify(marked)}\n`)],
  ])('%s', async (_, breakOff) => {
    const output = vi.spyOn(process.stderr, 'write')
    const server = await serve((res) => {
      begin(res, ...hello)
      setTimeout(() => breakOff(res), 20)
    })
    const result = await read(server)
    expect(result).toEqual({ text: 'Hello', reasoning: '', last: failed('upstream-down') })
    expect(output).not.toHaveBeenCalled()
    output.mockRestore()
  })

  test('blank space alone is not told, for nothing of a reply has come', async () => {
    const blank = [said({ content: '\n' }), said({ content: ' \n' })]
    const broken = frameOf({ error: { message: 'x' } })
    expect(await collect(ask(await streaming(...blank, broken)))).toEqual([
      { type: 'started', model: 'm' },
      failed('upstream-down'),
    ])
    expect((await read(await streaming(...blank, said({ content: 'a' }), broken))).text).toBe('\n \na')
    expect((await read(await streaming(...blank, said({ content: '<thi' }), broken))).text).toBe('\n \n<thi')
  })

  test('an error frame that has a kind of its own says it', async () => {
    const limit = await streaming(...hello, frameOf({ error: { code: 429, message: 'slow down' } }))
    expect(await read(limit)).toMatchObject({ text: 'Hello', last: failed('rate-limited') })
  })

  test('an answer that can have no body', async () => {
    const server = await serve((res) => res.writeHead(204).end())
    expect((await read(server)).last).toEqual(failed('upstream-down'))
  })

  test('an empty answer', async () => {
    expect((await read(await streaming())).last).toEqual(failed('upstream-down'))
  })
})

describe('a refused request', () => {
  const answering = (status: number, body: string, headers: Record<string, string> = {}) =>
    serve((res) => res.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body))
  const html = { 'content-type': 'text/html' }
  const echo = JSON.stringify({
    error: { message: `Bad key ${secret} of org-canary`, code: 'invalid_api_key' },
  })

  test.each<[string, number, string, Record<string, string>, object]>([
    ['a wrong key', 401, echo, {}, failed('upstream-refused')],
    ['a forbidden model', 403, echo, {}, failed('upstream-refused')],
    ['a rate limit', 429, '{}', { 'retry-after': '3' }, failed('rate-limited', { retryAfterMs: 3000 })],
    ['a used-up quota', 429, '{"error":{"code":"insufficient_quota"}}', {}, failed('quota')],
    [
      'a transcript too long',
      400,
      '{"error":{"code":"context_length_exceeded"}}',
      {},
      failed('context-too-long'),
    ],
    [
      'the same in plain words',
      400,
      '{"object":"error","message":"maximum context length is 9"}',
      {},
      failed('context-too-long'),
    ],
    ['a broken server', 500, 'oops', {}, failed('upstream-down')],
    ['a gateway that reaches nobody', 502, '<html></html>', html, failed('upstream-down')],
    ['a web page', 200, '<html>canary</html>', html, failed('upstream-down')],
    ['an error with status 200', 200, '{"error":{"code":"insufficient_quota"}}', {}, failed('quota')],
    ['an answer in one piece', 200, '{"choices":[]}', {}, failed('upstream-down')],
    ['no content', 204, '', {}, failed('upstream-down')],
    ['not modified', 304, '', {}, failed('upstream-down')],
  ])('by %s is told without what the server said', async (_, status, body, headers, last) => {
    const events = await collect(ask(await answering(status, body, headers)))
    expect(events).toEqual([last])
    expect(JSON.stringify(events)).not.toMatch(/canary|org-/)
  })

  test('is asked once, never again by itself', async () => {
    const server = await answering(503, '{}')
    await read(server)
    expect(server.heard).toHaveLength(1)
  })

  test('by a page that never ends does not fill the memory', async () => {
    const server = await serve((res) => {
      res.writeHead(500)
      const more = () => {
        while (!res.destroyed && res.write('x'.repeat(100_000)));
        if (!res.destroyed) res.once('drain', more)
      }
      more()
    })
    expect((await read(server)).last).toEqual(failed('upstream-down'))
    expect(await server.heard[0]?.closed).toMatchObject({ early: true })
  })

  test('by nobody at all is upstream-down', async () => {
    const server = await startServer(() => {})
    await server.close()
    expect((await read(server)).last).toEqual(failed('upstream-down'))
    expect((await read({ base: 'http://nowhere.invalid/v1' })).last).toEqual(failed('upstream-down'))
  })

  test.each([
    ['no status that there is', 'HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n'],
    ['no HTTP', 'SSH-2.0-OpenSSH_9.2\r\n'],
  ])('by an answer that has %s is upstream-down', async (_, answer) => {
    const server = await serve((res) => void res.socket?.end(answer))
    expect((await read(server)).last).toEqual(failed('upstream-down'))
  })

  test('by a server without TLS where TLS was asked for is upstream-down', async () => {
    const server = await streaming(...hello, stop)
    const base = server.base.replace('http:', 'https:')
    expect((await read({ base })).last).toEqual(failed('upstream-down'))
  })

  test('by a server that hangs up is upstream-down', async () => {
    expect((await read(await serve((res) => res.destroy()))).last).toEqual(failed('upstream-down'))
  })

  test.each([301, 302, 307, 308])(
    'by a redirect (%i) is upstream-down: it is never followed',
    async (status) => {
      const target = await streaming(...hello, stop, done)
      const server = await answering(status, '', { location: `${target.base}/chat/completions` })
      expect((await read(server)).last).toEqual(failed('upstream-down'))
      expect(target.heard).toEqual([])
    },
  )

  test('for want of a model is refused', async () => {
    const events = await collect(streamReply(async () => null, limits, new AbortController().signal))
    expect(events).toEqual([failed('upstream-refused')])
  })
})

describe('silence', () => {
  const short = { firstTokenMs: 150, silenceMs: 60 }

  test.each<[string, (res: ServerResponse) => void, number]>([
    ['without headers', () => {}, 150],
    ['after headers', (res) => begin(res), 150],
    ['after the first empty chunk', (res) => begin(res, said({ role: 'assistant', content: '' })), 150],
    ['in mid-reply', (res) => begin(res, ...hello), 60],
    ['in mid-reasoning', (res) => begin(res, said({ reasoning: 'hm' })), 60],
  ])('%s fails as silent in its own time and closes the connection', async (_, handle, limit) => {
    const server = await serve(handle)
    const began = performance.now()
    expect((await read(server, { limits: short })).last).toEqual(failed('silent'))
    expect(performance.now() - began).toBeGreaterThanOrEqual(limit - 2)
    expect(performance.now() - began).toBeLessThan(limit + 500)
    expect(await server.heard[0]?.closed).toMatchObject({ early: true })
  })

  test('is not broken by keep-alives or empty chunks', async () => {
    const server = await serve((res) => {
      begin(res, ...hello)
      const beat = setInterval(() => res.write(`: alive\n\n${said({})}`), 10)
      res.on('close', () => clearInterval(beat))
    })
    expect((await read(server, { limits: short })).last).toEqual(failed('silent'))
  })

  test('is broken by each piece of text', async () => {
    const server = await serve(async (res) => {
      begin(res)
      for (let n = 0; n < 6; n += 1) {
        await new Promise((resolve) => setTimeout(resolve, 30))
        res.write(said({ content: '.' }))
      }
      res.end(stop + done)
    })
    expect(await read(server, { limits: { firstTokenMs: 1000, silenceMs: 120 } })).toMatchObject({
      text: '......',
      last: finished('stop'),
    })
  })

  test('is not ours: a reader that takes its time is not counted', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    const server = await serve((res) => {
      begin(res, ...hello)
      res.end(stop + done)
    })
    const events: UpstreamEvent[] = []
    for await (const event of ask(server, { limits: short })) {
      events.push(event)
      await vi.advanceTimersByTimeAsync(1_000)
    }
    expect(events.at(-1)).toEqual(finished('stop'))
  })
})

describe('leaving closes the connection to the server within 100 ms', () => {
  const holes: [string, (res: ServerResponse) => void, number][] = [
    ['before headers', () => {}, 0],
    ['before the first token', (res) => begin(res), 1],
    ['in mid-reply', (res) => begin(res, ...hello), 3],
    ['while an error is being read', (res) => void res.writeHead(500).write('oops'), 0],
    ['after the finish reason', (res) => begin(res, ...hello, stop), 3],
  ]

  test.each(holes)('by the signal, %s', async (_, handle, after) => {
    const left = new AbortController()
    const server = await serve(handle)
    const events = ask(server, { signal: left.signal })
    for (let n = 0; n < after; n += 1) await events.next()
    const pending = events.next()
    await vi.waitFor(() => expect(server.heard).toHaveLength(1))
    await new Promise((resolve) => setTimeout(resolve, 20))
    const leftAt = performance.now()
    left.abort()
    expect(await pending).toEqual({ value: undefined, done: true })
    const { early, at } = (await server.heard[0]?.closed) ?? {}
    expect(early).toBe(true)
    expect((at ?? Infinity) - leftAt).toBeLessThan(100)
  })

  test('by the signal, while the reader holds the stream back', async () => {
    const left = new AbortController()
    const server = await serve((res) => begin(res, ...hello))
    const events = ask(server, { signal: left.signal })
    await events.next()
    await events.next()
    left.abort()
    const leftAt = performance.now()
    const { at } = (await server.heard[0]?.closed) ?? {}
    expect((at ?? Infinity) - leftAt).toBeLessThan(100)
    expect(await events.next()).toEqual({ value: undefined, done: true })
  })

  test('by breaking off the loop', async () => {
    const server = await serve((res) => begin(res, ...hello))
    for await (const event of ask(server)) if (event.type === 'delta') break
    const leftAt = performance.now()
    const { at } = (await server.heard[0]?.closed) ?? {}
    expect((at ?? Infinity) - leftAt).toBeLessThan(100)
  })

  test('by a signal that was aborted from the start: nothing is asked', async () => {
    const server = await streaming(...hello, stop, done)
    expect(await collect(ask(server, { signal: AbortSignal.abort() }))).toEqual([])
    expect(server.heard).toEqual([])
  })
})

describe('what goes out', () => {
  beforeEach(() => {
    vi.stubEnv('OPENAI_LOG', 'debug')
    vi.stubEnv('OPENAI_CUSTOM_HEADERS', 'X-Env: canary\nAuthorization: Bearer canary\nUser-Agent: canary')
    vi.stubEnv('OPENAI_BASE_URL', 'http://canary.invalid/v1')
    for (const name of ['API_KEY', 'ADMIN_KEY', 'ORG_ID', 'PROJECT_ID'])
      vi.stubEnv(`OPENAI_${name}`, 'canary')
  })
  afterEach(() => vi.unstubAllEnvs())

  test('is our own: nothing of the SDK, nothing of the environment', async () => {
    const logs = (['log', 'info', 'debug', 'warn', 'error'] as const).map((name) => vi.spyOn(console, name))
    const server = await streaming(...hello, stop, done)
    await read(server)
    for (const log of logs) {
      expect(log).not.toHaveBeenCalled()
      log.mockRestore()
    }
    const headers = server.heard[0]?.headers ?? {}
    expect(headers.authorization).toBe(`Bearer ${secret}`)
    expect(headers['user-agent']).toBe('Mayfly')
    expect(JSON.stringify(server.heard[0])).not.toContain('canary"')
    expect(Object.keys(headers).filter((name) => /stainless|openai|x-env/.test(name))).toEqual([])
  })

  test('has no key where there is none to send', async () => {
    const server = await streaming(...hello, stop, done)
    const client = createClient({ key: null, bases: [server.base] })
    const params = { model: 'm', messages: [], stream: true as const }
    await collect(
      streamReply(
        async () => ({ client, params, repeats: 0, heldBack: '' }),
        limits,
        AbortSignal.timeout(5000),
      ),
    )
    expect(server.heard[0]?.headers.authorization).toBeUndefined()
  })

  test('goes to the base as it was written where there is no /v1, and remembers', async () => {
    const server = await serve((res, { url }) => {
      if (url === '/chat/completions') return (begin(res, ...hello, stop, counted), res.end())
      return res.writeHead(404).end('{}')
    })
    const client = createClient({ key: null, bases: [server.base, server.origin] })
    const params = { model: 'm', messages: [], stream: true as const }
    for (let n = 0; n < 2; n += 1) {
      const asked = Promise.resolve({ client, params, repeats: 0, heldBack: '' })
      const events = await collect(streamReply(() => asked, limits, AbortSignal.timeout(5000)))
      expect(events.at(-1)?.type).toBe('finished')
    }
    expect(server.heard.map(({ url }) => url)).toEqual([
      '/v1/chat/completions',
      '/chat/completions',
      '/chat/completions',
    ])
  })

  test('is refused where no base knows the model', async () => {
    const server = await serve((res) => res.writeHead(404, { 'content-type': 'application/json' }).end('{}'))
    expect((await read(server, { bases: [server.base, server.origin] })).last).toEqual(
      failed('upstream-refused'),
    )
  })
})

import { type Message, textMessage } from '@mayfly/contracts'
import http, { type ServerResponse } from 'node:http'
import https from 'node:https'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { LocalServer } from './detect.ts'
import { begin, counted, done, type Heard, said, startServer } from './test-server.ts'
import { openUpstream, type Upstream, type UpstreamRequest, type UpstreamSettings } from './upstream.ts'

const secret = 'sk-marked-canary-7f3a'
const nothing: UpstreamSettings = {
  choice: 'auto',
  apiKey: null,
  baseUrl: null,
  model: null,
  continues: null,
  firstTokenMs: 5000,
  silenceMs: 5000,
  systemPrompt: null,
  mayLookForLocal: true,
  ownPort: 3000,
}
const quiet = { localServers: [], demo: { paceMs: 0 } }

type Server = Awaited<ReturnType<typeof startServer>>
const open: Server[] = []
afterEach(async () => {
  vi.restoreAllMocks()
  for (const server of open.splice(0)) await server.close()
})

/** A model server with these models, which answers everything with one word. */
async function modelServer(
  ids: string[] | null = ['small', 'nomic-embed-text', 'large'],
  owner?: string,
): Promise<Server> {
  const server = await startServer((res: ServerResponse, { url }: Heard) => {
    if (url === '/v1/chat/completions') {
      begin(res, said({ content: 'Hi' }), said({}, 'stop'), counted, done)
      return res.end()
    }
    if (url !== '/v1/models' || ids === null) return res.writeHead(404).end()
    const data = ids.map((id) => ({ id, owned_by: owner }))
    return res
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ object: 'list', data }))
  })
  open.push(server)
  return server
}

const ollamaAt = (port: number): LocalServer => ({ name: 'Ollama', port, path: '/v1', kind: 'ollama' })
const question = [textMessage('user', 'Hello?')]

async function ask(upstream: Upstream, request: Partial<UpstreamRequest> = {}) {
  const events = []
  const whole = { messages: question, continues: false, ...request }
  for await (const event of upstream.reply(whole, AbortSignal.timeout(5000))) events.push(event)
  return events
}

type Sent = { messages: { role: string; content: string }[]; [field: string]: unknown }
const bodyOf = (server: Server): Sent =>
  JSON.parse(server.heard.findLast(({ method }) => method === 'POST')?.body ?? '{}')

describe('where replies come from', () => {
  test('the demo when nothing is configured and nothing is found', async () => {
    const upstream = await openUpstream(nothing, quiet)
    expect(upstream.info()).toEqual({
      kind: 'demo',
      name: 'Demo - scripted, no AI',
      why: 'none-found',
    })
    expect(await upstream.models()).toEqual([{ id: 'demo', name: 'Demo - scripted, no AI' }])
    expect(upstream.howToConnect().join()).toContain('OPENAI_API_KEY')
  })

  test('a server of this machine before the demo, without the key', async () => {
    const server = await modelServer()
    const upstream = await openUpstream(nothing, { localServers: [ollamaAt(server.port)] })
    expect(upstream.info()).toEqual({
      kind: 'local',
      name: 'Ollama',
      why: 'found',
      port: server.port,
    })
    expect(upstream.howToConnect()).toEqual([])
    expect((await ask(upstream)).at(-1)).toMatchObject({ type: 'finished' })
    expect(server.heard.map(({ headers }) => headers.authorization)).toEqual(
      server.heard.map(() => undefined),
    )
  })

  test('the OPENAI_ settings before a server of this machine, which is not even asked', async () => {
    const [server, configured] = [await modelServer(), await modelServer()]
    const parts = { localServers: [ollamaAt(server.port)] }
    const upstream = await openUpstream({ ...nothing, baseUrl: configured.origin, apiKey: secret }, parts)
    expect(upstream.info()).toEqual({
      kind: 'custom',
      name: `127.0.0.1:${configured.port}`,
      why: 'base-url',
    })
    await ask(upstream)
    expect(configured.heard.at(-1)?.headers.authorization).toBe(`Bearer ${secret}`)
    expect((await openUpstream({ ...nothing, apiKey: secret }, parts)).info()).toMatchObject({
      kind: 'openai',
    })
    expect(server.heard).toEqual([])
  })

  test('UPSTREAM before everything', async () => {
    const server = await modelServer()
    const all = { ...nothing, apiKey: secret, baseUrl: server.base }
    const chosen = await openUpstream({ ...all, choice: { url: `${server.origin}/` } })
    expect(chosen.info()).toMatchObject({ kind: 'custom', why: 'set' })
    expect((await openUpstream({ ...all, choice: 'demo' })).info()).toMatchObject({
      kind: 'demo',
      why: 'demo',
    })
    expect((await openUpstream({ ...all, choice: 'openai' })).info()).toMatchObject({ kind: 'custom' })
    expect((await openUpstream({ ...nothing, choice: 'openai', apiKey: secret })).info()).toEqual({
      kind: 'openai',
      name: 'OpenAI',
      why: 'openai',
    })
  })

  test('nobody is looked for while others can reach this machine', async () => {
    const server = await modelServer()
    const parts = { localServers: [ollamaAt(server.port)] }
    expect((await openUpstream({ ...nothing, mayLookForLocal: false }, parts)).info().kind).toBe('demo')
    expect(server.heard).toEqual([])
  })

  test('looking again finds what has come meanwhile, and only where the choice was left open', async () => {
    const server = await modelServer(null)
    const parts = { localServers: [ollamaAt(server.port)], demo: { paceMs: 0 } }
    const upstream = await openUpstream(nothing, parts)
    const fixed = await openUpstream({ ...nothing, choice: 'demo' }, parts)
    expect(upstream.info().kind).toBe('demo')
    const came = await modelServer()
    parts.localServers.splice(0, 1, ollamaAt(came.port))
    expect(await upstream.lookAgain()).toMatchObject({ kind: 'local', name: 'Ollama' })
    expect((await upstream.models()).map(({ id }) => id)).toEqual(['small', 'large'])
    expect(await fixed.lookAgain()).toMatchObject({ kind: 'demo' })
  })
})

describe('models', () => {
  const at = async (ids: string[] | null, model: string | null = null) => {
    const server = await modelServer(ids)
    const upstream = await openUpstream({ ...nothing, choice: { url: server.base }, model })
    return { server, upstream, ids: (await upstream.models()).map(({ id }) => id) }
  }

  test('are those to chat with, OPENAI_MODEL first, asked for once', async () => {
    const { upstream, server, ids } = await at(['small', 'whisper-1', 'large'], 'large')
    expect(ids).toEqual(['large', 'small'])
    await upstream.models()
    expect(server.heard).toHaveLength(1)
  })

  test('are OPENAI_MODEL alone where the server has no list, and none without it', async () => {
    expect((await at(null, 'mine')).ids).toEqual(['mine'])
    const { upstream, ids } = await at(null)
    expect(ids).toEqual([])
    expect(await ask(upstream)).toEqual([{ type: 'failed', failure: { kind: 'upstream-refused' } }])
  })

  test('of a server that was found begin with OPENAI_MODEL only if it has it', async () => {
    const server = await modelServer()
    const parts = { localServers: [ollamaAt(server.port)] }
    const first = async (model: string) =>
      (await (await openUpstream({ ...nothing, model }, parts)).models())[0]?.id
    expect(await first('large')).toBe('large')
    expect(await first('gpt-5-mini')).toBe('small')
  })

  test('of OpenAI begin with the newest, unless the usual one is there', async () => {
    const data = [
      { id: 'gpt-old', created: 1 },
      { id: 'gpt-new', created: 3 },
      { id: 'sora-2', created: 4 },
    ]
    const answer = vi.spyOn(globalThis, 'fetch').mockImplementation(async () => Response.json({ data }))
    const ids = async () => {
      const upstream = await openUpstream({ ...nothing, apiKey: secret })
      return (await upstream.models()).map(({ id }) => id)
    }
    expect(await ids()).toEqual(['gpt-new', 'gpt-old'])
    data.push({ id: 'gpt-5-mini', created: 2 })
    expect(await ids()).toEqual(['gpt-5-mini', 'gpt-new', 'gpt-old'])
    answer.mockRejectedValue(new TypeError('fetch failed'))
    expect(await ids()).toEqual(['gpt-5-mini'])
  })
})

describe('a request', () => {
  test('carries the transcript, the system prompt first, and nothing about anybody', async () => {
    const server = await modelServer()
    const settings = { ...nothing, choice: { url: server.base }, systemPrompt: 'Be brief.' }
    const upstream = await openUpstream(settings)
    const messages = [
      ...question,
      textMessage('assistant', 'Yes?'),
      textMessage('user', 'a'),
      textMessage('user', 'b'),
    ]
    await ask(upstream, { messages, model: 'large', options: { temperature: 0.5, maxTokens: 9 } })
    expect(bodyOf(server)).toEqual({
      model: 'large',
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Hello?' },
        { role: 'assistant', content: 'Yes?' },
        { role: 'user', content: 'a' },
        { role: 'user', content: 'b' },
      ],
      stream: true,
      stream_options: { include_usage: true },
      temperature: 0.5,
      max_tokens: 9,
    })
  })

  test('without a model asks the first one', async () => {
    const server = await modelServer()
    const upstream = await openUpstream({ ...nothing, choice: { url: server.base } })
    expect((await ask(upstream))[0]).toEqual({ type: 'started', model: 'small' })
    expect(bodyOf(server).model).toBe('small')
  })

  test('without a model, of a server that is not there, is told as down and not as refused', async () => {
    const upstream = await openUpstream({
      ...nothing,
      choice: { url: 'http://127.0.0.1:9/v1' },
      model: null,
    })
    const events = upstream.reply(
      { messages: [textMessage('user', 'Hi')], continues: false },
      AbortSignal.timeout(5_000),
    )
    expect((await events.next()).value).toEqual({ type: 'failed', failure: { kind: 'upstream-down' } })
  })

  test('to OpenAI asks it to store nothing, in its own words', async () => {
    const server = await modelServer()
    vi.spyOn(https, 'request').mockImplementation((url, options) =>
      http.request(server.origin + new URL(String(url)).pathname, options),
    )
    const upstream = await openUpstream({ ...nothing, apiKey: secret })
    const events = await ask(upstream, { model: 'gpt-5-mini', options: { maxTokens: 9 } })
    expect(events.at(-1)).toMatchObject({ type: 'finished', finishReason: 'stop' })
    expect(bodyOf(server)).toEqual({
      model: 'gpt-5-mini',
      messages: [{ role: 'user', content: 'Hello?' }],
      stream: true,
      stream_options: { include_usage: true },
      store: false,
      max_completion_tokens: 9,
    })
  })

  const partial: Message[] = [...question, textMessage('assistant', 'Hel')]

  test('to go on goes by the kind of server, which its list gives away', async () => {
    const server = await modelServer(['m'], 'vllm')
    const upstream = await openUpstream({ ...nothing, choice: { url: server.base } })
    await ask(upstream, { messages: partial, continues: true, model: 'm' })
    expect(bodyOf(server)).toMatchObject({ continue_final_message: true, add_generation_prompt: false })
    expect(bodyOf(server).messages.at(-1)).toEqual({ role: 'assistant', content: 'Hel' })
  })

  test('to go on asks an unknown server in words, unless the settings know better', async () => {
    const server = await modelServer()
    const settings = { ...nothing, choice: { url: server.base } }
    const goOn = { messages: partial, continues: true }
    const [asked] = await ask(await openUpstream(settings), goOn)
    expect(asked).toMatchObject({ type: 'started', repeats: 3 })
    expect(bodyOf(server).messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user'])
    const [prefilled] = await ask(await openUpstream({ ...settings, continues: 'prefill' }), goOn)
    expect(prefilled).toEqual({ type: 'started', model: 'small' })
    expect(bodyOf(server).messages.map(({ role }) => role)).toEqual(['user', 'assistant'])
  })

  test('to go on holds no half of a character, wherever the reply was cut, and what comes is joined to it', async () => {
    const text = 'a👍🏽b👩‍👧 \u{1d4b3}ذ蜉'
    const server = await startServer((res, { url, body }) => {
      if (url !== '/v1/chat/completions') return res.writeHead(404).end()
      const { messages }: Sent = JSON.parse(body)
      const prefix = messages[1]?.content ?? ''
      expect(text.startsWith(prefix) && prefix.isWellFormed()).toBe(true)
      begin(res)
      // Each unit in a chunk of its own, halves too.
      for (const unit of text.slice(prefix.length).split('')) res.write(said({ content: unit }))
      return res.end(said({}, 'stop') + done)
    })
    open.push(server)
    const settings = { ...nothing, choice: { url: server.base }, model: 'm', continues: 'prefill' as const }
    const upstream = await openUpstream(settings)
    for (let length = 1; length <= text.length; length += 1) {
      const cut = text.slice(0, length)
      const messages = [...question, textMessage('assistant', cut)]
      const events = await ask(upstream, { messages, continues: true })
      const rest = events.map((event) => (event.type === 'delta' ? event.text : ''))
      expect(cut + rest.join('')).toBe(text)
    }
  })

  test('after a reply that was stopped in the middle of a character holds no half of it', async () => {
    const server = await modelServer()
    const upstream = await openUpstream({ ...nothing, choice: { url: server.base } })
    const messages = [...question, textMessage('assistant', 'Look: \ud83d'), textMessage('user', '👍\udc4d?')]
    await ask(upstream, { messages })
    expect(bodyOf(server).messages.map(({ content }) => content)).toEqual(['Hello?', 'Look: ', '👍?'])
  })

  test('that ends with a reply without being its continuation is sent as it is', async () => {
    const server = await modelServer(['m'], 'vllm')
    await ask(await openUpstream({ ...nothing, choice: { url: server.base } }), { messages: partial })
    expect(bodyOf(server).continue_final_message).toBeUndefined()
  })
})

test('a list that hangs holds nobody who leaves', async () => {
  const server = await startServer(() => {})
  open.push(server)
  const upstream = await openUpstream({ ...nothing, choice: { url: server.base } })
  const left = new AbortController()
  const pending = upstream.reply({ messages: question, continues: false }, left.signal).next()
  await vi.waitFor(() => expect(server.heard).toHaveLength(1))
  left.abort()
  expect(await pending).toEqual({ value: undefined, done: true })
})

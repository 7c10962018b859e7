import { type ChatClient, createChatClient, type ReplyEvent, type ReplyRequest } from '@mayfly/contracts'
import pino from 'pino'
import { onTestFinished } from 'vitest'
import { createApp } from './app.ts'
import type { LimitOptions } from './limits/limits.ts'
import { readSettings } from './settings.ts'
import { temporaryStore } from './store/temporary.fixture.ts'
import type { Upstream } from './upstream/upstream.ts'

type Reply = Upstream['reply']

export const hello: Reply = async function* () {
  yield { type: 'started', model: 'm' }
  yield { type: 'delta', text: 'Hello' }
  yield { type: 'finished', finishReason: 'stop', usage: { input: 1, output: 1 } }
}

/** Never says a word, and ends when it is told to. */
export const mute: Reply = async function* (_request, signal) {
  yield { type: 'started', model: 'm' }
  await new Promise((resolve) => signal.addEventListener('abort', resolve))
}

/** The server as it is put together in `main`, on a free port, over a store of its own and a scripted upstream. */
export async function startServer(
  options: {
    reply?: Reply
    stockReplies?: boolean
    publicOrigin?: string
    replyBytes?: number
  } & Partial<LimitOptions> = {},
) {
  const {
    reply = hello,
    stockReplies = false,
    publicOrigin = 'http://localhost:3000',
    replyBytes,
    ...limitOptions
  } = options
  const store = await temporaryStore()
  const { settings } = readSettings({ PUBLIC_ORIGIN: publicOrigin }, 'unused')
  const lines: string[] = []
  const log = pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) })
  const upstream: Upstream = {
    info: () => ({ kind: 'custom', name: 'scripted', why: 'set' }),
    howToConnect: () => [],
    models: async () => [{ id: 'm', name: 'm' }],
    lookAgain: async () => upstream.info(),
    reply,
  }
  const app = createApp({
    settings: { ...settings, requestsPerMinute: 1_000, ...limitOptions },
    store,
    upstream,
    log,
    files: (_req, res) => void res.end('the page'),
    stockReplies,
    ...(replyBytes !== undefined && { replyBytes }),
  })
  const { auth, openReplies, keepInOrder } = app
  const server = app.createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  const { port } = address
  const origin = `http://127.0.0.1:${port}`
  const code = await auth.makeLinkCode()
  const owner = { username: 'owner', password: 'a sentence works', code }
  await auth.signUp(owner, { address: 'test', session: null })
  const made = await auth.makeToken('test')
  if (!made.ok) throw new Error('no owner to make a token for')
  const client = createChatClient({ url: origin, token: made.token })
  return { origin, port, token: made.token, client, store, auth, openReplies, keepInOrder, lines, server }
}

export const question = (text = 'Hi'): ReplyRequest => ({
  version: 1,
  messages: [{ role: 'user', parts: [{ type: 'text', text }] }],
})

/** Asks, and resolves with all events, or rejects with what the client was given. */
export function ask(client: ChatClient, request: ReplyRequest = question()): Promise<ReplyEvent[]> {
  const events: ReplyEvent[] = []
  return new Promise((resolve, reject) => {
    client.reply.subscribe(request, {
      onData: (event) => void events.push(event),
      onError: reject,
      onComplete: () => resolve(events),
    })
  })
}

/** Sends one request as raw as it can be, and resolves with the response. */
export const post = (url: string, headers: Record<string, string>, body: string | null = '{}') =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
    redirect: 'manual',
  })

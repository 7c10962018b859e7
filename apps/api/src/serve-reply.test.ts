import { createServer, request as httpRequest } from 'node:http'
import type { ReplyEvent } from '@mayfly/contracts'
import { createRouter, type Handlers, type Visitor } from '@mayfly/contracts/router'
import { expect, onTestFinished, test } from 'vitest'
import { serveReply } from './serve-reply.ts'
import { post, question } from './server.fixture.ts'

const ada: Visitor = { person: { id: 'ada', name: 'Ada', role: 'owner', hasPassword: true } }
const unused = () => Promise.reject(new Error('not asked for here'))

/** Serves the events of `reply` to whoever asks, with times of a test's own. */
async function serve(
  reply: (signal: AbortSignal) => AsyncIterable<ReplyEvent>,
  times: { heartbeatMs?: number; drainMs?: number },
) {
  const handlers: Handlers<Visitor> = {
    session: unused,
    models: unused,
    lookAgain: unused,
    signIn: unused,
    signUp: unused,
    useLink: unused,
    signOut: unused,
    changeName: unused,
    changePassword: unused,
    reply: async (_request, _visitor, signal) => reply(signal),
  }
  const router = createRouter(handlers)
  const server = createServer((req, res) => {
    const options = { router, visitorOf: async () => ada, maxBodyBytes: 10_000, onError: () => {}, ...times }
    void serveReply(req, res, options)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  return address !== null && typeof address === 'object' ? address.port : 0
}

test('a silent reply is kept open by heartbeats', async () => {
  const port = await serve(
    async function* (signal) {
      yield { type: 'started', seq: 0, replyId: 'r', model: 'm' }
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
    },
    { heartbeatMs: 20 },
  )
  const response = await post(`http://127.0.0.1:${port}/`, {}, JSON.stringify(question()))
  let heard = ''
  for await (const bytes of response.body ?? []) {
    heard += new TextDecoder().decode(bytes)
    if (heard.split('event: ping').length > 3) break
  }
  expect(heard).toMatch(/^event: connected\ndata: \{\}\n\ndata: .*\n\n(event: ping\ndata: \n\n){3}/)
})

test('a reader that takes nothing is given up after a while, and what it held is freed', async () => {
  const ended = Promise.withResolvers<void>()
  const port = await serve(
    async function* (signal) {
      signal.addEventListener('abort', () => ended.resolve())
      for (let seq = 0; ; seq++) yield { type: 'delta', seq, text: 'x'.repeat(60_000) }
    },
    { drainMs: 100 },
  )
  const req = httpRequest({
    port,
    host: '127.0.0.1',
    method: 'POST',
    headers: { 'content-type': 'application/json' },
  })
  const cut = new Promise((resolve) => req.on('close', resolve))
  req.on('response', (res) => res.pause())
  req.on('error', () => {})
  req.end(JSON.stringify(question()))
  await expect(ended.promise).resolves.toBeUndefined()
  req.destroy()
  await cut
})

test('a body that says nothing of its length is measured while it comes', async () => {
  const port = await serve(async function* () {}, {})
  const status = await new Promise((resolve, reject) => {
    const req = httpRequest({ port, host: '127.0.0.1', method: 'POST' }, (res) => resolve(res.statusCode))
    req.on('error', reject)
    for (let i = 0; i < 3; i++) req.write('x'.repeat(5_000))
    req.end()
  })
  expect(status).toBe(413)
})

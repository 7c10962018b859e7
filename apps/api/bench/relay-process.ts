// One relay in a process of its own, so that its CPU and its heap are its alone:  relay-process.ts KIND UPSTREAM-PORT
import { createServer, request, type Server } from 'node:http'
import pino from 'pino'
import { createApp } from '../src/app.ts'
import { readSettings } from '../src/settings.ts'
import { openStore } from '../src/store/open.ts'
import { openUpstream } from '../src/upstream/upstream.ts'

const [kind, upstreamPort, databasePath = ''] = process.argv.slice(2)

/** Passes the upstream's bytes through as they are: no session, no limit, no check. The floor. */
function rawPipe(): Server {
  return createServer((req, res) => {
    const asked = request(
      { host: '127.0.0.1', port: upstreamPort, path: '/v1/chat/completions', method: 'POST' },
      (reply) => {
        res.writeHead(200, { 'content-type': 'text/event-stream' })
        reply.pipe(res)
      },
    )
    res.on('close', () => asked.destroy())
    asked.on('error', () => res.destroy())
    req.pipe(asked)
  })
}

/** Mayfly as it is put together in `main`; `stock` lets tRPC's own handler write the events. */
async function mayfly(stockReplies: boolean): Promise<{ server: Server; token: string }> {
  const store = await openStore(databasePath)
  const { settings } = readSettings(
    {
      UPSTREAM: `http://127.0.0.1:${upstreamPort}/v1`,
      LIMIT_REQUESTS_PER_MINUTE: '100000',
      LIMIT_CONCURRENT_REPLIES: '1000',
    },
    'unused',
  )
  const log = pino({ level: 'silent' })
  const upstream = await openUpstream({
    choice: settings.upstream,
    apiKey: null,
    baseUrl: null,
    model: 'm',
    continues: null,
    firstTokenMs: settings.firstTokenMs,
    silenceMs: settings.silenceMs,
    systemPrompt: null,
    mayLookForLocal: false,
    ownPort: 0,
  })
  const app = createApp({
    settings,
    store,
    upstream,
    log,
    files: (_req, res) => void res.end(),
    stockReplies,
  })
  const { auth } = app
  const server = app.createServer()
  await auth.signUp({ username: 'bench', password: 'a sentence works' }, { address: 'bench', session: null })
  const made = await auth.makeToken('bench')
  return { server, token: made.ok ? made.token : '' }
}

const { server, token } = kind === 'pipe' ? { server: rawPipe(), token: '' } : await mayfly(kind === 'stock')
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (address !== null && typeof address === 'object') process.send?.({ port: address.port, token })
})
process.on('message', () => {
  globalThis.gc?.()
  process.send?.({ cpu: process.cpuUsage(), heap: process.memoryUsage().heapUsed })
})
process.on('disconnect', () => process.exit())

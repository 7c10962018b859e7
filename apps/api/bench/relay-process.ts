// One relay in a process of its own, so that its CPU and its heap are its alone:  relay-process.ts KIND UPSTREAM-PORT
import { createServer, request, type Server } from 'node:http'
import { createRouter } from '@mayfly/contracts/router'
import pino from 'pino'
import { createAccess } from '../src/access.ts'
import { createAuth } from '../src/auth/auth.ts'
import { createHandlers } from '../src/handlers.ts'
import { createLimits } from '../src/limits/limits.ts'
import { OpenReplies } from '../src/reply/open-replies.ts'
import { createRelay } from '../src/reply/relay.ts'
import { createApiServer } from '../src/server.ts'
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
  const { settings } = readSettings({ UPSTREAM: `http://127.0.0.1:${upstreamPort}/v1` }, 'unused')
  const log = pino({ level: 'silent' })
  const auth = createAuth({
    db: store.db,
    cookie: { https: false, port: 1 },
    allowSignUp: false,
    ownerFormOpen: true,
  })
  const limits = createLimits(store.db, {
    requestsPerMinute: 100_000,
    concurrentReplies: 10_000,
    tokensPerDay: 0,
  })
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
  const openReplies = new OpenReplies()
  const relay = createRelay({ upstream, limits, openReplies, log })
  const server = createApiServer({
    settings,
    router: createRouter(createHandlers({ settings, auth, upstream, relay, openReplies })),
    access: createAccess({ auth, publicOrigin: settings.publicOrigin, trustProxy: 0 }),
    log,
    hitReply: (userId) => limits.hitReply(userId),
    ready: async () => true,
    files: (_req, res) => void res.end(),
    stockReplies,
  })
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

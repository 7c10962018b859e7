// One relay in a process of its own, so that its CPU and its heap are its alone:
//   relay-process.ts KIND UPSTREAM-PORT DATABASE PEOPLE
import type { Server } from 'node:http'
import pino from 'pino'
import { createApp } from '../src/app.ts'
import { createSessions } from '../src/auth/lucia.ts'
import { readSettings } from '../src/settings.ts'
import { openStore, type Store } from '../src/store/open.ts'
import { openUpstream } from '../src/upstream/upstream.ts'
import { createHandWritten, createPipe } from './plain-relays.ts'

const [kind, upstreamPort = '', databasePath = '', people] = process.argv.slice(2)

type Started = { server: Server; tokens: string[] }

/** Mayfly as it is put together in `main`; `stock` lets tRPC's own handler write the events. */
async function createMayfly(stockReplies: boolean): Promise<Started> {
  const store = await openStore(databasePath)
  const { settings } = readSettings(
    { UPSTREAM: `http://127.0.0.1:${upstreamPort}/v1`, LIMIT_REQUESTS_PER_MINUTE: '100000' },
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
  const files = (_req: unknown, res: { end(): void }) => res.end()
  const app = createApp({ settings, store, upstream, log, files, stockReplies })
  app.keepInOrder()
  return { server: app.createServer(), tokens: await makePeople(store, Number(people)) }
}

/** As many people as are asked for, and a token of each. */
async function makePeople({ db }: Store, count: number): Promise<string[]> {
  const sessions = createSessions(db, Date.now)
  const names = Array.from({ length: count }, (_, i) => `person${i}`)
  for (const name of names) {
    const user = { id: name, name, name_key: name, role: 'member' as const, password_hash: null }
    await db
      .insertInto('users')
      .values({ ...user, created_at: Date.now(), disabled_at: null })
      .execute()
  }
  return Promise.all(names.map((name) => sessions.create(name, 'api')))
}

async function start(): Promise<Started> {
  if (kind === 'pipe') return { server: createPipe(upstreamPort), tokens: [] }
  if (kind === 'hand') return { server: createHandWritten(upstreamPort), tokens: [] }
  return createMayfly(kind === 'stock')
}

const { server, tokens } = await start()
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (address !== null && typeof address === 'object') process.send?.({ port: address.port, tokens })
})
process.on('message', (asked) => {
  if (asked === 'heap') globalThis.gc?.()
  const { user, system } = process.cpuUsage()
  process.send?.(asked === 'heap' ? process.memoryUsage().heapUsed : user + system)
})
process.on('disconnect', () => process.exit())

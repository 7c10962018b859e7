import type { RequestListener, Server } from 'node:http'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { createRouter } from '@mayfly/contracts/router'
import { createAccess } from './access.ts'
import { createAuth } from './auth/auth.ts'
import { serveFiles } from './files.ts'
import { createHandlers } from './handlers.ts'
import { createLimits } from './limits/limits.ts'
import { listen } from './listen.ts'
import { createLog, describeBug } from './log.ts'
import { OpenReplies } from './reply/open-replies.ts'
import { createRelay } from './reply/relay.ts'
import { createApiServer } from './server.ts'
import { readSettings, type Settings } from './settings.ts'
import { cleanUp } from './store/clean-up.ts'
import { openStore } from './store/open.ts'
import { openUpstream } from './upstream/upstream.ts'

const dataFolder = fileURLToPath(new URL('../../../data', import.meta.url))
const builtPage = fileURLToPath(new URL('../../web/dist', import.meta.url))

/** How often sessions of open replies are looked up, and what has run out is thrown away, in ms. */
const sweepMs = 2_000
const cleanUpMs = 600_000

/**
 * Starts the server, or does what `--link`, `--token NAME` or `--revoke NAME` ask for and returns. `devFiles` serves
 * the page from its sources. Throws with words for the operator.
 */
export async function main(
  args: string[],
  devFiles?: (server: Server) => Promise<RequestListener>,
): Promise<void> {
  const asked = readArguments(args)
  const { settings, warnings } = readSettings(process.env, dataFolder)
  const log = createLog(settings.logLevel)
  for (const warning of warnings) log.warn(warning)

  const store = await openStore(settings.databaseUrl)
  const { publicOrigin } = settings
  const https = publicOrigin.protocol === 'https:'
  const auth = createAuth({
    db: store.db,
    cookie: { https, port: Number(publicOrigin.port) || (https ? 443 : 80) },
    allowSignUp: settings.allowSignUp,
    ownerFormOpen: settings.loopback,
    log: ({ kind, ...who }) => log.info(who, kind),
  })
  const linkWithCode = async () => `${publicOrigin.origin}/sign-in#code=${await auth.makeLinkCode()}`

  if (asked.link || asked.token !== undefined || asked.revoke !== undefined) {
    if (asked.link) console.log(`Open this once, within 10 minutes:\n${await linkWithCode()}`)
    if (asked.token !== undefined) await printToken(asked.token)
    if (asked.revoke !== undefined) console.log(`${await auth.revokeToken(asked.revoke)} revoked`)
    await store.close()
    return
  }

  async function printToken(label: string): Promise<void> {
    const made = await auth.makeToken(label)
    if (made.ok) {
      console.error(`A token for the owner, good for 90 days. It is shown once:`)
      console.log(made.token)
      return
    }
    console.error('There is no owner yet: start Mayfly, create the owner in the page, then ask for a token.')
    process.exitCode = 1
  }

  const upstream = await openUpstream({
    choice: settings.upstream,
    apiKey: settings.apiKey,
    baseUrl: settings.baseUrl,
    model: settings.model,
    continues: settings.continues,
    firstTokenMs: settings.firstTokenMs,
    silenceMs: settings.silenceMs,
    systemPrompt: settings.systemPrompt,
    mayLookForLocal: settings.loopback,
    ownPort: settings.port,
  })
  const limits = createLimits(store.db, settings)
  const openReplies = new OpenReplies()
  const relay = createRelay({ upstream, limits, openReplies, log })
  const router = createRouter(createHandlers({ settings, auth, upstream, relay, openReplies }))

  let files: RequestListener = devFiles ? () => {} : serveFiles(builtPage)
  const servers = settings.hosts.map(() =>
    createApiServer({
      settings,
      router,
      access: createAccess({ auth, publicOrigin, trustProxy: settings.trustProxy }),
      log,
      hitReply: (userId) => limits.hitReply(userId),
      ready: async () => !openReplies.draining && (await store.reachable()),
      files: (req, res) => files(req, res),
      dev: devFiles !== undefined,
    }),
  )
  const [first, ...others] = servers
  if (devFiles && first) {
    files = await devFiles(first)
    for (const other of others) other.on('upgrade', (...call) => first.emit('upgrade', ...call))
  }
  await listen(servers, settings.hosts, settings.port)

  const timers = [
    setInterval(() => void endRevoked(), sweepMs),
    setInterval(() => void cleanUp(store.db, Date.now()).catch(warn), cleanUpMs),
  ]
  async function endRevoked(): Promise<void> {
    const sessions = openReplies.sessions()
    if (sessions.length === 0) return
    await auth.stillValid(sessions).then((valid) => openReplies.keepOnly(sessions, valid), warn)
  }
  function warn(error: unknown): void {
    log.warn(describeBug(error), 'the store did not answer')
  }

  let leaving = false
  const leave = async () => {
    if (leaving) process.exit(1) // asked twice: now
    leaving = true
    timers.forEach(clearInterval)
    openReplies.drain()
    await Promise.all(servers.map(closed))
    await store.close()
  }
  process.on('SIGTERM', () => void leave())
  process.on('SIGINT', () => void leave())

  console.log(`\n  Mayfly is ready:  ${publicOrigin.origin}\n`)
  const { name, why } = upstream.info()
  console.log(`  Replies come from ${name}. ${why}.`)
  for (const line of upstream.howToConnect()) console.log(`  ${line}`)
  if (await wantsLink(settings)) {
    console.log(`\n  Sign in by this link, once, within 10 minutes:\n  ${await linkWithCode()}\n`)
  }

  async function wantsLink({ loopback }: Settings): Promise<boolean> {
    const { signUp } = await auth.waysIn()
    const nobodyYet = signUp === 'owner' || signUp === 'code'
    return nobodyYet || (loopback && process.stdout.isTTY)
  }
}

function readArguments(args: string[]) {
  const options = {
    link: { type: 'boolean' },
    token: { type: 'string' },
    revoke: { type: 'string' },
  } as const
  try {
    return parseArgs({ args, options }).values
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new Error(`${why}\nThere are: npm start [-- --link | --token NAME | --revoke NAME]`, {
      cause: error,
    })
  }
}

/** Stops listening, and resolves when the last response is out: after 5 s no more is waited for. */
function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const idle = setInterval(() => server.closeIdleConnections(), 100)
    const enough = setTimeout(() => server.closeAllConnections(), 5_000)
    server.close(() => {
      clearInterval(idle)
      clearTimeout(enough)
      resolve()
    })
  })
}

if (import.meta.main) {
  try {
    await main(process.argv.slice(2))
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  }
}

import type { RequestListener, Server } from 'node:http'
import { fileURLToPath } from 'node:url'
import { createApp, createAppAuth } from './app.ts'
import { greet, readCommand, runCommand, sayGoodbye } from './console.ts'
import { serveFiles } from './files.ts'
import { close, listen } from './listen.ts'
import { createLog } from './log.ts'
import { readSettings } from './settings.ts'
import { openStore } from './store/open.ts'
import { openUpstream } from './upstream/upstream.ts'

const dataFolder = fileURLToPath(new URL('../../../data', import.meta.url))
const builtPage = fileURLToPath(new URL('../../web/dist', import.meta.url))

/** How long replies may run on once the server is told to stop, in ms. With all that follows it is gone within 30 s. */
const graceMs = 20_000

/**
 * Starts the server, or does what the command line asks for and returns. `devFiles` serves the page from its sources.
 * Throws with words for the operator.
 */
export async function main(
  args: string[],
  devFiles?: (server: Server) => Promise<RequestListener>,
): Promise<void> {
  const command = readCommand(args)
  const { settings, warnings } = readSettings(process.env, dataFolder)
  const log = createLog(settings.logLevel)
  for (const warning of warnings) log.warn(warning)

  const store = await openStore(settings.databaseUrl)
  if (command) {
    await runCommand(command, createAppAuth(settings, store, log), settings.publicOrigin.origin)
    await store.close()
    return
  }

  const upstream = await openUpstream({
    choice: settings.upstream,
    mayLookForLocal: settings.loopback,
    ownPort: settings.port,
    ...settings,
  })
  let files: RequestListener = devFiles ? () => {} : serveFiles(builtPage)
  const app = createApp({
    settings,
    store,
    upstream,
    log,
    files: (req, res) => files(req, res),
    dev: devFiles !== undefined,
  })
  const servers = settings.hosts.map(() => app.createServer())
  const [first, ...others] = servers
  if (devFiles && first) {
    files = await devFiles(first)
    for (const other of others) other.on('upgrade', (...call) => first.emit('upgrade', ...call))
  }
  await listen(servers, settings.hosts, settings.port)
  const stopKeeping = app.keepInOrder()

  let leaving = false
  const leave = async () => {
    if (leaving) return app.openReplies.endAll() // asked twice: now
    leaving = true
    sayGoodbye(app.openReplies.count, graceMs)
    await app.openReplies.drain(graceMs)
    stopKeeping()
    await close(servers)
    await app.openReplies.drain(0) // whose readers did not go before they were cut off
    await store.close()
  }
  process.on('SIGTERM', () => void leave())
  process.on('SIGINT', () => void leave())
  await greet(settings, app.auth, upstream)
}

if (import.meta.main) {
  try {
    await main(process.argv.slice(2))
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  }
}

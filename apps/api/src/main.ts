import type { RequestListener, Server } from 'node:http'
import { fileURLToPath } from 'node:url'
import { createApp, createAppAuth } from './app.ts'
import { greet, readCommand, runCommand, sayWhatIsWaitedFor } from './console.ts'
import { drain, graceMs, leaveOnSignal } from './drain.ts'
import { serveFiles } from './files.ts'
import { listen } from './listen.ts'
import { createLog } from './log.ts'
import { readSettings } from './settings.ts'
import { openStore } from './store/open.ts'
import { openUpstream } from './upstream/upstream.ts'

const dataFolder = fileURLToPath(new URL('../../../data', import.meta.url))
const builtPage = fileURLToPath(new URL('../../web/dist', import.meta.url))

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
  app.keepInOrder()
  leaveOnSignal(async (hurry) => {
    // A changed source file restarts the server of `dev`, and waits for no reply.
    const grace = devFiles ? 0 : graceMs
    sayWhatIsWaitedFor(app.openReplies.count, grace, hurry)
    await drain({ openReplies: app.openReplies, servers, store, graceMs: grace }, hurry)
  })
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

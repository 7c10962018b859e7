import type { RequestListener, Server } from 'node:http'
import { createFormRouter, createRouter } from '@mayfly/contracts/router'
import { createAccess } from './access.ts'
import { createAuth } from './auth/auth.ts'
import { createHandlers } from './handlers.ts'
import { createLimits } from './limits/limits.ts'
import { describeBug, type Log } from './log.ts'
import { OpenReplies } from './reply/open-replies.ts'
import { createRelay } from './reply/relay.ts'
import { createApiServer } from './server.ts'
import type { Settings } from './settings.ts'
import { cleanUp } from './store/clean-up.ts'
import type { Store } from './store/open.ts'
import type { Upstream } from './upstream/upstream.ts'

export type AppParts = {
  settings: Settings
  store: Store
  upstream: Upstream
  log: Log
  /** Answers what is not a procedure: the page and its files. */
  files: RequestListener
  dev?: boolean
  /** For tests: lets tRPC's own handler stream the replies too, and another length at which a reply ends, in bytes. */
  stockReplies?: boolean
  replyBytes?: number
}

/** How often sessions of open replies are looked up, and what has run out is thrown away, in ms. */
const sweepMs = 2_000
const cleanUpMs = 600_000

/** Puts the parts of one process together. Its servers share all of them, and don't listen yet. */
export function createApp({ settings, store, upstream, log, files, ...rest }: AppParts) {
  const auth = createAppAuth(settings, store, log)
  const limits = createLimits(store.db, settings)
  const openReplies = new OpenReplies()
  const { replyBytes, ...how } = rest
  const relay = createRelay({
    upstream,
    limits,
    openReplies,
    log,
    ...(replyBytes !== undefined && { replyBytes }),
  })
  const handlers = createHandlers({ settings, auth, upstream, relay, openReplies })
  const router = createRouter(handlers)
  const formRouter = createFormRouter(handlers)
  const access = createAccess({ auth, publicOrigin: settings.publicOrigin, trustProxy: settings.trustProxy })

  const warn = (error: unknown) => log.warn(describeBug(error), 'the store did not answer')
  const endRevoked = async () => {
    const sessions = openReplies.sessions()
    if (sessions.length > 0) openReplies.keepOnly(sessions, await auth.stillValid(sessions))
  }

  return {
    auth,
    openReplies,
    createServer: (): Server =>
      createApiServer({
        settings,
        router,
        formRouter,
        access,
        log,
        hitReply: (userId) => limits.hitReply(userId),
        ready: async () => !openReplies.draining && (await store.reachable()),
        files,
        ...how,
      }),
    /** Ends what was revoked and throws away what has run out, time and again, until it is told to stop. */
    keepInOrder(): () => void {
      const timers = [
        setInterval(() => void endRevoked().catch(warn), sweepMs),
        setInterval(() => void cleanUp(store.db, Date.now()).catch(warn), cleanUpMs),
      ]
      return () => timers.forEach(clearInterval)
    },
  }
}

/** Sign-in as the settings want it, for the server and for the console's commands alike. */
export function createAppAuth({ publicOrigin, allowSignUp, loopback }: Settings, store: Store, log: Log) {
  const https = publicOrigin.protocol === 'https:'
  return createAuth({
    db: store.db,
    cookie: { https, port: Number(publicOrigin.port) || (https ? 443 : 80) },
    allowSignUp,
    ownerFormOpen: loopback,
    log: ({ kind, ...who }) => log.info(who, kind),
  })
}

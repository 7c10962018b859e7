import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Person } from '@mayfly/contracts'
import { TRPCError } from '@trpc/server'
import type { Auth, SignedIn } from './auth/auth.ts'
import { isLoopback } from './settings.ts'

/** Who sends a request, from where, and the one way to give them a cookie. */
export type Visitor = {
  requestId: string
  person: Person | null
  session: SignedIn | null
  address: string
  setCookie(value: string): void
  /** Asks the browser to drop what it cached of this origin. */
  clearCache(): void
}

export type Access = {
  visitorOf(req: IncomingMessage, res: ServerResponse, requestId: string): Promise<Visitor>
}

/**
 * Knows who asks: by cookie, or by bearer token, which then decides alone. A browser's request must come from our own
 * page, a GET too: by `Sec-Fetch-Site` where the browser sends it, else by `Origin`. Throws FORBIDDEN otherwise.
 */
export function createAccess(options: { auth: Auth; publicOrigin: URL; trustProxy: number }): Access {
  const { auth, publicOrigin, trustProxy } = options
  return {
    async visitorOf(req, res, requestId) {
      const { authorization, cookie, origin } = req.headers
      const site = req.headers['sec-fetch-site']
      const ownPage = site === undefined ? origin === publicOrigin.origin : site === 'same-origin'
      if (authorization === undefined && !ownPage) throw new TRPCError({ code: 'FORBIDDEN' })
      const session = await auth.authenticate({ cookieHeader: cookie, authorizationHeader: authorization })
      if (session?.refreshedCookie) res.appendHeader('set-cookie', session.refreshedCookie)
      return {
        requestId,
        person: session?.person ?? null,
        session,
        address: addressOf(req, trustProxy),
        setCookie: (value) => void res.appendHeader('set-cookie', value),
        clearCache: () => void res.setHeader('clear-site-data', '"cache"'),
      }
    },
  }
}

/** The visitor's address: that of the socket, or what the last of `proxies` trusted proxies wrote down. */
export function addressOf(req: IncomingMessage, proxies: number): string {
  const socket = req.socket.remoteAddress ?? ''
  if (proxies === 0) return socket
  const forwarded = [req.headers['x-forwarded-for'] ?? []].flat().join(',').split(',')
  const hops = forwarded.map((hop) => hop.trim()).filter((hop) => hop !== '')
  return hops.at(-proxies) ?? hops[0] ?? socket
}

/**
 * Whether a request's Host is ours: the public origin's, or this machine by a loopback name. Another one is an attack
 * by DNS rebinding, or a proxy that does not pass the Host on.
 */
export function isOwnHost(host: string | undefined, publicOrigin: URL): boolean {
  if (host === undefined) return false
  if (host === publicOrigin.host) return true
  return URL.canParse(`http://${host}`) && isLoopback(new URL(`http://${host}`).hostname)
}

import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http'
import type { Duplex } from 'node:stream'
import { type AppRouter, limits } from '@mayfly/contracts'
import { refusal } from '@mayfly/contracts/failure'
import { asTRPCError } from '@mayfly/contracts/router'
import type { AnyRouter, TRPCError } from '@trpc/server'
import { createHTTPHandler } from '@trpc/server/adapters/standalone'
import { type Access, isOwnHost, type Visitor } from './access.ts'
import { strictHeaders } from './headers.ts'
import { pages } from './files.ts'
import { describeBug, type Log } from './log.ts'
import { serveReply } from './serve-reply.ts'
import type { Settings } from './settings.ts'

/** A form of ours is a few hundred bytes; a password may be long. */
const formBytes = 16_384
/** How long the sender of what can't be read has to take the answer, in ms. */
const lingerMs = 1_000

export type ServerParts = {
  settings: Pick<Settings, 'publicOrigin' | 'loopback'>
  router: AppRouter
  /** What tRPC's own handler may serve: everything but replies. */
  formRouter: AnyRouter
  access: Access
  log: Log
  /** Counts one request for a reply, before its body is read. Throws a refusal. */
  hitReply(userId: string): Promise<void>
  /** Whether requests can be served: the store answers, and nobody is leaving. */
  ready(): Promise<boolean>
  /** Answers what is not a procedure: the page and its files. */
  files: RequestListener
  dev?: boolean
  /** For tests: lets tRPC's own handler stream the replies too. */
  stockReplies?: boolean
}

/** The one server: procedures, the page, and whether it is well. Not listening yet. */
export function createApiServer(parts: ServerParts): Server {
  const { settings, router, access, log, files, dev = false } = parts
  const https = settings.publicOrigin.protocol === 'https:'
  const procedures = new Set(Object.keys(router._def.procedures))
  const headers = new Map(Object.entries(strictHeaders({ https, dev })))

  const onError = (requestId: string, error: TRPCError) => {
    if (error.code === 'INTERNAL_SERVER_ERROR') log.error({ requestId, ...describeBug(error) }, 'bug')
    else log.debug({ requestId, code: error.code }, 'refused')
  }

  const stock = createHTTPHandler({
    router: parts.stockReplies ? router : parts.formRouter,
    basePath: '/trpc/',
    allowBatching: false,
    allowMethodOverride: true,
    maxBodySize: parts.stockReplies ? limits.requestBytes : formBytes,
    createContext: ({ req, res }) =>
      access.visitorOf(req, res, idOf(req)).catch((thrown: unknown) => {
        throw asTRPCError(thrown)
      }),
    onError: ({ error, req }) => onError(idOf(req), error),
  })

  const visitorWithinRate = async (req: IncomingMessage, res: ServerResponse): Promise<Visitor> => {
    const visitor = await access.visitorOf(req, res, idOf(req))
    if (!visitor.person) throw refusal('session-ended')
    await parts.hitReply(visitor.person.id)
    return visitor
  }

  async function route(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const path = pathOf(req)
    if (path === '/healthz') return say(res, 200, 'ok')
    if (path === '/readyz') return (await parts.ready()) ? say(res, 200, 'ready') : say(res, 503, 'not ready')
    if (!isOwnHost(req.headers.host, settings.publicOrigin)) {
      return say(res, 421, `This server answers for ${settings.publicOrigin.origin} alone.`)
    }
    if (/^\/trpc(\/|$)/i.test(path)) return routeProcedure(req, res)
    if (req.method !== 'GET' && req.method !== 'HEAD') {
      res.setHeader('allow', 'GET, HEAD')
      return say(res, 405, 'Only GET is answered here.')
    }
    const isNumeric = /^(127\.|\[::1\])/.test(req.headers.host ?? '')
    if (
      settings.loopback &&
      isNumeric &&
      pages.has(path) &&
      req.headers.host !== settings.publicOrigin.host
    ) {
      res.setHeader('location', settings.publicOrigin.origin + path)
      return say(res, 307, 'Moved')
    }
    files(req, res)
  }

  async function routeProcedure(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const name = procedureOf(req)
    if (name === undefined) return say(res, 404, 'No such procedure.')
    if (req.method !== 'POST') {
      res.setHeader('allow', 'POST')
      return say(res, 405, 'Every procedure goes by POST; createChatClient of @mayfly/contracts does so.')
    }
    if (!/^application\/json\s*(;|$)/i.test(req.headers['content-type'] ?? '')) {
      return say(res, 415, 'Only application/json is read.')
    }
    res.setHeader('cache-control', 'no-store')
    if (name !== 'reply' || parts.stockReplies) return stock(req, res)
    await serveReply(req, res, {
      router,
      visitorOf: visitorWithinRate,
      maxBodyBytes: limits.requestBytes,
      onError: (error) => onError(idOf(req), error),
    })
  }

  /** The procedure that a request names, as we write it: no other spelling can reach another handler. */
  function procedureOf(req: IncomingMessage): string | undefined {
    const name = /^\/trpc\/(\w+)$/.exec(pathOf(req))?.[1]
    return name !== undefined && procedures.has(name) ? name : undefined
  }

  // A request without a Host is answered by us, as one for another host is.
  const options = { connectionsCheckingInterval: 5_000, requireHostHeader: false }
  const server = createServer(options, (req, res) => {
    const started = performance.now()
    const requestId = crypto.randomUUID()
    req.headers['x-request-id'] = requestId
    res.setHeader('x-request-id', requestId)
    res.setHeaders(headers)
    res.on('close', () => {
      // A path could hold anything that somebody typed; a route is one of ours.
      const route = procedureOf(req) ?? 'page'
      const ms = Math.round(performance.now() - started)
      log.debug({ requestId, method: req.method, route, status: res.statusCode, ms }, 'request')
    })
    route(req, res).catch((error: unknown) => {
      log.error({ requestId, ...describeBug(error) }, 'bug')
      if (res.headersSent) res.destroy()
      else say(res, 500, 'Something went wrong on the server.')
    })
  })
  server.on('checkExpectation', (_req: IncomingMessage, res: ServerResponse) => {
    res.setHeaders(headers)
    say(res, 417, 'Nothing is promised beforehand.')
  })
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    // What can't be read as HTTP reaches no handler, and Node's own answer would have none of our headers.
    const status = unreadable[error.code ?? ''] ?? 400
    const lines = [...headers].map(([name, value]) => `${name}: ${value}`)
    const head = [
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
      ...lines,
      'connection: close',
      'content-length: 0',
    ]
    if (!socket.writable) return void socket.destroy()
    socket.end(`${head.join('\r\n')}\r\n\r\n`)
    // Whoever doesn't close its own side would otherwise keep a reply that nobody can read any more.
    setTimeout(() => socket.destroy(), lingerMs).unref()
  })
  server.headersTimeout = 15_000
  server.requestTimeout = 120_000
  server.keepAliveTimeout = 75_000
  return server
}

/** Statuses for what Node's parser and its timers give up on; anything else is a bad request. */
const unreadable: Readonly<Record<string, number>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  HPE_HEADER_OVERFLOW: 431,
}

const idOf = (req: IncomingMessage) => String(req.headers['x-request-id'])

const pathOf = (req: IncomingMessage) => (req.url ?? '/').split(/[?#]/, 1)[0] ?? '/'

function say(res: ServerResponse, status: number, words: string): void {
  res.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' })
  res.end(words)
}

import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AppRouter } from '@mayfly/contracts'
import { refusal } from '@mayfly/contracts/failure'
import { asTRPCError } from '@mayfly/contracts/router'
import { callTRPCProcedure, type TRPCError } from '@trpc/server'
import { getHTTPStatusCodeFromError } from '@trpc/server/http'
import { TRPC_ERROR_CODES_BY_KEY } from '@trpc/server/rpc'

/** How long a body that is not wanted is read, so that its sender hears why, in ms. */
const lingerMs = 1_000

export type ServeReplyOptions<Visitor> = {
  router: AppRouter
  /** Who asks. Throws a refusal before a byte of the body is read. */
  visitorOf(req: IncomingMessage, res: ServerResponse): Promise<Visitor>
  maxBodyBytes: number
  onError(error: TRPCError): void
  /** For tests. In ms. */
  heartbeatMs?: number
  drainMs?: number
}

/**
 * Answers one POST with a reply's events, in tRPC's own format for subscriptions. Unlike tRPC's handler it refuses by
 * HTTP status, writes each event at once and alone, and never leaves a reader that went away without notice.
 */
export async function serveReply<Visitor extends object>(
  req: IncomingMessage,
  res: ServerResponse,
  options: ServeReplyOptions<Visitor>,
): Promise<void> {
  const { heartbeatMs = 15_000, drainMs = 60_000 } = options
  const gone = new AbortController()
  res.on('close', () => gone.abort())
  let heartbeat: NodeJS.Timeout | undefined
  try {
    const ctx = await options.visitorOf(req, res)
    const events = await askFor(await readJson(req, options.maxBodyBytes), options.router, ctx, gone.signal)
    if (gone.signal.aborted) return
    res.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
    })
    res.write('event: connected\ndata: {}\n\n')
    heartbeat = setInterval(() => {
      if (!res.writableNeedDrain) res.write('event: ping\ndata: \n\n')
    }, heartbeatMs)
    for await (const event of events) {
      if (gone.signal.aborted) return
      if (!res.write(`data: ${JSON.stringify(event)}\n\n`)) await drained(res, drainMs, gone.signal)
    }
    if (!gone.signal.aborted) res.end('event: return\ndata: \n\n')
  } catch (cause) {
    if (gone.signal.aborted) return
    const error = asTRPCError(cause)
    options.onError(error)
    await answer(req, res, options.router, error)
  } finally {
    clearInterval(heartbeat)
    gone.abort() // frees what a reply holds that was never read
  }
}

/** Begins the reply to `input`, which is held by nothing here once it has begun: it may be megabytes. */
async function askFor(
  input: unknown,
  router: AppRouter,
  ctx: object,
  signal: AbortSignal,
): Promise<AsyncIterable<unknown>> {
  const events: unknown = await callTRPCProcedure({
    router,
    path: 'reply',
    type: 'subscription',
    ctx,
    getRawInput: async () => input,
    signal,
    batchIndex: 0,
  })
  if (!isAsyncIterable(events)) throw new Error('the reply is not a stream')
  return events
}

/** Waits for a slow reader; one that takes nothing for `limitMs` is given up. */
async function drained(res: ServerResponse, limitMs: number, gone: AbortSignal): Promise<void> {
  try {
    await once(res, 'drain', { signal: AbortSignal.any([gone, AbortSignal.timeout(limitMs)]) })
  } catch {
    res.destroy()
  }
}

/** Says an error in tRPC's envelope: by status while that can be said, else as the stream's last event. */
async function answer(
  req: IncomingMessage,
  res: ServerResponse,
  router: AppRouter,
  error: TRPCError,
): Promise<void> {
  const shape = router._def._config.errorFormatter({
    error,
    type: 'subscription',
    path: 'reply',
    input: undefined,
    ctx: undefined,
    shape: {
      message: error.message,
      code: TRPC_ERROR_CODES_BY_KEY[error.code],
      data: { code: error.code, httpStatus: getHTTPStatusCodeFromError(error) },
    },
  })
  if (res.headersSent) {
    res.end(`event: serialized-error\ndata: ${JSON.stringify(shape)}\n\n`)
    return
  }
  const retryAfterMs = shape.data.failure?.retryAfterMs
  if (retryAfterMs !== undefined) res.setHeader('retry-after', Math.ceil(retryAfterMs / 1_000))
  // What is left of the body is not wanted, so the connection can't serve another request.
  if (!req.complete) res.setHeader('connection', 'close')
  const body = JSON.stringify({ error: shape })
  res.writeHead(shape.data.httpStatus, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
  })
  res.write(body)
  if (!req.complete) await discardRest(req)
  res.end()
}

/** A connection that is closed with bytes unread is reset, and the answer may be lost with it: some are read first. */
async function discardRest(req: IncomingMessage): Promise<void> {
  req.resume()
  await once(req, 'close', { signal: AbortSignal.timeout(lingerMs) }).catch(() => undefined)
}

/** The request's body as JSON. Throws the refusals `too-large` and `bad-request`. */
async function readJson(req: IncomingMessage, mostBytes: number): Promise<unknown> {
  if (Number(req.headers['content-length'] ?? 0) > mostBytes) throw refusal('too-large')
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of req.iterator({ destroyOnReturn: false })) {
    if (!Buffer.isBuffer(chunk)) throw refusal('bad-request')
    bytes += chunk.length
    if (bytes > mostBytes) throw refusal('too-large')
    chunks.push(chunk)
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString())
  } catch {
    throw refusal('bad-request')
  }
}

const isAsyncIterable = (value: unknown): value is AsyncIterable<unknown> =>
  typeof value === 'object' && value !== null && Symbol.asyncIterator in value

import { TRPCClientError, type TRPCLink } from '@trpc/client'
import { observable } from '@trpc/server/observable'
import { createParser } from 'eventsource-parser'
import * as v from 'valibot'
import { failure, type Failure, retryAfterMs } from './failure.ts'
import { bytesOf, limits } from './limits.ts'
import { replyEvent, type ReplyEvent } from './reply.ts'
import type { AppRouter } from './router.ts'
import { wholeNumber } from './whole-number.ts'

export type StreamLinkOptions = {
  /** Where the procedures are, without a slash at the end: `https://chat.example/trpc`. */
  url: string
  headers?: () => Record<string, string>
  /** Longest silence on an open response, in ms. The server sends a heartbeat each 15 s. */
  silenceMs?: number
  /** Longest wait for the response's headers, in ms: a large question takes its time to go up. */
  headersMs?: number
}

/** A reply's stream did not begin, or broke. `failure` is what a person can be told and a machine can act on. */
export class StreamError extends Error {
  readonly failure: Failure
  constructor(failure: Failure, options?: ErrorOptions) {
    super(failure.kind, options)
    this.failure = failure
  }
}

/** The typed failure in whatever a call of the client threw; `unexpected` where it holds none. */
export function failureOf(error: unknown): Failure {
  if (!(error instanceof TRPCClientError)) return { kind: 'unexpected' }
  if (error.cause instanceof StreamError) return error.cause.failure
  const refused = v.safeParse(refusalData, error.data)
  if (refused.success) return refused.output.failure
  // Neither an envelope of ours nor a bug of ours: nobody answered, or something in between did.
  return error.data === undefined ? { kind: 'network' } : { kind: 'unexpected' }
}

const refusalData = v.object({ failure })
const refusalBody = v.object({ error: v.object({ data: v.object({ failure: v.optional(failure) }) }) })
const unknownEvent = v.object({ type: v.string(), seq: wholeNumber })
/** Characters of a refusal that are read. */
const refusalLength = 64_000
const knownTypes: readonly string[] = ['started', 'reasoning', 'delta', 'finished', 'failed']

/**
 * Carries a subscription as one POST whose answer is an event stream in tRPC's own format, and ends in exactly one
 * way: complete, a typed failure, or silence after the subscriber left. It never sends a request twice.
 */
export function streamLink(options: StreamLinkOptions): TRPCLink<AppRouter> {
  const { silenceMs = 45_000, headersMs = 150_000 } = options
  return () =>
    ({ op }) =>
      observable((observer) => {
        const left = new AbortController()
        const watch = createWatch()
        const leave = () => left.abort()
        op.signal?.addEventListener('abort', leave)
        if (op.signal?.aborted) leave()
        const run = async () => {
          const body = JSON.stringify(op.input)
          if (bytesOf(body) > limits.requestBytes) throw new StreamError({ kind: 'too-large' })
          watch.limit(headersMs)
          const response = await fetch(`${options.url}/${op.path}`, {
            method: 'POST',
            body,
            headers: {
              'content-type': 'application/json',
              accept: 'text/event-stream',
              ...options.headers?.(),
            },
            signal: AbortSignal.any([left.signal, watch.signal]),
            credentials: 'same-origin',
            cache: 'no-store',
            redirect: 'error',
          })
          watch.limit(silenceMs)
          if (!response.ok || !isEventStream(response) || !response.body) throw await refusalOf(response)
          for await (const data of readEvents(response.body, () => watch.limit(silenceMs))) {
            observer.next({ result: { type: 'data', data } })
          }
          observer.next({ result: { type: 'stopped' } })
          observer.complete()
        }
        run()
          .catch((cause: unknown) => {
            if (left.signal.aborted) return observer.complete()
            const error = watch.signal.aborted
              ? new StreamError({ kind: 'silent' }, { cause })
              : asStreamError(cause)
            observer.error(TRPCClientError.from(error))
          })
          .finally(() => {
            watch.end()
            op.signal?.removeEventListener('abort', leave)
            left.abort() // lets go of a response that was not read to its end
          })
        return leave
      })
}

/** Yields the events of one reply, in order and without a gap. Throws `StreamError` where the stream breaks a rule. */
async function* readEvents(body: ReadableStream<Uint8Array>, heard: () => void): AsyncGenerator<ReplyEvent> {
  const waiting: ReplyEvent[] = []
  let next = 0
  let ended = false
  let returned = false
  let broken: StreamError | undefined
  const parser = createParser({
    maxBufferSize: 1_000_000,
    onEvent: ({ event, data }) => {
      if (broken || returned) return
      if (event === 'return') returned = true
      else if (event === 'serialized-error') broken = serializedFailure(data)
      else if (event === undefined) {
        const read = readEvent(data, next)
        next += 1
        if (read === 'bad' || ended) broken = new StreamError({ kind: 'unexpected' })
        else if (read !== 'unknown') {
          ended = read.type === 'finished' || read.type === 'failed'
          waiting.push(read)
        }
      }
    },
    onError: (error) => {
      // An unknown field is to be ignored; a line that never ends must not fill the memory.
      if (error.type === 'max-buffer-size-exceeded') broken = new StreamError({ kind: 'unexpected' })
    },
  })
  const decoder = new TextDecoder()
  const reader = body.getReader()
  try {
    for (;;) {
      const { value, done } = await reader.read()
      if (done) break
      heard()
      parser.feed(decoder.decode(value, { stream: true }))
      yield* waiting.splice(0)
      if (broken) throw broken
      if (returned && ended) return
      if (returned) throw new StreamError({ kind: 'unexpected' })
    }
  } finally {
    reader.releaseLock()
  }
  // A body may end without an error though it was cut: only the server's own last word counts as an end.
  throw new StreamError({ kind: 'network' })
}

function readEvent(data: string, seq: number): ReplyEvent | 'unknown' | 'bad' {
  const json = parseJson(data)
  const event = v.safeParse(replyEvent, json)
  if (event.success) return event.output.seq === seq ? event.output : 'bad'
  // A newer server may say more than this client knows; that is ignored, but counted.
  const unknown = v.safeParse(unknownEvent, json)
  return unknown.success && unknown.output.seq === seq && !knownTypes.includes(unknown.output.type)
    ? 'unknown'
    : 'bad'
}

function serializedFailure(data: string): StreamError {
  const refused = v.safeParse(refusalBody.entries.error, parseJson(data))
  return new StreamError((refused.success && refused.output.data.failure) || { kind: 'unexpected' })
}

/** What an answer that is no stream means: its own failure where it holds one that we know, else by its status. */
async function refusalOf(response: Response): Promise<StreamError> {
  const isJson = response.headers.get('content-type')?.includes('json') ?? false
  // Whatever else it is, nothing in it is for us; a page may be large, or never end.
  const refused = v.safeParse(refusalBody, isJson ? parseJson(await readStart(response)) : undefined)
  if (refused.success && refused.output.error.data.failure)
    return new StreamError(refused.output.error.data.failure)
  if (response.status === 413) return new StreamError({ kind: 'too-large' })
  if (response.status === 401) return new StreamError({ kind: 'session-ended' })
  const wait = response.ok ? undefined : retryAfterMs(response.headers)
  const later = wait === undefined ? {} : { retryAfterMs: wait }
  if (response.status === 429) return new StreamError({ kind: 'rate-limited', ...later })
  // A page of a proxy or of a captive portal, or a gateway that reaches nobody.
  const between = !isJson || response.status >= 502
  return new StreamError(between ? { kind: 'network', ...later } : { kind: 'unexpected' })
}

/** The beginning of a body: more than any refusal of ours takes, and too little to fill the memory. */
async function readStart({ body }: Response): Promise<string> {
  if (!body) return ''
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let text = ''
  while (text.length < refusalLength) {
    const { value, done } = await reader.read()
    if (done) break
    text += decoder.decode(value, { stream: true })
  }
  return text
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const isEventStream = (response: Response) =>
  response.headers.get('content-type')?.startsWith('text/event-stream') ?? false

// fetch and the body's reader throw TypeError for each kind of lost connection, with words that differ by browser.
function asStreamError(cause: unknown): StreamError {
  if (cause instanceof StreamError) return cause
  return new StreamError({ kind: cause instanceof TypeError ? 'network' : 'unexpected' }, { cause })
}

/**
 * Ends a wait that lasts too long by either clock: while a machine sleeps, timers and in most browsers the monotonic
 * clock stand still; the wall clock may be set back.
 */
function createWatch() {
  const controller = new AbortController()
  let limitMs = Number.POSITIVE_INFINITY
  let since = { wall: 0, steady: 0 }
  let overdue = false
  // Overdue at two looks in a row: after a sleep, bytes that wait in buffers get a second to be read first.
  const timer = setInterval(() => {
    const late = Math.max(Date.now() - since.wall, performance.now() - since.steady) >= limitMs
    if (late && overdue) controller.abort()
    overdue = late
  }, 1_000)
  return {
    signal: controller.signal,
    limit(ms: number) {
      limitMs = ms
      since = { wall: Date.now(), steady: performance.now() }
    },
    end: () => clearInterval(timer),
  }
}

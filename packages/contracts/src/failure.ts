import * as z from 'zod/mini'

export const failureKinds = [
  'offline',
  'network',
  'silent',
  'rate-limited',
  'busy',
  'quota',
  'too-large',
  'context-too-long',
  'upstream-down',
  'upstream-refused',
  'filtered',
  'session-ended',
  'draining',
  'bad-request',
  'unexpected',
] as const

export type FailureKind = (typeof failureKinds)[number]

/** Why there is no reply, or no more of it. `retryAfterMs` is a duration, so clocks need not agree. */
export const failure = z.object({
  kind: z.enum(failureKinds),
  retryAfterMs: z.optional(z.number().check(z.nonnegative())),
})
export type Failure = z.infer<typeof failure>

/**
 * What follows a failure before anything of the reply was shown: `backoff` sends again by itself after a wait,
 * `error` waits for the person. Once anything was shown, every kind interrupts and nothing goes out by itself.
 */
export const wayOn: Readonly<Record<FailureKind, 'backoff' | 'error'>> = {
  offline: 'backoff',
  network: 'backoff',
  silent: 'error', // each attempt would be paid again
  'rate-limited': 'backoff',
  busy: 'backoff',
  quota: 'error',
  'too-large': 'error',
  'context-too-long': 'error',
  'upstream-down': 'backoff',
  'upstream-refused': 'error',
  filtered: 'error',
  'session-ended': 'error',
  draining: 'backoff',
  'bad-request': 'error',
  unexpected: 'error',
}

/** A kind of failure that can be told before a reply's stream opens. */
export type RefusalKind = Extract<
  FailureKind,
  'session-ended' | 'too-large' | 'rate-limited' | 'busy' | 'quota' | 'draining' | 'network' | 'bad-request'
>

/** Thrown where a request is refused. Its failure goes to whoever asked, its message and its cause do not. */
export class Refusal extends Error {
  readonly failure: Failure & { kind: RefusalKind }
  constructor(
    failure: Failure & { kind: RefusalKind },
    message: string = failure.kind,
    options?: ErrorOptions,
  ) {
    super(message, options)
    this.failure = failure
  }
}

/** The refusal of a kind, with the wait after which asking again makes sense, in ms. */
export const refusal = (kind: RefusalKind, retryAfterMs?: number): Refusal =>
  new Refusal(retryAfterMs === undefined ? { kind } : { kind, retryAfterMs })

/**
 * The wait that a response asks for, in ms: `retry-after-ms`, or Retry-After in seconds or as an HTTP date (RFC 9110,
 * section 10.2.3). Undefined where it asks for none: one in the past or in no form that can be read is none.
 */
export function retryAfterMs(headers: Headers | undefined): number | undefined {
  const written = headers?.get('retry-after')
  const seconds = readNumber(written)
  const date = written && /\d{4}/.test(written) ? Date.parse(written) - Date.now() : undefined
  const wait = readNumber(headers?.get('retry-after-ms')) ?? (seconds === undefined ? date : seconds * 1_000)
  return wait !== undefined && wait > 0 ? wait : undefined
}

function readNumber(text: string | null | undefined): number | undefined {
  return text && /^\s*-?\d{1,12}(\.\d+)?\s*$/.test(text) ? Number(text) : undefined
}

import * as v from 'valibot'

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
export const failure = v.object({
  kind: v.picklist(failureKinds),
  retryAfterMs: v.optional(v.pipe(v.number(), v.finite(), v.minValue(0))),
})
export type Failure = v.InferOutput<typeof failure>

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

/** What a longer wait is taken for, ten years in ms: no clock has to count further. */
const longestWaitMs = 10 * 365.25 * 24 * 3_600_000

/**
 * The wait that a response asks for, in ms, ten years at most: `retry-after-ms`, or Retry-After in seconds or as an
 * HTTP date (RFC 9110, section 10.2.3). Undefined where it asks for none: one in the past or in no form that can be
 * read is none, and hides no other.
 */
export function retryAfterMs(headers: Headers | undefined): number | undefined {
  const written = headers?.get('retry-after') ?? ''
  const waits = [
    readNumber(headers?.get('retry-after-ms') ?? ''),
    readNumber(written) * 1_000,
    readDate(written) - Date.now(),
  ]
  const wait = waits.find((one) => one > 0)
  return wait === undefined ? undefined : Math.min(wait, longestWaitMs)
}

/** Digits of any number, be it more than a double holds; NaN for anything else. */
const readNumber = (text: string): number => (/^\s*-?\d+(\.\d+)?\s*$/.test(text) ? Number(text) : NaN)

/** The time of a date in any form that HTTP knows (RFC 9110, section 5.6.7), in ms; NaN for anything else. */
function readDate(text: string): number {
  // The form of asctime names no zone: it is GMT all the same.
  const [, month, date, time, year] = /^\w{3} (\w{3}) ([ \d]\d) ([\d:]{8}) (\d{4})$/.exec(text) ?? []
  if (year) return Date.parse(`${date} ${month} ${year} ${time} GMT`)
  const [, day, name, digits, clock] = /^\w{6,9}, (\d\d)-(\w{3})-(\d\d) ([\d:]{8}) GMT$/.exec(text) ?? []
  if (digits) {
    // Two digits are the latest year that ends in them and puts the date no more than 50 years ahead.
    const latest = new Date()
    latest.setUTCFullYear(latest.getUTCFullYear() + 50)
    const last = latest.getUTCFullYear()
    const inYear = (full: number) => Date.parse(`${day} ${name} ${full} ${clock} GMT`)
    const found = last - ((last - Number(digits)) % 100)
    return inYear(found) > latest.getTime() ? inYear(found - 100) : inYear(found)
  }
  // A bare number is no year.
  return /\d{4}.*[a-z]$/i.test(text) ? Date.parse(text) : NaN
}

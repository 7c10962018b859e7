import type { Failure } from '@mayfly/contracts'

/** At most this many sends for one act of the person, the first included. */
export const maxSends = 4
/** Sends and waits together take at most this long, in ms; time offline is not counted. */
export const maxSpentMs = 90_000
/** Nobody is made to wait longer than this, in ms: the time of day is said instead. */
export const maxWaitMs = 60_000

const cap = 30_000
const first = 1_000

/** The wait after the `sends`th send failed, in ms, before chance is added: the server's word where it gave one. */
export function plannedWait(failure: Failure, sends: number): number {
  return failure.retryAfterMs ?? Math.min(cap, first * 2 ** (sends - 1))
}

/**
 * The wait with chance in it, so that many pages don't come back at once. `random` gives 0 to 1. Full jitter where
 * the wait is ours; on a server's Retry-After, chance is only ever added.
 */
export function jitteredWait(failure: Failure, sends: number, random: () => number): number {
  const planned = plannedWait(failure, sends)
  if (failure.retryAfterMs === undefined) return Math.round(planned * random())
  return Math.ceil(planned + random() * Math.min(1_000, planned / 4))
}

/** Whether a turn that was sent `sends` times and took `spentMs` so far may be sent again by itself. */
export function mayRetry(failure: Failure, sends: number, spentMs: number): boolean {
  const wait = plannedWait(failure, sends)
  return sends < maxSends && wait <= maxWaitMs && spentMs + wait <= maxSpentMs
}

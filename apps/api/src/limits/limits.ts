import { refusal } from '@mayfly/contracts/failure'
import type { Kysely } from 'kysely'
import { dayMs, dayOf } from '../store/days.ts'
import type { Tables } from '../store/tables.ts'
import { acquire, type Booking, leaseMs, release, renew } from './leases.ts'
import { reserve } from './quota.ts'
import { createRateCounter } from './rate.ts'

/** What one user may take. Counted in the store, so that all processes on it agree; a store's error is thrown as it is. */
export interface Limits {
  /** Counts one request for a reply. Throws the refusal `rate-limited`. */
  hitReply(userId: string): Promise<void>
  /**
   * Admits the reply `replyId`. `estimate` is the most tokens that it may take; `replaces` a reply of the same user
   * whose place it takes. Throws the refusal `busy` or `quota`, and then leaves everything as it was.
   */
  begin(
    userId: string,
    replyId: string,
    options: { replaces?: string | undefined; estimate: number },
  ): Promise<Lease>
}

export interface Lease {
  /** Aborted when a reply of the same user replaced this one: at once in this process, within 7 s from another. */
  readonly lost: AbortSignal
  /** Gives the place back and books the tokens used. Only the first call counts; one that failed may be repeated. */
  settle(tokens: number): Promise<void>
}

export interface LimitOptions {
  requestsPerMinute: number
  /** At a time and user. */
  concurrentReplies: number
  /** Of a UTC day; 0 for no limit. */
  tokensPerDay: number
  now?: () => number
}

const busyRetryMs = 2_000
const renewMs = leaseMs / 3

/** A lease of this process, and when it was last written, in ms since 1970. */
type Held = { booking: Booking; renewedAt: number; lost: AbortController }

/** Whether others may have found a lease run out: the store was away, this process slept, or the clock was set. */
const mayHaveRunOut = ({ renewedAt }: Held, at: number) => at >= renewedAt + leaseMs || at < renewedAt

export function createLimits(db: Kysely<Tables>, options: LimitOptions): Limits {
  const { requestsPerMinute, concurrentReplies, tokensPerDay, now = Date.now } = options
  const rate = createRateCounter(db, now)
  const held = new Map<string, Held>()
  let timer: NodeJS.Timeout | undefined

  function hold(booking: Booking, renewedAt: number): AbortSignal {
    const lost = new AbortController()
    held.set(booking.replyId, { booking, renewedAt, lost })
    timer ??= setInterval(() => void renewAll(), renewMs).unref()
    return lost.signal
  }

  function letGo(replyId: string): void {
    held.delete(replyId)
    if (held.size > 0) return
    clearInterval(timer)
    timer = undefined
  }

  async function renewAll(): Promise<void> {
    const asked = [...held]
    const at = now()
    try {
      const replyIds = asked.map(([replyId]) => replyId)
      const kept = await renew(db, replyIds, at)
      for (const [replyId, lease] of asked) {
        if (kept.has(replyId)) lease.renewedAt = at
        else if (mayHaveRunOut(lease, at)) await takeAgain(lease, at)
        else lease.lost.abort()
      }
    } catch {
      // A store that can't be reached ends no reply; the next round tries again.
    }
  }

  /**
   * For a reply that runs on while its place was taken for a dead one's and freed. Where none is left it goes on
   * without, and the next round tries again. What was held back for it is charged by now.
   */
  async function takeAgain(lease: Held, at: number): Promise<void> {
    const request = { ...lease.booking, reserved: 0, max: concurrentReplies, now: at }
    await db.transaction().execute(async (transaction) => {
      // Asked only here: it may have been settled while others held the store.
      if (!held.has(lease.booking.replyId)) return
      if (await acquire(transaction, request)) lease.renewedAt = at
    })
  }

  return {
    async hitReply(userId) {
      const wait = await rate.hit(`reply:${userId}`, { count: requestsPerMinute, windowMs: 60_000 })
      if (wait > 0) throw refusal('rate-limited', wait)
    },

    async begin(userId, replyId, { replaces, estimate }) {
      const at = now()
      const reserved = tokensPerDay > 0 ? estimate : 0
      const booking: Booking = { userId, replyId, reserved, day: dayOf(at) }
      const running = [...held.values()].map((lease) => lease.booking).filter((one) => one.userId === userId)
      await db.transaction().execute(async (transaction) => {
        // Whoever runs here is alive, even where the clock was set forward past the end of its lease.
        if (running.length > 0) {
          const replyIds = running.map((one) => one.replyId)
          await renew(transaction, replyIds, at)
        }
        const request = { ...booking, max: concurrentReplies, now: at, replaces }
        if (!(await acquire(transaction, request))) throw refusal('busy', busyRetryMs)
        if (tokensPerDay === 0) return
        const quota = { userId, day: booking.day, tokens: reserved, perDay: tokensPerDay }
        if (!(await reserve(transaction, quota))) throw refusal('quota', dayMs - (at % dayMs))
      })

      const replaced = replaces === undefined ? undefined : held.get(replaces)
      if (replaced?.booking.userId === userId) replaced.lost.abort()

      let settled: Promise<void> | undefined
      return {
        lost: hold(booking, at),
        settle(tokens) {
          // No longer renewed from here on: should the store be away, the place is free after the lease's time.
          letGo(replyId)
          settled ??= db
            .transaction()
            .execute((transaction) => release(transaction, booking, tokensPerDay > 0 ? tokens : 0))
            .catch((error: unknown) => {
              settled = undefined
              throw error
            })
          return settled
        },
      }
    },
  }
}

import type { Kysely, Transaction } from 'kysely'
import type { Tables } from '../store/tables.ts'
import { settle } from './quota.ts'

/** A holder that hasn't renewed for this long is taken for dead, and its leases are free. */
export const leaseMs = 20_000

export interface Booking {
  userId: string
  replyId: string
  /** Tokens held back for the reply on `day`. */
  reserved: number
  day: number
}

/**
 * Takes one of the user's `max` slots until `now + leaseMs`. `replaces` names a reply of the same user whose slot is
 * freed first. Resolves with whether there was a slot. To be undone with the transaction where it is refused.
 */
export async function acquire(
  transaction: Transaction<Tables>,
  request: Booking & { max: number; now: number; replaces?: string | undefined },
): Promise<boolean> {
  const { userId, replyId, reserved, day, max, now, replaces } = request
  await settleExpiredLeases(transaction, now, userId)
  if (replaces !== undefined) await freeUnsettled(transaction, userId, replaces)

  const held = await transaction.selectFrom('leases').select('slot').where('user_id', '=', userId).execute()
  const taken = new Set(held.map((lease) => lease.slot))
  for (let slot = 0; slot < max; slot++) {
    if (taken.has(slot)) continue
    const lease = await transaction
      .insertInto('leases')
      .values({ user_id: userId, slot, reply_id: replyId, expires_at: now + leaseMs, reserved, day })
      .onConflict((conflict) => conflict.columns(['user_id', 'slot']).doNothing())
      .returning('slot')
      .executeTakeFirst()
    if (lease) return true
  }
  return false
}

/** Keeps the leases of `replyIds` for another `leaseMs`. Resolves with those that still had theirs. */
export async function renew(db: Kysely<Tables>, replyIds: string[], now: number): Promise<Set<string>> {
  const kept = await db
    .updateTable('leases')
    .set({ expires_at: now + leaseMs })
    .where('reply_id', 'in', replyIds)
    .returning('reply_id')
    .execute()
  return new Set(kept.map((lease) => lease.reply_id))
}

/** Gives the lease back and books the `tokens` that the reply took, whether or not the lease had been lost meanwhile. */
export async function release(
  transaction: Transaction<Tables>,
  booking: Booking,
  tokens: number,
): Promise<void> {
  const { userId, replyId, day } = booking
  const lease = await transaction
    .deleteFrom('leases')
    .where('user_id', '=', userId)
    .where('reply_id', '=', replyId)
    .returning('reserved')
    .executeTakeFirst()
  // What a lost lease held back was charged in full when it was lost, so what is booked now is only the difference.
  const held = lease?.reserved ?? 0
  await settle(transaction, { userId, day, tokens: tokens - (booking.reserved - held), reserved: held })
}

/**
 * Frees leases whose holder is gone, of one user or of all. What they held back counts as used: their tokens may
 * have been spent, and nobody is left who would know.
 */
export async function settleExpiredLeases(
  transaction: Transaction<Tables>,
  now: number,
  userId?: string,
): Promise<void> {
  let expired = transaction.deleteFrom('leases').where((lease) =>
    lease.or([
      lease('expires_at', '<=', now),
      // Nobody holds one for so long: the clock was set back since.
      lease('expires_at', '>', now + 2 * leaseMs),
    ]),
  )
  if (userId !== undefined) expired = expired.where('user_id', '=', userId)
  await chargeInFull(transaction, await expired.returning(['user_id', 'day', 'reserved']).execute())
}

async function freeUnsettled(
  transaction: Transaction<Tables>,
  userId: string,
  replyId: string,
): Promise<void> {
  const replaced = transaction
    .deleteFrom('leases')
    .where('user_id', '=', userId)
    .where('reply_id', '=', replyId)
  await chargeInFull(transaction, await replaced.returning(['user_id', 'day', 'reserved']).execute())
}

async function chargeInFull(
  transaction: Transaction<Tables>,
  lost: { user_id: string; day: number; reserved: number }[],
): Promise<void> {
  for (const { user_id: userId, day, reserved } of lost) {
    await settle(transaction, { userId, day, tokens: reserved, reserved })
  }
}

import type { Kysely } from 'kysely'
import type { Tables } from '../store/tables.ts'

/**
 * Holds `tokens` of the user's `day` back, if `perDay` leaves room for them beside what is used and what others hold.
 * Resolves with whether it did. One statement, so that two processes can't both take the last of it.
 */
export async function reserve(
  db: Kysely<Tables>,
  booking: { userId: string; day: number; tokens: number; perDay: number },
): Promise<boolean> {
  const { userId, day, tokens, perDay } = booking
  if (tokens > perDay) return false
  const held = await db
    .insertInto('usage')
    .values({ user_id: userId, day, tokens: 0, reserved: tokens })
    .onConflict((conflict) =>
      conflict
        .columns(['user_id', 'day'])
        .doUpdateSet((row) => ({ reserved: row('usage.reserved', '+', tokens) }))
        .where((row) => row(row('usage.tokens', '+', row.ref('usage.reserved')), '<=', perDay - tokens)),
    )
    .returning('reserved')
    .executeTakeFirst()
  return held !== undefined
}

/** Books `tokens` as used on the user's `day` and lets go of what was `reserved` for them. */
export async function settle(
  db: Kysely<Tables>,
  booking: { userId: string; day: number; tokens: number; reserved: number },
): Promise<void> {
  if (booking.tokens === 0 && booking.reserved === 0) return
  await db
    .updateTable('usage')
    .set((row) => ({
      tokens: row('tokens', '+', booking.tokens),
      reserved: row('reserved', '-', booking.reserved),
    }))
    .where('user_id', '=', booking.userId)
    .where('day', '=', booking.day)
    .execute()
}

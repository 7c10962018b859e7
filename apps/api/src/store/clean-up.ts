import type { Kysely } from 'kysely'
import { settleExpiredLeases } from '../limits/leases.ts'
import { dayOf } from './days.ts'
import type { Tables } from './tables.ts'

const usageDaysKept = 40

/** Removes what has run out by `now` (ms). Any number of processes may call it, at any time. */
export async function cleanUp(db: Kysely<Tables>, now: number): Promise<void> {
  await db.deleteFrom('sessions').where('expires_at', '<=', now).execute()
  await db.deleteFrom('one_time_codes').where('expires_at', '<=', now).execute()
  await db.deleteFrom('rate').where('tat', '<=', now).execute()
  await db.transaction().execute((transaction) => settleExpiredLeases(transaction, now))
  await db
    .deleteFrom('usage')
    .where('day', '<', dayOf(now) - usageDaysKept)
    .execute()
}

import { type Kysely, sql } from 'kysely'
import type { Tables } from '../store/tables.ts'

/** `count` hits at once, then one every `windowMs / count`. */
export interface Rate {
  count: number
  windowMs: number
}

/**
 * Counts hits by the generic cell rate algorithm (ITU-T I.371): one timestamp a key, one statement a hit, so that it is
 * exact over any number of processes on one store.
 */
export interface RateCounter {
  /** Counts one hit on `key`. Resolves with 0 when it is admitted, else with the ms to wait; that hit isn't counted. */
  hit(key: string, rate: Rate): Promise<number>
  /** Takes one admitted hit back. */
  giveBack(key: string, rate: Rate): Promise<void>
}

export function createRateCounter(db: Kysely<Tables>, now: () => number): RateCounter {
  return {
    async hit(key, rate) {
      const at = now()
      const step = stepOf(rate)
      const room = step * (rate.count - 1)
      // A hit leads no further than one burst ahead: a time far beyond it is from before the clock was set back, and
      // would lock the key until the clock is there again. Twice as far, for processes whose clocks differ a little.
      const beyond = at + 2 * step * rate.count
      const admitted = await db
        .insertInto('rate')
        .values({ key, tat: at + step })
        .onConflict((conflict) =>
          conflict
            .column('key')
            .doUpdateSet({
              tat: sql<number>`case when rate.tat between ${at} and ${beyond} then rate.tat else ${at} end + ${step}`,
            })
            .where((row) => row.or([row('rate.tat', '<=', at + room), row('rate.tat', '>', beyond)])),
        )
        .returning('tat')
        .executeTakeFirst()
      if (admitted) return 0
      const refused = await db.selectFrom('rate').select('tat').where('key', '=', key).executeTakeFirst()
      return Math.max(1, (refused?.tat ?? at) - room - at)
    },

    async giveBack(key, rate) {
      await db
        .updateTable('rate')
        .set((rows) => ({ tat: rows('tat', '-', stepOf(rate)) }))
        .where('key', '=', key)
        .execute()
    },
  }
}

/** Whole milliseconds from hit to hit, rounded up: never more is admitted than was promised. */
const stepOf = (rate: Rate): number => Math.ceil(rate.windowMs / rate.count)

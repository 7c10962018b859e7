import { randomBytes } from 'node:crypto'
import type { Kysely } from 'kysely'
import type { Tables } from '../store/tables.ts'
import { digest } from './digest.ts'

export const linkMs = 10 * 60_000

/** Codes of one-time links, which whoever reads the server's console may use once, within ten minutes. */
export interface OneTimeLinks {
  /** Makes a code: 160 random bits, kept as a hash only. */
  make(): Promise<string>
  /** Whether `code` would be good now; it stays so. */
  isGood(code: string): Promise<boolean>
  /** Whether `code` was good; it is no longer. */
  use(code: string): Promise<boolean>
}

export function createOneTimeLinks(db: Kysely<Tables>, now: () => number): OneTimeLinks {
  const hashOf = (code: string) => digest('code', code)
  return {
    async make() {
      const code = randomBytes(20).toString('base64url')
      await db
        .insertInto('one_time_codes')
        .values({ hash: hashOf(code), purpose: 'sign-in', expires_at: now() + linkMs })
        .execute()
      return code
    },

    async isGood(code) {
      const row = await db
        .selectFrom('one_time_codes')
        .select('hash')
        .where('hash', '=', hashOf(code))
        .where('purpose', '=', 'sign-in')
        .where('expires_at', '>', now())
        .executeTakeFirst()
      return row !== undefined
    },

    async use(code) {
      const row = await db
        .deleteFrom('one_time_codes')
        .where('hash', '=', hashOf(code))
        .where('purpose', '=', 'sign-in')
        .where('expires_at', '>', now())
        .returning('hash')
        .executeTakeFirst()
      return row !== undefined
    },
  }
}

import type { Kysely } from 'kysely'
import type { Tables } from '../store/tables.ts'
import type { AuthLog } from './events.ts'
import type { Sessions } from './lucia.ts'

/** A token is told once, here; only its hash is kept. */
export type TokenResult = { ok: true; token: string } | { ok: false; problem: 'no-owner' }

/** Personal access tokens, by which programs act for the owner: `Authorization: Bearer mf_…`, good for 90 days. */
export interface Tokens {
  make(label: string): Promise<TokenResult>
  /** Ends all tokens with this label. Resolves with how many there were. */
  revoke(label: string): Promise<number>
}

export function createTokens(db: Kysely<Tables>, sessions: Sessions, log: AuthLog): Tokens {
  const address = 'console'
  return {
    async make(label) {
      const owner = await db
        .selectFrom('users')
        .select('id')
        .where('role', '=', 'owner')
        .where('disabled_at', 'is', null)
        .executeTakeFirst()
      if (!owner) return { ok: false, problem: 'no-owner' }
      const token = await sessions.create(owner.id, 'api', label)
      log({ kind: 'token-made', userId: owner.id, address })
      return { ok: true, token }
    },

    async revoke(label) {
      const revoked = await db
        .deleteFrom('sessions')
        .where('kind', '=', 'api')
        .where('label', '=', label)
        .returning('user_id')
        .execute()
      for (const { user_id: userId } of revoked) log({ kind: 'token-revoked', userId, address })
      return revoked.length
    },
  }
}

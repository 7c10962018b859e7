import type { Person } from '@mayfly/contracts'
import type { Kysely } from 'kysely'
import { type Adapter, generateIdFromEntropySize, Lucia, TimeSpan } from 'lucia'
import { dayMs, dayOf } from '../store/days.ts'
import type { SessionsTable, Tables } from '../store/tables.ts'
import { digest } from './digest.ts'

/** A browser's session ends when it was idle for this long (Lucia prolongs it in its second half), */
export const browserIdleMs = dayMs
/** and at the latest this long after sign-in. */
export const browserLongestMs = 14 * dayMs
/** A personal access token ends this long after it was made, however much it is used. */
export const tokenMs = 90 * dayMs

export type SessionKind = SessionsTable['kind']

export interface Session {
  person: Person
  /** Names the session and opens nothing: the hash of its token. */
  handle: string
  kind: SessionKind
  /** Whether it was just prolonged, so that the cookie has to be sent again. */
  prolonged: boolean
}

export interface Sessions {
  /** Makes a session and returns its token, which is kept nowhere: 200 random bits, with `mf_` before those of programs. */
  create(userId: string, kind: SessionKind, label?: string): Promise<string>
  /** The session that `token` opens, if it still does and is of this kind. */
  validate(token: string, kind: SessionKind): Promise<Session | null>
  end(handle: string): Promise<void>
  /** Ends the user's sessions in browsers but the one named. */
  endOthers(userId: string, keptHandle: string): Promise<void>
  /** Which of these sessions are still good. One query for all. */
  stillValid(handles: string[]): Promise<Set<string>>
}

type SessionAttributes = { kind: SessionKind; label: string | null; createdAt: number; lastSeenDay: number }
type UserAttributes = Omit<Person, 'id'>

// Holds for the whole program, whichever Lucia is made: there can be one shape only.
declare module 'lucia' {
  interface Register {
    Lucia: Lucia<SessionAttributes, UserAttributes>
    DatabaseSessionAttributes: SessionAttributes
    DatabaseUserAttributes: UserAttributes
  }
}

const tokenShape = { browser: /^[a-z2-7]{40}$/, api: /^mf_[a-z2-7]{40}$/ } as const satisfies Record<
  SessionKind,
  RegExp
>

const handleOf = (token: string): string => digest('session', token)

export function createSessions(db: Kysely<Tables>, now: () => number): Sessions {
  const lucia = new Lucia(hashingAdapter(db, now), {
    sessionExpiresIn: new TimeSpan(browserIdleMs, 'ms'),
    getSessionAttributes: (attributes) => attributes,
    getUserAttributes: (attributes) => attributes,
  })

  return {
    async create(userId, kind, label) {
      const at = now()
      const attributes = { kind, label: label ?? null, createdAt: at, lastSeenDay: dayOf(at) }
      const random = generateIdFromEntropySize(25)
      const session = await lucia.createSession(userId, attributes, {
        sessionId: kind === 'api' ? `mf_${random}` : random,
      })
      return session.id
    },

    async validate(token, kind) {
      if (!tokenShape[kind].test(token)) return null
      const { session, user } = await lucia.validateSession(token)
      if (!session || session.kind !== kind) return null
      const handle = handleOf(token)
      const today = dayOf(now())
      if (session.lastSeenDay < today) {
        await db.updateTable('sessions').set({ last_seen_day: today }).where('id_hash', '=', handle).execute()
      }
      const { id, name, role, hasPassword } = user
      return {
        person: { id, name, role, hasPassword },
        handle,
        kind,
        prolonged: session.fresh && kind === 'browser',
      }
    },

    async end(handle) {
      await db.deleteFrom('sessions').where('id_hash', '=', handle).execute()
    },

    async endOthers(userId, keptHandle) {
      await db
        .deleteFrom('sessions')
        .where('user_id', '=', userId)
        .where('kind', '=', 'browser')
        .where('id_hash', '!=', keptHandle)
        .execute()
    },

    async stillValid(handles) {
      if (handles.length === 0) return new Set()
      const rows = await goodSessions(db, now()).where('id_hash', 'in', handles).select('id_hash').execute()
      return new Set(rows.map((row) => row.id_hash))
    },
  }
}

/** Sessions that open something at the time `at`, beside the user they belong to. */
const goodSessions = (db: Kysely<Tables>, at: number) =>
  db
    .selectFrom('sessions')
    .innerJoin('users', 'users.id', 'sessions.user_id')
    .where('users.disabled_at', 'is', null)
    .where('sessions.expires_at', '>', at)
    .where((row) =>
      row.or([row('sessions.kind', '=', 'api'), row('sessions.created_at', '>', at - browserLongestMs)]),
    )

/**
 * Lucia's official adapters store the token itself, so that whoever reads the database is signed in as everybody.
 * This one stores and looks up its hash alone, while Lucia goes on calling the token the session's id.
 */
function hashingAdapter(db: Kysely<Tables>, now: () => number): Adapter {
  // Lucia judges by the machine's clock, so it is told a time as far off on that one as it is on ours. Its own times
  // are not taken over: what is stored is counted from ours.
  const toLucia = (ms: number) => new Date(ms - now() + Date.now())

  return {
    async getSessionAndUser(token) {
      const row = await goodSessions(db, now())
        .where('sessions.id_hash', '=', handleOf(token))
        .select([
          'user_id',
          'name',
          'role',
          'password_hash',
          'kind',
          'label',
          'sessions.created_at',
          'expires_at',
          'last_seen_day',
        ])
        .executeTakeFirst()
      if (!row) return [null, null]
      return [
        {
          id: token,
          userId: row.user_id,
          expiresAt: toLucia(row.expires_at),
          attributes: {
            kind: row.kind,
            label: row.label,
            createdAt: row.created_at,
            lastSeenDay: row.last_seen_day,
          },
        },
        {
          id: row.user_id,
          attributes: { name: row.name, role: row.role, hasPassword: row.password_hash !== null },
        },
      ]
    },

    async setSession({ id, userId, attributes }) {
      const { kind, label, createdAt, lastSeenDay } = attributes
      await db
        .insertInto('sessions')
        .values({
          id_hash: handleOf(id),
          user_id: userId,
          kind,
          label,
          created_at: createdAt,
          expires_at: createdAt + (kind === 'api' ? tokenMs : browserIdleMs),
          last_seen_day: lastSeenDay,
        })
        .execute()
    },

    async updateSessionExpiration(token) {
      await db
        .updateTable('sessions')
        .set({ expires_at: now() + browserIdleMs })
        .where('id_hash', '=', handleOf(token))
        .where('kind', '=', 'browser')
        .execute()
    },

    async getUserSessions(userId) {
      const rows = await db.selectFrom('sessions').selectAll().where('user_id', '=', userId).execute()
      return rows.map((row) => ({
        id: row.id_hash,
        userId,
        expiresAt: toLucia(row.expires_at),
        attributes: {
          kind: row.kind,
          label: row.label,
          createdAt: row.created_at,
          lastSeenDay: row.last_seen_day,
        },
      }))
    },

    async deleteSession(token) {
      await db.deleteFrom('sessions').where('id_hash', '=', handleOf(token)).execute()
    },

    async deleteUserSessions(userId) {
      await db.deleteFrom('sessions').where('user_id', '=', userId).execute()
    },

    async deleteExpiredSessions() {
      await db.deleteFrom('sessions').where('expires_at', '<=', now()).execute()
    },
  }
}

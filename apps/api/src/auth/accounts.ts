import {
  type AccountProblem,
  type AccountResult,
  cleanUsername,
  type Person,
  usernameKey,
  type WhoAmI,
} from '@mayfly/contracts'
import { refusal } from '@mayfly/contracts/failure'
import type { Kysely } from 'kysely'
import type { Tables, UsersTable } from '../store/tables.ts'
import type { AuthLog } from './events.ts'
import type { OneTimeLinks } from './first-run.ts'
import type { SessionKind, Sessions } from './lucia.ts'
import { passwordProblem, type Passwords, PasswordsOverloaded } from './passwords.ts'
import type { Throttle } from './throttle.ts'

/** Who asks: the client's IP address, and the session that the request came with, if it was good. */
export interface Asker {
  address: string
  session: { person: Person; sessionHandle: string; kind: SessionKind } | null
}

/** `token` is that of a new session, which takes the place of the one the request came with. */
export interface AccountChange {
  result: AccountResult
  token?: string
}

/** Signing in and out, and what people may change of their account. Each throws the refusal `rate-limited`. */
export interface Accounts {
  /** How an account comes about just now, and whether any has a password. */
  waysIn(): Promise<Pick<WhoAmI, 'signUp' | 'passwords'>>
  signIn(input: { username: string; password: string }, asker: Asker): Promise<AccountChange>
  signUp(
    input: { username: string; password: string; code?: string | undefined },
    asker: Asker,
  ): Promise<AccountChange>
  /** Signs the owner in by the console's one-time code; while nobody has an account, makes the owner first. */
  useLink(input: { code: string }, asker: Asker): Promise<AccountChange>
  signOut(asker: Asker): Promise<void>
  /** For somebody signed in by browser, as is the next; else throws the refusal `session-ended` or `bad-request`. */
  changeName(input: { username: string }, asker: Asker): Promise<AccountResult>
  /** Ends the person's other sessions in browsers. The first password needs no current one. */
  changePassword(input: { current?: string | undefined; next: string }, asker: Asker): Promise<AccountResult>
}

export interface AccountsOptions {
  db: Kysely<Tables>
  sessions: Sessions
  passwords: Passwords
  links: OneTimeLinks
  throttle: Throttle
  /** Whether others than the owner may make themselves an account. */
  allowSignUp: boolean
  /** Whether the first visitor may become the owner without the console's code. */
  ownerFormOpen: boolean
  now: () => number
  log: AuthLog
}

/** The name of an owner who came by link; the page offers to change it. */
const ownersFirstName = 'owner'

export function createAccounts(options: AccountsOptions): Accounts {
  const { db, sessions, passwords, links, throttle, now, log } = options

  const findUser = (column: 'id' | 'name_key' | 'role', value: string) =>
    db.selectFrom('users').selectAll().where(column, '=', value).executeTakeFirst()

  /** The new user, or undefined where the name or the one place of an owner is taken. */
  function addUser(name: string, role: UsersTable['role'], passwordHash: string | null) {
    return db
      .insertInto('users')
      .values({
        id: crypto.randomUUID(),
        name,
        name_key: usernameKey(name),
        role,
        password_hash: passwordHash,
        created_at: now(),
        disabled_at: null,
      })
      .onConflict((conflict) => conflict.doNothing())
      .returningAll()
      .executeTakeFirst()
  }

  /** A session is never carried over a sign-in: whoever planted it would be signed in too. */
  async function startSession(user: UsersTable, asker: Asker): Promise<AccountChange> {
    if (asker.session?.kind === 'browser') await sessions.end(asker.session.sessionHandle)
    const token = await sessions.create(user.id, 'browser')
    return { result: { ok: true, person: personOf(user) }, token }
  }

  /** One attempt at a secret, counted against the asker, and against `account` where a name is known. */
  async function attempt<T>(
    asker: Asker,
    account: string | null,
    work: () => Promise<T>,
    failed: (result: T) => boolean,
  ): Promise<T> {
    const { address } = asker
    try {
      return await throttle(account === null ? { address } : { address, account }, work, failed)
    } catch (error) {
      if (error instanceof PasswordsOverloaded) throw refusal('rate-limited', error.retryAfterMs)
      throw error
    }
  }

  async function signUpState(): Promise<WhoAmI['signUp']> {
    if (!(await findUser('role', 'owner'))) return options.ownerFormOpen ? 'owner' : 'code'
    return options.allowSignUp ? 'open' : 'closed'
  }

  return {
    async waysIn() {
      const anyPassword = await db
        .selectFrom('users')
        .select('id')
        .where('password_hash', 'is not', null)
        .limit(1)
        .executeTakeFirst()
      return { signUp: await signUpState(), passwords: anyPassword !== undefined }
    },

    signIn({ username, password }, asker) {
      const account = usernameKey(cleanUsername(username) ?? username)
      return attempt(
        asker,
        account,
        async () => {
          const found = await findUser('name_key', account)
          const user = found?.disabled_at === null ? found : undefined
          if (!(await passwords.verify(user?.password_hash ?? null, password)) || !user) {
            log({ kind: 'sign-in-failed', ...(found && { userId: found.id }), address: asker.address })
            return unable('wrong-credentials')
          }
          log({ kind: 'sign-in', userId: user.id, address: asker.address })
          return startSession(user, asker)
        },
        failed,
      )
    },

    signUp({ username, password, code }, asker) {
      return attempt(
        asker,
        null,
        async () => {
          const state = await signUpState()
          if (state === 'closed') return unable('sign-up-closed')
          const needsCode = state === 'code'
          if (needsCode && !(await links.isGood(code ?? ''))) return unable('code-invalid')

          const name = cleanUsername(username)
          if (name === null) return unable('name-invalid')
          const weak = await passwordProblem(password, name)
          if (weak) return unable(weak)
          if (await findUser('name_key', usernameKey(name))) return unable('name-taken')

          const hash = await passwords.hash(password)
          // Used up only now, so that a password to be mended doesn't cost the link.
          if (needsCode && !(await links.use(code ?? ''))) return unable('code-invalid')
          const user = await addUser(name, state === 'open' ? 'member' : 'owner', hash)
          if (!user) return unable(state === 'open' ? 'name-taken' : 'sign-up-closed')
          log({ kind: 'sign-up', userId: user.id, address: asker.address })
          return startSession(user, asker)
        },
        ({ result }) => !result.ok && (result.problem === 'name-taken' || result.problem === 'code-invalid'),
      )
    },

    useLink({ code }, asker) {
      return attempt(
        asker,
        null,
        async () => {
          if (!(await links.use(code))) {
            log({ kind: 'link-failed', address: asker.address })
            return unable('code-invalid')
          }
          const owner =
            (await findUser('role', 'owner')) ??
            (await addUser(ownersFirstName, 'owner', null)) ??
            (await findUser('role', 'owner'))
          if (!owner || owner.disabled_at !== null) return unable('code-invalid')
          log({ kind: 'link-used', userId: owner.id, address: asker.address })
          return startSession(owner, asker)
        },
        failed,
      )
    },

    async signOut({ session, address }) {
      if (!session) return
      await sessions.end(session.sessionHandle)
      log({ kind: 'sign-out', userId: session.person.id, address })
    },

    async changeName({ username }, asker) {
      const { person } = browserSession(asker)
      const name = cleanUsername(username)
      if (name === null) return unable('name-invalid').result
      const key = usernameKey(name)
      const user = await db
        .updateTable('users')
        .set({ name, name_key: key })
        .where('id', '=', person.id)
        .returningAll()
        .executeTakeFirst()
        .catch(async (error: unknown) => {
          // Every database words a broken unique constraint in its own way.
          const other = await findUser('name_key', key)
          if (other && other.id !== person.id) return 'name-taken' as const
          throw error
        })
      if (user === 'name-taken') return unable(user).result
      if (!user) throw refusal('session-ended')
      log({ kind: 'name-changed', userId: user.id, address: asker.address })
      return { ok: true, person: personOf(user) }
    },

    async changePassword({ current, next }, asker) {
      const { person, sessionHandle } = browserSession(asker)
      const user = await findUser('id', person.id)
      if (!user) throw refusal('session-ended')
      const { password_hash: old } = user

      return attempt(
        asker,
        user.id, // not the name: strangers who guess at that must not keep its owner from this
        async (): Promise<AccountResult> => {
          if (old !== null && !(await passwords.verify(old, current ?? ''))) {
            log({ kind: 'password-change-failed', userId: user.id, address: asker.address })
            return unable('wrong-credentials').result
          }
          const weak = await passwordProblem(next, user.name)
          if (weak) return unable(weak).result

          const changed = await db
            .updateTable('users')
            .set({ password_hash: await passwords.hash(next) })
            .where('id', '=', user.id)
            // Whoever changed it meanwhile has made `current` wrong.
            .where('password_hash', old === null ? 'is' : '=', old)
            .returningAll()
            .executeTakeFirst()
          if (!changed) return unable('wrong-credentials').result
          await sessions.endOthers(user.id, sessionHandle)
          log({ kind: 'password-changed', userId: user.id, address: asker.address })
          return { ok: true, person: personOf(changed) }
        },
        (result) => !result.ok && result.problem === 'wrong-credentials',
      )
    },
  }
}

const unable = (problem: AccountProblem) =>
  ({ result: { ok: false, problem } }) as const satisfies AccountChange

const failed = ({ result }: AccountChange): boolean => !result.ok

const personOf = ({ id, name, role, password_hash }: UsersTable): Person => ({
  id,
  name,
  role,
  hasPassword: password_hash !== null,
})

/** A program's token may not change the account: where there is no password yet, it could make itself the way in. */
function browserSession({ session }: Asker): NonNullable<Asker['session']> {
  if (!session) throw refusal('session-ended')
  if (session.kind !== 'browser') throw refusal('bad-request')
  return session
}

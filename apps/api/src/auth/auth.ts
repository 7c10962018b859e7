import type { AccountResult, Person, WhoAmI } from '@mayfly/contracts'
import type { Kysely } from 'kysely'
import { createRateCounter } from '../limits/rate.ts'
import type { Tables } from '../store/tables.ts'
import { type Accounts, type AccountChange, type Asker, createAccounts } from './accounts.ts'
import { type CookieOptions, cookieName, readCookie, writeCookie } from './cookie.ts'
import type { AuthLog } from './events.ts'
import { createOneTimeLinks } from './first-run.ts'
import { browserIdleMs, createSessions, type SessionKind } from './lucia.ts'
import { createPasswords } from './passwords.ts'
import { createThrottle } from './throttle.ts'
import { createTokens, type TokenResult } from './tokens.ts'

export type { Asker } from './accounts.ts'
export type { AuthEvent, AuthLog } from './events.ts'

export interface SignedIn {
  person: Person
  /** Names the session and opens nothing, so that it may be kept and compared. */
  sessionHandle: string
  kind: SessionKind
  /** A Set-Cookie value to send along: the session was prolonged. */
  refreshedCookie?: string
}

/** `setCookie` is a Set-Cookie value to send along. */
export interface SignInOutcome {
  result: AccountResult
  setCookie?: string
}

/** Everything about who somebody is. A store that fails shows as its own error; refusals are thrown as refusals. */
export interface Auth {
  /** Who sent these headers; null for nobody, whatever they hold. With an Authorization header the cookie is not read. */
  authenticate(headers: {
    cookieHeader?: string | undefined
    authorizationHeader?: string | undefined
  }): Promise<SignedIn | null>
  /** Which of these sessions (by handle) are still good, in one query. */
  stillValid(handles: string[]): Promise<Set<string>>

  waysIn(): Promise<Pick<WhoAmI, 'signUp' | 'passwords'>>
  signIn(...call: Parameters<Accounts['signIn']>): Promise<SignInOutcome>
  signUp(...call: Parameters<Accounts['signUp']>): Promise<SignInOutcome>
  useLink(...call: Parameters<Accounts['useLink']>): Promise<SignInOutcome>
  /** Resolves with the Set-Cookie value that removes the cookie. */
  signOut(asker: Asker): Promise<{ setCookie: string }>
  changeName: Accounts['changeName']
  changePassword: Accounts['changePassword']

  /** Makes the code of a one-time link, to be shown on the server's console alone: 10 minutes, one use. */
  makeLinkCode(): Promise<string>
  /** Makes a personal access token for the owner. */
  makeToken(label: string): Promise<TokenResult>
  /** Ends all tokens with this label and resolves with their number. */
  revokeToken(label: string): Promise<number>
}

export interface AuthOptions {
  db: Kysely<Tables>
  /** Of the public origin: its scheme and its port. */
  cookie: CookieOptions
  allowSignUp: boolean
  /** Whether the first visitor may become the owner without the console's code. */
  ownerFormOpen: boolean
  now?: () => number
  log?: AuthLog
}

export function createAuth(options: AuthOptions): Auth {
  const { db, cookie, allowSignUp, ownerFormOpen, now = Date.now, log = () => {} } = options
  const sessions = createSessions(db, now)
  const links = createOneTimeLinks(db, now)
  const tokens = createTokens(db, sessions, log)
  const throttle = createThrottle(createRateCounter(db, now), log)
  const passwords = createPasswords()
  const accounts = createAccounts({
    db,
    sessions,
    passwords,
    links,
    throttle,
    allowSignUp,
    ownerFormOpen,
    now,
    log,
  })

  const cookieOf = (token: string) => writeCookie(cookie, token, browserIdleMs / 1000)
  const outcome = ({ result, token }: AccountChange): SignInOutcome =>
    token === undefined ? { result } : { result, setCookie: cookieOf(token) }

  return {
    async authenticate({ cookieHeader, authorizationHeader }) {
      const kind: SessionKind = authorizationHeader === undefined ? 'browser' : 'api'
      const token =
        authorizationHeader === undefined
          ? readCookie(cookieHeader ?? '', cookieName(cookie))
          : readBearer(authorizationHeader)
      const session = token === null ? null : await sessions.validate(token, kind)
      if (token === null || session === null) return null
      const signedIn = { person: session.person, sessionHandle: session.handle, kind }
      return session.prolonged ? { ...signedIn, refreshedCookie: cookieOf(token) } : signedIn
    },
    stillValid: (handles) => sessions.stillValid(handles),

    waysIn: () => accounts.waysIn(),
    signIn: async (input, asker) => outcome(await accounts.signIn(input, asker)),
    signUp: async (input, asker) => outcome(await accounts.signUp(input, asker)),
    useLink: async (input, asker) => outcome(await accounts.useLink(input, asker)),
    async signOut(asker) {
      await accounts.signOut(asker)
      return { setCookie: writeCookie(cookie, '', 0) }
    },
    changeName: (input, asker) => accounts.changeName(input, asker),
    changePassword: (input, asker) => accounts.changePassword(input, asker),

    async makeLinkCode() {
      log({ kind: 'link-made', address: 'console' })
      return links.make()
    },
    makeToken: (label) => tokens.make(label),
    revokeToken: (label) => tokens.revoke(label),
  }
}

/** RFC 9110, 11.1: the scheme's case doesn't matter. */
const readBearer = (header: string): string | null => /^bearer +(\S+) *$/i.exec(header)?.[1] ?? null

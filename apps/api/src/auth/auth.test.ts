import { readFileSync } from 'node:fs'
import type { AccountResult } from '@mayfly/contracts'
import { Refusal } from '@mayfly/contracts/failure'
import fc from 'fast-check'
import { Argon2id } from 'oslo/password'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { cleanUp } from '../store/clean-up.ts'
import { dayMs } from '../store/days.ts'
import { temporaryStore } from '../store/temporary.fixture.ts'
import { type Asker, type AuthEvent, createAuth, type SignInOutcome } from './auth.ts'

const password = 'a cat on a warm server'
const other = 'a dog on a cold server'
const second = 1_000
const hour = 3_600_000

afterEach(() => vi.restoreAllMocks())

async function world(options: { allowSignUp?: boolean; ownerFormOpen?: boolean; https?: boolean } = {}) {
  const { allowSignUp = false, ownerFormOpen = true, https = false } = options
  const clock = { ms: 1_700_000_000_000 }
  const events: AuthEvent[] = []
  const { db, path } = await temporaryStore()
  const settings = { db, cookie: { https, port: 3000 }, allowSignUp, ownerFormOpen, now: () => clock.ms }
  const auth = createAuth({ ...settings, log: (event) => events.push(event) })

  /** Everything that the database's files hold, as bytes. */
  const files = () => [path, `${path}-wal`].map((file) => readFileSync(file, 'latin1')).join('')
  const byCookie = (token: string) => auth.authenticate({ cookieHeader: `session-3000=${token}` })
  const byBearer = (token: string) => auth.authenticate({ authorizationHeader: `Bearer ${token}` })
  /** Who comes with `token` in the cookie. */
  const asker = async (token?: string, address = '127.0.0.1'): Promise<Asker> => ({
    address,
    session: token === undefined ? null : await byCookie(token),
  })
  const signUp = async (username: string) => tokenOf(await auth.signUp({ username, password }, await asker()))
  const signIn = async (username: string, typed = password, from?: Asker) =>
    auth.signIn({ username, password: typed }, from ?? (await asker()))
  return { auth, clock, events, db, files, byCookie, byBearer, asker, signUp, signIn }
}

function tokenOf({ result, setCookie }: SignInOutcome): string {
  expect(result).toMatchObject({ ok: true })
  const token = /^session-3000=([a-z2-7]{40});/.exec(setCookie ?? '')?.[1]
  if (token === undefined) throw new Error('No session was started')
  return token
}

const wrong = { result: { ok: false, problem: 'wrong-credentials' } }

const refused = (call: Promise<unknown>) =>
  call.then(
    () => null,
    (error: unknown) => {
      if (error instanceof Refusal) return error.failure
      throw error
    },
  )

describe('a session', () => {
  test('is known by its cookie, and its token is nowhere in the store', async () => {
    const { db, files, byCookie, signUp } = await world()
    const token = await signUp('Ada')
    const session = await byCookie(token)
    expect(session).toMatchObject({
      person: { name: 'Ada', role: 'owner', hasPassword: true },
      kind: 'browser',
      sessionHandle: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
    const rows = await db.selectFrom('sessions').selectAll().execute()
    expect(rows).toMatchObject([{ id_hash: session?.sessionHandle }])
    expect(files()).toContain(session?.sessionHandle)
    expect(files()).not.toContain(token)
    expect(files()).not.toContain(password)
  })

  test('differs each time, and its hash opens nothing', async () => {
    const { db, byCookie, byBearer, signUp, signIn } = await world()
    const first = await signUp('Ada')
    expect(tokenOf(await signIn('Ada'))).not.toBe(first)
    for (const { id_hash } of await db.selectFrom('sessions').select('id_hash').execute()) {
      expect(await byCookie(id_hash)).toBeNull()
      expect(await byBearer(id_hash)).toBeNull()
    }
  })

  test('made at sign-in takes the place of the one presented', async () => {
    const { asker, byCookie, signUp, signIn } = await world()
    const planted = 'a'.repeat(40)
    const before = await signUp('Ada')
    const after = tokenOf(await signIn('Ada', password, await asker(before)))
    expect(await byCookie(before)).toBeNull()
    expect(await byCookie(after)).not.toBeNull()
    tokenOf(await signIn('Ada', password, await asker(planted)))
    expect(await byCookie(planted)).toBeNull()
  })

  test('ends at sign-out, with its cookie', async () => {
    const { auth, asker, byCookie, signUp, signIn } = await world()
    const token = await signUp('Ada')
    const elsewhere = tokenOf(await signIn('Ada'))
    expect(await auth.signOut(await asker(token))).toEqual({
      setCookie: 'session-3000=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict',
    })
    expect(await byCookie(token)).toBeNull()
    expect(await byCookie(elsewhere)).not.toBeNull()
  })

  test('has a cookie bound to its host on https', async () => {
    const { auth, asker } = await world({ https: true })
    const { setCookie } = await auth.signUp({ username: 'Ada', password }, await asker())
    expect(setCookie).toMatch(
      /^__Host-session=[a-z2-7]{40}; Path=\/; Max-Age=86400; HttpOnly; SameSite=Strict; Secure$/,
    )
  })

  test('ends when it was idle for a day', async () => {
    const { clock, byCookie, signUp } = await world()
    const token = await signUp('Ada')
    clock.ms += 11 * hour
    expect(await byCookie(token)).not.toHaveProperty('refreshedCookie')
    clock.ms += 13 * hour - second
    const session = await byCookie(token)
    expect(session?.refreshedCookie).toBe(
      `session-3000=${token}; Path=/; Max-Age=86400; HttpOnly; SameSite=Strict`,
    )
    clock.ms += dayMs - second
    expect(await byCookie(token)).not.toBeNull()
    clock.ms += dayMs
    expect(await byCookie(token)).toBeNull()
  })

  test('ends after 14 days, however much it was used', async () => {
    const { auth, clock, byCookie, signUp } = await world()
    const token = await signUp('Ada')
    const start = clock.ms
    const handle = (await byCookie(token))?.sessionHandle ?? ''
    for (; clock.ms < start + 14 * dayMs; clock.ms += 6 * hour) expect(await byCookie(token)).not.toBeNull()
    expect(await byCookie(token)).toBeNull()
    expect(await auth.stillValid([handle])).toEqual(new Set())
  })

  test('is remembered by the day it was last seen on', async () => {
    const { clock, db, byCookie, signUp } = await world()
    const token = await signUp('Ada')
    const seen = async () =>
      (await db.selectFrom('sessions').select('last_seen_day').executeTakeFirst())?.last_seen_day
    const first = await seen()
    clock.ms += 20 * hour
    await byCookie(token)
    expect(await seen()).toBe((first ?? NaN) + 1)
  })

  test('of somebody disabled opens nothing, and neither does their password', async () => {
    const { auth, clock, db, byCookie, signUp, signIn } = await world()
    const token = await signUp('Ada')
    const handle = (await byCookie(token))?.sessionHandle ?? ''
    expect(await auth.stillValid([handle, 'unknown'])).toEqual(new Set([handle]))
    await db.updateTable('users').set({ disabled_at: clock.ms }).execute()
    expect(await byCookie(token)).toBeNull()
    expect(await auth.stillValid([handle])).toEqual(new Set())
    expect(await signIn('Ada')).toEqual(wrong)
  })

  test('is not found in headers that hold none, whatever they hold', async () => {
    const { auth, signUp } = await world()
    const token = await signUp('Ada')
    const named = (value: string) => ({ cookieHeader: `session-3000=${value}` })
    for (const headers of [
      {},
      { cookieHeader: '' },
      { cookieHeader: `session-3001=${token}` },
      named('%'),
      named('a=1;b=2'),
      named('x'.repeat(8192)),
      named(`${token}x`),
      named(`"${token}"`),
      named(token.toUpperCase()),
      named(`wrong; session-3000=${token}`),
      { authorizationHeader: '' },
      { authorizationHeader: 'Bearer' },
      { authorizationHeader: 'Basic YWRhOmFkYQ==' },
    ]) {
      expect(await auth.authenticate(headers)).toBeNull()
    }
    await fc.assert(
      fc.asyncProperty(
        fc.string(),
        fc.option(fc.string(), { nil: undefined }),
        async (cookie, authorization) => {
          const headers = { cookieHeader: `session-3000=${cookie}`, authorizationHeader: authorization }
          expect(await auth.authenticate(headers)).toBeNull()
        },
      ),
    )
  })
})

describe('signing in', () => {
  test('knows a name in any case, and tells nobody which names exist', async () => {
    const { auth, db, asker, signUp, signIn } = await world({ allowSignUp: true })
    await signUp('Ada')
    await signUp('Without')
    await db.updateTable('users').set({ password_hash: null }).where('name', '=', 'Without').execute()
    tokenOf(await signIn(' ADA '))

    const work = vi.spyOn(Argon2id.prototype, 'verify')
    const answers: SignInOutcome[] = []
    for (const username of ['Ada', 'Nobody', 'Without', '\u0000']) {
      answers.push(await auth.signIn({ username, password: other }, await asker()))
      expect(work).toHaveBeenCalledTimes(answers.length)
    }
    expect(answers).toEqual([wrong, wrong, wrong, wrong])
  })

  test('is refused before any hashing at the sixth wrong try, and only from there', async () => {
    const { clock, events, asker, signUp, signIn } = await world()
    await signUp('Ada')
    for (let i = 0; i < 5; i++) expect(await signIn('Ada', other)).toEqual(wrong)
    const work = vi.spyOn(Argon2id.prototype, 'verify')
    expect(await refused(signIn('ada'))).toEqual({ kind: 'rate-limited', retryAfterMs: 180_000 })
    expect(work).not.toHaveBeenCalled()
    expect(events.at(-1)).toEqual({ kind: 'throttled', address: '127.0.0.1' })
    tokenOf(await signIn('Ada', password, await asker(undefined, '192.0.2.7')))
    clock.ms += 180_000
    tokenOf(await signIn('Ada'))
  })

  test('by too many at once turns some away with a time to wait, and counts nothing against them', async () => {
    const { db, asker, signUp, signIn } = await world({ allowSignUp: true })
    await signUp('Ada')
    const from = async (i: number) => signIn('Ada', password, await asker(undefined, `192.0.2.${i}`))
    const { promise: allCame, resolve: goOn } = Promise.withResolvers<void>()
    vi.spyOn(Argon2id.prototype, 'verify').mockImplementation(() => allCame.then(() => true))
    let turnedAway = 0
    const answers = await Promise.all(
      Array.from({ length: 45 }, async (_, i) => {
        const answer = await refused(from(i))
        if (answer && ++turnedAway === 9) goOn()
        return answer
      }),
    )
    expect(answers.filter((answer) => answer === null)).toHaveLength(36)
    const refusal = { kind: 'rate-limited', retryAfterMs: 1_000 }
    expect(answers.filter((answer) => answer !== null)).toEqual(Array.from({ length: 9 }, () => refusal))
    expect(await db.selectFrom('rate').select('key').where('tat', '>', 1_700_000_000_000).execute()).toEqual(
      [],
    )
  })
})

describe('signing up', () => {
  test('makes the owner of the first, and is closed afterwards', async () => {
    const { auth, asker, byCookie, signUp } = await world()
    expect(await auth.waysIn()).toEqual({ signUp: 'owner', passwords: false })
    expect((await byCookie(await signUp('Ada')))?.person.role).toBe('owner')
    expect(await auth.waysIn()).toEqual({ signUp: 'closed', passwords: true })
    expect(await auth.signUp({ username: 'Bob', password }, await asker())).toEqual({
      result: { ok: false, problem: 'sign-up-closed' },
    })
  })

  test('two who race for it become one owner', async () => {
    const { auth, db, asker } = await world()
    const nobody = await asker()
    const answers = await Promise.all(
      ['Ada', 'Bob', 'Cleo'].map((username) => auth.signUp({ username, password }, nobody)),
    )
    expect(answers.filter(({ result }) => result.ok)).toHaveLength(1)
    expect(answers.filter(({ result }) => !result.ok && result.problem === 'sign-up-closed')).toHaveLength(2)
    expect(await db.selectFrom('users').select('role').execute()).toEqual([{ role: 'owner' }])
  })

  test('makes members where it is allowed, each name once', async () => {
    const { auth, asker, byCookie, signUp } = await world({ allowSignUp: true })
    await signUp('Ada')
    expect(await auth.waysIn()).toMatchObject({ signUp: 'open' })
    expect((await byCookie(await signUp('Bob')))?.person.role).toBe('member')
    const taken = { result: { ok: false, problem: 'name-taken' } }
    expect(await auth.signUp({ username: 'ADA', password }, await asker())).toEqual(taken)
    const nobody = await asker(undefined, '192.0.2.1')
    const race = ['Cleo', 'cleo'].map((username) => auth.signUp({ username, password }, nobody))
    expect((await Promise.all(race)).filter(({ result }) => result.ok)).toHaveLength(1)
    for (let i = 0; i < 18; i++) await auth.signUp({ username: 'Ada', password }, nobody)
    expect(await refused(auth.signUp({ username: 'Ada', password }, nobody))).toBeNull()
    expect(await refused(auth.signUp({ username: 'Ada', password }, nobody))).toMatchObject({
      kind: 'rate-limited',
    })
  })

  test.each([
    ['a\u0007b', password, 'name-invalid'],
    ['   ', password, 'name-invalid'],
    ['Ada', 'short', 'password-short'],
    ['Ada', 'password123', 'password-common'],
    ['Ada the First', 'ada the first', 'password-common'],
  ])('as %j with %j is %s', async (username, typed, expected) => {
    const { auth, asker, db } = await world()
    const answer = await auth.signUp({ username, password: typed }, await asker())
    expect(answer).toEqual({ result: { ok: false, problem: expected } })
    expect(await db.selectFrom('users').select('id').execute()).toEqual([])
  })

  test('needs the code of the console where the page is open to others', async () => {
    const { auth, asker, db, files } = await world({ ownerFormOpen: false, allowSignUp: true })
    const nobody = await asker()
    expect(await auth.waysIn()).toMatchObject({ signUp: 'code' })
    const invalid = { result: { ok: false, problem: 'code-invalid' } }
    expect(await auth.signUp({ username: 'Ada', password }, nobody)).toEqual(invalid)
    expect(await auth.signUp({ username: 'Ada', password, code: 'guessed' }, nobody)).toEqual(invalid)
    const code = await auth.makeLinkCode()
    expect(files()).not.toContain(code)
    expect(await auth.signUp({ username: 'Ada', password: 'short', code }, nobody)).toMatchObject({
      result: { problem: 'password-short' },
    })
    tokenOf(await auth.signUp({ username: 'Ada', password, code }, nobody))
    expect(await db.selectFrom('one_time_codes').selectAll().execute()).toEqual([])
    expect(await auth.waysIn()).toMatchObject({ signUp: 'open' })
  })
})

describe('the one-time link', () => {
  test('makes the owner, once, and later signs the owner in', async () => {
    const { auth, asker, byCookie } = await world({ ownerFormOpen: false })
    const code = await auth.makeLinkCode()
    expect(code).toMatch(/^[A-Za-z0-9_-]{27}$/)
    const session = await byCookie(tokenOf(await auth.useLink({ code }, await asker())))
    expect(session?.person).toMatchObject({ name: 'owner', role: 'owner', hasPassword: false })
    expect(await auth.waysIn()).toEqual({ signUp: 'closed', passwords: false })
    expect(await auth.useLink({ code }, await asker())).toEqual({
      result: { ok: false, problem: 'code-invalid' },
    })
    const again = await auth.useLink({ code: await auth.makeLinkCode() }, await asker())
    expect((await byCookie(tokenOf(again)))?.person.id).toBe(session?.person.id)
  })

  test('works once for all who use it at the same moment', async () => {
    const { auth, asker } = await world()
    const nobody = await asker()
    const code = await auth.makeLinkCode()
    const answers = await Promise.all(Array.from({ length: 5 }, () => auth.useLink({ code }, nobody)))
    expect(answers.filter(({ result }) => result.ok)).toHaveLength(1)
  })

  test('and the form, used at the same moment, make one owner', async () => {
    const { auth, asker, db } = await world()
    const nobody = await asker()
    const code = await auth.makeLinkCode()
    await Promise.all([auth.signUp({ username: 'Ada', password }, nobody), auth.useLink({ code }, nobody)])
    expect(await db.selectFrom('users').select('role').execute()).toEqual([{ role: 'owner' }])
  })

  test('is good for ten minutes', async () => {
    const { auth, asker, clock, db } = await world()
    const code = await auth.makeLinkCode()
    clock.ms += 10 * 60_000
    expect(await auth.useLink({ code }, await asker())).toMatchObject({ result: { ok: false } })
    await cleanUp(db, clock.ms)
    expect(await db.selectFrom('one_time_codes').selectAll().execute()).toEqual([])
  })
})

describe('an account', () => {
  test('takes another name that nobody has', async () => {
    const { auth, asker, signUp, signIn } = await world({ allowSignUp: true })
    const ada = await asker(await signUp('Ada'))
    await signUp('Bob')
    const rename = (username: string) => auth.changeName({ username }, ada)
    expect(await rename(' Countess ')).toMatchObject({ ok: true, person: { name: 'Countess' } })
    expect(await rename('COUNTESS')).toMatchObject({ ok: true, person: { name: 'COUNTESS' } })
    expect(await rename('bob')).toEqual({ ok: false, problem: 'name-taken' })
    expect(await rename('\u200b')).toEqual({ ok: false, problem: 'name-invalid' })
    tokenOf(await signIn('countess'))
  })

  test('takes its first password without a current one, and only the first', async () => {
    const { auth, asker, signIn } = await world()
    const token = tokenOf(await auth.useLink({ code: await auth.makeLinkCode() }, await asker()))
    const owner = await asker(token)
    const first = await auth.changePassword({ next: password }, owner)
    expect(first).toMatchObject({ ok: true, person: { hasPassword: true } })
    expect(await auth.changePassword({ next: other }, owner)).toEqual(wrong.result)
    tokenOf(await signIn('owner'))
  })

  test('takes one of two first passwords given at the same moment', async () => {
    const { auth, asker, signIn } = await world()
    const owner = await asker(tokenOf(await auth.useLink({ code: await auth.makeLinkCode() }, await asker())))
    const answers: AccountResult[] = await Promise.all(
      [password, other].map((next) => auth.changePassword({ next }, owner)),
    )
    expect(answers.filter((answer) => answer.ok)).toHaveLength(1)
    tokenOf(await signIn('owner', answers[0]?.ok ? password : other))
  })

  test('takes a new password for the current one, and signs its other browsers out', async () => {
    const { auth, asker, byBearer, byCookie, signUp, signIn } = await world()
    const here = await signUp('Ada')
    const elsewhere = tokenOf(await signIn('Ada'))
    const made = await auth.makeToken('script')
    const ada = await asker(here)
    expect(await auth.changePassword({ current: other, next: other }, ada)).toEqual(wrong.result)
    expect(await auth.changePassword({ current: password, next: 'password123' }, ada)).toEqual({
      ok: false,
      problem: 'password-common',
    })
    expect(await byCookie(elsewhere)).not.toBeNull()
    expect(await auth.changePassword({ current: password, next: other }, ada)).toMatchObject({ ok: true })
    expect(await byCookie(here)).not.toBeNull()
    expect(await byCookie(elsewhere)).toBeNull()
    expect(await byBearer(made.ok ? made.token : '')).not.toBeNull()
    expect(await signIn('Ada')).toEqual(wrong)
    tokenOf(await signIn('Ada', other))
  })

  test('does not let its current password be guessed, nor strangers keep its owner from changing it', async () => {
    const { auth, asker, signUp, signIn } = await world()
    const ada = await asker(await signUp('Ada'))
    for (let i = 0; i < 5; i++) await signIn('Ada', other)
    const guess = () => auth.changePassword({ current: other, next: other }, ada)
    for (let i = 0; i < 5; i++) expect(await guess()).toEqual(wrong.result)
    expect(await refused(guess())).toMatchObject({ kind: 'rate-limited' })
  })

  test('is changed by nobody who is signed out, and by no token', async () => {
    const { auth, asker, byBearer, signUp } = await world()
    await signUp('Ada')
    const made = await auth.makeToken('script')
    const script = { address: '127.0.0.1', session: await byBearer(made.ok ? made.token : '') }
    expect(await refused(auth.changeName({ username: 'x' }, await asker()))).toEqual({
      kind: 'session-ended',
    })
    expect(await refused(auth.changeName({ username: 'x' }, script))).toEqual({ kind: 'bad-request' })
    expect(await refused(auth.changePassword({ next: other }, script))).toEqual({ kind: 'bad-request' })
  })
})

describe('a token', () => {
  test('needs an owner', async () => {
    const { auth } = await world()
    expect(await auth.makeToken('script')).toEqual({ ok: false, problem: 'no-owner' })
  })

  test('acts for the owner as a bearer, is kept as a hash, and can be revoked', async () => {
    const { auth, asker, byBearer, byCookie, files, signUp } = await world()
    const browser = await signUp('Ada')
    const made = await auth.makeToken('script')
    const token = made.ok ? made.token : ''
    expect(token).toMatch(/^mf_[a-z2-7]{40}$/)
    expect(files()).not.toContain(token.slice(3))
    expect(await byBearer(token)).toMatchObject({ person: { name: 'Ada' }, kind: 'api' })
    expect(await auth.authenticate({ authorizationHeader: `bearer  ${token}` })).not.toBeNull()

    // Each in its place, and of two the header decides.
    expect(await byCookie(token)).toBeNull()
    expect(await byBearer(browser)).toBeNull()
    const cookieHeader = `session-3000=${browser}`
    expect(await auth.authenticate({ cookieHeader, authorizationHeader: 'Bearer wrong' })).toBeNull()
    expect(await auth.authenticate({ cookieHeader, authorizationHeader: `Bearer ${token}` })).toMatchObject({
      kind: 'api',
    })

    expect(await auth.revokeToken('other')).toBe(0)
    expect(await auth.revokeToken('script')).toBe(1)
    expect(await byBearer(token)).toBeNull()
    expect((await asker(browser)).session).not.toBeNull()
  })

  test('signing in with it in the header leaves it as it is', async () => {
    const { auth, byBearer, signUp, signIn } = await world()
    await signUp('Ada')
    const made = await auth.makeToken('script')
    const token = made.ok ? made.token : ''
    tokenOf(await signIn('Ada', password, { address: '127.0.0.1', session: await byBearer(token) }))
    expect(await byBearer(token)).not.toBeNull()
  })

  test('ends after 90 days and is never prolonged', async () => {
    const { auth, byBearer, clock, signUp } = await world()
    await signUp('Ada')
    const made = await auth.makeToken('script')
    const token = made.ok ? made.token : ''
    clock.ms += 90 * dayMs - second
    const session = await byBearer(token)
    expect(session).not.toBeNull()
    expect(session).not.toHaveProperty('refreshedCookie')
    clock.ms += second
    expect(await byBearer(token)).toBeNull()
  })
})

test('what happens is told to the log, and no secret with it', async () => {
  const { auth, asker, events, signUp, signIn } = await world()
  const token = await signUp('Ada')
  const ada = await asker(token, '192.0.2.9')
  const userId = ada.session?.person.id
  await signIn('Ada', other)
  await signIn('Nobody', other)
  await auth.changeName({ username: 'Countess' }, ada)
  await auth.changePassword({ current: other, next: other }, ada)
  await auth.changePassword({ current: password, next: other }, ada)
  const made = await auth.makeToken('script')
  const code = await auth.makeLinkCode()
  await auth.useLink({ code: 'guessed' }, ada)
  await auth.useLink({ code }, ada)
  await auth.signOut(ada)
  const from = '192.0.2.9'
  expect(events).toEqual([
    { kind: 'sign-up', userId, address: '127.0.0.1' },
    { kind: 'sign-in-failed', userId, address: '127.0.0.1' },
    { kind: 'sign-in-failed', address: '127.0.0.1' },
    { kind: 'name-changed', userId, address: from },
    { kind: 'password-change-failed', userId, address: from },
    { kind: 'password-changed', userId, address: from },
    { kind: 'token-made', userId, address: 'console' },
    { kind: 'link-made', address: 'console' },
    { kind: 'link-failed', address: from },
    { kind: 'link-used', userId, address: from },
    { kind: 'sign-out', userId, address: from },
  ])
  const told = JSON.stringify(events)
  for (const secret of [password, other, token, code, made.ok ? made.token : ''])
    expect(told).not.toContain(secret)
})

test('a store that fails shows as its own error', async () => {
  const { auth, db, signUp } = await world()
  const token = await signUp('Ada')
  await db.destroy()
  const asked = auth.authenticate({ cookieHeader: `session-3000=${token}` })
  await expect(asked).rejects.not.toBeInstanceOf(Refusal)
})

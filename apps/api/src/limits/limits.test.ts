import { Refusal } from '@mayfly/contracts/failure'
import { type Kysely, sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { inProcesses } from '../store/child.fixture.ts'
import { cleanUp } from '../store/clean-up.ts'
import { dayMs, dayOf } from '../store/days.ts'
import type { Tables } from '../store/tables.ts'
import { temporaryStore } from '../store/temporary.fixture.ts'
import { createLimits, type LimitOptions } from './limits.ts'

const clock = { ms: 0 }
const now = () => clock.ms
beforeEach(() => {
  clock.ms = 20_000 * dayMs + 6 * 3_600_000
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
})
afterEach(() => vi.useRealTimers())

async function world(options: Partial<LimitOptions> = {}) {
  const { db, path } = await temporaryStore()
  const all = { requestsPerMinute: 20, concurrentReplies: 2, tokensPerDay: 0, now, ...options }
  await addUsers(db, 'ada', 'bob', 'cleo')
  /** Another process's limits, as far as the store can tell. */
  const another = () => createLimits(db, all)
  return { db, path, limits: another(), another }
}

async function addUsers(db: Kysely<Tables>, ...names: string[]) {
  const rest = { role: 'member', password_hash: null, created_at: 0, disabled_at: null } as const
  await db
    .insertInto('users')
    .values(names.map((name) => ({ id: name, name, name_key: name, ...rest })))
    .execute()
}

/** The failure that a call is refused with, or null. */
const refused = (call: Promise<unknown>) =>
  call.then(
    () => null,
    (error: unknown) => {
      if (error instanceof Refusal) return error.failure
      throw error
    },
  )

const busy = { kind: 'busy', retryAfterMs: 2_000 }
const free = { estimate: 0 }

describe('requests a minute', () => {
  test('are counted by user and refused with the time to wait', async () => {
    const { limits } = await world({ requestsPerMinute: 2 })
    await limits.hitReply('ada')
    await limits.hitReply('ada')
    expect(await refused(limits.hitReply('ada'))).toEqual({ kind: 'rate-limited', retryAfterMs: 30_000 })
    expect(await refused(limits.hitReply('bob'))).toBeNull()
  })
})

describe('replies at once', () => {
  test('are limited by user; settling makes room, once', async () => {
    const { limits } = await world()
    const first = await limits.begin('ada', 'a', free)
    await limits.begin('ada', 'b', free)
    expect(await refused(limits.begin('ada', 'c', free))).toEqual(busy)
    expect(await refused(limits.begin('bob', 'd', free))).toBeNull()
    await Promise.all([first.settle(0), first.settle(0)])
    await first.settle(0)
    expect(await refused(limits.begin('ada', 'e', free))).toBeNull()
    expect(await refused(limits.begin('ada', 'f', free))).toEqual(busy)
  })

  test('asked for all at once, exactly as many begin as there may', async () => {
    const { limits } = await world({ concurrentReplies: 3 })
    const asked = Array.from({ length: 12 }, (_, index) =>
      refused(limits.begin('ada', `reply ${index}`, free)),
    )
    const answers = await Promise.all(asked)
    expect(answers.filter((answer) => answer === null)).toHaveLength(3)
  })

  test('one takes the place of another of the same user only', async () => {
    const { limits } = await world({ concurrentReplies: 1 })
    const lost = await limits.begin('ada', 'lost', free)
    const bobs = await limits.begin('bob', "bob's", free)
    expect(await refused(limits.begin('ada', 'x', { ...free, replaces: "bob's" }))).toEqual(busy)
    await limits.begin('cleo', 'y', { ...free, replaces: "bob's" })
    expect(bobs.lost.aborted).toBe(false)
    expect(await refused(limits.begin('bob', 'z', free))).toEqual(busy)
    const next = await limits.begin('ada', 'next', { ...free, replaces: 'lost' })
    expect(lost.lost.aborted).toBe(true)
    await lost.settle(0)
    expect(await refused(limits.begin('ada', 'v', free))).toEqual(busy)
    await next.settle(0)
    expect(await refused(limits.begin('ada', 'w', free))).toBeNull()
  })

  test('a reply replaced from another process learns of it at its next renewal', async () => {
    const { limits, another } = await world({ concurrentReplies: 1 })
    const lost = await limits.begin('ada', 'lost', free)
    await another().begin('ada', 'next', { ...free, replaces: 'lost' })
    expect(lost.lost.aborted).toBe(false)
    await vi.advanceTimersByTimeAsync(7_000)
    await vi.waitFor(() => expect(lost.lost.aborted).toBe(true))
  })

  test('a long one keeps its place, a dead process gives its own back', async () => {
    const { db, limits, another } = await world({ concurrentReplies: 1 })
    const lease = await limits.begin('ada', 'long', free)
    const renewed = () => db.selectFrom('leases').select('expires_at').executeTakeFirstOrThrow()
    for (let round = 0; round < 9; round++) {
      clock.ms += 6_667
      await vi.advanceTimersByTimeAsync(6_667)
      await vi.waitFor(async () => expect((await renewed()).expires_at).toBe(clock.ms + 20_000))
    }
    expect(lease.lost.aborted).toBe(false)
    expect(await refused(another().begin('ada', 'x', free))).toEqual(busy)

    vi.clearAllTimers() // nobody renews from here on
    clock.ms += 19_999
    expect(await refused(another().begin('ada', 'x', free))).toEqual(busy)
    clock.ms += 1
    expect(await refused(another().begin('ada', 'x', free))).toBeNull()
  })

  test.each([3_600_000, -3_600_000])(
    'a clock that jumps by %i ms takes no place from one that runs, and gives none away',
    async (jump) => {
      const { db, limits, another } = await world({ tokensPerDay: 1_000 })
      const first = await limits.begin('ada', 'first', { estimate: 10 })
      clock.ms += jump
      const second = await limits.begin('ada', 'second', { estimate: 10 })
      expect(await refused(limits.begin('ada', 'third', { estimate: 10 }))).toEqual(busy)
      await vi.advanceTimersByTimeAsync(7_000)
      const ends = () => db.selectFrom('leases').select('expires_at').execute()
      await vi.waitFor(async () => {
        for (const { expires_at: end } of await ends()) expect(end).toBe(clock.ms + 20_000)
      })
      expect([first.lost.aborted, second.lost.aborted]).toEqual([false, false])
      expect(await refused(another().begin('ada', 'third', { estimate: 10 }))).toEqual(busy)
      await Promise.all([first.settle(3), second.settle(4)])
      expect(await ends()).toEqual([])
      const usage = await db.selectFrom('usage').select(['tokens', 'reserved']).execute()
      expect(usage).toEqual([{ tokens: 7, reserved: 0 }])
    },
  )

  test.each([
    ['the store was away for a minute', 60_000],
    ['the clock was set forward', 3_600_000],
    ['the clock was set back', -3_600_000],
  ])('a reply whose lease was freed while %s runs on, and has a place again', async (_, jump) => {
    const { db, limits, another } = await world({ tokensPerDay: 100 })
    const lease = await limits.begin('ada', 'long', { estimate: 40 })
    clock.ms += jump
    const second = await another().begin('ada', 'second', free)
    expect(await db.selectFrom('leases').select('reply_id').execute()).toEqual([{ reply_id: 'second' }])
    await vi.advanceTimersByTimeAsync(6_667)
    await vi.waitFor(async () => expect(await db.selectFrom('leases').selectAll().execute()).toHaveLength(2))
    expect(lease.lost.aborted).toBe(false)
    expect(await refused(limits.begin('ada', 'third', free))).toEqual(busy)
    await lease.settle(7)
    await second.settle(0)
    expect(await db.selectFrom('leases').selectAll().execute()).toEqual([])
    expect(await db.selectFrom('usage').select(['tokens', 'reserved']).execute()).toEqual([
      { tokens: 7, reserved: 0 },
    ])
  })

  test('a reply whose place was freed and taken by another runs on without, until there is one', async () => {
    const { db, limits, another } = await world({ concurrentReplies: 1 })
    const lease = await limits.begin('ada', 'long', free)
    clock.ms += 60_000
    const other = await another().begin('ada', 'other', free)
    const holders = async () =>
      (await db.selectFrom('leases').select('reply_id').execute()).map((row) => row.reply_id)
    await vi.advanceTimersByTimeAsync(6_667)
    expect(lease.lost.aborted).toBe(false)
    await other.settle(0)
    await vi.advanceTimersByTimeAsync(6_667)
    await vi.waitFor(async () => expect(await holders()).toEqual(['long']))
    expect(lease.lost.aborted).toBe(false)
  })

  test('nothing is renewed while nothing runs', async () => {
    const { limits } = await world()
    const lease = await limits.begin('ada', 'a', free)
    expect(vi.getTimerCount()).toBe(1)
    await lease.settle(0)
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('tokens of a day', () => {
  const usageOf = (db: Kysely<Tables>) =>
    db.selectFrom('usage').select(['day', 'tokens', 'reserved']).execute()

  test('are held back before, and booked as used after', async () => {
    const { db, limits } = await world({ tokensPerDay: 100, concurrentReplies: 9 })
    const day = dayOf(clock.ms)
    const lease = await limits.begin('ada', 'a', { estimate: 60 })
    const untilMidnight = { kind: 'quota', retryAfterMs: 18 * 3_600_000 }
    expect(await refused(limits.begin('ada', 'b', { estimate: 41 }))).toEqual(untilMidnight)
    expect(await refused(limits.begin('ada', 'c', { estimate: 101 }))).toEqual(untilMidnight)
    expect(await usageOf(db)).toEqual([{ day, tokens: 0, reserved: 60 }])
    await lease.settle(25)
    await lease.settle(99)
    expect(await usageOf(db)).toEqual([{ day, tokens: 25, reserved: 0 }])
    expect(await refused(limits.begin('ada', 'd', { estimate: 75 }))).toBeNull()
    expect(await refused(limits.begin('ada', 'e', { estimate: 1 }))).toEqual(untilMidnight)
    clock.ms += 18 * 3_600_000
    expect(await refused(limits.begin('ada', 'f', { estimate: 100 }))).toBeNull()
  })

  test('a refusal leaves everything as it was', async () => {
    const { db, limits } = await world({ tokensPerDay: 100, concurrentReplies: 1 })
    await limits.begin('ada', 'a', { estimate: 60 })
    const before = [await usageOf(db), await db.selectFrom('leases').selectAll().execute()]
    expect(await refused(limits.begin('ada', 'b', { estimate: 10 }))).toEqual(busy)
    expect(await refused(limits.begin('ada', 'c', { estimate: 90, replaces: 'a' }))).toMatchObject({
      kind: 'quota',
    })
    expect([await usageOf(db), await db.selectFrom('leases').selectAll().execute()]).toEqual(before)
  })

  test('of a reply that was replaced are corrected when it is settled after all', async () => {
    const { db, limits } = await world({ tokensPerDay: 100, concurrentReplies: 1 })
    const day = dayOf(clock.ms)
    const lost = await limits.begin('ada', 'lost', { estimate: 40 })
    const next = await limits.begin('ada', 'next', { estimate: 40, replaces: 'lost' })
    expect(await usageOf(db)).toEqual([{ day, tokens: 40, reserved: 40 }])
    await lost.settle(7)
    expect(await usageOf(db)).toEqual([{ day, tokens: 7, reserved: 40 }])
    await next.settle(5)
    expect(await usageOf(db)).toEqual([{ day, tokens: 12, reserved: 0 }])
  })

  test('of a reply whose process died count as used', async () => {
    const { db, limits } = await world({ tokensPerDay: 100 })
    await limits.begin('ada', 'a', { estimate: 40 })
    clock.ms += 20_000
    await cleanUp(db, clock.ms)
    expect(await usageOf(db)).toEqual([{ day: dayOf(clock.ms), tokens: 40, reserved: 0 }])
  })

  test('are not kept at all where there is no limit', async () => {
    const { db, limits } = await world()
    const lease = await limits.begin('ada', 'a', { estimate: 40 })
    await lease.settle(40)
    expect(await usageOf(db)).toEqual([])
  })
})

test('a store that fails is neither a refusal nor forgotten: settling may be tried again', async () => {
  const { db, limits } = await world({ tokensPerDay: 100, concurrentReplies: 1 })
  const lease = await limits.begin('ada', 'a', { estimate: 40 })
  await sql`alter table leases rename to away`.execute(db)
  await expect(limits.begin('bob', 'b', free)).rejects.toThrow('no such table')
  await expect(lease.settle(3)).rejects.toThrow('no such table')
  await sql`alter table away rename to leases`.execute(db)
  await lease.settle(3)
  expect(await db.selectFrom('leases').selectAll().execute()).toEqual([])
})

test('processes on one store admit together exactly what one may', async () => {
  const { db, path } = await world()
  const code = `
    const { openStore } = await import(args[0])
    const { createLimits } = await import(args[1])
    const { db } = await openStore(args[2])
    const hour = () => 1_700_000_000_000
    const limits = createLimits(db, { requestsPerMinute: 123, concurrentReplies: 5, tokensPerDay: 500, now: hour })
    const count = async (times, call) => {
      let admitted = 0
      for (let i = 0; i < times; i++) await call(i).then(() => admitted++, (error) => {
        if (error.constructor.name !== 'Refusal') throw error
      })
      return admitted
    }
    await ready()
    const id = (i) => process.pid + ' ' + i
    const requests = await count(150, () => limits.hitReply('ada'))
    const replies = await count(20, (i) => limits.begin('ada', id(i), { estimate: 0 }))
    const tokens = await count(60, (i) => limits.begin('bob', id(i + 'b'), { estimate: 7 }).then((lease) => lease.settle(7)))
    console.log(JSON.stringify({ requests, replies, tokens }))`
  const own = (file: string) => new URL(file, import.meta.url).href
  const printed = await inProcesses(2, code, [own('../store/open.ts'), own('./limits.ts'), path])
  const sum = { requests: 0, replies: 0, tokens: 0 }
  for (const line of printed) {
    const one: typeof sum = JSON.parse(line)
    sum.requests += one.requests
    sum.replies += one.replies
    sum.tokens += one.tokens
  }
  expect(sum).toEqual({ requests: 123, replies: 5, tokens: 71 })
  const usage = await db.selectFrom('usage').selectAll().where('user_id', '=', 'bob').execute()
  expect(usage).toMatchObject([{ tokens: 497, reserved: 0 }])
})

import { expect, test } from 'vitest'
import { cleanUp } from './clean-up.ts'
import { dayMs } from './days.ts'
import { temporaryStore } from './temporary.fixture.ts'

test('removes what has run out and nothing else', async () => {
  const { db } = await temporaryStore()
  const now = 100 * dayMs
  await db
    .insertInto('users')
    .values({
      id: 'u',
      name: 'u',
      name_key: 'u',
      role: 'member',
      password_hash: null,
      created_at: 0,
      disabled_at: null,
    })
    .execute()
  const session = { user_id: 'u', kind: 'browser', label: null, created_at: 0, last_seen_day: 0 } as const
  await db
    .insertInto('sessions')
    .values([
      { ...session, id_hash: 'over', expires_at: now },
      { ...session, id_hash: 'good', expires_at: now + 1 },
    ])
    .execute()
  await db
    .insertInto('one_time_codes')
    .values([
      { hash: 'over', purpose: 'sign-in', expires_at: now },
      { hash: 'good', purpose: 'sign-in', expires_at: now + 1 },
    ])
    .execute()
  await db
    .insertInto('rate')
    .values([
      { key: 'over', tat: now },
      { key: 'good', tat: now + 1 },
    ])
    .execute()
  await db
    .insertInto('usage')
    .values([
      { user_id: 'u', day: 59, tokens: 1, reserved: 0 },
      { user_id: 'u', day: 60, tokens: 1, reserved: 0 },
      { user_id: 'u', day: 99, tokens: 1, reserved: 30 },
    ])
    .execute()
  await db
    .insertInto('leases')
    .values([
      { user_id: 'u', slot: 0, reply_id: 'over', expires_at: now, reserved: 10, day: 99 },
      { user_id: 'u', slot: 1, reply_id: 'good', expires_at: now + 1, reserved: 20, day: 99 },
    ])
    .execute()

  await cleanUp(db, now)

  expect(await db.selectFrom('sessions').select('id_hash').execute()).toEqual([{ id_hash: 'good' }])
  expect(await db.selectFrom('one_time_codes').select('hash').execute()).toEqual([{ hash: 'good' }])
  expect(await db.selectFrom('rate').select('key').execute()).toEqual([{ key: 'good' }])
  expect(await db.selectFrom('leases').select('reply_id').execute()).toEqual([{ reply_id: 'good' }])
  expect(await db.selectFrom('usage').selectAll().orderBy('day').execute()).toEqual([
    { user_id: 'u', day: 60, tokens: 1, reserved: 0 },
    { user_id: 'u', day: 99, tokens: 11, reserved: 20 },
  ])
})

import { failureOf } from '@mayfly/contracts'
import { sql } from 'kysely'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { leaseMs } from '../limits/leases.ts'
import { ask, startServer } from '../server.fixture.ts'
import type { Upstream } from '../upstream/upstream.ts'
import { cleanUp } from './clean-up.ts'
import type { Store } from './open.ts'

afterEach(() => vi.useRealTimers())

const refusedBy = (answer: Promise<unknown>) => answer.then(() => null, failureOf)

/** From now on each such change of `table` takes a new page of the file, so that it fails where there is none. */
async function growOn({ db }: Store, change: 'update' | 'delete', table: string): Promise<void> {
  await sql`create table if not exists ballast (bytes blob)`.execute(db)
  const grow = sql`insert into ballast values (zeroblob(100000))`
  const name = sql.id(`${change} ${table}`)
  await sql`create trigger ${name} after ${sql.raw(change)} on ${sql.table(table)} begin ${grow}; end`.execute(
    db,
  )
}

/** As few pages as there are, so that the next one is SQLITE_FULL; or room for many. */
const setRoom = ({ db }: Store, room: boolean) =>
  sql`pragma max_page_count = ${sql.lit(room ? 1_000_000 : 1)}`.execute(db)

/** Says a word, and the last one when it is told to. */
function inTwoParts() {
  const rest = Promise.withResolvers<void>()
  const reply: Upstream['reply'] = async function* () {
    yield { type: 'started', model: 'm' }
    yield { type: 'delta', text: 'first ' }
    await rest.promise
    yield { type: 'delta', text: 'and last' }
    yield { type: 'finished', finishReason: 'stop' }
  }
  return { reply, finish: () => rest.resolve() }
}

describe('on a full disk', () => {
  test('a reply that can’t be settled is told whole, and its place is free after the lease’s time', async () => {
    const { client, store, openReplies } = await startServer({ tokensPerDay: 100_000, concurrentReplies: 1 })
    await growOn(store, 'delete', 'leases')
    await setRoom(store, false)
    expect((await ask(client)).at(-1)).toMatchObject({ type: 'finished' })
    await expect.poll(() => openReplies.count).toBe(0)
    await setRoom(store, true)
    expect(await refusedBy(ask(client))).toMatchObject({ kind: 'busy' })
    await cleanUp(store.db, Date.now() + leaseMs)
    expect(await ask(client)).toHaveLength(3)
    await expect.poll(() => store.db.selectFrom('leases').selectAll().execute()).toEqual([])
    expect(await store.db.selectFrom('usage').select('reserved').execute()).toEqual([{ reserved: 0 }])
  })

  test('a running reply whose lease can’t be renewed is not cut', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    const { reply, finish } = inTwoParts()
    const { client, store, openReplies } = await startServer({ reply })
    const running = ask(client)
    await expect.poll(() => openReplies.count).toBe(1)
    await growOn(store, 'update', 'leases')
    await setRoom(store, false)
    await vi.advanceTimersByTimeAsync(3 * leaseMs)
    await setRoom(store, true)
    await vi.advanceTimersByTimeAsync(leaseMs)
    finish()
    expect((await running).at(-1)).toMatchObject({ type: 'finished' })
    await expect.poll(() => store.db.selectFrom('leases').selectAll().execute()).toEqual([])
  })
})

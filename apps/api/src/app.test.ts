import { DatabaseSync } from 'node:sqlite'
import { createChatClient, failureOf, type ReplyEvent } from '@mayfly/contracts'
import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { digest } from './auth/digest.ts'
import { leaseMs } from './limits/leases.ts'
import { ask, hello, mute, post, startServer } from './server.fixture.ts'
import { inProcesses } from './store/child.fixture.ts'
import { cleanUp } from './store/clean-up.ts'
import type { Store } from './store/open.ts'
import type { Upstream } from './upstream/upstream.ts'

const sweepMs = 2_000

/** The failure of a call that is refused; undefined for one that is not. */
const failureOfCall = (call: Promise<unknown>) =>
  call.then(
    () => undefined,
    (thrown: unknown) => failureOf(thrown),
  )

const leasesIn = (store: Store) => store.db.selectFrom('leases').selectAll().execute()

describe('sessions that are revoked while they stream', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  })
  afterEach(() => vi.useRealTimers())

  /** A server that is kept in order, and a number of open replies for each of these tokens of its owner. */
  async function streaming(labels: string[], eachHas: number) {
    const server = await startServer({ reply: mute, concurrentReplies: 100 })
    const { auth, origin, openReplies, store, keepInOrder } = server
    const stop = keepInOrder()
    const replies: { label: string; events: Promise<ReplyEvent[]> }[] = []
    for (const label of labels) {
      const made = await auth.makeToken(label)
      if (!made.ok) throw new Error('no owner to make a token for')
      const client = createChatClient({ url: origin, token: made.token })
      for (let n = 0; n < eachHas; n++) replies.push({ label, events: ask(client) })
    }
    await expect.poll(() => openReplies.count).toBe(replies.length)
    const queries = vi.spyOn(store.db.getExecutor(), 'executeQuery')
    const sweep = async () => {
      queries.mockClear()
      await vi.advanceTimersByTimeAsync(sweepMs)
      const asked = queries.mock.calls.map(([query]) => query.sql)
      return asked.filter((text) => text.startsWith('select') && text.includes('"sessions"'))
    }
    /** Leaves nothing running for the next test. */
    const end = async () => {
      stop()
      openReplies.endAll()
      await Promise.all(replies.map(({ events }) => events))
    }
    return { ...server, replies, sweep, end }
  }

  test('are all looked up by one query a sweep, and end with it wherever they were revoked', async () => {
    const { replies, sweep, openReplies, store, end } = await streaming(['phone', 'laptop', 'tablet'], 4)
    expect(await sweep()).toHaveLength(1)
    expect(openReplies.count).toBe(12)

    const code = `
      const { openStore } = await import(args[0])
      const { createAuth } = await import(args[1])
      const store = await openStore(args[2])
      const cookie = { https: false, port: 3000 }
      const auth = createAuth({ db: store.db, cookie, allowSignUp: false, ownerFormOpen: false })
      await ready()
      console.log(await auth.revokeToken('laptop'))
      await store.close()`
    const own = (file: string) => new URL(file, import.meta.url).href
    const printed = await inProcesses(1, code, [own('store/open.ts'), own('auth/auth.ts'), store.path])
    expect(printed).toEqual(['1'])

    expect(await sweep()).toHaveLength(1)
    await expect.poll(() => openReplies.count).toBe(8)
    for (const { label, events } of replies) {
      if (label !== 'laptop') continue
      expect((await events).at(-1)).toMatchObject({ type: 'failed', failure: { kind: 'session-ended' } })
    }
    await end()
    await expect.poll(() => leasesIn(store)).toEqual([])
  })

  test('end no sooner than the store says so: one that is away ends none', async () => {
    const { replies, sweep, openReplies, auth, store, lines, end } = await streaming(['phone'], 2)
    await auth.revokeToken('phone')
    await sql`alter table sessions rename to away`.execute(store.db)
    await sweep()
    await expect.poll(() => lines.join('')).toContain('the store did not answer')
    expect(openReplies.count).toBe(2)
    await sql`alter table away rename to sessions`.execute(store.db)
    await sweep()
    for (const { events } of replies) {
      expect((await events).at(-1)).toMatchObject({ failure: { kind: 'session-ended' } })
    }
    await end()
  })

  test('are not asked for while nothing streams', async () => {
    const { sweep, end } = await streaming([], 0)
    expect(await sweep()).toEqual([])
    await end()
  })
})

/** Says one word and waits to be told to go on. */
function paused(): { reply: Upstream['reply']; goOn: () => void } {
  const more = Promise.withResolvers<void>()
  return {
    goOn: () => more.resolve(),
    async *reply(request, signal) {
      yield { type: 'started', model: 'm' }
      yield { type: 'delta', text: 'Hello ' }
      await more.promise
      for await (const event of hello(request, signal)) if (event.type !== 'started') yield event
    },
  }
}

const textOf = (events: ReplyEvent[]) =>
  events.map((event) => (event.type === 'delta' ? event.text : '')).join('')

describe('a store that takes nothing', () => {
  const away = { kind: 'network', retryAfterMs: 3_000 }
  const signIn = (origin: string, password = 'a sentence works') =>
    post(
      `${origin}/trpc/signIn`,
      { 'sec-fetch-site': 'same-origin' },
      JSON.stringify({ username: 'owner', password }),
    )

  /**
   * Fills the store up to the last page that it may have, and those pages of two tables where sign-in and a lease would
   * put a row of theirs. A row may still find room in one page after another did not: it is tried many times.
   */
  async function fill({ db }: Store): Promise<void> {
    await sql`pragma max_page_count = 1`.execute(db) // as few as there are already
    const owner = await db.selectFrom('users').select('id').executeTakeFirstOrThrow()
    const lease = { user_id: owner.id, expires_at: Date.now() + leaseMs, reserved: 0, day: 0 }
    const fillers = [
      (n: number) =>
        db
          .insertInto('rate')
          .values({ key: digest('throttle', `filler ${n}`), tat: 0 })
          .execute(),
      (n: number) =>
        db
          .insertInto('leases')
          .values({ ...lease, slot: 10_000 - n, reply_id: `filler ${n}`.padEnd(36) })
          .execute(),
    ]
    for (const insert of fillers) {
      let failed = 0
      for (let n = 0; failed < 200; n++) {
        const added = await insert(n).then(
          () => true,
          () => false,
        )
        if (!added) failed++
      }
    }
  }

  const ways: [string, (store: Store & { path: string }) => Promise<() => Promise<unknown>>][] = [
    [
      'because it is full',
      async ({ db, ...store }) => {
        await fill({ db, ...store })
        return async () => {
          await sql`pragma max_page_count = 1000000`.execute(db)
          await db.deleteFrom('leases').where('reply_id', 'like', 'filler%').execute()
        }
      },
    ],
    [
      'because another process holds it',
      async ({ db, path }) => {
        await sql`pragma busy_timeout = 0`.execute(db)
        const other = new DatabaseSync(path)
        other.exec('begin immediate')
        return async () => {
          other.exec('rollback')
          other.close()
        }
      },
    ],
  ]

  test.each(ways)('%s, refuses what is new, cuts nothing, and is itself again', async (_how, take) => {
    const { reply, goOn } = paused()
    const { client, origin, store, openReplies, lines } = await startServer({
      reply,
      tokensPerDay: 1_000_000,
    })
    const running = ask(client)
    await expect.poll(() => leasesIn(store)).toHaveLength(1)

    const giveBack = await take(store)
    const refused = await signIn(origin)
    expect(refused.status).toBe(503)
    expect(await refused.json()).toMatchObject({ error: { data: { failure: away } } })
    expect(await failureOfCall(ask(client))).toEqual(away)
    expect((await fetch(`${origin}/healthz`)).status).toBe(200)
    expect(openReplies.count).toBe(1)
    goOn()
    const events = await running
    expect(textOf(events)).toBe('Hello Hello')
    expect(events.at(-1)).toMatchObject({ type: 'finished', finishReason: 'stop' })
    await expect.poll(() => openReplies.count).toBe(0)

    await giveBack()
    expect((await signIn(origin)).status).toBe(200)
    expect((await ask(client)).at(-1)).toMatchObject({ type: 'finished' })
    await cleanUp(store.db, Date.now() + leaseMs)
    expect(await leasesIn(store)).toEqual([])
    const usage = await store.db.selectFrom('usage').select('reserved').execute()
    expect(usage).toEqual([{ reserved: 0 }])
    expect(lines.join('')).not.toContain('bug')
  })
})

import { type ChatClient, createChatClient, failureOf, type ReplyEvent } from '@mayfly/contracts'
import { expect, onTestFinished, test } from 'vitest'
import { createAuth } from './auth/auth.ts'
import { leaseMs } from './limits/leases.ts'
import { createLimits } from './limits/limits.ts'
import { startProcess } from './process.fixture.ts'
import { question } from './server.fixture.ts'
import { temporaryStore } from './store/temporary.fixture.ts'
import { begin, said, startServer as startUpstream } from './upstream/test-server.ts'

const many = 100

/** A model that says a word 20 times a second, to everybody who asks, until it is told to finish. */
async function slowModel() {
  const finished = new AbortController()
  const server = await startUpstream((res, { url }) => {
    if (url !== '/v1/chat/completions') return void res.writeHead(404).end()
    begin(res, said({ content: 'word ' }))
    const pace = setInterval(() => res.write(said({ content: 'word ' })), 50)
    res.on('close', () => clearInterval(pace))
    finished.signal.addEventListener('abort', () => res.end(said({}, 'stop')))
  })
  onTestFinished(() => server.close())
  return { base: server.base, finish: () => finished.abort() }
}

/** A process over a store with an owner, and a client of theirs; `again` starts another on the same store. */
async function world() {
  const model = await slowModel()
  const store = await temporaryStore()
  const auth = createAuth({
    db: store.db,
    cookie: { https: false, port: 3000 },
    allowSignUp: false,
    ownerFormOpen: true,
  })
  await auth.signUp({ username: 'owner', password: 'a sentence works' }, { address: 'test', session: null })
  const made = await auth.makeToken('test')
  if (!made.ok) throw new Error('no owner to make a token for')
  const start = async () => {
    const server = await startProcess({
      DATABASE_URL: store.path,
      UPSTREAM: model.base,
      OPENAI_MODEL: 'm',
      LIMIT_CONCURRENT_REPLIES: String(many),
      LIMIT_REQUESTS_PER_MINUTE: '100000',
    })
    return { ...server, client: createChatClient({ url: server.origin, token: made.token }) }
  }
  const leases = () => store.db.selectFrom('leases').selectAll().execute()
  return { model, store, leases, server: await start(), again: start }
}

/** One reply as its reader sees it: how it ended, once it has. */
function read(client: ChatClient) {
  const seen: { text: string; last: ReplyEvent | { type: 'broken'; kind: string } | null } = {
    text: '',
    last: null,
  }
  client.reply.subscribe(question(), {
    onData: (event) => {
      if (event.type === 'delta') seen.text += event.text
      if (event.type === 'finished' || event.type === 'failed') seen.last = event
    },
    onError: (error) => (seen.last = { type: 'broken', kind: failureOf(error).kind }),
  })
  return seen
}

async function readMany(client: ChatClient) {
  const replies = Array.from({ length: many }, () => read(client))
  await expect.poll(() => replies.filter(({ text }) => text !== '').length, { timeout: 20_000 }).toBe(many)
  return replies
}

const endsOf = (replies: ReturnType<typeof read>[]) => {
  const counts: Record<string, number> = {}
  for (const { last } of replies) {
    const end =
      last?.type === 'failed'
        ? last.failure.kind
        : last?.type === 'broken'
          ? `broken: ${last.kind}`
          : (last?.type ?? 'open')
    counts[end] = (counts[end] ?? 0) + 1
  }
  return counts
}

test(
  `SIGTERM, told many times over at once, lets ${many} replies come to their end, then exits with 0`,
  { timeout: 60_000 },
  async () => {
    const { model, leases, server } = await world()
    const replies = await readMany(server.client)
    for (let i = 0; i < 5; i++) {
      server.signal('SIGTERM')
      server.signal('SIGINT')
    }
    await expect.poll(async () => (await fetch(`${server.origin}/readyz`)).status).toBe(503)
    const late = read(server.client)
    await expect.poll(() => endsOf([late])).toEqual({ 'broken: draining': 1 })
    expect(endsOf(replies)).toEqual({ open: many })
    expect(server.output()).toContain(`Waiting for ${many} replies to end, 25 s at most`)
    model.finish()
    expect(await server.ended).toEqual({ code: 0, signal: null })
    expect(endsOf(replies)).toEqual({ finished: many })
    expect(await leases()).toEqual([])
  },
)

test(
  `a second signal ends ${many} replies as draining at once, and the process exits with 0`,
  { timeout: 60_000 },
  async () => {
    const { leases, server } = await world()
    const replies = await readMany(server.client)
    const again = () => {
      if (!server.output().includes('Ending it all now')) server.signal('SIGINT')
      return server.output()
    }
    await expect.poll(again, { timeout: 5_000 }).toContain('Ending it all now')
    expect(await server.ended).toEqual({ code: 0, signal: null })
    await expect.poll(() => endsOf(replies)).toEqual({ draining: many })
    expect(await leases()).toEqual([])
  },
)

test(
  `SIGKILL leaves ${many} readers with a lost connection, and after the lease's time no lease`,
  { timeout: 60_000 },
  async () => {
    const { store, leases, server, again } = await world()
    const replies = await readMany(server.client)
    server.signal('SIGKILL')
    expect(await server.ended).toEqual({ code: null, signal: 'SIGKILL' })
    await expect.poll(() => endsOf(replies)).toEqual({ 'broken: network': many })
    expect(await leases()).toHaveLength(many)

    const next = await again()
    expect((await next.client.session.query()).person?.name).toBe('owner')
    const early = read(next.client)
    await expect.poll(() => endsOf([early])).toEqual({ 'broken: busy': 1 })

    const limits = createLimits(store.db, {
      requestsPerMinute: 1,
      concurrentReplies: many,
      tokensPerDay: 0,
      now: () => Date.now() + leaseMs,
    })
    const [{ user_id: owner }] = [...(await leases()), { user_id: '' }]
    const taken = Array.from({ length: many }, (_, i) => limits.begin(owner, `after ${i}`, { estimate: 0 }))
    for (const lease of await Promise.all(taken)) await lease.settle(0)
    expect(await leases()).toEqual([])
  },
)

test(
  'where no reply runs, SIGINT ends the process at once and it says no more',
  { timeout: 60_000 },
  async () => {
    const { server } = await world()
    const before = server.output()
    const at = performance.now()
    server.signal('SIGINT')
    expect(await server.ended).toEqual({ code: 0, signal: null })
    expect(performance.now() - at).toBeLessThan(2_000)
    expect(server.output()).toBe(before)
  },
)

test('a process that ends before it can serve is told with its own words', async () => {
  const started = startProcess({ DATABASE_URL: ':memory:', LIMIT_CONCURRENT_REPLIES: 'many' })
  await expect(started).rejects.toThrow(/ended with 1 before it could serve:[^]*LIMIT_CONCURRENT_REPLIES/)
})

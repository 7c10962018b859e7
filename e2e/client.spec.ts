import {
  contractVersion,
  createChatClient,
  failureOf,
  type ReplyEvent,
  type ReplyRequest,
  textMessage,
} from '@mayfly/contracts'
import { expect, expectLetGo, test } from './fixtures/test.ts'
import { replyTo } from './fixtures/upstream.ts'

type ChatClient = ReturnType<typeof createChatClient>

const request = (question: string): ReplyRequest => ({
  version: contractVersion,
  messages: [textMessage('user', question)],
})

/** All events of a reply. Rejects with what the call throws. */
function read(client: ChatClient, question: string): Promise<ReplyEvent[]> {
  const events: ReplyEvent[] = []
  return new Promise((resolve, reject) => {
    client.reply.subscribe(request(question), {
      onData: (event) => events.push(event),
      onComplete: () => resolve(events),
      onError: reject,
    })
  })
}

const failing = (call: Promise<unknown>) =>
  call.then(
    () => 'no failure',
    (error: unknown) => failureOf(error),
  )

test('a program with a token reads a reply as it is written', async ({ app }) => {
  const { code, stdout } = await app.run('--token', 'a script')
  expect(code).toBe(0)
  const token = stdout.trimEnd().split('\n').at(-1) ?? ''
  expect(token).toMatch(/^\S{20,}$/)
  expect(stdout.trim()).toBe(token)

  const client = createChatClient({ url: app.origin, token })
  const question = 'Asked by a program?'
  const events = await read(client, question)
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_event, index) => index))
  expect(events[0]).toMatchObject({ type: 'started', model: 'river-1' })
  expect(events.at(-1)).toMatchObject({ type: 'finished', finishReason: 'stop', usage: { input: 7 } })
  const deltas = events.filter((event) => event.type === 'delta')
  expect(deltas.length).toBeGreaterThan(3)
  expect(deltas.map(({ text }) => text).join('')).toBe(replyTo(question))

  expect(await client.models.query()).toMatchObject({ models: [{ id: 'river-1' }, { id: 'river-2' }] })
  expect((await client.session.query()).person).toMatchObject({ name: 'Ada', role: 'owner' })
})

test('a program that leaves lets the model go', async ({ app, upstream }) => {
  const { stdout } = await app.run('--token', 'one that leaves')
  const client = createChatClient({ url: app.origin, token: stdout.trim() })
  const left = new AbortController()
  const since = await new Promise<number>((resolve, reject) => {
    client.reply.subscribe(request('slow: I leave'), {
      signal: left.signal,
      onData: (event) => {
        if (event.type !== 'delta') return
        resolve(Date.now())
        left.abort()
      },
      onError: reject,
    })
  })
  await expectLetGo(upstream.askedFor('slow: I leave')[0], since)
})

test('a failure of the model is an event, and a refusal an error: both typed', async ({ app }) => {
  const { stdout } = await app.run('--token', 'one that fails')
  const client = createChatClient({ url: app.origin, token: stdout.trim() })
  expect((await read(client, 'limited for long: please')).at(-1)).toMatchObject({
    type: 'failed',
    failure: { kind: 'rate-limited', retryAfterMs: 40_000 },
  })
  expect((await read(client, 'forbidden: please')).at(-1)).toMatchObject({
    type: 'failed',
    failure: { kind: 'upstream-refused' },
  })
  expect(await failing(read(client, 'x'.repeat(9_000_000)))).toEqual({ kind: 'too-large' })
})

test('a token that is wrong or revoked is told so, and a browser’s cookie is no token', async ({
  app,
  context,
  signIn,
}) => {
  await signIn(context)
  const [cookie] = await context.cookies()
  const { stdout } = await app.run('--token', 'short-lived')
  const token = stdout.trim()
  expect((await read(createChatClient({ url: app.origin, token }), 'Before?')).at(-1)?.type).toBe('finished')
  const revoked = await app.run('--revoke', 'short-lived')
  expect(revoked.code).toBe(0)
  for (const wrong of [token, `${token}x`, 'nonsense', cookie?.value ?? '']) {
    const client = createChatClient({ url: app.origin, token: wrong })
    expect(await failing(read(client, 'After?'))).toEqual({ kind: 'session-ended' })
    expect(await failing(client.models.query())).toEqual({ kind: 'session-ended' })
  }
})

test('a server that cannot be reached is a lost network', async () => {
  const client = createChatClient({ url: 'http://127.0.0.1:9', token: 'any' })
  expect(await failing(read(client, 'Anybody?'))).toEqual({ kind: 'network' })
})

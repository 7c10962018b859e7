import { type Failure, failureKinds, textOf } from '@mayfly/contracts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ConversationEvent, ReplyActorEvent } from './conversation.ts'
import { thought } from './model.ts'
import { openBranch } from './tree.ts'
import { watchConversation } from './watched-conversation.fixture.ts'

type Walked = ReturnType<typeof watchConversation>
type Step = { name: string; act: (chat: Walked) => void }

const step = (name: string, act: Step['act']): Step => ({ name, act })
const tell = (event: ConversationEvent) => step(JSON.stringify(event), (chat) => chat.tell(event))
const say = (event: ReplyActorEvent) => step(JSON.stringify(event), (chat) => chat.say(event))
const always = (...steps: Step[]) => fc.constantFrom(...steps)

/** The `n`th turn there is, on whichever branch; an id of no turn where nothing was said. */
const idOf = (chat: Walked, n: number) => {
  const ids = [...chat.context().tree.turns.keys()]
  return ids[n % ids.length] ?? 'm0'
}
const onTurn = (name: string, event: (id: string) => ConversationEvent) =>
  fc.nat(1_000).map((n) => step(`${name} ${n}`, (chat) => chat.tell(event(idOf(chat, n)))))

// A server that says how long to wait was reached, so a lost network never does.
const server = failureKinds.filter((kind) => !['offline', 'network', 'silent'].includes(kind))
const failure: fc.Arbitrary<Failure> = fc.oneof(
  fc.record({ kind: fc.constantFrom(...failureKinds) }),
  fc.record({
    kind: fc.constantFrom(...server),
    retryAfterMs: fc.constantFrom(0, 1_500, 20_000, 60_000, 60_001, 1e12),
  }),
)
const lost = fc.constantFrom<Failure>(
  { kind: 'network' },
  { kind: 'upstream-down' },
  { kind: 'busy', retryAfterMs: 2_000 },
)
const text = fc.constantFrom('word ', '\n', ' ', '🦋', 'a\n\nb')

const tenStops = Array.from({ length: 10 }, (): ConversationEvent => ({ type: 'stop' }))

/** What people, servers, networks and clocks do, the usual more often than the rare. */
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: text.map((words) =>
      step(`ask ${JSON.stringify(words)}`, (chat) =>
        chat.tell({ type: 'draft', text: words }, { type: 'send' }),
      ),
    ),
  },
  { weight: 2, arbitrary: text.map((words) => tell({ type: 'draft', text: words })) },
  {
    weight: 6,
    arbitrary: always(tell({ type: 'stop' }), tell({ type: 'retry' }), tell({ type: 'continue' })),
  },
  {
    weight: 2,
    arbitrary: always(
      tell({ type: 'send' }),
      tell({ type: 'signed in' }),
      tell({ type: 'model', id: 'other' }),
    ),
  },
  {
    weight: 1,
    arbitrary: always(step('stop ten times', (chat) => chat.tell(...tenStops))),
  },
  {
    weight: 1,
    arbitrary: always(
      step('continue twice', (chat) => chat.tell({ type: 'continue' }, { type: 'continue' })),
    ),
  },
  { weight: 2, arbitrary: onTurn('regenerate', (id) => ({ type: 'regenerate', id })) },
  { weight: 2, arbitrary: onTurn('edit', (id) => ({ type: 'edit', id, text: 'edited' })) },
  { weight: 2, arbitrary: onTurn('choose', (id) => ({ type: 'choose', id })) },
  { weight: 2, arbitrary: onTurn('delete', (id) => ({ type: 'delete', id })) },
  {
    weight: 3,
    arbitrary: always(tell({ type: 'new chat' }), tell({ type: 'undo' }), tell({ type: 'undo' })),
  },
  { weight: 1, arbitrary: always(tell({ type: 'undo expired' }), tell({ type: 'forget' })) },
  {
    weight: 5,
    arbitrary: always(tell({ type: 'offline' }), tell({ type: 'online' }), tell({ type: 'wake' })),
  },
  {
    weight: 5,
    arbitrary: fc
      .nat(1_000)
      .map((n) =>
        say({ type: 'reply.started', replyId: `r${n}`, model: 'demo', repeats: n % 2 === 0 ? 0 : 4 }),
      ),
  },
  { weight: 8, arbitrary: text.map((words) => say({ type: 'reply.delta', text: words })) },
  { weight: 2, arbitrary: fc.nat(9).map((n) => say({ type: 'reply.reasoning', text: `${thought} ${n}` })) },
  {
    weight: 4,
    arbitrary: fc
      .constantFrom('stop', 'length', 'filtered', 'other')
      .map((finishReason) => say({ type: 'reply.finished', finishReason, usage: null })),
  },
  { weight: 6, arbitrary: lost.map((each) => say({ type: 'reply.failed', failure: each })) },
  { weight: 4, arbitrary: failure.map((each) => say({ type: 'reply.failed', failure: each })) },
  {
    weight: 6,
    arbitrary: fc
      .constantFrom(1, 500, 4_000, 10_000, 76_000, 400_000)
      .map((ms) => step(`${ms} ms pass`, (chat) => chat.pass(ms))),
  },
  {
    weight: 1,
    arbitrary: always(
      step('the network flaps', (chat) =>
        chat.tell({ type: 'offline' }, { type: 'online' }, { type: 'offline' }, { type: 'online' }),
      ),
      // Timers stand still in a frozen tab, and the clock does not.
      step('the tab freezes for a minute', (chat) => {
        chat.setClock(60_000)
        chat.tell({ type: 'wake' })
      }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(-3_600_000, -1_000)
      .map((ms) => step(`clock set by ${ms} ms`, (chat) => chat.setClock(ms))),
  },
)

const numRuns = process.env['MAYFLY_TEST_LONG'] ? 20_000 : 300

/** A conversation whose only question was sent, and failed so that it is sent again after a wait. */
function waiting(failure: Failure = { kind: 'rate-limited', retryAfterMs: 20_000 }) {
  const chat = watchConversation({ random: () => 0.5 })
  chat.tell({ type: 'draft', text: 'q1' }, { type: 'send' })
  chat.say({ type: 'reply.failed', failure })
  expect(chat.state()).toBe('backoff')
  return chat
}

test('an online that flaps in a wait neither shortens it nor sends twice', () => {
  const chat = waiting()
  for (let flap = 0; flap < 10; flap += 1) chat.tell({ type: 'offline' }, { type: 'online' })
  expect(chat.calls).toHaveLength(1)
  chat.pass(25_000)
  for (let flap = 0; flap < 10; flap += 1) chat.tell({ type: 'offline' }, { type: 'online' })
  expect(chat.calls).toHaveLength(2)
})

test('an online that flaps while the network is waited for sends once', () => {
  const chat = waiting({ kind: 'network' })
  chat.tell({ type: 'offline' })
  chat.pass(60_000)
  for (let flap = 0; flap < 10; flap += 1) chat.tell({ type: 'online' }, { type: 'offline' })
  expect(chat.calls).toHaveLength(2)
})

test('a clock that is set back in a wait makes it no longer', () => {
  const chat = waiting()
  chat.setClock(-3_600_000)
  chat.pass(25_000)
  expect(chat.calls).toHaveLength(2)
})

test('a tab that was frozen in a wait sends once when it wakes, before its late timers too', () => {
  const chat = waiting()
  chat.setClock(3_600_000)
  chat.tell({ type: 'wake' }, { type: 'wake' })
  expect(chat.calls).toHaveLength(2)
  chat.pass(60_000)
  expect(chat.calls).toHaveLength(2)
})

test('ten stops are one', () => {
  for (const state of ['sending', 'streaming', 'backoff']) {
    const chat = watchConversation()
    chat.tell({ type: 'draft', text: 'q1' }, { type: 'send' })
    if (state === 'streaming') chat.say({ type: 'reply.delta', text: 'a' })
    if (state === 'backoff')
      chat.say({ type: 'reply.failed', failure: { kind: 'busy', retryAfterMs: 2_000 } })
    expect(chat.state()).toBe(state)
    chat.tell(...tenStops)
    expect(chat.state()).toBe('interrupted')
    chat.pass(600_000)
    expect(chat.calls).toHaveLength(1)
  }
})

test('Regenerate while the session has ended keeps both versions, and asks once more after signing in', () => {
  const chat = watchConversation()
  chat.tell({ type: 'draft', text: 'q1' }, { type: 'send' })
  chat.say({ type: 'reply.delta', text: 'a1' }, { type: 'reply.finished', finishReason: 'stop', usage: null })
  chat.tell({ type: 'regenerate', id: 'm2' })
  chat.say({ type: 'reply.failed', failure: { kind: 'session-ended' } })
  expect(chat.state()).toBe('error')
  chat.tell({ type: 'signed in' }, { type: 'signed in' })
  chat.say({ type: 'reply.delta', text: 'a2' }, { type: 'reply.finished', finishReason: 'stop', usage: null })
  expect(chat.calls).toHaveLength(3)
  expect([...chat.context().tree.turns.values()].map((turn) => turn.text)).toEqual(['q1', 'a1', 'a2'])
})

test('however often a question fails before it is answered, there are one question and one reply', () => {
  const end: fc.Arbitrary<ReplyActorEvent[]> = fc.oneof(
    failure.map((each) => [{ type: 'reply.failed' as const, failure: each }]),
    failure.map((each) => [
      { type: 'reply.delta' as const, text: 'half' },
      { type: 'reply.failed' as const, failure: each },
    ]),
    fc.constant<ReplyActorEvent[]>([{ type: 'reply.finished', finishReason: 'stop', usage: null }]),
  )
  let halves = 0
  fc.assert(
    fc.property(fc.array(end, { minLength: 1, maxLength: 12 }), fc.boolean(), (endings, patient) => {
      const chat = watchConversation()
      chat.tell({ type: 'draft', text: 'q1' }, { type: 'send' })
      for (const events of endings) {
        chat.say(...events)
        if (patient && chat.state() === 'backoff') chat.pass(61_000)
        else chat.tell({ type: 'retry' })
      }
      chat.say(
        { type: 'reply.delta', text: 'a1' },
        { type: 'reply.finished', finishReason: 'stop', usage: null },
      )
      expect(chat.state()).toBe('idle')
      const { tree } = chat.context()
      expect(openBranch(tree).map(({ text }) => text)).toEqual(['q1', 'a1'])
      // What was cut short is kept as a version of its own; what failed without a word leaves nothing.
      const halved = endings.filter(({ length }) => length > 1).map(() => 'half')
      expect([...tree.turns.values()].map(({ text }) => text).toSorted()).toEqual(['a1', ...halved, 'q1'])
      halves += halved.length
      // Nothing but the question was ever sent.
      expect(chat.calls.flatMap(({ input }) => input.messages.map(textOf))).toEqual(
        chat.calls.map(() => 'q1'),
      )
    }),
    { numRuns: 200 },
  )
  expect(halves).toBeGreaterThan(20)
})

test(
  'whatever people, servers, networks and clocks do, nothing is lost and nothing runs away',
  { timeout: 600_000 },
  () => {
    const reached = new Set<string>()
    const start = fc.record({ online: fc.boolean(), luck: fc.constantFrom(0, 0.5, 0.999) })
    const steps = fc.array(fc.noShrink(anyStep), { maxLength: 150, size: 'max' })
    fc.assert(
      fc.property(start, steps, ({ online, luck }, walk) => {
        const chat = watchConversation({ online, random: () => luck })
        for (const [i, { act }] of walk.entries()) {
          try {
            act(chat)
          } catch (cause) {
            throw new Error(
              `after ${walk
                .slice(0, i + 1)
                .map((each) => each.name)
                .join(', ')}`,
              { cause },
            )
          }
          reached.add(chat.state())
        }
      }),
      { numRuns },
    )
    expect([...reached].toSorted()).toEqual([
      'backoff',
      'error',
      'idle',
      'interrupted',
      'sending',
      'streaming',
    ])
  },
)

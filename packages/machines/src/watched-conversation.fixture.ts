import assert from 'node:assert/strict'
import { textOf } from '@mayfly/contracts'
import {
  createActor,
  type EventObject,
  fromCallback,
  type InspectionEvent,
  SimulatedClock,
  type SnapshotFrom,
} from 'xstate'
import {
  type ConversationContext,
  type ConversationEvent,
  type ConversationInput,
  conversationMachine,
  type ReplyActorEvent,
  type ReplyInput,
  undoMs,
} from './conversation.ts'
import { thought } from './model.ts'
import {
  canContinue,
  lastTurn,
  openBranch,
  root,
  sentBranch,
  type Tree,
  type Turn,
  versionsOf,
} from './tree.ts'

type Snapshot = SnapshotFrom<typeof conversationMachine>

/** One request that the machine sent. */
type Call = { input: ReplyInput; isOpen: boolean; say: (event: ReplyActorEvent) => void }

/** What made a step: an event by its type, the passing of time, or a clock that was set. */
type Cause = ConversationEvent | { type: 'time' } | { type: 'clock set' }

export const limits = { firstTokenMs: 300_000, silenceMs: 60_000 }

/** The requests of each conversation; one machine serves them all, since making one takes longer than a walk. */
const callsOf = new WeakMap<object, Call[]>()

/** The machine, with a `reply` actor that leaves the answer to the test. */
export const machineWithReplies = conversationMachine.provide({
  actors: {
    reply: fromCallback<EventObject, ReplyInput>(({ input, sendBack, system }) => {
      const call: Call = { input, isOpen: true, say: sendBack }
      callsOf.get(system)?.push(call)
      return () => {
        assert.ok(call.isOpen, 'a reply is closed once')
        call.isOpen = false
      }
    }),
  },
})

const acts = ['send', 'edit', 'regenerate', 'retry', 'continue', 'leave out', 'signed in']
const draftChanges = ['draft', 'send', 'new chat', 'forget']
const lateEvents: ReplyActorEvent[] = [
  { type: 'reply.started', replyId: 'late', model: 'late' },
  { type: 'reply.reasoning', text: `${thought} late` },
  { type: 'reply.delta', text: 'late' },
  { type: 'reply.finished', finishReason: 'stop', usage: null },
  { type: 'reply.failed', failure: { kind: 'network' } },
]

/** What can be read of a turn: the tree's words, or the open reply's that go on from them. */
const shownOf = ({ tree, open }: ConversationContext, id: string) => {
  const turn = tree.turns.get(id)
  if (turn?.role !== 'assistant') return { text: turn?.text ?? '', reasoning: '' }
  return open?.id === id ? open : turn
}

/** Each turn is one version of several after its parent, one of which is chosen, and the open branch is of one piece. */
function assertWhole(tree: Tree) {
  let count = 0
  for (const [parent, versions] of tree.children) {
    assert.ok(parent === root || tree.turns.has(parent), `what follows ${parent} can't be reached`)
    assert.equal(new Set(versions).size, versions.length, 'ids are unique')
    assert.ok(versions.includes(tree.chosen.get(parent) ?? ''), `nothing of what follows ${parent} is chosen`)
    for (const id of versions) {
      assert.equal(tree.turns.get(id)?.parent, parent)
      assert.deepEqual(versionsOf(tree, id), versions)
    }
    count += versions.length
  }
  assert.equal(count, tree.turns.size)
  assert.equal(tree.chosen.size, tree.children.size)
  for (const [place, { role, parent }] of openBranch(tree).entries()) {
    assert.equal(role, place % 2 === 0 ? 'user' : 'assistant')
    assert.equal(parent, openBranch(tree)[place - 1]?.id ?? root)
  }
}

/** A question and its replies. */
const withReplies = ({ children }: Tree, id: string) => [id, ...(children.get(id) ?? [])]

/** Of the branch that was open, all but the question that was deleted, with its reply, is still open. */
function assertJoined(before: Tree, after: Tree, id: string) {
  const gone = withReplies(before, id)
  const words = ({ id, text }: Turn) => [id, text]
  const [was, is] = [openBranch(before), openBranch(after)]
  const left = was.filter((turn) => !gone.includes(turn.id))
  assert.deepEqual(is.slice(0, left.length).map(words), left.map(words))
  // Only where it ended the branch may something else, which could not be reached, take its place.
  if (!gone.includes(was.at(-1)?.id ?? '')) assert.equal(is.length, left.length)
}

/** Every turn of `before` but `gone` is in `tree`, in its place, with at least the words it had. */
function assertKept(
  before: ConversationContext,
  after: ConversationContext,
  tree: Tree,
  gone: readonly string[] = [],
) {
  for (const [id, turn] of before.tree.turns) {
    const kept = tree.turns.get(id)
    if (gone.includes(id)) {
      assert.equal(kept, undefined)
      continue
    }
    assert.ok(kept, `turn ${id} is lost`)
    assert.equal(kept.role, turn.role)
    const parent = gone.includes(turn.parent) ? before.tree.turns.get(gone[0] ?? '')?.parent : turn.parent
    assert.equal(kept.parent, parent)
    const was = shownOf(before, id)
    const is = shownOf({ ...after, tree }, id)
    if (turn.role === 'user') assert.equal(is.text, was.text)
    if (was.text.trim() !== '') assert.ok(is.text.startsWith(was.text), `text of ${id} is lost`)
    // What was thought before a reply that starts over belongs to that one.
    const version = before.open?.id === id && after.open?.id !== id ? (after.open?.reasoning ?? '') : ''
    assert.ok((is.reasoning + version).startsWith(was.reasoning), `reasoning of ${id} is lost`)
  }
}

/**
 * A conversation whose replies, clock and network are in the caller's hand, and which after every step is held to
 * what must be true in all of them. Throws an `AssertionError` at the first step that breaks it.
 */
export function watchConversation(
  input: Partial<ConversationInput> = {},
  inspect?: (event: InspectionEvent) => void,
) {
  const calls: Call[] = []
  const clock = new SimulatedClock()
  let skew = Date.UTC(2026, 0)
  // Who finds the clock ahead of the timers takes it that the machine slept.
  let slept = 0
  const now = () => clock.now() + skew
  const actor = createActor(machineWithReplies, {
    clock,
    input: { ...limits, now, random: () => 0, ...input },
    ...(inspect && { inspect }),
  })
  callsOf.set(actor.system, calls)
  actor.start()

  let sends = 0
  let wasShown = false
  let retryAt = 0
  let putAwayAt = 0
  let unheard: string | null = null

  /** Follows `cause` with what was known before it, and asserts what must hold of the step. */
  function check(before: Snapshot, cause: Cause, called: number) {
    const after = actor.getSnapshot()
    const [was, is] = [before.context, after.context]
    const state = after.value

    assert.notEqual(after.status, 'error')
    if (cause.type === 'clock set') assert.ok(after === before)
    // Only what was said since can be new, and by an id that was never given.
    if (is.tree !== was.tree) assertWhole(is.tree)
    for (const id of is.tree.turns.keys())
      assert.ok(
        was.tree.turns.has(id) || was.undo?.tree.turns.has(id) || Number(id.slice(1)) > was.tree.added,
      )

    // Nothing said or written is lost.
    if (cause.type === 'forget') {
      assert.equal(is.tree.turns.size, 0)
      assert.equal(is.draft, '')
      assert.equal(is.undo, null)
    } else if (cause.type === 'new chat' && was.tree.turns.size > 0) {
      assert.ok(is.undo, 'what is put away can be brought back')
      assert.equal(is.tree.turns.size, 0)
      assert.equal(is.draft, '')
      assert.ok(is.undo.act === 'new chat')
      assert.equal(is.undo.draft, was.draft)
      assertKept(was, is, is.undo.tree)
    } else if (cause.type === 'new chat with question' && is.undo && is.tree !== was.tree) {
      assert.ok(is.undo.act === 'new chat')
      assert.equal(is.tree.turns.size, 0)
      const question = openBranch(was.tree).findLast(({ role }) => role === 'user')?.text ?? ''
      assert.ok(is.draft.startsWith(question) && is.draft.endsWith(was.draft.trim()))
      assert.equal(is.undo.draft, was.draft)
      assertKept(was, is, is.undo.tree)
    } else if (cause.type === 'delete' && is.tree !== was.tree) {
      assertKept(was, is, is.tree, withReplies(was.tree, cause.id))
      assertJoined(was.tree, is.tree, cause.id)
      assert.ok(is.undo?.act === 'delete' && is.undo.tree === was.tree, 'what is deleted can be brought back')
      assert.equal(is.draft, was.draft)
    } else if (cause.type === 'undo' && was.undo?.act === 'delete') {
      assert.ok(is.tree === was.undo.tree)
      assert.equal(is.draft, was.draft)
      assert.equal(is.undo, null)
    } else if (cause.type === 'undo' && was.undo?.act === 'new chat') {
      assert.equal(was.tree.turns.size, 0, 'nothing said since is overwritten')
      assert.ok(is.tree === was.undo.tree)
      assert.ok(is.draft.includes(was.undo.draft.trim()))
      assert.ok(is.draft.includes(was.draft.trim()) || was.draft === was.undo.copy)
    } else {
      assertKept(was, is, is.tree)
      if (is.draft !== was.draft) {
        assert.ok(draftChanges.includes(cause.type), `${cause.type} changed the draft`)
        assert.notEqual(cause.type, 'new chat', 'a draft that nothing brings back was dropped')
        if (cause.type === 'send')
          assert.equal(shownOf(is, openBranch(is.tree).at(-2)?.id ?? '').text, was.draft)
      }
    }
    if (is.undo && is.undo !== was.undo) putAwayAt = clock.now()
    if (was.undo && !is.undo && cause.type === 'time') assert.ok(clock.now() - putAwayAt >= undoMs)

    // A reply is open in two states, waits in a third, and is the last turn of the open branch.
    const open = calls.filter((call) => call.isOpen)
    assert.equal(open.length, state === 'sending' || state === 'streaming' ? 1 : 0)
    assert.equal(is.open !== null, ['sending', 'streaming', 'backoff'].includes(state))
    if (is.open) assert.equal(lastTurn(is.tree)?.id, is.open.id)
    for (const turn of is.tree.turns.values()) {
      if (turn.role === 'user') continue
      assert.equal(turn.ending === null, turn.id === is.open?.id, 'only the open reply has no ending')
      assert.ok(turn.ms >= 0 && turn.thoughtMs >= 0, 'no reply took less than no time')
    }

    // There is always a way on.
    assert.ok(after.can({ type: 'draft', text: 'x' }))
    assert.equal(after.can({ type: 'new chat' }), is.tree.turns.size > 0)
    if (is.open) assert.ok(after.can({ type: 'stop' }))
    else {
      assert.equal(after.can({ type: 'send' }), is.draft.trim() !== '')
      for (const { id, role } of is.tree.turns.values())
        assert.equal(after.can({ type: 'delete', id }), role === 'user')
      if (state !== 'idle') assert.ok(after.can({ type: 'retry' }))
      assert.equal(after.can({ type: 'continue' }), state === 'interrupted' && canContinue(lastTurn(is.tree)))
    }

    // What goes out by itself is bounded, patient, and never repeats what was shown.
    if (cause.type === 'reply.failed') {
      if (state === 'backoff' && cause.failure.kind === 'network' && !was.online) sends -= 1
      retryAt = clock.now() + slept + (cause.failure.retryAfterMs ?? 0)
    }
    if (cause.type === 'reply.started' && before.value === 'sending') unheard = cause.replyId
    if (cause.type === 'reply.finished' || cause.type === 'forget') unheard = null
    if (cause.type === 'reply.delta' || cause.type === 'reply.reasoning') wasShown = true
    assert.ok(calls.length <= called + 1)
    const call = calls[called]
    if (call) {
      if (acts.includes(cause.type)) {
        sends = 0
        wasShown = false
      } else {
        assert.equal(wasShown, false, 'something was shown')
        assert.ok(clock.now() + slept >= retryAt, 'a Retry-After is running')
        assert.ok(
          is.online || !['network', 'offline'].includes(was.failure?.kind ?? ''),
          'there is no network',
        )
      }
      sends += 1
      assert.ok(sends <= 4, 'sent more than four times')
      assert.equal(call.input.replaces, unheard)
      checkAsked(call.input, is)
    }

    // Who was hung up on is not heard any more.
    for (const closed of calls.filter((each) => !each.isOpen).slice(-2)) {
      for (const event of lateEvents) closed.say(event)
      assert.ok(actor.getSnapshot() === after, 'a late event changed something')
    }
  }

  /** The model is asked with the open branch's words, all of them and nothing else, speaking by turns. */
  function checkAsked({ messages, continues }: ReplyInput, { tree, open }: ConversationContext) {
    const branch = sentBranch(tree).slice(0, continues ? undefined : -1)
    const words = branch
      .filter(({ role, text }) => role === 'user' || text.trim() !== '')
      .map(({ text }) => text)
    assert.equal(messages.map(textOf).join('\n\n'), words.join('\n\n'))
    assert.ok(messages.every(({ role }, i) => role === (i % 2 === 0 ? 'user' : 'assistant')))
    assert.equal(messages.at(-1)?.role, continues ? 'assistant' : 'user')
    assert.ok(!JSON.stringify(messages).includes(thought), 'reasoning was sent upstream')
    if (continues) assert.equal(textOf(messages.at(-1) ?? { role: 'user', parts: [] }), open?.text)
  }

  function step(cause: Cause, act: () => void) {
    const before = actor.getSnapshot()
    const called = calls.length
    act()
    check(before, cause, called)
  }

  return {
    calls,
    clock,
    now,
    snapshot: () => actor.getSnapshot(),
    state: () => actor.getSnapshot().value,
    context: () => actor.getSnapshot().context,
    /** The open branch's last turn, which is a reply. */
    reply() {
      const turn = lastTurn(actor.getSnapshot().context.tree)
      assert.ok(turn?.role === 'assistant')
      return turn
    },
    /** The texts of the latest request, as `role: text`. */
    asked: () => calls.at(-1)?.input.messages.map((message) => `${message.role}: ${textOf(message)}`),
    /** Sends events one by one. */
    tell(...events: ConversationEvent[]) {
      for (const event of events) step(event, () => actor.send(event))
    },
    /** Lets the open request, if there is one, report something. */
    say(...events: ReplyActorEvent[]) {
      for (const event of events) {
        const call = calls.findLast((each) => each.isOpen)
        if (call) step(event, () => call.say(event))
      }
    },
    /** Lets time pass, in ms, as one jump: what falls due in between is done at its end. */
    pass(ms: number) {
      step({ type: 'time' }, () => clock.increment(ms))
    },
    /** Sets the wall clock back or forth, in ms, while no time passes. */
    setClock(ms: number) {
      slept += Math.max(0, ms)
      step({ type: 'clock set' }, () => void (skew += ms))
    },
  }
}

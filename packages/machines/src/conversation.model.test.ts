import assert from 'node:assert/strict'
import { expect, test } from 'vitest'
import type { AnyTransitionDefinition, InspectionEvent } from 'xstate'
import { adjacencyMapToArray, getAdjacencyMap } from 'xstate/graph'
import type { ConversationEvent, ReplyActorEvent } from './conversation.ts'
import { lastTurn, leaveOutOldest, type Turn } from './tree.ts'
import {
  limits,
  type Snapshot,
  thought,
  watchConversation,
  machineWithReplies as machine,
} from './watched-conversation.fixture.ts'

const events: ConversationEvent[] = [
  { type: 'draft', text: 'question' },
  { type: 'draft', text: '' },
  { type: 'model', id: 'other' },
  { type: 'send' },
  { type: 'stop' },
  { type: 'retry' },
  { type: 'continue' },
  { type: 'regenerate', id: 'm2' },
  { type: 'edit', id: 'm1', text: 'edited' },
  { type: 'choose', id: 'm2' },
  { type: 'choose', id: 'm4' },
  { type: 'new chat' },
  { type: 'leave out' },
  { type: 'new chat with question' },
  { type: 'undo' },
  { type: 'undo expired' },
  { type: 'forget' },
  { type: 'signed in' },
  { type: 'online' },
  { type: 'offline' },
  { type: 'wake' },
  { type: 'reply.started', replyId: 'r1', model: 'demo' },
  { type: 'reply.reasoning', text: `${thought} hm` },
  { type: 'reply.delta', text: 'text' },
  { type: 'reply.delta', text: ' ' },
  { type: 'reply.finished', finishReason: 'stop', usage: null },
  { type: 'reply.finished', finishReason: 'length', usage: null },
  { type: 'reply.failed', failure: { kind: 'network' } },
  { type: 'reply.failed', failure: { kind: 'rate-limited', retryAfterMs: 20_000 } },
  { type: 'reply.failed', failure: { kind: 'session-ended' } },
  { type: 'reply.failed', failure: { kind: 'context-too-long' } },
]
// Timers are events to XState, which the machine's type leaves out, and which `events` would leave out of the graph.
const timers = machine.events
  .filter((type) => type.startsWith('xstate.after.'))
  .map((type) => ({ type }) as ConversationEvent)

const kindOf = (text: string) => (text === '' ? 'none' : text.trim() === '' ? 'blank' : 'text')

function endOf(turn: Turn | undefined) {
  if (turn?.role !== 'assistant') return null
  return [kindOf(turn.text), turn.ending?.type === 'failed' ? turn.ending.failure.kind : turn.ending?.type]
}

/** What decides what may happen next; without lengths, times and numbers the model comes to an end. */
function abstract({ value, context }: Snapshot): string {
  const { tree, open, draft, online, undo, failure, sends, now, resumeAt } = context
  return JSON.stringify([
    value,
    tree.turns.size,
    endOf(lastTurn(tree)),
    leaveOutOldest(tree) !== null,
    open
      ? [kindOf(open.text), kindOf(open.reasoning), open.continues !== null, open.seam, sends, online]
      : draft,
    value === 'backoff' && [failure?.kind, now() >= resumeAt],
    undo !== null,
  ])
}

/** A second question or a second version shows all that more of them would. */
const maxTurns = 3
const adds = ['send', 'edit', 'regenerate', 'retry']

const options = {
  input: { ...limits, now: () => 0, random: () => 0 },
  events: [...events, ...timers],
  serializeState: abstract,
  limit: 50_000,
  filterEvents: (state: Snapshot, event: { type: string }) =>
    state.context.tree.turns.size < maxTurns || !adds.includes(event.type),
}

type Path = readonly ConversationEvent[]

const edges = adjacencyMapToArray(getAdjacencyMap(machine, options))

/** The shortest path to each state of the graph, which was explored breadth first. */
function pathsToStates(): Map<Snapshot, Path> {
  const states = new Set(edges.map((edge) => edge.state))
  const paths = new Map<Snapshot, Path>()
  for (const { state, event, nextState } of edges) {
    const path = paths.get(state) ?? []
    paths.set(state, path)
    if (states.has(nextState) && !paths.has(nextState)) paths.set(nextState, [...path, event])
  }
  return paths
}

type Watched = ReturnType<typeof watchConversation>

/** Makes an event of the model happen: by the person, by the open reply, or by letting its time pass. */
function perform(chat: Watched, event: ConversationEvent) {
  const timer = timers.includes(event) ? event.type.split('.')[2] : undefined
  if (timer === 'firstToken') chat.pass(limits.firstTokenMs + 15_000)
  else if (timer === 'silence') chat.pass(limits.silenceMs + 15_000)
  else if (timer === 'wait') chat.pass(Math.max(0, chat.context().resumeAt - chat.now()))
  else if (isOfReply(event)) chat.say(event)
  else chat.tell(event)
}
const isOfReply = (event: ConversationEvent): event is ReplyActorEvent => event.type.startsWith('reply.')

/** A transition by where it is taken and where it is written, which need not be the same state. */
function nameOf(state: string, { source, eventType }: AnyTransitionDefinition, place: number) {
  const nth = place === 0 ? '' : `, case ${place + 1}`
  return `${state}: ${eventType || 'always'}${nth}${source.key === state ? '' : ' (of the whole)'}`
}

/** Every transition that the chart has, in every state that it can be taken in. */
function transitionsOfChart(): string[] {
  return Object.entries(machine.states).flatMap(([state, node]) => {
    const own = [...node.transitions.values(), node.always ?? []]
    const always = (cases: readonly AnyTransitionDefinition[] = []) => cases.some((each) => !each.guard)
    const inherited = [...machine.root.transitions].filter(([event]) => !always(node.transitions.get(event)))
    return [...own, ...inherited.map(([, cases]) => cases)].flatMap((cases) =>
      cases.map((each, place) => nameOf(state, each, place)),
    )
  })
}

/** Writes down which transitions a conversation takes. */
function noteTransitions(walked: Set<string>) {
  let state = ''
  return (inspected: InspectionEvent) => {
    if (inspected.type !== '@xstate.microstep') return
    for (const taken of inspected._transitions) {
      const { source, eventType } = taken
      const cases = eventType === '' ? source.always : source.transitions.get(eventType)
      walked.add(nameOf(state, taken, cases?.indexOf(taken) ?? -1))
    }
    if ('value' in inspected.snapshot) state = String(inspected.snapshot.value)
  }
}

function assertState(chat: Watched, expected: Snapshot, path: Path) {
  assert.equal(abstract(chat.snapshot()), abstract(expected), path.map((event) => event.type).join(', '))
}

test(
  'every transition of the chart is walked, and on none of the ways is anything lost',
  { timeout: 60_000 },
  () => {
    const walked = new Set<string>()
    const ways = Map.groupBy(edges, (edge) => edge.state)
    for (const [state, path] of pathsToStates()) {
      const start = () => {
        const chat = watchConversation({ random: () => 0 }, noteTransitions(walked))
        for (const event of path) perform(chat, event)
        return chat
      }
      const bystander = start()
      assertState(bystander, state, path)
      for (const { event, nextState } of ways.get(state) ?? []) {
        if (state.can(event)) {
          const chat = start()
          perform(chat, event)
          assertState(chat, nextState, [...path, event])
        } else if (!timers.includes(event)) {
          const before = bystander.snapshot()
          bystander.tell(event)
          assert.ok(bystander.snapshot() === before, `${event.type} is no way out of ${state.value}`)
        }
      }
    }

    const missing = transitionsOfChart().filter((transition) => !walked.has(transition))
    // Whatever is asked ends what can be undone, so nothing is left to undo where anything was asked.
    const asked = ['sending', 'streaming', 'interrupted', 'error', 'backoff']
    expect(missing.toSorted()).toEqual(asked.map((state) => `${state}: undo (of the whole)`).toSorted())
  },
)

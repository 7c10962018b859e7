import {
  type AnyTransitionDefinition,
  createActor,
  fromCallback,
  fromTransition,
  type InspectionEvent,
  initialTransition,
  SimulatedClock,
  type SnapshotFrom,
  transition,
} from 'xstate'
import { adjacencyMapToArray, getAdjacencyMap } from 'xstate/graph'
import {
  type ConversationEvent,
  type ConversationInput,
  conversationMachine as machine,
  patience,
  undoMs,
} from './conversation.ts'
import { lastTurn, leaveOutOldest, openBranch, type Turn, versionsOf } from './tree.ts'

export type { ConversationEvent }

/** A conversation at one moment. */
export type Snapshot = SnapshotFrom<typeof machine>

/** All reasoning said in tests holds this word, and no text does. */
export const thought = 'thought:'

/** All that may happen to a conversation, by the person, the server or the browser. */
const acts: readonly ConversationEvent[] = [
  { type: 'draft', text: 'question' },
  { type: 'draft', text: '' },
  { type: 'model', id: 'river-2' },
  { type: 'send' },
  { type: 'stop' },
  { type: 'retry' },
  { type: 'continue' },
  { type: 'regenerate', id: 'm2' },
  { type: 'edit', id: 'm1', text: 'edited' },
  { type: 'choose', id: 'm2' },
  { type: 'choose', id: 'm4' },
  { type: 'delete', id: 'm1' },
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

/** Every event that the machine knows, its own timers included. */
export const alphabet: readonly ConversationEvent[] = [...acts, ...timers]

/** How long a timer's event takes to come about from here, in ms; null for an event that is no timer's. */
export function msUntil(event: ConversationEvent, { context }: Snapshot): number | null {
  if (event.type === 'undo expired') return undoMs
  if (!timers.includes(event)) return null
  switch (event.type.split('.')[2]) {
    case 'firstToken':
      return context.firstTokenMs + patience
    case 'silence':
      return context.silenceMs + patience
    default:
      return Math.max(0, context.resumeAt - context.now())
  }
}

const kindOf = (text: string) => (text === '' ? 'none' : text.trim() === '' ? 'blank' : 'text')

function endOf(turn: Turn | undefined) {
  if (turn?.role !== 'assistant') return null
  return [kindOf(turn.text), turn.ending?.type === 'failed' ? turn.ending.failure.kind : turn.ending?.type]
}

/** What a person sees of a conversation: how its last reply ended or how it grows, and what is waited for. */
function situationOf({ value, context }: Snapshot) {
  const { tree, open, undo, failure, now, resumeAt } = context
  return [
    value,
    endOf(lastTurn(tree)),
    open && [
      kindOf(open.text),
      kindOf(open.reasoning),
      open.continues !== null,
      open.seam && kindOf(open.seam.after),
    ],
    value === 'backoff' && [failure?.kind, now() >= resumeAt],
    undo?.act,
  ]
}

/** What decides what may happen next; without lengths, times and numbers the model comes to an end. */
export function abstract(chat: Snapshot): string {
  const { tree, open, draft, sends, online } = chat.context
  const branch = openBranch(tree).map(({ id, text }) => [id, versionsOf(tree, id).length, text.trim() !== ''])
  const turns = [tree.added, tree.turns.size, branch, leaveOutOldest(tree) !== null]
  return JSON.stringify([situationOf(chat), turns, open ? [sends, online] : draft])
}

/** A conversation, and what around it decides which events can come. */
export type World = {
  readonly chat: Snapshot
  /** The time of `undo` runs, also when nothing can be undone any more. */
  readonly undoRuns: boolean
  /** Nobody is signed in. */
  readonly signedOut: boolean
}

function begin(): World {
  const input = { firstTokenMs: 300_000, silenceMs: 60_000, now: () => 0, random: () => 0 }
  return { chat: initialTransition(machine, input)[0], undoRuns: false, signedOut: false }
}

function follow(world: World, event: ConversationEvent): World {
  const [chat] = transition(machine, world.chat, event)
  const putAway = chat.context.undo !== null && chat.context.undo !== world.chat.context.undo
  const isOver = event.type === 'undo expired' || event.type === 'forget'
  const ends = event.type === 'reply.failed' && event.failure.kind === 'session-ended'
  return {
    chat,
    undoRuns: putAway || (world.undoRuns && !isOver),
    signedOut: ends || (world.signedOut && event.type !== 'signed in' && event.type !== 'forget'),
  }
}

/** A second question or a second version shows all that more of them would: what adds turns does so below this many. */
const mostTurns: Partial<Record<ConversationEvent['type'], number>> = {
  send: 3,
  edit: 3,
  retry: 3,
  regenerate: 5,
}

/** What goes on while nobody is signed in, and nothing can be pressed but what signs somebody in. */
const goesOnUnseen = ['signed in', 'forget', 'undo expired', 'online', 'offline', 'wake']

/** Whether an event can come about at all: who is hung up on says nothing, and time passes for all timers alike. */
function canCome({ chat, undoRuns, signedOut }: World, event: ConversationEvent): boolean {
  const { value, context } = chat
  if (signedOut && !goesOnUnseen.includes(event.type)) return false
  if (context.tree.added >= (mostTurns[event.type] ?? Infinity)) return false
  if (event.type.startsWith('reply.')) return value === 'sending' || value === 'streaming'
  if (event.type === 'signed in') return signedOut
  if (event.type === 'undo expired')
    return undoRuns && (value !== 'backoff' || context.resumeAt > context.now() + undoMs)
  if (timers.includes(event))
    return event.type.endsWith(`.${value}`) && (!undoRuns || (msUntil(event, chat) ?? 0) < undoMs)
  return true
}

const keyOf = ({ chat, ...around }: World) => abstract(chat) + JSON.stringify(around)

/** One event of the model, with what was before it and what is after. */
export type Step = { readonly event: ConversationEvent; readonly from: World; readonly to: World }

/** Every state of the model with all that can happen in it, and what then is; the states come breadth first. */
export function exploreModel(): Step[] {
  const map = getAdjacencyMap(fromTransition(follow, begin), {
    events: alphabet,
    serializeState: ({ context }) => keyOf(context),
    filterEvents: ({ context }, event) => canCome(context, event),
    limit: 100_000,
  })
  return adjacencyMapToArray(map).map(({ state, event, nextState }) => ({
    from: state.context,
    event,
    to: nextState.context,
  }))
}

/** One message of the open branch as it can be read, with the ids of all its versions, oldest first. */
export type MessageSeen = {
  id: string
  role: Turn['role']
  text: string
  reasoning: string
  versions: readonly string[]
}

/** What can be read of a conversation, from its first message on. */
export function messagesOf({ context: { tree, open } }: Snapshot): MessageSeen[] {
  return openBranch(tree).map((turn) => {
    const shown = turn.id === open?.id ? open : turn
    return {
      id: turn.id,
      role: turn.role,
      text: shown.text,
      reasoning: 'reasoning' in shown ? shown.reasoning : '',
      versions: versionsOf(tree, turn.id),
    }
  })
}

/**
 * A conversation that asks nobody: what replies say, and how time goes by, is in the caller's hand, as is all else.
 * `input` is the machine's; its times begin with 0 ms and go on with `pass`.
 */
export function conductConversation(
  input: Omit<ConversationInput, 'now'>,
  inspect: (event: InspectionEvent) => void,
): { tell: (event: ConversationEvent) => void; pass: (ms: number) => void; snapshot: () => Snapshot } {
  const clock = new SimulatedClock()
  const actor = createActor(machine.provide({ actors: { reply: fromCallback(() => {}) } }), {
    clock,
    inspect,
    input: { ...input, now: () => clock.now() },
  }).start()
  return {
    tell: (event) => actor.send(event),
    pass: (ms) => clock.increment(ms),
    snapshot: () => actor.getSnapshot(),
  }
}

/** A transition by where it is taken and where it is written, which need not be the same state. */
function nameOf(state: string, taken: AnyTransitionDefinition): string {
  const { source, eventType } = taken
  const place = (eventType === '' ? source.always : source.transitions.get(eventType))?.indexOf(taken) ?? 0
  const nth = place > 0 ? `, case ${place + 1}` : ''
  return `${state}: ${eventType || 'always'}${nth}${source.key === state ? '' : ' (of the whole)'}`
}

/** The names of all transitions that the chart has, in every state that they can be taken in. */
export function transitionsOfChart(): string[] {
  return Object.entries(machine.states).flatMap(([state, node]) => {
    const own = [...node.transitions.values(), node.always ?? []]
    const always = (cases: readonly AnyTransitionDefinition[] = []) => cases.some((each) => !each.guard)
    const inherited = [...machine.root.transitions].filter(([event]) => !always(node.transitions.get(event)))
    return [...own, ...inherited.map(([, cases]) => cases)].flat().map((each) => nameOf(state, each))
  })
}

/** What no conversation comes to: whatever is asked ends what can be undone, so that nothing is left to undo by then. */
export const neverTaken: readonly string[] = ['sending', 'streaming', 'backoff'].map(
  (state) => `${state}: undo (of the whole)`,
)

/** Returns what to inspect an actor with, so that the names of the transitions which it takes come into `walked`. */
export function noteTransitions(walked: Set<string>): (inspected: InspectionEvent) => void {
  let state = String(machine.config.initial)
  return (inspected) => {
    if (inspected.type !== '@xstate.microstep') return
    for (const taken of inspected._transitions) walked.add(nameOf(state, taken))
    if ('value' in inspected.snapshot) state = String(inspected.snapshot.value)
  }
}

/** What happens to a conversation from its beginning on. */
export type Walk = readonly Step[]

export type WalkOptions = {
  /** What is to be walked: each transition, with each state that it leads to, or that in each situation there is. */
  every: 'transition' | 'situation'
  /** Picks among ways of the same length. */
  seed: number
  /** From this length on, a walk is ended. */
  longest: number
  /** Whether whoever walks can make an event happen. */
  can: (world: World, event: ConversationEvent) => boolean
}

/**
 * Long walks which, between them, take what is to be walked, each going to the nearest thing that is left. As nothing
 * of a conversation is left after `forget`, that is only ever a walk's last step.
 */
export function planWalks({ every, seed, longest, can }: WalkOptions): Walk[] {
  const goalOf = ({ from, event, to }: Step) => {
    if (from.chat === to.chat && from.signedOut === to.signedOut) return null
    const taken = machine.getTransitionData(from.chat, event)
    const names = taken.map((each) => nameOf(String(from.chat.value), each))
    return JSON.stringify([names, to.chat.value, every === 'situation' && [situationOf(from.chat), event]])
  }
  const arcs = shuffle(exploreModel(), createRandom(seed))
    .filter(({ from, event }) => can(from, event))
    .map((edge) => ({ event: edge.event, from: keyOf(edge.from), to: keyOf(edge.to), goal: goalOf(edge) }))
  type Arc = (typeof arcs)[number]
  const ways = Map.groupBy(arcs, ({ from }) => from)
  const left = new Set(arcs.map(({ goal }) => goal))
  left.delete(null)

  /** The shortest way from `start` to something that is left; to an end of the walk, or to anything else. */
  function wayOn(start: string, toEnd: boolean, missed: ReadonlySet<Arc>): Arc[] | null {
    const cameBy = new Map<string, Arc | null>([[start, null]])
    for (const at of cameBy.keys()) {
      for (const arc of ways.get(at) ?? []) {
        const isEnd = arc.event.type === 'forget'
        if (isEnd === toEnd && left.has(arc.goal) && !missed.has(arc)) return wayTo(arc, cameBy)
        if (!isEnd && !cameBy.has(arc.to)) cameBy.set(arc.to, arc)
      }
    }
    return null
  }

  function wayTo(last: Arc, cameBy: ReadonlyMap<string, Arc | null>): Arc[] {
    const way = [last]
    for (let arc = cameBy.get(last.from); arc; arc = cameBy.get(arc.from)) way.unshift(arc)
    return way
  }

  /** The steps to the nearest thing that is left. The model leaves out what seldom matters, so each way is tried. */
  function stepsOn(start: World, toEnd: boolean): Step[] | null {
    const missed = new Set<Arc>()
    while (missed.size < mostTries) {
      const way = wayOn(keyOf(start), toEnd, missed)
      const last = way?.at(-1)
      if (!way || !last) return null
      const steps: Step[] = []
      let from = start
      for (const { event } of way) {
        if (!canCome(from, event) || !can(from, event)) break
        const to = follow(from, event)
        steps.push({ event, from, to })
        from = to
      }
      if (steps.some((step) => goalOf(step) === last.goal)) return steps
      missed.add(last)
    }
    return null
  }

  function walk(): Walk {
    const steps: Step[] = []
    for (let world = begin(); ;) {
      const goesOn = steps.length < longest ? stepsOn(world, false) : null
      const next = goesOn ?? stepsOn(world, true) ?? []
      steps.push(...next)
      for (const step of next) left.delete(goalOf(step))
      world = steps.at(-1)?.to ?? world
      if (!goesOn) return steps
    }
  }

  const walks: Walk[] = []
  for (let next = walk(); next.length > 0; next = walk()) walks.push(next)
  return walks
}

/** Of the ways from one place, so many are tried before the walk is ended there. */
const mostTries = 50

/** Chance that a seed decides, from 0 to 1 (the linear congruential generator of C's `rand`, by its high bits). */
function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return state / 2 ** 32
  }
}

function shuffle<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, place: random() }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ item }) => item)
}

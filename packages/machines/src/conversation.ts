import type { Failure, FinishReason, Message, Usage } from '@mayfly/contracts'
import { wayOn } from '@mayfly/contracts/failure'
import {
  type ActorRefFrom,
  and,
  assign,
  enqueueActions,
  type EventObject,
  fromCallback,
  setup,
  spawnChild,
  stopChild,
} from 'xstate'
import { jitteredWait, mayRetry } from './backoff.ts'
import { join, type Seam, type SeamEnd } from './seam.ts'
import {
  addQuestion,
  addReply,
  canContinue,
  changeReply,
  choose,
  emptyTree,
  type Ending,
  hasWords,
  isInterrupted,
  isMissing,
  isTooLong,
  lastTurn,
  leaveOutOldest,
  openBranch,
  removeQuestion,
  reopenReply,
  root,
  sentBranch,
  type Tree,
  transcript,
} from './tree.ts'

export type ConversationInput = {
  /** The server's own limits on silence, in ms; the machine's are longer and exist for a broken server. */
  firstTokenMs: number
  silenceMs: number
  model?: string | null
  online?: boolean
  now?: () => number
  random?: () => number
}

/** The reply on its way. Its text lives here and not in the tree, so that a delta copies nothing. */
export type OpenReply = {
  id: string
  text: string
  reasoning: string
  /** How the reply had ended before, when this send goes on with its text. */
  continues: Ending | null
  /** What has come of a continuation and can't be joined to the text yet; null where nothing has to be joined. */
  seam: Seam | null
  model: string | null
  sentAt: number
  thoughtMs: number
}

/** What the `reply` actor is asked for. */
export type ReplyInput = {
  messages: Message[]
  model: string | null
  continues: boolean
  replaces: string | null
}

/** What the `reply` actor answers; the end is one `finished` or `failed`. */
export type ReplyActorEvent =
  /** `repeats`: how much of the end of a partial reply the model was asked to say again first; see `Seam`. */
  | { type: 'reply.started'; replyId: string; model: string; repeats?: number }
  | { type: 'reply.reasoning'; text: string }
  | { type: 'reply.delta'; text: string }
  | { type: 'reply.finished'; finishReason: FinishReason; usage: Usage | null }
  | { type: 'reply.failed'; failure: Failure }

export type ConversationEvent =
  | ReplyActorEvent
  | { type: 'draft'; text: string }
  | { type: 'model'; id: string }
  /** Sends the draft, or a text that was chosen and not typed; the draft then stays. */
  | { type: 'send'; text?: string }
  | { type: 'stop' }
  | { type: 'retry' }
  | { type: 'continue' }
  | { type: 'regenerate'; id: string }
  | { type: 'edit'; id: string; text: string }
  | { type: 'choose'; id: string }
  /** Takes a question out of the conversation, with its replies. */
  | { type: 'delete'; id: string }
  | { type: 'new chat' }
  /** Both lead on from a reply for which too much was sent. */
  | { type: 'leave out' }
  | { type: 'new chat with question' }
  | { type: 'undo' }
  | { type: 'undo expired' }
  | { type: 'forget' }
  | { type: 'signed in' }
  | { type: 'online' }
  | { type: 'offline' }
  | { type: 'wake' }

/** A running conversation. */
export type ConversationActor = ActorRefFrom<typeof conversationMachine>

export type ConversationContext = {
  readonly firstTokenMs: number
  readonly silenceMs: number
  readonly now: () => number
  readonly random: () => number
  tree: Tree
  draft: string
  model: string | null
  /** Set from the first send of a reply until it comes to rest, through every wait. */
  open: OpenReply | null
  /** Why the last send failed, while another one is to follow. */
  failure: Failure | null
  /** Sends since the person last acted, and the time they and their waits took. */
  sends: number
  spentMs: number
  /** When the wait is over, by `now`. */
  resumeAt: number
  online: boolean
  /** The server's id of the last reply whose end was not heard; the next request takes its place. */
  unheard: string | null
  undo: Undo | null
}

/** What the person's last act took away, for as long as it can be undone. */
export type Undo =
  | { act: 'delete'; tree: Tree }
  /** `copy` is the question that stands in the new draft too. */
  | { act: 'new chat'; tree: Tree; draft: string; copy: string }

/** How long `new chat` and `delete` can be undone, in ms. */
export const undoMs = 10_000

/** How much longer than the server's watchdogs the machine's own wait, in ms. */
export const patience = 15_000

type On<Type extends ConversationEvent['type']> = { event: Extract<ConversationEvent, { type: Type }> }

/** What a person may ask for whenever no reply is on its way. */
const asks = {
  send: {
    guard: { type: 'hasText', params: ({ event }: On<'send'>) => event },
    target: 'sending',
    actions: { type: 'ask', params: ({ event }: On<'send'>) => event },
  },
  edit: {
    guard: { type: 'isQuestion', params: ({ event }: On<'edit'>) => event },
    target: 'sending',
    actions: { type: 'askEdited', params: ({ event }: On<'edit'>) => event },
  },
  regenerate: {
    guard: { type: 'isReply', params: ({ event }: On<'regenerate'>) => event },
    target: 'sending',
    actions: { type: 'askAgain', params: ({ event }: On<'regenerate'>) => event },
  },
  choose: {
    guard: { type: 'isTurn', params: ({ event }: On<'choose'>) => event },
    target: 'idle',
    actions: { type: 'choose', params: ({ event }: On<'choose'>) => event },
  },
  delete: {
    guard: { type: 'canDelete', params: ({ event }: On<'delete'>) => event },
    target: 'idle',
    actions: [{ type: 'remove', params: ({ event }: On<'delete'>) => event }, 'startUndo'],
  },
} as const

const newChatWithQuestion = {
  guard: 'lastIsTooLong',
  target: 'idle',
  actions: ['putAwayForQuestion', 'startUndo'],
} as const

const tryAgain = { target: 'sending', actions: [{ type: 'askAgain', params: { id: null } }] } as const

const settleStopped = { type: 'settle', params: { ending: { type: 'stopped' } } } as const
const settleSilent = { type: 'settleFailed', params: { failure: { kind: 'silent' } } } as const
const settleFailed = { type: 'settleFailed', params: ({ event }: On<'reply.failed'>) => event } as const
const settleEmpty = { type: 'settle', params: { ending: { type: 'empty' } } } as const
const settleFinished = {
  type: 'settle',
  params: ({ event }: On<'reply.finished'>): { ending: Ending; usage: Usage | null } => ({
    ending: { type: 'finished', finishReason: event.finishReason },
    usage: event.usage,
  }),
} as const

/** The reply's last word, wherever it comes. */
const finished = [
  { guard: 'isEmpty', target: 'error', actions: settleEmpty },
  { target: 'idle', actions: settleFinished },
] as const

/** What belongs to the conversation itself, before anything was said. */
const nothingSaid = {
  tree: emptyTree,
  draft: '',
  open: null,
  failure: null,
  sends: 0,
  spentMs: 0,
  resumeAt: 0,
} as const

/** An act of the person that asks for a reply: the count of sends starts anew, and nothing can be undone any more. */
const begin = (context: ConversationContext, tree: Tree, id: string) => ({
  tree,
  open: {
    id,
    text: '',
    reasoning: '',
    continues: null,
    seam: null,
    model: null,
    sentAt: context.now(),
    thoughtMs: 0,
  } satisfies OpenReply,
  failure: null,
  sends: 0,
  spentMs: 0,
  undo: null,
})

/** The time the running send has taken, in ms; none when the clock was set back meanwhile. */
const attemptMs = ({ open, now }: ConversationContext) => (open ? Math.max(0, now() - open.sentAt) : 0)

const addUsage = (one: Usage | null, other: Usage | null): Usage | null =>
  one && other ? { input: one.input + other.input, output: one.output + other.output } : (one ?? other)

/** The context with a piece of the reply's text in its place. Behind a seam it may have to wait for more, unless it ends. */
function appended(
  context: ConversationContext,
  piece: string,
  end: SeamEnd = 'open',
): Pick<ConversationContext, 'open' | 'tree'> {
  const { open, tree } = context
  if (!open) return { open, tree }
  const thoughtMs = open.text === '' && open.reasoning !== '' ? attemptMs(context) : open.thoughtMs
  if (open.seam === null) return { open: { ...open, text: open.text + piece, thoughtMs }, tree }

  const seam = { ...open.seam, after: open.seam.after + piece }
  const joined = join(open.text, seam, end)
  if (joined.type === 'undecided') return { open: { ...open, seam }, tree }
  if (joined.type === 'goes on') return { open: { ...open, text: open.text + joined.text, seam: null }, tree }
  // The reply stays as it was, and what has come since is another one beside it.
  const before = tree.turns.get(open.id)
  if (before?.role !== 'assistant') return { open, tree }
  const version = addReply(changeReply(tree, open.id, { ending: open.continues }), before.parent)
  const reasoning = open.reasoning.slice(before.reasoning.length)
  const { id } = version
  return {
    tree: changeReply(version.tree, id, { startsOver: true }),
    open: { ...open, id, text: joined.text, reasoning, continues: null, seam: null, thoughtMs: 0 },
  }
}

/** Puts what has arrived into the tree, with how it ended. */
function settled(context: ConversationContext, ending: Ending, usage: Usage | null) {
  const { open, tree } = appended(context, '', ending.type === 'finished' ? 'finished' : 'cut')
  if (!open) return {}
  const { text, reasoning, model, thoughtMs } = open
  // What the earlier parts of a continued reply took stands in the tree, and this part's is added to it.
  const before = open.continues ? tree.turns.get(open.id) : undefined
  const earlier = before?.role === 'assistant' ? before : { ms: 0, usage: null }
  const spent = { ms: earlier.ms + attemptMs(context), usage: addUsage(earlier.usage, usage) }
  const change = { text, reasoning, model, thoughtMs, ending, ...spent }
  const heard = ending.type === 'finished' || ending.type === 'empty'
  return {
    tree: changeReply(tree, open.id, change),
    open: null,
    failure: null,
    unheard: heard ? null : context.unheard,
  }
}

/**
 * One conversation: what has been said, what is being written, and what may happen next. It is started with
 * `ConversationInput` and needs one effect by name, the actor `reply`, which sends one request and reports it.
 */
export const conversationMachine = setup({
  types: {
    input: {} as ConversationInput,
    context: {} as ConversationContext,
    events: {} as ConversationEvent,
  },
  actors: {
    reply: fromCallback<EventObject, ReplyInput>(() => {
      throw new Error('the conversation was started without its `reply` actor')
    }),
  },
  delays: {
    firstToken: ({ context }) => context.firstTokenMs + patience,
    silence: ({ context }) => context.silenceMs + patience,
    wait: ({ context }) => Math.max(0, context.resumeAt - context.now()),
  },
  guards: {
    hasText: ({ context }, { text = context.draft }: { text?: string }) => hasWords(text),
    isQuestion: ({ context }, { id, text }: { id: string; text: string }) =>
      context.tree.turns.get(id)?.role === 'user' && hasWords(text),
    canDelete: ({ context }, { id }: { id: string }) => context.tree.turns.get(id)?.role === 'user',
    isReply: ({ context }, { id }: { id: string }) => context.tree.turns.get(id)?.role === 'assistant',
    isTurn: ({ context }, { id }: { id: string }) => context.tree.turns.has(id),
    lastIsInterrupted: ({ context }) => isInterrupted(lastTurn(context.tree)),
    lastCanContinue: ({ context }) => canContinue(lastTurn(context.tree)),
    lastIsTooLong: ({ context }) => isTooLong(lastTurn(context.tree)),
    canLeaveOut: ({ context }) => isTooLong(lastTurn(context.tree)) && leaveOutOldest(context.tree) !== null,
    lastIsMissing: ({ context }) => isMissing(lastTurn(context.tree)),
    sessionEnded: ({ context }) => {
      const last = lastTurn(context.tree)
      const ending = last?.role === 'assistant' ? last.ending : null
      return ending?.type === 'failed' && ending.failure.kind === 'session-ended'
    },
    isShown: ({ context: { open } }) => open !== null && (open.text !== '' || open.reasoning !== ''),
    isEmpty: ({ context: { open } }) => open !== null && !hasWords(open.text) && !hasWords(open.reasoning),
    isOffline: ({ context }, { failure }: { failure: Failure }) =>
      failure.kind === 'network' && !context.online,
    mayRetry: ({ context }, { failure }: { failure: Failure }) =>
      wayOn[failure.kind] === 'backoff' &&
      mayRetry(failure, context.sends, context.spentMs + attemptMs(context)),
    waitIsOver: ({ context }) => context.now() >= context.resumeAt,
    // A server that answered can be reached, whatever the browser says of the network.
    canBeReached: ({ context: { online, failure } }) =>
      online || (failure?.kind !== 'network' && failure?.kind !== 'offline'),
    canUndo: ({ context }) => context.undo !== null,
    hasTurns: ({ context }) => context.tree.turns.size > 0,
  },
  actions: {
    ask: assign(({ context }, { text }: { text?: string }) => {
      const question = addQuestion(context.tree, lastTurn(context.tree)?.id ?? root, text ?? context.draft)
      const reply = addReply(question.tree, question.id)
      return { ...begin(context, reply.tree, reply.id), draft: text === undefined ? '' : context.draft }
    }),
    askEdited: assign(({ context }, { id, text }: { id: string; text: string }) => {
      const question = addQuestion(context.tree, context.tree.turns.get(id)?.parent ?? root, text)
      const reply = addReply(question.tree, question.id)
      return begin(context, reply.tree, reply.id)
    }),
    /** Asks for another version of a reply; one that shows nothing and ends its branch is tried again in its place. */
    askAgain: assign(({ context }, { id }: { id: string | null }) => {
      const reply = id === null ? lastTurn(context.tree) : context.tree.turns.get(id)
      if (reply?.role !== 'assistant') return {}
      if (!hasWords(reply.text) && !hasWords(reply.reasoning) && !context.tree.children.has(reply.id)) {
        const tree = reopenReply(choose(context.tree, reply.id), reply.id, { text: '', reasoning: '' })
        return begin(context, tree, reply.id)
      }
      const version = addReply(context.tree, reply.parent)
      return begin(context, version.tree, version.id)
    }),
    goOn: assign(({ context }) => {
      const reply = lastTurn(context.tree)
      if (reply?.role !== 'assistant') return {}
      const begun = begin(context, reopenReply(context.tree, reply.id), reply.id)
      const { text, reasoning, model, thoughtMs, ending: continues } = reply
      return { ...begun, open: { ...begun.open, text, reasoning, model, thoughtMs, continues } }
    }),
    choose: assign(({ context }, { id }: { id: string }) => ({ tree: choose(context.tree, id) })),
    /** Sends one request, with all of the open branch in it that was not left out. */
    call: enqueueActions(({ context, enqueue }) => {
      const { open, model, unheard } = context
      if (!open) return
      const branch = sentBranch(context.tree)
      const input: ReplyInput = {
        messages: transcript(open.continues ? branch : branch.slice(0, -1)),
        model,
        continues: open.continues !== null,
        replaces: unheard,
      }
      enqueue.assign({ sends: context.sends + 1, failure: null, open: { ...open, sentAt: context.now() } })
      enqueue(spawnChild('reply', { id: 'reply', input }))
    }),
    hangUp: stopChild('reply'),
    noteStart: assign(
      ({ context: { open } }, { replyId, model, repeats = 0 }: On<'reply.started'>['event']) => ({
        open: open && { ...open, model, seam: open.continues && { after: '', repeats } },
        unheard: replyId,
      }),
    ),
    append: assign(({ context }, { text }: { text: string }) => appended(context, text)),
    appendReasoning: assign(({ context: { open } }, { text }: { text: string }) => ({
      open: open && { ...open, reasoning: open.reasoning + text },
    })),
    forgiveSends: assign({ sends: 0, spentMs: 0 }),
    settle: assign(({ context }, { ending, usage }: { ending: Ending; usage?: Usage | null }) =>
      settled(context, ending, usage ?? null),
    ),
    settleFailed: assign(({ context }, { failure }: { failure: Failure }) => {
      const kind = failure.kind === 'network' && !context.online ? 'offline' : failure.kind
      return settled(context, { type: 'failed', failure: { ...failure, kind }, at: context.now() }, null)
    }),
    planWait: assign(({ context }, { failure }: { failure: Failure }) => {
      const wait = jitteredWait(failure, context.sends, context.random)
      return {
        failure,
        resumeAt: context.now() + wait,
        spentMs: context.spentMs + attemptMs(context) + wait,
      }
    }),
    /** A send that failed for want of a network counts for nothing. */
    waitForNetwork: assign(({ context }) => ({
      failure: { kind: 'offline' } as const,
      resumeAt: context.now(),
      sends: context.sends - 1,
    })),
    remove: assign(({ context: { tree } }, { id }: { id: string }) => ({
      tree: removeQuestion(tree, id),
      undo: { act: 'delete' as const, tree },
    })),
    leaveOut: assign(({ context: { tree } }) => ({ tree: leaveOutOldest(tree) ?? tree })),
    putAway: assign(({ context: { tree, draft } }) => ({
      ...nothingSaid,
      undo: { act: 'new chat' as const, tree, draft, copy: '' },
    })),
    putAwayForQuestion: assign(({ context: { tree, draft } }) => {
      const question = openBranch(tree).findLast(({ role }) => role === 'user')?.text ?? ''
      const copy = hasWords(draft) ? `${question}\n\n${draft}` : question
      return { ...nothingSaid, draft: copy, undo: { act: 'new chat' as const, tree, draft, copy } }
    }),
    bringBack: assign(({ context: { undo, draft } }) => {
      if (!undo) return {}
      if (undo.act === 'delete') return { tree: undo.tree, undo: null }
      // The copy stands in the conversation that comes back.
      const drafts = [undo.draft, draft === undo.copy ? '' : draft].filter(hasWords)
      return { tree: undo.tree, draft: drafts.join('\n'), undo: null }
    }),
    startUndo: enqueueActions(({ enqueue }) => {
      enqueue.cancel('undo')
      enqueue.raise({ type: 'undo expired' }, { id: 'undo', delay: undoMs })
    }),
  },
}).createMachine({
  id: 'conversation',
  context: ({ input }) => ({
    ...nothingSaid,
    firstTokenMs: input.firstTokenMs,
    silenceMs: input.silenceMs,
    now: input.now ?? Date.now,
    random: input.random ?? Math.random,
    model: input.model ?? null,
    online: input.online ?? true,
    unheard: null,
    undo: null,
  }),
  initial: 'idle',
  on: {
    draft: { actions: assign({ draft: ({ event }) => event.text }) },
    model: { actions: assign({ model: ({ event }) => event.id }) },
    online: { actions: assign({ online: true }) },
    offline: { actions: assign({ online: false }) },
    'new chat': {
      guard: 'hasTurns', // without turns it is a new chat, and its draft stays
      target: '.idle',
      actions: [{ type: 'settle', params: { ending: { type: 'stopped' } } }, 'putAway', 'startUndo'],
    },
    undo: { guard: 'canUndo', target: '.idle', actions: 'bringBack' },
    'undo expired': { actions: assign({ undo: null }) },
    forget: { target: '.idle', actions: assign({ ...nothingSaid, unheard: null, undo: null }) },
  },
  states: {
    /** Nothing is under way. A branch whose last reply is cut or missing does not rest here. */
    idle: {
      entry: 'hangUp',
      always: [
        { guard: 'lastIsInterrupted', target: 'interrupted' },
        { guard: 'lastIsMissing', target: 'error' },
      ],
      on: asks,
    },
    /** A request is out, and nothing new of the reply has come. */
    sending: {
      entry: 'call',
      on: {
        'reply.started': { actions: { type: 'noteStart', params: ({ event }) => event } },
        'reply.reasoning': {
          target: 'streaming',
          actions: { type: 'appendReasoning', params: ({ event }) => event },
        },
        'reply.delta': {
          target: 'streaming',
          actions: { type: 'append', params: ({ event }) => event },
        },
        'reply.finished': [...finished],
        'reply.failed': [
          { guard: 'isShown', target: 'interrupted', actions: settleFailed },
          {
            guard: { type: 'isOffline', params: ({ event }) => event },
            target: 'backoff',
            actions: 'waitForNetwork',
          },
          {
            guard: { type: 'mayRetry', params: ({ event }) => event },
            target: 'backoff',
            actions: { type: 'planWait', params: ({ event }) => event },
          },
          { target: 'error', actions: settleFailed },
        ],
        stop: { target: 'interrupted', actions: settleStopped },
      },
      after: {
        firstToken: [
          { guard: 'isShown', target: 'interrupted', actions: settleSilent },
          { target: 'error', actions: settleSilent },
        ],
      },
    },
    /** The reply is growing. Each piece starts the wait for the next one anew. */
    streaming: {
      on: {
        'reply.reasoning': {
          target: 'streaming',
          reenter: true,
          actions: { type: 'appendReasoning', params: ({ event }) => event },
        },
        'reply.delta': {
          target: 'streaming',
          reenter: true,
          actions: { type: 'append', params: ({ event }) => event },
        },
        'reply.finished': [...finished],
        'reply.failed': { target: 'interrupted', actions: settleFailed },
        stop: { target: 'interrupted', actions: settleStopped },
      },
      after: { silence: { target: 'interrupted', actions: settleSilent } },
    },
    /** The reply stopped before its end: what came is kept, and going on is one press. */
    interrupted: {
      entry: 'hangUp',
      on: {
        ...asks,
        retry: tryAgain,
        continue: { guard: 'lastCanContinue', target: 'sending', actions: 'goOn' },
        'leave out': {
          guard: and(['canLeaveOut', 'lastCanContinue']),
          target: 'sending',
          actions: ['leaveOut', 'goOn'],
        },
        'new chat with question': newChatWithQuestion,
      },
    },
    /** Nothing of the reply came, and nothing goes out before the person says so. */
    error: {
      entry: 'hangUp',
      on: {
        ...asks,
        retry: tryAgain,
        'signed in': { guard: 'sessionEnded', ...tryAgain },
        'leave out': {
          guard: 'canLeaveOut',
          target: 'sending',
          actions: ['leaveOut', ...tryAgain.actions],
        },
        'new chat with question': newChatWithQuestion,
      },
    },
    /** Nothing of the reply came; it is sent again when the wait is over, or when the network is back. */
    backoff: {
      entry: 'hangUp',
      on: {
        online: [
          { guard: 'waitIsOver', target: 'sending', actions: assign({ online: true }) },
          { actions: assign({ online: true }) },
        ],
        wake: { guard: and(['waitIsOver', 'canBeReached']), target: 'sending' },
        retry: { target: 'sending', actions: 'forgiveSends' },
        stop: { target: 'interrupted', actions: settleStopped },
      },
      after: {
        wait: [
          { guard: 'canBeReached', target: 'sending' },
          // From here on only the network is missing, whatever the clock may be set to.
          { actions: assign({ resumeAt: 0 }) },
        ],
      },
    },
  },
})

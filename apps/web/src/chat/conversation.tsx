import {
  contractVersion,
  failureOf,
  isTooLarge,
  type ModelInfo,
  type ReplyEvent,
  type ReplyRequest,
} from '@mayfly/contracts'
import {
  type ConversationContext,
  conversationMachine,
  type ReplyActorEvent,
  type ReplyInput,
} from '@mayfly/machines'
import { useActorRef } from '@xstate/solid'
import {
  type Accessor,
  createContext,
  createEffect,
  createMemo,
  createSignal,
  on,
  onCleanup,
  type ParentProps,
  useContext,
} from 'solid-js'
import { type ActorRefFrom, type EventObject, fromCallback, type SnapshotFrom } from 'xstate'
import { client } from '../client.ts'
import { observeEvents } from '../inspector/observe-events.ts'
import { preferences } from '../preferences.ts'
import { askToSignInAgain, chatInfo, onForget, onSignedIn } from '../session.ts'

export type ConversationActor = ActorRefFrom<typeof conversationMachine>
export type ConversationSnapshot = SnapshotFrom<typeof conversationMachine>

/** The models on offer; null while they are being asked for. A server that would not tell offers none. */
export type Models = Accessor<readonly ModelInfo[] | null>

type Conversation = { actor: ConversationActor; models: Models }

const Held = createContext<Conversation>()

/** The conversation that the provider above holds. */
export function useConversation(): Conversation {
  const conversation = useContext(Held)
  if (!conversation) throw new Error('this part of the page was drawn outside a ConversationProvider')
  return conversation
}

const snapshots = new WeakMap<ConversationActor, Accessor<ConversationSnapshot>>()

/** One signal an actor, so that all that is picked from it changes at once. */
function snapshotOf(actor: ConversationActor): Accessor<ConversationSnapshot> {
  const known = snapshots.get(actor)
  if (known) return known
  const [snapshot, set] = createSignal(actor.getSnapshot(), { equals: false })
  actor.subscribe((next) => set(() => next))
  snapshots.set(actor, snapshot)
  return snapshot
}

/** What `pick` takes of the conversation, as a signal that changes only when the picked value does. */
export function select<T>(
  actor: ConversationActor,
  pick: (snapshot: ConversationSnapshot) => T,
): Accessor<T> {
  const snapshot = snapshotOf(actor)
  return createMemo(() => pick(snapshot()))
}

/** Whether a reply is on its way, a wait before the next try included. */
export const isBusy = ({ context }: { context: ConversationContext }): boolean => context.open !== null

const machineEventOf = (event: ReplyEvent): ReplyActorEvent => {
  switch (event.type) {
    case 'started':
      return { type: 'reply.started', replyId: event.replyId, model: event.model }
    case 'reasoning':
      return { type: 'reply.reasoning', text: event.text }
    case 'delta':
      return { type: 'reply.delta', text: event.text }
    case 'finished':
      return { type: 'reply.finished', finishReason: event.finishReason, usage: event.usage ?? null }
    case 'failed':
      return { type: 'reply.failed', failure: event.failure }
  }
}

type AskForReply = (
  request: ReplyRequest,
  observer: { onData: (event: ReplyEvent) => void; onError: (error: unknown) => void },
) => { unsubscribe: () => void }

/**
 * The machine's one effect: asks for a reply and reports each of its events at once, without a timer or a frame in
 * between. `sessionEnded` is called when the server no longer knows who asks.
 */
export function createReplyActor(ask: AskForReply, sessionEnded: () => void) {
  return fromCallback<EventObject, ReplyInput>(({ input, sendBack }) => {
    const report = (event: ReplyActorEvent) => {
      sendBack(event)
      if (event.type === 'reply.failed' && event.failure.kind === 'session-ended') sessionEnded()
    }
    if (isTooLarge(input.messages)) {
      report({ type: 'reply.failed', failure: { kind: 'too-large' } })
      return undefined
    }
    const { messages, model, continues, replaces } = input
    const subscription = ask(
      {
        version: contractVersion,
        messages,
        ...(model !== null && { model }),
        ...(continues && { continues }),
        ...(replaces !== null && { replaces }),
      },
      {
        onData: (event) => report(machineEventOf(event)),
        onError: (error) => report({ type: 'reply.failed', failure: failureOf(error) }),
      },
    )
    return () => subscription.unsubscribe()
  })
}

const askServer: AskForReply = (request, observer) => client.reply.subscribe(request, observer)

/** Holds the tab's conversation above the pages, so that going from one to another loses nothing. */
export function ConversationProvider(props: ParentProps) {
  const info = chatInfo()
  if (!info) throw new Error('a conversation was begun before anybody was signed in')
  const actor = useActorRef(
    conversationMachine.provide({ actors: { reply: createReplyActor(askServer, askToSignInAgain) } }),
    {
      input: {
        firstTokenMs: info.firstTokenMs,
        silenceMs: info.silenceMs,
        model: preferences.model(),
        online: navigator.onLine,
      },
      ...(import.meta.env.DEV && observeEvents()),
    },
  )
  listenToBrowser(actor)
  onCleanup(onSignedIn((samePerson) => actor.send({ type: samePerson ? 'signed in' : 'forget' })))
  onCleanup(onForget(() => actor.send({ type: 'forget' })))
  showWhileBusy(select(actor, isBusy))
  return <Held.Provider value={{ actor, models: fetchModels(actor) }}>{props.children}</Held.Provider>
}

/** Tells the machine what the browser notices: the network going and coming, and the page being looked at again. */
function listenToBrowser(actor: ConversationActor): void {
  const left = new AbortController()
  const { signal } = left
  const wake = () => {
    if (document.visibilityState === 'visible') actor.send({ type: 'wake' })
  }
  window.addEventListener('online', () => actor.send({ type: 'online' }), { signal })
  window.addEventListener('offline', () => actor.send({ type: 'offline' }), { signal })
  window.addEventListener('pageshow', wake, { signal })
  document.addEventListener('visibilitychange', wake, { signal })
  onCleanup(() => left.abort())
}

const askFirst = (event: BeforeUnloadEvent) => event.preventDefault()

/** While a reply is on its way the tab's title says so, and leaving asks first. */
function showWhileBusy(busy: Accessor<boolean>): void {
  createEffect(() => {
    document.title = busy() ? '● Mayfly' : 'Mayfly'
  })
  createEffect(() => {
    if (!busy() || !preferences.askBeforeLeaving()) return
    window.addEventListener('beforeunload', askFirst)
    onCleanup(() => window.removeEventListener('beforeunload', askFirst))
  })
}

/** Asks for the models, again each time somebody has signed in or replies come from elsewhere. A choice that is no longer on offer is let go. */
function fetchModels(actor: ConversationActor): Models {
  const [models, setModels] = createSignal<readonly ModelInfo[] | null>(null)
  const fetchOnce = async () => {
    try {
      const list = (await client.models.query()).models
      setModels(list)
      const { model } = actor.getSnapshot().context
      const [first] = list
      if (first && model !== null && !list.some(({ id }) => id === model)) {
        actor.send({ type: 'model', id: first.id })
      }
    } catch (error) {
      setModels([])
      if (failureOf(error).kind === 'session-ended') askToSignInAgain()
    }
  }
  // Another source of replies has other models, and so may somebody else.
  const source = createMemo(() => {
    const from = chatInfo()?.upstream
    return from && `${from.name} ${from.port ?? ''}`
  })
  createEffect(on(source, () => void fetchOnce()))
  onCleanup(onSignedIn(() => void fetchOnce()))
  return models
}

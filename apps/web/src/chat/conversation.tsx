import { type ConversationActor, type ConversationContext, conversationMachine } from '@mayfly/machines'
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
import type { SnapshotFrom } from 'xstate'
import { client } from '../client.ts'
import { observeEvents } from '../inspector/observe-events.ts'
import { preferences } from '../preferences.ts'
import { askToSignInAgain, chatInfo, onForget, onSignedIn } from '../session.ts'
import { fetchModels, type Models } from './models.ts'
import { createReplyActor } from './reply-actor.ts'

export type ConversationSnapshot = SnapshotFrom<typeof conversationMachine>

type Conversation = { actor: ConversationActor; models: Models }

/** Where the page looks for its conversation. The provider below fills it; a bench fills it with one of its own. */
export const HeldConversation = createContext<Conversation>()

/** The conversation that the provider above holds. */
export function useConversation(): Conversation {
  const conversation = useContext(HeldConversation)
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

/** Holds the tab's conversation above the pages, so that going from one to another loses nothing. */
export function ConversationProvider(props: ParentProps) {
  const info = chatInfo()
  if (!info) throw new Error('a conversation was begun before anybody was signed in')
  const actor = useActorRef(
    conversationMachine.provide({
      actors: { reply: createReplyActor(client.reply.subscribe, askToSignInAgain) },
    }),
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
  forgetMatched(actor)
  return (
    <HeldConversation.Provider value={{ actor, models: fetchModels(actor) }}>
      {props.children}
    </HeldConversation.Provider>
  )
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

/** An engine keeps the text that a regular expression last matched: once something is let go of, that is nothing. */
function forgetMatched(actor: ConversationActor): void {
  const tree = select(actor, ({ context }) => context.tree)
  const undo = select(actor, ({ context }) => context.undo)
  createEffect(on([tree, undo], () => /^/.exec('')))
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

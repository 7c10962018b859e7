import '../../src/style/sheet.css'
import {
  type ConversationActor,
  type ConversationEvent,
  conversationMachine,
  openBranch,
  type ReplyActorEvent,
  type ReplyInput,
  versionsOf,
} from '@mayfly/machines'
import { Route, Router } from '@solidjs/router'
import { createEffect, createSignal, Show } from 'solid-js'
import { render } from 'solid-js/web'
import { createActor, type EventObject, fromCallback } from 'xstate'
import { HeldConversation } from '../../src/chat/conversation.tsx'
import { markdown } from '../../src/chat/message/markdown.ts'
import ChatPage from '../../src/chat/page.tsx'
import { reveal } from '../../src/chat/list/reveal.ts'
import { applyPreferences, preferences } from '../../src/preferences.ts'
import { createWriter, growTree, randomFrom, streamPieces } from './messages.ts'

/** What a request for a reply is answered with; null while none is on its way. */
let answer: ((event: ReplyActorEvent) => void) | null = null

const machine = conversationMachine.provide({
  actors: {
    reply: fromCallback<EventObject, ReplyInput>(({ sendBack }) => {
      answer = sendBack
      sendBack({ type: 'reply.started', replyId: 'script', model: 'script' })
      return () => {
        answer = null
      }
    }),
  },
})
const input = { firstTokenMs: 3_600_000, silenceMs: 3_600_000 }

/** The machine at rest with `count` messages, as if they had been said. */
function startAt(count: number, seed: number): ConversationActor {
  const { context } = createActor(machine, { input }).getSnapshot()
  const snapshot = machine.resolveState({
    value: 'idle',
    context: { ...context, tree: growTree(count, randomFrom(seed)) },
  })
  return createActor(machine, { input, snapshot }).start()
}

const [actor, setActor] = createSignal<ConversationActor | null>(null)

const nextFrame = () => new Promise<number>((resolve) => requestAnimationFrame(resolve))

async function openNow(messages: number, seed: number) {
  const next = startAt(messages, seed)
  const began = performance.now()
  const before = actor()
  setActor(next)
  const mountMs = performance.now() - began
  before?.stop()
  await nextFrame()
  await nextFrame()
  return { mountMs, frameMs: performance.now() - began }
}

const isWaitedFor = () => answer !== null
const answerWith = (event: ReplyActorEvent) => {
  if (!answer) throw new Error('nobody has asked for a reply')
  answer(event)
}

/** What the page fetches for its first message is there before anybody opens a conversation, or measures it. */
async function warmUp(): Promise<void> {
  await openNow(2, 1)
  while (!document.querySelector('.prose') || !markdown.part()) await nextFrame()
  await openNow(0, 1)
}

/** What tests and benches do with the page, as `window.mayfly`. */
const controls = {
  /**
   * Puts a conversation of `messages` messages in the place of the one before. The same seed gives the same texts.
   * Resolves, when it is in the document, to what that took: until the call returned, and until its
   * second frame, in ms.
   */
  async open(messages: number, seed = 1) {
    await warmedUp
    return openNow(messages, seed)
  },
  /** Tells the machine what a person does; see `ConversationEvent`. */
  send: (event: ConversationEvent) => actor()?.send(event),
  state: () => actor()?.getSnapshot().value,
  /** The number of messages that were ever said, those of every version included. */
  said: () => actor()?.getSnapshot().context.tree.turns.size ?? 0,
  /** The ids of all versions of a message, oldest first. */
  versionsOf: (id: string) => {
    const now = actor()
    return now ? versionsOf(now.getSnapshot().context.tree, id) : []
  },
  /** The ids of the messages on the open branch. */
  ids: () => {
    const now = actor()
    return now ? openBranch(now.getSnapshot().context.tree).map(({ id }) => id) : []
  },
  /** Answers the request that is on its way with one event; see `ReplyActorEvent`. */
  answer: answerWith,
  /** Answers with a piece of text. */
  say: (text: string) => answerWith({ type: 'reply.delta', text }),
  finish: () => answerWith({ type: 'reply.finished', finishReason: 'stop', usage: null }),
  /**
   * Answers with `text`, so many tokens of it a second, in pieces as the server sends them. Resolves when all of it was
   * said, or nobody waits for it any more.
   */
  async stream(text: string, tokensPerSecond: number): Promise<void> {
    if (!answer) throw new Error('nobody has asked for a reply')
    for await (const piece of streamPieces(text, tokensPerSecond)) {
      if (!isWaitedFor()) return
      answerWith({ type: 'reply.delta', text: piece })
    }
  },
  /** A reply of every shape, of about so many characters; the same for the same seed. */
  text: (length: number, seed = 1) => createWriter(randomFrom(seed)).longReply(length),
  reveal,
  preferences,
}

declare global {
  interface Window {
    mayfly: typeof controls
  }
}
window.mayfly = controls

render(() => {
  createEffect(applyPreferences)
  markdown.fetch()
  return (
    <Router>
      <Route
        path="*"
        component={() => (
          <Show when={actor()} keyed>
            {(held) => (
              <HeldConversation.Provider value={{ actor: held, models: () => [] }}>
                <ChatPage />
              </HeldConversation.Provider>
            )}
          </Show>
        )}
      />
    </Router>
  )
}, document.body)
const warmedUp = warmUp()

import { type ChatClientOptions, createChatClient } from '@mayfly/contracts'
import { canContinue, conversationMachine, openBranch } from '@mayfly/machines'
import { createActor, waitFor } from 'xstate'
import { createReplyActor } from '../src/chat/reply-actor.ts'

export type ConversationOptions = ChatClientOptions & {
  /** The server's own limits on silence, in ms. */
  limits: { firstTokenMs: number; silenceMs: number }
  /** Called before each request. */
  onAsk(): void
  /** Called with each piece of text as it comes in. */
  onText(text: string): void
  /** Called when a request is no longer believed in. */
  onGivenUp(): void
}

/** A conversation with somebody who asks again, in whichever way is offered, until the reply is whole. */
export type Conversation = {
  /** Asks one question after the other. Resolves when the reply is whole, if ever. */
  ask(question: string): Promise<void>
  /** What was said so far, from the first question on; a reply as far as it can be read. */
  said(): string[]
  /** Messages that are kept beside those: none, where nobody asked for another version. */
  besides(): number
  stop(): void
}

/** The page's conversation without the page: its machine, its reply actor and its link. */
export function startConversation(options: ConversationOptions): Conversation {
  const { limits, onAsk, onText, onGivenUp, ...client } = options
  const { reply } = createChatClient(client)
  const machine = conversationMachine.provide({
    actors: {
      reply: createReplyActor(
        (request, { onData, onError }) => {
          onAsk()
          return reply.subscribe(request, {
            onData: (event) => {
              if (event.type === 'delta') onText(event.text)
              onData(event)
            },
            onError,
          })
        },
        () => {},
      ),
    },
  })
  const actor = createActor(machine, { input: limits }).start()
  let wasUnderWay = false
  actor.subscribe(({ value }) => {
    const isUnderWay = value === 'sending' || value === 'streaming'
    if (wasUnderWay && !isUnderWay) onGivenUp()
    wasUnderWay = isUnderWay
  })
  const branch = () => openBranch(actor.getSnapshot().context.tree)

  return {
    async ask(question) {
      actor.send({ type: 'send', text: question })
      for (;;) {
        const { value } = await waitFor(
          actor,
          (now) => now.matches('idle') || now.matches('interrupted') || now.matches('error'),
        )
        if (value === 'idle') return
        actor.send({ type: canContinue(branch().at(-1)) ? 'continue' : 'retry' })
      }
    },
    said() {
      const { open } = actor.getSnapshot().context
      return branch().map(({ id, text }) => (open?.id === id ? open.text : text))
    },
    besides: () => actor.getSnapshot().context.tree.turns.size - branch().length,
    stop: () => void actor.stop(),
  }
}

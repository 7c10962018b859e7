import { contractVersion, failureOf, isTooLarge, type ReplyEvent, type ReplyRequest } from '@mayfly/contracts'
import type { ReplyActorEvent, ReplyInput } from '@mayfly/machines'
import { type EventObject, fromCallback } from 'xstate'

const machineEventOf = (event: ReplyEvent): ReplyActorEvent => {
  switch (event.type) {
    case 'started': {
      const { replyId, model, repeats = 0 } = event
      return { type: 'reply.started', replyId, model, repeats }
    }
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

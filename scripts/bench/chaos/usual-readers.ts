import { setTimeout as delay } from 'node:timers/promises'
import * as v from 'valibot'
import type { Conversation, ConversationOptions } from '../../../apps/web/bench/conversation.ts'
import { contractVersion, replyEvent, textMessage } from '../../../packages/contracts/src/index.ts'

type Manners = {
  /** A stream that broke off is opened again by itself, and what comes is appended; else it is asked for anew. */
  reconnects: boolean
  /** The end of the body is taken for the end of the reply. */
  believesTheEnd: boolean
}

/** What a plain `fetch` reader does: it appends what comes, and on an error asks again from the beginning. */
export const plainReader: Manners = { reconnects: false, believesTheEnd: true }

/**
 * What an EventSource does, though by POST since a conversation does not fit into an address. A failure that the server
 * says in words is no matter of the stream's: it is shown by the page, and the question asked again.
 * https://html.spec.whatwg.org/multipage/server-sent-events.html#processing-model
 */
export const eventSource: Manners = { reconnects: true, believesTheEnd: false }

/** Before a reply is asked for again, in ms. */
const pauseMs = 1_000

/** A conversation that is read in one of the usual ways, neither of which has a notion of silence. */
export function startReader(
  options: ConversationOptions,
  { reconnects, believesTheEnd }: Manners,
): Conversation {
  const said: string[] = []
  const left = new AbortController()

  /** Sends one request and reads its answer to the end. */
  async function read(body: string): Promise<'whole' | 'failed' | 'broken off'> {
    const response = await fetch(`${options.url}/trpc/reply`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${options.token}` },
      body,
      signal: left.signal,
    })
    if (!response.ok || !response.body) return 'failed'
    let rest = ''
    for await (const piece of response.body.pipeThrough(new TextDecoderStream())) {
      const events = (rest + piece).split('\n\n')
      rest = events.pop() ?? ''
      for (const event of events) {
        if (event.startsWith('event: return')) return 'whole'
        const { type, text } = understand(event)
        if (type === 'failed') return 'failed'
        if (type !== 'delta') continue
        options.onText(text)
        said.push((said.pop() ?? '') + text)
      }
    }
    return believesTheEnd ? 'whole' : 'broken off'
  }

  return {
    async ask(question) {
      said.push(question)
      const messages = said.map((text, i) => textMessage(i % 2 === 0 ? 'user' : 'assistant', text))
      const body = JSON.stringify({ version: contractVersion, messages })
      said.push('')
      for (;;) {
        options.onAsk()
        const end = await read(body).catch(() => 'broken off' as const)
        left.signal.throwIfAborted()
        options.onGivenUp()
        if (end === 'whole') return
        if (end === 'failed' || !reconnects) said[said.length - 1] = ''
        await delay(pauseMs)
      }
    },
    said: () => said,
    besides: () => 0,
    stop: () => left.abort(),
  }
}

/** The type and the text of an event; both empty for what is neither. */
function understand(event: string): { type: string; text: string } {
  const data = /^data: (\{.*)$/m.exec(event)?.[1]
  if (data === undefined || event.startsWith('event: ')) return { type: '', text: '' }
  const read = v.parse(replyEvent, JSON.parse(data))
  return { type: read.type, text: 'text' in read ? read.text : '' }
}

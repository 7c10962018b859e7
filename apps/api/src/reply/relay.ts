import {
  bytesOf,
  contractVersion,
  type Failure,
  isTooLarge,
  limits,
  type Person,
  type ReplyEvent,
  type ReplyRequest,
  textOf,
  type Usage,
} from '@mayfly/contracts'
import { refusal } from '@mayfly/contracts/failure'
import type { Lease, Limits } from '../limits/limits.ts'
import type { Log } from '../log.ts'
import type { Upstream } from '../upstream/upstream.ts'
import { coalesce } from './coalesce.ts'
import type { OpenReplies } from './open-replies.ts'

/** Who asks for a reply, and by which session. */
export type Asker = { person: Person; session: string; requestId: string }

export type Relay = (
  asker: Asker,
  request: ReplyRequest,
  signal: AbortSignal,
) => Promise<AsyncIterable<ReplyEvent>>

/** A reply's length where nobody said how long it may be, to reserve from a day's quota. In tokens. */
const likelyReply = 2_000

/** When to ask again where a drain refuses, in ms: three more attempts so far apart outlast it, and the restart. */
const drainRetryMs = 10_000

/**
 * One reply's life: limits, lease, upstream, events, and what is settled at its end. `signal` aborts when the reader
 * is gone. Resolves when the reply may begin; throws a refusal where it may not.
 */
export function createRelay(parts: {
  upstream: Upstream
  limits: Limits
  openReplies: OpenReplies
  log: Log
  /** For tests: a reply that gets here ends. In bytes. */
  replyBytes?: number
}): Relay {
  const { upstream, openReplies, log, replyBytes = limits.replyBytes } = parts

  return async function relay(asker, request, signal) {
    if (openReplies.draining) throw refusal('draining', drainRetryMs)
    if (request.version !== contractVersion) throw refusal('bad-request')
    if (isTooLarge(request.messages)) throw refusal('too-large')
    const textBytes = request.messages.reduce((sum, message) => sum + bytesOf(textOf(message)), 0)

    const id = crypto.randomUUID()
    const asked = estimateTokens(textBytes)
    const lease = await parts.limits.begin(asker.person.id, id, {
      replaces: request.replaces,
      estimate: asked + (request.options?.maxTokens ?? likelyReply),
    })
    const book = {
      asked,
      written: 0,
      usage: undefined as Usage | undefined,
      started: performance.now(),
      firstMs: -1,
    }
    const ended = new AbortController()
    let endedBy: Failure | undefined
    const end = (failure: Failure) => {
      endedBy ??= failure
      ended.abort()
    }
    openReplies.add({ id, session: asker.session, end })
    // Another reply has taken this one's place: whoever still reads it has lost its connection, as far as we know.
    lease.lost.addEventListener('abort', () => end({ kind: 'network' }), { once: true })
    const close = once((outcome: string) => {
      ended.abort()
      const ms = Math.round(performance.now() - book.started)
      log.info(
        { requestId: asker.requestId, userId: asker.person.id, outcome, ms, firstMs: book.firstMs },
        'reply',
      )
      // Its place has been given back by then, so that a process which waits for its replies leaves no lease behind.
      void settle(lease, book, log).finally(() => openReplies.remove(id))
    })
    // The reader may leave before a single event was read.
    signal.addEventListener('abort', () => close('left'), { once: true })
    if (signal.aborted) close('left')

    const { messages, model, options, continues = false } = request
    const spoken = upstream.reply({ messages, model, options, continues }, ended.signal)

    // It doesn't know the request: that may be megabytes, and would be kept for as long as it is answered.
    async function* events(): AsyncGenerator<ReplyEvent> {
      let seq = 0
      let outcome = 'left'
      try {
        for await (const event of coalesce(spoken)) {
          if (signal.aborted) return
          if (event.type === 'started') yield { ...event, seq: seq++, replyId: id }
          else if (event.type === 'delta' || event.type === 'reasoning') {
            if (book.firstMs < 0) book.firstMs = Math.round(performance.now() - book.started)
            const room = replyBytes - book.written
            const bytes = Buffer.byteLength(event.text)
            book.written += Math.min(bytes, room)
            if (bytes < room) yield { ...event, seq: seq++ }
            else {
              outcome = 'length'
              yield { ...event, seq: seq++, text: cutTo(room, event.text) }
              yield { type: 'finished', seq: seq++, finishReason: 'length' }
              return
            }
          } else {
            outcome = event.type === 'finished' ? event.finishReason : event.failure.kind
            if (event.type === 'finished') book.usage = event.usage
            yield { ...event, seq: seq++ }
          }
        }
        // The upstream's stream ends without a last word only where it was aborted.
        if (endedBy && !signal.aborted) {
          outcome = endedBy.kind
          yield { type: 'failed', seq: seq++, failure: endedBy }
        }
      } finally {
        close(outcome)
      }
    }
    return events()
  }
}

/** As much of a text's beginning as takes at most `most` bytes, never half a character. */
function cutTo(most: number, text: string): string {
  const room = new Uint8Array(most)
  const { read } = new TextEncoder().encodeInto(text, room)
  return text.slice(0, read)
}

/** Tokens in a text, by the usual four bytes each: for a quota where the upstream gives no count. */
const estimateTokens = (bytes: number) => Math.ceil(bytes / 4)

type Book = { asked: number; written: number; usage: Usage | undefined }

async function settle(lease: Lease, { asked, written, usage }: Book, log: Log): Promise<void> {
  const tokens = usage ? usage.input + usage.output : asked + estimateTokens(written)
  try {
    await lease.settle(tokens)
  } catch {
    // The store can't be reached: the lease runs out by itself, and so does what was reserved.
    log.warn({}, 'a reply could not be settled')
  }
}

function once<T>(act: (argument: T) => void): (argument: T) => void {
  let done = false
  return (argument) => {
    if (done) return
    done = true
    act(argument)
  }
}

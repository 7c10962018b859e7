import type { Failure, FinishReason, Usage } from '@mayfly/contracts'
import { OpenAI } from 'openai'
import { readChunk } from './chunk.ts'
import { failureOf } from './failures.ts'
import { createFetch, type FetchOptions } from './fetch.ts'
import { createFrameReader } from './frames.ts'
import { createThinkSplitter, type Told } from './think-tags.ts'
import { createWatch } from './watch.ts'

export type UpstreamEvent =
  | { type: 'started'; model: string; repeats?: number }
  | { type: 'reasoning'; text: string }
  | { type: 'delta'; text: string }
  | { type: 'finished'; finishReason: FinishReason; usage?: Usage }
  | { type: 'failed'; failure: Failure }

/**
 * What to send, and to whom. `repeats` says how much of the end of a partial reply the model was asked to say again, and `heldBack` is half a character
 * of that one which the reply may repeat and which is dropped then.
 */
export type Ask = {
  client: OpenAI
  params: OpenAI.ChatCompletionCreateParamsStreaming
  repeats: number
  heldBack: string
}

const longestTimer = 2 ** 31 - 1
const usageWaitMs = 1000

/**
 * The SDK, talking to one server. Everything that it would take from the environment is given here, or dropped by our
 * `fetch`, which also holds the key: the SDK itself never knows it.
 */
export function createClient(options: FetchOptions): OpenAI {
  return new OpenAI({
    baseURL: options.bases[0],
    fetch: createFetch(options),
    apiKey: 'held by fetch',
    adminAPIKey: null,
    organization: null,
    project: null,
    webhookSecret: null,
    logLevel: 'off',
    maxRetries: 0,
    timeout: longestTimer,
  })
}

/**
 * Asks for one reply and yields its events: `started` when the server has accepted, then text and reasoning, then
 * exactly one of `finished` and `failed`; or simply ends once `signal` is aborted. It throws for nothing that the
 * server does. The server's connection is closed as soon as `signal` is aborted, the reader leaves or a limit passes.
 *
 * The limits are ms without any text or reasoning, and run only while the server is being waited for: a reader that is
 * slow, or a server's keep-alive, changes nothing about them. When `ask` says null there was no model to ask for.
 */
export function streamReply(
  ask: () => Promise<Ask | null>,
  limits: { firstTokenMs: number; silenceMs: number },
  signal: AbortSignal,
): AsyncGenerator<UpstreamEvent> {
  const stop = new AbortController()
  const leave = () => stop.abort()
  const tags = createThinkSplitter()
  let silent = false
  let failure: Failure | undefined
  let finish: string | null = null
  let usage: Usage | null = null
  let usageEnds = false
  let hasText = false
  let heldBack = ''
  const isWhole = () => finish !== null && usage !== null
  const watch = createWatch(() => {
    silent = true
    stop.abort()
  })

  /** Sends the question, and lets go of it: it may be megabytes, and the answer may take long. */
  async function begin() {
    const asked = await ask()
    ask = async () => null
    if (!asked || signal.aborted) return null
    heldBack = asked.heldBack
    const { client, params, repeats } = asked
    watch.limit(limits.firstTokenMs)
    watch.begin()
    const response = await client.chat.completions.create(params, { signal: stop.signal }).asResponse()
    watch.end()
    return { response, model: params.model, repeats }
  }

  function tell({ reasoning, text }: Told): UpstreamEvent[] {
    const told: UpstreamEvent[] = reasoning ? [{ type: 'reasoning', text: reasoning }] : []
    if (!text) return told
    const rest = heldBack && text.startsWith(heldBack) ? text.slice(heldBack.length) : text
    heldBack = ''
    hasText = true
    if (rest) told.push({ type: 'delta', text: rest })
    return told
  }

  async function* events(): AsyncGenerator<UpstreamEvent> {
    signal.addEventListener('abort', leave, { once: true })
    try {
      try {
        const begun = await Promise.race([begin(), untilAborted(signal)])
        if (signal.aborted) return
        if (!begun) {
          yield { type: 'failed', failure: { kind: 'upstream-refused' } }
          return
        }
        const { response, model, repeats } = begun
        yield { type: 'started', model, ...(repeats > 0 && { repeats }) }

        const body = response.body?.getReader()
        // Aborting makes a read end or throw, whatever the body is, so nothing has to race.
        stop.signal.addEventListener('abort', () => void body?.cancel().catch(() => undefined), {
          once: true,
        })
        const stream = createFrameReader(response.headers)
        while (!stream.end && !isWhole()) {
          watch.begin()
          const read = await body?.read()
          watch.end()
          for (const frame of stream.read(read?.value)) {
            if (signal.aborted) return
            const chunk = readChunk(frame)
            const speaks = chunk.text !== '' || chunk.reasoning !== ''
            // Usage in the last chunk is an end as good as a finish reason; some servers count in every chunk, though.
            usageEnds = chunk.usage !== null && (usage === null || !speaks)
            usage = chunk.usage ?? usage
            finish = chunk.finish ?? finish
            if (speaks) watch.limit(limits.silenceMs)
            if (chunk.reasoning) yield { type: 'reasoning', text: chunk.reasoning }
            if (chunk.text) for (const event of tell(tags.push(chunk.text))) yield event
            if (isWhole()) break
            // The count comes after the finish reason, if it comes; the body may stay open for ever.
            if (finish !== null) watch.shorten(usageWaitMs)
          }
        }
        if (stream.end?.broken !== undefined) throw stream.end.broken
      } catch (error) {
        failure = failureOf(error)
      }
      if (signal.aborted) return
      const rest = tags.end()
      // Blank space alone is no reply: once anything is told, a page no longer sends again by itself.
      if (hasText || (rest.reasoning + rest.text).trim() !== '') for (const event of tell(rest)) yield event
      yield lastEvent()
    } finally {
      watch.stop()
      signal.removeEventListener('abort', leave)
      stop.abort()
    }
  }

  function lastEvent(): UpstreamEvent {
    if (finish === null) {
      if (silent) return { type: 'failed', failure: { kind: 'silent' } }
      if (failure) return { type: 'failed', failure }
      // A gateway may turn a cut into a clean end: without a last word the reply counts as cut.
      if (!usageEnds) return { type: 'failed', failure: { kind: 'upstream-down' } }
    }
    const finishReason = finishReasonOf(finish ?? 'stop')
    if (finishReason === null) return { type: 'failed', failure: { kind: 'upstream-down' } }
    if (finishReason === 'filtered' && !hasText) return { type: 'failed', failure: { kind: 'filtered' } }
    return usage ? { type: 'finished', finishReason, usage } : { type: 'finished', finishReason }
  }

  return events()
}

/** What a server's own word for the end means; null for an end that is a breakdown. */
function finishReasonOf(finish: string): FinishReason | null {
  switch (finish) {
    case 'stop':
      return 'stop'
    case 'length':
    case 'max_tokens':
    case 'model_length':
      return 'length'
    case 'content_filter':
    case 'refusal':
      return 'filtered'
    case 'error':
    case 'insufficient_system_resource':
      return null
    default:
      return 'other'
  }
}

function untilAborted(signal: AbortSignal): Promise<null> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(null)
    else signal.addEventListener('abort', () => resolve(null), { once: true })
  })
}

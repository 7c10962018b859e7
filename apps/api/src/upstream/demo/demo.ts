import { setTimeout as wait } from 'node:timers/promises'
import { isRecord } from '../chunk.ts'
import type { Fetch } from '../fetch.ts'
import { type Answer, answer, type Turn } from './script.ts'

export type DemoOptions = {
  /** Lines of a console. */
  howToConnect: () => string[]
  /** A sentence about the model servers of this machine. */
  whatWasFound: () => string
  /** ms from one word to the next; the slow script takes ten times as long. */
  paceMs?: number
  /** The time in ms, from any beginning. */
  now?: () => number
}

export const demoModel = { id: 'demo', name: 'Demo - scripted, no AI' } as const

const refusedMs = 3000
const openMs = 60_000

/**
 * A server without a network: answers requests of the OpenAI protocol (`GET /models`, `POST /chat/completions` as a
 * stream) as a `fetch`, so that the demo takes the same way through the SDK as a real model. Like a real one it holds
 * no conversation.
 */
export function createDemo(options: DemoOptions): Fetch {
  const { paceMs = 12, now = () => performance.now() } = options
  // A refusal opens the door after 3 s, for one request and a minute: the sender who waited is let in, and the next
  // one is refused again. It holds for everybody alike and knows nobody.
  let opens = 0
  let closes = 0

  /** ms to wait until a request is let in; 0 lets it in. */
  function msUntilLetIn(): number {
    const at = now()
    if (at >= closes) {
      opens = at + refusedMs
      closes = opens + openMs
    }
    if (at < opens) return opens - at
    closes = at
    return 0
  }

  return async (input, init) => {
    init?.signal?.throwIfAborted()
    const { pathname } = new URL(input instanceof Request ? input.url : input)
    if (pathname.endsWith('/models'))
      return Response.json({ object: 'list', data: [{ ...demoModel, object: 'model', owned_by: 'mayfly' }] })
    const body: unknown = typeof init?.body === 'string' ? JSON.parse(init.body) : null
    const turns = isRecord(body) ? readTurns(body.messages) : null
    if (!pathname.endsWith('/chat/completions') || !turns || !isRecord(body)) return refuse(404, 'not_found')

    const last = turns.at(-1)
    const prefix = last?.role === 'assistant' ? last.content : ''
    const transcript = prefix ? turns.slice(0, -1) : turns
    const whole = answer(transcript, { ...options, fields: Object.keys(body) })
    if (!prefix && whole.refused === 'broken') return refuse(503, 'server_error')
    const early = !prefix && whole.refused === 'too-soon' ? msUntilLetIn() : 0
    if (early > 0)
      return refuse(429, 'rate_limit_exceeded', { 'retry-after': String(Math.ceil(early / 1000)) })

    const frames = writeFrames(
      prefix ? goOn(whole, prefix) : whole,
      transcript,
      paceMs,
      init?.signal ?? undefined,
    )
    return new Response(streamOf(frames), { headers: { 'content-type': 'text/event-stream' } })
  }
}

/** The rest of an answer whose beginning is known. What goes wrong goes wrong once only. */
function goOn({ text, slow }: Answer, prefix: string): Answer {
  const rest = text.startsWith(prefix)
    ? text.slice(prefix.length)
    : ' … *The beginning of this is not my script’s, so I can’t go on from it.*'
  return slow ? { text: rest, slow } : { text: rest }
}

async function* writeFrames(
  { text, reasoning = '', slow, trouble }: Answer,
  transcript: readonly Turn[],
  paceMs: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const pace = slow ? paceMs * 10 : paceMs
  let output = 0
  for (const word of wordsOf(reasoning)) {
    yield frame({ choices: [{ index: 0, delta: { reasoning_content: word }, finish_reason: null }] })
    output += 1
    if (pace) await wait(pace, undefined, { signal })
  }
  const end = trouble ? text.indexOf(trouble.before) : text.length
  let written = 0
  for (const word of wordsOf(text)) {
    if (written + word.length > end) break
    yield frame({ choices: [{ index: 0, delta: { content: word }, finish_reason: null }] })
    written += word.length
    output += 1
    if (pace) await wait(pace, undefined, { signal })
  }
  if (trouble?.kind === 'cut') throw new TypeError('terminated')
  // As long as a timer can be; whoever asked gives up before.
  if (trouble?.kind === 'silent') await wait(2 ** 31 - 1, undefined, { signal, ref: false })
  const finish = {
    cut: null,
    silent: null,
    length: 'length',
    filtered: 'content_filter',
    none: 'stop',
  } as const
  yield frame({ choices: [{ index: 0, delta: {}, finish_reason: finish[trouble?.kind ?? 'none'] }] })
  const input = transcript.reduce((sum, turn) => sum + wordsOf(turn.content).length, 0)
  yield frame({
    choices: [],
    usage: { prompt_tokens: input, completion_tokens: output, total_tokens: input + output },
  })
  yield encoder.encode('data: [DONE]\n\n')
}

/** A body that is written only as fast as it is read: a reader that stops stops the script. */
function streamOf(frames: AsyncGenerator<Uint8Array<ArrayBuffer>>): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream(
    {
      async pull(controller) {
        const { value, done } = await frames.next()
        if (done) controller.close()
        else controller.enqueue(value)
      },
      cancel: () => void frames.return(undefined),
    },
    { highWaterMark: 0 },
  )
}

const encoder = new TextEncoder()
const frame = (chunk: object): Uint8Array<ArrayBuffer> =>
  encoder.encode(
    `data: ${JSON.stringify({ object: 'chat.completion.chunk', model: demoModel.id, ...chunk })}\n\n`,
  )

/** `text` in pieces, each a word and the white space before it: the demo's tokens. */
const wordsOf = (text: string): string[] => text.match(/\s*\S+|\s+/g) ?? []

function readTurns(messages: unknown): Turn[] | null {
  if (!Array.isArray(messages)) return null
  return messages
    .filter(isRecord)
    .map(({ role, content }) => ({ role: String(role), content: String(content) }))
}

const refuse = (status: number, code: string, headers: Record<string, string> = {}): Response =>
  Response.json(
    { error: { message: 'The demo was asked to refuse this.', type: code, code } },
    { status, headers },
  )

import { type Message, textOf } from '@mayfly/contracts'
import type { OpenAI } from 'openai'
import type { ServerKind } from './servers.ts'

type Turn = OpenAI.ChatCompletionMessageParam
type Prefill = { message?: { prefix: true }; body?: Record<string, boolean> }

/**
 * Who goes on from a partial reply exactly where it ends when it stands last in the transcript, and what has to be
 * said besides. Everybody else is asked in words, for they would answer it as if it were whole, or refuse.
 */
const prefills: Partial<Record<ServerKind, Prefill>> = {
  demo: {},
  ollama: {},
  'llama.cpp': {},
  groq: {},
  openrouter: {},
  vllm: { body: { continue_final_message: true, add_generation_prompt: false } },
  mistral: { message: { prefix: true } },
  deepseek: { message: { prefix: true } },
}

/** The last words are asked for again, so that what joins the two can tell where the one goes over into the other. */
const instructionFor = (words: string) =>
  'Your last message was cut off. Go on with it in the same language and format, as if nothing had happened: do not ' +
  'start over, and add no remark about the interruption. Begin by repeating its last words exactly as they stand ' +
  `here, then write on:\n\n${words}`

/** The end of a text: 60 units of its last line, or of more where that is short, from the beginning of a word. */
function lastWords(text: string): string {
  const end = text.trimEnd()
  const line = end.lastIndexOf('\n') + 1
  const start = Math.max(end.length - line < 20 ? 0 : line, end.length - 60)
  const last = end.slice(start).replace(/^[\uDC00-\uDFFF]/, '')
  return /\S/.test(end[start - 1] ?? ' ') ? last.replace(/^\S{0,30}\s+/, '') : last
}

export type Continuation = {
  messages: Turn[]
  /** Fields of the request's body beside the usual ones. */
  body: Record<string, boolean>
  /** How many units of the last message's end the server was asked to say again; 0 where it goes on by itself. */
  repeats: number
  /** Half a character that was left out at the end of the prefix: the reply must not begin with it again. */
  heldBack: string
}

/** The transcript as `server` has to be sent it so that it goes on from the partial reply at its end. */
export function continueFrom(
  messages: readonly Message[],
  server: ServerKind,
  how: 'prefill' | 'instruct' | null,
): Continuation {
  const last = messages.at(-1)
  if (last?.role !== 'assistant')
    return { messages: messages.map(asTurn), body: {}, repeats: 0, heldBack: '' }
  const whole = textOf(last)
  const heldBack = /[\uD800-\uDBFF]$/.exec(whole)?.[0] ?? ''
  const prefix = withoutHalves(whole)
  const before = messages.slice(0, -1).map(asTurn)
  // Without text there is nothing to go on from, and several servers refuse an empty turn.
  if (prefix === '') return { messages: before, body: {}, repeats: 0, heldBack }

  const prefill = prefills[server]
  // The demo's script can't be asked in words.
  const inWords = server !== 'demo' && (how === 'instruct' || (how === null && !prefill))
  const turn: Turn = { role: 'assistant', content: prefix, ...(inWords ? {} : prefill?.message) }
  if (inWords) {
    const words = lastWords(prefix)
    const instruction: Turn = { role: 'user', content: instructionFor(words) }
    return { messages: [...before, turn, instruction], body: {}, repeats: words.length, heldBack }
  }
  return { messages: [...before, turn], body: prefill?.body ?? {}, repeats: 0, heldBack }
}

/** A message as the protocol has it. */
export function asTurn(message: Message): Turn {
  return { role: message.role, content: withoutHalves(textOf(message)) }
}

/** Half of a surrogate pair is no character: some servers refuse all that holds one, others read another in its place. */
const withoutHalves = (text: string) => text.replaceAll(/\p{Surrogate}/gu, '')

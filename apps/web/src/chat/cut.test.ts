// @vitest-environment node
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { text as readText } from 'node:stream/consumers'
import {
  createChatClient,
  type Message,
  type ReplyEvent,
  replyRequest,
  type ReplyRequest,
  textMessage,
  textOf,
} from '@mayfly/contracts'
import { canContinue, conversationMachine, openBranch } from '@mayfly/machines'
import fc from 'fast-check'
import * as v from 'valibot'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createActor, waitFor } from 'xstate'
import { createReplyActor } from './reply-actor.ts'

const isLong = process.env['MAYFLY_TEST_LONG'] !== undefined
/** For each test, on a machine that does other things too. */
const longestMs = 120_000

/** How a body falls short of its end. */
const endings = ['reset', 'fin', 'clean end', 'silence'] as const
type Ending = (typeof endings)[number]
type Cut = { bytes: number; ending: Ending }

const question = 'What is a mayfly?'
const whole = `**A mayfly** lives a day; its Greek name, *ephemeron*, says so.

\`\`\`ts
const ends = (hours: number) => hours > 24 && "\\u2026" // half a 🪰
\`\`\`

| tongue | name | said |
| :-- | --: | --- |
| عربي | ذبابة مايو | تعيش يومًا واحدًا |
| עברית | בריום | חי יום אחד |
| 日本語 | 蜉蝣 | かげろう |

1. 👩‍👩‍👧‍👦 see it rise 🏳️‍🌈
2. 🇺🇦🇯🇵🇧🇷 and it's there: e\u0301, ﷽, 𝒳, \u200f“done” 👍🏽
`

/** Lengths of a reply's pieces in UTF-16 units, over and over: some of them end between the halves of a pair. */
const lengths = [1, 17, 2, 9, 31, 3, 24, 5, 40]

/** A reply as the API writes it: its bytes, and the events that are whole after so many of them. */
function record(replyId: string, text: string) {
  const events: ReplyEvent[] = [{ type: 'started', seq: 0, replyId, model: 'river' }]
  for (let at = 0; at < text.length;) {
    const length = lengths[events.length % lengths.length] ?? 1
    events.push({ type: 'delta', seq: events.length, text: text.slice(at, at + length) })
    at += length
  }
  const usage = { input: 7, output: events.length - 1 }
  events.push({ type: 'finished', seq: events.length, finishReason: 'stop', usage })

  let wire = 'event: connected\ndata: {}\n\n'
  const places = events.map((event) => {
    wire += `data: ${JSON.stringify(event)}\n\n`
    const end = Buffer.byteLength(wire)
    if (event.seq % 7 === 3) wire += 'event: ping\ndata: \n\n'
    return { event, end }
  })
  return {
    bytes: Buffer.from(`${wire}event: return\ndata: \n\n`),
    after: (bytes: number) => places.filter(({ end }) => end <= bytes).map(({ event }) => event),
  }
}

const uncut = record('r1', whole)

type Answer = { bytes: Uint8Array; ending: Ending | 'whole' }

/** A model behind an API: it goes on from exactly where a partial reply ends. Its answers are cut in turn. */
function answerWithCuts(cuts: readonly Cut[]) {
  const asked: ReplyRequest[] = []
  const answer = (body: string): Answer => {
    const request = v.parse(replyRequest, JSON.parse(body))
    const last = request.messages.at(-1)
    const partial = last?.role === 'assistant' ? textOf(last) : ''
    const { bytes } = record(`r${asked.length + 1}`, whole.slice(partial.length))
    const { bytes: most, ending } = cuts[asked.length] ?? { bytes: Infinity, ending: 'whole' }
    asked.push(request)
    return most < bytes.length ? { bytes: bytes.subarray(0, most), ending } : { bytes, ending: 'whole' }
  }
  return { asked, answer }
}

beforeEach(() => {
  vi.useFakeTimers({
    toFake: ['Date', 'performance', 'setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'],
  })
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

/** Takes the place of `fetch`: an answer's body breaks, ends or falls silent as it should, and is read as any other. */
function stubFetch(answer: (body: string) => Answer): string {
  vi.stubGlobal('fetch', async (_url: string, { body, signal }: { body: string; signal: AbortSignal }) => {
    const { bytes, ending } = answer(body)
    const tear = (bytes.length * 31) % (bytes.length + 1) // in two pieces, anywhere
    const pieces = [bytes.subarray(0, tear), bytes.subarray(tear)].filter(({ length }) => length > 0)
    const source: UnderlyingDefaultSource<Uint8Array> = {
      start: (controller) => signal.addEventListener('abort', () => controller.error(signal.reason)),
      pull(controller) {
        const piece = pieces.shift()
        if (piece) controller.enqueue(piece)
        else if (ending === 'silence') vi.advanceTimersByTime(47_000)
        else if (ending === 'whole' || ending === 'clean end') controller.close()
        else controller.error(new TypeError('terminated', { cause: ending }))
      },
    }
    // Without a queue, the body is asked for more only when all before it was read.
    const stream = new ReadableStream(source, { highWaterMark: 0 })
    return new Response(stream, { headers: { 'content-type': 'text/event-stream' } })
  })
  return 'http://stubbed'
}

/** Serves answers over a real socket. Silence is a second at each turn of the loop until the reader hangs up. */
async function serve(answer: (body: string) => Answer) {
  const server = createServer(async (req, res) => {
    const { bytes, ending } = answer(await readText(req))
    res.writeHead(200, { 'content-type': 'text/event-stream' })
    res.flushHeaders()
    if (bytes.length > 0) await new Promise((written) => res.write(bytes, written))
    end(res, ending)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('not listening on a port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

function end(res: ServerResponse, ending: Answer['ending']): void {
  if (ending === 'reset') res.socket?.resetAndDestroy()
  else if (ending === 'fin') res.socket?.end() // the chunk that says the end is missing
  else if (ending !== 'silence') res.end()
  else {
    vi.advanceTimersByTime(1_000)
    setImmediate(() => res.req.socket.destroyed || end(res, ending))
  }
}

/** The chat as the page wires it. */
const chatAt = (url: string) =>
  conversationMachine.provide({
    actors: { reply: createReplyActor(createChatClient({ url }).reply.subscribe, () => {}) },
  })

/** Asks, and does whatever is offered until the reply is whole; notes each state it came to rest in, and its text. */
async function converse(chat: ReturnType<typeof chatAt>) {
  const actor = createActor(chat, { input: { firstTokenMs: 300_000, silenceMs: 60_000 } }).start()
  const rests: { state: string; text: string }[] = []
  actor.send({ type: 'send', text: question })
  for (;;) {
    const atRest = await waitFor(actor, ({ value }) => value !== 'sending' && value !== 'streaming')
    const branch = openBranch(atRest.context.tree)
    const last = branch.at(-1)
    if (atRest.value === 'idle' || rests.length === 20) {
      actor.stop()
      return { rests, branch, turns: atRest.context.tree.turns.size }
    }
    rests.push({ state: atRest.value, text: last?.role === 'assistant' ? last.text : '' })
    if (atRest.value === 'backoff') vi.advanceTimersByTime(60_000)
    else actor.send({ type: canContinue(last) ? 'continue' : 'retry' })
  }
}

/** How many characters are missing of `text`, and how many are too many, around one place. */
function compare(text: string): { lost: number; doubled: number } {
  const most = Math.min(text.length, whole.length)
  let head = 0
  while (head < most && text[head] === whole[head]) head += 1
  let tail = 0
  while (tail < most - head && text.at(-1 - tail) === whole.at(-1 - tail)) tail += 1
  return { lost: whole.length - head - tail, doubled: text.length - head - tail }
}

const textIn = (events: readonly ReplyEvent[]) =>
  events.map((event) => (event.type === 'delta' ? event.text : '')).join('')

/** The question, and what arrived of the reply to go on from. */
const transcriptTo = (partial: string): Message[] => [
  textMessage('user', question),
  ...(partial === '' ? [] : [textMessage('assistant', partial)]),
]

type Sum = { conversations: number; lost: number; doubled: number; questions: number; replies: number }
const nothing: Sum = { conversations: 0, lost: 0, doubled: 0, questions: 0, replies: 0 }

/** Adds one conversation to a sum, after a look at each of its requests: it carried what had been shown by then. */
function add(
  sum: Sum,
  { rests, branch, turns }: Awaited<ReturnType<typeof converse>>,
  asked: ReplyRequest[],
) {
  expect(asked.map(({ messages }) => messages)).toEqual(
    ['', ...rests.map(({ text }) => text)].map(transcriptTo),
  )
  expect(asked.map(({ continues = false }) => continues)).toEqual([
    false,
    ...rests.map(({ text }) => text !== ''),
  ])
  const { lost, doubled } = compare(branch[1]?.text ?? '')
  sum.conversations += 1
  sum.lost += lost
  sum.doubled += doubled
  sum.questions += branch.filter(({ role }) => role === 'user').length
  sum.replies += turns - 1
}

const allWell = (conversations: number): Sum => ({
  ...nothing,
  conversations,
  questions: conversations,
  replies: conversations,
})

/** Where a conversation rests once, after an answer of which so much had arrived. */
function restAfter(events: readonly ReplyEvent[], ending: Ending): { state: string; text: string }[] {
  const text = textIn(events)
  if (events.at(-1)?.type === 'finished') return []
  if (text !== '') return [{ state: 'interrupted', text }]
  return [{ state: ending === 'silence' ? 'error' : 'backoff', text }]
}

test.each(endings)(
  'a reply that is cut by a %s after any of its bytes is whole after Continue, and nothing of it is doubled',
  async (ending) => {
    const sum = { ...nothing }
    let server = answerWithCuts([])
    const chat = chatAt(stubFetch((body) => server.answer(body)))
    for (let bytes = 0; bytes < uncut.bytes.length; bytes += 1) {
      server = answerWithCuts([{ bytes, ending }])
      const conversation = await converse(chat)
      const arrived = uncut.after(bytes)
      expect(conversation.rests, `after ${bytes} bytes`).toEqual(restAfter(arrived, ending))
      add(sum, conversation, server.asked)
      // What may still run there is not to run beside its successor.
      if (conversation.rests.length > 0) {
        expect(server.asked[1]?.replaces).toBe(arrived.length > 0 ? 'r1' : undefined)
      }
    }
    expect(sum).toEqual(allWell(uncut.bytes.length))
  },
  longestMs,
)

test(
  'a reply that is cut again while it goes on is whole in the end',
  async () => {
    let server = answerWithCuts([])
    const chat = chatAt(stubFetch((body) => server.answer(body)))
    const cut = fc.record({ bytes: fc.nat(uncut.bytes.length), ending: fc.constantFrom(...endings) })
    const run = async (cuts: Cut[]) => {
      server = answerWithCuts(cuts)
      const sum = { ...nothing }
      add(sum, await converse(chat), server.asked)
      expect(sum).toEqual(allWell(1))
    }
    const cuts = fc.array(cut, { minLength: 2, maxLength: 6, size: 'max' })
    await fc.assert(fc.asyncProperty(cuts, run), { numRuns: isLong ? 10_000 : 500 })
  },
  longestMs,
)

test.each(endings)(
  'over a real socket, a reply that is cut by a %s is whole after Continue as well',
  async (ending) => {
    const sum = { ...nothing }
    let server = answerWithCuts([])
    await using sockets = await serve((body) => server.answer(body))
    const chat = chatAt(sockets.url)
    const step = isLong ? 1 : 53
    for (let bytes = 0; bytes < uncut.bytes.length; bytes += step) {
      server = answerWithCuts([{ bytes, ending }])
      const conversation = await converse(chat)
      add(sum, conversation, server.asked)
      const arrived = uncut.after(bytes)
      // A reset may throw away what was not read yet, and nothing else does.
      if (ending === 'reset') expect(textIn(arrived).startsWith(conversation.rests[0]?.text ?? '')).toBe(true)
      else expect(conversation.rests, `after ${bytes} bytes`).toEqual(restAfter(arrived, ending))
    }
    expect(sum).toEqual(allWell(Math.ceil(uncut.bytes.length / step)))
  },
  longestMs,
)

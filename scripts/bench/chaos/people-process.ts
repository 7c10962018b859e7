// All the conversations of one kind, each behind a network of its own:  people-process.ts KIND API-PORT TOKEN SECONDS
// Tells its parent what came of them when all are through, or when the time is up.
import { setTimeout as delay } from 'node:timers/promises'
import {
  type Conversation,
  type ConversationOptions,
  startConversation,
} from '../../../apps/web/bench/conversation.ts'
import { type FaultProxy, startFaultProxy } from '../../../e2e/fixtures/fault-proxy.ts'
import { conversations, networkFault, questionOf, replyTo, turns } from './plan.ts'
import { eventSource, plainReader, startReader } from './usual-readers.ts'

const kinds = {
  ours: startConversation,
  plain: (options: ConversationOptions) => startReader(options, plainReader),
  eventSource: (options: ConversationOptions) => startReader(options, eventSource),
} as const
export type Kind = keyof typeof kinds

/** What came of all conversations of a kind. */
export type Outcome = {
  turns: number
  finished: number
  /** Characters missing of finished replies, and characters too many, in UTF-16 units. */
  lost: number
  doubled: number
  /** Messages beyond a question and a reply a turn. */
  besides: number
  requests: number
  /** Characters of finished replies, and those that came in for them. */
  needed: number
  received: number
  /** From a fault to the moment when the request was no longer believed in, sorted. In ms. */
  cutNoticed: number[]
  silenceNoticed: number[]
}

const limits = { firstTokenMs: 2_000, silenceMs: 2_000 }

const [kind = '', apiPort, token = '', seconds] = process.argv.slice(2)
const start = new Map<string, (typeof kinds)[Kind]>(Object.entries(kinds)).get(kind)
if (!start) throw new Error(`nobody reads like "${kind}"`)
const outcome: Outcome = {
  turns: conversations * turns,
  finished: 0,
  lost: 0,
  doubled: 0,
  besides: 0,
  requests: 0,
  needed: 0,
  received: 0,
  cutNoticed: [],
  silenceNoticed: [],
}

const timeIsUp = delay(Number(seconds) * 1_000, 'time is up' as const, { ref: false })
await Promise.all(Array.from({ length: conversations }, (_, i) => live(start, i)))
for (const times of [outcome.cutNoticed, outcome.silenceNoticed]) times.sort((a, b) => a - b)
process.send?.(outcome, () => process.exit())

/** One conversation from its first question to its last reply. */
async function live(start: (typeof kinds)[Kind], conversation: number): Promise<void> {
  await delay(conversation * 10) // as people come
  const network = await startFaultProxy(Number(apiPort))
  let turn = 0
  let request = 0
  let received = 0
  const faults = injectFaults(network)
  const held: Conversation = start({
    url: `http://127.0.0.1:${network.port}`,
    token,
    limits,
    silenceMs: 4_000,
    headersMs: 6_000,
    onAsk: () => {
      outcome.requests += 1
      faults.plan(networkFault(conversation, turn, request++))
    },
    onText: (text) => (received += text.length),
    onGivenUp: () => faults.noticed(),
  })
  for (turn = 0; turn < turns; turn += 1) {
    request = 0
    received = 0
    const asked = held.ask(questionOf(conversation, turn)).then(() => 'finished' as const)
    asked.catch(() => {}) // of a conversation that is stopped when the time is up
    if ((await Promise.race([asked, timeIsUp])) === 'time is up') break
    faults.over()
    const whole = replyTo(conversation, turn)
    const { lost, doubled } = compare(held.said().at(-1) ?? '', whole)
    outcome.finished += 1
    outcome.lost += lost
    outcome.doubled += doubled
    outcome.needed += whole.length
    outcome.received += received
  }
  outcome.besides += held.besides() + Math.max(0, held.said().length - 2 * turns)
  held.stop()
  await network.close()
}

/** Has one fault at a time happen to a network, and notes how long it takes to be noticed. */
function injectFaults(network: FaultProxy) {
  let timer: NodeJS.Timeout | undefined
  let since: { at: number; times: number[] } | undefined

  const strike = (kind: NonNullable<ReturnType<typeof networkFault>>['kind']) => {
    if (kind === 'latency') return network.setFaults({ latencyMs: 100 })
    if (kind === 'slices') return network.setFaults({ sliceBytes: 1 })
    since = { at: performance.now(), times: kind === 'stall' ? outcome.silenceNoticed : outcome.cutNoticed }
    if (kind === 'stall') network.setFaults({ limit: { bytes: 0, ending: 'stall' } })
    else network.killAll(kind)
  }
  const over = () => {
    clearTimeout(timer)
    since = undefined
  }
  return {
    plan(fault: ReturnType<typeof networkFault>) {
      over()
      network.setFaults({})
      if (fault) timer = setTimeout(() => strike(fault.kind), fault.afterMs)
    },
    noticed() {
      if (since) since.times.push(performance.now() - since.at)
      over()
    },
    over,
  }
}

/** How many characters of `whole` are missing in `text`, and how many are too many, around one place. */
function compare(text: string, whole: string): { lost: number; doubled: number } {
  const most = Math.min(text.length, whole.length)
  let head = 0
  while (head < most && text[head] === whole[head]) head += 1
  let tail = 0
  while (tail < most - head && text.at(-1 - tail) === whole.at(-1 - tail)) tail += 1
  return { lost: whole.length - head - tail, doubled: text.length - head - tail }
}

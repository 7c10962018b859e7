import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openReader, type Reader } from './reader.ts'

const kinds = ['pipe', 'hand', 'ours', 'stock'] as const
export type Kind = (typeof kinds)[number]

/** One kind of relay at one number of streams. Times in ms. */
export type RelayRow = {
  streams: number
  kind: Kind
  /** The relay's own CPU time for a token, while all streams are open, in µs. */
  cpuPerToken: number
  /** Its CPU time to begin a reply: who asks, what is allowed, the upstream's connection. */
  cpuPerReply: number
  /** The part of the tokens that came in their second: below 1 the machine was too slow for the load. */
  delivered: number
  /** From the wish to read to the first token, and from a reader that leaves to the upstream's closed socket. */
  firstTextP50: number
  firstTextP99: number
  stopP50: number
  stopWorst: number
  /** In KB; null for a single stream, which is lost in what else a process does. */
  heapPerStream: number | null
}

/** What one round measured, with each time of the readers who came later. */
type Round = Pick<RelayRow, 'cpuPerToken' | 'cpuPerReply' | 'delivered'> & {
  heapPerStream: number
  firsts: number[]
  stops: number[]
}

const tokensASecond = 50
/** As many replies as one person may have at a time. */
const repliesEach = 4
const measuredMs = 4_000

/**
 * Measures each relay in turn, several rounds, against one upstream that says 50 tokens a second on every stream.
 * The medians of the rounds are comparable with each other, not with another machine's.
 */
export async function benchRelay(streamCounts: readonly number[], rounds: number): Promise<RelayRow[]> {
  const rows: RelayRow[] = []
  for (const streams of streamCounts) {
    const measured = new Map<Kind, Round[]>(kinds.map((kind) => [kind, []]))
    for (let round = 0; round < rounds; round++) {
      for (const kind of kinds) measured.get(kind)?.push(await measure(kind, streams))
    }
    for (const kind of kinds) rows.push(summarize(kind, streams, measured.get(kind) ?? []))
  }
  return rows
}

async function measure(kind: Kind, streams: number): Promise<Round> {
  const folder = mkdtempSync(join(tmpdir(), 'mayfly-bench-'))
  const upstream = start('upstream-process.ts', [])
  const upstreamPort = await told<number>(upstream)
  const people = Math.ceil((streams + 50) / repliesEach)
  const args = [kind, String(upstreamPort), join(folder, 'bench.db'), String(people)]
  const relay = start('relay-process.ts', args)
  const { port, tokens } = await told<{ port: number; tokens: string[] }>(relay)
  let opened = 0
  const open = () => openReader(port, tokens[opened++ % tokens.length] ?? '')
  const cpu = () => ask(relay, 'cpu')
  try {
    const warm = await openAll(open, 50)
    await sleep(1_000)
    for (const reader of warm) reader.leave()
    await sleep(500)

    const heapBefore = await ask(relay, 'heap')
    const cpuBefore = await cpu()
    const readers = await openAll(open, streams)
    const cpuOpened = await cpu()
    const tokensOpened = count(readers)
    await sleep(500)
    const heapOpen = await ask(relay, 'heap')
    await sleep(500)

    const began = performance.now()
    const [cpuStart, tokensStart] = [await cpu(), count(readers)]
    await sleep(measuredMs)
    const [cpuEnd, tokensEnd] = [await cpu(), count(readers)]
    const ms = performance.now() - began
    const cpuPerToken = (cpuEnd - cpuStart) / (tokensEnd - tokensStart)

    return {
      cpuPerToken,
      cpuPerReply: (cpuOpened - cpuBefore - tokensOpened * cpuPerToken) / streams / 1_000,
      delivered: (tokensEnd - tokensStart) / ((ms / 1_000) * tokensASecond * streams),
      heapPerStream: (heapOpen - heapBefore) / 1024 / streams,
      ...(await measureLater(upstream, open)),
    }
  } finally {
    relay.disconnect()
    upstream.disconnect()
    await Promise.all([once(relay, 'exit'), once(upstream, 'exit')])
    rmSync(folder, { recursive: true, force: true })
  }
}

function start(file: string, args: string[]): ChildProcess {
  return fork(join(import.meta.dirname, file), args, { execArgv: ['--expose-gc'] })
}

async function told<T>(child: ChildProcess): Promise<T> {
  const [message] = await once(child, 'message', { signal: AbortSignal.timeout(30_000) })
  return message
}

function ask(relay: ChildProcess, what: 'cpu' | 'heap'): Promise<number> {
  relay.send(what)
  return told<number>(relay)
}

/** Opens readers as people come: what is asked is the first text beside other streams, not after a stampede. */
async function openAll(open: () => Reader, count: number): Promise<Reader[]> {
  const readers: Reader[] = []
  for (let i = 0; i < count; i++) {
    readers.push(open())
    await sleep(8)
  }
  await Promise.all(readers.map((reader) => reader.first))
  return readers
}

const count = (readers: readonly Reader[]) => readers.reduce((sum, reader) => sum + reader.tokens(), 0)

/** Forty more readers, one after the other, who leave at the first token; fewer where a relay takes too long. */
async function measureLater(upstream: ChildProcess, open: () => Reader) {
  const firsts: number[] = []
  const stops: number[] = []
  const until = performance.now() + 5_000
  while (stops.length < 40 && performance.now() < until) {
    const reader = open()
    firsts.push(await reader.first)
    const left = process.hrtime.bigint()
    reader.leave()
    let closed: bigint
    do closed = BigInt(await told<string>(upstream))
    while (closed < left) // of a stream that was left before
    stops.push(Number(closed - left) / 1e6)
    await sleep(10)
  }
  return { firsts, stops }
}

function summarize(kind: Kind, streams: number, rounds: readonly Round[]): RelayRow {
  const median = (pick: (round: Round) => number) => quantile(rounds.map(pick), 0.5)
  const firsts = rounds.flatMap((round) => round.firsts)
  const stops = rounds.flatMap((round) => round.stops)
  return {
    streams,
    kind,
    cpuPerToken: median((round) => round.cpuPerToken),
    cpuPerReply: median((round) => round.cpuPerReply),
    delivered: median((round) => round.delivered),
    firstTextP50: quantile(firsts, 0.5),
    firstTextP99: quantile(firsts, 0.99),
    stopP50: quantile(stops, 0.5),
    stopWorst: Math.max(...stops),
    heapPerStream: streams > 1 ? median((round) => round.heapPerStream) : null,
  }
}

function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0
}

import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const kinds = ['pipe', 'ours', 'stock'] as const
type Kind = (typeof kinds)[number]

/** One kind of relay at one number of streams. CPU in µs a token, times in ms, heap in KB a stream. */
export type RelayRow = {
  streams: number
  kind: Kind
  cpuPerToken: number
  firstTextP50: number
  firstTextP99: number
  heapPerStream: number
  stopP50: number
  stopWorst: number
}

const seconds = 4
const tokensASecond = 50

/**
 * Measures each relay in turn, several rounds, against one upstream that says 50 tokens a second on every stream.
 * The medians of the rounds are comparable with each other, not with another machine's.
 */
export async function benchRelay(streamCounts: readonly number[], rounds: number): Promise<RelayRow[]> {
  const rows: RelayRow[] = []
  for (const streams of streamCounts) {
    const measured = new Map<Kind, RelayRow[]>(kinds.map((kind) => [kind, []]))
    for (let round = 0; round < rounds; round++) {
      for (const kind of kinds) measured.get(kind)?.push(await measure(kind, streams))
    }
    for (const kind of kinds) rows.push(medians(measured.get(kind) ?? []))
  }
  return rows
}

async function measure(kind: Kind, streams: number): Promise<RelayRow> {
  const folder = mkdtempSync(join(tmpdir(), 'mayfly-bench-'))
  const upstream = start('upstream-process.ts', [String(seconds * tokensASecond)])
  const { port: upstreamPort } = await told<{ port: number }>(upstream)
  const relay = start('relay-process.ts', [kind, String(upstreamPort), join(folder, 'bench.db')])
  const { port, token } = await told<{ port: number; token: string }>(relay)
  try {
    await Promise.all(Array.from({ length: 20 }, () => open(port, token).stopAfterFirst())) // warms up
    await sleep(300)
    const before = await usageOf(relay)
    const opened: ReturnType<typeof open>[] = []
    for (let i = 0; i < streams; i++) {
      opened.push(open(port, token))
      await sleep(5) // as people come: what is asked is the first text beside other streams, not after a stampede
    }
    await Promise.all(opened.map((stream) => stream.first))
    await sleep(1_000)
    const between = await usageOf(relay)
    await Promise.all(opened.map((stream) => stream.ended))
    const after = await usageOf(relay)
    const tokens = streams * seconds * tokensASecond
    const firsts = (await Promise.all(opened.map((stream) => stream.first))).toSorted((a, b) => a - b)
    const stops = await measureStops(upstream, port, token)
    return {
      streams,
      kind,
      cpuPerToken: (after.cpu - before.cpu) / tokens,
      firstTextP50: quantile(firsts, 0.5),
      firstTextP99: quantile(firsts, 0.99),
      heapPerStream: (between.heap - before.heap) / 1024 / streams,
      stopP50: quantile(stops, 0.5),
      stopWorst: stops.at(-1) ?? 0,
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

async function usageOf(relay: ChildProcess): Promise<{ cpu: number; heap: number }> {
  relay.send('usage')
  const { cpu, heap } = await told<{ cpu: NodeJS.CpuUsage; heap: number }>(relay)
  return { cpu: cpu.user + cpu.system, heap }
}

/** Opens one stream as a client would that reads at once. */
function open(port: number, token: string) {
  const started = performance.now()
  const first = Promise.withResolvers<number>()
  const ended = Promise.withResolvers<void>()
  const req = request({
    host: '127.0.0.1',
    port,
    path: '/trpc/reply',
    method: 'POST',
    agent: false,
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
  })
  req.on('response', (res) => {
    res.on('data', (bytes: Buffer) => {
      if (bytes.includes(' token')) first.resolve(performance.now() - started)
    })
    res.on('end', () => ended.resolve())
    res.on('error', () => ended.resolve())
  })
  req.on('error', () => ended.resolve())
  req.end('{"version":1,"model":"m","messages":[{"role":"user","parts":[{"type":"text","text":"Hi"}]}]}')
  return {
    first: first.promise,
    ended: ended.promise,
    async stopAfterFirst() {
      await first.promise
      req.destroy()
    },
  }
}

/** From a reader that leaves to the upstream's closed socket, one after the other. In ms, sorted. */
async function measureStops(upstream: ChildProcess, port: number, token: string): Promise<number[]> {
  await sleep(200)
  const stops: number[] = []
  for (let i = 0; i < 20; i++) {
    const stream = open(port, token)
    await stream.first
    const left = process.hrtime.bigint()
    await stream.stopAfterFirst()
    let closed: bigint
    do closed = BigInt((await told<{ closed: string }>(upstream)).closed)
    while (closed < left) // of streams that ended before
    stops.push(Number(closed - left) / 1e6)
  }
  return stops.toSorted((a, b) => a - b)
}

const quantile = (sorted: readonly number[], q: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0

function medians(rounds: readonly RelayRow[]): RelayRow {
  const [one] = rounds
  if (!one) throw new Error('nothing was measured')
  const median = (pick: (row: RelayRow) => number) =>
    quantile(
      rounds.map(pick).toSorted((a, b) => a - b),
      0.5,
    )
  return {
    streams: one.streams,
    kind: one.kind,
    cpuPerToken: median((row) => row.cpuPerToken),
    firstTextP50: median((row) => row.firstTextP50),
    firstTextP99: median((row) => row.firstTextP99),
    heapPerStream: median((row) => row.heapPerStream),
    stopP50: median((row) => row.stopP50),
    stopWorst: Math.max(...rounds.map((row) => row.stopWorst)),
  }
}

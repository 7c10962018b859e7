import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { freePort } from '../../e2e/fixtures/app.ts'
import type { Kind, Outcome } from './chaos/people-process.ts'
import { conversations, turns } from './chaos/plan.ts'

const names = {
  ours: 'Mayfly',
  plain: 'plain fetch reader',
  eventSource: 'EventSource that reconnects',
} as const satisfies Record<Kind, string>
/** Ours comes last, when the server has warmed up: what its memory has grown by then is no longer code. */
const kinds = ['plain', 'eventSource', 'ours'] as const

/** The usual readers wait for ever for what fell silent. Ours has the time that a busy machine may take. In s. */
const longest = { plain: 40, eventSource: 40, ours: 120 } as const satisfies Record<Kind, number>

/** What the server's heap may be when everybody has gone, to what it was before the first question. */
const mostGrowth = 1.5

/** In bytes, each after a collection. */
type Memory = { rss: number; heapUsed: number }
export type ChaosRow = Outcome & {
  kind: Kind
  seconds: number
  /** Leases that were left in the store when everybody had gone. */
  leases: number
  /** The server's memory before the first question, while all ask, and when everybody had gone. */
  memory: { before: Memory; between: Memory; after: Memory }
}

const file = (name: string) => join(import.meta.dirname, 'chaos', name)
const main = join(import.meta.dirname, '..', '..', 'apps', 'api', 'src', 'main.ts')

/**
 * Holds the same conversations through the same faults in three ways, over the real server, and prints what came of
 * them. Sets the exit status to 1 if ours lost or doubled a character, left a turn unfinished, leaked a lease or kept
 * memory.
 */
export async function runChaosBench(): Promise<ChaosRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'mayfly-chaos-'))
  const databasePath = join(folder, 'mayfly.db')
  const model = fork(file('model-process.ts'))
  const { port } = await told<{ port: number }>(model)
  const api = await startApi(port, databasePath)
  const rows: ChaosRow[] = []
  try {
    for (const kind of kinds) {
      model.send('next')
      rows.push(await measure(kind, api, databasePath))
    }
  } finally {
    const gone = [once(api.server, 'exit'), once(model, 'exit')]
    api.server.kill('SIGTERM')
    model.disconnect()
    await Promise.all(gone)
    rmSync(folder, { recursive: true, force: true })
  }
  print(rows)
  judge(rows)
  return rows
}

/** What must not come of Mayfly's conversations, in words; empty where all went well. */
export function faultsOf(row: Omit<ChaosRow, 'kind'>): string[] {
  const { before, after } = row.memory
  const wrong: [string, boolean][] = [
    ['left a turn unfinished', row.finished < row.turns],
    ['lost a character', row.lost > 0],
    ['doubled a character', row.doubled > 0],
    ['has a message beyond a question and a reply', row.besides > 0],
    ['leaked a lease', row.leases > 0],
    ['kept memory', after.heapUsed > before.heapUsed * mostGrowth],
  ]
  return wrong.flatMap(([words, isSo]) => (isSo ? [words] : []))
}

function judge(rows: readonly ChaosRow[]): void {
  const ours = rows.find(({ kind }) => kind === 'ours')
  const faults = ours ? faultsOf(ours) : ['was not measured']
  if (faults.length === 0) return
  console.error(`chaos: Mayfly ${faults.join(', ')}`)
  process.exitCode = 1
}

async function measure(kind: Kind, api: Api, databasePath: string): Promise<ChaosRow> {
  const before = await memoryOf(api.server)
  const since = performance.now()
  const people = fork(file('people-process.ts'), [kind, String(api.port), api.token, String(longest[kind])])
  const outcome = told<Outcome>(people)
  await Promise.race([delay(8_000), outcome])
  const between = await memoryOf(api.server)
  const row = await outcome
  const seconds = (performance.now() - since) / 1_000
  if (people.exitCode === null) await once(people, 'exit')
  const leases = await leasesLeft(databasePath)
  return { kind, seconds, ...row, leases, memory: { before, between, after: await memoryOf(api.server) } }
}

type Api = { server: ChildProcess; port: number; token: string }

/** The server as it is, with short watchdogs and limits that let one owner ask for everybody. */
async function startApi(modelPort: number, databasePath: string): Promise<Api> {
  const port = await freePort()
  const env = {
    PATH: process.env['PATH'],
    PORT: String(port),
    DATABASE_URL: databasePath,
    UPSTREAM: `http://127.0.0.1:${modelPort}/v1`,
    UPSTREAM_CONTINUES: 'prefill',
    UPSTREAM_FIRST_TOKEN_SECONDS: '2',
    UPSTREAM_SILENCE_SECONDS: '2',
    LIMIT_CONCURRENT_REPLIES: '1000',
    LIMIT_REQUESTS_PER_MINUTE: '100000',
    LOG_LEVEL: 'silent',
  }
  const start = (args: string[], execArgv: string[], stderr: 'inherit' | 'ignore') =>
    fork(main, args, { env, execArgv, stdio: ['ignore', 'pipe', stderr, 'ipc'] })

  const server = start(
    [],
    ['--expose-gc', '--import', pathToFileURL(file('report-memory.ts')).href],
    'inherit',
  )
  await new Promise<void>((resolve, reject) => {
    server.stdout?.on('data', (chunk) => String(chunk).includes('Mayfly is ready') && resolve())
    server.once('exit', () => reject(new Error('the server did not start')))
  })
  const origin = `http://localhost:${port}`
  const signedUp = await fetch(`${origin}/trpc/signUp`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin },
    body: JSON.stringify({ username: 'chaos', password: 'a sentence works' }),
  })
  await signedUp.text()
  const { stdout } = start(['--token', 'chaos'], [], 'ignore')
  const token = (stdout ? await text(stdout) : '').trim()
  return { server, port, token }
}

async function told<T>(child: ChildProcess): Promise<T> {
  const [message] = await once(child, 'message', { signal: AbortSignal.timeout(180_000) })
  return message
}

function memoryOf(server: ChildProcess): Promise<Memory> {
  server.send('memory')
  return told<Memory>(server)
}

/** Counts the leases once they have had a moment to be given back. */
async function leasesLeft(databasePath: string): Promise<number> {
  const db = new DatabaseSync(databasePath, { readOnly: true })
  const query = db.prepare('select count(*) as count from leases')
  const count = () => Number(query.get()?.['count'])
  for (let tries = 0; tries < 20 && count() > 0; tries += 1) await delay(100)
  const left = count()
  db.close()
  return left
}

function print(rows: readonly ChaosRow[]): void {
  console.log(
    `chaos: ${conversations} conversations of ${turns} turns, each through the same faults; silence is 4 s here, not 45`,
  )
  const head = [
    'reader',
    'turns finished',
    'in s',
    'lost',
    'doubled',
    'requests a turn',
    'characters received a character',
    'cut noticed p50 / p99 ms',
    'silence noticed p50 / p99 ms',
    'leases left',
    'server heap MB before / amid / after',
    'RSS MB',
  ]
  console.log(`| ${head.join(' | ')} |\n|${head.map(() => '---').join('|')}|`)
  for (const row of rows) {
    const { before, between, after } = row.memory
    const cells = [
      names[row.kind],
      `${row.finished} of ${row.turns}`,
      row.seconds.toFixed(0),
      row.lost,
      row.doubled,
      (row.requests / row.turns).toFixed(1),
      (row.received / row.needed).toFixed(2),
      quantiles(row.cutNoticed),
      quantiles(row.silenceNoticed),
      row.leases,
      megabytes(before.heapUsed, between.heapUsed, after.heapUsed),
      megabytes(before.rss, between.rss, after.rss),
    ]
    console.log(`| ${cells.join(' | ')} |`)
  }
}

function quantiles(sorted: readonly number[]): string {
  const at = (q: number) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]
  return sorted.length === 0 ? 'never' : `${at(0.5)?.toFixed(0)} / ${at(0.99)?.toFixed(0)}`
}

const megabytes = (...bytes: number[]) => bytes.map((one) => (one / 2 ** 20).toFixed(0)).join(' / ')

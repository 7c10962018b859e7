import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { findBrowser } from './browser.ts'
import { buildWeb } from './build-web.ts'
import {
  type Count,
  countCheck,
  countMissing,
  countPlaywright,
  countVitest,
  summarize,
} from './test-report.ts'

const root = dirname(import.meta.dirname)
const results = join(root, '.results')
const inModules = (...path: string[]) => join(root, 'node_modules', ...path)
const isLong = process.argv.includes('--long')

/** Each is a script for Node and its arguments: run so, it is the same on every shell. */
const checks = [
  { name: 'types', command: [inModules('typescript', 'bin', 'tsc'), '-p', '.'] },
  { name: 'format', command: [inModules('oxfmt', 'bin', 'oxfmt'), '--check', '.'] },
  { name: 'lint', command: [inModules('oxlint', 'bin', 'oxlint')] },
  { name: 'dead code', command: [inModules('knip', 'bin', 'knip.js')] },
  { name: 'boundaries', command: ['scripts/boundaries.ts'] },
  { name: 'no machine', command: ['scripts/portable.ts'] },
]

const running = new Set<ChildProcess>()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    for (const child of running) child.kill(signal)
    process.exit(128 + constants.signals[signal])
  })
}

interface Result {
  count: Count
  /** What the runner said, where it was not shown as it ran. */
  output?: string
  /** Whether that is worth reading when nothing failed. */
  tells?: boolean
}

/** Runs a script with Node. Resolves to its exit status as a shell counts it and, unless `shown`, its output. */
function runNode(command: readonly string[], env: Record<string, string>, shown: boolean) {
  return new Promise<{ status: number; output: string }>((resolve) => {
    const child = spawn(process.execPath, command, {
      cwd: root,
      env: {
        ...process.env,
        ...(isLong && { MAYFLY_TEST_LONG: '1' }),
        ...env,
      },
      stdio: ['ignore', shown ? 'inherit' : 'pipe', shown ? 'inherit' : 'pipe'],
    })
    running.add(child)
    let output = ''
    child.stdout?.on('data', (chunk) => (output += chunk))
    child.stderr?.on('data', (chunk) => (output += chunk))
    const end = (status: number) => {
      running.delete(child)
      resolve({ status, output })
    }
    child.once('error', (error) => {
      output += error.message
      end(127)
    })
    child.once('close', (code, signal) => end(code ?? 128 + (signal ? constants.signals[signal] : 0)))
  })
}

/** Times a runner and prints what it came to. What throws counts as one failure, with its message. */
async function time(name: string, runner: () => Promise<Result>): Promise<Count> {
  const begin = performance.now()
  const {
    count,
    output = '',
    tells = false,
  } = await runner().catch((error: unknown): Result => ({
    count: countMissing(error instanceof Error ? error.message : String(error)),
  }))
  const seconds = (performance.now() - begin) / 1000
  const verdict = count.failed === 0 ? 'ok    ' : 'FAILED'
  console.log(`${verdict} ${name.padEnd(12)} ${seconds.toFixed(1).padStart(6)} s`)
  if ((count.failed > 0 || tells) && output.trim() !== '') console.log(output.trimEnd())
  if (count.problem !== undefined) console.log(`${name}: ${count.problem}`)
  return count
}

function check(command: readonly string[], tells = false) {
  return async (): Promise<Result> => {
    const { status, output } = await runNode(command, {}, false)
    return { count: countCheck(status), output, tells }
  }
}

function suite(report: string, command: readonly string[], count: typeof countVitest, env = {}) {
  return async (): Promise<Result> => {
    const { status } = await runNode(command, env, true)
    const file = join(results, report)
    return { count: count({ status, report: existsSync(file) ? readFileSync(file, 'utf8') : undefined }) }
  }
}

rmSync(results, { recursive: true, force: true })
mkdirSync(results)

const statics = await Promise.all(checks.map(({ name, command }) => time(name, check(command))))
const build = await time('build', async () => {
  await buildWeb()
  return { count: countCheck(0) }
})
const bundle = await time('bundle', check(['scripts/bundle.ts'], true))
const unit = await time(
  'vitest',
  suite(
    'vitest.json',
    [inModules('vitest', 'vitest.mjs'), 'run'],
    countVitest,
    // A log is read without colours; vitest would otherwise spend ten characters of them on each dot.
    process.stdout.isTTY ? {} : { NO_COLOR: '1' },
  ),
)
const browser = await time('playwright', async () => {
  if (build.failed > 0) throw new Error('not run: there is no page to open')
  const cli = join(root, 'e2e', 'node_modules', '@playwright', 'test', 'cli.js')
  const command = [cli, 'test', '--config', join('e2e', 'playwright.config.ts')]
  return suite('playwright.json', command, countPlaywright, { BROWSER_PATH: await findBrowser() })()
})

const { line, status } = summarize([...statics, build, bundle, unit, browser])
console.log(line)
process.exitCode = status

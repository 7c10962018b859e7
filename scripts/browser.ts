import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const e2e = join(import.meta.dirname, '..', 'e2e')
const playwright = join(e2e, 'node_modules', '@playwright', 'test', 'cli.js')

const names = [
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'chrome',
  'microsoft-edge',
  'msedge',
]

/** Where installers put a browser without naming it on PATH. */
const usualPlaces = [
  '/opt/google/chrome/chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
  ...['PROGRAMFILES', 'PROGRAMFILES(X86)', 'LOCALAPPDATA'].flatMap((folder) => {
    const base = process.env[folder]
    if (base === undefined) return []
    return [
      join(base, 'Google', 'Chrome', 'Application', 'chrome.exe'),
      join(base, 'Microsoft', 'Edge', 'Application', 'msedge.exe'),
    ]
  }),
]

/**
 * The path of a Chromium, Chrome or Edge: `BROWSER_PATH`, else one that is installed, else one that gets installed now
 * (by apt as root, or by Playwright into the user's cache). Throws with what to do when there is none to be had.
 */
export async function findBrowser(): Promise<string> {
  const named = process.env['BROWSER_PATH']
  if (named !== undefined && named !== '') {
    if (existsSync(named)) return named
    throw new Error(`BROWSER_PATH is ${named}, and no file is there.`)
  }
  const there = (await findInstalled()) ?? (await findPlaywrights())
  if (there !== undefined) return there

  const why = []
  for (const install of [installByApt, installByPlaywright]) {
    try {
      await install()
    } catch (error) {
      why.push(error instanceof Error ? error.message.trim().split('\n').slice(-3).join('\n') : String(error))
    }
    const installed = (await findInstalled()) ?? (await findPlaywrights())
    if (installed !== undefined) return installed
  }
  throw new Error(
    `No browser is here, and none could be installed:\n${why.join('\n')}\nInstall Chromium, Chrome or Edge, or name one in BROWSER_PATH.`,
  )
}

async function findInstalled(): Promise<string | undefined> {
  const endings = process.platform === 'win32' ? ['.exe'] : ['']
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '')
  const onPath = names.flatMap((name) =>
    folders.flatMap((folder) => endings.map((ending) => join(folder, name + ending))),
  )
  for (const path of [...onPath, ...usualPlaces]) {
    if (existsSync(path) && (await answers(path))) return path
  }
  return undefined
}

/** Ubuntu's `chromium-browser` may be a stub that only says how to install one. */
async function answers(path: string): Promise<boolean> {
  if (process.platform === 'win32') return true // there `--version` opens a window
  return run(path, ['--version'], { timeout: 20_000 }).then(
    () => true,
    () => false,
  )
}

async function findPlaywrights(): Promise<string | undefined> {
  const ask = "import { chromium } from '@playwright/test'; console.log(chromium.executablePath())"
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', ask], { cwd: e2e })
  const path = stdout.trim()
  return path !== '' && existsSync(path) ? path : undefined
}

async function installByApt(): Promise<void> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return
  console.error('mayfly: installing a browser (apt-get install chromium) …')
  const apt = (...args: string[]) =>
    run('apt-get', ['-o', 'DPkg::Lock::Timeout=300', ...args], {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      maxBuffer: 64 * 1024 * 1024,
    })
  const install = () => apt('install', '-y', '--no-install-recommends', 'chromium')
  try {
    await install()
  } catch {
    await apt('update') // its lists may be missing or too old
    await install()
  }
}

async function installByPlaywright(): Promise<void> {
  console.error('mayfly: installing a browser (playwright install chromium) …')
  const systemLibraries = process.platform === 'linux' && process.getuid?.() === 0 ? ['--with-deps'] : []
  await run(process.execPath, [playwright, 'install', ...systemLibraries, 'chromium'], {
    cwd: e2e,
    maxBuffer: 64 * 1024 * 1024,
  })
}

import type { LogLevel } from './log.ts'

export type Settings = {
  port: number
  /** Where to listen. Two addresses by default, since browsers try ::1 for `localhost` first. */
  hosts: string[]
  publicOrigin: URL
  /** Whether only this machine can reach the server: HOST and PUBLIC_ORIGIN's host are both loopback. */
  loopback: boolean
  databaseUrl: string
  upstream: 'auto' | 'demo' | 'openai' | { url: string }
  firstTokenMs: number
  silenceMs: number
  continues: 'prefill' | 'instruct' | null
  apiKey: string | null
  baseUrl: string | null
  model: string | null
  systemPrompt: string | null
  allowSignUp: boolean
  requestsPerMinute: number
  concurrentReplies: number
  /** Zero: as many as they like. */
  tokensPerDay: number
  /** How many proxies in front may be believed about a visitor's address. */
  trustProxy: number
  logLevel: LogLevel
}

/** Every mistake in the environment, one a line, each with its setting's name and an example. */
export class SettingsError extends Error {
  readonly mistakes: readonly string[]
  constructor(mistakes: readonly string[]) {
    super(mistakes.join('\n'))
    this.mistakes = mistakes
  }
}

const names = [
  'PORT',
  'HOST',
  'PUBLIC_ORIGIN',
  'DATABASE_URL',
  'UPSTREAM',
  'UPSTREAM_FIRST_TOKEN_SECONDS',
  'UPSTREAM_SILENCE_SECONDS',
  'UPSTREAM_CONTINUES',
  'OPENAI_API_KEY',
  'OPENAI_BASE_URL',
  'OPENAI_MODEL',
  'SYSTEM_PROMPT',
  'ALLOW_SIGNUP',
  'LIMIT_REQUESTS_PER_MINUTE',
  'LIMIT_CONCURRENT_REPLIES',
  'LIMIT_TOKENS_PER_DAY',
  'TRUST_PROXY',
  'LOG_LEVEL',
] as const
type Name = (typeof names)[number]

const ownPrefix = /^(LIMIT_|OIDC_|UPSTREAM|ALLOW_|TRUST_)/
/** Node's own fetch gives up after this many seconds without headers, or without a byte of the body. */
const longestWait = 300
const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const

/**
 * Reads the environment. `dataFolder` is where the database lives unless DATABASE_URL says otherwise.
 * @throws SettingsError that names every mistake at once
 */
export function readSettings(
  env: Readonly<Record<string, string | undefined>>,
  dataFolder: string,
): { settings: Settings; warnings: string[] } {
  const mistakes: string[] = []

  function read<T>(name: Name, fallback: T, expected: string, parse: (text: string) => T | undefined): T {
    const text = env[name]?.trim()
    if (!text) return fallback
    const value = parse(text)
    if (value !== undefined) return value
    mistakes.push(
      `${name} must be ${expected}; it is ${mayShow(name, text) ? JSON.stringify(text) : 'something else'}`,
    )
    return fallback
  }
  const whole = (name: Name, fallback: number, least: number, most: number, example: number) =>
    read(name, fallback, `a whole number from ${least} to ${most}, for example ${example}`, (text) => {
      const value = Number(text)
      return /^\d+$/.test(text) && value >= least && value <= most ? value : undefined
    })
  const one = <const T extends string>(name: Name, fallback: T, values: readonly T[]) =>
    read<T>(name, fallback, `one of ${values.join(', ')}`, (text) => values.find((value) => value === text))
  const word = (name: Name) => read<string | null>(name, null, 'text', (text) => text)

  const port = whole('PORT', 3000, 1, 65_535, 3000)
  const host = read('HOST', null, 'an address without a port, for example 127.0.0.1 or 0.0.0.0', (text) =>
    /^[\w.:[\]-]+$/.test(text) && !/^[^:[]+:\d+$/.test(text) ? text.replace(/^\[(.*)\]$/, '$1') : undefined,
  )
  const hosts = host === null || host === 'localhost' ? ['127.0.0.1', '::1'] : [host]
  const origin = read<URL | null>(
    'PUBLIC_ORIGIN',
    null,
    'an origin, for example https://chat.example',
    originOf,
  )
  const hostIsLoopback = hosts.every(isLoopback)
  if (!hostIsLoopback && !env['PUBLIC_ORIGIN']?.trim()) {
    mistakes.push(
      `PUBLIC_ORIGIN must be set when HOST is not loopback (it is ${JSON.stringify(host)}): ` +
        'the address that people open, for example https://chat.example',
    )
  }
  const publicOrigin = origin ?? new URL(`http://localhost:${port}`)

  const upstream = read<Settings['upstream']>(
    'UPSTREAM',
    'auto',
    'auto, demo, openai or a base URL, for example http://127.0.0.1:11434/v1',
    (text) => {
      if (text === 'auto' || text === 'demo' || text === 'openai') return text
      return isWebAddress(text) ? { url: text } : undefined
    },
  )
  const apiKey = read<string | null>(
    'OPENAI_API_KEY',
    null,
    'a key as it was given, for example sk-...',
    (text) => (/^[\x21-\x7e]+$/.test(text) ? text : undefined),
  )
  if (upstream === 'openai' && !env['OPENAI_API_KEY']?.trim()) {
    mistakes.push('OPENAI_API_KEY must be set when UPSTREAM is openai, for example OPENAI_API_KEY=sk-...')
  }

  const settings: Settings = {
    port,
    hosts,
    publicOrigin,
    loopback: hostIsLoopback && isLoopback(publicOrigin.hostname),
    databaseUrl: word('DATABASE_URL') ?? `${dataFolder}/mayfly.db`,
    upstream,
    firstTokenMs: whole('UPSTREAM_FIRST_TOKEN_SECONDS', 300, 1, longestWait, 300) * 1_000,
    silenceMs: whole('UPSTREAM_SILENCE_SECONDS', 60, 1, longestWait, 60) * 1_000,
    continues: read('UPSTREAM_CONTINUES', null, 'prefill or instruct', (text) =>
      text === 'prefill' || text === 'instruct' ? text : undefined,
    ),
    apiKey,
    baseUrl: read<string | null>(
      'OPENAI_BASE_URL',
      null,
      'a URL, for example https://api.example/v1',
      (text) => (isWebAddress(text) ? text : undefined),
    ),
    model: word('OPENAI_MODEL'),
    systemPrompt: word('SYSTEM_PROMPT'),
    allowSignUp: one('ALLOW_SIGNUP', 'false', ['true', 'false']) === 'true',
    requestsPerMinute: whole('LIMIT_REQUESTS_PER_MINUTE', 20, 1, 100_000, 20),
    concurrentReplies: whole('LIMIT_CONCURRENT_REPLIES', 4, 1, 1_000, 4),
    tokensPerDay: whole('LIMIT_TOKENS_PER_DAY', 0, 0, 1_000_000_000_000, 200_000),
    trustProxy: whole('TRUST_PROXY', 0, 0, 10, 1),
    logLevel: one('LOG_LEVEL', 'info', logLevels),
  }
  if (mistakes.length > 0) throw new SettingsError(mistakes)
  return { settings, warnings: warningsFor(env) }
}

/** A key or a password may stand in the wrong setting by mistake, and must not be repeated from there. */
const mayShow = (name: Name, text: string) => name !== 'OPENAI_API_KEY' && !/^sk-|@/.test(text)

export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host)

function isWebAddress(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol } = new URL(text)
  return protocol === 'http:' || protocol === 'https:'
}

function originOf(text: string): URL | undefined {
  if (!isWebAddress(text)) return undefined
  const url = new URL(text)
  return url.pathname === '/' && !url.search && !url.hash && !url.username && !url.password ? url : undefined
}

/** Names that look like ours and are not, with the nearest one that is, and settings that have no effect yet. */
function warningsFor(env: Readonly<Record<string, string | undefined>>): string[] {
  const set = Object.keys(env).filter((name) => env[name]?.trim())
  const later = set
    .filter((name) => name.startsWith('OIDC_') || name === 'CORS_ORIGINS')
    .map((name) => `${name} has no effect: this version can't do that yet`)
  const unknown = set
    .filter(
      (name) => ownPrefix.test(name) && !name.startsWith('OIDC_') && !names.some((known) => known === name),
    )
    .map((name) => `${name} is not a setting; did you mean ${nearest(name)}?`)
  return [...later, ...unknown]
}

function nearest(name: string): string {
  return names.reduce((best, known) => (distance(name, known) < distance(name, best) ? known : best))
}

/** Levenshtein's distance: how many letters to add, drop or change. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}

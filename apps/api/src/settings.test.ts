import { expect, test } from 'vitest'
import { readSettings, SettingsError } from './settings.ts'

const read = (env: Record<string, string>) => readSettings(env, '/var/mayfly')

function mistakesOf(env: Record<string, string>): readonly string[] {
  try {
    read(env)
  } catch (error) {
    if (error instanceof SettingsError) return error.mistakes
    throw error
  }
  return []
}

test('every setting has a default', () => {
  expect(read({}).settings).toMatchObject({
    port: 3000,
    hosts: ['127.0.0.1', '::1'],
    publicOrigin: new URL('http://localhost:3000'),
    loopback: true,
    databaseUrl: '/var/mayfly/mayfly.db',
    upstream: 'auto',
    firstTokenMs: 300_000,
    silenceMs: 60_000,
    requestsPerMinute: 20,
    concurrentReplies: 4,
    tokensPerDay: 0,
    allowSignUp: false,
    logLevel: 'info',
  })
})

test('an empty value is no value', () => {
  expect(read({ PORT: '', OPENAI_API_KEY: ' ' }).settings).toMatchObject({ port: 3000, apiKey: null })
})

test.each([
  ['PORT', '70000', '3000'],
  ['PORT', '3000a', '3000'],
  ['HOST', '127.0.0.1:3000', '127.0.0.1'],
  ['PUBLIC_ORIGIN', 'chat.example', 'https://chat.example'],
  ['PUBLIC_ORIGIN', 'https://chat.example/path', 'https://chat.example'],
  ['UPSTREAM', 'ollama', 'http://127.0.0.1:11434/v1'],
  ['UPSTREAM', 'ftp://model.example', 'http://127.0.0.1:11434/v1'],
  ['UPSTREAM_FIRST_TOKEN_SECONDS', '0', '300'],
  ['UPSTREAM_CONTINUES', 'yes', 'prefill or instruct'],
  ['ALLOW_SIGNUP', 'TRUE', 'true, false'],
  ['LIMIT_REQUESTS_PER_MINUTE', '-1', '20'],
  ['LIMIT_TOKENS_PER_DAY', '1e6', '200000'],
  ['TRUST_PROXY', 'true', '1'],
  ['LOG_LEVEL', 'trace', 'debug, info'],
])('%s=%s is named as a mistake, with an example', (name, value, example) => {
  const [mistake, ...more] = mistakesOf({ [name]: value })
  expect(mistake).toContain(name)
  expect(mistake).toContain(example)
  expect(more).toEqual([])
})

test('all mistakes are told at once', () => {
  expect(mistakesOf({ PORT: 'x', LOG_LEVEL: 'x', TRUST_PROXY: 'x' })).toHaveLength(3)
})

test('a host that others can reach asks for the address that they open', () => {
  expect(mistakesOf({ HOST: '0.0.0.0' })[0]).toContain('PUBLIC_ORIGIN')
  const { settings } = read({ HOST: '0.0.0.0', PUBLIC_ORIGIN: 'https://chat.example' })
  expect(settings).toMatchObject({ hosts: ['0.0.0.0'], loopback: false })
})

test('a public address behind a proxy on this machine is not loopback', () => {
  expect(read({ PUBLIC_ORIGIN: 'https://chat.example' }).settings.loopback).toBe(false)
})

test('OpenAI without a key is a mistake, and no key is ever repeated', () => {
  expect(mistakesOf({ UPSTREAM: 'openai' })[0]).toContain('OPENAI_API_KEY')
})

test.each([
  ['OPENAI_API_KEY', 'sk-…canary'],
  ['OPENAI_API_KEY', 'sk-canary\u200b'],
  ['UPSTREAM', 'sk-canary'],
  ['OPENAI_BASE_URL', 'htp://user:canary@models.example'],
  ['PUBLIC_ORIGIN', 'https://user:canary@chat.example'],
  ['PUBLIC_ORIGIN', 'https://:canary@chat.example'],
])('%s=%s is a mistake that is not repeated', (name, value) => {
  const [mistake] = mistakesOf({ [name]: value })
  expect(mistake).toContain(name)
  expect(mistake).not.toContain('canary')
})

test('a name that is nearly a setting is a warning with the right one', () => {
  const { warnings } = read({ LIMIT_TOKENS_A_DAY: '5', UPSTREM: 'demo', UPSTREAMS: 'demo', HOME: '/root' })
  expect(warnings).toEqual([
    'LIMIT_TOKENS_A_DAY is not a setting; did you mean LIMIT_TOKENS_PER_DAY?',
    'UPSTREAMS is not a setting; did you mean UPSTREAM?',
  ])
})

test('a setting of a later version says that it has no effect', () => {
  expect(read({ OIDC_ISSUER: 'https://id.example' }).warnings[0]).toContain('OIDC_ISSUER has no effect')
})

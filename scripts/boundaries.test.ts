import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { findViolations } from './boundaries.ts'

const repository = dirname(import.meta.dirname)
let root = ''

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'boundaries '))
  for (const name of ['contracts', 'machines']) {
    const manifest = join('packages', name, 'package.json')
    mkdirSync(join(root, 'packages', name), { recursive: true })
    cpSync(join(repository, manifest), join(root, manifest))
    mkdirSync(join(root, 'node_modules', '@mayfly'), { recursive: true })
    symlinkSync(join(root, 'packages', name), join(root, 'node_modules', '@mayfly', name), 'junction')
  }
  write('packages/contracts/src/index.ts', "import { kind } from './failure.ts'\nexport const client = kind")
  write('packages/contracts/src/failure.ts', 'export const kind = 1')
  write('packages/contracts/src/router.ts', 'export const router = 1')
  write('packages/contracts/src/reply.ts', 'export const reply = 1\nexport type Reply = string')
  write('packages/machines/src/index.ts', "export { chart } from './chart.ts'")
  write(
    'packages/machines/src/model.ts',
    "import { chart } from './chart.ts'\nexport const model = chart\nexport type Model = typeof model",
  )
  write(
    'packages/machines/src/chart.ts',
    "import { kind } from '@mayfly/contracts/failure'\nexport const chart = kind",
  )
  write(
    'apps/api/src/main.ts',
    "import { router } from '@mayfly/contracts/router'\nexport const main = router",
  )
  write('apps/web/src/main.tsx', "import { chart } from '@mayfly/machines'\nexport const page = chart")
  for (const name of ['lucia', 'oslo', 'openai', 'solid-js', '@trpc/client', '@statelyai/inspect']) {
    write(`node_modules/${name}/package.json`, JSON.stringify({ name, main: 'index.js' }))
    write(`node_modules/${name}/index.js`, 'export {}')
  }
})

afterEach(() => {
  vi.doUnmock('dependency-cruiser')
  rmSync(root, { recursive: true, force: true })
})

function write(file: string, text: string): void {
  mkdirSync(dirname(join(root, file)), { recursive: true })
  writeFileSync(join(root, file), text)
}

async function rulesBroken(): Promise<string[]> {
  return [...new Set((await findViolations(root)).map(({ rule }) => rule))]
}

test('finds nothing wrong where everybody keeps to the doors', async () => {
  write(
    'packages/machines/src/backoff.ts',
    "import type { client } from '@mayfly/contracts'\nexport type C = typeof client",
  )
  write('e2e/machine.spec.ts', "import { model } from '@mayfly/machines/model'\nexport const walked = model")
  expect(await rulesBroken()).toEqual([])
})

test.each([
  ['a value', "import { page } from '../../web/src/main.tsx'\nexport const a = page"],
  ['a type alone', "import type { page } from '../../web/src/main.tsx'\nexport type A = typeof page"],
  ['a file at run time', "export const a = () => import('../../web/src/main.tsx')"],
  ['a type in passing', "export type A = import('../../web/src/main.tsx').Page"],
])('the API may not import the page for %s', async (_what, text) => {
  write('apps/api/src/bad.ts', text)
  expect(await rulesBroken()).toEqual(['api-knows-contracts'])
})

test.each([
  ['packages/contracts/src/bad.ts', "import '@mayfly/machines'", 'contracts-know-nobody'],
  ['packages/machines/src/bad.ts', "import 'solid-js'", 'machines-know-contracts-alone'],
  [
    'packages/machines/src/bad.ts',
    "import type { T } from '@trpc/client'\nexport type A = T",
    'machines-know-contracts-alone',
  ],
  [
    'packages/machines/src/bad.ts',
    "import { client } from '@mayfly/contracts'\nexport const a = client",
    'machines-load-no-client',
  ],
  [
    'packages/contracts/src/failure.ts',
    "import '@trpc/client'\nexport const kind = 1",
    'failures-load-no-client',
  ],
  ['apps/web/src/bad.ts', "import '../../api/src/main.ts'", 'web-knows-contracts-and-machines'],
  ['apps/web/src/bad.ts', "import '@mayfly/contracts/router'", 'router-for-the-api'],
  ['e2e/bad.spec.ts', "import '../apps/api/src/main.ts'", 'outside-knows-what-is-public'],
  ['e2e/bad.spec.ts', "import '@mayfly/machines'", 'outside-knows-what-is-public'],
  ['apps/web/src/bad.ts', "import '@mayfly/machines/model'", 'model-for-tests'],
  [
    'apps/web/src/bad.ts',
    "import type { Model } from '@mayfly/machines/model'\nexport type A = Model",
    'model-for-tests',
  ],
  ['examples/bad.ts', "import '@mayfly/machines/model'", 'model-for-tests'],
  ['packages/machines/src/chart.ts', "import './model.ts'\nexport const chart = 1", 'model-for-tests'],
  ['apps/api/src/bad.ts', "import 'lucia'", 'one-place-for-lucia'],
  ['apps/api/src/bad.ts', "import 'oslo/password'", 'one-place-for-oslo'],
  ['apps/api/src/reply/bad.ts', "import type { A } from 'openai'\nexport type B = A", 'one-place-for-openai'],
  ['apps/web/src/bad.ts', "import '@statelyai/inspect'", 'one-place-for-@statelyai/inspect'],
])('%s may not say: %s', async (file, text, rule) => {
  write(file, text)
  expect(await rulesBroken()).toContain(rule)
})

test.each([
  [
    "import { reply } from '../../../packages/contracts/src/reply.ts'\nexport const a = reply",
    'contracts-by-their-doors',
  ],
  [
    "import type { Reply } from '../../../packages/contracts/src/reply.ts'\nexport type A = Reply",
    'contracts-by-their-doors',
  ],
  ["import '../../../packages/machines/src/chart.ts'", 'machines-by-their-door'],
  ["import '@mayfly/contracts/src/reply.ts'", 'nothing-unresolved'],
  ["import '@mayfly/contracts/reply'", 'nothing-unresolved'],
])("nobody reaches past a package's door: %s", async (text, rule) => {
  write('apps/web/src/bad.ts', text)
  expect(await rulesBroken()).toContain(rule)
})

test.each([
  [
    'by values',
    "import { b } from './b.ts'\nexport const a = b",
    "import { a } from './a.ts'\nexport const b = a",
  ],
  [
    'by types alone',
    "import type { B } from './b.ts'\nexport type A = B",
    "import type { A } from './a.ts'\nexport type B = A",
  ],
])('two files may not import each other %s', async (_how, a, b) => {
  write('apps/web/src/a.ts', a)
  write('apps/web/src/b.ts', b)
  expect(await rulesBroken()).toEqual(['no-circle'])
})

test('a tool that reads fewer files than there are is a failure, not a clean bill', async () => {
  vi.resetModules()
  vi.doMock('dependency-cruiser', () => ({
    cruise: async () => ({ output: { modules: [], summary: { violations: [] } }, exitCode: 0 }),
  }))
  const { findViolations: findBlindly } = await import('./boundaries.ts')
  await expect(findBlindly(root)).rejects.toThrow('apps/api/src/main.ts')
})

test('no part of the page sets HTML by an attribute, which the linter does not see', () => {
  const page = join(repository, 'apps', 'web', 'src')
  const files = readdirSync(page, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.tsx'),
  )
  const setting = files.filter((file) =>
    /\b(innerHTML|outerHTML|srcdoc)\s*=/.test(readFileSync(join(page, file), 'utf8')),
  )
  expect(files.length).toBeGreaterThan(0)
  expect(setting.filter((file) => !file.endsWith('.test.tsx'))).toEqual([])
})

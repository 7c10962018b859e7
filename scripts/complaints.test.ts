import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseSync } from 'vite'
import { describe, expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')
const read = (file: string) => readFileSync(join(root, file), 'utf8')

/** The names of tests in the table, by the complaint that they hold. */
function readTable(): { complaint: number; file: string; name: string }[] {
  return read('docs/complaints.md')
    .split('\n')
    .flatMap((line) => {
      const [, complaint = '', , tests = ''] = line.split(/ *(?<!\\)\| */)
      return [...tests.matchAll(/`([^`]+\.tsx?)`: (.+?)(?=<br>|$)/g)].map(([, file = '', name = '']) => ({
        complaint: Number(complaint),
        file,
        name,
      }))
    })
}

type Node = { type: string; [key: string]: unknown }

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
const nodesOf = (value: unknown): Node[] => [value].flat().filter(isNode)
const childrenOf = (node: Node): Node[] => Object.values(node).flatMap(nodesOf)
const some = (node: Node, is: (node: Node) => boolean): boolean =>
  is(node) || childrenOf(node).some((child) => some(child, is))

/** The words of what is called: `test.describe.skip(…)` and `test.skip.each(…)(…)` are both a test that is skipped. */
function wordsOf(node: unknown): string[] {
  if (!isNode(node)) return []
  if (node.type === 'Identifier') return [String(node['name'])]
  if (node.type === 'MemberExpression') return [...wordsOf(node['object']), ...wordsOf(node['property'])]
  return node.type === 'CallExpression' ? wordsOf(node['callee']) : []
}

const textOf = (node: Node | undefined): string | undefined =>
  node?.type === 'Literal' && typeof node['value'] === 'string' ? node['value'] : undefined

/** A title's words, with a gap between them for each thing that is filled in; null where it is no title. */
function titleOf(call: Node): string[] | null {
  const [title] = nodesOf(call['arguments'])
  const text = textOf(title)
  const isTable = wordsOf(call['callee']).includes('each')
  if (text !== undefined) return isTable ? text.split(/%[sdifjo]|\$[a-z][\w.]*/) : [text]
  if (title?.type !== 'TemplateLiteral') return null
  return nodesOf(title['quasis']).map(({ value }) =>
    typeof value === 'object' && value !== null && 'cooked' in value ? String(value.cooked) : '',
  )
}

const isTest = (node: Node) =>
  node.type === 'CallExpression' && ['test', 'describe'].includes(wordsOf(node['callee'])[0] ?? '')

/** What keeps a test from running, or has it pass when it fails. */
const off = new Set(['skip', 'skipIf', 'runIf', 'fixme', 'fail', 'fails', 'todo'])

/** `test.skip('so', …)`, or `test('so', { skip: true }, …)`; and `test.skip()`, for what stands around it. */
function isOff(node: Node): boolean {
  if (node.type !== 'CallExpression') return false
  const [first = '', ...words] = wordsOf(node['callee'])
  if (!['test', 'describe', 'context', 'testInfo'].includes(first)) return false
  const options = nodesOf(node['arguments']).flatMap(({ properties }) => nodesOf(properties))
  return [...words, ...options.flatMap(({ key }) => wordsOf(key))].some((word) => off.has(word))
}

/** Whether a group, or a file, is switched off by a call in it that has no title of its own. */
const isSwitchedOff = ({ body }: Node) =>
  nodesOf(body).some(
    ({ expression }) => isNode(expression) && isOff(expression) && titleOf(expression) === null,
  )

/** Whether a file has a test, a group of tests or a table's row that is called so, from end to end, and that runs. */
function holds(source: string, name: string, file = 'named.test.ts'): boolean {
  const { program, errors } = parseSync(file, source)
  expect(errors).toEqual([])

  /** Whether this is a value of a table, text or a number, or the name of a row. */
  const isIn = (table: Node, value: string) =>
    some(table, ({ elements, key, value: ofKey }) =>
      [elements, key, ofKey]
        .flatMap(nodesOf)
        .some((node) => (node.type === 'Literal' ? String(node['value']) : wordsOf(node)[0]) === value),
    )

  const isCalled = (call: Node): boolean => {
    const title = titleOf(call)
    if (title === null) return false
    const pattern = title.map((part) => part.replaceAll(/[^\w\s]/g, String.raw`\$&`)).join('(.+)')
    const filled = new RegExp(`^${pattern}$`).exec(name)?.slice(1)
    // The table is the one that `each` was called with, or, by its name or in a loop, one elsewhere in the file.
    const made = nodesOf(call['callee']).flatMap((callee) => nodesOf(callee['arguments']))
    const table = made.find(({ type }) => type === 'ArrayExpression')
    const tables = table ? [table] : nodesOf(program)
    return filled?.every((value) => tables.some((one) => isIn(one, value.replaceAll(/^"|"$/g, '')))) ?? false
  }

  const isHeld = (node: Node): boolean => {
    if (isOff(node) || isSwitchedOff(node)) return false
    const isIt = isTest(node) ? isCalled(node) : isCause(node, name)
    return isIt ? !some(node, isOff) : childrenOf(node).some(isHeld)
  }
  return nodesOf(program).some(isHeld)
}

/** Whether this is a row of a table of faults, which e2e/fixtures/fault.ts makes a test of each. */
const isCause = ({ type, key, value }: Node, name: string) =>
  type === 'Property' && wordsOf(key)[0] === 'cause' && isNode(value) && textOf(value) === name

test.each(readTable())('complaint $complaint is held by a test that is there: $name', ({ file, name }) => {
  expect(holds(read(file), name, file)).toBe(true)
})

describe('a test that is named', () => {
  test.each([
    `test('money', () => {})`,
    `test.describe('prices', () => { test('money', () => {}) })`,
    `describe('money', () => { test('stays', () => {}) })`,
    `describe.each([1])('group %s', () => { test('money', () => {}) })`,
    `test.each(['money', 'words'])('%s', () => {})`,
    `const rows = ['money']; test.each(rows)('%s', () => {})`,
    `for (const [what] of Object.entries({ money: 1 })) test(\`\${what}\`, () => {})`,
    `const faults = [{ cause: 'money' }]`,
    `test.skip('words', () => {}); test('money', () => fail('money'))`,
  ])('is found in %s', (source) => {
    expect(holds(source, 'money')).toBe(true)
  })

  test.each([
    `test('money and words', () => {})`,
    `test('no money', () => {})`,
    `test.each(['money and words'])('%s', () => {})`,
    `const money = 1; test.each(['words'])('%s', () => {})`,
    `test(\`\${what} money\`, () => {})`,
    `// test('money', () => {})`,
    `const name = 'money'`,
    `test('words', () => { expect('money') })`,
  ])('is not found in %s, which is called otherwise', (source) => {
    expect(holds(source, 'money')).toBe(false)
  })

  test.each([
    `test.skip('money', () => {})`,
    `test.fixme('money', () => {})`,
    `test.fail('money', () => {})`,
    `test.fails('money', () => {})`,
    `test.todo('money')`,
    `test.skip.each(['money'])('%s', () => {})`,
    `test.skipIf(true)('money', () => {})`,
    `test('money', { skip: true }, () => {})`,
    `test('money', () => { test.fail() })`,
    `test('money', async ({ page }) => { test.skip(page === null, 'not now') })`,
    `test('money', (context) => context.skip())`,
    `describe.skip('prices', () => { test('money', () => {}) })`,
    `test.describe.fixme('prices', () => { test('money', () => {}) })`,
    `test.describe('prices', () => { test.skip(); test('money', () => {}) })`,
    `test.fixme(true, 'later'); test('money', () => {})`,
  ])('is not held by %s, which does not run or may fail', (source) => {
    expect(holds(source, 'money')).toBe(false)
  })
})

test('the readme counts the complaints that are tests', () => {
  const held = new Set(readTable().map(({ complaint }) => complaint)).size
  expect(read('README.md')).toContain(`${held} of the 25`)
})

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

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

/** What a file's tests are called, and what their tables hold; nothing that is commented out. */
const namesIn = (file: string) =>
  read(file)
    .split('\n')
    .filter((line) => !line.trimStart().startsWith('//'))
    .filter((line) =>
      /^ *(?:(?:test|describe)[^'"`]*\(\s*|\]\)\(|\{? *cause: |\[?)['"`]|^ *cause: /.test(line),
    )
    .join('\n')

test.each(readTable())('complaint $complaint is held by a test that is there: $name', ({ file, name }) => {
  expect(namesIn(file)).toContain(name)
})

test('the readme counts the complaints that are tests', () => {
  const held = new Set(readTable().map(({ complaint }) => complaint)).size
  expect(read('README.md')).toContain(`${held} of the 25`)
})

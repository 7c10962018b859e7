import { expect, test } from 'vitest'
import { drawWhole } from '../../markdown/reply.fixture.ts'
import { plainWords } from './plain-words.ts'

const read = (markdown: string) => plainWords(drawWhole(markdown))

test.each([
  [
    'marks of emphasis, code and links',
    'A **bold** _word_, `code` and [a link](https://a.example/).',
    'A bold word, code and a link.',
  ],
  ['a heading', '## Short\n\nAnswer', 'Short\n\nAnswer'],
  ['a line that is broken for its writer alone', 'one\ntwo', 'one two'],
  ['a line that is broken for its reader too', 'one  \ntwo', 'one\ntwo'],
  ['a list', '- one\n- two', '• one\n• two'],
  ['a list of numbers', '3. one\n4. two', '3. one\n4. two'],
  ['a list in a list', '1. one\n   - in it\n   - too\n2. two', '1. one\n   • in it\n   • too\n2. two'],
  ['a list with room', '- one\n\n  more\n\n- two', '• one\n\n  more\n\n• two'],
  ['tasks', '- [x] done\n- [ ] not yet', '☑ done\n☐ not yet'],
  [
    'a table in an item',
    '1. one\n2. two\n\n   more\n   | a | b |\n   |---|---|\n   | 1 | 2 |\n3. three',
    '1. one\n\n2. two\n\n   more\n\n   a\tb\n   1\t2\n\n3. three',
  ],
  ['a formula in an item', '- before\n  $$\n  x\n  $$\n  after', '• before\n  x\n  after'],
  ['a footnote in an item', '- words\n\n  [^1]: note', '• words\n\n  [1] note'],
  ['a table in a task', '- [x] done\n  | a |\n  |---|\n  | 1 |', '☑ done\n  a\n  1'],
  ['a table', '| a | b |\n|---|---|\n| 1 | **2** |', 'a\tb\n1\t2'],
  ['a table with a formula', '| $a_1^2$ |\n|---|\n| so $b$ |', 'a_1^2\nso b'],
  ['code', '```ts\nconst a = 1\n\n  return a\n```\n\nEnd', 'const a = 1\n\n  return a\n\nEnd'],
  ['a quotation', '> They live\n> a day.\n>\n> > Or two.', 'They live a day.\n\nOr two.'],
  ['a formula', 'With $a_1^2$ it is\n\n$$\n\\frac{1}{2}\n$$', 'With a_1^2 it is\n\n\\frac{1}{2}'],
  ['a footnote', 'See[^1].\n\n[^1]: Below.', 'See[1].\n\n[1] Below.'],
  ['what looks like a mark and is none', '2 \\* 3 = 6, snake_case', '2 * 3 = 6, snake_case'],
])('a reply is read as it is drawn: %s', (_, markdown, words) => {
  expect(read(markdown)).toBe(words)
})

const hundred = Array.from({ length: 100 }, (_, index) => index + 1)

test.each([
  ['items', (n: number) => `- item ${n}`, (n: number) => `• item ${n}`],
  ['numbers', (n: number) => `${n}. item`, (n: number) => `${n}. item`],
  [
    'tasks',
    (n: number) => `- [${n % 3 ? 'x' : ' '}] task ${n}`,
    (n: number) => `${n % 3 ? '☑' : '☐'} task ${n}`,
  ],
])('a list of 100 %s has all its marks', (_, written, words) => {
  expect(read(hundred.map(written).join('\n'))).toBe(hundred.map(words).join('\n'))
})

test('of 100 blocks in a reply and in a quotation none is lost', () => {
  const blocks = hundred.map((n) => `Word ${n}.`)
  expect(read(blocks.join('\n\n'))).toBe(blocks.join('\n\n'))
  expect(read(blocks.map((block) => `> ${block}`).join('\n>\n'))).toBe(blocks.join('\n\n'))
})

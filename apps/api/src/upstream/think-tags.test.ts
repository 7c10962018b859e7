import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createThinkSplitter } from './think-tags.ts'

function split(pieces: string[]) {
  const tags = createThinkSplitter()
  const told = [...pieces.map((piece) => tags.push(piece)), tags.end()]
  return { reasoning: told.map((one) => one.reasoning).join(''), text: told.map((one) => one.text).join('') }
}

test.each([
  ['<think>hm, 2</think>\n\nFour', { reasoning: 'hm, 2', text: 'Four' }],
  ['\n <think>\nhm\n</think>Four', { reasoning: 'hm', text: 'Four' }],
  ['<think>\n\n</think>\n\nFour', { reasoning: '', text: 'Four' }],
  [
    'The tag <think> stays, and </think> too',
    { reasoning: '', text: 'The tag <think> stays, and </think> too' },
  ],
  ['<thin ice', { reasoning: '', text: '<thin ice' }],
  ['<think>cut in the midd', { reasoning: 'cut in the midd', text: '' }],
  ['<think>a < b </thi', { reasoning: 'a < b </thi', text: '' }],
  ['  indented', { reasoning: '', text: '  indented' }],
  ['<think>one</think>two<think>three</think>', { reasoning: 'one', text: 'two<think>three</think>' }],
])('tells reasoning from text in %j', (whole, expected) => {
  expect(split([whole])).toEqual(expected)
})

test('says the same however the reply is cut into pieces', () => {
  const piece = fc.constantFrom('<think>', '</think>', '<', '</th', 'ink>', ' ', '\n', 'word', '>')
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), fc.array(fc.nat(60), { maxLength: 8 }), (words, cuts) => {
      const whole = words.join('')
      const at = [...new Set([0, ...cuts.filter((cut) => cut < whole.length), whole.length])].toSorted(
        (a, b) => a - b,
      )
      const pieces = at.slice(1).map((end, index) => whole.slice(at[index], end))
      expect(split(pieces)).toEqual(split([whole]))
    }),
    { numRuns: 500 },
  )
})

test('tells what it can at once: only the beginning of a tag waits', () => {
  const tags = createThinkSplitter()
  expect(tags.push('<think>so ')).toEqual({ reasoning: 'so', text: '' })
  expect(tags.push('be it</th')).toEqual({ reasoning: ' be it', text: '' })
  expect(tags.push('ink>Yes')).toEqual({ reasoning: '', text: 'Yes' })
  expect(tags.push('<think>')).toEqual({ reasoning: '', text: '<think>' })
})

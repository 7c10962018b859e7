import { expect, test } from 'vitest'
import { withQuote } from './quote.ts'

test.each([
  ['', 'one', '> one\n\n'],
  ['', '\n one\n\ntwo \r\n', '> one\n>\n> two\n\n'],
  ['typed', 'one', 'typed\n\n> one\n\n'],
  ['typed\n\n', 'one', 'typed\n\n> one\n\n'],
  ['> before\n\n', 'one', '> before\n\n> one\n\n'],
])(
  'a quote behind %j of %j is the draft, the words by lines, and room below them',
  (draft, words, expected) => {
    expect(withQuote(draft, words)).toBe(expected)
  },
)

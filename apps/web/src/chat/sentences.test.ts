import { describe, expect, test } from 'vitest'
import { createSentenceReader } from './sentences.ts'

const read = (pieces: readonly string[]) => {
  const reader = createSentenceReader('Code block.')
  return [...pieces.flatMap((piece) => reader.push(piece)), ...reader.end()]
}

describe('reading a growing reply aloud', () => {
  test('says a sentence only when it is whole, and once', () => {
    const reader = createSentenceReader('Code block.')
    expect(reader.push('They live but ')).toEqual([])
    expect(reader.push('a day. In that')).toEqual(['They live but a day.'])
    expect(reader.push(' day they')).toEqual([])
    expect(reader.end()).toEqual(['In that day they'])
    expect(reader.end()).toEqual([])
  })

  test('says the same whatever pieces the text comes in', () => {
    const text = 'One. Two!\n\n1. Three\n2. Four? "Five." Six…\n```ts\nconst a = 1. \n```\nSeven'
    const whole = read([text])
    expect(read([...text])).toEqual(whole)
    expect(read(text.match(/.{1,7}/gs) ?? [])).toEqual(whole)
  })

  test('waits for what follows a full stop, which may be a digit', () => {
    expect(read(['About 9', '.', '5 hours. Then none.'])).toEqual(['About 9.5 hours.', 'Then none.'])
  })

  test('keeps the number of an item with its words', () => {
    expect(read(['1. They land. \n2. They wait.\n'])).toEqual(['1. They land.', '2. They wait.'])
  })

  test('names a block of code and does not read it', () => {
    expect(read(['Try this:\n```ts\nconst a = 1\nsay(a).\n```\nDone.\n'])).toEqual([
      'Try this:',
      'Code block.',
      'Done.',
    ])
  })

  test('leaves out the signs of Markdown', () => {
    expect(read(['## The *short* answer\n> See [the **guide**](https://example.org).\n|---|---|\n'])).toEqual(
      ['The short answer', 'See the guide.'],
    )
  })

  test('ends sentences in Chinese and Japanese, where no space follows', () => {
    expect(read(['蜉蝣只活一天。它们不吃东西。'])).toEqual(['蜉蝣只活一天。', '它们不吃东西。'])
  })
})

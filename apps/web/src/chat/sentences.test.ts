import fc from 'fast-check'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { createSentenceReader } from './sentences.ts'

const labels = { codeBlock: 'Code block.', formula: 'formula' }

const read = (pieces: readonly string[]) => {
  const reader = createSentenceReader(labels)
  return [...pieces.flatMap((piece) => reader.push(piece)), ...reader.end()]
}

afterEach(() => void vi.restoreAllMocks())

describe('reading a growing reply aloud', () => {
  test('says a sentence only when it is whole, and once', () => {
    const reader = createSentenceReader(labels)
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

  test('leaves out an address with parentheses and titles in it', () => {
    expect(
      read(['See [x](https://en.wikipedia.org/wiki/X_(y)) and [z](https://z.example "a (b)"). Yes.']),
    ).toEqual(['See x and z.', 'Yes.'])
  })

  test('ends no sentence with an abbreviation', () => {
    expect(read(['Ask Dr. May, e.g. today. It is well (i.e. good). Not Mr. or Mrs. B.'])).toEqual([
      'Ask Dr. May, e.g. today.',
      'It is well (i.e. good).',
      'Not Mr. or Mrs. B.',
    ])
  })

  test.each(['$$\\frac{a}{b}$$', '$$\na = 1.\n- b\n$$', '\\[ a = b \\]', '\\[\na = b\n\\]'])(
    'names the formula %j',
    (source) => {
      for (const pieces of [(text: string) => [text], (text: string) => [...text]]) {
        expect(read(pieces(`It is:\n\n${source}\n\nDone.`))).toEqual(['It is:', 'formula', 'Done.'])
        expect(read(pieces(`- ${source} holds.\n- so does ${source.replaceAll('\n', '')}.\n`))).toEqual([
          'formula holds.',
          'so does formula.',
        ])
      }
    },
  )

  test('reads what begins like a formula and is none', () => {
    expect(read(['$$ is money.\nSo it is.\n\nDone.\n\n$$$ too'])).toEqual([
      '$$ is money.',
      'So it is.',
      'Done.',
      '$$$ too',
    ])
    expect(
      read([`$$ ${'word '.repeat(1000)}`])
        .join(' ')
        .match(/word/g),
    ).toHaveLength(1000)
  })

  test('ends sentences in Chinese and Japanese, where no space follows', () => {
    expect(read(['蜉蝣只活一天。它们不吃东西。'])).toEqual(['蜉蝣只活一天。', '它们不吃东西。'])
  })

  test('says the same whatever the text is and whatever pieces it comes in', () => {
    const signs =
      '. |...|! |? |。|a|b |1.|2) |- |* |+   |> |>|`|```|````|~~~|\n|\n\n|\t| |    |$|$$|\\[|\\]|[a](b)|(|)|"|e.g.|Dr.|ts'
    const text = fc
      .array(fc.constantFrom(...signs.split('|'), 'word '.repeat(90), 'x'.repeat(450)), { maxLength: 30 })
      .map((parts) => parts.join(''))
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 9 }), (text, length) => {
        expect(read(text.match(new RegExp(`.{1,${length}}`, 'gs')) ?? [])).toEqual(read([text]))
      }),
      { numRuns: 2000 },
    )
  })

  test('says any number of sentences that come at once', () => {
    expect(read(['No. Yes. '.repeat(100_000)])).toHaveLength(200_000)
  })

  test('cuts a very long sentence at a word’s end, and says all of it', () => {
    const words = Array.from({ length: 1000 }, (_, index) => `word${index}`).join(' ')
    const said = read([words])
    expect(said.join(' ')).toBe(words)
    expect(Math.max(...said.map((piece) => piece.length))).toBeLessThanOrEqual(400)
    expect(said.length).toBeLessThan(30)
    expect(read(['蜉蝣'.repeat(1000)]).join('')).toBe('蜉蝣'.repeat(1000))
  })
})

describe('a line of code signs', () => {
  test('opens no block where it is code among words', () => {
    expect(read(['```npm start``` starts it.\n', '~~It~~ runs. And more.\n'])).toEqual([
      'npm start starts it.',
      'It runs.',
      'And more.',
    ])
  })

  test.each([
    ['a longer one', '````md\nOne.\n```\nTwo.\n````\nDone.'],
    ['the other sign', '~~~\nOne.\n```\nTwo.\n~~~\nDone.'],
    ['words behind it', '```\nOne.\n``` js\nTwo.\n  ````  \nDone.'],
    ['words with a full stop behind it', '```a. b\nOne. Two.\n```\nDone.'],
  ])('closes no block that is closed by %s', (_, text) => {
    expect(read([text])).toEqual(['Code block.', 'Done.'])
    expect(read([...text])).toEqual(['Code block.', 'Done.'])
  })

  test.each([
    ['an item', '- Try:\n\n  ```\n  One.\n\n  ```\n  Done.'],
    ['an item that begins with it', '- Try:\n- ```\n  One.\n  ```\n- Done.'],
    ['an item of an item', '1. Try:\n   - ~~~\n     One.\n     ~~~\n2. Done.'],
    ['an item after a tab', '1.\tTry:\n\n\t```\n\tOne.\n\t```\n\n2. Done.'],
    ['a quotation', '> Try:\n> ```\n> One.\n> ```\n> Done.'],
    ['a quotation in an item', '- Try:\n  > ```\n  > One.\n  > ```\n\n  Done.'],
  ])('opens and closes a block in %s', (_, text) => {
    expect(read([text]).map((line) => line.replace(/^\d\. /, ''))).toEqual(['Try:', 'Code block.', 'Done.'])
  })

  test.each([
    ['an item', '- ```\n  One.\n\nDone.'],
    ['a quotation', '> ```\n> One.\n\nDone.'],
    ['an item of an item', '- - ```\n    One.\n- Done.'],
  ])('opens no block that is longer than %s', (_, text) => {
    expect(read([text])).toEqual(['Code block.', 'Done.'])
  })
})

describe('the work of reading', () => {
  const shapes = [
    '.',
    '!',
    '.)',
    '. ',
    'mayfly ',
    'mayfly',
    'e.g,',
    '1. ',
    '- ',
    '> ',
    '`',
    '~',
    ' ',
    '\t',
    '[',
    '$$',
    '**',
    '蜉',
  ]
  const begins = ['', '```\n', '$$\n', '```', '\\[ a']

  test.each(shapes.flatMap((shape) => begins.map((begin) => [shape, begin])))(
    'on %j without end after %j is the same for each piece, however many came before',
    (shape, begin) => {
      const piece = shape.repeat(Math.ceil(200 / shape.length))
      const reader = createSentenceReader(labels)
      reader.push(begin)
      const works = [0, 200].map((more) => {
        for (let count = 0; count < more; count++) reader.push(piece)
        return countRead(() => {
          for (let count = 0; count < 20; count++) reader.push(piece)
        })
      })
      expect(works[1]).toBeLessThanOrEqual(1.5 * (works[0] ?? 0) + 1000)
    },
  )

  test.each(shapes)('on %j without end grows with it alone when all comes at once', (shape) => {
    const works = [20_000, 80_000].map((length) =>
      countRead(() => read([shape.repeat(Math.ceil(length / shape.length))])),
    )
    expect(works[1]).toBeLessThan(5 * (works[0] ?? 0))
  })

  /** How many characters regular expressions are given to search while `act` is done. */
  function countRead(act: () => void): number {
    let characters = 0
    const { exec } = RegExp.prototype
    const spy = vi.spyOn(RegExp.prototype, 'exec').mockImplementation(function (this: RegExp, text) {
      characters += text.length - this.lastIndex
      return exec.call(this, text)
    })
    act()
    spy.mockRestore()
    return characters
  }
})

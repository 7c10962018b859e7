import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { join, type SeamEnd } from './seam.ts'

/** What was asked to be said again unless a test says otherwise: more than any of them repeats. */
const asked = (before: string) => before.trimEnd().slice(-60).length

/** Says a continuation in pieces, as a stream does, and gives back what became of it. */
function say(
  before: string,
  pieces: readonly string[],
  repeats = asked(before),
  end: SeamEnd = 'finished',
): { shown: string; version: string | null } {
  let after = ''
  for (const [i, piece] of [...pieces, ''].entries()) {
    after += piece
    const joined = join(before, { after, repeats }, i < pieces.length ? 'open' : end)
    if (joined.type === 'undecided') continue
    const rest = pieces.slice(i + 1).join('')
    return joined.type === 'goes on'
      ? { shown: before + joined.text + rest, version: null }
      : { shown: before, version: joined.text + rest }
  }
  throw new Error('nothing was decided at the end')
}
const letters = (text: string) => text.split('')
const joined = (before: string, after: string) => say(before, letters(after)).shown

const code = 'Try this:\n\n```python\ndef area(r):\n    return 3.14 * r'

describe('a model that says again what it was asked to is joined to the letter', () => {
  const song =
    'We sail, we sail, across the sea\nand home again.\n\nThe night was long.\n\nWe sail, we sail, across the sea\n'
  test.each([
    ['a few words', 'Hi! I am', 'Hi! I am a bot.', 'Hi! I am a bot.'],
    ['a word and a space', 'Yes, ', 'Yes, it is.', 'Yes, it is.'],
    ['a heading', '# Title\n\n', '# Title\n\nBody.', '# Title\n\nBody.'],
    ['half of a family', 'Hi 👩‍👩‍', 'Hi 👩‍👩‍👧 family', 'Hi 👩‍👩‍👧 family'],
    ['half of a character', 'Hi \ud83e', 'Hi 🪰!', 'Hi 🪰!'],
    [
      'a fence and its language',
      'Text:\n\n```python',
      'Text:\n\n```python\nprint(1)',
      'Text:\n\n```python\nprint(1)',
    ],
    [
      'a row',
      '| a | b |\n|---|---|\n| 1 ',
      '| a | b |\n|---|---|\n| 1 | 2 |',
      '| a | b |\n|---|---|\n| 1 | 2 |',
    ],
    ['all there is to say', 'That is all.', 'That is all.', 'That is all.'],
  ])('%s', (_, before, after, whole) => {
    expect(joined(before, after)).toBe(whole)
    expect(say(before, [after]).shown).toBe(whole)
  })

  test('though what follows stood there before', () => {
    const line = 'We sail, we sail, across the sea\n'
    const whole = `${song}and home again.\n`
    expect(say(song, letters(`${line}and home again.\n`), line.trimEnd().length).shown).toBe(whole)
    expect(joined(song, 'and home again.\n')).toBe(whole)
    expect(joined('def a():\n    return compute(x)\n\ndef b():\n', '    return compute(x)')).toMatch(
      /b\(\):\n    return compute\(x\)$/,
    )
  })

  test('and adds nothing while it has said no more than that, however it ends', () => {
    for (const end of ['cut', 'finished'] as const) {
      expect(say('One two three four', letters('One two th'), undefined, end).shown).toBe(
        'One two three four',
      )
    }
  })
})

describe('where a model goes on in its own way, the seam can not be seen', () => {
  test.each([
    ['in the middle of a word', 'A mayfly li', 'ves a day.', 'A mayfly lives a day.'],
    ['between words', 'A mayfly lives', ' a day.', 'A mayfly lives a day.'],
    ['after a line', 'One.\n\n', 'Two.', 'One.\n\nTwo.'],
    ['in a number', 'It costs 1', '00 crowns.', 'It costs 100 crowns.'],
    ['the two letters of a word repeat', 'The brown fo', 'fox jumps.', 'The brown fox jumps.'],
    ['a part of a word repeats', 'A mayf', 'mayfly lives.', 'A mayfly lives.'],
    [
      'the last words repeat',
      'It lives a day, and in that',
      'in that day it',
      'It lives a day, and in that day it',
    ],
    [
      'behind dots',
      'It lives a day, and in that',
      '… day, and in that day',
      'It lives a day, and in that day',
    ],
    ['after a space', 'It lives a day, and in', ' a day, and in that', 'It lives a day, and in that'],
    ['a sentence repeats', 'One. Two is next.\n', 'Two is next.\nThree.', 'One. Two is next.\nThree.'],
    ['a line that ended', 'One.\nThe second line', 'The second line\nThree', 'One.\nThe second line\nThree'],
    ['Chinese', '蜉蝣的一生只有一天', '的一生只有一天，很短。', '蜉蝣的一生只有一天，很短。'],
    ['Arabic', 'يعيش ذباب مايو يوم', 'يوماً واحداً', 'يعيش ذباب مايو يوماً واحداً'],
    ['emoji', 'Look: 👩‍👩‍👧 and the 🏳️‍🌈', ' and the 🏳️‍🌈 flag', 'Look: 👩‍👩‍👧 and the 🏳️‍🌈 flag'],
  ])('%s', (_, before, after, whole) => expect(joined(before, after)).toBe(whole))

  test.each([
    ['a code block goes on', code, ' ** 2\n```', `${code} ** 2\n\`\`\``],
    [
      'a code block is opened again',
      code,
      '```python\n    return 3.14 * r ** 2\n```',
      `${code} ** 2\n\`\`\``,
    ],
    [
      'a code block and its first words are said again',
      'Text:\n\n```ts\nconst day = ',
      '```ts\nconst day = 24',
      'Text:\n\n```ts\nconst day = 24',
    ],
    ['a code block is closed', `${code}\n`, '```\n\nThat is it.', `${code}\n\`\`\`\n\nThat is it.`],
    ['a list', '- one\n- two', '- three', '- one\n- two\n- three'],
    ['a numbered list', '1. one\n2. two', '3. three', '1. one\n2. two\n3. three'],
    ['an item of a list', '- one\n- tw', 'o\n- three', '- one\n- two\n- three'],
    ['a table', '| a | b |\n|---|---|\n| 1 | 2 |', '| 3 | 4 |', '| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |'],
    ['a row of a table', '| a | b |\n|---|---|\n| 1 |', ' 2 |\n', '| a | b |\n|---|---|\n| 1 | 2 |\n'],
    [
      'a row that is said again',
      '| a | b |\n|---|---|\n| one | tw',
      '| one | two |',
      '| a | b |\n|---|---|\n| one | two |',
    ],
    ['an item that is begun anew', '- one\n- tw', '- two\n- three', '- one\n- two\n- three'],
    [
      'a row that is begun anew',
      '| a | b |\n|---|---|\n| 1 ',
      '| 1 | 2 |',
      '| a | b |\n|---|---|\n| 1 | 2 |',
    ],
    ['code behind its fence', 'Text:\n\n```python', 'print(1)\n```', 'Text:\n\n```python\nprint(1)\n```'],
    ['a language that broke off', 'Text:\n\n```py', 'thon\nprint(1)', 'Text:\n\n```python\nprint(1)'],
    ['a first heading', 'That was all.', '# Next', 'That was all.\n\n# Next'],
    ['a heading', 'That was all.', '## Next', 'That was all.\n\n## Next'],
    ['no heading', 'It is written in C', '# is another', 'It is written in C# is another'],
    ['a quote', '> one', '> two', '> one\n> two'],
    ['a difference', 'it is 5 ', '- 3', 'it is 5 - 3'],
  ])('%s', (_, before, after, whole) => expect(joined(before, after)).toBe(whole))
})

describe('where a model starts over, that is another version', () => {
  const before = 'Mayflies live for a single day. In that day they do everything that matters, and then'
  test.each([
    ['word by word', 'Mayflies live for a single day. In that day they do everything else.'],
    ['in other words', 'Mayflies live for a single hour.'],
    [
      'after a space',
      '\nMayflies live for a single day. In that day they do everything that matters, and then they',
    ],
  ])('%s', (_, after) => {
    expect(say(before, letters(after))).toEqual({ shown: before, version: after.trimStart() })
  })

  test('behind a preface', () => {
    const after = 'Sure! Mayflies live for a single day. In that day they do everything else, and then fly.'
    expect(say(before, letters(after))).toEqual({ shown: before, version: after })
  })

  test('from a model that is trusted to go on from the very end', () => {
    const after = 'Mayflies live for a single day. In that day they do nothing.'
    expect(say(before, letters(after), 0)).toEqual({ shown: before, version: after })
    expect(say('A mayfly lives', letters('A mayfly lives a day.'), 0).version).toBe('A mayfly lives a day.')
  })

  test('but a refrain is none', () => {
    const song = `${before}\n\n${'Everything that matters takes a day. '.repeat(3)}\n\n`
    const refrain = 'Mayflies live for a single day. The end.'
    expect(say(song, letters(refrain), 0).shown).toBe(song + refrain)
  })

  test('a short reply that is said again from the start goes on', () => {
    expect(say('A mayfly lives', letters('A mayfly lives a day.')).shown).toBe('A mayfly lives a day.')
  })

  test('the same first word is no new version', () => {
    expect(joined('The mayfly lives a day. ', 'The caddisfly does not.')).toContain('day. The caddisfly')
  })
})

const passage = [
  'A mayfly lives a day, and in that day it does everything that matters. ',
  'Its young live in the water for years.\n\n',
  '1. first it hatches\n2. then it molts, which no other insect does with wings\n\n',
  '```ts\nconst day = 24 * 60 * 60\nfor (const hour of hours(day)) fly(hour)\n```\n\n',
  '| stage | where it lives |\n|---|---|\n| nymph | in the water |\n| adult | over the water |\n\n',
  'يعيش ذباب مايو يوماً واحداً. 蜉蝣的一生只有一天。 👩‍👩‍👧‍👦 That is all there is to it.',
].join('')

const cut = fc.integer({ min: 90, max: passage.length - 1 })
const piecesOf = (text: string, size: number) => text.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? []

test('a reply cut anywhere whose last words are repeated is whole again', () => {
  fc.assert(
    fc.property(
      cut,
      fc.integer({ min: 15, max: 80 }),
      fc.integer({ min: 1, max: 30 }),
      fc.boolean(),
      (at, back, size, asks) => {
        const before = passage.slice(0, at)
        // From the beginning of a word, as the model is asked to.
        let start = at - back
        while (start > 0 && !/\s/.test(passage[start - 1] ?? '')) start -= 1
        const repeated = before.slice(start).trimStart()
        if (repeated.trim().length < 12) return
        expect(
          say(before, piecesOf(repeated + passage.slice(at), size), asks ? repeated.trimEnd().length : 60)
            .shown,
        ).toBe(passage)
      },
    ),
  )
})

test('what is gone on with exactly is joined exactly, wherever it was cut, and however it ends', () => {
  const pieces = fc.integer({ min: 1, max: 30 })
  fc.assert(
    fc.property(fc.nat(passage.length), pieces, fc.constantFrom('cut', 'finished'), (at, size, end) => {
      const rest = piecesOf(passage.slice(at), size)
      expect(say(passage.slice(0, at), rest, 0, end).shown).toBe(passage)
    }),
  )
})

test('nothing that was there is ever touched, and nothing is lost that is not a repetition of it', () => {
  const text = fc.string({
    unit: fc.constantFrom('a', 'b', ' ', '\n', '`', '- ', '|', '1. ', 'the ', '蜉', '🪰'),
  })
  fc.assert(
    fc.property(text, text, fc.integer({ min: 1, max: 5 }), (before, after, size) => {
      const { shown, version } = say(before, piecesOf(after, size))
      expect(shown.startsWith(before)).toBe(true)
      if (version !== null) return expect(after.endsWith(version)).toBe(true)
      const added = shown.slice(before.length)
      const kept = added.trimStart() === '' ? '' : added.replace(/^\n+/, '')
      const dropped = after.slice(0, after.length - kept.length)
      if (!after.endsWith(added)) expect(after.endsWith(kept)).toBe(true)
      if (added.length < after.length) {
        const repeats = before.includes(dropped.trim()) || /^\s*(`{3}|~{3})/.test(dropped)
        expect(repeats).toBe(true)
      }
    }),
    { numRuns: 2_000 },
  )
})

test('however long both are, it is soon decided', { timeout: 2_000 }, () => {
  for (const before of ['a'.repeat(1_000_000), 'the same words '.repeat(60_000), '`'.repeat(500_000)]) {
    for (const after of [before.slice(-500), before.slice(0, 5_000)]) {
      expect(join(before, { after: `${after}!`, repeats: 60 }, 'open').type).not.toBe('undecided')
    }
  }
})

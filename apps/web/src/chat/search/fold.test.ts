import fc from 'fast-check'
import { expect, test } from 'vitest'
import { countIn, fold, offsetsOfFold } from './fold.ts'

test('letters are found whatever their case, accents and width', () => {
  expect(fold('Été')).toBe(fold('ETE'))
  expect(fold('re\u0301sume\u0301')).toBe('resume')
  expect(fold('ΟΔΟΣ')).toBe(fold('οδος'))
  expect(fold('İstanbul')).toBe('istanbul')
  expect(fold('ｆｕｌｌ ﬁne')).toBe('full fine')
  expect(fold('it’s “so”')).toBe('it\'s "so"')
})

test('a script’s points and joiners are passed over, its letters are not', () => {
  expect(fold('كِتَابٌ')).toBe(fold('كتاب'))
  expect(fold('שָׁלוֹם')).toBe(fold('שלום'))
  expect(fold('soft\u00ADware z\u200Bero')).toBe('software zero')
  expect(fold('👨‍👩‍👧')).toBe('👨👩👧')
  expect(fold('が')).not.toBe(fold('か'))
  expect(fold('कि')).not.toBe(fold('का'))
  expect(fold('東京')).toBe('東京')
})

test('runs of space, also between lines, are one space', () => {
  expect(fold('bold \n\t word\u00A0here')).toBe('bold word here')
})

test('what takes no room is nothing to search for', () => {
  expect(fold('\u200B\u0301\uFE0F')).toBe('')
})

test('each unit of a folded text is traced back to where it comes from', () => {
  const unit = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('\uD83D', '\uDE00', 'ﬁ', 'e\u0301', '\r\n  ', 'ΣΣ', 'İ', '\u00B4', '각', '\u200D', 'ﷺ'),
  )
  fc.assert(
    fc.property(fc.array(unit), (units) => {
      const text = units.join('')
      const offsets = offsetsOfFold(text)
      expect(offsets.length).toBe(fold(text).length + 1)
      expect([...offsets]).toEqual([...offsets].toSorted((a, b) => a - b))
      expect(offsets.at(-1)).toBe(text.length)
    }),
  )
})

test('half a character matches no whole one', () => {
  expect(countIn(fold('😀'), fold('\uD83D'))).toBe(0)
})

test('places are counted without overlap, a million of them at once, and none for a needle longer than the text', () => {
  expect(countIn('aaaaa', 'aa')).toBe(2)
  expect(countIn('a'.repeat(1_000_000), 'a')).toBe(1_000_000)
  expect(countIn('short', 'a longer needle')).toBe(0)
  expect(countIn('anything', '')).toBe(0)
  expect(countIn('a.b axb', 'a.b')).toBe(1)
})

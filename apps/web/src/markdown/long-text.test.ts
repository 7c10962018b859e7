import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import MarkdownIt from 'markdown-it'
import { createMarkdownRenderer } from './renderer.ts'
import { createRoot, cut, drawPieces, drawWhole, labels } from './reply.fixture.ts'

// With a clock that stands still no parse costs anything, so every piece is drawn.
beforeEach(() => void vi.useFakeTimers())
afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

const sentence =
  'Some *words*, a [link](https://a.example/ "its title"), `code` and $x$ of 5 that **goes on**. '

/** A long text whose pieces are as they come. */
const longText = (space: fc.Arbitrary<string>) =>
  fc
    .array(
      fc.tuple(
        fc.constantFrom(
          'words',
          '*em*',
          '**b',
          'b**',
          '`c`',
          '[a](b "c',
          'd")',
          '[',
          ']',
          '\\[',
          '_',
          '<br>',
          '~~s~~',
          '\\',
        ),
        space,
        fc.integer({ min: 1, max: 300 }),
      ),
      { minLength: 10, maxLength: 40 },
    )
    .map((parts) => parts.map(([mark, gap, count]) => `${mark}${gap}${'plain '.repeat(count)}`).join(''))

describe('a long text', () => {
  test('ends as the whole does, whatever it is in, wherever it is cut and whatever comes after', () => {
    const opener = fc.constantFrom('', '> ', '- ', '1. a\n\n   ', '- a\n\n  b\n\n  ', '> a\n>\n> ')
    const end = fc.constantFrom('', '\n===\n', '\n---\n', '\n| a |\n|---|\n', '\n\nend', '\n- end', '\n# end')
    const text = fc
      .tuple(opener, longText(fc.constantFrom(' ', ' ', '\n', '  \n', '\n> ', '\n  ')), end)
      .map((parts) => parts.join(''))
    const lengths = fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(text, lengths, (whole, pieces) => {
        expect(drawPieces(cut(whole, pieces)).isEqualNode(drawWhole(whole))).toBe(true)
      }),
      { numRuns: process.env['MAYFLY_TEST_LONG'] ? 5000 : 60 },
    )
  }, 300_000)

  test('says the same in stretches as in one', () => {
    const plain = new MarkdownIt({ html: false })
    const words = (root: Element) => root.textContent.replaceAll(/\s+/g, ' ').trim()
    fc.assert(
      fc.property(longText(fc.constantFrom(' ', '\n')), (text) => {
        const whole = createRoot()
        whole.innerHTML = plain.render(text.replaceAll('<br>', '').replaceAll('~~s~~', ''))
        const drawn = drawWhole(text.replaceAll('<br>', '').replaceAll('~~s~~', ''))
        expect(words(drawn)).toBe(words(whole))
        expect(drawn.querySelectorAll('em, strong').length).toBe(whole.querySelectorAll('em, strong').length)
      }),
      { numRuns: 60 },
    )
  }, 60_000)

  test.each([
    ['in one line', ' '],
    ['of many lines', '\n'],
    ['in a quotation', '\n> '],
  ])(
    '%s keeps its nodes and costs no more to go on with, however long it is',
    (_, gap) => {
      const root = createRoot()
      const renderer = createMarkdownRenderer(root, labels)
      const part = sentence.trim() + gap
      renderer.push(gap.trimStart() + part.repeat(200))
      const [first] = root.getElementsByClassName('stretch')
      const emphasis = root.querySelector('em')
      const make = vi.spyOn(document, 'createElement')
      const costs = [200, 2000].map((length) => {
        if (length > 200) for (let at = 300; at < length; at += 20) renderer.push(part.repeat(20))
        make.mockClear()
        for (const piece of cut(part.repeat(100), [40])) renderer.push(piece)
        return make.mock.calls.length
      })
      expect(root.getElementsByClassName('stretch')[0]).toBe(first)
      expect(root.querySelector('em')).toBe(emphasis)
      // They differ by where a stretch ends. Without stretches the second is seven times the first.
      expect((costs[1] ?? 0) / (costs[0] ?? 0)).toBeLessThan(2)
      renderer.end()
      expect(root.querySelectorAll('p')).toHaveLength(1)
    },
    60_000,
  )
})

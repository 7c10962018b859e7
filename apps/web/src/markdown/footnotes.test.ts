import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { cut, drawPieces, drawWhole } from './reply.fixture.ts'

const numRuns = process.env['MAYFLY_TEST_LONG'] ? 50_000 : 1000

// With a clock that stands still no parse costs anything, so every piece is drawn.
beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('a footnote', () => {
  test.each(['See[^1] here.\n\n[^1]: The note.', '[^1]: The note.\n\nSee[^1] here.'])(
    'is led to from the text, in either order: %j',
    (text) => {
      for (const root of [drawWhole(text), drawPieces(text)]) {
        const reference = root.querySelector('sup > button[data-footnote="1"]')
        expect(reference?.getAttribute('aria-label')).toBe('Footnote 1')
        const note = root.querySelector('.footnote[role="note"][tabindex="-1"][data-label="1"]')
        expect(note?.getAttribute('aria-label')).toBe('Footnote 1')
        expect(note?.textContent).toBe('The note.')
        expect(root.querySelector('[id], a')).toBeNull()
      }
    },
  )

  test('holds blocks, and ends where the indentation does', () => {
    const root = drawWhole('[^a]: one\n\n    - two\n\n    ```\n    three\n    ```\n[^b]: four\n\nfive')
    expect([...root.children].map((block) => block.className || block.localName)).toEqual([
      'footnote',
      'footnote',
      'p',
    ])
    expect(root.querySelector('.footnote ul')?.textContent).toBe('two')
    expect(root.querySelector('.footnote code')?.textContent).toBe('three\n')
  })

  test('that is defined twice is led to once', () => {
    const root = drawWhole('[^1]\n\n[^1]: one\n\n[^1]: two')
    expect(root.querySelectorAll('.footnote')).toHaveLength(2)
    expect(root.querySelectorAll('.footnote[tabindex]')).toHaveLength(1)
  })

  test.each([
    ['that is nowhere defined', 'See[^1] here.'],
    ['in code', '`[^1]`\n\n[^1]: note'],
    ['in a link', '[see [^1]](https://example.com)\n\n[^1]: note'],
    ['that only looks like one in a pattern', 'match [^0-9] here'],
  ])('%s is text', (_, text) => {
    const root = drawWhole(text)
    expect(root.querySelector('sup')).toBeNull()
    expect(root.textContent).toContain('[^')
  })

  test('is no link, and a link is no footnote', () => {
    const root = drawWhole('[a][^1] and [footnote 1]\n\n[^1]: note')
    expect(root.querySelector('p')?.textContent).toBe('[a]1 and [footnote 1]')
  })

  test('ends as the whole does, whatever is around it and wherever it is cut', () => {
    const marks =
      '[^a],[^b],[^a]: ,[^b]: ,[^a]:\n,[a],[a]: /u\n,![^a],(,],x, ,\n,\n\n,    ,- ,> ,# ,```\n,$,$$\n,|,*,`'.split(
        ',',
      )
    const text = fc.array(fc.constantFrom(...marks), { maxLength: 30 }).map((parts) => parts.join(''))
    const lengths = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(text, lengths, (whole, pieces) => {
        expect(drawPieces(cut(whole, pieces)).isEqualNode(drawWhole(whole))).toBe(true)
      }),
      { numRuns },
    )
  }, 300_000)
})

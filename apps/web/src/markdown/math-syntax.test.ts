import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { cut, drawPieces, drawWhole } from './reply.fixture.ts'

const numRuns = process.env['MAYFLY_TEST_LONG'] ? 50_000 : 1000

// What typesets is not to be had, so that each formula shows what was read as one.
vi.mock('./math.ts', () => {
  throw new TypeError('refused')
})

// With a clock that stands still no parse costs anything, so every piece is drawn.
beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const formulasIn = (text: string) =>
  [...drawWhole(text).querySelectorAll('.formula, .math')].map((box) => box.textContent)

describe('a formula', () => {
  test.each([
    ['so $x^2$ holds', ['$x^2$']],
    ['$a$, ($b$) and 设$c$为', ['$a$', '$b$', '$c$']],
    ['the $n$th of $n$-many', ['$n$', '$n$']],
    ['$\\frac{1}{2}$ is half of $1$.', ['$\\frac{1}{2}$', '$1$']],
    ['$a *b$ c*', ['$a *b$']],
    ['$\\text{5\\$}$', ['$\\text{5\\$}$']],
    ['by \\(x_1\\) and \\[y_1\\] too', ['\\(x_1\\)', '\\[y_1\\]']],
    ['$5 and $10, but $x^2$', ['$x^2$']],
    ['Price $20 and $z$.', ['$z$']],
    ['a circle of $R$ 12 and $2R$ 24', ['$R$', '$2R$']],
    ['here $$x$$ there', ['$$x$$']],
    ['$$\nx = 1\n\\\\ y\n$$', ['$$\nx = 1\n\\\\ y\n$$']],
    ['$$ x $$', ['$$ x $$']],
    ['\\[\n- x\n\\]', ['\\[\n- x\n\\]']],
    ['Words before\n$$\nx\n$$\nand after', ['$$\nx\n$$']],
    ['- an item\n  $$\n  x\n  $$', ['$$\nx\n$$']],
    ['| $a$ | b |\n|---|---|\n', ['$a$']],
    ['$$\nx\n$$ by *y*', ['$$\nx\n$$']],
  ])('is found in %j', (text, formulas) => {
    expect(formulasIn(text)).toEqual(formulas)
  })

  test.each([
    '$5 and $10',
    'from $2bn to … $4bn',
    'R$ 12 and R$ 15',
    'US$5–US$10',
    'It costs $10 (R$ 55) today.',
    '$5 and $10, R$ 12',
    '$VAR and $HOME',
    'PATH=$HOME/bin:$PATH',
    '$ x $',
    '$x',
    '\\$x$ and x\\$',
    '`$x$`',
    '$5 for `x$`',
    '    $x$',
    '$$',
    '$$$$',
    '$$\n\nx\n\n$$',
    '$$\nx',
    '\\(\\)',
    '\\[not a link](/a)',
    '\\(a',
  ])('is not found in %j', (text) => {
    expect(formulasIn(text)).toEqual([])
    expect(drawWhole(text).textContent).not.toBe('')
  })

  test('in a block that does not close is text to the next empty line, and nothing after it changes', () => {
    const root = drawWhole('$$ is the number of the shell\n- *one*\n\n- two')
    expect([...root.children].map((block) => block.localName)).toEqual(['p', 'ul'])
    expect(root.querySelector('em')?.textContent).toBe('one')
  })

  test('ends as the whole does, whatever is around it and wherever it is cut', () => {
    const marks =
      '$,$$,$$\n,\\(,\\),\\[,\\],\\[\n,x,1,a b, ,\n,\n\n,- ,> ,# ,---\n,`,*,\\,[a],[a]: /u\n,```\n,|,    '.split(
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

  test.each(['$a ', '$$', '\\(a ', '\\[a ', '$a ` ', '$1'])(
    'that is opened 100,000 times costs no more than its length: %j',
    (opening) => {
      vi.useRealTimers()
      const start = performance.now()
      drawWhole(opening.repeat(100_000))
      expect(performance.now() - start).toBeLessThan(5_000)
    },
  )
})

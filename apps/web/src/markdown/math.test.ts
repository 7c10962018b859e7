import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { typeset } from './math.ts'

describe('a formula', () => {
  test('is drawn as MathML, without a style attribute or a class that nobody knows', () => {
    const formula = typeset('\\frac{1}{2} + \\vec{x}', true)
    expect(formula?.namespaceURI).toBe('http://www.w3.org/1998/Math/MathML')
    expect(formula?.getAttribute('display')).toBe('block')
    expect(formula?.querySelector('mfrac')?.textContent).toBe('12')
    expect(formula?.querySelector('[style], [class]')).toBeNull()
    expect(typeset('x', false)?.hasAttribute('display')).toBe(false)
  })

  test.each([
    ['\\boxed{x}', '.tml-fbox'],
    ['\\overline{x}', 'mrow.tml-overline'],
    ['\\cancel{x}', '.tml-cancel.upstrike'],
    ['\\begin{array}{c|c}a&b\\\\ \\hline c&d\\end{array}', 'mtd.line-right.line-below'],
    ['\\rule{1em}{1em}', 'mspace.rule'],
    ['\\begin{align}a&=b\\\\c&=d\\end{align}', 'mtd.tml-right + mtd.tml-left'],
  ])('%s keeps its lines as classes', (tex, selector) => {
    expect(typeset(tex, true)?.querySelector(selector)).not.toBeNull()
  })

  test('names no size that would fill the page', () => {
    const space = typeset('\\rule{900em}{900em}', true)?.querySelector('mspace')
    expect([space?.getAttribute('width'), space?.getAttribute('height')]).toEqual(['20em', '20em'])
  })

  test.each([
    ['an unknown command', '\\nonesuch{x}'],
    ['an open brace', '\\frac{1}{'],
    ['a link', '\\href{https://evil.example}{x}'],
    ['a link to a label', '\\ref{a}'],
    ['an image', '\\includegraphics{https://evil.example/x.png}'],
    ['a class', '\\class{btn}{x}'],
    ['a style', '\\style{position:fixed}{x}'],
    ['a macro without end', '\\def\\a{\\a\\a}\\a'],
    ['100,000 nested groups', '{'.repeat(100_000)],
    ['200 nested fractions', '\\frac{1}{'.repeat(200) + 'x' + '}'.repeat(200)],
    ['very many signs', 'x+'.repeat(2_000)],
    ['nothing', ''],
  ])('with %s is not drawn, and nothing is thrown', (_, tex) => {
    expect(typeset(tex, true)?.querySelector('*') ?? undefined).toBeUndefined()
  })

  test('makes a macro for itself alone', () => {
    expect(typeset('\\gdef\\mine{x}\\mine', false)?.textContent).toBe('x')
    expect(typeset('\\mine', false)).toBeUndefined()
  })
})

describe('a formula in a reply', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => {
    vi.doUnmock('./math.ts')
    vi.resetModules()
    vi.useRealTimers()
  })

  test('shows its source until what typesets it is there, then is drawn in its place', async () => {
    const { drawWhole, drawPieces } = await import('./reply.fixture.ts')
    const text = 'Here $x^2$ and $\\nonesuch$.\n\n$$\ny\n$$\n'
    const root = drawWhole(text)
    expect(root.textContent).toBe('Here $x^2$ and $\\nonesuch$.$$\ny\n$$')
    vi.useRealTimers()
    await vi.waitFor(() => expect(root.querySelectorAll('math')).toHaveLength(2))
    expect(root.textContent).toBe('Here x2 and $\\nonesuch$.y')
    vi.useFakeTimers()
    expect(drawWhole(text).isEqualNode(root)).toBe(true)
    expect(drawPieces(text).isEqualNode(root)).toBe(true)
  })

  test('is typeset once while the reply grows, and anew in another reply', async () => {
    const { default: temml } = await import('temml')
    const typesets = vi.spyOn(temml, '__renderToMathMLTree')
    const { createRoot, drawWhole, labels } = await import('./reply.fixture.ts')
    const { createMarkdownRenderer } = await import('./renderer.ts')
    vi.useRealTimers()
    const first = drawWhole('$x$')
    await vi.waitFor(() => expect(first.querySelector('math')).not.toBeNull())
    typesets.mockClear()
    vi.useFakeTimers()
    for (const replies of [1, 2]) {
      const root = createRoot()
      const renderer = createMarkdownRenderer(root, labels)
      for (const piece of ['Here $a^2$', ' and $a^2$', ' and no more', '.']) {
        renderer.push(piece)
        vi.advanceTimersByTime(1_000)
      }
      renderer.end()
      expect(root.querySelectorAll('math')).toHaveLength(2)
      expect(typesets).toHaveBeenCalledTimes(replies)
    }
  })

  test('stays its source where that can not be fetched', async () => {
    vi.doMock('./math.ts', () => {
      throw new TypeError('refused')
    })
    const { drawWhole } = await import('./reply.fixture.ts')
    const root = drawWhole('$x$')
    await vi.runAllTimersAsync()
    expect(root.textContent).toBe('$x$')
    expect(vi.getTimerCount()).toBe(0)
  })
})

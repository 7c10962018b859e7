import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createMarkdownRenderer } from './renderer.ts'
import { createRoot, cut, drawPieces, drawWhole, labels } from './reply.fixture.ts'

const numRuns = process.env['MAYFLY_TEST_LONG'] ? 100_000 : 1000

// With a clock that stands still no parse costs anything, so every piece is drawn.
beforeEach(() => void vi.useFakeTimers())
afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

/** Line `index` of a block that never ends, and what in it is settled once a later line has come. */
type Shape = { line: (index: number) => string; final: string }

const shapes: Record<string, Shape> = {
  'a list': { line: (index) => `- item *${index}*\n`, final: 'li' },
  'a loose list': { line: (index) => `${index}. item *${index}*\n\n`, final: 'li, p' },
  'a list of tasks': {
    line: (index) => `- [${index % 2 ? 'x' : ' '}] item ${index}\n`,
    final: 'li, li > div',
  },
  'a list in an item': {
    line: (index) => `${index ? '' : '1.  top\n'}    - item ${index}\n`,
    final: 'li li',
  },
  'a list of lists': {
    line: (index) => `${index % 9 ? '  ' : ''}${index % 3 ? '  ' : ''}- item ${index}\n`,
    final: 'li li li',
  },
  'a table': {
    line: (index) => `${index ? '' : '| a | b |\n|---|--:|\n'}| *c* | ${index} |\n`,
    final: 'td, tr',
  },
  'a table in an item': {
    line: (index) => `${index ? '  ' : '- | a | b |\n  |---|--:|\n  '}| *c* | ${index} |\n`,
    final: 'td, tr',
  },
  'a quotation': { line: (index) => `> words *${index}*\n>\n`, final: 'p' },
  'a list in a quotation': { line: (index) => `> - item ${index}\n`, final: 'li' },
  'a quotation in an item': { line: (index) => `${index ? '  ' : '- '}> # heading ${index}\n`, final: 'h1' },
  'code in an item': { line: (index) => `${index ? '' : '- ```\n'}  line ${index}\n`, final: '.lines' },
  'code in a quotation': {
    line: (index) => `${index ? '' : '> - words\n>\n>   ~~~ts\n'}>   line ${index}\n`,
    final: '.lines',
  },
  'indented code': { line: (index) => `${index % 5 ? '' : '\n'}    line ${index}\n`, final: '.lines' },
  'indented code in an item': {
    line: (index) => `${index ? '  ' : '- '}    line ${index}\n${index % 7 ? '' : '\n'}`,
    final: '.lines',
  },
  'indented code in a quotation': {
    line: (index) => `${index ? '' : '> words\n>\n'}>     line ${index}\n`,
    final: '.lines',
  },
  'code of blank lines': {
    line: (index) => `${index ? '' : '```\n'}${index % 2 ? '' : 'a'}\n`,
    final: '.lines',
  },
}

function linesOf({ line }: Shape, from: number, to: number): string {
  return Array.from({ length: to - from }, (_, index) => line(from + index)).join('')
}

describe.each(Object.entries(shapes))('%s without end', (_, shape) => {
  test('ends as the whole does, wherever it is cut and whatever comes after', () => {
    const text = fc
      .tuple(
        fc.integer({ min: 1, max: 150 }),
        fc.constantFrom('', '\n', '\n\n', 'end', '\nend\n', '- end', '# end'),
      )
      .map(([count, end]) => linesOf(shape, 0, count) + end)
    const lengths = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(text, lengths, (whole, pieces) => {
        expect(drawPieces(cut(whole, pieces)).isEqualNode(drawWhole(whole))).toBe(true)
      }),
      { numRuns: numRuns / 50 },
    )
  })

  test('keeps what is final in it, node by node', () => {
    const root = createRoot()
    const renderer = createMarkdownRenderer(root, labels)
    renderer.push(linesOf(shape, 0, 130))
    const nodes = nodesOf(root)
    for (const piece of cut(linesOf(shape, 130, 300), [7])) renderer.push(piece)
    renderer.end()
    const kept = nodesOf(root)
    expect(nodes.length).toBeGreaterThan(40)
    expect(nodes.every((node, index) => kept[index] === node)).toBe(true)
  })

  test('costs no more to go on with, however long it is', () => {
    const root = createRoot()
    const renderer = createMarkdownRenderer(root, labels)
    const make = vi.spyOn(document, 'createElement')
    const write = vi.spyOn(document, 'createTextNode')
    const costs = [1000, 9000].map((length) => {
      renderer.push(linesOf(shape, length === 1000 ? 0 : 1018, length))
      make.mockClear()
      write.mockClear()
      for (let index = length; index < length + 18; index++) {
        renderer.push(shape.line(index).slice(0, 7))
        renderer.push(shape.line(index).slice(7))
      }
      return make.mock.calls.length + write.mock.calls.length
    })
    expect(costs[1]).toBe(costs[0])
  })

  function nodesOf(root: Element): Node[] {
    return [...root.querySelectorAll(shape.final)]
      .flatMap((element) => [element, ...element.childNodes])
      .slice(0, -3)
  }
})

describe('blocks in blocks', () => {
  test('end as the whole does, whatever they are and wherever they are cut', () => {
    const containers = [
      '- ',
      '- ',
      '* ',
      '+    ',
      '-     ',
      '-\t',
      '- [ ] ',
      '- [x] ',
      '1. ',
      '2. ',
      '10) ',
      '> ',
      '> ',
      '>',
    ]
    const spaces = ['', '', '', '', ' ', '  ', '   ', '    ', '\t']
    const words = ['', '', '', 'a', 'b', 'c *d*', 'x | y', '[a]', '[^1]', "'t", "t'", '`', '$$', '$x$']
    const blocks = '# h,***,---,===,```,```,~~~,|a|b|,|-|-|,|c|,-|-,-,1.,>,[a]: /u,[^1]: n,    code'.split(
      ',',
    )
    const line = fc
      .tuple(
        fc.array(fc.constantFrom(...containers, ...spaces), { maxLength: 4 }),
        fc.constantFrom(...words, ...blocks),
      )
      .map(([openers, content]) => openers.join('') + content)
    const text = fc
      .tuple(fc.array(line, { maxLength: 24 }), fc.constantFrom('', '\n'))
      .map(([lines, end]) => lines.join('\n') + end)
    const lengths = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(text, lengths, (whole, pieces) => {
        expect(drawPieces(cut(whole, pieces)).isEqualNode(drawWhole(whole))).toBe(true)
      }),
      { numRuns },
    )
  }, 3_000_000)

  test('become loose as a whole, however late, and by a line that is not complete', () => {
    for (const tight of ['- a\n'.repeat(30), '1. - a\n' + '   - b\n'.repeat(30), '> * [x] a\n'.repeat(30)]) {
      const marker = /(.*)a\n$/.exec(tight)?.[1] ?? '   - '
      for (const end of ['c', 'c\n', 'c\n- d\n', '\n']) {
        const text = `${tight}${marker.replace(/[^>].*/, '')}\n${marker}${end}`
        expect(drawPieces(text).isEqualNode(drawWhole(text))).toBe(true)
      }
    }
  })

  test('know a loose list by an item that has no words', () => {
    const text = '- 2. # a\n   1. \n\n- \n- b'
    expect(drawPieces(text).isEqualNode(drawWhole(text))).toBe(true)
  })

  test('repeat no footnote when they are read again', () => {
    const text = '- [^1]: n\n- a\n\n- b\n\n[^1] and [c]\n\n[c]: https://c.example/\n'
    expect(drawPieces(text).isEqualNode(drawWhole(text))).toBe(true)
  })

  test('may go on after their end', () => {
    const root = createRoot()
    const renderer = createMarkdownRenderer(root, labels)
    let text = ''
    for (const piece of [
      '- a\n- [b]\n- c\n',
      '\n- d',
      '\n\n[b]: https://b.example/\n',
      '- e\n',
      '  - f\n  - g\n',
      '  - h\n',
    ]) {
      text += piece
      renderer.push(piece)
      renderer.end()
      expect(root.isEqualNode(drawWhole(text))).toBe(true)
    }
  })

  test('end a table whose rows lack too many cells where the whole ends it', () => {
    const columns = 70
    const text = `${'| a '.repeat(columns)}|\n${'|---'.repeat(columns)}|\n${'| b |\n'.repeat(1000)}`
    const root = drawPieces(cut(text, [20_000]))
    expect(root.children.length).toBeGreaterThan(1)
    expect(root.isEqualNode(drawWhole(text))).toBe(true)
  }, 60_000)
})

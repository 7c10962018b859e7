import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createMarkdownRenderer } from './renderer.ts'
import { createRoot, cut, drawPieces, drawWhole, labels } from './reply.fixture.ts'

const numRuns = process.env['MAYFLY_TEST_LONG'] ? 50_000 : 1000

const block =
  '## Heading\n\nWords and *more* words.\n\n- one\n- two\n\n| a | b |\n|---|--:|\n| 1 | 2 |\n\n```ts\nlet a\n```\n\n'

// With a clock that stands still no parse costs anything, so every piece is drawn.
beforeEach(() => void vi.useFakeTimers())
afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
  document.body.replaceChildren()
})

function start() {
  const root = createRoot()
  document.body.append(root)
  return { root, renderer: createMarkdownRenderer(root, labels) }
}

/** A clock by which every reading is `milliseconds` later than the one before: what each drawing then costs. */
function makeDrawingCost(milliseconds: number): void {
  let spent = 0
  const now = performance.now.bind(performance)
  vi.spyOn(performance, 'now').mockImplementation(() => now() + (spent += milliseconds))
}

describe('a reply in pieces', () => {
  test('ends as the whole does, whatever the text and wherever it is cut', () => {
    const words = ['a', 'b c', '😀', '\ud83d', '\\', '&amp;', '<br>', '<', '>', 'http://a.b/c', '$', '$$']
    const spaces = [' ', '  ', '    ', '\t', '\u00a0', '\n', '\n', '\n\n', '\r', '\r\n', '\0']
    const blocks = '# ,===\n,---\n,- ,* ,1. ,2) ,> ,```,~~~,```ts\n,|,|-|\n,|a|\n,[x] ,- [ ] ,- [x] '.split(
      ',',
    )
    const inline = '`,*,**,_,~~,[,],(,),![,](http://c.d),[a],[a]: /u,: ,",\''.split(',')
    const marks = [...words, ...spaces, ...blocks, ...inline]
    const text = fc
      .array(fc.oneof({ weight: 30, arbitrary: fc.constantFrom(...marks) }, fc.string()), { maxLength: 40 })
      .map((parts) => parts.join(''))
    const lengths = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(text, lengths, (whole, pieces) => {
        expect(drawPieces(cut(whole, pieces)).isEqualNode(drawWhole(whole))).toBe(true)
      }),
      { numRuns },
    )
  }, 300_000)

  test.each([
    ['a definition whose title spans lines that look like a heading', "[foo]: /u\n'a\n===\nb\nc'\n\n[foo]"],
    ['a definition in a list whose title ends after the list', '- [a]: /u\n([a]: /u\n)'],
    ['a definition that a later line undoes', '[a][a]: /u\n- [a]: /u\n""[a]'],
    ['a fence that turns out to be the head of a table', '```|\n---\n| a |\n'],
    ['a fence in a list that a line ends', '- ```\n  a\nb\n'],
    ['spaces at the end of an open fence', '```\na\n  '],
    ['tabs in an indented fence', '  ```\n\ta\n \tb\n  ```\n'],
    ['a fence closed by a longer line, with more after it', '~~~\n```\n~~\n~~~~~ \nafter\n```\nnext\n'],
    ['a fence right after a definition', '[a]: http://b.c\n```\n[a]\n```\n[a]\n'],
  ])('ends as the whole does: %s', (_, text) => {
    for (const length of [1, 2, 3, 7]) {
      expect(drawPieces(cut(text, [length])).innerHTML).toBe(drawPieces([text]).innerHTML)
      expect(drawPieces(cut(text, [length])).isEqualNode(drawWhole(text))).toBe(true)
    }
  })

  test('reads line ends of all three kinds, cut or not, and NUL as the replacement character', () => {
    const root = drawPieces(['a\r', '\nb\r', 'c\0\n\r', '\n\r', 'd'])
    expect(root.isEqualNode(drawWhole('a\nb\nc\uFFFD\n\n\nd'))).toBe(true)
    expect(root.textContent).toBe('a\nb\nc\uFFFDd')
  })

  test('may go on after its end', () => {
    const { root, renderer } = start()
    renderer.push('See [foo].\n\n[foo]: https://example.com/hal')
    renderer.end()
    renderer.push('f\n\nMore')
    renderer.end()
    expect(root.isEqualNode(drawWhole('See [foo].\n\n[foo]: https://example.com/half\n\nMore'))).toBe(true)
    expect(root.querySelector('a')?.href).toBe('https://example.com/half')
  })

  test('shows all that has come at every moment, whatever it is about to become', () => {
    const { root, renderer } = start()
    renderer.push('An open **strong, an open [link](https://exam')
    expect(root.textContent).toBe('An open **strong, an open [link](https://exam')
    renderer.push('ple.com) and `code\n\n| a | b |\n|--')
    expect(root.querySelector('a')?.href).toBe('https://example.com/')
    expect(root.textContent).toBe('An open **strong, an open link and `code| a | b |\n|--')
    renderer.push('-|---|\n\n```ts\nlet a')
    expect(root.querySelector('table')?.textContent).toBe('ab')
    expect(root.querySelector('pre')?.textContent).toBe('let a')
  })

  test('becomes a link in the end where the definition comes last', () => {
    const { root, renderer } = start()
    for (const character of 'See [foo].\n\n[foo]: https://example.com/\n') renderer.push(character)
    renderer.end()
    expect(root.querySelector('a')?.href).toBe('https://example.com/')
  })
})

describe('a definition that comes last', () => {
  const use = 'See [foo] and[^1] there.\n\n'
  const other = 'Nothing of the kind.\n\n'
  const definitions = '[foo]: https://example.com/\n\n[^1]: The note.\n\n'

  test('has what needs it read again in parts, whose elements stay', () => {
    const { root, renderer } = start()
    const before = `${use}${other}`.repeat(200)
    for (const piece of cut(before + definitions + 'After.', [40])) renderer.push(piece)
    const paragraphs = [...root.querySelectorAll('p')]
    makeDrawingCost(10)
    renderer.end()
    expect(root.querySelectorAll('a').length).toBeLessThan(10)
    vi.runAllTimers()
    expect(root.querySelectorAll('a')).toHaveLength(200)
    expect([...root.querySelectorAll('p')].every((p, index) => p === paragraphs[index])).toBe(true)
    expect(root.isEqualNode(drawWhole(before + definitions + 'After.'))).toBe(true)
  })

  test('leaves alone what comes after it, and what has no brackets', async () => {
    const { root, renderer } = start()
    const text = other + use + definitions + use + other
    for (const piece of cut(text, [9])) renderer.push(piece)
    const changed = new MutationObserver(() => {})
    changed.observe(root, { childList: true, characterData: true, attributes: true, subtree: true })
    renderer.end()
    const paragraphs = [...root.querySelectorAll('p')]
    const touched = changed.takeRecords().map(({ target }) => paragraphs.findIndex((p) => p.contains(target)))
    expect(new Set(touched)).toEqual(new Set([1]))
    expect(root.isEqualNode(drawWhole(text))).toBe(true)
  })

  test('is found by an item of a list that goes on after it', () => {
    const { root, renderer } = start()
    const text = '- [foo]\n- [^1]\n- [foo]: /u\n- [^1]: note\n- more\n- and more\n\nAfter.\n\n[^1]: again'
    for (const piece of cut(text, [3])) renderer.push(piece)
    renderer.end()
    expect(root.isEqualNode(drawWhole(text))).toBe(true)
    expect(root.querySelectorAll('.footnote[tabindex]')).toHaveLength(1)
  })
})

describe('what has been drawn', () => {
  test('keeps its elements once a later block has begun', () => {
    const { root, renderer } = start()
    renderer.push(block)
    const settled = [...root.querySelectorAll('*')]
    for (const character of block.repeat(3)) renderer.push(character)
    renderer.end()
    expect([...root.querySelectorAll('*')].slice(0, settled.length)).toEqual(settled)
    expect(settled.every((element, index) => root.querySelectorAll('*')[index] === element)).toBe(true)
  })

  test('keeps its elements while the block they are in grows', () => {
    const { root, renderer } = start()
    renderer.push('- one *word*\n- tw')
    const [list, item, emphasis] = ['ul', 'li', 'em'].map((tag) => root.querySelector(tag))
    renderer.push('o\n- three `code` and more\n')
    expect(['ul', 'li', 'em'].map((tag) => root.querySelector(tag))).toEqual([list, item, emphasis])
    expect(root.querySelector('em')).toBe(emphasis)
    expect(root.querySelectorAll('li')).toHaveLength(3)
  })

  test('keeps its elements and its direction when very much comes at once', () => {
    const { root, renderer } = start()
    renderer.push('- one\n')
    const item = root.querySelector('li')
    renderer.push('- more\n'.repeat(200))
    expect(root.querySelector('li')).toBe(item)
    expect(root.isEqualNode(drawWhole('- one\n' + '- more\n'.repeat(200)))).toBe(true)
  })

  test('keeps a selection in the first block through a thousand pieces', () => {
    const { root, renderer } = start()
    renderer.push('The first words.\n\nThe ')
    const text = root.querySelector('p')?.firstChild ?? root
    getSelection()?.setBaseAndExtent(text, 4, text, 9)
    for (const piece of cut(block.repeat(100), [16]).slice(0, 1000)) renderer.push(piece)
    renderer.end()
    expect(getSelection()?.toString()).toBe('first')
    expect(getSelection()?.anchorNode).toBe(text)
  })

  test.each([
    ['a paragraph', 'Some words to select', ' and *more* of them'],
    ['an open code block', '```\nSome words to select\nnext', ' line\nand another\n'],
  ])('keeps a selection inside %s that is still growing', (_, first, piece) => {
    const { root, renderer } = start()
    renderer.push(first)
    const text = root.querySelector('p, .lines')?.firstChild ?? root
    getSelection()?.setBaseAndExtent(text, 5, text, 10)
    for (let pushed = 0; pushed < 100; pushed++) renderer.push(piece)
    expect(getSelection()?.toString()).toBe('words')
  })
})

describe('an open fenced code block', () => {
  test('grows line by line and gives back its source', () => {
    const { root, renderer } = start()
    const source = 'a\n  b < c && "d"\n\n\t```\n~~~\n``\n'.repeat(50)
    renderer.push('Before.\n\n````js\n')
    for (const piece of cut(source, [3, 1, 11])) {
      renderer.push(piece)
      expect(root.querySelectorAll('code')).toHaveLength(1)
    }
    const code = root.querySelector('code')
    const text = code?.querySelector('.lines')?.firstChild
    expect(code?.textContent).toBe(source)
    renderer.push('````\nAfter.')
    expect(code?.textContent).toBe(source)
    expect(code?.querySelector('.lines')?.firstChild).toBe(text)
    expect(root.lastElementChild?.textContent).toBe('After.')
  })

  test('touches only its last line, however many came before', () => {
    const { root, renderer } = start()
    renderer.push('```\n' + 'line of code\n'.repeat(10_000))
    const lines = linesOf(root)
    const append = vi.spyOn(Text.prototype, 'appendData')
    const replace = vi.spyOn(Text.prototype, 'replaceData')
    for (const piece of ['const ', 'a = 1', '\n', 'b']) renderer.push(piece)
    expect(append.mock.calls.flat()).toEqual(['a = 1', '\n'])
    expect(replace).not.toHaveBeenCalled()
    expect(linesOf(root)).toHaveLength(lines.length + 2)
    const now = linesOf(root)
    expect(lines.every((line, index) => now[index] === line)).toBe(true)
  })

  function linesOf(root: Element): Node[] {
    return [...root.querySelectorAll('.lines')].flatMap((box) => [...box.childNodes])
  }
})

describe('a block that is costly to parse', () => {
  test('is left alone for four times as long as its last drawing took, then drawn without another push', () => {
    makeDrawingCost(10)
    const { root, renderer } = start()
    renderer.push('a')
    renderer.push('b')
    renderer.push('c')
    expect(root.textContent).toBe('a')
    vi.advanceTimersByTime(40)
    expect(root.textContent).toBe('abc')
    expect(vi.getTimerCount()).toBe(0)
  })

  test('is left alone so long after the time that the browser takes to lay it out', () => {
    const { root, renderer } = start()
    vi.spyOn(root, 'getBoundingClientRect').mockImplementation(() => {
      vi.advanceTimersByTime(50)
      return new DOMRect()
    })
    renderer.push('a')
    renderer.push('b')
    vi.advanceTimersByTime(199)
    expect(root.textContent).toBe('a')
    vi.advanceTimersByTime(1)
    expect(root.textContent).toBe('ab')
  })

  test('is drawn in parts where it comes as one large piece', () => {
    makeDrawingCost(10)
    const { root, renderer } = start()
    const whole = 'Some *words* and `more`.\n\n'.repeat(400)
    renderer.push(whole)
    const { length } = root.textContent
    expect(length).toBeGreaterThan(1_000)
    expect(length).toBeLessThan(2_100)
    vi.advanceTimersByTime(40)
    expect(root.textContent.length).toBeLessThan(2 * 2_100)
    vi.advanceTimersByTime(1_000)
    expect(root.isEqualNode(drawWhole(whole))).toBe(true)
    expect(vi.getTimerCount()).toBe(0)
  })

  test('is left alone for a quarter of its last drawing only, as long as very much of it waits', () => {
    makeDrawingCost(10)
    const { root, renderer } = start()
    const whole = 'Some *words* and `more`.\n\n'.repeat(10_000)
    renderer.push(whole)
    vi.advanceTimersByTime(1_500)
    expect(root.textContent.length).toBeGreaterThan(150_000)
    vi.advanceTimersByTime(1_500)
    expect(root.isEqualNode(drawWhole(whole))).toBe(true)
    expect(vi.getTimerCount()).toBe(0)
  })

  test('takes fewer drawings the more of it is read again with each', () => {
    makeDrawingCost(10)
    const { renderer } = start()
    const laidOut = vi.spyOn(Element.prototype, 'getBoundingClientRect')
    renderer.push('[a](<b'.repeat(50_000))
    vi.runAllTimers()
    expect(laidOut.mock.calls.length).toBeGreaterThan(3)
    expect(laidOut.mock.calls.length).toBeLessThan(12)
  })

  test('is drawn at once again when the rest is over', () => {
    makeDrawingCost(10)
    const { root, renderer } = start()
    renderer.push('a')
    vi.advanceTimersByTime(40)
    renderer.push('b')
    expect(root.textContent).toBe('ab')
  })

  test('is drawn whole at its end, and no timer is left behind', () => {
    makeDrawingCost(1000)
    const { root, renderer } = start()
    for (const character of block.repeat(2)) renderer.push(character)
    renderer.end()
    expect(root.isEqualNode(drawWhole(block.repeat(2)))).toBe(true)
    expect(vi.getTimerCount()).toBe(0)
  })

  test('is drawn whole after its end, in parts, where very much of it came late', () => {
    makeDrawingCost(10)
    const { root, renderer } = start()
    const late = block.repeat(400)
    for (const piece of ['See [foo].\n\n', late, '[foo]: /u']) renderer.push(piece)
    renderer.end()
    expect(root.textContent.length).toBeLessThan(1_000)
    vi.runAllTimers()
    expect(root.isEqualNode(drawWhole(`See [foo].\n\n${late}[foo]: /u`))).toBe(true)
  })

  test('is drawn at once where it is given whole, as one that is shown again', () => {
    makeDrawingCost(10)
    const { root, renderer } = start()
    renderer.push(block.repeat(400))
    renderer.end()
    expect(root.isEqualNode(drawWhole(block.repeat(400)))).toBe(true)
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('a hostile reply', () => {
  const texts = [
    ['100,000 nested quotations', '>'.repeat(100_000) + ' end'],
    [
      'a quotation deeper with each line',
      '> '.repeat(300).replaceAll(/> /g, (_, at) => `${'> '.repeat(at / 2)}a\n`) + 'end',
    ],
    ['50,000 nested lists', '- '.repeat(50_000) + 'end'],
    ['50,000 nested images', '!['.repeat(50_000) + 'end' + '](x)'.repeat(50_000)],
    ['50,000 nested brackets', '['.repeat(50_000) + 'end'],
    ['50,000 brackets on lines of their own', '[\n'.repeat(50_000) + 'end'],
    ['100,000 emphasis marks', '*'.repeat(50_000) + 'end' + '*'.repeat(50_000)],
    ['50,000 emphasis marks of two kinds', '*_'.repeat(25_000) + 'end'],
    [
      'backtick runs of every length',
      Array.from({ length: 400 }, (_, length) => '`'.repeat(length)).join(' ') + 'end',
    ],
    ['20,000 half links', '[a](<b'.repeat(20_000) + 'end'],
    ['one line of 1 MB', 'words without end '.repeat(58_000) + 'end'],
    ['a table of 50,000 rows', `| a |\n|---|\n${'| b |\n'.repeat(50_000)}end`],
    ['20,000 rows of which each is too long', `|a|\n|-|\n${'|b|c|\n'.repeat(20_000)}end`],
    ['100,000 line ends', '\n'.repeat(100_000) + 'end'],
    ['5,000 empty items', '-\n'.repeat(5000) + 'end'],
  ] as const

  test.each(texts)(
    'of %s is drawn, no deeper than a browser can bear, and the same in pieces',
    (_, text) => {
      const root = drawWhole(text)
      expect(root.textContent).toContain('end')
      expect(findDepth(root)).toBeLessThan(150)
      expect(drawPieces(cut(text, [Math.ceil(text.length / 7)])).isEqualNode(root)).toBe(true)
    },
    60_000,
  )

  test('of characters that are not seen, reverse the text or are half of one is drawn as it came', () => {
    const words = [
      'zero\u200b\u200c\u200d\ufeffwidth',
      '\u202eoverride\u202d and \u2067isolate\u2066',
      'family \u{1f468}\u200d\u{1f469}\u200d\u{1f467} flag \u{1f1e9}\u{1f1ea} skin \u{1f44b}\u{1f3fd}',
      'half \ud83d and \udc00 and *\ud800*',
      'marks a\u0301\u0302\u0303\u0304',
    ]
    const text = words.map((line) => `${line}\n\n- ${line}\n\n\`\`\`${line}\n${line}\n\`\`\`\n`).join('\n')
    const root = drawPieces(text.split(''))
    expect(root.isEqualNode(drawWhole(text))).toBe(true)
    for (const line of words) {
      const drawn = line.replaceAll('*', '')
      expect(root.textContent.split(drawn).length - 1).toBeGreaterThanOrEqual(2)
    }
  })

  test('keeps the words that are nested too deep to be blocks', () => {
    const lines = Array.from({ length: 60 }, (_, depth) => `${'> '.repeat(depth)}line${depth}.`)
    const { textContent } = drawWhole(lines.join('\n\n'))
    for (const depth of lines.keys()) expect(textContent).toContain(`line${depth}.`)
  })
})

function findDepth(root: Element): number {
  let depth = 0
  let level = [...root.children]
  for (; level.length > 0; depth++) level = level.flatMap((element) => [...element.children])
  return depth
}

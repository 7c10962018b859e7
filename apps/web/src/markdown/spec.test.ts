// The examples of CommonMark 0.31.2, https://spec.commonmark.org/0.31.2/, from its own package.
import spec from 'commonmark-spec'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { readDestination } from './link.ts'
import { cut, drawPieces, drawWhole } from './reply.fixture.ts'

// The specification writes a tab as an arrow.
const examples = spec.tests.map(({ number, section, markdown, html }) => ({
  number,
  section,
  markdown: markdown.replaceAll('→', '\t'),
  html: html.replaceAll('→', '\t'),
}))
const seeds = process.env['MAYFLY_TEST_LONG'] ? 50 : 2

describe('every example of the specification is the same in the end', () => {
  // With a clock that stands still no parse costs anything, so every piece is drawn.
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  test('in single characters', () => {
    const differing = examples.filter(
      ({ markdown }) => !drawPieces(markdown).isEqualNode(drawWhole(markdown)),
    )
    expect(examples.length).toBe(652)
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

test('reads the examples as the specification does, but for what a reply does not bring', () => {
  const differing = examples
    .filter(({ section }) => section !== 'HTML blocks' && section !== 'Raw HTML')
    .filter(({ markdown, html }) => simplify(drawWhole(markdown)) !== simplify(readExpected(html)))
  const withHtml = [21, 31, 201, 308, 309, 344, 475, 476, 477, 491, 494, 524, 536, 642, 643]
  const withWrittenOutAddress = [602, 608, 611, 612]
  expect(differing.map(({ number }) => number).toSorted((a, b) => a - b)).toEqual(
    [...withHtml, ...withWrittenOutAddress].toSorted((a, b) => a - b),
  )
})

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
  for (const element of root.querySelectorAll('*')) {
    for (const name of ['dir', 'target', 'rel', 'data-host']) element.removeAttribute(name)
    if (element.className === '') element.removeAttribute('class')
  }
  return root.innerHTML.replaceAll(/\n?(<\/?(?:p|ul|ol|li|blockquote|h[1-6]|hr|pre)\b[^>]*>)\n?/g, '$1')
}

import { childrenOf } from '../../markdown/runs.ts'
import type { Said } from '../said.ts'
import { nameOf, type Part, partOf, partOfDrawn } from './words.ts'

/**
 * What is selected of the messages in `log`, those included that stand between and are not drawn: whole ones as they
 * were written, the words of one that is selected in part as they read. Null for a selection that the browser copies
 * as well by itself: one inside one message, unless what it copies would not be what is read, and one with no message
 * in it.
 */
export function selectedParts(range: Range, log: Element, messages: readonly Said[]): Part[] | null {
  const rows = [...log.querySelectorAll<HTMLElement>(':scope > [data-index]')].filter((row) =>
    range.intersectsNode(row),
  )
  const [first, last] = [rows[0], rows.at(-1)]
  if (!first || !last) return null
  const beginsAbove = !log.contains(range.startContainer)
  const endsBelow = !log.contains(range.endContainer)
  if (first === last && !(beginsAbove && endsBelow)) return partAlone(first, range)
  const from = beginsAbove ? 0 : indexOf(first)
  const to = endsBelow ? messages.length - 1 : indexOf(last)
  const drawn = new Map(rows.map((row) => [indexOf(row), row]))
  return messages.slice(from, to + 1).map((said, at) => {
    const row = drawn.get(from + at)
    const isCut = (row === first && !beginsAbove) || (row === last && !endsBelow)
    return row && isCut ? partIn(row, said, range) : partOf(said)
  })
}

const indexOf = (row: HTMLElement) => Number(row.dataset['index'])

/** What is selected of a message's words. */
function partIn(row: Element, said: Said, range: Range): Part {
  const words = row.querySelector(said.isReply ? '.prose' : '.q p')
  if (!words) return partOf(said)
  const part = within(words, range)
  const selected = part.toString()
  if (selected.trim() === words.textContent.trim()) return partOf(said)
  return said.isReply ? partOfDrawn(drawnIn(part), nameOf(said)) : partOf({ ...said, text: selected })
}

/** Of a formula a browser copies the drawing's letters in any order, of a task no mark, of a long table each cell as a line. */
const misread = '.math, .formula, .task, .fixed'

/** What is selected inside one reply, where a browser would not copy it as it reads. */
function partAlone(row: Element, range: Range): Part[] | null {
  const prose = row.querySelector('.prose')
  if (!prose || !range.intersectsNode(prose)) return null
  const before = range.cloneRange()
  before.setEndBefore(prose)
  if (before.toString().trim() !== '') return null
  const drawn = drawnIn(within(prose, range))
  return drawn.querySelector(misread) && [partOfDrawn(drawn, null)]
}

/** What is selected of what an element holds. */
function within(element: Element, range: Range): Range {
  const part = new Range()
  part.selectNodeContents(element)
  if (range.compareBoundaryPoints(Range.START_TO_START, part) > 0) {
    part.setStart(range.startContainer, range.startOffset)
  }
  if (range.compareBoundaryPoints(Range.END_TO_END, part) < 0) {
    part.setEnd(range.endContainer, range.endOffset)
  }
  return part
}

/** A copy of what is selected: items and cells in what makes them blocks, and without what it only touches. */
function drawnIn(selected: Range): Element {
  const range = selected.cloneRange()
  // A formula can't be read in part.
  const formula = elementOf(range)?.closest('.math, .formula')
  if (formula && !range.collapsed) range.selectNode(formula)
  let content: Node = range.cloneContents()
  let parent = elementOf(range)
  while (parent?.matches('ul, ol, .run, .table, .table :is(div, table, thead, tbody, tr)')) {
    const holder = parent.cloneNode(false)
    holder.appendChild(content)
    content = holder
    parent = parent.parentElement
  }
  const drawn = document.createElement('div')
  drawn.append(content)
  countOn(drawn, range, parent)
  for (const touched of drawn.querySelectorAll('li, .math, .formula')) {
    if (touched.textContent.trim() === '') touched.remove()
  }
  return drawn
}

const elementOf = ({ commonAncestorContainer: common }: Range) =>
  common instanceof Element ? common : common.parentElement

/** Has a numbered list that is selected from the middle on begin with the number that it has there. */
function countOn(drawn: Element, { startContainer }: Range, around: Element | null): void {
  let item: Element | null = null
  for (let at = startContainer.parentElement; at && at !== around; at = at.parentElement) {
    if (at instanceof HTMLLIElement) item = at
  }
  const list = item?.closest('ul, ol')
  const copied = drawn.querySelector('ol')
  if (!item || !(list instanceof HTMLOListElement) || !copied) return
  const isTouched = copied.querySelector('li')?.textContent.trim() === ''
  copied.start = list.start + childrenOf(list).findIndex((each) => each === item) + (isTouched ? 1 : 0)
}

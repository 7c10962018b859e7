import type { Said } from '../said.ts'
import { type Part, partOf, partOfDrawn } from './words.ts'

/**
 * What is selected of the messages in `log`, those included that stand between and are not drawn: whole ones as they
 * were written, the words of one that is selected in part as they read. Null for a selection that the browser copies
 * as well by itself: one inside one message, and one with no message in it.
 */
export function selectedParts(range: Range, log: Element, messages: readonly Said[]): Part[] | null {
  const rows = [...log.querySelectorAll<HTMLElement>(':scope > [data-index]')].filter((row) =>
    range.intersectsNode(row),
  )
  const [first, last] = [rows[0], rows.at(-1)]
  if (!first || !last) return null
  const beginsAbove = !log.contains(range.startContainer)
  const endsBelow = !log.contains(range.endContainer)
  if (first === last && !(beginsAbove && endsBelow)) return null
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
  const part = new Range()
  part.selectNodeContents(words)
  if (range.compareBoundaryPoints(Range.START_TO_START, part) > 0) {
    part.setStart(range.startContainer, range.startOffset)
  }
  if (range.compareBoundaryPoints(Range.END_TO_END, part) < 0) {
    part.setEnd(range.endContainer, range.endOffset)
  }
  const selected = part.toString()
  if (selected.trim() === words.textContent.trim()) return partOf(said)
  return said.isReply ? partOfDrawn(part.cloneContents()) : partOf({ ...said, text: selected })
}

/** What a reader has at the top of the view: a line of text, and all that it stands in, innermost first. */
export type ReadingPlace = {
  /** The message that the line belongs to. */
  row: HTMLElement
  marks: readonly Mark[]
}

/** A character of a text, or a whole element, and where it was, in px below the top of the view. */
type Mark = { node: Node; offset: number; top: number; bottom: number }

type Box = { top: number; bottom: number }

const range = document.createRange()

/** Where a node is drawn, in px below the top of the window; null where it is not. */
function boxOf(node: Node): Box | null {
  if (node instanceof Element) return node.getClientRects().length > 0 ? node.getBoundingClientRect() : null
  if (!(node instanceof Text)) return null
  range.selectNodeContents(node)
  return drawn(range.getBoundingClientRect())
}

function boxOfCharacter(text: Text, offset: number): Box | null {
  if (text.length === 0) return null
  const start = Math.min(offset, text.length - 1)
  range.setStart(text, start)
  range.setEnd(text, start + 1)
  return drawn(range.getBoundingClientRect())
}

const drawn = (box: DOMRect): Box | null => (box.height > 0 ? box : null)

/**
 * The first of `count` things, drawn one below the other, that ends below `y`. Those that are not drawn are passed over.
 * Gives `count` when there is none.
 */
function firstBelow(count: number, boxAt: (index: number) => Box | null, y: number): number {
  let low = 0
  let high = count
  while (low < high) {
    const middle = (low + high) >> 1
    let seen = middle
    let box = boxAt(seen)
    while (box === null && seen + 1 < high) box = boxAt((seen += 1))
    if (box !== null && box.bottom <= y) low = seen + 1
    else high = middle
  }
  return low
}

/** So many things are looked at one by one: they may stand beside each other, as a question and its button do. */
const few = 64

/** The first line of text inside `node` that ends below `y`, by the character it begins with, or a whole formula. */
function findLine(node: Node, y: number): { node: Node; offset: number } | null {
  if (node instanceof Text) {
    let offset = firstBelow(node.length, (index) => boxOfCharacter(node, index), y)
    // A line may be broken at a space, which then is drawn nowhere.
    while (offset < node.length && boxOfCharacter(node, offset) === null) offset += 1
    return offset < node.length ? { node, offset } : null
  }
  if (node.nodeName === 'math') return { node, offset: 0 }
  const { childNodes } = node
  const boxAt = (index: number) => {
    const child = childNodes[index]
    return child ? boxOf(child) : null
  }
  const first = childNodes.length <= few ? 0 : firstBelow(childNodes.length, boxAt, y)
  for (let index = first; index < childNodes.length; index += 1) {
    const child = childNodes[index]
    const box = boxAt(index)
    if (!child || box === null || box.bottom <= y || !isText(child)) continue
    const line = findLine(child, y)
    if (line) return line
  }
  return null
}

/** Whether a node belongs to the text, and scrolls with it. */
const isText = (node: Node) =>
  !(node instanceof Element) ||
  (!node.matches('button, svg, .acts') && !['sticky', 'fixed'].includes(getComputedStyle(node).position))

/** Takes down what is read now: the first line in `rows`, which lie one below the other, that ends below `top`. */
export function findPlace(rows: Iterable<Element>, top: number): ReadingPlace | null {
  let last: HTMLElement | null = null
  for (const row of rows) {
    if (!(row instanceof HTMLElement) || row.getBoundingClientRect().bottom <= top + 1) continue
    const line = findLine(row, top + 1)
    if (line) return { row, marks: marksFrom(line, row, top) }
    last ??= row
  }
  return last && { row: last, marks: marksFrom({ node: last, offset: 0 }, last, top) }
}

/** Where a character is, and all that it stands in, up to the row. */
function marksFrom(line: { node: Node; offset: number }, row: HTMLElement, top: number): Mark[] {
  const marks: Mark[] = []
  for (let { node, offset } = line; ;) {
    const box = node instanceof Text ? boxOfCharacter(node, offset) : boxOf(node)
    if (box) marks.push({ node, offset, top: box.top - top, bottom: box.bottom - top })
    if (node === row || !node.parentNode) return marks
    node = node.parentNode
    offset = 0
  }
}

/** The place of a row that is to begin so many px below the top of the view. */
export const placeOf = (row: HTMLElement, top: number): ReadingPlace => ({
  row,
  marks: [{ node: row, offset: 0, top, bottom: Infinity }],
})

/**
 * How much lower than it was the line is now, in px. `top` is the top of the view and `height` its height. Where the
 * line is gone, what it stood in counts: of a whole message its end, if that could be seen, for there are its buttons.
 */
export function shiftOf({ row, marks }: ReadingPlace, top: number, height: number): number {
  for (const { node, offset, ...was } of marks) {
    if (!row.contains(node)) continue
    const box = node instanceof Text ? boxOfCharacter(node, offset) : boxOf(node)
    if (box === null) continue
    const shift = box.top - top - was.top
    if (node !== row || was.top >= 0) return shift
    const byEnd = box.bottom - top - Math.min(was.bottom, height)
    return was.bottom <= height || box.bottom - top - shift < 0 ? byEnd : shift
  }
  return 0
}

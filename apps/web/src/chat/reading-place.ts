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

/** The first line of text inside `node` that ends below `y`, by the character it begins with. */
function findLine(node: Node, y: number): { node: Node; offset: number } | null {
  if (node instanceof Text) {
    const offset = firstBelow(node.length, (index) => boxOfCharacter(node, index), y)
    return offset < node.length ? { node, offset } : null
  }
  const { childNodes } = node
  const boxAt = (index: number) => {
    const child = childNodes[index]
    return child ? boxOf(child) : null
  }
  for (let index = firstBelow(childNodes.length, boxAt, y); index < childNodes.length; index += 1) {
    const child = childNodes[index]
    const box = boxAt(index)
    if (!child || box === null || box.bottom <= y || staysPut(child)) continue
    const line = findLine(child, y)
    if (line) return line
  }
  return childNodes.length === 0 ? { node, offset: 0 } : null
}

/** Whether an element keeps its place on the screen while what is around it scrolls. */
const staysPut = (node: Node) =>
  node instanceof Element && ['sticky', 'fixed'].includes(getComputedStyle(node).position)

/** Takes down what is read now: the first line in `rows`, which lie one below the other, that ends below `top`. */
export function findPlace(rows: Iterable<Element>, top: number): ReadingPlace | null {
  for (const row of rows) {
    if (!(row instanceof HTMLElement) || row.getBoundingClientRect().bottom <= top + 1) continue
    const line = findLine(row, top + 1) ?? { node: row, offset: 0 }
    const marks: Mark[] = []
    for (let { node, offset } = line; ;) {
      const box = node instanceof Text ? boxOfCharacter(node, offset) : boxOf(node)
      if (box) marks.push({ node, offset, top: box.top - top, bottom: box.bottom - top })
      if (node === row || !node.parentNode) break
      node = node.parentNode
      offset = 0
    }
    return { row, marks }
  }
  return null
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

import { fixColumns } from './long-table.ts'
import { leaveOut } from './settled-boxes.ts'

// A browser goes through all children of an element for each one that comes. So beyond the first ones they lie in
// boxes of as many, and beyond as many boxes in boxes of boxes: what comes then costs the same however many there are.
const TOGETHER = 32
// The columns of a table are those that this many rows make. Bodies can't lie in boxes: later ones have more rows each.
const FIRST_ROWS = 64
const ROWS_TOGETHER = 512

// Lines of code in a box, or in the boxes in it.
const LINES = ':scope > .lines, :scope > .run > .lines'

/** The boxes that the children of these elements lie in: their tag and class. `prose` is a reply. */
const BOXES: ReadonlyMap<string, readonly [string, string]> = new Map([
  ['prose', ['div', 'blocks']],
  ['ul', ['div', 'run']],
  ['ol', ['div', 'run']],
  ['blockquote', ['div', 'run']],
  ['code', ['span', 'run']],
])

/**
 * Adds a node at the end of its parent: a block of a reply, a list or a quotation, a row of a table, lines of code, a
 * stretch of a long text, or anything else.
 */
export function appendBlock(parent: ParentNode, block: Node): void {
  if (parent instanceof HTMLTableElement && block instanceof HTMLTableRowElement) appendRow(parent, block)
  else if (isStretch(block)) findStretches(parent).append(block)
  else findPlace(parent).append(block)
}

/** Whether a node is a stretch of a long text, which has boxes of its own after what the text begins with. */
export function isStretch(node: Node): boolean {
  return node instanceof Element && node.className === 'stretch'
}

/** Removes a block that is the last of its parent, and boxes that are then empty. */
export function removeBlock(block: ChildNode): void {
  let box: Element | null = block.parentElement
  block.remove()
  while (box && isBox(box) && !box.firstChild) {
    const outer: Element | null = box.parentElement
    box.remove()
    box = outer
  }
}

/** The children of an element as they were appended, whatever boxes they lie in. */
export function childrenOf(parent: ParentNode): ChildNode[] {
  const children: ChildNode[] = []
  for (let child = firstOf(parent); child; child = nextOf(parent, child)) children.push(child)
  return children
}

export function firstOf(parent: ParentNode): ChildNode | null {
  return enter(parent.firstChild, 'firstChild')
}

export function lastOf(parent: ParentNode): ChildNode | null {
  return enter(parent.lastChild, 'lastChild')
}

export function nextOf(parent: ParentNode, child: ChildNode): ChildNode | null {
  return step(parent, child, 'nextSibling', 'firstChild')
}

export function previousOf(parent: ParentNode, child: ChildNode): ChildNode | null {
  return step(parent, child, 'previousSibling', 'lastChild')
}

function step(
  parent: ParentNode,
  child: ChildNode,
  sibling: 'nextSibling' | 'previousSibling',
  side: 'firstChild' | 'lastChild',
): ChildNode | null {
  let at: Element | ChildNode | null = child
  while (at && !at[sibling] && at.parentNode !== parent) at = at.parentElement
  return at ? enter(at[sibling], side) : null
}

function enter(node: ChildNode | null, side: 'firstChild' | 'lastChild'): ChildNode | null {
  let inside = node
  while (inside instanceof Element && isBox(inside)) inside = inside[side]
  return inside
}

function isBox(element: Element): boolean {
  return element.className === 'run' || element.className === 'blocks' || element.localName === 'tbody'
}

function findPlace(parent: ParentNode): ParentNode {
  const box =
    parent instanceof Element
      ? BOXES.get(parent.className === 'prose' ? 'prose' : parent.localName)
      : undefined
  const last = parent.lastElementChild
  if (!box || !last) return parent
  if (!isBox(last)) return parent.childElementCount < TOGETHER ? parent : addBox(parent, box)
  const inner = last.lastElementChild
  if (!inner || !isBox(inner)) {
    if (last.childElementCount < TOGETHER) return last
    return addBox(parent.childElementCount < 2 * TOGETHER ? parent : addBox(parent, box), box)
  }
  if (inner.childElementCount < TOGETHER) return inner
  return addBox(last.childElementCount < TOGETHER ? last : addBox(parent, box), box)
}

function findStretches(text: ParentNode): ParentNode {
  const last = text.lastElementChild
  return last && isBox(last) && last.childElementCount < TOGETHER ? last : addBox(text, ['span', 'run'])
}

function addBox(parent: ParentNode, [tag, name]: readonly [string, string]): Element {
  const before = parent.lastElementChild
  // Code that can be scrolled sideways is put together as a whole in each frame.
  const holdsCode = before?.className === 'run' && before.querySelector(LINES) !== null
  if (holdsCode || before?.className === 'blocks') leaveOut(before)
  const box = document.createElement(tag)
  box.className = name
  parent.append(box)
  return box
}

function appendRow(table: HTMLTableElement, row: HTMLTableRowElement): void {
  let body = table.lastElementChild
  const most = body === table.tBodies[0] ? FIRST_ROWS : ROWS_TOGETHER
  if (body?.localName !== 'tbody' || body.childElementCount >= most) {
    if (body?.localName === 'tbody') {
      fixColumns(table)
      leaveOut(body)
    }
    body = document.createElement('tbody')
    table.append(body)
  }
  body.append(row)
}

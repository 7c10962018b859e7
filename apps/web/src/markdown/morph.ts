import { appendBlock, childrenOf, firstOf, isStretch, nextOf, removeBlock } from './runs.ts'

// Under dir="auto" Chromium searches the whole element for its direction at each node that comes or goes: from
// this many on it is cheaper to take the attribute off meanwhile, although the element is then laid out anew.
const MANY = 50

/**
 * Turns the children of `root` that come after `settled` into `wanted`, changing as little as possible:
 * a node that stays what it is stays the same node, and text that only grows is appended to,
 * so that a selection in it holds. Nodes of `wanted` may end up in `root`.
 */
export function morphChildren(
  root: Element,
  wanted: readonly Node[],
  settled: ChildNode | null = null,
): void {
  let old = settled ? nextOf(root, settled) : firstOf(root)
  for (const node of wanted) {
    if (old && isStretch(old) !== isStretch(node)) {
      removeFrom(root, old)
      old = null
    }
    if (!old) {
      appendBlock(root, node)
      continue
    }
    const next: ChildNode | null = nextOf(root, old)
    if (!morphNode(old, node)) old.replaceWith(node)
    old = next
  }
  removeFrom(root, old)
}

/** Turns as many children of `root` as `wanted` has, those after `before`, into these. */
export function morphNodes(root: Element, wanted: readonly Node[], before: ChildNode | null): void {
  let old = before ? nextOf(root, before) : firstOf(root)
  for (const node of wanted) {
    if (!old) return
    const next: ChildNode | null = nextOf(root, old)
    if (!morphNode(old, node)) old.replaceWith(node)
    old = next
  }
}

function removeFrom(root: Element, first: ChildNode | null): void {
  for (let child = first; child;) {
    const next = nextOf(root, child)
    removeBlock(child)
    child = next
  }
}

/** Makes a text node's data `text`, touching only what comes after their common beginning. */
function setText(node: Text, text: string): void {
  const old = node.data
  let same = 0
  while (same < text.length && text.charCodeAt(same) === old.charCodeAt(same)) same++
  if (same < old.length) node.replaceData(same, old.length - same, text.slice(same))
  else if (same < text.length) node.appendData(text.slice(same))
}

function morphNode(old: ChildNode, wanted: Node): boolean {
  if (old instanceof Text && wanted instanceof Text) {
    setText(old, wanted.data)
    return true
  }
  if (!(old instanceof Element && wanted instanceof Element) || old.nodeName !== wanted.nodeName) return false
  const direction = wanted.getAttribute('dir')
  const isBulk = direction !== null && Math.abs(countElements(wanted) - countElements(old)) > MANY
  if (isBulk) wanted.removeAttribute('dir')
  morphAttributes(old, wanted)
  morphChildren(old, childrenOf(wanted))
  if (isBulk) old.setAttribute('dir', direction)
  return true
}

function countElements(root: Element): number {
  return root.getElementsByTagName('*').length
}

/** A table's own are its columns, once it is long. */
function morphAttributes(old: Element, wanted: Element): void {
  if (old instanceof HTMLTableElement) return
  for (const name of old.getAttributeNames()) if (!wanted.hasAttribute(name)) old.removeAttribute(name)
  for (const { name, value } of wanted.attributes) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value)
  }
}

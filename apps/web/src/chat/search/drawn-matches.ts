import { formula } from '../../markdown/words.ts'
import { countIn, fold, offsetsOfFold } from './fold.ts'

/** The place of a match among those of its message, from 0 on. */
export type Place = { article: HTMLElement; nth: number }

/** Words that stand together in the page, and the nodes that they are in, each with where it begins. */
type Stretch = { text: string; folded: string; nodes: { node: Text; start: number }[]; offsets?: Uint32Array }

/** What is searched of a message, in the order in which `createSearchIndex` reads it. */
const searched = '.q p, .thought[open] > div, .prose'
/** Elements that begin and end a line, by their tags. */
const lines = new Set(
  'blockquote div figcaption figure h1 h2 h3 h4 h5 h6 hr li ol p pre table tbody td th thead tr ul'.split(
    ' ',
  ),
)
/** Browsers walk through all marks at each change of the page, so there are no more than this. */
const mostMarks = 1_000

/** Finds matches in the messages that are drawn inside `list`, and marks them without a change to their nodes. */
export function createDrawnSearch(list: HTMLElement) {
  const known = new WeakMap<Element, Stretch[]>()
  const canMark = typeof Highlight !== 'undefined' && 'highlights' in CSS

  const read = (block: Element): Stretch[] => {
    const before = known.get(block)
    if (before) return before
    const stretches = readStretches(block)
    known.set(block, stretches)
    return stretches
  }

  /** Has what changed read anew. To be told of every change in the list. */
  const noteChanges = (changes: readonly MutationRecord[]) => {
    for (const { target } of changes) {
      let element = target instanceof Element ? target : target.parentElement
      for (; element && element !== list; element = element.parentElement) known.delete(element)
    }
  }

  /** A match of the folded needle; undefined where the message has none there, or not yet. */
  const find = (needle: string, { article, nth }: Place): Range | undefined => {
    let left = nth
    for (const block of blocksOf(article)) {
      for (const stretch of read(block)) {
        const count = countIn(stretch.folded, needle)
        if (left < count) {
          const [at = 0] = placesIn(stretch.folded, needle, left, 1)
          const range = new Range()
          const { startContainer, startOffset, endContainer, endOffset } = endsOf(stretch, at, needle)
          range.setStart(startContainer, startOffset)
          range.setEnd(endContainer, endOffset)
          return range
        }
        left -= count
      }
    }
    return undefined
  }

  const markMessage = (marked: HTMLElement | undefined) => {
    for (const article of list.querySelectorAll('[data-found]')) article.removeAttribute('data-found')
    if (marked) marked.dataset['found'] = ''
  }

  /** Marks the matches near the window, and the current one in its own way; without such marks, its message. */
  const mark = (needle: string, current: Place | undefined) => {
    if (!canMark) return markMessage(current?.article)
    const now = current && find(needle, current)
    const ranges: StaticRange[] = []
    for (const stretch of list.isConnected && needle !== '' ? nearBlocks(list).flatMap(read) : []) {
      const nodes = now && stretch.nodes.some(({ node }) => node === now.startContainer)
      const skipped = nodes ? Math.max(0, (current?.nth ?? 0) - mostMarks / 2) : 0
      for (const at of placesIn(stretch.folded, needle, skipped, mostMarks - ranges.length)) {
        ranges.push(new StaticRange(endsOf(stretch, at, needle)))
      }
    }
    const foundNow = new Highlight(...(now ? [now] : []))
    foundNow.priority = 2
    const found = new Highlight(...ranges)
    found.priority = 1
    CSS.highlights.set('found', found).set('found-now', foundNow)
  }

  const clear = () => {
    markMessage(undefined)
    if (!canMark) return
    CSS.highlights.delete('found')
    CSS.highlights.delete('found-now')
  }

  return { noteChanges, find, mark, clear }
}

/** The blocks of a message; no match reaches from one into another. */
function blocksOf(article: Element): Element[] {
  return [...article.querySelectorAll(searched)].flatMap((part) =>
    part.localName === 'p' ? part : [...part.children],
  )
}

function nearBlocks(list: Element): Element[] {
  const isNear = (element: Element) => {
    const { top, bottom } = element.getBoundingClientRect()
    return bottom > -innerHeight / 2 && top < 1.5 * innerHeight
  }
  return [...list.querySelectorAll('article')].filter(isNear).flatMap(blocksOf).filter(isNear)
}

/** The words in a block, cut where a line begins or ends. */
export function readStretches(block: Element): Stretch[] {
  const stretches: Stretch[] = []
  let text = ''
  let nodes: Stretch['nodes'] = []
  const end = () => {
    if (nodes.length > 0) stretches.push({ text, folded: fold(text), nodes })
    text = ''
    nodes = []
  }
  const walk = (node: Node) => {
    if (node instanceof Text) {
      nodes.push({ node, start: text.length })
      text += node.data
    } else if (node instanceof Element) {
      if (node.matches('.math, .formula')) text += formula
      else if (node.localName === 'br') text += '\n'
      else {
        const isLine = lines.has(node.localName)
        if (isLine) end()
        node.childNodes.forEach(walk)
        if (isLine) end()
      }
    }
  }
  walk(block)
  end()
  return stretches
}

/** Where a folded text holds the needle, from its match number `skipped` on, at most so many. */
function placesIn(folded: string, needle: string, skipped: number, most: number): number[] {
  const places: number[] = []
  let left = skipped
  for (let at = folded.indexOf(needle); at !== -1 && places.length < most;) {
    if (left-- <= 0) places.push(at)
    at = folded.indexOf(needle, at + needle.length)
  }
  return places
}

/** The ends in the page of what the needle stands for at this place of a folded stretch. */
function endsOf(stretch: Stretch, at: number, needle: string): StaticRangeInit {
  const offsets = (stretch.offsets ??= offsetsOfFold(stretch.text))
  const start = offsets[at] ?? 0
  const last = offsets[at + needle.length - 1] ?? start
  // A letter's accents, and what takes no room, belong to it; of a ligature the whole is taken.
  let behind = at + needle.length
  while (offsets[behind] === last) behind++
  const end = offsets[behind] ?? stretch.text.length
  const first = nodeAt(stretch, start)
  const final = nodeAt(stretch, end - 1)
  return {
    startContainer: first.node,
    startOffset: Math.min(start - first.start, first.node.length),
    endContainer: final.node,
    endOffset: Math.min(end - final.start, final.node.length),
  }
}

/** The node that a place of a stretch is in; for what stands between nodes, the one before it. */
function nodeAt({ nodes }: Stretch, offset: number): { node: Text; start: number } {
  let [low, high] = [0, nodes.length - 1]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if ((nodes[middle]?.start ?? 0) <= offset) low = middle
    else high = middle - 1
  }
  const found = nodes[low]
  if (!found) throw new Error('a stretch of words has no node')
  return found
}

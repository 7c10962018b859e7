import { contentOf, drawTokens, type Labels } from './draw.ts'
import { STRETCH } from './long-text.ts'
import type { Formulas } from './math-draw.ts'
import { morphChildren, morphNodes } from './morph.ts'
import { countDrawn, findOpenBlock, lineOf, lineOffset } from './open-block.ts'
import { findOpenPath, type OpenStep } from './open-path.ts'
import { parseMarkdown, type References, type Token } from './parse.ts'
import { childrenOf, firstOf, lastOf, nextOf, previousOf } from './runs.ts'

export type { Labels }

export type MarkdownRenderer = {
  /** Appends a piece of the reply, cut anywhere. To be called at most once per animation frame. */
  push(piece: string): void
  /**
   * Draws what still waits: then `root` is what one parse of the whole text gives. That is at once, unless it is too much
   * for a frame of a reply that has come in pieces. More may be pushed after.
   */
  end(): void
}

/** An open block in the page, the element that its children are in, and the last of those that is final. */
type OpenElement = OpenStep & { block: Element; content: Element; last: ChildNode | null }

/** Settled blocks: the node before their first, and where in the whole their text ends. */
type Settled = { before: ChildNode | null; end: number }

// After each drawing the page has this many times as long for itself, however long the reply is.
const REST = 4
// While more characters wait than any model writes meanwhile, as in a tab that comes back to the front, it has only what
// its frames need.
const MUCH = 16_384
const SHORT_REST = 0.25

// A large piece is read in parts, each twice as long as the one before, until so many milliseconds are over. The first
// has so many characters, or as many as are read again with it.
const FIRST_PART = 2048
const DRAWING_MS = 8

// markdown-it ends a table once it has filled in 65,536 cells that its rows lacked. A block with more empty cells than
// this is read as a whole each time, so that it counts them all.
const MOST_EMPTY_CELLS = 32_768

/**
 * Draws a reply into `root` while it is being written. What can't change any more is settled: its elements stay as
 * they are, and so does what is selected in them. That is each block once a later one has begun, and inside a block
 * that is still open each finished item of a list, block of a quotation, row of a table and box of lines of code, so
 * that a piece costs the same however long the reply and its last block are. What takes long, the browser's layout
 * included, is done less often; a timer sees to it that what has come is drawn without another push.
 *
 * Until `end`, a link whose definition comes after it may be drawn as text; then the blocks before the last such
 * definition are read again.
 */
export function createMarkdownRenderer(root: HTMLElement, labels: Labels): MarkdownRenderer {
  const pieces: string[] = []
  // What of them is yet to be read, and how long the rest is.
  let waiting = ''
  let length = 0
  let endsInCarriageReturn = false

  // The text that is not settled, behind what stands for the settled part of its first block; where in the whole
  // that block begins; and how much of the text has been searched for what is settled, and stands for that.
  let tail = ''
  let begins = 0
  let searched = 0
  let standing = 0
  let last: ChildNode | null = null
  let open: OpenElement[] = []
  let emptyCells = 0

  const formulas: Formulas = new Map()

  // What is defined in settled blocks; and in the settled part of the open block, which may have to be read again.
  const known: References = Object.create(null)
  let knownInside: References = Object.create(known)
  let bracketSettled = false
  let isStale = false
  // All that is settled, and how much of it a later definition may change; whether it has; what is being read again.
  const blocks: Settled[] = []
  let stale = 0
  let definedLate = false
  let readingAgain: Iterator<void> | undefined

  let isOver = false
  let restsUntil = 0
  let timer: ReturnType<typeof setTimeout> | undefined

  function push(piece: string): void {
    if (!piece) return
    const text = endsInCarriageReturn && piece.startsWith('\n') ? piece.slice(1) : piece
    endsInCarriageReturn = piece.endsWith('\r')
    isOver = false
    const clean = text.replaceAll(/\r\n?/g, '\n').replaceAll('\0', '\uFFFD')
    pieces.push(clean)
    waiting += clean
    const wait = restsUntil - performance.now()
    if (wait <= 0) drawWaiting()
    else timer ??= setTimeout(drawWaiting, wait)
  }

  function end(): void {
    isOver = true
    // A reply that is given whole is shown again, and has to be as high as it was.
    if (waiting.length <= MUCH || pieces.length === 1) drawWaiting(Infinity)
  }

  function drawWaiting(firstPart = Math.max(FIRST_PART, tail.length)): void {
    clearTimeout(timer)
    timer = undefined
    const start = performance.now()
    let now = start
    for (let part = firstPart; waiting && now - start < DRAWING_MS; part *= 2) {
      drawPart(part)
      now = performance.now()
    }
    if (isOver && !waiting) {
      isOver = false
      readingAgain = definedLate || isStale ? readAgain() : undefined
      if (!readingAgain) rest()
    }
    while (readingAgain && now - start < DRAWING_MS) {
      if (readingAgain.next().done) rest()
      now = performance.now()
    }
    restsUntil = now + (isOver || readingAgain || waiting.length > MUCH ? SHORT_REST : REST) * (now - start)
    if (readingAgain || waiting) timer = setTimeout(drawWaiting, restsUntil - now)
  }

  function rest(): void {
    readingAgain = undefined
    // What may be drawn again is still to come: a reply at rest keeps none twice.
    formulas.clear()
  }

  function drawPart(most: number): void {
    const part = waiting.slice(0, most)
    waiting = waiting.slice(most)
    length += part.length
    tail += part
    settleLines()
    const tokens = parseMarkdown(tail, Object.create(knownInside))
    noticeDefinitions(tokens)
    isStale = !drawOpen(tokens)
    // The browser lays out now what it would in this frame anyway, so that its time counts too.
    root.getBoundingClientRect()
  }

  /** Settles what the whole lines of the tail can't change any more. */
  function settleLines(): void {
    const complete = tail.lastIndexOf('\n') + 1
    // What a line is can't change any more when it is as long as this, if it is a paragraph's.
    const isLong = complete <= searched && tail.length - searched > 2 * STRETCH
    if (complete <= searched && !isLong) return
    const end = isLong ? tail.length : complete
    searched = end
    const lines = tail.slice(0, end)
    const references: References = Object.create(knownInside)
    const tokens = parseMarkdown(lines, references)
    const at = findOpenBlock(tokens, 0, 0)
    const path = at > 0 || emptyCells <= MOST_EMPTY_CELLS ? findOpenPath(tokens, at, lines) : undefined
    if (isLong && (!path || path.length <= Math.max(complete, standing))) return
    if (at <= 0 && (!path || path.length <= standing)) return noticeDefinitions(tokens)

    const settled = path?.settled ?? at
    const empty = emptyCells + countEmptyCells(tokens.slice(0, settled))
    const isTooEmpty = open.length > 0 && empty > MOST_EMPTY_CELLS
    if (!drawOpen(tokens) || isTooEmpty) {
      emptyCells = isTooEmpty ? empty : 0
      readOpenBlockAgain()
      return settleLines()
    }
    emptyCells = at > 0 ? countEmptyCells(tokens.slice(at, settled)) : empty
    if (at > 0) {
      begins = length - tail.length + lineOffset(tail, lineOf(tokens[at]))
      blocks.push({ before: last, end: begins })
      remember(tokens.slice(0, at), references)
      Object.assign(known, knownInside)
      knownInside = Object.create(known)
      last = findBefore(root, countDrawn(tokens, at) ?? 0)
    }
    remember(tokens.slice(Math.max(0, at), settled), references)
    noticeDefinitions(tokens.slice(settled))
    const cut = path?.length ?? lineOffset(tail, lineOf(tokens[at]))
    const text = path?.text ?? ''
    tail = text + tail.slice(cut)
    searched = text.length + end - cut
    standing = text.length
    open = path ? findElements(path.steps) : []
  }

  /** Reads again what a later definition may change, a few blocks at a time, and the open block. */
  function* readAgain(): Generator<void> {
    readOpenBlockAgain()
    const inside: References = Object.create(known)
    isStale = !drawOpen(parseMarkdown(tail, inside))
    if (!definedLate) return
    const late: References = Object.create(null)
    for (const [label, definition] of [...Object.entries(known), ...Object.entries(inside)]) {
      late[label] ??= { ...definition, isLate: true }
    }
    const references: References = Object.create(late)
    const text = pieces.join('')
    let begin = 0
    for (const { before, end } of blocks.slice(0, stale)) {
      const read = text.slice(begin, end)
      begin = end
      if (!read.includes('[')) continue
      yield
      morphNodes(root, drawTokens(parseMarkdown(read, references), labels, formulas), before)
    }
  }

  /** Has the open block's text stand for itself, as nothing of it were settled. */
  function readOpenBlockAgain(): void {
    tail = pieces.join('').slice(begins, length)
    searched = 0
    standing = 0
    open = []
    knownInside = Object.create(known)
  }

  /** The elements of the open block in the page, as `steps` lead to where it grows. */
  function findElements(steps: readonly OpenStep[]): OpenElement[] {
    const elements: OpenElement[] = []
    let block = last ? nextOf(root, last) : firstOf(root)
    for (const step of steps) {
      if (!(block instanceof Element)) break
      const content = contentOf(block)
      const before = findBefore(content, step.open)
      elements.push({ ...step, block, content, last: before })
      block = before ? nextOf(content, before) : firstOf(content)
    }
    return elements
  }

  /**
   * Draws the tail behind what is settled.
   * @returns false where a list that is partly settled has turned out to be loose, or a paragraph to be none
   */
  function drawOpen(tokens: readonly Token[]): boolean {
    let agrees = true
    let parent: Element = root
    let settled = last
    let wanted: readonly Node[] = drawTokens(tokens, labels, formulas)
    for (const { block, content, last: lastSettled, stands, loose } of open) {
      const [drawn, ...after] = wanted
      if (drawn?.nodeName !== block.nodeName) return false
      morphChildren(parent, after, block)
      const children = drawn instanceof Element ? childrenOf(contentOf(drawn)) : []
      if (loose !== undefined && loose !== isLooseItem(children[0])) agrees = false
      wanted = children.slice(stands)
      parent = content
      settled = lastSettled
    }
    morphChildren(parent, wanted, settled)
    return agrees
  }

  /** Keeps the definitions among blocks that are being settled. */
  function remember(tokens: readonly Token[], references: References): void {
    for (const token of tokens) {
      if (token.type === 'inline' && token.content.includes('[')) bracketSettled = true
      if (token.type !== 'reference_definition') continue
      noticeDefinitions([token])
      const label = String(token.meta?.['label'])
      const definition = references[label]
      if (definition) knownInside[label] = definition
    }
  }

  /** What has been settled may have needed a definition that came, or is yet to change, after it. */
  function noticeDefinitions(tokens: readonly Token[]): void {
    if (!bracketSettled || !tokens.some(({ type }) => type === 'reference_definition')) return
    definedLate = true
    // The open block may be settled without being read again.
    stale = blocks.length + 1
  }

  return { push, end }
}

function countEmptyCells(tokens: readonly Token[]): number {
  return tokens.filter(({ type }, index) => type === 'td_open' && tokens[index + 1]?.content === '').length
}

function isLooseItem(item: Node | undefined): boolean {
  return item instanceof Element && contentOf(item).firstElementChild?.localName === 'p'
}

/** The child before the last `count` ones. */
function findBefore(parent: Element, count: number): ChildNode | null {
  let child = lastOf(parent)
  for (let left = count; left > 0 && child; left--) child = previousOf(parent, child)
  return child
}

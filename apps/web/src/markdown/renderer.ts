import { drawTokens, type Labels } from './draw.ts'
import { morphChildren, setText } from './morph.ts'
import { openFence, readFence, type OpenFence } from './open-fence.ts'
import { parseMarkdown, type References, type Token } from './parse.ts'

export type { Labels }

export type MarkdownRenderer = {
  /** Appends a piece of the reply, cut anywhere. To be called at most once per animation frame. */
  push(piece: string): void
  /** Draws what still waits: now `root` is what one parse of the whole text gives. More may be pushed after. */
  end(): void
}

// After each drawing the page has this many times as long for itself, however long the open block is.
const REST = 4

/**
 * Draws a reply into `root` while it is being written. Once a later block has begun, a block's elements stay as
 * they are, and so does what is selected in them; only the last block is parsed again. A fenced code block at the
 * top grows line by line at a cost that does not depend on its length; other blocks are parsed less often the
 * longer they get, and a timer sees to it that what has come is drawn without another push.
 *
 * Until `end`, a link whose definition comes after it may be drawn as text.
 */
export function createMarkdownRenderer(root: HTMLElement, labels: Labels): MarkdownRenderer {
  const pieces: string[] = []
  let endsInCarriageReturn = false

  // Of the text, what is not settled, and how much of that is whole lines in which no block has ended.
  let tail = ''
  let searched = 0
  let settledBlocks = 0
  let fence: { open: OpenFence; code: Text; settled: number } | undefined

  const known: References = Object.create(null)
  let bracketSettled = false
  let definedLate = false

  let restsUntil = 0
  let timer: ReturnType<typeof setTimeout> | undefined

  function push(piece: string): void {
    if (!piece) return
    const text = endsInCarriageReturn && piece.startsWith('\n') ? piece.slice(1) : piece
    endsInCarriageReturn = piece.endsWith('\r')
    const clean = text.replaceAll(/\r\n?/g, '\n').replaceAll('\0', '\uFFFD')
    pieces.push(clean)
    tail += clean
    const wait = restsUntil - performance.now()
    if (wait <= 0) drawTail()
    else timer ??= setTimeout(drawTail, wait)
  }

  function end(): void {
    if (timer !== undefined) drawTail()
    if (!definedLate) return
    morphChildren(root, drawTokens(parseMarkdown(pieces.join(''), Object.create(null)), labels))
  }

  function drawTail(): void {
    clearTimeout(timer)
    timer = undefined
    const start = performance.now()
    let unfinished = true
    while (unfinished) unfinished = fence ? growFence(fence) : settleBlocks()
    const now = performance.now()
    restsUntil = now + REST * (now - start)
  }

  /** Settles all blocks but the last and draws what is left; true if that turned out to be an open fence. */
  function settleBlocks(): boolean {
    let drawn: Element[] = []
    let openBlock: Token | undefined
    const complete = tail.lastIndexOf('\n') + 1
    if (complete > searched) {
      const references: References = Object.create(known)
      const tokens = parseMarkdown(tail.slice(0, complete), references)
      const at = findOpenBlock(tokens)
      openBlock = tokens[at]
      const done = tokens.slice(0, Math.max(0, at))
      remember(done, references)
      noticeDefinitions(tokens.slice(done.length))
      drawn = drawTokens(done, labels)
      const cut = lineOffset(tail, openBlock?.map?.[0] ?? 0)
      tail = tail.slice(cut)
      searched = complete - cut
    }
    const settledNow = drawn.length
    const tokens = parseMarkdown(tail, Object.create(known))
    noticeDefinitions(tokens)
    morphChildren(root, [...drawn, ...drawTokens(tokens, labels)], settledBlocks)
    settledBlocks += settledNow
    if (!openBlock || !isFence(openBlock)) return false

    const code = root.children[settledBlocks]?.querySelector('code')?.firstChild
    if (!(code instanceof Text)) return false
    const body = lineOffset(tail, 1)
    fence = { open: openFence(openBlock, tail.slice(0, body)), code, settled: 0 }
    tail = tail.slice(body)
    return true
  }

  /** Settles the whole lines of an open fence; true if they closed it and something may come after it. */
  function growFence({ open, code, settled }: NonNullable<typeof fence>): boolean {
    const complete = tail.lastIndexOf('\n') + 1
    const lines = readFence(open, tail.slice(0, complete))
    if (lines.rest !== undefined) {
      setText(code, lines.code, settled)
      tail = lines.rest + tail.slice(complete)
      searched = 0
      settledBlocks++
      fence = undefined
      return true
    }
    tail = tail.slice(complete)
    setText(code, lines.code + readFence(open, tail).code, settled)
    fence = { open, code, settled: settled + lines.code.length }
    return false
  }

  /** Keeps the definitions among blocks that are being settled. */
  function remember(tokens: readonly Token[], references: References): void {
    for (const token of tokens) {
      if (token.type === 'inline' && token.content.includes('[')) bracketSettled = true
      if (token.type !== 'reference_definition') continue
      noticeDefinitions([token])
      const label = String(token.meta?.['label'])
      const definition = references[label]
      if (definition) known[label] = definition
    }
  }

  /** What has been settled may have needed a definition that came, or is yet to change, after it. */
  function noticeDefinitions(tokens: readonly Token[]): void {
    if (bracketSettled && tokens.some(({ type }) => type === 'reference_definition')) definedLate = true
  }

  return { push, end }
}

/** Only with a line of its content: until then "```|" may become the head of a table. */
function isFence({ type, map }: Token): boolean {
  return type === 'fence' && map !== null && map[1] - map[0] > 1
}

/**
 * The place of the token from which on further lines may still change what has been read; -1 if there is none.
 * That is the last block. Only a link definition can make it more: the quotation mark or bracket that ends it may
 * stand lines further on, past the end of the list or quotation that it is in, and until it has come these lines
 * read as blocks of their own.
 */
function findOpenBlock(tokens: readonly Token[]): number {
  let at = tokens.findLastIndex(isBlock)
  let reaches = false
  for (let before = at - 1; before >= 0; before--) {
    const token = tokens[before]
    const open = tokens[at]
    if (!token || !open) break
    if (token.map && token.map[1] === open.map?.[0]) {
      reaches ||= token.type === 'reference_definition' || isLineOfDefinition(token)
    }
    if (!isBlock(token)) continue
    if (!reaches || !(open.type === 'paragraph_open' || isLineOfDefinition(open))) break
    at = before
    reaches = false
  }
  return at
}

function isBlock({ level, nesting, map }: Token): boolean {
  return level === 0 && nesting >= 0 && map !== null
}

/** Blocks that a definition's lines can be taken for, and that end by themselves. */
function isLineOfDefinition({ type, markup }: Token): boolean {
  return type === 'code_block' || (type === 'heading_open' && markup === '=')
}

function lineOffset(text: string, line: number): number {
  let offset = 0
  for (let left = line; left > 0; left--) offset = text.indexOf('\n', offset) + 1
  return offset
}

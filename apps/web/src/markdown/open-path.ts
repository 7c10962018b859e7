import { LINES_TOGETHER } from './draw.ts'
import { countDrawn, findOpenBlock, isBlockOf, lineOf, lineOffset } from './open-block.ts'
import { STRETCH } from './long-text.ts'
import type { Token } from './parse.ts'

/**
 * One block on the way from the top of a reply down to the place where it grows. All its children are final but the
 * last `open`; as drawn from the abridged text, its first `stands` stand for the final ones. `loose` is what is known
 * of a list.
 */
export type OpenStep = { open: number; stands: number; loose: boolean | undefined }

/**
 * How to abridge a growing block: `text` in the place of the first `length` characters has what comes after read as
 * before. The first `settled` tokens need not be read again.
 */
type OpenPath = { steps: OpenStep[]; text: string; length: number; settled: number }

/** A text's stretches that need not be read again: `text` stands for the first `length` characters of the reply. */
type Stretches = { text: string; length: number; settled: number }

// Blocks inside blocks beyond this are read again as a whole: what stands for them would cost more than it saves.
const DEEPEST_STEP = 12

/**
 * Finds how to abridge the block that begins with `tokens[from]`, the last that was read from `text`.
 *
 * Containers are abridged to one line each: a list to an item that has its marker, its number and its looseness, an item
 * or a quotation to an empty heading, which no line that comes after can change. Tables keep their head, fenced code its
 * first line, indented code its first box, and a long text is abridged to code as long as one stretch of it. All that
 * follows is left as it was written.
 * @returns nothing where nothing in the block is final yet
 */
export function findOpenPath(tokens: readonly Token[], from: number, text: string): OpenPath | undefined {
  const path = walk(tokens, from)
  const at = path.at(-1) ?? from
  const leaf = tokens[at]
  if (!leaf?.map) return undefined

  const [start, end] = leaf.map
  const lastRow = leaf.type === 'table_open' ? findLastRow(tokens, at) : -1
  const fullBoxes = Math.ceil(countOpenLines(leaf) / LINES_TOGETHER) - 1
  const stretches = findStretches(tokens, at, text)
  const isIndented = leaf.type === 'code_block' && fullBoxes > 0
  const headLines = lastRow >= 0 ? 2 : isIndented ? LINES_TOGETHER : fullBoxes > 0 ? 1 : 0
  const stoodFor = path.filter((index) => lineOf(tokens[index]) < start)
  const first = path[stoodFor.length] ?? at

  const steps: OpenStep[] = []
  for (const [place, index] of (headLines > 0 || stretches ? path : stoodFor).entries()) {
    const next = path[place + 1]
    const open = next === undefined ? 1 : countDrawn(tokens, next)
    if (open === undefined) return undefined
    const isAbridged = place < stoodFor.length
    const isStoodIn = isAbridged && (isList(tokens[index]) || place === stoodFor.length - 1)
    steps.push({
      open,
      // A table's head and the first box of indented code stand for themselves.
      stands: isStoodIn || (index === at && (lastRow >= 0 || stretches || isIndented)) ? 1 : 0,
      loose: isAbridged && isList(tokens[index]) ? readLooseness(tokens, index) : undefined,
    })
  }
  if (steps.length === 0) return undefined

  const before = standFor(tokens, stoodFor)
  if (stretches) return { ...stretches, steps, text: before + stretches.text }
  const head = text.split('\n', start + headLines).slice(start)
  const codeStart = isIndented ? start : start + 1
  const lines = lastRow >= 0 ? end - 1 : fullBoxes > 0 ? codeStart + fullBoxes * LINES_TOGETHER : start
  return {
    steps,
    text: before + head.map((line) => `${line}\n`).join(''),
    length: lineOffset(text, lines),
    settled: lastRow >= 0 ? lastRow : first,
  }
}

/** Finds which stretches of a paragraph are final: all but the last, unless it may turn out to be something else. */
function findStretches(tokens: readonly Token[], at: number, text: string): Stretches | undefined {
  const paragraph = tokens[at]
  if (paragraph?.type !== 'paragraph_open' || !paragraph.map) return undefined
  const close = tokens.findIndex(({ type }, index) => index > at && type === 'paragraph_close')
  const stretches = tokens.slice(at + 1, close).map(({ content }) => content)
  const last = stretches.at(-1)
  // With a bracket it may begin a definition.
  if (last === undefined || stretches.length < 2 || stretches[0]?.startsWith('[')) return undefined

  const [start, end] = paragraph.map
  const begin = lineOffset(text, start)
  const lines = text.slice(begin).split('\n', end - start)
  const lastLines = last.split('\n')
  const cutLine = lines.length - lastLines.length
  const read = (line: number) => (line === lines.length - 1 ? lines[line]?.trimEnd() : lines[line]) ?? ''
  const column = read(cutLine).length - (lastLines[0] ?? '').length
  const [firstLine = ''] = stretches.join('').split('\n', 1)
  const prefix = read(0).slice(0, read(0).length - firstLine.length)
  // A line with cells in it may be the head of a table.
  if (read(cutLine).slice(column) !== lastLines[0] || read(cutLine).slice(0, column).includes('|'))
    return undefined
  const cut = lines.slice(0, cutLine).reduce((length, line) => length + line.length + 1, column)
  return { text: `${prefix}\`${'x'.repeat(STRETCH - 2)}\``, length: begin + cut, settled: close - 1 }
}

/** The places of the blocks that are still open, each inside the one before. */
function walk(tokens: readonly Token[], from: number): number[] {
  const path = [from]
  for (let at = from; path.length <= DEEPEST_STEP;) {
    const block = tokens[at]
    if (!block || !isContainer(block)) break
    if (tokens.findLastIndex(isBlockOf(block.level)) !== at) break
    const child = findOpenBlock(tokens, block.level + 1, at + 1)
    if (child < 0) break
    const canStand = (index: number) => !isList(tokens[index]) || readLooseness(tokens, index) !== undefined
    if (lineOf(tokens[child]) > lineOf(block) && !path.every(canStand)) break
    path.push(child)
    at = child
  }
  return path
}

/** The text that opens these blocks, each with something in it. */
function standFor(tokens: readonly Token[], path: readonly number[]): string {
  let text = ''
  // What opens the blocks that no line has opened yet, what a line begins with in them, and in which column that ends.
  let opening = ''
  let inside = ''
  let column = 0
  for (const index of path) {
    const token = tokens[index]
    if (!token) continue
    if (isList(token)) {
      const marker = `${token.attrGet('start') ?? (token.type === 'ordered_list_open' ? 1 : '')}${token.markup}`
      text += `${opening}${marker}   x\n`
      if (readLooseness(tokens, index)) text += `${inside}\n`
      opening = inside
    } else if (token.type === 'blockquote_open') {
      opening += '> '
      inside += '> '
      column = 0
    } else {
      const marker = token.info + token.markup
      const end = Number(token.meta?.['column'])
      const spaces = end - column - marker.length
      opening += ' '.repeat(Math.max(0, spaces - 4)) + marker + ' '.repeat(Math.min(4, spaces))
      inside += ' '.repeat(end - column)
      column = end
    }
  }
  return isList(tokens[path.at(-1) ?? -1]) || path.length === 0 ? text : `${text}${opening}#\n`
}

function isContainer({ type }: Token): boolean {
  return /^(?:blockquote|list_item|bullet_list|ordered_list)_open$/.test(type)
}

function isList(token: Token | undefined): boolean {
  return token?.type.endsWith('list_open') ?? false
}

/** Whether a list's items are drawn with paragraphs, as far as that can be told from those that it has. */
function readLooseness(tokens: readonly Token[], list: number): boolean | undefined {
  const level = tokens[list]?.level ?? 0
  const inside = tokens.slice(list + 1)
  const blocks = inside.filter(isBlockOf(level + 2))
  const paragraph = blocks.find(({ type }) => type === 'paragraph_open')
  if (paragraph) return !paragraph.hidden
  // No blank line is between blocks where there is but one.
  return blocks.length === 1 && inside.filter(isBlockOf(level + 1)).length === 1 ? false : undefined
}

/** The place of a table's last row, if there is another before it. */
function findLastRow(tokens: readonly Token[], table: number): number {
  const body = tokens.findIndex(({ type }, index) => index > table && type === 'tbody_open')
  const last = tokens.findLastIndex(({ type }) => type === 'tr_open')
  return body >= 0 && last > body + 1 ? last : -1
}

/** How many lines a code block has that may go on; none if it is closed or something else. */
function countOpenLines({ type, content, map }: Token): number {
  if (type === 'code_block' && map) return map[1] - map[0]
  if (type !== 'fence') return 0
  const lines = content.split('\n').length - 1
  return map && map[1] - map[0] - 1 === lines ? lines : 0
}

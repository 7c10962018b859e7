import type { Token } from './parse.ts'

/**
 * The place of the last block among those of `level` from `from` on, or of the one from which on further lines may
 * still change what has been read; -1 if there is none. Only a link definition can make it more than the last: the
 * quotation mark or bracket that ends it may stand lines further on, past the end of the list or quotation that it
 * is in, and until it has come these lines read as blocks of their own.
 */
export function findOpenBlock(tokens: readonly Token[], level: number, from: number): number {
  let at = tokens.findLastIndex(isBlockOf(level))
  if (at < from) return -1
  let reaches = false
  for (let before = at - 1; before >= from; before--) {
    const token = tokens[before]
    const open = tokens[at]
    if (!token || !open) break
    if (token.map && token.map[1] === open.map?.[0]) {
      reaches ||= token.type === 'reference_definition' || isLineOfDefinition(token)
    }
    if (!isBlockOf(level)(token)) continue
    if (!reaches || !(open.type === 'paragraph_open' || isLineOfDefinition(open))) break
    at = before
    reaches = false
  }
  return at
}

/** Blocks that a definition's lines can be taken for, and that end by themselves. */
function isLineOfDefinition({ type, markup }: Token): boolean {
  return type === 'code_block' || (type === 'heading_open' && markup === '=')
}

/** How many nodes the block at `at` and those after it at its level are drawn as; nothing where that is not said. */
export function countDrawn(tokens: readonly Token[], at: number): number | undefined {
  const blocks = tokens.slice(at).filter(isBlockOf(tokens[at]?.level ?? 0))
  // A paragraph without an element of its own is any number of nodes.
  if (blocks.some(({ type, hidden }) => hidden && type === 'paragraph_open')) return undefined
  return blocks.filter(({ hidden }) => !hidden).length
}

export function isBlockOf(level: number): (token: Token) => boolean {
  return (token) => token.level === level && token.nesting >= 0 && token.map !== null
}

/** The line that a block begins on. */
export function lineOf(token: Token | undefined): number {
  return token?.map?.[0] ?? 0
}

/** Where a line begins in a text. */
export function lineOffset(text: string, line: number): number {
  let offset = 0
  for (let left = line; left > 0; left--) offset = text.indexOf('\n', offset) + 1
  return offset
}

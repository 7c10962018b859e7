import { readDestination } from './link.ts'
import { findOpenBlock, lineOf, lineOffset } from './open-block.ts'
import { parseMarkdown, type References, type Token } from './parse.ts'

/** Stands where a formula does, whose letters are not in the order they are written in. */
export const formula = '\uFFFC'

/** So many characters are read at once: they take less than a frame's time. */
export const PIECE = 32_768

/** Reads what a reply says while it grows, without drawing it. */
export type WordReader = {
  /** Takes a piece of the reply; returns the blocks that have come to their end with it. */
  push(piece: string): string[]
  /** The blocks that may still change. */
  open(): string[]
}

/**
 * Starts to read a reply's words as they stand in the page: each block's alone, without Markdown's signs. What has
 * been read is not read again, but for one block as long as it is open, and that less and less often.
 * A link whose definition comes after it may be read as text.
 */
export function createWordReader(): WordReader {
  const known: References = Object.create(null)
  let tail = ''
  let waitsFor = PIECE

  const settle = (): string[] => {
    // A return at the end may be half of a line end.
    tail = tail.replaceAll(/\r\n|\r(?!$)/g, '\n')
    const lines = tail.slice(0, tail.lastIndexOf('\n') + 1)
    const references: References = Object.create(known)
    const tokens = parseMarkdown(lines, references)
    const at = findOpenBlock(tokens, 0, 0)
    if (at > 0) {
      Object.assign(known, references)
      tail = tail.slice(lineOffset(tail, lineOf(tokens[at])))
    }
    waitsFor = Math.max(PIECE, 2 * tail.length)
    return at > 0 ? readWords(tokens.slice(0, at)) : []
  }

  return {
    push(piece) {
      tail += piece
      return tail.length < waitsFor ? [] : settle()
    },
    open: () => readWords(parseMarkdown(tail, Object.create(known))),
  }
}

/** What tokens say, each block's words alone. */
function readWords(tokens: readonly Token[]): string[] {
  const blocks: string[] = []
  for (const [at, { type, content, children }] of tokens.entries()) {
    // A long paragraph's text is several tokens in a row.
    if (type === 'inline' && tokens[at - 1]?.type === 'inline') {
      blocks.push((blocks.pop() ?? '') + readInline(children ?? []))
    } else if (type === 'inline') blocks.push(readInline(children ?? []))
    else if (type === 'fence' || type === 'code_block') blocks.push(content)
  }
  return blocks
}

function readInline(tokens: readonly Token[]): string {
  let words = ''
  let insideLinks = 0
  for (const token of tokens) {
    if (token.type === 'link_open') insideLinks++
    if (token.type === 'link_close') insideLinks--
    words += readToken(token, insideLinks > 0)
  }
  return words
}

function readToken(token: Token, insideLink: boolean): string {
  switch (token.type) {
    case 'softbreak':
    case 'hardbreak':
      return '\n'
    case 'math_inline':
    case 'math_block':
      return formula
    case 'footnote_reference':
      return String(token.meta?.['label'])
    case 'image': {
      const address = String(token.attrGet('src') ?? '')
      const isShown = !insideLink && readDestination(address) !== undefined
      return describe(token) || (isShown ? address : '')
    }
    default:
      return token.content
  }
}

const describe = ({ children }: Token): string =>
  (children ?? []).map((token) => (token.children ? describe(token) : readToken(token, true))).join('')

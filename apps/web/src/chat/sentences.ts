import { createLineReader } from './code-lines.ts'

/** Of a sentence that is longer, in Markdown, so much is said at a time: no more is ever looked at again. */
const longest = 400

/** A run of signs is tried from its beginning alone, and only as a whole. */
const sentenceEnds = /[。！？]|(?<![.!?…])[.!?…]+(?![.!?…])["'”’)\]*_]*(?=\s)/g

/** A piece of Markdown as it is said aloud: without its signs, and a link by its words. */
const spoken = (markdown: string): string =>
  markdown
    .replaceAll(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/^[\s>]*(?:(?:#{1,6}|[-*+])\s+)?/, '')
    .replaceAll(/[*`~]/g, '')
    .replaceAll(/[_|\s]+/g, ' ')
    .trim()

/**
 * Takes a growing Markdown text in pieces and gives out its sentences as they become whole, each once. A block of
 * code is named by `codeBlock` and not read.
 */
export function createSentenceReader(codeBlock: string): { push(piece: string): string[]; end(): string[] } {
  const lines = createLineReader()
  let reads: 'line start' | 'text' | 'code' = 'line start'
  /** What of the line has come and is not said. */
  let rest = ''
  /** Where its words begin: the full stop of an item's number, which stands before them, ends nothing. */
  let wordsAt = 0

  const read = (piece: string, isLineEnd: boolean): string[] => {
    rest += piece
    const said = reads === 'line start' ? beginLine(isLineEnd) : []
    if (reads === 'text') said.push(...takeSentences(isLineEnd))
    if (reads === 'code') rest = ''
    if (isLineEnd) reads = 'line start'
    return said
  }

  const beginLine = (isLineEnd: boolean): string[] => {
    const start = rest.slice(0, longest)
    const line = lines.read(start, isLineEnd || rest.length >= longest)
    if (!line) return []
    reads = line.kind === 'text' ? 'text' : 'code'
    wordsAt = line.at + (/^\s*\d+\./.exec(start.slice(line.at))?.[0].length ?? 0)
    return line.kind === 'opens code' ? [codeBlock] : []
  }

  const takeSentences = (isLineEnd: boolean): string[] => {
    const said: string[] = []
    for (;;) {
      const piece = rest.slice(0, longest)
      const isCut = rest.length > longest
      const end =
        findSentenceEnd(piece, wordsAt) ?? (isCut ? findWordEnd(piece) : isLineEnd ? rest.length : 0)
      if (end === 0) return said
      const words = spoken(rest.slice(0, end))
      if (/[\p{L}\p{N}]/u.test(words)) said.push(words)
      rest = rest.slice(end)
      wordsAt = 0
    }
  }

  return {
    push(piece) {
      const parts = piece.replaceAll('\t', '    ').match(/[^\n]*\n|[^\n]+/g) ?? []
      return parts.flatMap((part) => read(part, part.endsWith('\n')))
    },
    end: () => read('', true),
  }
}

function findSentenceEnd(text: string, from: number): number | undefined {
  for (const { 0: signs, index } of text.matchAll(sentenceEnds)) {
    if (index >= from) return index + signs.length
  }
  return undefined
}

function findWordEnd(text: string): number {
  return text.lastIndexOf(' ') + 1 || text.length
}

import { createLineReader } from './code-lines.ts'

/** Of a sentence that is longer, in Markdown, so much is said at a time: no more is ever looked at again. */
const longest = 400

/** A run of signs is tried from its beginning alone, and only as a whole. */
const sentenceEnds = /[。！？]|(?<![.!?…])[.!?…]+(?![.!?…])["'”’)\]*_]*(?=\s)|\n/g

/** Titles, and letters with a full stop each: "Dr.", "e.g.". */
const abbreviation = /(?:^|[^\p{L}])(?:Dr|Mrs?|Ms|Prof|St|vs|(?:\p{L}\.)+\p{L})$/u
/** So many characters before a full stop are enough to know an abbreviation. */
const longestAbbreviation = 8

/** A formula that stands by itself ends with the sign that belongs to the one it begins with, or with a blank line. */
const formulaEnds: Record<string, string> = { $$: '$$', '\\[': '\\]' }
/** What is longer is no formula. */
const longestFormula = 4_000

/** What is said of that which can't be read out. */
type Labels = { codeBlock: string; formula: string }

/** A piece of Markdown as it is said aloud: without its signs, and a link by its words. */
const spoken = (markdown: string, formula: string): string =>
  markdown
    .replaceAll(/\$\$.+?\$\$|\\\[.+?\\\]/g, formula)
    // An address may hold parentheses in pairs. A link that was cut has its beginning in the piece before.
    .replaceAll(/(?:!?\[([^[\]]*))?\]\((?:[^()]|\([^()]*\))*\)/g, '$1')
    .replace(/^[\s>]*(?:(?:#{1,6}|[-*+])\s+)?/, '')
    .replaceAll(/[*`~]/g, '')
    .replaceAll(/[_|\s]+/g, ' ')
    .trim()

/**
 * Takes a growing Markdown text in pieces and gives out its sentences as they become whole, each once. A block of
 * code and a formula are named and not read.
 */
export function createSentenceReader({ codeBlock, formula }: Labels): {
  push(piece: string): string[]
  end(): string[]
} {
  const lines = createLineReader()
  let reads: 'line start' | 'text' | 'formula' | 'code' = 'line start'
  /** What of the line has come and is not said. */
  let rest = ''
  /** Where its words begin: the full stop of an item's number, which stands before them, ends nothing. */
  let wordsAt = 0
  let formulaEnd = ''
  /** Up to here it was looked for. */
  let searchedTo = 0

  const read = (piece: string, isLineEnd: boolean): string[] => {
    rest += piece
    const said = reads === 'line start' ? beginLine(isLineEnd) : []
    if (reads === 'formula') takeFormula(isLineEnd)
    const sentences = reads === 'text' ? takeSentences(isLineEnd) : []
    if (reads === 'code') rest = ''
    if (isLineEnd && reads !== 'formula') reads = 'line start'
    return [...said, ...sentences]
  }

  const beginLine = (isLineEnd: boolean): string[] => {
    const start = rest.slice(0, longest)
    const line = lines.read(start, isLineEnd || rest.length >= longest)
    if (!line) return []
    const [, mark = ''] = /^\s*(\$\$|\\\[)/.exec(start.slice(line.at)) ?? []
    formulaEnd = formulaEnds[mark] ?? ''
    searchedTo = start.indexOf(mark, line.at) + mark.length
    reads = line.kind !== 'text' ? 'code' : formulaEnd ? 'formula' : 'text'
    wordsAt = line.at + (/^\s*\d+\./.exec(start.slice(line.at))?.[0].length ?? 0)
    return line.kind === 'opens code' ? [codeBlock] : []
  }

  /** Puts a formula's name in its place when it has come to its end. */
  const takeFormula = (isLineEnd: boolean): void => {
    const end = rest.indexOf(formulaEnd, searchedTo)
    const next = end + formulaEnd.length
    if (end >= 0 && next <= longestFormula) {
      const name = hasWords(rest.slice(wordsAt, end)) ? formula : ''
      rest = rest.slice(0, wordsAt) + name + rest.slice(next)
      reads = 'text'
    } else if (rest.length > longestFormula || (isLineEnd && /\n[\s>]*\n$/.test(rest.slice(-longest)))) {
      reads = 'text'
    }
    searchedTo = Math.max(searchedTo, rest.length - 1)
  }

  const takeSentences = (isLineEnd: boolean): string[] => {
    const said: string[] = []
    for (;;) {
      const piece = rest.slice(0, longest)
      const isCut = rest.length > longest
      const end =
        findSentenceEnd(piece, wordsAt) ?? (isCut ? findWordEnd(piece) : isLineEnd ? rest.length : 0)
      if (end === 0) return said
      const words = spoken(rest.slice(0, end), formula)
      if (hasWords(words)) said.push(words)
      rest = rest.slice(end)
      wordsAt = 0
    }
  }

  return {
    push(piece) {
      const parts = piece.replaceAll('\t', '    ').match(/[^\n]*\n|[^\n]+/g) ?? []
      return parts.flatMap((part) => read(part, part.endsWith('\n')))
    },
    end() {
      if (reads === 'formula') reads = 'text'
      return read('', true)
    },
  }
}

function findSentenceEnd(text: string, from: number): number | undefined {
  for (const { 0: signs, index } of text.matchAll(sentenceEnds)) {
    const before = text.slice(Math.max(0, index - longestAbbreviation), index)
    const isEnd = signs !== '.' || !abbreviation.test(before)
    if (isEnd && index >= from) return index + signs.length
  }
  return undefined
}

const hasWords = (text: string): boolean => /[\p{L}\p{N}]/u.test(text)

function findWordEnd(text: string): number {
  return text.lastIndexOf(' ') + 1 || text.length
}

/** The end of a sentence or of a line. A number with a full stop that begins a line counts an item and ends nothing. */
const sentenceEnd = /[。！？]|(?<!^\s*\d+)[.!?…]+["'”’)\]*_]*(?=\s)|\n/
const fence = /^\s*(```|~~~)/

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
  let rest = ''
  let inCode = false
  const say = (sentence: string): string[] => {
    if (fence.test(sentence)) {
      inCode = !inCode
      return inCode ? [codeBlock] : []
    }
    const words = spoken(sentence)
    return inCode || !/[\p{L}\p{N}]/u.test(words) ? [] : [words]
  }
  return {
    push(piece) {
      rest += piece
      const said: string[] = []
      for (let end = sentenceEnd.exec(rest); end; end = sentenceEnd.exec(rest)) {
        const cut = end.index + end[0].length
        said.push(...say(rest.slice(0, cut)))
        rest = rest.slice(cut)
      }
      return said
    },
    end() {
      const last = rest
      rest = ''
      return say(last)
    },
  }
}

import type { Token } from './parse.ts'

/** A fenced code block at the top of a reply whose closing line has not come yet. */
export type OpenFence = { closing: RegExp; indent: number }

/** What a piece of text means to an open fence: the code in it, and what follows if it closed the fence. */
type FenceContent = { code: string; rest: string | undefined }

/** @param firstLine the line that opens the fence which `token` stands for */
export function openFence(token: Token, firstLine: string): OpenFence {
  const marker = token.markup.charAt(0)
  return {
    closing: new RegExp(`^ {0,3}${marker}{${token.markup.length},}[ \\t]*$`),
    indent: firstLine.length - firstLine.trimStart().length,
  }
}

/**
 * Reads whole lines, the last one possibly without its line end, as an open fence's content.
 * @see https://spec.commonmark.org/0.31.2/#fenced-code-blocks
 */
export function readFence({ closing, indent }: OpenFence, lines: string): FenceContent {
  let code = ''
  for (let start = 0; start < lines.length;) {
    const newline = lines.indexOf('\n', start)
    const end = newline < 0 ? lines.length : newline
    const line = lines.slice(start, end)
    start = newline < 0 ? end : newline + 1
    // markdown-it does not count spaces at the very end of a text as a line.
    if (newline < 0 && /^[ \t]*$/.test(line)) break
    if (closing.test(line)) return { code, rest: lines.slice(start) }
    code += unindent(line, indent) + lines.slice(end, start)
  }
  return { code, rest: undefined }
}

/** Takes away up to `columns` columns of leading space; a tab that is wider leaves its remainder as spaces. */
function unindent(line: string, columns: number): string {
  let column = 0
  let at = 0
  for (; at < line.length && column < columns; at++) {
    if (line[at] === ' ') column++
    else if (line[at] === '\t') column += 4 - (column % 4)
    else break
  }
  return ' '.repeat(Math.max(0, column - columns)) + line.slice(at)
}

import type { MarkdownIt, StateBlock, StateInline } from 'markdown-it'

type Marks = { opening: string; closing: string }

const DOLLAR: Marks = { opening: '$', closing: '$' }
const DISPLAY_DOLLARS: Marks = { opening: '$$', closing: '$$' }
const PARENTHESES: Marks = { opening: '\\(', closing: '\\)' }
const BRACKETS: Marks = { opening: '\\[', closing: '\\]' }

/** For a mark that was looked for: from where, and where it was found. What lies between holds none. */
type Found = { from: number; at: number }
const searches = new WeakMap<StateInline, Map<string, Found>>()

/**
 * Adds formulas in TeX: `$…$` by Pandoc's rule and two more, so that money stays text, and `$$…$$`, `\(…\)` and `\[…\]`. Tokens
 * are `math_inline` and `math_block`; their `markup` is the opening mark and their `content` what was written, marks
 * included. A formula holds no empty line, and what is not closed is text.
 * @see https://pandoc.org/MANUAL.html#math
 */
export function readMath(markdown: MarkdownIt): void {
  markdown.inline.ruler.before('escape', 'math', readInlineFormula)
  markdown.block.ruler.before('table', 'math', readFormulaBlock, {
    alt: ['paragraph', 'reference', 'blockquote', 'list'],
  })
}

/** What stands between a formula's marks. */
export function formulaSource(content: string, opening: string): string {
  return content.slice(opening.length, -opening.length).trim()
}

export function isDisplayed(opening: string): boolean {
  return opening === DISPLAY_DOLLARS.opening || opening === BRACKETS.opening
}

function readInlineFormula(state: StateInline, silent: boolean): boolean {
  const { src, pos, posMax } = state
  const marks = openingAt(src, pos)
  if (!marks) return false
  const begin = pos + marks.opening.length
  const at = search(state, marks.closing, begin + 1, marks === DOLLAR ? findDollar : findText)
  const end = at + marks.closing.length
  if (marks === DOLLAR && (!closesAt(src, at) || isMoney(src, begin, at))) return false
  // A backtick belongs to code, which binds more tightly, and to no formula.
  if (end > posMax || search(state, '`', begin, findText) < at || !hasSubstance(src.slice(begin, at)))
    return false
  if (!silent) {
    const token = state.push('math_inline', 'math', 0)
    token.markup = marks.opening
    token.content = src.slice(pos, end)
  }
  state.pos = end
  return true
}

function openingAt(text: string, pos: number): Marks | undefined {
  const next = text.charAt(pos + 1)
  if (text[pos] === '\\') return next === '(' ? PARENTHESES : next === '[' ? BRACKETS : undefined
  if (text[pos] !== '$') return undefined
  if (next === '$') return DISPLAY_DOLLARS
  return text[pos - 1] === '$' || /^\s?$/.test(next) ? undefined : DOLLAR
}

/** The place of `mark` at or after `from`. Each stretch of a text is searched once, however often it is asked for. */
function search(
  state: StateInline,
  mark: string,
  from: number,
  find: (text: string, mark: string, from: number) => number,
): number {
  let found = searches.get(state)
  if (!found) searches.set(state, (found = new Map()))
  const before = found.get(mark)
  if (before && before.from <= from && from <= before.at) return before.at
  const at = find(state.src, mark, from)
  found.set(mark, { from, at })
  return at
}

function findText(text: string, mark: string, from: number): number {
  const at = text.indexOf(mark, from)
  return at < 0 ? Infinity : at
}

/** The next dollar that is not escaped: whether or not it closes, no formula goes beyond it. */
function findDollar(text: string, mark: string, from: number): number {
  let at = findText(text, mark, from)
  while (text[at - 1] === '\\') at = findText(text, mark, at + 1)
  return at
}

/** Pandoc's rule, and one for the shell: in "$HOME/bin:$PATH" the second mark opens a name and closes nothing. */
function closesAt(text: string, at: number): boolean {
  const before = text.charAt(at - 1)
  const after = text.charAt(at + 1)
  const opensName = /[A-Za-z_]/.test(after) && !/[\p{L}\p{N})\]}'!]/u.test(before)
  return !/\s/.test(before) && !/\d/.test(after) && !opensName
}

/** Two amounts, the second in a currency that is written with a dollar behind letters: "$10 (R$ 55)". */
function isMoney(text: string, begin: number, at: number): boolean {
  return (
    /\d/.test(text.charAt(begin)) &&
    /[\s(][A-Z]{1,3}$/.test(text.slice(Math.max(begin, at - 4), at)) &&
    /^\s\d/.test(text.slice(at + 1, at + 3))
  )
}

/** A formula has a letter or a number; `\(\)` and `\[\\\]` are signs that were meant as they are. */
function hasSubstance(source: string): boolean {
  return /[\p{L}\p{N}]/u.test(source)
}

/**
 * Reads a block of its own from a line that begins with a displayed formula's mark. Whether it becomes one shows only
 * where it closes, so up to there, or to an empty line, the lines are held together: a list or a heading that they
 * look like must not be settled before.
 */
function readFormulaBlock(state: StateBlock, startLine: number, endLine: number, silent: boolean): boolean {
  if (indentOf(state, startLine) >= 4) return false
  const first = lineText(state, startLine)
  const marks = first.startsWith('$$') ? DISPLAY_DOLLARS : first.startsWith('\\[') ? BRACKETS : undefined
  if (!marks) return false
  const closesAt = first.indexOf(marks.closing, 2)
  if (closesAt < 0 ? marks === BRACKETS && !/^\\\[\s*$/.test(first) : /\S/.test(first.slice(closesAt + 2)))
    return false
  if (silent) return true

  let line = startLine
  let closed = closesAt >= 0
  while (!closed && line + 1 < endLine && !state.isEmpty(line + 1) && indentOf(state, line + 1) >= 0) {
    line++
    closed = lineText(state, line).includes(marks.closing)
  }
  const content = state.getLines(startLine, line + 1, state.blkIndent, false).trim()
  state.line = line + 1
  const isFormula = closed && content.endsWith(marks.closing) && hasSubstance(content)
  if (!isFormula) state.push('paragraph_open', 'p', 1).map = [startLine, state.line]
  const token = state.push(isFormula ? 'math_block' : 'inline', isFormula ? 'math' : '', 0)
  token.map = [startLine, state.line]
  token.content = content
  if (isFormula) token.markup = marks.opening
  else {
    token.children = []
    state.push('paragraph_close', 'p', -1)
  }
  return true
}

function indentOf({ sCount, blkIndent }: StateBlock, line: number): number {
  return (sCount[line] ?? 0) - blkIndent
}

function lineText({ src, bMarks, tShift, eMarks }: StateBlock, line: number): string {
  return src.slice((bMarks[line] ?? 0) + (tShift[line] ?? 0), eMarks[line])
}

import MarkdownIt, { type Token } from 'markdown-it'
import { readAddresses } from './addresses.ts'
import { readFootnotes } from './footnotes.ts'
import { readLongText } from './long-text.ts'
import { readMath } from './math-syntax.ts'

export type { Token }

/** Definitions by normalised label. One that `isLate` is known from elsewhere, and stands after what is being read. */
export type References = Record<string, { title: string; href: string; isLate?: true }>

// Blocks inside blocks beyond this are read as plain text: markdown-it itself would drop what is deeper.
const DEEPEST_BLOCK = 40

const markdown = new MarkdownIt({ html: false, linkify: true })

readAddresses(markdown.linkify)
readMath(markdown)
readFootnotes(markdown)
readLongText(markdown)

// The renderer has to see where definitions stand, to know which of them are final.
markdown.core.ruler.disable('strip_references')

markdown.block.ruler.before('table', 'too_deep', (state, startLine, endLine, silent) => {
  if (silent || state.level < DEEPEST_BLOCK) return false
  let line = startLine + 1
  while (line < endLine && !state.isEmpty(line) && (state.sCount[line] ?? 0) >= state.blkIndent) line++
  state.line = line
  state.push('paragraph_open', 'p', 1).map = [startLine, line]
  const text = state.push('inline', '', 0)
  text.map = [startLine, line]
  text.content = state.getLines(startLine, line, state.blkIndent, false).trim()
  text.children = []
  state.push('paragraph_close', 'p', -1)
  return true
})

// Where an item's content begins is known only while it is read. The rule reads nothing itself.
markdown.block.ruler.before('too_deep', 'item_column', ({ tokens, blkIndent }, _start, _end, silent) => {
  const item = tokens.at(-1)
  if (!silent && item?.type === 'list_item_open') item.meta = { column: blkIndent }
  return false
})

// Of all HTML only the line break is more than text: tables have no other way to say it.
markdown.inline.ruler.before('html_inline', 'line_break', (state, silent) => {
  const tag = /^<br\s{0,9}\/?>/i.exec(state.src.slice(state.pos, state.pos + 16))
  if (!tag) return false
  if (!silent) state.push('hardbreak', 'br', 0)
  state.pos += tag[0].length
  return true
})

// GFM strikes nothing out with more than two tildes.
const LONG_TILDES = /~{3,}/y
markdown.inline.ruler.before('strikethrough', 'long_tildes', (state, silent) => {
  LONG_TILDES.lastIndex = state.pos
  const run = LONG_TILDES.exec(state.src)?.[0]
  if (!run) return false
  if (!silent) state.pending += run
  state.pos += run.length
  return true
})

// An item that starts with "[ ] " or "[x] " is a task. Before text_join, which would make an escaped bracket look like
// a plain one.
markdown.core.ruler.before('text_join', 'tasks', ({ tokens }) => {
  for (const [at, token] of tokens.entries()) {
    if (token.type !== 'list_item_open') continue
    const task = readTask(tokens, at)
    if (!task) continue
    token.meta = { ...token.meta, done: task.done }
    task.text.content = task.text.content.slice(4)
  }
})

function readTask(tokens: readonly Token[], itemAt: number): { done: boolean; text: Token } | undefined {
  const text = tokens[itemAt + 1]?.type === 'paragraph_open' ? tokens[itemAt + 2]?.children?.[0] : undefined
  const box = text?.type === 'text' ? /^\[([ xX])\][ \t]/.exec(text.content) : undefined
  return text && box ? { done: box[1] !== ' ', text } : undefined
}

/**
 * Reads Markdown (CommonMark 0.31 with GFM's tables, tasks, strikethrough and written-out addresses; HTML is
 * text) into markdown-it's flat list of tokens, `reference_definition` among them. In `meta` an item that is
 * a task has `done`, true or false, and any item that is not empty `column`: where its content begins, counted from the quotation it is in or the line's start.
 * The text of a long paragraph is several `inline` tokens in a row, as `readLongText` has it.
 * `references` is what is defined already; definitions in `text` are added to it.
 * @see https://spec.commonmark.org/0.31.2/
 */
export function parseMarkdown(text: string, references: References): Token[] {
  return markdown.parse(text, { references })
}

/** The language that a code block says it is written in: its info string's first word, or nothing. */
export function readLanguage(info: string): string {
  return markdown.utils.unescapeAll(info).trim().split(/\s/, 1)[0] ?? ''
}

import type { MarkdownIt, StateBlock, StateInline } from 'markdown-it'

const DEFINITION = /^\[\^([^\]\s[]{1,100})\]:[ \t]*/
const REFERENCE = /\[\^([^\]\s[]{1,100})\]/y

// How far the lines of a footnote are indented, after the first.
const INDENT = 4

/**
 * Adds footnotes as GitHub reads them: `[^label]` is a `footnote_reference` where that label is defined, and text
 * elsewhere; `[^label]: …` is a block, `footnote_open` to `footnote_close`, that stays where it was written. Both have
 * the label in `meta.label`; a block that repeats a label has `meta.repeats: true`. Definitions are kept among those of
 * links, and have the same `reference_definition` token.
 * @see https://docs.github.com/en/get-started/writing-on-github/getting-started-with-writing-and-formatting-on-github/basic-writing-and-formatting-syntax#footnotes
 */
export function readFootnotes(markdown: MarkdownIt): void {
  markdown.inline.ruler.before('link', 'footnote', readReference)
  markdown.block.ruler.before('reference', 'footnote', readDefinition, { alt: ['paragraph', 'reference'] })
}

function readReference(state: StateInline, silent: boolean): boolean {
  // In a link's words it would be a button inside of what is one already. They are first read in silence.
  if (silent || state.linkLevel > 0) return false
  REFERENCE.lastIndex = state.pos
  const [text = '', label = ''] = REFERENCE.exec(state.src.slice(0, state.posMax)) ?? []
  if (label === '' || !state.env.references?.[keyOf(state, label)]) return false
  state.push('footnote_reference', '', 0).meta = { label }
  state.pos += text.length
  return true
}

function readDefinition(state: StateBlock, startLine: number, endLine: number, silent: boolean): boolean {
  const indent = (state.sCount[startLine] ?? 0) - state.blkIndent
  const begin = (state.bMarks[startLine] ?? 0) + (state.tShift[startLine] ?? 0)
  const found = indent < 4 ? DEFINITION.exec(state.src.slice(begin, state.eMarks[startLine])) : null
  const label = found?.[1]
  if (!found || label === undefined) return false
  if (silent) return true

  const key = keyOf(state, label)
  const references = (state.env.references ??= {})
  const known = references[key]
  const repeats = known !== undefined && !('isLate' in known)
  if (!repeats) references[key] = { title: '', href: '' }
  const open = state.push('footnote_open', 'div', 1)
  open.block = true
  open.meta = { label, repeats }
  const definition = state.push('reference_definition', '', 0)
  definition.hidden = true
  definition.meta = { label: key }

  const { bMarks, tShift, sCount, blkIndent, parentType } = state
  const [mark = 0, shift = 0, columns = 0] = [bMarks[startLine], tShift[startLine], sCount[startLine]]
  state.blkIndent += INDENT
  bMarks[startLine] = begin + found[0].length
  tShift[startLine] = 0
  sCount[startLine] = state.blkIndent
  state.parentType = 'footnote'
  state.md.block.tokenize(state, startLine, endLine)
  bMarks[startLine] = mark
  tShift[startLine] = shift
  sCount[startLine] = columns
  state.blkIndent = blkIndent
  state.parentType = parentType

  open.map = [startLine, state.line]
  state.push('footnote_close', 'div', -1)
  return true
}

/** A link's label is never kept with small letters, so that none can mean a footnote. */
function keyOf({ md }: StateBlock | StateInline, label: string): string {
  return `footnote ${md.utils.normalizeReference(label)}`
}

import type { MarkdownIt, StateCore, Token } from 'markdown-it'

/** A text that is longer is read and laid out in stretches of about this many characters. */
export const STRETCH = 2048

// A mark that stands as text may still open something, if what it needs comes: code, a link's address, emphasis, or a
// line break.
const OPENERS = /`|\]\(|[*~]+(?=\S)|(?<![\p{L}\p{N}_])_+(?=\S)|<br$/iu

/**
 * Has the text of a long paragraph read as several `inline` tokens in a row, one for each stretch. A stretch ends before
 * a space or a line end at which nothing is open, so that reading goes on as if it were the beginning; where it ends
 * depends on nothing that comes after. Without such a place the text stays one.
 */
export function readLongText(markdown: MarkdownIt): void {
  markdown.core.ruler.at('inline', (state) => {
    const tokens: Token[] = []
    for (const [at, token] of state.tokens.entries()) {
      if (token.type !== 'inline') tokens.push(token)
      else if (token.content.length < STRETCH || state.tokens[at - 1]?.type !== 'paragraph_open') {
        token.children = readInline(state, token.content)
        tokens.push(token)
      } else tokens.push(...readStretches(state, token))
    }
    state.tokens = tokens
  })
}

function readStretches(state: StateCore, token: Token): Token[] {
  const { content } = token
  const stretches: Token[] = []
  let begin = 0
  for (let tries = 0; ; tries++) {
    const end = findSpace(content, begin + STRETCH * (tries < 4 ? 1 + tries / 4 : 2 ** (tries - 3)))
    const children = readInline(state, content.slice(begin, end))
    const isLast = end === undefined
    // Where nothing is closed for long it is tried ever less often, for each time all is read from the beginning.
    if (!isLast && !isClosed(children, content, end)) continue
    const stretch = new state.Token('inline', '', 0)
    Object.assign(stretch, {
      map: token.map,
      level: token.level,
      children,
      content: content.slice(begin, end),
    })
    stretches.push(stretch)
    if (isLast) return stretches
    begin = end
    tries = -1
  }
}

/** The first space or line end at or after `from` that has words on both sides. */
function findSpace(text: string, from: number): number | undefined {
  const space = /(?<=[^\s\\])\s+(?=\S)/g
  space.lastIndex = from
  return space.exec(text)?.index
}

function readInline({ md, env }: StateCore, text: string): Token[] {
  const children: Token[] = []
  md.inline.parse(text, md, env, children)
  return children
}

function isClosed(children: readonly Token[], content: string, end: number): boolean {
  let text = ''
  let afterCode = 0
  for (const { type, nesting, content: words } of children) {
    // What has a backslash before it opens nothing, but for a formula.
    if (type === 'text_special' && /^[[(]/.test(words)) return false
    text += type === 'text' ? words : nesting === 0 ? 'x' : ''
    if (type === 'code_inline') afterCode = text.length
  }
  if (content[end - 1] === '\\' || OPENERS.test(text) || countOpenBrackets(text) > 0) return false
  // No formula has code in it.
  return !/\$(?=\S)/.test(text.slice(afterCode))
}

function countOpenBrackets(text: string): number {
  let open = 0
  for (const [bracket] of text.matchAll(/[[\]]/g)) open = bracket === '[' ? open + 1 : Math.max(0, open - 1)
  return open
}

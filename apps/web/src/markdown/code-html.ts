import { css } from '@codemirror/legacy-modes/mode/css'
import { javascript } from '@codemirror/legacy-modes/mode/javascript'
import { html as markup } from '@codemirror/legacy-modes/mode/xml'
import type { StreamParser } from '@codemirror/streamparser'

type Inner = { parser: StreamParser<unknown>; state: unknown; end: string }
type State = { markup: unknown; opening: string; inner: Inner | undefined }

const inside: Readonly<Record<string, StreamParser<unknown>>> = { script: javascript, style: css }

/** HTML with the scripts and style sheets in it. */
export const html: StreamParser<unknown> = combine({
  startState: (unit) => ({ markup: markup.startState?.(unit), opening: '', inner: undefined }),
  token(stream, state) {
    const { inner } = state
    if (inner && stream.string.slice(stream.pos).toLowerCase().startsWith(inner.end)) state.inner = undefined
    else if (inner) {
      const name = inner.parser.token(stream, inner.state)
      const end = stream.current().toLowerCase().indexOf(inner.end)
      if (end > 0) stream.pos = stream.start + end
      return name
    }
    const name = markup.token(stream, state.markup)
    const word = stream.current().toLowerCase()
    if (word === '<') state.opening = word
    else if (state.opening === '<') state.opening = word
    if (!word.endsWith('>')) return name
    const parser = inside[state.opening]
    if (parser)
      state.inner = { parser, state: parser.startState?.(stream.indentUnit), end: `</${state.opening}` }
    state.opening = ''
    return name
  },
})

/** A parser's state is its own business: what uses it knows no more than that there is one. */
function combine(parser: StreamParser<State>): StreamParser<unknown> {
  const isState = (state: unknown): state is State =>
    typeof state === 'object' && state !== null && 'opening' in state
  return {
    startState: (unit) => parser.startState?.(unit),
    token: (stream, state) => {
      if (isState(state)) return parser.token(stream, state)
      stream.skipToEnd()
      return null
    },
  }
}

import { StringStream, type StreamParser } from '@codemirror/streamparser'

/** What a stretch of code is, as far as it has a colour of its own. */
export type Kind = 'word' | 'text' | 'value' | 'note'

/** A stretch of a line, from `from` to before `to`, in UTF-16 units. */
export type Stretch = { from: number; to: number; kind: Kind }

/** Reads code line by line; each line is to be given once, in order, without its line end. */
export type LineReader = (line: string) => Stretch[]

// A line that is longer stays plain: reading it would take longer than a frame.
const LONGEST_LINE = 2_000
// A reader that makes no way in this many steps is stuck, and takes the next character as plain.
const MOST_EMPTY_STEPS = 10

/** What CodeMirror's readers call things, by the first part of the name ("string.special"). */
const KINDS: ReadonlyMap<string, Kind> = new Map([
  ...namesOf('word', 'keyword builtin type tag header heading meta macroName'),
  ...namesOf('text', 'string inserted quote'),
  ...namesOf('value', 'number atom attribute deleted unit color'),
  ...namesOf('note', 'comment'),
])

/** Starts to read code with one of CodeMirror's stream parsers, which keep what they know from line to line. */
export function createLineReader(parser: StreamParser<unknown>): LineReader {
  const indentUnit = 2
  const state = parser.startState?.(indentUnit) ?? {}
  return (line) => {
    if (line === '') parser.blankLine?.(state, indentUnit)
    if (line === '' || line.length > LONGEST_LINE) return []
    const stream = new StringStream(line, 4, indentUnit)
    const stretches: Stretch[] = []
    for (let empty = 0; !stream.eol(); stream.start = stream.pos) {
      const names = parser.token(stream, state)
      empty = stream.pos > stream.start ? 0 : empty + 1
      if (empty > MOST_EMPTY_STEPS) stream.next()
      const kind = readKind(names)
      const last = stretches.at(-1)
      if (!kind || stream.pos === stream.start) continue
      if (last?.kind === kind && last.to === stream.start) last.to = stream.pos
      else stretches.push({ from: stream.start, to: stream.pos, kind })
    }
    return stretches
  }
}

function namesOf(kind: Kind, names: string): [string, Kind][] {
  return names.split(' ').map((name) => [name, kind])
}

function readKind(names: string | null): Kind | undefined {
  for (const name of names?.split(' ') ?? []) {
    const kind = KINDS.get(name.split('.', 1)[0] ?? '')
    if (kind) return kind
  }
  return undefined
}

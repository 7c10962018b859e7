const open = '<think>'
const close = '</think>'

export type Told = { reasoning: string; text: string }

/**
 * Tells the reasoning that some models write into their text, as one `<think>…</think>` at its very beginning, from
 * the answer after it. Tags may be split anywhere between two pushes; what might still become a tag is held back until
 * the next push or `end`, and so is white space around the reasoning, which belongs to neither. A tag further on is
 * the model's own text and stays.
 */
export function createThinkSplitter() {
  let state: 'start' | 'opened' | 'reasoning' | 'gap' | 'text' = 'start'
  let held = ''

  function push(piece: string): Told {
    if (state === 'text') return { reasoning: '', text: piece }
    held += piece
    if (state === 'start') {
      const begun = held.trimStart()
      if (open.startsWith(begun)) return { reasoning: '', text: '' }
      if (!begun.startsWith(open)) return { reasoning: '', text: settle() }
      held = begun.slice(open.length)
      state = 'opened'
    }
    const reasoning = state === 'gap' ? '' : takeReasoning()
    if (state === 'gap') held = held.trimStart()
    return { reasoning, text: state === 'gap' && held ? settle() : '' }
  }

  function takeReasoning(): string {
    if (state === 'opened') held = held.trimStart()
    const end = held.indexOf(close)
    const reasoning = held.slice(0, end < 0 ? held.length - tailOfTag(held) : end).trimEnd()
    if (end >= 0) {
      held = held.slice(end + close.length)
      state = 'gap'
    } else if (reasoning) {
      held = held.slice(reasoning.length)
      state = 'reasoning'
    }
    return reasoning
  }

  function settle(): string {
    const text = held
    held = ''
    state = 'text'
    return text
  }

  /** What was still held when the reply ended. */
  function end(): Told {
    const reasons = state === 'opened' || state === 'reasoning'
    const rest = settle()
    return reasons ? { reasoning: rest.trimEnd(), text: '' } : { reasoning: '', text: rest }
  }

  return { push, end }
}

/** How many of the last characters of `text` may be the beginning of the closing tag. */
function tailOfTag(text: string): number {
  for (let length = Math.min(close.length - 1, text.length); length > 0; length -= 1) {
    if (text.endsWith(close.slice(0, length))) return length
  }
  return 0
}

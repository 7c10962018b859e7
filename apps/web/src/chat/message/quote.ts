/** From this length on, a browser takes long to insert words in a way that its own undo knows. */
const longest = 20_000

const quoted = (words: string) =>
  words
    .trim()
    .split(/\r?\n/)
    .map((line) => `> ${line}`.trimEnd())
    .join('\n')

/** The draft with words quoted at its end, as Markdown has it, and room to go on below them. */
export function withQuote(draft: string, words: string): string {
  const before = draft.trimEnd()
  return `${before}${before === '' ? '' : '\n\n'}${quoted(words)}\n\n`
}

/** Quotes words at the end of the message that is being written, and leaves the caret behind them. */
export function quote(words: string): void {
  const box = document.getElementById('message')
  if (!(box instanceof HTMLTextAreaElement) || words.trim() === '') return
  const draft = withQuote(box.value, words)
  const kept = box.value.trimEnd().length
  box.focus()
  box.setSelectionRange(kept, box.value.length)
  if (draft.length - kept > longest || !document.execCommand('insertText', false, draft.slice(kept))) {
    box.value = draft
    box.dispatchEvent(new InputEvent('input', { bubbles: true }))
  }
  box.setSelectionRange(box.value.length, box.value.length)
  box.scrollTop = box.scrollHeight
}

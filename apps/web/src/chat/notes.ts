import { createSignal } from 'solid-js'

const noteMs = 2_000
const [note, setNote] = createSignal<string | null>(null)
let timer: ReturnType<typeof setTimeout> | undefined

/** What the strip says for a moment in place of the conversation's state. */
export { note }

/** Has the strip say a thing that was just done. */
export function say(words: string): void {
  setNote(words)
  clearTimeout(timer)
  timer = setTimeout(() => setNote(null), noteMs)
}

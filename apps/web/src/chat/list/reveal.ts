import { createSignal } from 'solid-js'

/** A message of the open branch that is to be brought into sight: its start at the top of the view, or its middle in the middle. */
type Revealed = { id: string; at: 'start' | 'center' }

const [revealed, setRevealed] = createSignal<Revealed | null>(null)

/** What was last asked to be brought into sight: an object of its own each time, so that asking again is noticed. */
export { revealed }

/** Asks the list to bring a message into sight, at once; a reader at the end no longer follows it from then on. */
export function reveal(id: string, at: Revealed['at']): void {
  setRevealed({ id, at })
}

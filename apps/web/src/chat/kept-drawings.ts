import { createRoot, getOwner, type JSX, onCleanup } from 'solid-js'

/** A text of so many characters takes long enough to draw that its drawing is worth keeping. */
const bigText = 20_000
/** The most drawings that are kept, and the most characters that they hold together. */
const mostDrawings = 8
const mostCharacters = 600_000

type Drawing = { element: JSX.Element; dispose: () => void; size: number }

/**
 * Draws messages by their ids and keeps the last few big ones when they are taken out of the page, as they stand: open
 * reasoning stays open, and nothing is read or coloured again when they come back. `sizeOf` gives a message's
 * characters when it has come to rest, or 0. All are let go with the owner.
 */
export function createKeptDrawings(
  draw: (id: string) => JSX.Element,
  sizeOf: (id: string) => number,
): (id: string) => JSX.Element {
  const owner = getOwner()
  /** The longest unseen first. */
  const kept = new Map<string, Drawing>()
  const letGo = (id: string) => {
    kept.get(id)?.dispose()
    kept.delete(id)
  }
  const keep = (id: string, drawing: Drawing) => {
    letGo(id)
    kept.set(id, drawing)
    let characters = 0
    for (const [, { size }] of kept) characters += size
    for (const [oldest, { size }] of kept) {
      if (kept.size <= mostDrawings && characters <= mostCharacters) break
      characters -= size
      letGo(oldest)
    }
  }
  onCleanup(() => {
    for (const id of kept.keys()) letGo(id)
  })
  return (id) => {
    const before = kept.get(id)
    kept.delete(id)
    const drawing = before ?? createRoot((dispose) => ({ element: draw(id), dispose, size: 0 }), owner)
    onCleanup(() => {
      const size = sizeOf(id)
      if (size < bigText) drawing.dispose()
      else keep(id, { ...drawing, size })
    })
    return drawing.element
  }
}

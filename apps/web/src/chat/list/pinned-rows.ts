import { type Accessor, createMemo, createSignal, onCleanup } from 'solid-js'

/**
 * At most this many rows stay in the page for a selection's sake, however far they scroll away: its first ones, and the
 * last, without which it would have no end.
 */
const mostSelected = 200

/**
 * The rows inside `list` that have to stay in the page although they are out of sight: those that text is selected in,
 * and the one with the focus, which would fall to the body. A row is an element with `data-index`.
 */
export function createPinnedRows(list: () => HTMLElement): Accessor<readonly number[]> {
  const [selected, setSelected] = createSignal<readonly number[]>([], { equals: sameRows })
  const [focused, setFocused] = createSignal<number | null>(null)
  const rowOf = (node: Node | null): number | null => {
    const element = node instanceof Element ? node : node?.parentElement
    const row = element?.closest<HTMLElement>('[data-index]')
    return row && list().contains(row) ? Number(row.dataset['index']) : null
  }
  const noteSelection = () => {
    const selection = getSelection()
    const ends = [rowOf(selection?.anchorNode ?? null), rowOf(selection?.focusNode ?? null)].filter(
      (row) => row !== null,
    )
    if (selection?.isCollapsed !== false || ends.length === 0) return setSelected([])
    const first = Math.min(...ends)
    const last = Math.max(...ends)
    const count = Math.min(last - first, mostSelected - 1)
    setSelected([...Array.from({ length: count }, (_, place) => first + place), last])
  }
  const noteFocus = () => setFocused(rowOf(document.activeElement))
  const left = new AbortController()
  document.addEventListener('selectionchange', noteSelection, { signal: left.signal })
  document.addEventListener('focusin', noteFocus, { signal: left.signal })
  onCleanup(() => left.abort())
  return createMemo(
    () => {
      const row = focused()
      return row === null ? selected() : [...selected(), row]
    },
    [],
    { equals: sameRows },
  )
}

const sameRows = (a: readonly number[], b: readonly number[]) =>
  a.length === b.length && a.every((row, place) => row === b[place])

/** The rows to draw: those in sight and those pinned, in order, each once. */
export const withPinned = (inSight: readonly number[], pinned: readonly number[], count: number): number[] =>
  [...new Set([...inSight, ...pinned])].filter((row) => row < count).toSorted((a, b) => a - b)

import { createSignal, onCleanup, Show } from 'solid-js'
import { turnWords } from '../../i18n/en-turns.ts'
import { quote } from './quote.ts'
import { selectedIn } from './selection.ts'
import { onShortcut, shortcuts } from '../shortcuts.ts'

/** Between the button and the words that are selected, and the edges of the view, in px. */
const gap = 8
/** What the button takes at most, with the gap, in px. */
const [wide, tall] = [128, 52]

/** Where the button stands in the view, in px: above the first selected line, or else below the last one. */
type Place = { left: number; top?: number; bottom?: number }

const messages = () => document.getElementById('messages')

/** Quotes what is selected in the messages, by its shortcut or by a button that floats at the selection. */
export default function QuoteButton() {
  const [place, setPlace] = createSignal<Place | null>(null)
  let isPressed = false
  let isTouched = false
  let range: Range | undefined
  /** Under a finger the browser's own menu stands at a selection; while one is being made, nothing is in its way. */
  const look = () => {
    range = isPressed || isTouched ? undefined : selectedIn(messages())?.range
    follow()
  }
  const follow = () => setPlace(range ? placeOf(range) : null)
  const quoteSelection = () => {
    const selected = selectedIn(messages())
    if (!selected) return false
    quote(selected.words)
    return true
  }
  const left = new AbortController()
  const { signal } = left
  document.addEventListener('selectionchange', look, { signal })
  document.addEventListener(
    'pointerdown',
    ({ pointerType, target }) => {
      if (target instanceof Element && target.closest('.quote')) return
      isPressed = true
      isTouched = pointerType === 'touch'
      look()
    },
    { signal, capture: true },
  )
  for (const end of ['pointerup', 'pointercancel'] as const) {
    document.addEventListener(
      end,
      () => {
        isPressed = false
        look()
      },
      { signal, capture: true },
    )
  }
  document.addEventListener('scroll', follow, { signal, capture: true, passive: true })
  window.addEventListener('resize', follow, { signal })
  onCleanup(() => left.abort())
  onShortcut('quote', quoteSelection)
  return (
    <Show when={place()}>
      {(at) => (
        <button
          type="button"
          class="btn quote"
          title={`${turnWords.quote} (${shortcuts.quote})`}
          aria-keyshortcuts={shortcuts.quote}
          style={{
            left: `${at().left}px`,
            top: at().top === undefined ? 'auto' : `${at().top}px`,
            bottom: at().bottom === undefined ? 'auto' : `${at().bottom}px`,
          }}
          // A press would take the selection away.
          onMouseDown={(event) => event.preventDefault()}
          onClick={quoteSelection}
        >
          {turnWords.quote}
        </button>
      )}
    </Show>
  )
}

/** Null where nothing of the range can be seen. */
function placeOf(range: Range): Place | null {
  const view = messages()?.getBoundingClientRect()
  if (!view) return null
  // The whole selection may be a long one to measure: its ends are enough.
  const first = edgeOf(range, true)
  const last = edgeOf(range, false)
  if (last.bottom < view.top || first.top > view.bottom) return null
  const left = Math.max(gap, Math.min(first.left - view.left, view.width - wide))
  if (first.top - view.top > tall) return { left, bottom: view.bottom - first.top + gap }
  return { left, top: Math.min(last.bottom - view.top + gap, view.height - tall) }
}

/** Where a range begins or ends. */
function edgeOf(range: Range, atStart: boolean): DOMRect {
  const edge = range.cloneRange()
  edge.collapse(atStart)
  const { startContainer } = edge
  const element = startContainer instanceof Element ? startContainer : startContainer.parentElement
  return edge.getClientRects()[0] ?? element?.getBoundingClientRect() ?? range.getBoundingClientRect()
}

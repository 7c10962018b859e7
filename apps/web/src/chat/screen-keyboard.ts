import { onCleanup } from 'solid-js'

/**
 * Keeps the page above a keyboard on the screen where the browser lays it over the page instead of making the page
 * smaller, as Safari does: `--view-height` is what is left. A page that is zoomed into stays as it is.
 */
export function fitAboveScreenKeyboard(): void {
  const view = visualViewport
  if (!view) return
  const { style } = document.documentElement
  const fit = () => {
    const covers = view.scale === 1 && innerHeight - view.height > 1
    if (!covers) return style.removeProperty('--view-height')
    style.setProperty('--view-height', `${view.height}px`)
    // The browser has moved the page up to show the caret, and now there is nothing under it to be moved to.
    return scrollTo(0, 0)
  }
  view.addEventListener('resize', fit)
  onCleanup(() => view.removeEventListener('resize', fit))
}

/** Keeps an element where the reader sees it while `act` changes the height of its message. */
export function keepInPlace(element: Element, act: () => void): void {
  const message = element.closest('article')
  const scroller = element.closest('.scroll')
  const before = element.getBoundingClientRect().top
  act()
  if (!message || !scroller) return
  // Told of the new height right after the list, which is older, and before anything of it is seen.
  const resized = new ResizeObserver(() => {
    resized.disconnect()
    scroller.scrollTop += element.getBoundingClientRect().top - before
  })
  resized.observe(message)
}

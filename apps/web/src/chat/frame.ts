import { onCleanup } from 'solid-js'

/**
 * Returns a function that has `draw` called once in the next animation frame, however often it is called before. A
 * hidden page has no frames: there, `draw` is called as soon as the page is shown.
 */
export function oncePerFrame(draw: () => void): () => void {
  let frame: number | undefined
  const drawNow = () => {
    if (frame === undefined) return
    cancelAnimationFrame(frame)
    frame = undefined
    draw()
  }
  const drawWhenShown = () => {
    if (!document.hidden) drawNow()
  }
  document.addEventListener('visibilitychange', drawWhenShown)
  onCleanup(() => {
    document.removeEventListener('visibilitychange', drawWhenShown)
    if (frame !== undefined) cancelAnimationFrame(frame)
  })
  return () => {
    frame ??= requestAnimationFrame(drawNow)
  }
}

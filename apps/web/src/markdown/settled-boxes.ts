let sizes: ResizeObserver | undefined
const widths = new WeakMap<Element, number>()
let nextLook: number | undefined

/**
 * Has a browser leave out a box of blocks, of lines of code or of rows that are all there while it is out of sight:
 * thousands of tables and blocks of code, each of which can be scrolled by itself, cost time in every frame, and so do
 * thousands of rows. Only once it has been laid out, so that it keeps its height, and not while that may have become
 * another. Does nothing where there is no layout.
 */
export function leaveOut(box: Element): void {
  if (!sizes) {
    if (typeof ResizeObserver === 'undefined') return
    sizes = new ResizeObserver(noteSizes)
    // The page's density and language stand there, and change heights alone.
    new MutationObserver(measureSoon).observe(document.documentElement, { attributes: true })
  }
  // A browser looks in every frame at each box that it may leave out and at each whose height it keeps, so that there are
  // few. It would go on to look at those inside of this one if they were still left out when this one is.
  for (const inner of box.querySelectorAll('[data-settled]')) {
    inner.removeAttribute('data-settled')
    inner.removeAttribute('data-left-out')
  }
  box.setAttribute('data-settled', '')
  sizes.observe(box)
}

function noteSizes(entries: ResizeObserverEntry[]): void {
  for (const { target, contentRect } of entries) {
    if (target.className !== 'prose') {
      // A table's later rows are not shown until its columns are known.
      if (contentRect.height === 0) continue
      sizes?.unobserve(target)
      target.setAttribute('data-left-out', '')
      const reply = target.closest('.prose')
      if (reply) sizes?.observe(reply)
    } else {
      const { width } = contentRect
      if (widths.has(target) && widths.get(target) !== width) measureSoon()
      widths.set(target, width)
    }
  }
}

function measureSoon(): void {
  nextLook ??= requestAnimationFrame(() => {
    nextLook = undefined
    for (const box of document.querySelectorAll('[data-settled]')) {
      box.removeAttribute('data-left-out')
      sizes?.observe(box)
    }
  })
}

/** Rows find their heights as they are drawn: so many frames a match is kept in sight. */
const framesToSettle = 20
/** In so many frames one after the other it has to be in sight by itself. */
const framesAtRest = 3

/**
 * Brings a match into sight, and keeps it there while what is around it finds its height. `find` gives the match where it
 * is drawn by now, and `noteFrame` is told of each frame in which it is.
 * @returns what ends it
 */
export function keepInSight(
  scroller: Element,
  find: () => Range | undefined,
  noteFrame: (match: Range) => void,
): () => void {
  let frame: number | undefined
  let framesLeft = framesToSettle
  let framesInSight = 0
  const settle = () => {
    const match = find()
    if (match) {
      noteFrame(match)
      framesInSight = isInSight(match, scroller) ? framesInSight + 1 : 0
      if (framesInSight === 0) bringIntoSight(match, scroller)
    }
    frame = --framesLeft > 0 && framesInSight < framesAtRest ? requestAnimationFrame(settle) : undefined
  }
  settle()
  return () => {
    if (frame !== undefined) cancelAnimationFrame(frame)
  }
}

export const isBefore = (range: Range, place: Range): boolean =>
  range.compareBoundaryPoints(Range.START_TO_START, place) < 0

/** Whether a match is in the lines of a long question that are not shown. */
export function isFolded(range: Range): boolean {
  const shown = range.startContainer.parentElement?.closest('.fold')?.getBoundingClientRect()
  return shown !== undefined && range.getBoundingClientRect().bottom > shown.bottom
}

export function isInSight(range: Range, scroller: Element): boolean {
  const match = range.getBoundingClientRect()
  const view = scroller.getBoundingClientRect()
  const box = sidewaysOf(range)?.getBoundingClientRect()
  return match.top >= view.top && match.bottom <= view.bottom && !(box && sidewaysTo(match, box))
}

/** How far a box has to scroll sideways for a match: to its middle, or to the beginning of one that is wider. */
function sidewaysTo(match: DOMRect, box: DOMRect): number {
  const middle = (box.left + box.right) / 2
  const isWider = match.width > box.width
  if (match.left >= box.left && (isWider ? match.left < middle : match.right <= box.right)) return 0
  return isWider ? match.left - box.left : (match.left + match.right) / 2 - middle
}

/** Moves what scrolls around a match so that it comes to the middle: the conversation, and code or a table sideways. */
function bringIntoSight(range: Range, scroller: Element): void {
  const match = range.getBoundingClientRect()
  const view = scroller.getBoundingClientRect()
  const sideways = sidewaysOf(range)
  if (match.top < view.top || match.bottom > view.bottom) {
    scroller.scrollTop += (match.top + match.bottom - view.top - view.bottom) / 2
  }
  if (!sideways) return
  sideways.scrollLeft += sidewaysTo(match, sideways.getBoundingClientRect())
}

const sidewaysOf = (range: Range): Element | null =>
  range.startContainer.parentElement?.closest('.prose [role="region"]') ?? null

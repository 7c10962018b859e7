import { type Accessor, createSignal } from 'solid-js'
import { oncePerFrame } from '../frame.ts'
import { findPlace, placeOf, type ReadingPlace, shiftOf } from './reading-place.ts'

/** Within this of the end, in px, a reader is at it. */
const atEnd = 1
/** What a browser rounds positions to, in px, is no way to go. */
const rounding = 0.5

export type Scrolling = {
  /** Whether there is more below what is seen, and the reader does not follow it. */
  isAway: Accessor<boolean>
  /** Call when anything may have moved: brings the line being read, or the end, back to where it was. */
  keep: () => void
  /** Call with the height of all messages, in px, whenever that changes and before it is laid out. */
  noteHeight: (height: number) => void
  /** Goes to the end, and stays there while it moves away. */
  follow: () => void
  /** Call before the reader changes what is shown: the line being read stays, although it was at the end. */
  hold: () => void
  /** Brings a message to the top or into the middle of the view, and stays there. */
  show: (row: HTMLElement, at: 'start' | 'center') => void
  /** Whether the line being read is further down than the message at `index`. */
  isBelow: (index: number) => boolean
  /** Calls back with where the view begins, in px, whenever that changes, until the returned function is called. */
  observe: (listener: (offset: number) => void) => () => void
  /** Moves on by so many px because as much has come in above. */
  makeUpFor: (delta: number) => void
}

/**
 * The one that scrolls the list of messages. A reader is at the end and follows it, or is elsewhere, and then the line
 * that they read stays where it is, whatever comes in, goes or changes its height around it. That the reader has
 * scrolled is told by the position alone: it is another one than it was left at.
 *
 * It corrects the position at once, also while a finger or its momentum scrolls. Safari on iOS may end a momentum there;
 * to wait for its end instead would let what is read jump about, or leave it off by all that was measured meanwhile.
 */
export function createScrolling(scroller: () => HTMLElement, rows: () => Iterable<Element>): Scrolling {
  const [isAway, setAway] = createSignal(false)
  let follows = true
  let isHeld = false
  let isKeeping = false
  /** Whether the reader has scrolled to where the messages are yet to be drawn and measured. */
  let isAhead = false
  /** Where the view was last left by the reader or put here. */
  let known = 0
  let place: ReadingPlace | null = null
  /** The height of all messages, and the least that it was since the reader's position was last looked at. */
  let height = 0
  let leastHeight = Infinity
  const listeners = new Set<(offset: number) => void>()

  const end = () => scroller().scrollHeight - scroller().clientHeight
  const isAtEnd = () => end() - scroller().scrollTop <= atEnd
  const top = () => scroller().getBoundingClientRect().top
  const take = () => findPlace(rows(), top())
  const shift = () => (place ? shiftOf(place, top(), scroller().clientHeight) : 0)
  const tell = () => {
    for (const listener of listeners) listener(known)
  }
  const moveTo = (offset: number) => {
    scroller().scrollTop = offset
    known = scroller().scrollTop
    tell()
  }

  /**
   * Takes note of it if the reader has scrolled. A list that had become too short for its position was cut and not scrolled,
   * also where it has grown again since: a message box that shrinks lets the list's window grow, then a message is measured.
   */
  const note = (): void => {
    const { scrollTop } = scroller()
    const grownBy = height - leastHeight
    leastHeight = height
    if (scrollTop === known) return
    const wentUp = scrollTop < known
    known = scrollTop
    if (wentUp && scrollTop > end() - grownBy - rounding) return
    // At an end that is between two pixels a browser may go up by one when it is asked to go down.
    follows = isAtEnd() && (follows || !wentUp)
    isHeld = false
    place = null
    isAhead = true
  }
  const look = () => setAway(!follows && !isAtEnd())

  const keep = () => {
    if (isKeeping) return
    isKeeping = true
    note()
    if (follows) {
      if (end() - scroller().scrollTop > rounding) moveTo(end())
    } else if (place === null) {
      place = take()
    } else {
      const way = shift()
      // Whole pixels: a browser would cut off what is less.
      if (Math.abs(way) > rounding) moveTo(Math.round(scroller().scrollTop + way))
      // A message that was measured as lower than it was taken for has let what was above it come into the view.
      if (isAhead) place = take()
    }
    isKeeping = false
    look()
    settleSoon()
  }
  // By now all that moved together has: a message that was shown is read by its line now, and
  // what could not be had its way is let be, or it would creep back later.
  const settle = () => {
    if (!scroller().isConnected) return
    if (isHeld) follows = isAtEnd()
    isHeld = false
    isAhead = false
    if (
      !follows &&
      (!place?.marks[0]?.node.isConnected ||
        place.marks[0].node === place.row ||
        Math.abs(shift()) > rounding)
    ) {
      place = take()
    }
    look()
  }
  // In the next frame messages may yet be measured, after a window has changed its size.
  const settleSoon = oncePerFrame(oncePerFrame(settle))

  return {
    isAway,
    keep,
    noteHeight(now) {
      height = now
      leastHeight = Math.min(leastHeight, now)
    },
    follow() {
      follows = true
      isHeld = false
      keep()
    },
    hold() {
      note()
      place = take()
      isHeld ||= follows
      follows = false
      settleSoon()
    },
    show(row, at) {
      const room = scroller().clientHeight - row.getBoundingClientRect().height
      note()
      follows = false
      isHeld = false
      isAhead = false
      place = placeOf(row, at === 'center' && room > 0 ? room / 2 : 0)
      keep()
    },
    isBelow: (index) => !follows && place !== null && index < Number(place.row.dataset['index']),
    observe(listener) {
      const element = scroller()
      const noteScroll = () => {
        note()
        tell()
        // Only now has what came into sight been drawn.
        if (isAhead && !follows) place = take()
        settleSoon()
        look()
      }
      listeners.add(listener)
      element.addEventListener('scroll', noteScroll, { passive: true })
      return () => {
        listeners.delete(listener)
        element.removeEventListener('scroll', noteScroll)
      }
    },
    makeUpFor(delta) {
      note()
      scroller().scrollTop += delta
      known = scroller().scrollTop
    },
  }
}

const longestTimer = 2 ** 31 - 1

/**
 * Calls `ring` once somebody else was waited for longer than the limit, in ms. The limit runs only from `begin` to
 * `end`, over as many waits as there are until the next `limit`. A wait costs no timer of its own: one that is set
 * rings on, and is set again then for what is left.
 */
export function createWatch(ring: () => void) {
  let left = Number.POSITIVE_INFINITY
  let began: number | undefined
  let timer: NodeJS.Timeout | undefined
  let ringsAt = Number.POSITIVE_INFINITY

  function setTimer(ms: number) {
    clearTimeout(timer)
    ringsAt = performance.now() + ms
    timer = setTimeout(look, Math.min(ms, longestTimer))
  }

  function look() {
    ringsAt = Number.POSITIVE_INFINITY
    if (began === undefined) return
    const rest = began + left - performance.now()
    if (rest <= 0) ring()
    else setTimer(rest)
  }

  return {
    /** Counts anew, up to `ms`. */
    limit(ms: number) {
      left = ms
    },
    /** Leaves at most `ms`. */
    shorten(ms: number) {
      left = Math.min(left, ms)
    },
    begin() {
      began = performance.now()
      if (ringsAt > began + left) setTimer(left)
    },
    end() {
      if (began !== undefined) left = Math.max(0, left - (performance.now() - began))
      began = undefined
    },
    stop: () => clearTimeout(timer),
  }
}

/** To lay out a text of so many characters anew takes longer than a frame. */
const bigText = 20_000
/** The most big rows that stay in the page, and the most characters that they hold together. */
const mostRows = 4
const mostCharacters = 400_000

/**
 * Returns a function that is given the rows in sight and gives those to leave in the page although they may be out of
 * it: the last few with big texts, so that none is read, coloured and laid out again when it comes back. `sizeOf` gives
 * the characters of a row.
 */
export function createBigRows(sizeOf: (row: number) => number) {
  /** The longest unseen first. */
  let rows: readonly number[] = []
  return (inSight: readonly number[]): readonly number[] => {
    const seen = new Set(inSight)
    const big = [...rows.filter((row) => !seen.has(row)), ...inSight].filter((row) => sizeOf(row) >= bigText)
    rows = big.filter((_, place) => {
      const newer = big.slice(place)
      const characters = newer.reduce((sum, row) => sum + sizeOf(row), 0)
      return newer.length <= mostRows && characters <= mostCharacters
    })
    return rows
  }
}

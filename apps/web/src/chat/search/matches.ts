import type { Found } from './word-index.ts'

/** A match: the message that it is in, and its place among the matches of that, from 0 on. */
export type Match = { id: string; nth: number }

/** The match after this one, or before it, and from one end to the other; null where its message has none any more. */
export function stepFrom({ counts }: Found, match: Match, by: 1 | -1): Match | null {
  const ids = [...counts.keys()]
  const at = ids.indexOf(match.id)
  if (at === -1) return null
  const nth = match.nth + by
  if (nth >= 0 && nth < (counts.get(match.id) ?? 0)) return { id: match.id, nth }
  const id = ids.at((at + by) % ids.length) ?? match.id
  return { id, nth: by === 1 ? 0 : (counts.get(id) ?? 1) - 1 }
}

/** The place of a match among all, from 1 on. */
export function placeOf({ counts }: Found, match: Match | null): number {
  let before = 0
  for (const [id, count] of counts) {
    if (id === match?.id) return before + Math.min(match.nth, count - 1) + 1
    before += count
  }
  return 1
}

/**
 * Joins a reply to what its model says when it was asked in words to go on with it: the model may repeat the last
 * words, open the code block again, leave out a line break, or start the whole reply over. Nothing is ever taken from
 * what was there before; of what is new, only what repeats the end of it.
 */

/** What the text behind a seam has turned out to be. */
export type Joined =
  /** It may still become a repetition: more of it must come first. */
  | { type: 'undecided' }
  /** It goes on, with `text` to be added. */
  | { type: 'goes on'; text: string }
  /** It says from its beginning what was said before: another version, and no continuation. */
  | { type: 'starts over'; text: string }

/** How far back a repetition is looked for, in UTF-16 units. */
const farthest = 4_000
/** A repetition of so many units is one wherever it stands; a shorter one only where two words would run together. */
const surely = 12
/** Nobody has to read so much of the same beginning to see that it starts over. */
const sameForSure = 80

/**
 * Places `after`, all that has come so far, behind `before`. To be asked again with more as long as it is undecided,
 * and `joinLast` when no more comes.
 */
export function join(before: string, after: string): Joined {
  const fence = repeatedFence(before, after)
  if (fence === null) return { type: 'undecided' }
  const said = after.slice(fence)
  const core = withoutLead(said)
  const same = commonLength(before, core)
  if (core === '' || mayGrow(before, core, same)) return { type: 'undecided' }

  const repeated = repetition(before, core, core === said)
  if (same > repeated && startsOver(before, same)) return { type: 'starts over', text: core }
  if (repeated > 0) {
    const rest = withoutSpaceBetween(before, core.slice(repeated))
    return rest === null ? { type: 'undecided' } : { type: 'goes on', text: rest }
  }
  const lineBreak = fence > 0 ? '' : lineBreakBetween(before, said)
  return lineBreak === null ? { type: 'undecided' } : { type: 'goes on', text: lineBreak + said }
}

/** What an undecided text adds when the reply ended with it: nothing where it only repeats, else all of it. */
export function joinLast(before: string, after: string): string {
  const core = withoutLead(after)
  const repeats = core.length >= surely || repetition(before, core, core === after) > 0
  return repeats ? '' : after
}

/** What models put before the words that they repeat. */
const withoutLead = (text: string) => text.replace(/^\s*(?:…|\.\.\.)?\s*/u, '')

/** How many units two texts have in common at their beginning. */
function commonLength(one: string, other: string): number {
  const most = Math.min(one.length, other.length)
  let length = 0
  while (length < most && one[length] === other[length]) length += 1
  return length
}

/** Whether so much of the same beginning makes it another version. Two replies may well begin with the same word. */
const startsOver = (before: string, same: number) => same >= Math.max(12, Math.min(24, before.length / 2))

/** Whether all of `core` is found in `before`, so that what follows may go on repeating it up to its end. */
function mayGrow(before: string, core: string, same: number): boolean {
  const end = before.trimEnd().length
  if (same === core.length && same < Math.min(end, sameForSure)) return true
  const first = Math.max(1, end - farthest)
  for (let at = before.indexOf(core, first); at >= 0; at = before.indexOf(core, at + 1)) {
    if (at + core.length < end && beginsWord(before, at)) return true
  }
  return false
}

/** How many units at the beginning of `core` repeat the end of `before`. `touches`: nothing came before `core`. */
function repetition(before: string, core: string, touches: boolean): number {
  const text = before.trimEnd()
  const runTogether = touches && text.length === before.length
  for (let length = Math.min(core.length, text.length, farthest); length > 0; length -= 1) {
    const repeated = core.slice(0, length)
    const counts = length >= surely || (runTogether && isWordsWorth(repeated))
    if (counts && text.endsWith(repeated) && beginsWord(text, text.length - length)) return length
  }
  return 0
}

/** Whether a short repetition could hardly be meant: three letters, or six where words have no spaces between. */
const isWordsWorth = (text: string) => /\p{L}{3}/u.test(text) && (text.length >= 6 || !unspaced.test(text))

const unspaced = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]/u
const wordUnit = /[\p{L}\p{M}\p{N}]/u

function beginsWord(text: string, at: number): boolean {
  const [before = ' ', first = ' '] = [text[at - 1], text[at]]
  return !wordUnit.test(before) || !wordUnit.test(first) || unspaced.test(first)
}

/** What follows a repetition, without the space that `before` ends in already; null while that can't be told. */
function withoutSpaceBetween(before: string, rest: string): string | null {
  const space = before.slice(before.trimEnd().length)
  if (rest.startsWith(space)) return rest.slice(space.length)
  return rest.trim() === '' ? null : rest.trimStart()
}

/** What is longer opens no code block. */
const longestFence = 100
const fenceLine = /^[\s>]*(`{3,}|~{3,})([^\n]*)$/

/** The marker of the code block that is open where `text` ends. */
function openFence(text: string): string | null {
  let open: string | null = null
  for (const line of text.split('\n')) {
    const [, marker = '', info = ''] = fenceLine.exec(line) ?? []
    if (marker === '') continue
    if (open === null) open = marker.startsWith('`') && info.includes('`') ? null : marker
    else if (marker.startsWith(open) && info.trim() === '') open = null
  }
  return open
}

/**
 * The length of a line at the beginning of `after` that opens the code block once more which is open already; null
 * while that line has no end. A line without a language closes the block, and is none.
 */
function repeatedFence(before: string, after: string): number | null {
  const isFence = /^\s*(`+|~+)/.test(after)
  const open = isFence ? openFence(before) : null
  if (open === null) return 0
  const line = after.trimStart().split('\n', 1)[0] ?? ''
  const length = after.length - after.trimStart().length + line.length + 1
  if (length > after.length) return line.length > longestFence ? 0 : null
  const [, marker = '', info = ''] = fenceLine.exec(line) ?? []
  return marker.startsWith(open) && info.trim() !== '' ? length : 0
}

const listItem = /^\s*(?:[-*+]|\d{1,9}[.)])\s/
const maybeMarker = /^(?:[-*+>|]|\d{1,9}[.)]?|#{1,6}|`{1,2}|~{1,2})$/

/** The line break that a model left out before a new line of a list, a table or a quote; null while that can't be told. */
function lineBreakBetween(before: string, text: string): string | null {
  if (before === '' || /\s$/.test(before) || openFence(before) !== null) return ''
  if (maybeMarker.test(text)) return null
  const line = before.slice(before.lastIndexOf('\n') + 1)
  if (/^#{2,6} /.test(text)) return '\n\n'
  if (/^(?:`{3}|~{3})/.test(text)) return '\n'
  if (listItem.test(line) && listItem.test(text)) return '\n'
  if (/^\s*\|.*\|$/.test(line) && text.startsWith('|')) return '\n'
  if (line.startsWith('>') && text.startsWith('> ')) return '\n'
  return ''
}

/**
 * Joins a reply to what its model says when it goes on with it. One that takes it up from its very end is only watched
 * for starting over. One that was asked in words is asked to say the last words again, so that nothing has to be
 * guessed; if it doesn't, it may still repeat something else, open the code block again, leave out a line break, or start
 * over. Nothing is ever taken from what was there before; of what is new, only what repeats the end of it.
 */

/** What the text behind a seam has turned out to be. */
export type Joined =
  /** It may still become a repetition: more of it must come first. */
  | { type: 'undecided' }
  /** It goes on, with `text` to be added. */
  | { type: 'goes on'; text: string }
  /** It says from its beginning what was said before: another version, and no continuation. */
  | { type: 'starts over'; text: string }

export type Seam = {
  /** All that has come behind it. */
  after: string
  /** How many UTF-16 units at the end of what was there, space aside, the model was asked to say again first; or 0. */
  repeats: number
}

/** Whether more may come, the reply was cut, or it has come to its end. Only while more may come is anything undecided. */
export type SeamEnd = 'open' | 'cut' | 'finished'

/** How far back a repetition is looked for, in UTF-16 units. */
const farthest = 4_000
/** A repetition of so many units is one wherever it stands; a shorter one only where two words would run together. */
const surely = 12
/** Nobody has to read so much of the same beginning to see that it starts over. */
const sameForSure = 80
/** So far behind a polite preface a reply that starts over is known by so much of its beginning. */
const longestPreface = 160
const opening = { atLeast: 16, atMost: 40 }

const undecided: Joined = { type: 'undecided' }
const goesOn = (text: string): Joined => ({ type: 'goes on', text })

/** Places what has come so far behind `before`. To be asked again with more as long as it is undecided. */
export function join(before: string, { after, repeats }: Seam, end: SeamEnd): Joined {
  return repeats > 0 ? joinAsked(before, after, repeats, end) : joinExact(before, after, end)
}

function joinExact(before: string, after: string, end: SeamEnd): Joined {
  const whole = before.trimStart()
  const said = after.trimStart()
  const same = commonLength(whole, said)
  // A refrain may begin as the reply did. Only half of it all, said again, is none.
  const enough = Math.min(200, Math.max(Math.min(40, whole.length), whole.length / 2))
  if (enough >= surely && same >= enough) return { type: 'starts over', text: said }
  const repeatsAll = same === said.length
  if (end === 'open') return repeatsAll && enough >= surely ? undecided : goesOn(after)
  return goesOn(end === 'cut' && repeatsAll && same >= 2 * surely ? '' : after)
}

function joinAsked(before: string, after: string, repeats: number, end: SeamEnd): Joined {
  // Half of a character was not sent, and comes again whole.
  const text = before.replace(/[\uD800-\uDBFF]$/, '').trimEnd()
  const space = before.slice(text.length)
  const asked = text.slice(-repeats)
  const answer = withoutLead(after)
  if (answer.startsWith(asked)) return goOnBehind(space, answer.slice(asked.length), end)
  if (asked.startsWith(answer)) return end === 'open' ? undecided : goesOn('')

  const fence = repeatedFence(before, after)
  if (fence === null) return end === 'open' ? undecided : goesOn(end === 'cut' ? '' : after)
  const said = after.slice(fence)
  const core = withoutLead(said)
  const between = after.slice(fence, after.length - core.length) + space
  const same = commonLength(text, core)
  if (end !== 'finished' && mayGrow(text, core, same)) return end === 'open' ? undecided : goesOn('')

  // Together with the line that opens the block, few words of code are a repetition too.
  const withFence = fence > 0 ? repetition(text, answer, space) : 0
  if (withFence > 0) return goOnBehind(space, answer.slice(withFence), end)
  const repeated = repetition(text, core, between)
  if (same > repeated && startsOver(text, same)) return { type: 'starts over', text: core }
  if (repeated > 0) return goOnBehind(space, core.slice(repeated), end)
  const start = text.trimStart().slice(0, opening.atMost)
  if (core === said && start.length >= opening.atLeast) {
    if (core.includes(start)) return { type: 'starts over', text: core }
    const mayBePreface = /^[\p{Lu}\p{Lo}]/u.test(core) && core.length < longestPreface + start.length
    if (end === 'open' && mayBePreface) return undecided
  }
  const lineBreak = fence > 0 ? '' : lineBreakBetween(before, said)
  if (lineBreak === null && end === 'open') return undecided
  return goesOn((lineBreak ?? '') + said)
}

/** What models put before the words that they repeat. */
const withoutLead = (text: string) => text.replace(/^\s*(?:…|\.\.\.)?\s*/u, '')

/** Goes on with what follows a repetition, without the space that stands there already. */
function goOnBehind(space: string, rest: string, end: SeamEnd): Joined {
  if (rest.startsWith(space)) return goesOn(rest.slice(space.length))
  return rest.trim() === '' && end === 'open' ? undecided : goesOn(rest.trimStart())
}

/** How many units two texts have in common at their beginning. */
function commonLength(one: string, other: string): number {
  const most = Math.min(one.length, other.length)
  let length = 0
  while (length < most && one[length] === other[length]) length += 1
  return length
}

/** Whether so much of the same beginning makes it another version. Two replies may well begin with the same word. */
const startsOver = (before: string, same: number) => same >= Math.max(12, Math.min(24, before.length / 2))

/** Whether all of `core` is found in `text`, so that what follows may go on repeating it up to its end. */
function mayGrow(text: string, core: string, same: number): boolean {
  const end = text.length
  if (same === core.length && same < Math.min(end, sameForSure)) return true
  const first = Math.max(1, end - farthest)
  for (let at = text.indexOf(core, first); at >= 0; at = text.indexOf(core, at + 1)) {
    if (at + core.length <= end && beginsWord(text, at)) return true
  }
  return false
}

/** How many units at the beginning of `core` repeat the end of `text`; `between` is what stands between the two. */
function repetition(text: string, core: string, between: string): number {
  for (let length = Math.min(core.length, text.length, farthest); length > 0; length -= 1) {
    const repeated = core.slice(0, length)
    const counts = length >= surely || (between === '' && runsTogether(repeated, core[length]))
    if (counts && text.endsWith(repeated) && beginsWord(text, text.length - length)) return length
  }
  // A row of a table, an item or a quoted line that broke off is begun anew.
  const line = text.slice(text.lastIndexOf('\n') + 1).trimStart()
  const isBroken = !between.includes('\n') && /^(?:[-*+>|]|\d{1,9}[.)])\s?\S/.test(line)
  return isBroken && core.startsWith(line) ? line.length : 0
}

/** Whether two words would run together where hardly anybody means it: `fo` and `fox`, `mayfly` and `mayfly`. */
function runsTogether(repeated: string, next = ''): boolean {
  if (unspaced.test(repeated)) return repeated.length >= 6
  return /\p{L}{3}/u.test(repeated) || (/\p{L}{2}/u.test(repeated) && /\p{L}/u.test(next))
}

const unspaced = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]/u
const wordUnit = /[\p{L}\p{M}\p{N}]/u

function beginsWord(text: string, at: number): boolean {
  const [before = ' ', first = ' '] = [text[at - 1], text[at]]
  return !wordUnit.test(before) || !wordUnit.test(first) || unspaced.test(first)
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
  if (before === '' || /\s$/.test(before)) return ''
  const at = before.lastIndexOf('\n') + 1
  const line = before.slice(at)
  if (openFence(before) !== null) {
    // Behind the line that opens the block stands its language, or the first line of code.
    if (!fenceLine.test(line) || openFence(before.slice(0, at)) !== null) return ''
    return /^\w*$/.test(text) ? null : /^\w*\n/.test(text) ? '' : '\n'
  }
  if (maybeMarker.test(text)) return null
  if (/^#{2,6} /.test(text) || (text.startsWith('# ') && /[.!?:)]$/.test(before))) return '\n\n'
  if (/^(?:`{3}|~{3})/.test(text)) return '\n'
  if (listItem.test(line) && listItem.test(text)) return '\n'
  if (/^\s*\|.*\|$/.test(line) && text.startsWith('|')) return '\n'
  if (line.startsWith('>') && text.startsWith('> ')) return '\n'
  return ''
}

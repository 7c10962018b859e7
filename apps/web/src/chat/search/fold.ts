/**
 * What a search looks past: accents, vowel points and all that takes no room. The marks that make another syllable of
 * a kana (U+3099 and U+309A), and the vowel signs of Indic scripts, are letters to who reads them.
 */
const passedOver =
  /[[\p{Script=Inherited}--[\u3099\u309A]]\p{Default_Ignorable_Code_Point}[[\p{Script=Arabic}\p{Script=Hebrew}]&&\p{Mn}]\u0640]/gv
/** Marks that a keyboard writes straight, and the two shapes that one letter has in Greek. */
const shapes: readonly (readonly [RegExp, string])[] = [
  [/[‘’‚‛]/g, "'"],
  [/[“”„‟]/g, '"'],
  [/‐/g, '-'],
  [/ς/g, 'σ'],
]
const plain = /^[\0-\x7F]*$/

/**
 * A text as it is compared with another: without case and accents, letters of one meaning (ﬁ and fi, Ａ and A) as one,
 * and a single space for any run of space.
 */
export const fold = (text: string): string => foldLetters(text).replaceAll(/\s+/g, ' ')

function foldLetters(text: string): string {
  if (plain.test(text)) return text.toLowerCase()
  let folded = text.toWellFormed().normalize('NFKD').replaceAll(passedOver, '').toLowerCase()
  for (const [written, shape] of shapes) folded = folded.replaceAll(written, shape)
  return folded
}

/** Where each unit of a folded text comes from in the text itself, and behind the last one the text's length. */
export function offsetsOfFold(text: string): Uint32Array {
  const offsets: number[] = []
  let at = 0
  let isAfterSpace = false
  for (const character of text) {
    for (const unit of foldLetters(character)) {
      const isSpace = /\s/.test(unit)
      if (!(isSpace && isAfterSpace)) for (let half = 0; half < unit.length; half++) offsets.push(at)
      isAfterSpace = isSpace
    }
    at += character.length
  }
  offsets.push(at)
  return Uint32Array.from(offsets)
}

/** How often a folded text holds another, no unit counted twice. */
export function countIn(text: string, needle: string): number {
  let count = 0
  if (needle === '') return count
  for (let at = text.indexOf(needle); at !== -1; at = text.indexOf(needle, at + needle.length)) count++
  return count
}

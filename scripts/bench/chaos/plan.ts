/** What is asked, what is answered, and what goes wrong: the same in each run, for whoever asks. */

/** Conversations at a time, and questions in each. */
export const conversations = 300
export const turns = 2

const seed = 20_260

/** Numbers from 0 to 1, the same ones for the same key. */
function chanceOf(...key: (string | number)[]): () => number {
  let state = seed
  for (const letter of key.join()) state = Math.imul(state ^ letter.charCodeAt(0), 0x01000193)
  // Mulberry32.
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Takes one of these, by weight. */
function pick<T>(chance: number, weighted: readonly (readonly [weight: number, T])[]): T | undefined {
  let rest = chance * weighted.reduce((sum, [weight]) => sum + weight, 0)
  return weighted.find(([weight]) => (rest -= weight) < 0)?.[1]
}

export const questionOf = (conversation: number, turn: number) => `c${conversation} t${turn}: and then?`

/** Which question a text ends with. */
export function idsIn(text: string): { conversation: number; turn: number } {
  const [, conversation, turn] = [...text.matchAll(/c(\d+) t(\d+): /g)].at(-1) ?? []
  return { conversation: Number(conversation), turn: Number(turn) }
}

const words = [
  'a mayfly',
  'lives',
  'a day',
  '蜉蝣',
  'ذبابة مايو',
  '👩‍👩‍👧‍👦',
  '🇺🇦',
  '𝒳 🪰',
  '`code`',
  '\n\n- ',
  '**so**,',
]

/** The whole reply to a question: some 1,200 UTF-16 units in several scripts. */
export function replyTo(conversation: number, turn: number): string {
  const chance = chanceOf('reply', conversation, turn)
  let text = ''
  while (text.length < 1_200) text += `${words[Math.floor(chance() * words.length)]} `
  return `${text}${conversation}.${turn}.`
}

/** Cuts a text as a model does, at times through a character, into pieces of about 25 units. */
export function piecesOf(text: string): string[] {
  const chance = chanceOf('pieces', text)
  const pieces: string[] = []
  for (let at = 0; at < text.length;) {
    const length = 1 + Math.floor(chance() * 50)
    pieces.push(text.slice(at, at + length))
    at += length
  }
  return pieces
}

/** How long a model takes for a piece, in ms. */
export const paceMs = 100

/** What happens between a person and the server, so long after a request: nothing more after a few of them. */
export function networkFault(conversation: number, turn: number, request: number) {
  const chance = chanceOf('network', conversation, turn, request)
  if (request > 5) return undefined
  const kind = pick(chance(), [
    [40, undefined],
    [22, 'reset'],
    [18, 'fin'],
    [6, 'stall'],
    [10, 'latency'],
    [4, 'slices'],
  ] as const)
  return kind && { kind, afterMs: Math.floor(chance() * 5_000) }
}

/** What the model's server does to the nth request for a reply, after so many pieces where it had begun. */
export function modelFault(conversation: number, turn: number, request: number) {
  const chance = chanceOf('model', conversation, turn, request)
  if (request > 3) return undefined
  const kind = pick(chance(), [
    [70, undefined],
    [6, 'limited'],
    [8, 'broken'],
    [8, 'early end'],
    [5, 'reset'],
    [3, 'silence'],
  ] as const)
  return kind && { kind, afterPieces: Math.floor(chance() * 40) }
}

/** What happens to everything between the server and the model's server, in the order of time. */
export function weather() {
  const chance = chanceOf('weather')
  const faults: { kind: 'reset' | 'fin' | 'latency'; afterMs: number }[] = []
  for (let afterMs = 3_000; afterMs < 20_000; afterMs += 2_000 + chance() * 4_000) {
    const kind = pick(chance(), [
      [1, 'reset'],
      [1, 'fin'],
      [1, 'latency'],
    ] as const)
    if (kind) faults.push({ kind, afterMs })
  }
  return faults
}

import type { Tree, Turn } from '@mayfly/machines'

/** Random numbers from 0 to 1, the same ones for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

const words =
  'the river holds a mayfly for one day and lets it go before night comes over reeds stones water light wings'.split(
    ' ',
  )

/** Makes texts of every shape that a reply may have, of mixed length. */
export function createWriter(random: () => number) {
  const whole = (below: number) => Math.floor(random() * below)
  const say = (count: number) =>
    Array.from({ length: count }, () => words[whole(words.length)] ?? 'river').join(' ')
  const sentences = (count: number) => Array.from({ length: count }, () => `${say(4 + whole(14))}.`).join(' ')
  const lines = (count: number, line: (index: number) => string) =>
    Array.from({ length: count }, (_, index) => line(index)).join('\n')

  const blocks: (() => string)[] = [
    () => sentences(1 + whole(6)),
    () => sentences(1 + whole(3)),
    () => `**${say(3)}** and *${say(2)}* with \`${say(1)}\` ${sentences(2)}`,
    () => `## ${say(4)}`,
    () => lines(2 + whole(8), () => `- ${say(3 + whole(20))}`),
    () => lines(2 + whole(5), (index) => `${index + 1}. ${say(3 + whole(12))}`),
    () => `> ${sentences(2)}`,
    () =>
      `\`\`\`ts\n${lines(2 + whole(18), (index) => `const line${index} = find('${say(2)}') // ${say(whole(6))}`)}\n\`\`\``,
    () =>
      `| ${say(1)} | ${say(1)} | count |\n|---|---|--:|\n${lines(2 + whole(8), (index) => `| ${say(2)} | ${say(1 + whole(6))} | ${index} |`)}`,
    () => `$$\n\\sum_{n=0}^{${whole(90)}} \\frac{x^n}{n!} = e^x\n$$`,
    () => `The day is \\(d = ${whole(30)}\\) and ${say(6)}.`,
    () => `היום הזה של הבריום ${say(3)} והמים נוצצים באור הבוקר.`,
    () => `- [x] ${say(3)}\n- [ ] ${say(4)}`,
  ]
  const block = () => (blocks[whole(blocks.length)] ?? (() => say(9)))()

  return {
    question: () => (whole(8) === 0 ? `${sentences(3)}\n\n${sentences(2)}` : `${say(3 + whole(14))}?`),
    reply: () => Array.from({ length: 1 + whole(whole(10) === 0 ? 20 : 5) }, block).join('\n\n'),
    /** A reply of about so many characters. */
    longReply(length: number): string {
      let text = block()
      while (text.length < length) text += `\n\n${block()}`
      return text
    },
    sentences,
  }
}

/** What comes within so many ms is sent as one piece; Mayfly's server does so (`apps/api/src/reply/coalesce.ts`). */
const joinedMs = 33
const tokenLength = 4

/** A reply in the pieces and at the times that a page gets it: tokens of four characters, so many a second. */
export async function* streamPieces(text: string, tokensPerSecond: number): AsyncGenerator<string, void> {
  const began = performance.now()
  for (let said = 0; said < text.length;) {
    await new Promise((resolve) => setTimeout(resolve, joinedMs))
    const due = tokenLength * Math.floor(((performance.now() - began) / 1_000) * tokensPerSecond)
    if (due > said) yield text.slice(said, due)
    said = due
  }
}

/**
 * A conversation of `count` messages, questions and replies by turns, of which each `versionsEvery`th reply has a second
 * version beside it. Some replies were thought about first.
 */
export function growTree(count: number, random: () => number, versionsEvery = 10): Tree {
  const { question, reply, sentences } = createWriter(random)
  const turns = new Map<string, Turn>()
  const children = new Map<string, string[]>()
  const chosen = new Map<string, string>()
  const add = (turn: Turn) => {
    turns.set(turn.id, turn)
    children.set(turn.parent, [...(children.get(turn.parent) ?? []), turn.id])
    chosen.set(turn.parent, turn.id)
    return turn.id
  }
  const nextId = () => `m${turns.size + 1}`
  const addReply = (parent: string, text: string) =>
    add({
      id: nextId(),
      role: 'assistant',
      parent,
      text,
      reasoning: random() < 0.1 ? sentences(12) : '',
      model: 'script',
      ending: { type: 'finished', finishReason: 'stop' },
      startsOver: false,
      usage: { input: 10, output: Math.ceil(text.length / 4) },
      ms: 1_000,
      thoughtMs: 400,
    })
  let parent = ''
  for (let index = 0; index < count; index += 1) {
    if (index % 2 === 0) {
      parent = add({ id: nextId(), role: 'user', parent, text: question() })
      continue
    }
    if (((index - 1) / 2) % versionsEvery === versionsEvery - 1) addReply(parent, reply())
    parent = addReply(parent, reply())
  }
  return { turns, children, chosen, sentAfter: new Set(), added: turns.size }
}

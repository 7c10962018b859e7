import { createWordReader, PIECE, type WordReader } from '../../markdown/words.ts'
import type { Said } from '../said.ts'
import { countIn, fold } from './fold.ts'

/** How often a needle stands in each message that has it, in the conversation's order. */
export type Found = { counts: ReadonlyMap<string, number>; total: number }

/** What has been read of a reply: its folded blocks, a line each. */
type Read = { text: string; reader: WordReader; settled: string; open: string }

/** In the time of one frame, so many ms are for searching. */
const sliceMs = 8

/**
 * The words of a conversation's messages, read when they are first searched and kept from then on: of replies as they
 * read, of questions as they were written.
 */
export function createSearchIndex() {
  const replies = new Map<string, Read>()
  const others = new Map<string, { text: string; folded: string }>()

  const foldBlocks = (blocks: readonly string[]) => blocks.map((block) => `${fold(block)}\n`).join('')

  function* readReply({ id, text }: Said): Generator<void, Read> {
    const known = replies.get(id)
    if (known?.text === text) return known
    // A new conversation may use the ids of the one before.
    const goesOn = known && text.startsWith(known.text)
    const read = goesOn ? known : { text: '', reader: createWordReader(), settled: '', open: '' }
    replies.set(id, read)
    while (read.text.length < text.length) {
      const end = read.text.length + PIECE
      read.settled += foldBlocks(read.reader.push(text.slice(read.text.length, end)))
      read.text = text.slice(0, end)
      yield
    }
    read.open = foldBlocks(read.reader.open())
    return read
  }

  const readPlain = (id: string, text: string, blocks: readonly string[]): string => {
    const known = others.get(id)
    if (known?.text === text) return known.folded
    const folded = foldBlocks(blocks)
    others.set(id, { text, folded })
    return folded
  }

  /** Counts the places of a folded needle, or reads ahead where that is empty; may be left off at each step. */
  function* search(messages: readonly Said[], needle: string): Generator<void, Found> {
    const counts = new Map<string, number>()
    let total = 0
    for (const message of messages) {
      const { reasoning } = message
      let count =
        reasoning === '' ? 0 : countIn(readPlain(message.id, reasoning, reasoning.split(/\n{2,}/)), needle)
      if (message.isReply) {
        const { settled, open } = yield* readReply(message)
        count += countIn(settled, needle) + countIn(open, needle)
      } else {
        count += countIn(readPlain(message.id, message.text, [message.text]), needle)
      }
      if (count > 0) counts.set(message.id, count)
      total += count
      yield
    }
    return { counts, total }
  }

  /** Lets go of what was read of messages that the conversation no longer has. */
  const keepOnly = (turns: { has(id: string): boolean }) => {
    for (const read of [replies, others]) {
      for (const id of read.keys()) if (!turns.has(id)) read.delete(id)
    }
  }

  return { keepOnly, search }
}

/** Does work a few ms at a time, so that the page stays awake; `done` is called with what it came to. */
export function workInSlices<T>(work: Generator<void, T>, done: (result: T) => void): { cancel: () => void } {
  let timer: ReturnType<typeof setTimeout>
  const go = () => {
    const end = performance.now() + sliceMs
    do {
      const step = work.next()
      if (step.done) return done(step.value)
    } while (performance.now() < end)
    timer = setTimeout(go)
  }
  timer = setTimeout(go)
  return { cancel: () => clearTimeout(timer) }
}

import { limits } from '@mayfly/contracts'
import type { UpstreamEvent } from '../upstream/upstream.ts'

/** A frame of a screen at 30 Hz: text that comes faster than it can be seen is joined. */
const windowMs = 33

/** A piece of this many UTF-16 units is never more than a delta may have in bytes. */
const pieceLength = Math.floor(limits.deltaBytes / 3)

type TextEvent = Extract<UpstreamEvent, { text: string }>

const isText = (event: UpstreamEvent): event is TextEvent =>
  event.type === 'delta' || event.type === 'reasoning'

/**
 * Joins pieces of text that come while the reader is busy, or within a frame of the last one. The first piece goes
 * out at once, and so does everything else, with the text before it. When a delta's worth is waiting, `events` is
 * not read on: a slow reader holds the upstream back. Whoever stops reading early must end `events` by its signal.
 */
export async function* coalesce(events: AsyncIterable<UpstreamEvent>): AsyncGenerator<UpstreamEvent> {
  const waiting: UpstreamEvent[] = []
  const source: { state: 'open' | 'ended' | 'broken'; thrown?: unknown } = { state: 'open' }
  let sentAt = -Infinity
  let whenRead = () => {}
  let look = () => {}

  const isFull = () => waiting.length > 1 || textLength(waiting[0]) >= pieceLength
  const isDue = () => isFull() || source.state !== 'open' || (waiting[0] !== undefined && !isText(waiting[0]))
  const hasCome = () => waiting.length > 0 || source.state !== 'open'

  /** Waits until something comes that makes `holds` true, or for `ms`. */
  function until(holds: () => boolean, ms?: number): Promise<void> | undefined {
    if (holds()) return undefined
    return new Promise((resolve) => {
      const timer = ms === undefined ? undefined : setTimeout(resolve, ms)
      look = () => {
        if (!holds()) return
        clearTimeout(timer)
        resolve()
      }
    })
  }

  async function pump() {
    for await (const event of events) {
      const last = waiting.at(-1)
      if (last && isText(last) && isText(event) && last.type === event.type) last.text += event.text
      else waiting.push(isText(event) ? { ...event } : event)
      look()
      if (isFull()) await new Promise<void>((resolve) => (whenRead = resolve))
    }
  }
  void pump()
    .then(
      () => (source.state = 'ended'),
      (thrown: unknown) => Object.assign(source, { state: 'broken', thrown }),
    )
    .then(() => look())

  for (;;) {
    await until(hasCome)
    if (waiting[0] && isText(waiting[0])) {
      const wait = sentAt + windowMs - performance.now()
      if (wait > 0) await until(isDue, wait)
    }
    const event = waiting.shift()
    whenRead()
    if (!event) {
      if (source.state === 'broken') throw source.thrown
      return
    }
    if (!isText(event)) yield event
    else {
      for (const text of pieces(event.text)) yield { ...event, text }
      sentAt = performance.now()
    }
  }
}

const textLength = (event: UpstreamEvent | undefined) => (event && isText(event) ? event.text.length : 0)

/** Cuts a long text into pieces a delta may hold, never through a character. */
function* pieces(text: string): Generator<string> {
  for (let start = 0; start < text.length;) {
    const end = start + pieceLength
    const throughCharacter = /[\uD800-\uDBFF]/.test(text[end - 1] ?? '')
    yield text.slice(start, throughCharacter ? end - 1 : end)
    start = throughCharacter ? end - 1 : end
  }
}

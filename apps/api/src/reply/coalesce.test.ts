import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { UpstreamEvent } from '../upstream/upstream.ts'
import { coalesce } from './coalesce.ts'

const delta = (text: string): UpstreamEvent => ({ type: 'delta', text })
const finished: UpstreamEvent = { type: 'finished', finishReason: 'stop' }

/** Says each event at its time, in ms from the first pull. */
async function* timed(script: readonly (readonly [atMs: number, event: UpstreamEvent])[]) {
  let now = 0
  for (const [at, event] of script) {
    if (at > now) await new Promise((resolve) => setTimeout(resolve, at - now))
    now = at
    yield event
  }
}

async function collect(
  events: AsyncIterable<UpstreamEvent>,
): Promise<{ at: number; event: UpstreamEvent }[]> {
  const start = performance.now()
  const seen: { at: number; event: UpstreamEvent }[] = []
  for await (const event of events) seen.push({ at: Math.round(performance.now() - start), event })
  return seen
}

describe('in time', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  const run = async (script: Parameters<typeof timed>[0]) => {
    const seen = collect(coalesce(timed(script)))
    await vi.runAllTimersAsync()
    return seen
  }

  test('the first piece goes out at once, though `started` went just before', async () => {
    const seen = await run([
      [0, { type: 'started', model: 'm' }],
      [2, delta('a')],
      [500, finished],
    ])
    expect(seen[1]).toEqual({ at: 2, event: delta('a') })
  })

  test('pieces within a frame of the last one are joined', async () => {
    const seen = await run([
      [0, delta('a')],
      [10, delta('b')],
      [20, delta('c')],
      [40, delta('d')],
      [90, finished],
    ])
    expect(seen).toEqual([
      { at: 0, event: delta('a') },
      { at: 33, event: delta('bc') },
      { at: 66, event: delta('d') },
      { at: 90, event: finished },
    ])
  })

  test('the end goes out at once, with the text before it', async () => {
    const seen = await run([
      [0, delta('a')],
      [5, delta('b')],
      [6, finished],
    ])
    expect(seen.map(({ at }) => at)).toEqual([0, 6, 6])
  })

  test('reasoning and text are never mixed', async () => {
    const seen = await run([
      [0, { type: 'reasoning', text: 'r' }],
      [1, delta('a')],
      [2, delta('b')],
    ])
    expect(seen.map(({ event }) => event)).toEqual([{ type: 'reasoning', text: 'r' }, delta('ab')])
  })
})

test('a slow reader holds the source back, with bounded memory', async () => {
  let pulled = 0
  async function* endless() {
    for (;;) {
      pulled++
      yield delta('x'.repeat(1_000))
    }
  }
  const events = coalesce(endless())
  await events.next()
  await new Promise((resolve) => setImmediate(resolve))
  expect(pulled).toBeLessThan(60)
})

test('a huge piece is sent in pieces of at most 64 KB, never through a character', async () => {
  const text = '🦋'.repeat(100_000)
  const seen = await collect(coalesce(timed([[0, delta(text)]])))
  const pieces = seen.map(({ event }) => (event.type === 'delta' ? event.text : ''))
  expect(pieces.join('')).toBe(text)
  for (const piece of pieces) {
    expect(Buffer.byteLength(piece)).toBeLessThanOrEqual(64_000)
    expect(piece.isWellFormed()).toBe(true)
  }
})

test('an error comes after the text before it', async () => {
  async function* broken() {
    yield delta('a')
    throw new Error('broken')
  }
  const seen: UpstreamEvent[] = []
  const reading = (async () => {
    for await (const event of coalesce(broken())) seen.push(event)
  })()
  await expect(reading).rejects.toThrow('broken')
  expect(seen).toEqual([delta('a')])
})

test('whatever comes in, the same text goes out in the same order', async () => {
  const event = fc.oneof(
    fc.string().map(delta),
    fc.string().map((text): UpstreamEvent => ({ type: 'reasoning', text })),
  )
  const textOf = (events: readonly UpstreamEvent[], type: string) =>
    events.map((one) => (one.type === type && 'text' in one ? one.text : '')).join('')
  await fc.assert(
    fc.asyncProperty(fc.array(event, { maxLength: 30 }), async (events) => {
      const seen = await collect(coalesce(timed(events.map((one) => [0, one] as const))))
      const out = seen.map((one) => one.event)
      for (const type of ['delta', 'reasoning']) expect(textOf(out, type)).toBe(textOf(events, type))
    }),
    { numRuns: 30 },
  )
})

import type { Failure } from '@mayfly/contracts'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { jitteredWait, maxSends, maxSpentMs, maxWaitMs, mayRetry, plannedWait } from './backoff.ts'

const unsaid: Failure = { kind: 'network' }
const said = (retryAfterMs: number): Failure => ({ kind: 'rate-limited', retryAfterMs })

const sends = fc.integer({ min: 1, max: maxSends })
const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
const retryAfter = fc.double({ min: 0, max: 1e9, noNaN: true })

describe('the wait', () => {
  test('is 1, 2, 4 s where the server said nothing, and the server’s word where it did', () => {
    expect([1, 2, 3].map((n) => plannedWait(unsaid, n))).toEqual([1_000, 2_000, 4_000])
    expect([1, 2, 3].map((n) => plannedWait(said(7_000), n))).toEqual([7_000, 7_000, 7_000])
    expect(plannedWait(said(0), 1)).toBe(0)
  })

  test('of our own is anything up to what is planned, never above 30 s', () => {
    expect(jitteredWait(unsaid, 3, () => 0)).toBe(0)
    expect(jitteredWait(unsaid, 3, () => 0.5)).toBe(2_000)
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000 }), chance, (n, random) => {
        const wait = jitteredWait(unsaid, n, () => random)
        expect(wait).toBeGreaterThanOrEqual(0)
        expect(wait).toBeLessThanOrEqual(Math.min(30_000, plannedWait(unsaid, n)))
      }),
    )
  })

  test('that the server asked for is only ever made longer, by a second at most', () => {
    fc.assert(
      fc.property(retryAfter, sends, chance, (ms, n, random) => {
        const wait = jitteredWait(said(ms), n, () => random)
        expect(wait).toBeGreaterThanOrEqual(ms)
        expect(wait).toBeLessThanOrEqual(ms + 1_001)
        expect(Number.isInteger(wait)).toBe(true)
      }),
    )
  })
})

describe('a turn may be sent again by itself', () => {
  test.each<[string, Failure, number, number, boolean]>([
    ['after its first send', unsaid, 1, 0, true],
    ['after its third', unsaid, 3, 0, true],
    ['after its fourth', unsaid, 4, 0, false],
    ['at once, if the server says 0', said(0), 1, 0, true],
    ['after a minute', said(maxWaitMs), 1, 0, true],
    ['after more than a minute', said(maxWaitMs + 1), 1, 0, false],
    ['after ten years', said(315_360_000_000), 1, 0, false],
    ['if it is over within 90 s', said(30_000), 2, 60_000, true],
    ['if it is over after them', said(30_001), 2, 60_000, false],
    ['when the time is used up', said(0), 1, maxSpentMs + 1, false],
  ])('%s: %j, send %i, %i ms spent: %s', (_, failure, n, spentMs, expected) => {
    expect(mayRetry(failure, n, spentMs)).toBe(expected)
  })

  test('at most three times, and in 90 s and the jitter of each wait, whatever the server says', () => {
    fc.assert(
      fc.property(
        fc.infiniteStream(fc.option(fc.oneof(retryAfter, fc.integer({ min: 0, max: 70_000 })))),
        fc.infiniteStream(fc.integer({ min: 0, max: 40_000 })),
        chance,
        (words, durations, random) => {
          let spent = 0
          let count = 0
          for (;;) {
            count += 1
            spent += durations.next().value ?? 0
            const word = words.next().value
            const failure = typeof word === 'number' ? said(word) : unsaid
            if (!mayRetry(failure, count, spent)) break
            spent += jitteredWait(failure, count, () => random)
            expect(spent).toBeLessThanOrEqual(maxSpentMs + 1_001)
          }
          expect(count).toBeLessThanOrEqual(maxSends)
        },
      ),
    )
  })
})

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { temporaryStore } from '../store/temporary.fixture.ts'
import { createRateCounter } from './rate.ts'

const clock = { ms: 1_700_000_000_000 }
const now = () => clock.ms
const threeIn15s = { count: 3, windowMs: 15_000 }

test('admits a burst, then one at a time, and says how long to wait', async () => {
  const { db } = await temporaryStore()
  const rate = createRateCounter(db, now)
  const waits = async (hits: number) => {
    const seen = []
    for (let i = 0; i < hits; i++) seen.push(await rate.hit('key', threeIn15s))
    return seen
  }
  expect(await waits(5)).toEqual([0, 0, 0, 5000, 5000])
  clock.ms += 4_999
  expect(await waits(1)).toEqual([1])
  clock.ms += 1
  expect(await waits(2)).toEqual([0, 5000])
  clock.ms += 3_600_000
  expect(await waits(4)).toEqual([0, 0, 0, 5000])
})

test('counts keys apart, and a hit given back not at all', async () => {
  const { db } = await temporaryStore()
  const rate = createRateCounter(db, now)
  for (let i = 0; i < 3; i++) await rate.hit('a', threeIn15s)
  expect(await rate.hit('b', threeIn15s)).toBe(0)
  await rate.giveBack('a', threeIn15s)
  expect(await rate.hit('a', threeIn15s)).toBe(0)
  expect(await rate.hit('a', threeIn15s)).toBe(5000)
})

test('a clock that is set back locks nobody out', async () => {
  const { db } = await temporaryStore()
  const rate = createRateCounter(db, now)
  for (let i = 0; i < 3; i++) await rate.hit('key', threeIn15s)
  clock.ms -= 3_600_000
  for (let i = 0; i < 3; i++) expect(await rate.hit('key', threeIn15s)).toBe(0)
  expect(await rate.hit('key', threeIn15s)).toBe(5000)
  clock.ms += 3_600_000
  expect(await rate.hit('key', threeIn15s)).toBe(0)
})

test('never admits more than promised, and always admits after the wait it told', async () => {
  const { db } = await temporaryStore()
  const rate = createRateCounter(db, now)
  let runs = 0
  const gaps = fc.array(fc.integer({ min: 0, max: 20_000 }), { maxLength: 25 })
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 9 }), gaps, async (count, waits) => {
      const key = `run ${runs++}`
      const promise = { count, windowMs: 60_000 }
      const start = clock.ms
      let admitted = 0
      for (const gap of waits) {
        clock.ms += gap
        const wait = await rate.hit(key, promise)
        if (wait === 0) admitted++
        else {
          clock.ms += wait
          expect(await rate.hit(key, promise)).toBe(0)
          admitted++
        }
        expect(admitted).toBeLessThanOrEqual(count + ((clock.ms - start) * count) / 60_000)
      }
    }),
    { numRuns: 40 },
  )
})

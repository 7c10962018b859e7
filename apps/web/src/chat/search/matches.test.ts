import { describe, expect, test } from 'vitest'
import { placeOf, stepFrom } from './matches.ts'

const found = {
  counts: new Map([
    ['a', 2],
    ['b', 1],
  ]),
  total: 3,
}

describe('from match to match', () => {
  test('goes through a message, on to the next, and from one end to the other', () => {
    expect(stepFrom(found, { id: 'a', nth: 0 }, 1)).toEqual({ id: 'a', nth: 1 })
    expect(stepFrom(found, { id: 'a', nth: 1 }, 1)).toEqual({ id: 'b', nth: 0 })
    expect(stepFrom(found, { id: 'b', nth: 0 }, 1)).toEqual({ id: 'a', nth: 0 })
    expect(stepFrom(found, { id: 'b', nth: 0 }, -1)).toEqual({ id: 'a', nth: 1 })
    expect(stepFrom(found, { id: 'a', nth: 0 }, -1)).toEqual({ id: 'b', nth: 0 })
  })

  test('goes nowhere from a message that holds none any more', () => {
    expect(stepFrom(found, { id: 'c', nth: 0 }, 1)).toBeNull()
  })

  test('each has its place among all, also when its message has fewer by now', () => {
    expect(placeOf(found, { id: 'a', nth: 1 })).toBe(2)
    expect(placeOf(found, { id: 'b', nth: 4 })).toBe(3)
    expect(placeOf(found, null)).toBe(1)
  })
})

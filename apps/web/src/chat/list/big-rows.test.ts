import { expect, test } from 'vitest'
import { createBigRows } from './big-rows.ts'

test('leaves the big rows that were seen last, and no small one', () => {
  const keep = createBigRows((row) => (row % 2 === 0 ? 50_000 : 100))
  expect(keep([0, 1, 2])).toEqual([0, 2])
  expect(keep([3, 4])).toEqual([0, 2, 4])
  expect(keep([0])).toEqual([2, 4, 0])
  expect(keep([6, 7, 8])).toEqual([4, 0, 6, 8])
})

test('leaves no more characters than are good for the page', () => {
  const keep = createBigRows((row) => (row === 1 ? 2_000_000 : 150_000))
  expect(keep([2, 3])).toEqual([2, 3])
  expect(keep([4])).toEqual([3, 4])
  expect(keep([1])).toEqual([])
})

test('lets a row go whose text has become another, small one', () => {
  let size = 30_000
  const keep = createBigRows(() => size)
  expect(keep([5])).toEqual([5])
  size = 10
  expect(keep([])).toEqual([])
})

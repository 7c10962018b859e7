import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createWatch } from './watch.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function watchOf(limit: number) {
  const ring = vi.fn<() => void>()
  const watch = createWatch(ring)
  watch.limit(limit)
  return { watch, ring }
}

test('a wait rings when the limit has passed, and not before', () => {
  const { watch, ring } = watchOf(100)
  watch.begin()
  vi.advanceTimersByTime(99)
  expect(ring).not.toHaveBeenCalled()
  vi.advanceTimersByTime(1)
  expect(ring).toHaveBeenCalledOnce()
})

test('waits add up, and what lies between them does not count', () => {
  const { watch, ring } = watchOf(100)
  watch.begin()
  vi.advanceTimersByTime(60)
  watch.end()
  vi.advanceTimersByTime(10_000)
  watch.begin()
  vi.advanceTimersByTime(39)
  expect(ring).not.toHaveBeenCalled()
  vi.advanceTimersByTime(1)
  expect(ring).toHaveBeenCalledOnce()
})

test('each limit counts anew, a shorter one too', () => {
  const { watch, ring } = watchOf(1_000)
  for (let n = 0; n < 50; n++) {
    watch.begin()
    vi.advanceTimersByTime(90)
    watch.end()
    watch.limit(100)
  }
  expect(ring).not.toHaveBeenCalled()
  watch.begin()
  vi.advanceTimersByTime(100)
  expect(ring).toHaveBeenCalledOnce()
})

test('a limit is shortened and never prolonged', () => {
  const { watch, ring } = watchOf(100)
  watch.shorten(500)
  watch.shorten(50)
  watch.begin()
  vi.advanceTimersByTime(50)
  expect(ring).toHaveBeenCalledOnce()
})

test('a stopped watch stays silent and holds no timer', () => {
  const { watch, ring } = watchOf(100)
  watch.begin()
  watch.end()
  watch.stop()
  vi.advanceTimersByTime(1_000)
  expect(ring).not.toHaveBeenCalled()
  expect(vi.getTimerCount()).toBe(0)
})

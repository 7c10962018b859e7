import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createPart } from './part.ts'

const load = vi.fn<() => Promise<string>>()

beforeEach(() => {
  vi.useFakeTimers()
  load.mockReset().mockResolvedValue('it')
})

afterEach(() => void vi.useRealTimers())

describe('a part of the page', () => {
  test('is fetched once, however often it is wanted', async () => {
    const { part, fetch } = createPart(load)
    fetch()
    fetch()
    await vi.runAllTimersAsync()
    fetch()
    expect(part()).toBe('it')
    expect(load).toHaveBeenCalledTimes(1)
  })

  test('comes at the third try within 10 s', async () => {
    load.mockRejectedValueOnce(new TypeError('refused')).mockRejectedValueOnce(new TypeError('refused'))
    const { part, isMissing, fetch } = createPart(load)
    fetch()
    await vi.advanceTimersByTimeAsync(9_999)
    expect(part()).toBeUndefined()
    await vi.advanceTimersByTimeAsync(1)
    expect(part()).toBe('it')
    expect(isMissing()).toBe(false)
  })

  test('is missing after three tries within 10 s, and can be wanted anew', async () => {
    load.mockRejectedValue(new TypeError('not there'))
    const { part, isMissing, fetch } = createPart(load)
    fetch()
    await vi.advanceTimersByTimeAsync(10_000)
    expect(load).toHaveBeenCalledTimes(3)
    expect(isMissing()).toBe(true)
    load.mockResolvedValue('it')
    fetch()
    expect(isMissing()).toBe(false)
    await vi.runAllTimersAsync()
    expect(part()).toBe('it')
  })

  test('comes as soon as the network is back', async () => {
    load.mockRejectedValue(new TypeError('offline'))
    const { part, isMissing, fetch } = createPart(load)
    fetch()
    await vi.advanceTimersByTimeAsync(1_000)
    load.mockResolvedValue('it')
    dispatchEvent(new Event('online'))
    await vi.advanceTimersByTimeAsync(0)
    expect(part()).toBe('it')
    expect(isMissing()).toBe(false)
  })

  test('that was given up is fetched when the network is back', async () => {
    load.mockRejectedValue(new TypeError('offline'))
    const { part, isMissing, fetch } = createPart(load)
    fetch()
    await vi.advanceTimersByTimeAsync(20_000)
    expect(isMissing()).toBe(true)
    load.mockResolvedValue('it')
    dispatchEvent(new Event('online'))
    await vi.advanceTimersByTimeAsync(0)
    expect(part()).toBe('it')
  })
})

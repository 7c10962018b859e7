import { afterEach, expect, test, vi } from 'vitest'
import { retryAfterMs } from './failure.ts'

afterEach(() => vi.useRealTimers())

test.each([
  [{ 'retry-after': '7' }, 7000],
  [{ 'retry-after': '1.5' }, 1500],
  [{ 'retry-after': '0' }, undefined],
  [{ 'retry-after': '-5' }, undefined],
  [{ 'retry-after-ms': '-250' }, undefined],
  [{ 'retry-after-ms': '250', 'retry-after': '7' }, 250],
  [{ 'retry-after': 'Wed, 01 Jan 2025 00:00:10 GMT' }, 10_000],
  [{ 'retry-after': 'Tue, 31 Dec 2024 00:00:00 GMT' }, undefined],
  [{ 'retry-after': 'soon' }, undefined],
  [{ 'retry-after': '999999999' }, 999_999_999_000],
  [{ 'retry-after': '' }, undefined],
  [{ 'retry-after': '9'.repeat(400) }, undefined],
  [{}, undefined],
])('reads the wait out of %j', (headers: Record<string, string>, expected) => {
  vi.useFakeTimers({ now: Date.parse('2025-01-01T00:00:00Z') })
  expect(retryAfterMs(new Headers(headers))).toBe(expected)
})

import { afterEach, expect, test, vi } from 'vitest'
import { retryAfterMs } from './failure.ts'

const tenYears = 10 * 365.25 * 24 * 3_600_000
const dayMs = 24 * 3_600_000

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllEnvs()
})

test.each([
  [{ 'retry-after': '7' }, 7000],
  [{ 'retry-after': '1.5' }, 1500],
  [{ 'retry-after': '0' }, undefined],
  [{ 'retry-after': '-5' }, undefined],
  [{ 'retry-after': '-5000' }, undefined],
  [{ 'retry-after-ms': '-250' }, undefined],
  [{ 'retry-after-ms': '250', 'retry-after': '7' }, 250],
  [{ 'retry-after': 'Wed, 01 Jan 2025 00:00:10 GMT' }, 10_000],
  [{ 'retry-after': 'Tue, 31 Dec 2024 00:00:00 GMT' }, undefined],
  [{ 'retry-after': 'soon' }, undefined],
  [{ 'retry-after': '99999999' }, 99_999_999_000],
  [{ 'retry-after': '9999999999999' }, tenYears],
  [{ 'retry-after-ms': '9'.repeat(300) }, tenYears],
  [{ 'retry-after': 'Fri, 31 Dec 9999 23:59:59 GMT' }, tenYears],
  [{ 'retry-after': '' }, undefined],
  [{ 'retry-after': '9'.repeat(400) }, tenYears],
  [{ 'retry-after-ms': '-1', 'retry-after': '600' }, 600_000],
  [{ 'retry-after-ms': 'soon', 'retry-after': 'Wed, 01 Jan 2025 00:00:10 GMT' }, 10_000],
  [{ 'retry-after': 'Thursday, 02-Jan-25 00:00:00 GMT' }, dayMs],
  [{ 'retry-after': 'Sunday, 06-Nov-33 08:49:37 GMT' }, Date.UTC(2033, 10, 6, 8, 49, 37) - Date.UTC(2025)],
  [{ 'retry-after': 'Tuesday, 01-Jan-75 00:00:00 GMT' }, tenYears],
  [{ 'retry-after': 'Wednesday, 01-Jan-75 00:00:01 GMT' }, undefined],
  [{ 'retry-after': 'Sunday, 06-Nov-94 08:49:37 GMT' }, undefined],
  [{ 'retry-after': 'Thu Jan  2 00:00:00 2025' }, dayMs],
  [{ 'retry-after': 'Sun Nov  6 08:49:37 1994' }, undefined],
  [{}, undefined],
])('reads the wait out of %j', (headers: Record<string, string>, expected) => {
  vi.stubEnv('TZ', 'Asia/Tokyo')
  vi.useFakeTimers({ now: Date.parse('2025-01-01T00:00:00Z') })
  expect(retryAfterMs(new Headers(headers))).toBe(expected)
})

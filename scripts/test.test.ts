import { describe, expect, test } from 'vitest'
import { countCheck, countMissing, countPlaywright, countVitest, summarize } from './test-report.ts'

const vitest = (passed: number, failed: number, pending = 0, todo = 0) =>
  JSON.stringify({
    numPassedTests: passed,
    numFailedTests: failed,
    numPendingTests: pending,
    numTodoTests: todo,
  })
const playwright = (expected: number, unexpected: number, flaky = 0, skipped = 0) =>
  JSON.stringify({ stats: { expected, unexpected, flaky, skipped } })

describe('the closing line', () => {
  test('adds up checks, unit tests and browser tests', () => {
    const counts = [
      countCheck(0),
      countCheck(0),
      countVitest({ status: 0, report: vitest(40, 0) }),
      countPlaywright({ status: 0, report: playwright(5, 0) }),
    ]
    expect(summarize(counts)).toEqual({ line: '47 passed, 0 failed', status: 0 })
  })

  test('names what was skipped only when something was', () => {
    const skipping = countVitest({ status: 0, report: vitest(3, 0, 1, 1) })
    expect(summarize([skipping]).line).toBe('3 passed, 0 failed, 2 skipped')
    expect(
      summarize([skipping, countPlaywright({ status: 0, report: playwright(1, 0, 0, 4) })]).line,
    ).toContain(', 6 skipped')
  })

  test('counts a failing check as one failure', () => {
    expect(summarize([countCheck(0), countCheck(2)])).toEqual({ line: '1 passed, 1 failed', status: 1 })
  })

  test('fails when a single test does, whatever else passed', () => {
    const counts = [countCheck(0), countVitest({ status: 1, report: vitest(99, 1) })]
    expect(summarize(counts)).toEqual({ line: '100 passed, 1 failed', status: 1 })
  })

  test('counts what could not be run as one failure', () => {
    expect(summarize([countMissing('no browser')])).toEqual({ line: '0 passed, 1 failed', status: 1 })
  })
})

describe.each([
  { runner: 'vitest', count: countVitest, report: vitest },
  { runner: 'playwright', count: countPlaywright, report: playwright },
])('a run of $runner', ({ count, report }) => {
  test('counts as failed when it ran nothing, even if it says that all is well', () => {
    expect(count({ status: 0, report: report(0, 0) })).toMatchObject({ failed: 1, problem: 'ran no test' })
  })

  test('counts as failed when everything was skipped', () => {
    expect(count({ status: 0, report: report(0, 0, 0, 3) })).toMatchObject({ failed: 1, skipped: 3 })
  })

  test.each([undefined, '', '{"stats":', 'null', '[]', '{}', '{"stats":{"expected":"all"}}'])(
    'counts as failed when its report is %j',
    (broken) => {
      expect(count({ status: 0, report: broken })).toMatchObject({ passed: 0, failed: 1, skipped: 0 })
    },
  )

  test('counts as failed when it ends badly without a failure to show', () => {
    expect(count({ status: 134, report: report(7, 0) })).toMatchObject({ passed: 7, failed: 1 })
  })

  test('counts no failure twice when its exit status says the same', () => {
    expect(count({ status: 1, report: report(7, 2) })).toEqual({ passed: 7, failed: 2, skipped: 0 })
  })
})

test('a browser test that passes only at the second try is a failure', () => {
  expect(countPlaywright({ status: 0, report: playwright(4, 0, 1) })).toMatchObject({ passed: 4, failed: 1 })
})

/** What one runner's run amounts to. `problem` says what is wrong beyond the failures that it counted itself. */
export interface Count {
  passed: number
  failed: number
  skipped: number
  problem?: string
}

/** How a runner ended: its exit status as a shell counts it, and its JSON report, undefined where it left none. */
export interface Run {
  status: number
  report: string | undefined
}

/** A check without tests of its own counts as one. */
export function countCheck(status: number): Count {
  return status === 0 ? { passed: 1, failed: 0, skipped: 0 } : { passed: 0, failed: 1, skipped: 0 }
}

/** Something that could not even be run: it counts as one failure. */
export function countMissing(problem: string): Count {
  return { passed: 0, failed: 1, skipped: 0, problem }
}

/** Counts from the report of vitest's `json` reporter. */
export function countVitest(run: Run): Count {
  const counts = readNumbers(run.report, [], {
    passed: ['numPassedTests'],
    failed: ['numFailedTests'],
    skipped: ['numPendingTests', 'numTodoTests'],
  })
  return judge(run, counts)
}

/** Counts from the report of Playwright's `json` reporter. A flaky test is a failed one: nothing is tried twice. */
export function countPlaywright(run: Run): Count {
  const counts = readNumbers(run.report, ['stats'], {
    passed: ['expected'],
    failed: ['unexpected', 'flaky'],
    skipped: ['skipped'],
  })
  return judge(run, counts)
}

/** The closing line over all runs, and the exit status of the whole: 0 or 1. */
export function summarize(counts: readonly Count[]): { line: string; status: 0 | 1 } {
  const total = (name: 'passed' | 'failed' | 'skipped') => counts.reduce((sum, count) => sum + count[name], 0)
  const skipped = total('skipped')
  return {
    line: `${total('passed')} passed, ${total('failed')} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`,
    status: total('failed') > 0 ? 1 : 0,
  }
}

/** A runner that reports no failure may still have died, run nothing, or stumbled outside of any test. */
function judge({ status }: Run, counts: Count | undefined): Count {
  if (counts === undefined) return countMissing(`left no report that can be read (exit status ${status})`)
  if (counts.failed > 0) return counts
  if (counts.passed === 0) return { ...counts, failed: 1, problem: 'ran no test' }
  if (status !== 0) {
    return { ...counts, failed: 1, problem: `counted no failure, yet its exit status was ${status}` }
  }
  return counts
}

/** Sums fields of the object at `path` in a JSON text; undefined unless all of them are numbers. */
function readNumbers(
  json: string | undefined,
  path: readonly string[],
  fields: Record<'passed' | 'failed' | 'skipped', readonly string[]>,
): Count | undefined {
  let at: unknown
  try {
    at = JSON.parse(json ?? '')
  } catch {
    return undefined
  }
  for (const name of path) at = readField(at, name)
  const sum = (names: readonly string[]) =>
    names.reduce((total, name) => total + Number(readField(at, name) ?? Number.NaN), 0)
  const count = { passed: sum(fields.passed), failed: sum(fields.failed), skipped: sum(fields.skipped) }
  return Object.values(count).every(Number.isInteger) ? count : undefined
}

function readField(holder: unknown, name: string): unknown {
  return typeof holder === 'object' && holder !== null ? Reflect.get(holder, name) : undefined
}

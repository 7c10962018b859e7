import { expect, test } from 'vitest'
import { faultsOf } from './chaos.ts'

const megabytes = (heap: number) => ({ rss: 400 * 2 ** 20, heapUsed: heap * 2 ** 20 })
const well: Parameters<typeof faultsOf>[0] = {
  turns: 600,
  finished: 600,
  lost: 0,
  doubled: 0,
  besides: 0,
  requests: 1_500,
  needed: 700_000,
  received: 700_000,
  cutNoticed: [],
  silenceNoticed: [],
  seconds: 24,
  leases: 0,
  memory: { before: megabytes(28), between: megabytes(60), after: megabytes(30) },
}

test('conversations that all came through, over a server that kept nothing, have no fault', () => {
  expect(faultsOf(well)).toEqual([])
})

test.each<[string, Partial<typeof well>]>([
  ['left a turn unfinished', { finished: 599 }],
  ['lost a character', { lost: 1 }],
  ['doubled a character', { doubled: 1 }],
  ['has a message beyond a question and a reply', { besides: 1 }],
  ['leaked a lease', { leases: 1 }],
  ['kept memory', { memory: { ...well.memory, after: megabytes(43) } }],
])('a run that %s is told so', (fault, more) => {
  expect(faultsOf({ ...well, ...more })).toEqual([fault])
})

import { type FailureKind, failureKinds, wayOn } from '@mayfly/contracts/failure'
import type { Ending, Reply } from '@mayfly/machines'
import { describe, expect, test } from 'vitest'
import { t } from '../i18n/words.ts'
import { statusOf, type StatusView } from './status.tsx'

const view: StatusView = {
  state: 'idle',
  shown: 'nothing',
  last: null,
  failure: null,
  online: true,
  waitsLong: false,
  undo: null,
  replies: 4,
}

const reply = (ending: Ending, text = ''): Reply => ({
  id: 'm2',
  role: 'assistant',
  parent: 'm1',
  text,
  reasoning: '',
  model: 'demo',
  ending,
  startsOver: false,
  usage: null,
  ms: 300_000,
  thoughtMs: 0,
})

const at = new Date(2026, 4, 1, 14, 0).getTime()
const failed = (kind: FailureKind, retryAfterMs?: number): Ending => ({
  type: 'failed',
  failure: retryAfterMs === undefined ? { kind } : { kind, retryAfterMs },
  at,
})
const inError = (ending: Ending) => statusOf({ ...view, state: 'error', last: reply(ending) }).words
const inBackoff = (kind: FailureKind, online = true) =>
  statusOf({ ...view, state: 'backoff', failure: { kind }, online })

describe('the words of a failure', () => {
  test.each(failureKinds)('%s says what happened and that nothing is lost, with and without text', (kind) => {
    const cut = statusOf({ ...view, state: 'interrupted', last: reply(failed(kind), 'Rain') }).words
    expect(cut).toMatch(/\. What arrived is kept\.$/)
    expect(inError(failed(kind))).toMatch(/^[A-Z].*\.$/)
    expect(inError(failed(kind))).not.toBe(cut)
  })

  test.each(failureKinds.filter((kind) => wayOn[kind] === 'backoff' && kind !== 'offline'))(
    '%s counts down to the next try',
    (kind) => {
      const { words, counts } = inBackoff(kind)
      expect(counts).toBe('down')
      expect(words).toMatch(/\. Trying again in$/)
    },
  )

  test('a lost connection is called offline while the browser is, without a count', () => {
    expect(inBackoff('offline')).toEqual(inBackoff('network', false))
    expect(inBackoff('offline')).toEqual({ words: t().chat.status.offline, counts: null })
    expect(inBackoff('busy', false).counts).toBe('down')
  })

  test('a wait too long to sit through is told by the time of day', () => {
    expect(inError(failed('rate-limited', 300_000))).toBe('Too many requests. Try again at 14:05.')
    expect(inError(failed('quota', 36_000_000))).toBe(
      'Your tokens for today are used up. They are back at 00:00.',
    )
    expect(inError(failed('rate-limited', 3 * 86_400_000))).toBe(
      'Too many requests. Try again at 14:00 on May 4, 2026.',
    )
    expect(inError(failed('rate-limited'))).toBe('Too many requests. Your message is kept.')
  })

  test('silence is told with its length', () => {
    expect(inError(failed('silent'))).toBe('Nothing came for 5 min. Your message is kept.')
  })

  test('too many replies are told with their number', () => {
    expect(inBackoff('busy').words).toMatch(/^Four replies are being written already\./)
    expect(statusOf({ ...view, state: 'backoff', failure: { kind: 'busy' }, replies: 1 }).words).toMatch(
      /^Another reply/,
    )
  })

  test('a refusal by the model’s server does not guess at its cause', () => {
    expect(inError(failed('upstream-refused'))).toBe(
      'The model’s server refused the request. The owner of this server can mend it.',
    )
  })
})

describe('the words of a state', () => {
  test('Stop is no fault', () => {
    const words = (text: string) =>
      statusOf({ ...view, state: 'interrupted', last: reply({ type: 'stopped' }, text) }).words
    expect(words('Rain')).toBe('Stopped. What was written is kept.')
    expect(words('')).toBe('Stopped before anything arrived.')
  })

  test('waiting is told with its length once it is long', () => {
    const sending: StatusView = { ...view, state: 'sending' }
    expect(statusOf(sending)).toEqual({ words: 'Waiting for the first word', counts: null })
    expect(statusOf({ ...sending, waitsLong: true })).toEqual({
      words: 'Still waiting for the first word,',
      counts: 'up',
    })
    expect(statusOf({ ...sending, shown: 'text' }).words).toBe('Waiting for the reply to go on')
  })

  test('thinking is told from writing', () => {
    expect(statusOf({ ...view, state: 'streaming', shown: 'thoughts' }).words).toBe('Thinking')
    expect(statusOf({ ...view, state: 'streaming', shown: 'text' }).words).toBe('Writing')
  })

  test('what was put away or deleted is offered back, also where a reply waits to be gone on with', () => {
    expect(statusOf({ ...view, undo: 'new chat' }).words).toBe('New chat. The last one can be brought back.')
    const deleted = 'Turn deleted. It can be brought back.'
    expect(statusOf({ ...view, undo: 'delete' }).words).toBe(deleted)
    expect(statusOf({ ...view, state: 'interrupted', undo: 'delete' }).words).toBe(deleted)
    expect(statusOf(view).words).toBe('Kept in this tab only')
  })
})

import { APIConnectionError, APIError } from 'openai'
import { describe, expect, test } from 'vitest'
import { failureOf } from './failures.ts'

const answered = (status: number, error: object | string = {}, headers: Record<string, string> = {}) =>
  failureOf(APIError.generate(status, { error }, undefined, new Headers(headers)))

const inStream = (error: object | string) =>
  failureOf(
    new APIError(undefined, error instanceof Object ? error : Object(error), undefined, new Headers()),
  )

describe('an answer that is an error', () => {
  test.each([
    [400, 'upstream-refused'],
    [401, 'upstream-refused'],
    [403, 'upstream-refused'],
    [404, 'upstream-refused'],
    [422, 'upstream-refused'],
    [402, 'quota'],
    [408, 'upstream-down'],
    [413, 'context-too-long'],
    [429, 'rate-limited'],
    [500, 'upstream-down'],
    [502, 'upstream-down'],
    [503, 'upstream-down'],
    [504, 'upstream-down'],
    [529, 'upstream-down'],
  ])('of status %i is %s', (status, kind) => {
    expect(answered(status)).toEqual({ kind })
  })

  test('of status 429 is a quota where the server says so, and nothing to wait for', () => {
    expect(answered(429, { code: 'insufficient_quota' }, { 'retry-after': '5' })).toEqual({ kind: 'quota' })
    expect(answered(429, { type: 'insufficient_quota', code: null })).toEqual({ kind: 'quota' })
  })

  test.each(['RESOURCE_EXHAUSTED', 429, null])(
    'of status 429 with code %j is a quota by its words, unless a wait is asked for',
    (code) => {
      const message = 'You exceeded your current quota, please check your plan and billing details.'
      expect(answered(429, { code, message })).toEqual({ kind: 'quota' })
      expect(answered(429, { code, message }, { 'retry-after': '3' })).toEqual({
        kind: 'rate-limited',
        retryAfterMs: 3000,
      })
      expect(answered(429, { code, message: 'Quota exceeded for requests per minute' })).toEqual({
        kind: 'rate-limited',
      })
    },
  )

  test('carries the wait that was asked for', () => {
    expect(answered(429, {}, { 'retry-after': '3' })).toEqual({ kind: 'rate-limited', retryAfterMs: 3000 })
    expect(answered(503, {}, { 'retry-after': '2' })).toEqual({ kind: 'upstream-down', retryAfterMs: 2000 })
  })

  test.each([
    [400, { code: 'context_length_exceeded', message: 'x' }],
    [400, { type: 'exceed_context_size_error', message: 'x' }],
    [400, { message: "This model's maximum context length is 8192 tokens." }],
    [400, { message: 'the request exceeds the available context size, try increasing it' }],
    [400, { message: 'Trying to keep the first 5000 tokens when context the overflows.' }],
    [400, { message: 'prompt is too long: 210000 tokens > 200000 maximum' }],
    [400, { message: 'The input token count (1200000) exceeds the maximum number of tokens allowed' }],
    [422, { message: '`inputs` tokens + `max_new_tokens` must be <= 4096' }],
    [400, 'prompt too long; exceeded max context length by 4 tokens'],
    [500, { message: 'Context size has been exceeded.' }],
  ])('of status %i with %j is a transcript that is too long', (status, error) => {
    expect(answered(status, error)).toEqual({ kind: 'context-too-long' })
  })

  test('of a content filter is filtered', () => {
    expect(answered(400, { code: 'content_filter' })).toEqual({ kind: 'filtered' })
  })
})

describe('an error frame in a stream', () => {
  test.each([
    [{ message: 'x' }, 'upstream-down'],
    ['x', 'upstream-down'],
    [{ code: 429, message: 'x' }, 'rate-limited'],
    [{ code: 'rate_limit_exceeded' }, 'rate-limited'],
    [{ type: 'overloaded_error' }, 'upstream-down'],
    [{ code: 502 }, 'upstream-down'],
    [{ type: 'invalid_request_error' }, 'upstream-refused'],
    [{ code: 'context_length_exceeded' }, 'context-too-long'],
    [{ code: 'insufficient_quota' }, 'quota'],
  ])('%j is %s', (error, kind) => {
    expect(inStream(error)).toEqual({ kind })
  })
})

test.each([
  ['nobody there', new APIConnectionError({ cause: new Error('ECONNREFUSED') }), 'upstream-down'],
  ['a body that is cut', new TypeError('terminated'), 'upstream-down'],
  ['a frame that is cut', new SyntaxError('malformed'), 'upstream-down'],
  ['a bug', new RangeError('x'), 'unexpected'],
  ['what is no error', 'x', 'unexpected'],
])('%s: %#', (_, error, kind) => {
  expect(failureOf(error)).toEqual({ kind })
})

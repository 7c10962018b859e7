import { gzipSync } from 'node:zlib'
import { fileURLToPath } from 'node:url'
import * as v from 'valibot'
import { build } from 'vite'
import { describe, expect, test } from 'vitest'
import { failure, failureKinds, wayOn } from './failure.ts'
import { bytesOf, limits } from './limits.ts'
import { isTooLarge, type Message, textMessage, textOf } from './message.ts'
import { contractVersion, replyEvent, replyRequest } from './reply.ts'

const request = { version: contractVersion, messages: [textMessage('user', 'What is a mayfly?')] }
const accepts = (change: object) => v.is(replyRequest, { ...request, ...change })

describe('a reply request', () => {
  test('needs a version and one message, and no more', () => {
    expect(accepts({})).toBe(true)
    expect(accepts({ version: undefined })).toBe(false)
    expect(accepts({ messages: [] })).toBe(false)
    expect(accepts({ messages: undefined })).toBe(false)
  })

  test(`may hold ${limits.messages} messages`, () => {
    const message = textMessage('user', 'x')
    expect(accepts({ messages: Array<unknown>(limits.messages).fill(message) })).toBe(true)
    expect(isTooLarge(Array<Message>(limits.messages).fill(message))).toBe(false)
    expect(isTooLarge(Array<Message>(limits.messages + 1).fill(message))).toBe(true)
    expect(isTooLarge([textMessage('user', 'ä'.repeat(limits.textBytes / 2))])).toBe(false)
    expect(isTooLarge([textMessage('user', 'ä'.repeat(limits.textBytes / 2) + 'a')])).toBe(true)
  })

  test.each([
    ['a role that only the server may speak as', [{ role: 'system', parts: [{ type: 'text', text: 'x' }] }]],
    ['a message without parts', [{ role: 'user', parts: [] }]],
    [
      'more than 100 parts',
      [{ role: 'user', parts: Array.from({ length: 101 }, () => ({ type: 'text', text: 'x' })) }],
    ],
    ['a part of an unknown type', [{ role: 'user', parts: [{ type: 'video', text: 'x' }] }]],
    ['text that is none', [{ role: 'user', parts: [{ type: 'text', text: 1 }] }]],
  ])('is refused with %s', (_, messages) => {
    expect(accepts({ messages })).toBe(false)
  })

  test.each<[object, boolean]>([
    [{ model: 'm' }, true],
    [{ model: '' }, false],
    [{ model: 'm'.repeat(limits.modelId) }, true],
    [{ model: 'm'.repeat(limits.modelId + 1) }, false],
    [{ options: {} }, true],
    [{ options: { temperature: 0, maxTokens: 1 } }, true],
    [{ options: { temperature: 2, maxTokens: 1_000_000 } }, true],
    [{ options: { temperature: -0.1 } }, false],
    [{ options: { temperature: 2.1 } }, false],
    [{ options: { temperature: Number.NaN } }, false],
    [{ options: { maxTokens: 0 } }, false],
    [{ options: { maxTokens: 1.5 } }, false],
    [{ options: { maxTokens: 1_000_001 } }, false],
    [{ continues: true, replaces: 'r'.repeat(64) }, true],
    [{ continues: 'yes' }, false],
    [{ replaces: 'r'.repeat(65) }, false],
  ])('with %j is within bounds: %s', (change, expected) => {
    expect(accepts(change)).toBe(expected)
  })

  test('loses what it does not know, so that nothing unchecked is passed on', () => {
    const parsed = v.parse(replyRequest, {
      ...request,
      user: 'ada',
      messages: [{ ...request.messages[0], id: 1 }],
    })
    expect(parsed).toEqual(request)
  })
})

describe('a reply event', () => {
  test.each([
    { type: 'started', seq: 0, replyId: 'r1', model: 'demo' },
    { type: 'reasoning', seq: 1, text: 'hm' },
    { type: 'delta', seq: 2, text: '' },
    { type: 'finished', seq: 3, finishReason: 'length', usage: { input: 1, output: 2 } },
    { type: 'failed', seq: 4, failure: { kind: 'rate-limited', retryAfterMs: 0 } },
  ])('$type is read as it was written', (event) => {
    expect(v.parse(replyEvent, event)).toEqual(event)
  })

  test.each([
    { type: 'delta', seq: -1, text: '' },
    { type: 'delta', seq: 0.5, text: '' },
    { type: 'delta', seq: 0 },
    { type: 'finished', seq: 0, finishReason: 'tired' },
    { type: 'failed', seq: 0, failure: { kind: 'unheard of' } },
    { type: 'failed', seq: 0, failure: { kind: 'busy', retryAfterMs: -1 } },
  ])('%j is refused', (event) => {
    expect(v.is(replyEvent, event)).toBe(false)
  })
})

describe('a failure', () => {
  test('of every kind has one way on, and only what costs nothing twice is sent again by itself', () => {
    expect(Object.keys(wayOn).toSorted()).toEqual([...failureKinds].toSorted())
    expect(failureKinds.filter((kind) => wayOn[kind] === 'backoff')).toEqual([
      'offline',
      'network',
      'rate-limited',
      'busy',
      'upstream-down',
      'draining',
    ])
  })

  test('waits for a finite time', () => {
    expect(v.is(failure, { kind: 'busy', retryAfterMs: Number.POSITIVE_INFINITY })).toBe(false)
  })
})

test('the text of a message is that of its parts, and its size is what it takes on the wire', () => {
  const message = {
    role: 'user',
    parts: [textMessage('user', 'a'), textMessage('user', '🦋')].flatMap((m) => m.parts),
  } as const
  expect(textOf({ ...message, parts: [...message.parts] })).toBe('a🦋')
  expect(bytesOf('a🦋')).toBe(5)
  expect(bytesOf('ä'.repeat(limits.textBytes / 2))).toBe(limits.textBytes)
})

test(
  'a program that takes the typed client gets no server with it, and at most 17 KB',
  { timeout: 20_000 },
  async () => {
    const front = fileURLToPath(new URL('index.ts', import.meta.url))
    const built = await build({
      configFile: false,
      logLevel: 'error',
      build: {
        write: false,
        minify: true,
        target: 'es2024',
        modulePreload: false,
        rolldownOptions: { input: 'program' },
      },
      plugins: [
        {
          name: 'a program that uses the client',
          resolveId: (id) => (id === 'program' ? '\0program' : null),
          load: (id) =>
            id === '\0program'
              ? `import { createChatClient, failureOf } from ${JSON.stringify(front)}
               console.log(createChatClient({ url: location.origin }), failureOf)`
              : null,
        },
      ],
    })
    const output = Array.isArray(built)
      ? built.flatMap((one) => one.output)
      : 'output' in built
        ? built.output
        : []
    const chunks = output.filter((file) => file.type === 'chunk')
    const code = chunks.map((chunk) => chunk.code).join('')
    const modules = chunks.flatMap((chunk) => Object.keys(chunk.modules))

    expect(code).toContain('text/event-stream')
    expect(code).not.toContain('initTRPC')
    expect(
      modules.filter((id) =>
        /contracts\/src\/router|initTRPC|unstable-core|lucia|oslo|openai|^node:/.test(id),
      ),
    ).toEqual([])
    expect(gzipSync(code).length).toBeLessThanOrEqual(17 * 1024)
  },
)

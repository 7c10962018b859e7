import { expect, test, vi } from 'vitest'
import { openInspector } from './stately.ts'

type Options = { url?: string; serialize: (event: unknown) => unknown }
const given = vi.hoisted((): { options: Options | undefined } => ({ options: undefined }))

vi.mock('@statelyai/inspect', () => ({
  createBrowserInspector: (options: Options) => {
    given.options = options
    return { inspect: {} }
  },
}))

test('the inspector’s window is told lengths and counts, and no word of the conversation', () => {
  openInspector('')
  const turn = { id: 'm1', role: 'user', parent: '', text: 'a secret' }
  const told = given.options?.serialize({
    type: '@xstate.snapshot',
    event: { type: 'reply.delta', text: 'a secret' },
    snapshot: {
      value: 'streaming',
      context: {
        draft: 'a secret',
        tree: { turns: new Map([['m1', turn]]), sentAfter: new Set(['m2']) },
        open: { reasoning: 'a secret' },
      },
      children: { reply: { snapshot: { input: { messages: [{ parts: [{ text: 'a secret' }] }] } } } },
    },
  })
  expect(JSON.stringify(told)).not.toContain('secret')
  expect(told).toMatchObject({
    event: { type: 'reply.delta', text: 8 },
    snapshot: {
      value: 'streaming',
      context: { draft: 8, tree: { turns: 1, sentAfter: 1 }, open: { reasoning: 8 } },
    },
  })
})

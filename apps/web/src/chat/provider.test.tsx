import type { ConversationActor } from '@mayfly/machines'
import { createSignal } from 'solid-js'
import { render } from 'solid-js/web'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ConversationProvider, useConversation } from './conversation.tsx'
import type { Models } from './models.ts'

const seams = vi.hoisted(() => ({
  offered: ['demo'],
  source: (): string => '',
  signedIn: (_samePerson: boolean): void => {},
  asked: vi.fn<() => void>(),
}))

vi.mock('../session.ts', () => ({
  askToSignInAgain: () => {},
  chatInfo: () => ({
    firstTokenMs: 300_000,
    silenceMs: 60_000,
    concurrentReplies: 4,
    upstream: { kind: 'local', name: seams.source(), why: 'found' },
  }),
  onForget: () => () => {},
  onSignedIn: (listener: typeof seams.signedIn) => {
    const before = seams.signedIn
    seams.signedIn = (samePerson) => {
      before(samePerson)
      listener(samePerson)
    }
    return () => {}
  },
}))
vi.mock('../preferences.ts', () => ({
  preferences: { model: () => 'gone', askBeforeLeaving: () => false },
}))
vi.mock('../client.ts', () => ({
  client: {
    models: {
      query: async () => {
        seams.asked()
        return { models: seams.offered.map((id) => ({ id, name: id })) }
      },
    },
    reply: { subscribe: () => ({ unsubscribe: () => {} }) },
  },
}))

let conversation: { actor: ConversationActor; models: Models }
let dispose = () => {}
const [source, setSource] = createSignal('one')

beforeEach(() => {
  seams.offered = ['demo']
  seams.signedIn = () => {}
  seams.source = source
  seams.asked.mockClear()
  const Held = () => {
    conversation = useConversation()
    return null
  }
  dispose = render(
    () => (
      <ConversationProvider>
        <Held />
      </ConversationProvider>
    ),
    document.body,
  )
})
afterEach(() => dispose())

const offered = () => conversation.models()?.map(({ id }) => id)
const context = () => conversation.actor.getSnapshot().context

test('a model that was chosen once and is no longer on offer gives way to the first', async () => {
  await expect.poll(() => context().model).toBe('demo')
})

test('when replies come from elsewhere, the models are asked for again', async () => {
  await expect.poll(offered).toEqual(['demo'])
  seams.offered = ['llama', 'gemma']
  setSource('two')
  await expect.poll(offered).toEqual(['llama', 'gemma'])
  expect(context().model).toBe('llama')
  expect(seams.asked).toHaveBeenCalledTimes(2)
})

test('when somebody else signs in, nothing that was said or typed is left', () => {
  conversation.actor.send({ type: 'send', text: 'for my eyes' })
  conversation.actor.send({ type: 'draft', text: 'half a thought' })
  seams.signedIn(true)
  expect(context().tree.turns.size).toBe(2)
  seams.signedIn(false)
  expect(context().tree.turns.size).toBe(0)
  expect(context().draft).toBe('')
})

test('a page that is looked at again goes on at once with what it had waited for', () => {
  const told = vi.spyOn(conversation.actor, 'send')
  document.dispatchEvent(new Event('visibilitychange'))
  window.dispatchEvent(new Event('pageshow'))
  expect(told.mock.calls).toEqual([[{ type: 'wake' }], [{ type: 'wake' }]])
})

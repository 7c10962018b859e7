import type { ConversationActor } from '@mayfly/machines'
import type { ReplyEvent } from '@mayfly/contracts'
import { render } from 'solid-js/web'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Announcer } from './announce.tsx'
import { Composer } from './composer.tsx'
import { ConversationProvider, useConversation } from './conversation.tsx'
import { StatusStrip } from './status.tsx'

const seams = vi.hoisted(() => ({
  announce: 'sentences',
  answer: (_event: ReplyEvent): void => {},
}))

vi.mock('../session.ts', () => ({
  askToSignInAgain: () => {},
  chatInfo: () => ({ firstTokenMs: 300_000, silenceMs: 60_000, concurrentReplies: 4 }),
  onForget: () => () => {},
  onSignedIn: () => () => {},
}))
vi.mock('../preferences.ts', () => ({
  preferences: { announce: () => seams.announce, model: () => null, askBeforeLeaving: () => true },
}))
vi.mock('../client.ts', () => ({
  client: {
    models: { query: async () => ({ models: [{ id: 'demo', name: 'Demo' }] }) },
    reply: {
      subscribe: (_: unknown, { onData }: { onData: (event: ReplyEvent) => void }) => {
        seams.answer = onData
        return { unsubscribe: () => {} }
      },
    },
  },
}))

function Dock() {
  actor = useConversation().actor
  return (
    <>
      <StatusStrip />
      <Composer />
      <Announcer />
    </>
  )
}

let actor: ConversationActor
let dispose = () => {}

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('matchMedia', () => ({ matches: false }))
  vi.spyOn(Math, 'random').mockReturnValue(0)
  seams.announce = 'sentences'
  dispose = render(
    () => (
      <ConversationProvider>
        <Dock />
      </ConversationProvider>
    ),
    document.body,
  )
})

afterEach(() => {
  dispose()
  document.body.replaceChildren()
  vi.useRealTimers()
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

const find = <T extends Element>(selector: string, kind: new () => T): T => {
  const found = document.querySelector(selector)
  if (!(found instanceof kind)) throw new Error(`no ${selector}`)
  return found
}
const box = () => find('#message', HTMLTextAreaElement)
const statusWords = () => find('[role=status]', HTMLElement).textContent
const announced = () => [...document.querySelectorAll('[aria-live=polite] p')].map((line) => line.textContent)
const type = (text: string) => {
  box().value = text
  box().dispatchEvent(new InputEvent('input', { bubbles: true }))
}
const press = (key: string) => box().dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }))
const ask = (text: string) => {
  type(text)
  press('Enter')
}
const fail = (kind: 'rate-limited' | 'session-ended', retryAfterMs?: number) =>
  seams.answer({
    type: 'failed',
    seq: 0,
    failure: retryAfterMs === undefined ? { kind } : { kind, retryAfterMs },
  })

describe('the strip', () => {
  test('counts a wait down for the eye, and says it once for the ear', () => {
    ask('How long?')
    vi.advanceTimersByTime(2_000)
    fail('rate-limited', 12_000)
    const seen = () => find('.status [aria-hidden] .tick', HTMLElement).textContent
    const heard = () => find('.status .sr', HTMLElement).textContent.trim()
    expect(statusWords()).toMatch(/^Too many requests\. Trying again in 12 s/)
    expect([seen(), heard()]).toEqual(['12', '12 s'])
    vi.advanceTimersByTime(5_000)
    expect([seen(), heard()]).toEqual(['7', '12 s'])
    vi.advanceTimersByTime(7_000)
    expect(statusWords()).toBe('Waiting for the first word')
  })

  test.each([-3_600_000, 3_600_000])('counts on though the clock is set by %s ms', (ms) => {
    ask('How long?')
    fail('rate-limited', 12_000)
    vi.setSystemTime(Date.now() + ms)
    vi.advanceTimersByTime(5_000)
    expect(find('.status [aria-hidden] .tick', HTMLElement).textContent).toBe('7')
    vi.advanceTimersByTime(7_000)
    vi.setSystemTime(Date.now() + ms)
    vi.advanceTimersByTime(6_000)
    expect(statusWords()).toBe('Still waiting for the first word, 6 s')
  })

  test('tells after 5 s for how long the first word has been waited for', () => {
    ask('How long?')
    vi.advanceTimersByTime(4_500)
    expect(statusWords()).toBe('Waiting for the first word')
    vi.advanceTimersByTime(1_000)
    expect(statusWords()).toBe('Still waiting for the first word, 5 s')
    seams.answer({ type: 'delta', seq: 0, text: 'A' })
    expect(statusWords()).toBe('Writing')
  })

  test('offers Undo for 10 s after New chat, and gives the conversation and its draft back', () => {
    ask('How long?')
    seams.answer({ type: 'delta', seq: 0, text: 'A day.' })
    type('And then?')
    actor.send({ type: 'new chat' })
    expect(box().value).toBe('')
    vi.advanceTimersByTime(9_000)
    find('.strip button', HTMLButtonElement).click()
    expect(box().value).toBe('And then?')
    actor.send({ type: 'new chat' })
    vi.advanceTimersByTime(10_000)
    expect(document.querySelector('.strip button')).toBeNull()
  })
})

describe('the message box', () => {
  test('keeps the draft when Enter is pressed while a reply is on its way', () => {
    ask('How long?')
    expect(box().value).toBe('')
    ask('And then?')
    expect(box().value).toBe('And then?')
    expect(actor.getSnapshot().value).toBe('sending')
  })

  test('sends nothing when there is nothing but space', () => {
    ask('  \n ')
    expect(actor.getSnapshot().value).toBe('idle')
    expect(find('button.send', HTMLButtonElement).disabled).toBe(true)
  })

  test('has one button that sends, and stops what it sent, but not by a double click', () => {
    type('How long?')
    const button = find('button.send', HTMLButtonElement)
    expect(button.ariaLabel).toBe('Send message')
    button.dispatchEvent(new MouseEvent('click', { bubbles: true, detail: 1 }))
    expect(button.ariaLabel).toBe('Stop generating')
    button.dispatchEvent(new MouseEvent('click', { bubbles: true, detail: 2 }))
    expect(actor.getSnapshot().value).toBe('sending')
    button.dispatchEvent(new MouseEvent('click', { bubbles: true, detail: 1 }))
    expect(actor.getSnapshot().value).toBe('interrupted')
  })
})

describe('a screen reader', () => {
  test('hears whole sentences as they come, and the end', () => {
    ask('How long?')
    seams.answer({ type: 'delta', seq: 0, text: 'A day. And in' })
    vi.advanceTimersByTime(50)
    expect(announced()).toEqual(['A day.'])
    seams.answer({ type: 'delta', seq: 1, text: ' that day all' })
    seams.answer({ type: 'finished', seq: 2, finishReason: 'stop' })
    expect(announced()).toEqual(['A day.', 'And in that day all', 'The reply is complete.'])
  })

  test('hears every sentence once, however many come together', () => {
    ask('How long?')
    const heard = new MutationObserver(() => {})
    heard.observe(find('[aria-live=polite]', HTMLElement), { childList: true })
    const sentences = Array.from({ length: 40 }, (_, index) => `It is day ${index}.`)
    seams.answer({ type: 'delta', seq: 0, text: `${sentences.slice(0, 20).join(' ')} ` })
    vi.advanceTimersByTime(50)
    seams.answer({ type: 'delta', seq: 1, text: sentences.slice(20).join(' ') })
    seams.answer({ type: 'finished', seq: 2, finishReason: 'stop' })
    const inserted = heard.takeRecords().flatMap(({ addedNodes }) => [...addedNodes])
    expect(inserted.map((line) => line.textContent)).toEqual([...sentences, 'The reply is complete.'])
  })

  test('finds few lines of a long reply when they have been heard, and soon none', () => {
    ask('How long?')
    for (let day = 0; day < 100; day++) {
      seams.answer({ type: 'delta', seq: day, text: `It is day ${day}. `.repeat(20) })
      vi.advanceTimersByTime(50)
      expect(announced().slice(-20)).toEqual(Array.from({ length: 20 }, () => `It is day ${day}.`))
    }
    expect(announced().length).toBeLessThan(500)
    vi.advanceTimersByTime(1_000)
    expect(announced()).toEqual(Array.from({ length: 6 }, () => 'It is day 99.'))
    vi.advanceTimersByTime(9_000)
    expect(announced()).toEqual([])
  })

  test('hears only the beginning and the end where that was chosen', () => {
    seams.announce = 'ends'
    ask('How long?')
    seams.answer({ type: 'delta', seq: 0, text: 'A day. And in' })
    vi.advanceTimersByTime(50)
    seams.answer({ type: 'finished', seq: 1, finishReason: 'stop' })
    expect(announced()).toEqual(['The reply begins.', 'The reply is complete.'])
  })

  test('does not hear again what a continued reply goes on from', () => {
    ask('How long?')
    seams.answer({ type: 'delta', seq: 0, text: 'A day. ' })
    actor.send({ type: 'stop' })
    const before = announced()
    actor.send({ type: 'continue' })
    seams.answer({ type: 'delta', seq: 0, text: 'No more. ' })
    vi.advanceTimersByTime(50)
    expect(announced()).toEqual([...before, 'No more.'])
  })
})

test('the tab’s title says that a reply is on its way', () => {
  ask('How long?')
  expect(document.title).toBe('● Mayfly')
  actor.send({ type: 'stop' })
  expect(document.title).toBe('Mayfly')
})

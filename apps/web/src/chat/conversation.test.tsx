import { limits, type ReplyEvent, type ReplyRequest } from '@mayfly/contracts'
import { conversationMachine } from '@mayfly/machines'
import { createEffect, createRoot } from 'solid-js'
import { describe, expect, test, vi } from 'vitest'
import { createActor } from 'xstate'
import { select } from './conversation.tsx'
import { createReplyActor } from './reply-actor.ts'

vi.mock('../session.ts', () => ({}))
vi.mock('../preferences.ts', () => ({}))

type Request = {
  request: ReplyRequest
  onData: (event: ReplyEvent) => void
  onError: (error: unknown) => void
  left: boolean
}

/** A conversation with a server that answers when the test says so. */
function startConversation() {
  const requests: Request[] = []
  const asked = (): Request => {
    const last = requests.at(-1)
    if (!last) throw new Error('nothing was asked')
    return last
  }
  const sessionEnded = vi.fn()
  const reply = createReplyActor((request, observer) => {
    const made: Request = { request, ...observer, left: false }
    requests.push(made)
    return {
      unsubscribe: () => {
        made.left = true
      },
    }
  }, sessionEnded)
  const actor = createActor(conversationMachine.provide({ actors: { reply } }), {
    input: { firstTokenMs: 1_000, silenceMs: 1_000, random: () => 0.5 },
  }).start()
  const say = (text: string) => {
    actor.send({ type: 'draft', text })
    actor.send({ type: 'send' })
  }
  return { actor, say, requests, asked, sessionEnded }
}

const started: ReplyEvent = { type: 'started', seq: 0, replyId: 'r1', model: 'demo' }
const delta = (seq: number, text: string): ReplyEvent => ({ type: 'delta', seq, text })

describe('what comes of a reply’s events', () => {
  test('each is in the conversation as soon as it has come', () => {
    const { actor, say, asked } = startConversation()
    say('How long?')
    asked().onData(started)
    expect(actor.getSnapshot().context.open?.model).toBe('demo')
    asked().onData({ type: 'reasoning', seq: 1, text: 'Let me see.' })
    expect(actor.getSnapshot().context.open?.reasoning).toBe('Let me see.')
    asked().onData(delta(2, 'A '))
    asked().onData(delta(3, 'day.'))
    expect(actor.getSnapshot().context.open?.text).toBe('A day.')
    asked().onData({ type: 'finished', seq: 4, finishReason: 'stop', usage: { input: 3, output: 2 } })
    expect(actor.getSnapshot().value).toBe('idle')
    expect(actor.getSnapshot().context.tree.turns.get('m2')).toMatchObject({
      text: 'A day.',
      reasoning: 'Let me see.',
      usage: { input: 3, output: 2 },
    })
  })

  test('the request says what the server needs and nothing that is not so', () => {
    const { actor, say, asked } = startConversation()
    say('How long?')
    expect(asked().request).toEqual({
      version: 1,
      messages: [{ role: 'user', parts: [{ type: 'text', text: 'How long?' }] }],
    })
    asked().onData(started)
    asked().onData(delta(1, 'A'))
    actor.send({ type: 'stop' })
    actor.send({ type: 'model', id: 'large' })
    actor.send({ type: 'continue' })
    expect(asked().request).toMatchObject({ continues: true, replaces: 'r1', model: 'large' })
  })

  test('Stop leaves the stream, and what comes after it changes nothing', () => {
    const { actor, say, asked } = startConversation()
    say('How long?')
    asked().onData(delta(0, 'A'))
    actor.send({ type: 'stop' })
    expect(asked().left).toBe(true)
    asked().onData(delta(1, ' day'))
    expect(actor.getSnapshot().context.tree.turns.get('m2')).toMatchObject({ text: 'A' })
  })

  test('the draft outlives every failure', () => {
    const { actor, say, asked } = startConversation()
    say('How long?')
    actor.send({ type: 'draft', text: 'And then?' })
    asked().onData({ type: 'failed', seq: 0, failure: { kind: 'upstream-refused' } })
    expect(actor.getSnapshot().value).toBe('error')
    actor.send({ type: 'retry' })
    asked().onError(new Error('a bug'))
    expect(actor.getSnapshot().value).toBe('error')
    expect(actor.getSnapshot().context.draft).toBe('And then?')
  })

  test('an ended session asks for signing in, and then the message goes out once more', () => {
    const { actor, say, requests, asked, sessionEnded } = startConversation()
    say('How long?')
    asked().onData({ type: 'failed', seq: 0, failure: { kind: 'session-ended' } })
    expect(sessionEnded).toHaveBeenCalledOnce()
    actor.send({ type: 'signed in' })
    expect(requests).toHaveLength(2)
    expect(asked().request.messages).toEqual(requests[0]?.request.messages)
  })

  test('more text than a request may hold is not sent', () => {
    const { actor, say, requests } = startConversation()
    say('ü'.repeat(limits.textBytes / 2 + 1))
    expect(requests).toHaveLength(0)
    expect(actor.getSnapshot().value).toBe('error')
    expect(actor.getSnapshot().context.tree.turns.get('m2')).toMatchObject({
      ending: { failure: { kind: 'too-large' } },
    })
  })
})

describe('select', () => {
  test('changes only when the picked value does, and never shows one part before another', () => {
    const { actor, say, asked } = startConversation()
    const seen: unknown[] = []
    const leave = createRoot((end) => {
      const state = select(actor, ({ value }) => value)
      const open = select(actor, ({ context }) => context.open !== null)
      createEffect(() => seen.push([state(), open()]))
      return end
    })
    say('How long?')
    asked().onData(delta(0, 'A'))
    asked().onData(delta(1, ' day'))
    asked().onData({ type: 'finished', seq: 2, finishReason: 'stop' })
    expect(seen).toEqual([
      ['idle', false],
      ['sending', true],
      ['streaming', true],
      ['idle', false],
    ])
    leave()
    say('And then?')
    expect(seen).toHaveLength(4)
  })
})

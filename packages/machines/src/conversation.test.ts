import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { failureKinds, type FailureKind, wayOn } from '@mayfly/contracts'
import { describe, expect, test } from 'vitest'
import type { ReplyActorEvent } from './conversation.ts'
import { lastUnsent, openBranch, versionsOf } from './tree.ts'
import { thought } from './model.ts'
import { limits, watchConversation } from './watched-conversation.fixture.ts'

const started = (replyId = 'r1', repeats = 0): ReplyActorEvent => ({
  type: 'reply.started',
  replyId,
  model: 'demo',
  repeats,
})
const delta = (text: string): ReplyActorEvent => ({ type: 'reply.delta', text })
const reasoning: ReplyActorEvent = { type: 'reply.reasoning', text: `${thought} hm` }
const failed = (kind: FailureKind, retryAfterMs?: number): ReplyActorEvent => ({
  type: 'reply.failed',
  failure: retryAfterMs === undefined ? { kind } : { kind, retryAfterMs },
})
const finished = (finishReason: 'stop' | 'length' | 'filtered' | 'other' = 'stop'): ReplyActorEvent => ({
  type: 'reply.finished',
  finishReason,
  usage: { input: 1, output: 2 },
})

setFlagsFromString('--expose-gc')
/** Frees all that nothing holds. */
const collectGarbage: () => void = runInNewContext('gc')

type Watched = ReturnType<typeof watchConversation>

const send = (chat: Watched, text: string) => chat.tell({ type: 'draft', text }, { type: 'send' })
const answer = (chat: Watched, text: string) => chat.say(started(), delta(text), finished())

/** A conversation in which `question` was just sent. */
function asked(question = 'q1', input: Parameters<typeof watchConversation>[0] = {}) {
  const chat = watchConversation(input)
  send(chat, question)
  return chat
}
/** A conversation in which each question was answered. */
function answered(...texts: string[]) {
  const chat = watchConversation()
  for (const text of texts) {
    send(chat, text)
    answer(chat, `answer to ${text}`)
  }
  return chat
}
const words = (chat: Watched) => openBranch(chat.context().tree).map((turn) => turn.text)

describe('a question', () => {
  test('goes out with the whole conversation, and empties the draft', () => {
    const chat = answered('q1')
    send(chat, 'q2')
    expect(chat.state()).toBe('sending')
    expect(chat.context().draft).toBe('')
    expect(chat.asked()).toEqual(['user: q1', 'assistant: answer to q1', 'user: q2'])
    expect(chat.calls.at(-1)?.input).toMatchObject({ continues: false, model: null, replaces: null })
  })

  test('asks the model that was chosen last', () => {
    const chat = watchConversation({ model: 'first' })
    chat.tell({ type: 'model', id: 'second' })
    send(chat, 'q1')
    expect(chat.calls[0]?.input.model).toBe('second')
  })

  test('of nothing but blanks is not sent', () => {
    const chat = asked(' \n')
    expect(chat.state()).toBe('idle')
    expect(chat.calls).toEqual([])
  })

  test('that was chosen and not typed leaves the draft where it is', () => {
    const chat = watchConversation()
    chat.tell({ type: 'draft', text: 'half a thou' }, { type: 'send', text: 'q1' })
    expect(chat.asked()).toEqual(['user: q1'])
    expect(chat.context().draft).toBe('half a thou')
    chat.tell({ type: 'stop' }, { type: 'send', text: '  ' })
    expect(chat.state()).toBe('interrupted')
  })

  test('waits in the draft while a reply is on its way', () => {
    const chat = asked()
    for (const state of ['sending', 'streaming']) {
      chat.tell({ type: 'draft', text: 'next' }, { type: 'send' })
      expect(chat.state()).toBe(state)
      expect(chat.context().draft).toBe('next')
      chat.say(delta('a'))
    }
    chat.say(finished())
    chat.tell({ type: 'send' })
    expect(chat.asked()?.at(-1)).toBe('user: next')
  })
})

describe('a reply', () => {
  test('stays in sending when the model has accepted, until something is shown', () => {
    for (const first of [delta('a'), reasoning]) {
      const chat = asked()
      chat.say(started())
      expect(chat.state()).toBe('sending')
      chat.say(first)
      expect(chat.state()).toBe('streaming')
    }
  })

  test('comes to rest with its words, its model and what it took', () => {
    const chat = asked()
    chat.say(started())
    chat.pass(300)
    chat.say(reasoning, { type: 'reply.reasoning', text: ', so' })
    chat.pass(700)
    chat.say(delta('one '), delta('two'))
    chat.pass(1_000)
    chat.say(finished())
    expect(chat.state()).toBe('idle')
    expect(chat.reply()).toMatchObject({
      text: 'one two',
      reasoning: `${thought} hm, so`,
      model: 'demo',
      ending: { type: 'finished', finishReason: 'stop' },
      usage: { input: 1, output: 2 },
      ms: 2_000,
      thoughtMs: 1_000,
    })
  })

  test.each(['stop', 'filtered', 'other'] as const)('that finishes with %s leads to idle', (reason) => {
    const chat = asked()
    chat.say(delta('a'), finished(reason))
    expect(chat.state()).toBe('idle')
  })

  test('that reached its length can be continued', () => {
    const chat = asked()
    chat.say(delta('a'), finished('length'))
    expect(chat.state()).toBe('interrupted')
    chat.tell({ type: 'continue' })
    expect(chat.asked()).toEqual(['user: q1', 'assistant: a'])
  })

  test.each([' ', '\n\n', '\u00a0'])(
    'of nothing but space (%j) is empty, and none of it is sent on',
    (space) => {
      const chat = asked()
      chat.say(started(), delta(space), finished())
      expect(chat.state()).toBe('error')
      expect(chat.reply().ending).toEqual({ type: 'empty' })
      chat.tell({ type: 'retry' })
      expect(versionsOf(chat.context().tree, chat.reply().id)).toHaveLength(1)
      chat.say(started(), delta(space))
      chat.tell({ type: 'stop' })
      expect(chat.snapshot().can({ type: 'continue' })).toBe(false)
      send(chat, 'q2')
      expect(chat.asked()).toEqual(['user: q1\n\nq2'])
    },
  )

  test.each(['stop', 'length', 'filtered', 'other'] as const)(
    'that finishes with %s and shows nothing is an error',
    (reason) => {
      const chat = asked()
      chat.say(started(), finished(reason))
      expect(chat.state()).toBe('error')
      expect(chat.reply().ending).toEqual({ type: 'empty' })
      chat.tell({ type: 'retry' })
      expect(chat.state()).toBe('sending')
    },
  )

  test('of blanks alone is empty, and one of reasoning alone is not', () => {
    const blank = asked()
    blank.say(delta(' \n'), finished())
    expect(blank.state()).toBe('error')
    const thinking = asked()
    thinking.say(reasoning, finished())
    expect(thinking.state()).toBe('idle')
  })
})

describe('stop', () => {
  test('after text keeps it, and offers to go on or to try again', () => {
    const chat = asked()
    chat.say(started(), delta('half an ans'))
    chat.tell({ type: 'stop' })
    expect(chat.state()).toBe('interrupted')
    expect(chat.reply()).toMatchObject({ text: 'half an ans', ending: { type: 'stopped' } })
    expect(chat.snapshot().can({ type: 'continue' })).toBe(true)
    expect(chat.snapshot().can({ type: 'regenerate', id: chat.reply().id })).toBe(true)
  })

  test('before anything arrived is no failure, and offers to try again or to edit', () => {
    const chat = asked()
    chat.tell({ type: 'stop' })
    expect(chat.state()).toBe('interrupted')
    expect(chat.reply().ending).toEqual({ type: 'stopped' })
    expect(chat.snapshot().can({ type: 'continue' })).toBe(false)
    expect(chat.snapshot().can({ type: 'edit', id: 'm1', text: 'q1, better' })).toBe(true)
    chat.tell({ type: 'retry' })
    expect(chat.asked()).toEqual(['user: q1'])
    expect(versionsOf(chat.context().tree, chat.reply().id)).toHaveLength(1)
  })

  test('while it waits to try again ends the waiting, and nothing more goes out', () => {
    const chat = asked()
    chat.say(failed('network'))
    expect(chat.state()).toBe('backoff')
    chat.tell({ type: 'stop' })
    chat.pass(600_000)
    chat.tell({ type: 'online' }, { type: 'wake' })
    expect(chat.state()).toBe('interrupted')
    expect(chat.calls).toHaveLength(1)
  })

  test('a second time does nothing', () => {
    const chat = asked()
    chat.tell({ type: 'stop' })
    const before = chat.snapshot()
    chat.tell({ type: 'stop' })
    expect(chat.snapshot()).toBe(before)
  })

  test('at nothing does nothing', () => {
    const chat = answered('q1')
    chat.tell({ type: 'stop' })
    expect(chat.state()).toBe('idle')
  })
})

describe('when the person asks on', () => {
  test('a partial reply is sent as what the assistant said', () => {
    const chat = asked()
    chat.say(delta('half'))
    chat.tell({ type: 'stop' })
    send(chat, 'q2')
    expect(chat.asked()).toEqual(['user: q1', 'assistant: half', 'user: q2'])
  })

  test.each<[string, ReplyActorEvent[]]>([
    ['was not answered', []],
    ['failed', [failed('quota')]],
    ['was answered with reasoning alone', [reasoning]],
  ])('a question that %s is joined to the next by an empty line', (_, events) => {
    const chat = asked()
    chat.say(...events)
    chat.tell({ type: 'stop' })
    send(chat, 'q2')
    expect(chat.asked()).toEqual(['user: q1\n\nq2'])
  })

  test('a failed attempt that another replaced is not sent', () => {
    const chat = asked()
    chat.say(delta('wrong'), failed('network'))
    chat.tell({ type: 'retry' })
    answer(chat, 'right')
    send(chat, 'q2')
    expect(chat.asked()).toEqual(['user: q1', 'assistant: right', 'user: q2'])
  })
})

describe('continue', () => {
  test('re-sends what arrived and joins what follows to it', () => {
    const chat = asked()
    chat.say(started(), reasoning, delta('one '))
    chat.tell({ type: 'stop' })
    const id = chat.reply().id
    chat.tell({ type: 'continue' })
    expect(chat.asked()).toEqual(['user: q1', 'assistant: one '])
    expect(chat.calls.at(-1)?.input.continues).toBe(true)
    chat.say(started('r2'), delta('two'), finished())
    expect(chat.reply()).toMatchObject({ id, text: 'one two', reasoning: `${thought} hm` })
  })

  test('pressed twice asks once', () => {
    const chat = asked()
    chat.say(delta('a'))
    chat.tell({ type: 'stop' }, { type: 'continue' }, { type: 'continue' })
    expect(chat.calls).toHaveLength(2)
  })

  test('is not offered for reasoning alone, which is never sent upstream', () => {
    const chat = asked()
    chat.say(reasoning, failed('network'))
    expect(chat.state()).toBe('interrupted')
    chat.tell({ type: 'continue' })
    expect(chat.calls).toHaveLength(1)
    chat.tell({ type: 'retry' })
    expect(chat.asked()).toEqual(['user: q1'])
  })

  test.each(failureKinds)('that fails with %s before a word stays interrupted, with its text', (kind) => {
    const chat = asked()
    chat.say(started(), delta('one'))
    chat.tell({ type: 'stop' }, { type: 'continue' })
    chat.say(failed(kind))
    expect(chat.state()).toBe('interrupted')
    expect(chat.reply().text).toBe('one')
    chat.pass(600_000)
    expect(chat.calls).toHaveLength(2)
  })

  test('that fails before a model answered keeps the name of the one that wrote what is there', () => {
    const chat = asked()
    chat.say(started(), delta('one'))
    chat.tell({ type: 'stop' }, { type: 'continue' })
    chat.say(failed('network'))
    expect(chat.reply().model).toBe('demo')
  })

  test('adds what it took to what the first part took', () => {
    const chat = asked()
    chat.say(started(), delta('one'))
    chat.pass(2_000)
    chat.say(finished('length'))
    chat.tell({ type: 'continue' })
    chat.pass(1_000)
    chat.say(started(), delta(' two'), finished())
    expect(chat.reply()).toMatchObject({ ms: 3_000, usage: { input: 2, output: 4 } })
  })

  test('that fails keeps what the first part took', () => {
    const chat = asked()
    chat.say(started(), delta('one'))
    chat.pass(2_000)
    chat.say(finished('length'))
    chat.tell({ type: 'continue' })
    chat.pass(1_000)
    chat.say(failed('network'))
    expect(chat.reply()).toMatchObject({ ms: 3_000, usage: { input: 1, output: 2 } })
  })

  test('that gets no answer at all stays interrupted', () => {
    const chat = asked()
    chat.say(delta('one'))
    chat.tell({ type: 'stop' }, { type: 'continue' })
    chat.pass(limits.firstTokenMs + 15_000)
    expect(chat.state()).toBe('interrupted')
    expect(chat.reply()).toMatchObject({ text: 'one', ending: { failure: { kind: 'silent' } } })
  })
})

describe('a model that was asked in words to go on', () => {
  /** A reply that was stopped, and that the model now goes on with. */
  function goingOn(text: string) {
    const chat = asked()
    chat.say(started(), reasoning, delta(text))
    chat.tell({ type: 'stop' }, { type: 'continue' })
    chat.say(started('r2', 24))
    return chat
  }
  const shown = (chat: Watched) => chat.context().open?.text

  test('and repeats the last words says them once', () => {
    const chat = goingOn('A mayfly lives a day, and in')
    for (const piece of ['lives ', 'a day, and', ' in that', ' day it']) chat.say(delta(piece))
    expect(shown(chat)).toBe('A mayfly lives a day, and in that day it')
    chat.say(delta(' flies.'), finished())
    expect(chat.reply().text).toBe('A mayfly lives a day, and in that day it flies.')
    expect(versionsOf(chat.context().tree, chat.reply().id)).toHaveLength(1)
  })

  test('and repeats nothing is joined as it is', () => {
    const chat = goingOn('A mayfly li')
    chat.say(delta('ves'), delta(' a day.'), finished())
    expect(chat.reply().text).toBe('A mayfly lives a day.')
  })

  test('and ends with a word that stood there before keeps it', () => {
    const chat = goingOn('One two one two one')
    chat.say(delta(' two'), finished())
    expect(chat.reply().text).toBe('One two one two one two')
  })

  test.each<readonly [string, ReplyActorEvent | null]>([
    ['is cut', failed('network')],
    ['is stopped', null],
  ])('and %s while it repeats shows nothing twice, and can be asked again', (_, event) => {
    const chat = goingOn('A mayfly lives a day, and in')
    chat.say(delta('lives a d'))
    if (event) chat.say(event)
    else chat.tell({ type: 'stop' })
    expect(chat.state()).toBe('interrupted')
    expect(chat.reply().text).toBe('A mayfly lives a day, and in')
    chat.tell({ type: 'continue' })
    chat.say(started('r3', 24), delta('lives a day, and in that day'), finished())
    expect(chat.reply().text).toBe('A mayfly lives a day, and in that day')
  })

  test('and starts over writes another version, and the first one stays as it was', () => {
    const chat = goingOn('A mayfly lives for a day, and in')
    const first = chat.context().open?.id ?? ''
    chat.say(reasoning, delta('A mayfly lives for'), delta(' an hour.'))
    expect(chat.state()).toBe('streaming')
    expect(shown(chat)).toBe('A mayfly lives for an hour.')
    chat.say(delta(' Or two.'), finished())

    expect(chat.state()).toBe('idle')
    const second = chat.reply()
    expect(second).toMatchObject({ text: 'A mayfly lives for an hour. Or two.', startsOver: true })
    expect(second.reasoning).toBe(`${thought} hm`)
    expect(versionsOf(chat.context().tree, second.id)).toEqual([first, second.id])
    chat.tell({ type: 'choose', id: first })
    expect(chat.state()).toBe('interrupted')
    expect(chat.reply()).toMatchObject({
      text: 'A mayfly lives for a day, and in',
      reasoning: `${thought} hm`,
      ending: { type: 'stopped' },
      startsOver: false,
    })
  })

  test('and is cut after it started over leaves both, and goes on with the second', () => {
    const chat = goingOn('A mayfly lives for a day, and in')
    chat.say(delta('A mayfly lives for an hour'), failed('network'))
    expect(chat.state()).toBe('interrupted')
    chat.tell({ type: 'continue' })
    expect(chat.asked()).toEqual(['user: q1', 'assistant: A mayfly lives for an hour'])
  })
})

describe.each(['context-too-long', 'too-large'] as const)('a question that is %s', (kind) => {
  /** Two long turns and a short question, which is too much for the model. */
  function tooLong() {
    const chat = answered('q1', 'q2')
    send(chat, 'q3')
    chat.say(failed(kind))
    return chat
  }

  test('is not sent again by itself, and nothing is lost', () => {
    const chat = tooLong()
    expect(chat.state()).toBe('error')
    chat.pass(600_000)
    expect(chat.calls).toHaveLength(3)
    expect(words(chat)).toEqual(['q1', 'answer to q1', 'q2', 'answer to q2', 'q3', ''])
  })

  test('goes out without the oldest turns, and without more of them each time', () => {
    const chat = tooLong()
    chat.tell({ type: 'leave out' })
    expect(chat.asked()).toEqual(['user: q2', 'assistant: answer to q2', 'user: q3'])
    chat.say(failed(kind))
    chat.tell({ type: 'leave out' })
    expect(chat.asked()).toEqual(['user: q3'])
    chat.say(failed(kind))
    chat.tell({ type: 'leave out' })
    expect(chat.state()).toBe('error')
    expect(chat.calls).toHaveLength(5)
    expect(words(chat)).toEqual(['q1', 'answer to q1', 'q2', 'answer to q2', 'q3', ''])
  })

  test('leaves the next ones as short, on every branch that holds it', () => {
    const chat = tooLong()
    chat.tell({ type: 'leave out' })
    answer(chat, 'a3')
    send(chat, 'q4')
    expect(chat.asked()?.[0]).toBe('user: q2')
    answer(chat, 'a4')
    chat.tell({ type: 'edit', id: 'm1', text: 'q1, better' })
    expect(chat.asked()).toEqual(['user: q1, better'])
  })

  test('goes to a new chat as its draft, before what was typed meanwhile', () => {
    const chat = tooLong()
    chat.tell({ type: 'draft', text: 'typed' }, { type: 'new chat with question' })
    expect(chat.state()).toBe('idle')
    expect(chat.context()).toMatchObject({
      draft: 'q3\n\ntyped',
      tree: { turns: new Map(), sentAfter: new Set() },
    })
    chat.tell({ type: 'undo' })
    expect(chat.state()).toBe('error')
    expect(chat.context().draft).toBe('typed')
    expect(words(chat)).toContain('answer to q1')
  })

  test('can be changed there before it is sent', () => {
    const chat = tooLong()
    chat.tell({ type: 'new chat with question' }, { type: 'draft', text: 'q3, shorter' })
    chat.tell({ type: 'undo' })
    expect(chat.context().draft).toBe('q3, shorter')
  })

  test('in the middle of a reply leaves its text, and goes on with less', () => {
    const chat = answered('q1')
    send(chat, 'q2')
    chat.say(started(), delta('half'))
    chat.tell({ type: 'stop' }, { type: 'continue' })
    chat.say(failed(kind))
    expect(chat.state()).toBe('interrupted')
    chat.tell({ type: 'leave out' })
    expect(chat.asked()).toEqual(['user: q2', 'assistant: half'])
    chat.say(started(), delta(' and half'), finished())
    expect(chat.reply().text).toBe('half and half')
  })
})

describe('what was left out', () => {
  /** Ids go by turns: `m1` asks q1, `m2` answers it, and so on. Nothing is sent any more up to `m4`. */
  function leftOut() {
    const chat = answered('q1', 'q2', 'q3')
    send(chat, 'q4')
    chat.say(failed('context-too-long'))
    chat.tell({ type: 'leave out' })
    expect(chat.asked()).toEqual(['user: q3', 'assistant: answer to q3', 'user: q4'])
    answer(chat, 'a4')
    return chat
  }
  const line = (chat: Watched) => lastUnsent(chat.context().tree)?.id

  test('ends before the same question in each of its versions', () => {
    const chat = leftOut()
    expect(line(chat)).toBe('m4')
    chat.tell({ type: 'edit', id: 'm5', text: 'q3, better' })
    expect(chat.asked()).toEqual(['user: q3, better'])
    expect(line(chat)).toBe('m4')
    answer(chat, 'a3, better')
    send(chat, 'q5')
    expect(chat.asked()).toEqual(['user: q3, better', 'assistant: a3, better', 'user: q5'])
    answer(chat, 'a5')
    chat.tell({ type: 'choose', id: 'm5' })
    send(chat, 'q6')
    expect(chat.asked()?.[0]).toBe('user: q3')
    expect(line(chat)).toBe('m4')
  })

  test('stays so when the last question alone is sent, and is edited', () => {
    const chat = answered('q1', 'q2')
    send(chat, 'q3')
    for (let times = 0; times < 2; times += 1) {
      chat.say(failed('context-too-long'))
      chat.tell({ type: 'leave out' })
    }
    expect(chat.asked()).toEqual(['user: q3'])
    chat.say(failed('context-too-long'))
    chat.tell({ type: 'edit', id: 'm5', text: 'q3, shorter' })
    expect(chat.asked()).toEqual(['user: q3, shorter'])
  })

  test('stays so for another version of a reply that is sent', () => {
    const chat = leftOut()
    chat.tell({ type: 'regenerate', id: 'm6' })
    expect(chat.asked()).toEqual(['user: q3'])
  })

  test('is sent with a version before its end, where the conversation was shorter, until that is left again', () => {
    const chat = leftOut()
    chat.tell({ type: 'regenerate', id: 'm4' })
    expect(chat.asked()).toEqual(['user: q1', 'assistant: answer to q1', 'user: q2'])
    expect(line(chat)).toBeUndefined()
    answer(chat, 'a2, other')
    chat.tell({ type: 'edit', id: 'm3', text: 'q2, better' })
    expect(chat.asked()).toEqual(['user: q1', 'assistant: answer to q1', 'user: q2, better'])
    expect(line(chat)).toBeUndefined()
    answer(chat, 'a2, better')
    chat.tell({ type: 'choose', id: 'm4' })
    expect(line(chat)).toBe('m4')
    send(chat, 'q5')
    expect(chat.asked()?.[0]).toBe('user: q3')
  })

  test('stays so on a branch that left it out before another one, or itself, left out more', () => {
    const chat = leftOut()
    send(chat, 'q5')
    chat.say(failed('context-too-long'))
    chat.tell({ type: 'leave out' })
    expect(chat.asked()?.[0]).toBe('user: q4')
    expect(line(chat)).toBe('m6')
    answer(chat, 'a5')
    chat.tell({ type: 'edit', id: 'm5', text: 'q3, better' })
    expect(chat.asked()).toEqual(['user: q3, better'])
    expect(line(chat)).toBe('m4')
  })

  test('stays so when all that is still sent is deleted', () => {
    const chat = leftOut()
    chat.tell({ type: 'delete', id: 'm7' }, { type: 'delete', id: 'm5' })
    expect(words(chat)).toEqual(['q1', 'answer to q1', 'q2', 'answer to q2'])
    expect(line(chat)).toBe('m4')
    send(chat, 'q5')
    expect(chat.asked()).toEqual(['user: q5'])
  })

  test('stays so when the first question that is sent is deleted, and brought back', () => {
    const chat = leftOut()
    chat.tell({ type: 'delete', id: 'm5' })
    send(chat, 'q5')
    expect(chat.asked()).toEqual(['user: q4', 'assistant: a4', 'user: q5'])
    answer(chat, 'a5')
    chat.tell({ type: 'delete', id: 'm7' }, { type: 'undo' })
    send(chat, 'q6')
    expect(chat.asked()?.slice(0, 2)).toEqual(['user: q4', 'assistant: a4'])
  })

  test('ends earlier when its last question is deleted, and where it did when that is brought back', () => {
    const chat = leftOut()
    chat.tell({ type: 'delete', id: 'm3' })
    expect(line(chat)).toBe('m2')
    chat.tell({ type: 'undo' })
    expect(line(chat)).toBe('m4')
    chat.tell({ type: 'delete', id: 'm3' })
    send(chat, 'q5')
    expect(chat.asked()?.[0]).toBe('user: q3')
  })

  test('is nothing when all of it is deleted', () => {
    const chat = leftOut()
    chat.tell({ type: 'delete', id: 'm1' })
    expect(line(chat)).toBe('m4')
    chat.tell({ type: 'delete', id: 'm3' })
    expect(line(chat)).toBeUndefined()
    send(chat, 'q5')
    expect(chat.asked()?.[0]).toBe('user: q3')
  })

  test('comes back with the conversation that a new chat put away', () => {
    const chat = leftOut()
    chat.tell({ type: 'new chat' }, { type: 'undo' })
    expect(line(chat)).toBe('m4')
    send(chat, 'q5')
    expect(chat.asked()?.[0]).toBe('user: q3')
  })

  test('ends before a reply that is gone on with when nothing follows it any more', () => {
    const chat = answered('q1')
    send(chat, 'q2')
    chat.say(started(), delta('half'))
    chat.tell({ type: 'stop' })
    send(chat, 'q3')
    chat.say(failed('context-too-long'))
    chat.tell({ type: 'leave out' })
    expect(chat.asked()).toEqual(['user: q2', 'assistant: half', 'user: q3'])
    chat.say(failed('context-too-long'))
    chat.tell({ type: 'leave out' })
    expect(chat.asked()).toEqual(['user: q3'])
    chat.tell({ type: 'stop' }, { type: 'delete', id: 'm5' })
    expect(line(chat)).toBe('m4')
    chat.tell({ type: 'continue' })
    expect(chat.asked()).toEqual(['user: q2', 'assistant: half'])
    expect(line(chat)).toBe('m2')
    chat.say(started(), delta(' and half'), finished())
    send(chat, 'q4')
    expect(chat.asked()).toEqual(['user: q2', 'assistant: half and half', 'user: q4'])
  })

  test('ends before a question that is tried again when nothing follows it any more', () => {
    const chat = answered('q1')
    send(chat, 'q2')
    chat.say(failed('upstream-refused'))
    send(chat, 'q3')
    chat.say(failed('context-too-long'))
    chat.tell({ type: 'leave out' })
    expect(line(chat)).toBe('m2')
    chat.say(failed('context-too-long'))
    chat.tell({ type: 'leave out' })
    expect(line(chat)).toBe('m4')
    chat.tell({ type: 'stop' }, { type: 'delete', id: 'm5' })
    chat.tell({ type: 'retry' })
    expect(chat.asked()).toEqual(['user: q2'])
    expect(line(chat)).toBe('m2')
  })
})

test('only a question that is too long can leave turns out or take its question along', () => {
  const chat = answered('q1', 'q2')
  send(chat, 'q3')
  chat.say(failed('upstream-refused'))
  const before = chat.snapshot()
  chat.tell({ type: 'leave out' }, { type: 'new chat with question' })
  expect(chat.snapshot()).toBe(before)
})

describe('a failure', () => {
  test.each(failureKinds)(
    'of kind %s after anything shown interrupts, and nothing goes out by itself',
    (kind) => {
      for (const shown of [delta('a'), reasoning]) {
        const chat = asked()
        chat.say(started(), shown, failed(kind, 1_000))
        expect(chat.state()).toBe('interrupted')
        chat.tell({ type: 'offline' }, { type: 'online' }, { type: 'wake' }, { type: 'signed in' })
        chat.pass(600_000)
        expect(chat.calls).toHaveLength(1)
      }
    },
  )

  test.each(failureKinds)('of kind %s before anything was shown takes its way on', (kind) => {
    const chat = asked()
    chat.say(started(), failed(kind))
    expect(chat.state()).toBe(wayOn[kind])
    if (wayOn[kind] === 'error') expect(chat.reply().ending).toMatchObject({ failure: { kind } })
    else expect(chat.context().failure).toEqual({ kind })
  })

  test('keeps question and draft', () => {
    const chat = asked()
    chat.tell({ type: 'draft', text: 'next' })
    chat.say(failed('upstream-refused'))
    expect(chat.context().draft).toBe('next')
    expect(words(chat)).toEqual(['q1', ''])
  })
})

describe('silence', () => {
  test('before any text is an error, for each attempt would be paid again', () => {
    const chat = asked()
    chat.say(started())
    chat.pass(limits.firstTokenMs + 14_999)
    expect(chat.state()).toBe('sending')
    chat.pass(1)
    expect(chat.state()).toBe('error')
    expect(chat.reply().ending).toMatchObject({ type: 'failed', failure: { kind: 'silent' } })
    chat.pass(600_000)
    expect(chat.calls).toHaveLength(1)
  })

  test('after text interrupts, counted from the last piece of it', () => {
    const chat = asked()
    chat.say(delta('a'))
    for (const piece of [delta('b'), reasoning]) {
      chat.pass(limits.silenceMs + 14_999)
      chat.say(piece)
    }
    chat.pass(limits.silenceMs + 14_999)
    expect(chat.state()).toBe('streaming')
    chat.pass(1)
    expect(chat.state()).toBe('interrupted')
    expect(chat.reply()).toMatchObject({ text: 'ab', ending: { failure: { kind: 'silent' } } })
  })
})

describe('backoff', () => {
  test('sends again by itself when the wait is over, and at most four times in all', () => {
    const chat = asked('q1', { random: () => 0.999 })
    for (const wait of [1_000, 2_000, 4_000]) {
      chat.say(failed('upstream-down'))
      expect(chat.state()).toBe('backoff')
      chat.pass(wait - 10)
      expect(chat.state()).toBe('backoff')
      chat.pass(10)
      expect(chat.state()).toBe('sending')
    }
    chat.say(failed('upstream-down'))
    expect(chat.state()).toBe('error')
    expect(chat.calls).toHaveLength(4)
    expect(new Set(chat.calls.map((call) => JSON.stringify(call.input.messages))).size).toBe(1)
  })

  test('waits as long as the server says, and a little longer, never less', () => {
    for (const [random, wait] of [
      [() => 0, 3_000],
      [() => 1, 3_750],
    ] as const) {
      const chat = asked('q1', { random })
      chat.say(failed('rate-limited', 3_000))
      expect(chat.context().resumeAt).toBe(chat.now() + wait)
      chat.pass(wait - 1)
      expect(chat.state()).toBe('backoff')
      chat.pass(1)
      expect(chat.state()).toBe('sending')
    }
  })

  test('of more than a minute is an error, with when it is over', () => {
    const chat = asked()
    chat.pass(5_000)
    chat.say(failed('rate-limited', 60_001))
    expect(chat.state()).toBe('error')
    expect(chat.reply().ending).toEqual({
      type: 'failed',
      failure: { kind: 'rate-limited', retryAfterMs: 60_001 },
      at: chat.now(),
    })
  })

  test('ends after 90 s, with how long each send took', () => {
    const chat = asked()
    chat.pass(40_000)
    chat.say(failed('rate-limited', 20_000))
    chat.pass(20_000)
    chat.pass(20_000)
    chat.say(failed('rate-limited', 20_000))
    expect(chat.state()).toBe('error')
  })

  test('begins to count anew when the person tries now', () => {
    const chat = asked()
    for (let n = 0; n < 3; n++) {
      chat.say(failed('busy', 2_000))
      chat.tell({ type: 'retry' })
      expect(chat.state()).toBe('sending')
    }
    for (let n = 0; n < 3; n++) {
      chat.say(failed('busy', 2_000))
      chat.pass(2_000)
    }
    chat.say(failed('busy', 2_000))
    expect(chat.state()).toBe('error')
    expect(chat.calls).toHaveLength(7)
  })

  test('goes on at once on waking up, when its time was slept through', () => {
    const chat = asked('q1', { random: () => 0.999 })
    chat.say(failed('network'))
    chat.tell({ type: 'wake' })
    expect(chat.state()).toBe('backoff')
    chat.setClock(5_000)
    chat.tell({ type: 'wake' })
    expect(chat.state()).toBe('sending')
  })

  test('does not wait longer because the clock was set back', () => {
    const chat = asked('q1', { random: () => 0.999 })
    chat.say(failed('network'))
    chat.setClock(-3_600_000)
    chat.pass(1_000)
    expect(chat.state()).toBe('sending')
    chat.setClock(-3_600_000)
    chat.say(delta('a'), finished())
    expect(chat.reply().ms).toBe(0)
  })
})

describe('without a network', () => {
  test('a question goes out all the same, for nothing is known of this machine itself', () => {
    const chat = watchConversation({ online: false })
    send(chat, 'q1')
    expect(chat.state()).toBe('sending')
  })

  test('a send waits for it, goes out by itself when it is back, and is not counted', () => {
    const chat = asked('q1')
    for (let n = 0; n < 6; n++) {
      chat.tell({ type: 'offline' })
      chat.say(failed('network'))
      expect(chat.context().failure).toEqual({ kind: 'offline' })
      chat.pass(600_000)
      chat.tell({ type: 'wake' })
      expect(chat.state()).toBe('backoff')
      chat.tell({ type: 'online' })
      expect(chat.state()).toBe('sending')
    }
    for (let n = 0; n < 3; n++) {
      chat.say(failed('network'))
      chat.pass(10_000)
    }
    expect(chat.state()).toBe('sending')
    chat.say(failed('network'))
    expect(chat.state()).toBe('error')
  })

  test('one that was lost in a wait is waited for when the wait is over', () => {
    const chat = asked('q1', { random: () => 0.999 })
    chat.say(failed('network'))
    chat.tell({ type: 'offline' })
    chat.pass(60_000)
    expect(chat.state()).toBe('backoff')
    chat.tell({ type: 'online' })
    expect(chat.state()).toBe('sending')
  })

  test('it is noticed though the clock was set back while it was away', () => {
    const chat = asked('q1', { random: () => 0.999 })
    chat.say(failed('network'))
    chat.tell({ type: 'offline' })
    chat.setClock(-3_600_000)
    chat.pass(60_000)
    chat.tell({ type: 'online' })
    expect(chat.state()).toBe('sending')
  })

  test('a Retry-After is kept when it comes back sooner', () => {
    const chat = asked()
    chat.say(failed('rate-limited', 5_000))
    chat.tell({ type: 'offline' }, { type: 'online' })
    expect(chat.state()).toBe('backoff')
    chat.pass(5_000)
    expect(chat.state()).toBe('sending')
  })

  test('a server that answered is asked again, whatever the browser says of the network', () => {
    const chat = watchConversation({ online: false })
    send(chat, 'q1')
    chat.say(failed('upstream-down'))
    chat.pass(1_000)
    expect(chat.state()).toBe('sending')
  })

  test('a reply that was cut is interrupted, and says why', () => {
    const chat = asked()
    chat.say(delta('a'))
    chat.tell({ type: 'offline' })
    chat.say(failed('network'))
    expect(chat.state()).toBe('interrupted')
    expect(chat.reply().ending).toMatchObject({ failure: { kind: 'offline' } })
  })
})

describe('a session that ended', () => {
  test('before any text sends the question once more after signing in', () => {
    const chat = asked()
    chat.say(failed('session-ended'))
    expect(chat.state()).toBe('error')
    chat.tell({ type: 'signed in' }, { type: 'signed in' })
    expect(chat.state()).toBe('sending')
    expect(chat.calls).toHaveLength(2)
    chat.say(delta('a'), finished())
    chat.tell({ type: 'signed in' })
    expect(chat.state()).toBe('idle')
    expect(chat.calls).toHaveLength(2)
  })

  test('after text waits for a press', () => {
    const chat = asked()
    chat.say(delta('a'), failed('session-ended'))
    chat.tell({ type: 'signed in' })
    expect(chat.state()).toBe('interrupted')
    chat.tell({ type: 'continue' })
    expect(chat.state()).toBe('sending')
  })

  test.each(failureKinds.filter((kind) => wayOn[kind] === 'error' && kind !== 'session-ended'))(
    'is not what %s was, so signing in sends nothing',
    (kind) => {
      const chat = asked()
      chat.say(failed(kind))
      chat.tell({ type: 'signed in' })
      expect(chat.calls).toHaveLength(1)
    },
  )
})

describe('new chat', () => {
  test('asks nothing, and undo brings conversation and draft back for 10 s', () => {
    const chat = answered('q1')
    chat.tell({ type: 'draft', text: 'half a question' }, { type: 'new chat' })
    expect(words(chat)).toEqual([])
    expect(chat.context().draft).toBe('')
    chat.pass(9_999)
    chat.tell({ type: 'undo' })
    expect(words(chat)).toEqual(['q1', 'answer to q1'])
    expect(chat.context().draft).toBe('half a question')
  })

  test('can’t be undone after 10 s, nor once something else was asked', () => {
    const late = answered('q1')
    late.tell({ type: 'new chat' })
    late.pass(10_000)
    late.tell({ type: 'undo' })
    expect(words(late)).toEqual([])

    const busy = answered('q1')
    busy.tell({ type: 'new chat' })
    send(busy, 'q2')
    busy.tell({ type: 'undo' })
    expect(words(busy)).toEqual(['q2', ''])
    expect(busy.state()).toBe('sending')
  })

  test('in the middle of a reply hangs up, and undo brings back what had arrived', () => {
    const chat = asked()
    chat.say(started(), delta('half'))
    chat.tell({ type: 'new chat' })
    expect(chat.state()).toBe('idle')
    chat.tell({ type: 'undo' })
    expect(chat.state()).toBe('interrupted')
    expect(chat.reply()).toMatchObject({ text: 'half', ending: { type: 'stopped' } })
    chat.tell({ type: 'continue' })
    expect(chat.asked()).toEqual(['user: q1', 'assistant: half'])
  })

  test('while it waits to try again ends the waiting', () => {
    const chat = asked()
    chat.say(failed('network'))
    chat.tell({ type: 'new chat' })
    chat.pass(5_000)
    expect(chat.calls).toHaveLength(1)
    chat.tell({ type: 'undo' })
    expect(chat.state()).toBe('interrupted')
  })

  test('keeps what was written since when it is undone', () => {
    const chat = answered('q1')
    chat.tell(
      { type: 'draft', text: 'old' },
      { type: 'new chat' },
      { type: 'draft', text: 'new' },
      { type: 'undo' },
    )
    expect(chat.context().draft).toBe('old\nnew')
  })

  test('where nothing was said loses neither the draft nor what can be brought back', () => {
    const chat = answered('q1')
    chat.tell({ type: 'new chat' }, { type: 'draft', text: 'new' })
    chat.pass(6_000)
    chat.tell({ type: 'new chat' })
    expect(chat.context().draft).toBe('new')
    chat.tell({ type: 'undo' })
    expect(words(chat)).toEqual(['q1', 'answer to q1'])
  })

  test('again counts its 10 s anew', () => {
    const chat = answered('q1')
    chat.tell({ type: 'new chat' }, { type: 'undo' })
    chat.pass(6_000)
    chat.tell({ type: 'new chat' })
    chat.pass(6_000)
    chat.tell({ type: 'undo' })
    expect(words(chat)).toEqual(['q1', 'answer to q1'])
  })
})

describe('a turn that is deleted', () => {
  test('is gone with its replies, and what was said after it follows what was said before', () => {
    const chat = answered('q1', 'q2', 'q3')
    chat.tell({ type: 'regenerate', id: 'm4' })
    answer(chat, 'better answer to q2')
    chat.tell({ type: 'choose', id: 'm6' }, { type: 'delete', id: 'm3' })
    expect(words(chat)).toEqual(['q1', 'answer to q1', 'q3', 'answer to q3'])
    expect(chat.context().tree.turns.size).toBe(4)
    expect(chat.state()).toBe('idle')
  })

  test('is not sent any more', () => {
    const chat = answered('q1', 'q2', 'q3')
    chat.tell({ type: 'delete', id: 'm3' })
    send(chat, 'q4')
    expect(chat.asked()).toEqual([
      'user: q1',
      'assistant: answer to q1',
      'user: q3',
      'assistant: answer to q3',
      'user: q4',
    ])
  })

  test('comes back exactly by undo, with its versions and at its place, and the draft stays as it is', () => {
    const chat = answered('q1', 'q2')
    chat.tell({ type: 'edit', id: 'm1', text: 'q1, better' })
    answer(chat, 'better answer')
    chat.tell({ type: 'choose', id: 'm4' })
    const before = chat.context().tree
    chat.tell({ type: 'delete', id: 'm1' }, { type: 'draft', text: 'typed meanwhile' })
    expect(words(chat)).toEqual(['q2', 'answer to q2'])
    expect(versionsOf(chat.context().tree, 'm3')).toEqual(['m3', 'm5'])
    chat.tell({ type: 'undo' })
    expect(chat.context().tree).toBe(before)
    expect(chat.context().draft).toBe('typed meanwhile')
  })

  test('leaves the version beside it where nothing followed it', () => {
    const chat = answered('q1')
    chat.tell({ type: 'edit', id: 'm1', text: 'q1, better' })
    answer(chat, 'better answer')
    chat.tell({ type: 'delete', id: 'm3' })
    expect(words(chat)).toEqual(['q1', 'answer to q1'])
    expect(versionsOf(chat.context().tree, 'm1')).toEqual(['m1'])
  })

  test('hides nothing that was said after another version of its reply', () => {
    const chat = answered('q1', 'q2')
    chat.tell({ type: 'regenerate', id: 'm2' })
    answer(chat, 'better answer')
    expect(words(chat)).toEqual(['q1', 'better answer'])
    chat.tell({ type: 'delete', id: 'm1' })
    expect(words(chat)).toEqual(['q2', 'answer to q2'])
  })

  test('on another branch changes nothing of the open one', () => {
    const chat = answered('q1', 'q2')
    chat.tell({ type: 'edit', id: 'm1', text: 'q1, better' })
    answer(chat, 'better answer')
    chat.tell({ type: 'delete', id: 'm1' })
    expect(words(chat)).toEqual(['q1, better', 'better answer'])
    expect(versionsOf(chat.context().tree, 'm5')).toEqual(['m3', 'm5'])
  })

  test('as the only one leaves an empty conversation, whose next turn is given an id of its own', () => {
    const chat = answered('q1')
    chat.tell({ type: 'delete', id: 'm1' })
    expect(words(chat)).toEqual([])
    expect(chat.snapshot().can({ type: 'new chat' })).toBe(false)
    send(chat, 'q2')
    expect([...chat.context().tree.turns.keys()]).toEqual(['m3', 'm4'])
    expect(chat.asked()).toEqual(['user: q2'])
  })

  test('uncovers a reply that was cut, which can be gone on with, and undo is still offered', () => {
    const chat = asked('q1')
    chat.say(delta('half'))
    chat.tell({ type: 'stop' })
    send(chat, 'q2')
    answer(chat, 'a2')
    chat.tell({ type: 'delete', id: 'm3' })
    expect(chat.state()).toBe('interrupted')
    expect(chat.snapshot().can({ type: 'continue' })).toBe(true)
    chat.tell({ type: 'undo' })
    expect(chat.state()).toBe('idle')
    expect(words(chat)).toEqual(['q1', 'half', 'q2', 'a2'])
  })

  test('can be a question that nothing answered', () => {
    const chat = answered('q1')
    send(chat, 'q2')
    chat.say(failed('upstream-refused'))
    expect(chat.state()).toBe('error')
    chat.tell({ type: 'delete', id: 'm3' })
    expect(chat.state()).toBe('idle')
    chat.tell({ type: 'undo' })
    expect(chat.state()).toBe('error')
  })

  test('can’t be deleted while a reply is on its way', () => {
    const chat = answered('q1')
    send(chat, 'q2')
    for (const state of ['sending', 'streaming', 'backoff']) {
      if (state === 'streaming') chat.say(delta('a'))
      if (state === 'backoff') {
        chat.tell({ type: 'stop' })
        send(chat, 'q3')
        chat.say(failed('busy', 2_000))
      }
      expect(chat.state()).toBe(state)
      expect(chat.snapshot().can({ type: 'delete', id: 'm1' })).toBe(false)
    }
  })

  test('can’t be brought back after 10 s, nor once something else was asked, nor before another one', () => {
    const chat = answered('q1', 'q2', 'q3')
    chat.tell({ type: 'delete', id: 'm5' })
    chat.pass(9_999)
    chat.tell({ type: 'delete', id: 'm3' })
    chat.pass(9_999)
    expect(chat.context().undo).not.toBeNull()
    chat.tell({ type: 'undo' })
    expect(words(chat)).toEqual(['q1', 'answer to q1', 'q2', 'answer to q2'])
    chat.tell({ type: 'delete', id: 'm3' })
    chat.pass(10_000)
    expect(chat.context().undo).toBeNull()
    chat.tell({ type: 'delete', id: 'm1' })
    send(chat, 'q4')
    expect(chat.context().undo).toBeNull()
  })

  test('is held by nothing any more when it can’t be brought back', async () => {
    for (const end of ['time', 'another question'] as const) {
      const chat = answered('q1', 'q2')
      const deleted = [...chat.context().tree.turns.values()].slice(0, 2).map((turn) => new WeakRef(turn))
      chat.tell({ type: 'delete', id: 'm1' })
      if (end === 'time') chat.pass(10_000)
      else send(chat, 'q3')
      chat.calls.length = 0
      await expect
        .poll(() => {
          collectGarbage()
          return deleted.filter((turn) => turn.deref() !== undefined).length
        })
        .toBe(0)
      expect(words(chat).slice(0, 2)).toEqual(['q2', 'answer to q2'])
    }
  })
})

test('forget leaves nothing that undo or a late reply could bring back', () => {
  const chat = asked()
  chat.say(started(), delta('half'))
  chat.tell({ type: 'draft', text: 'secret' }, { type: 'forget' }, { type: 'undo' })
  expect(chat.state()).toBe('idle')
  expect(chat.context()).toMatchObject({ draft: '', open: null, unheard: null, undo: null })
  expect(JSON.stringify([...chat.context().tree.turns])).toBe('[]')
})

describe('another version', () => {
  test('of a reply is one beside it, and none is removed', () => {
    const chat = answered('q1')
    const first = chat.reply().id
    chat.tell({ type: 'regenerate', id: first })
    expect(chat.asked()).toEqual(['user: q1'])
    answer(chat, 'better')
    expect(versionsOf(chat.context().tree, first)).toEqual([first, chat.reply().id])
    chat.tell({ type: 'choose', id: first })
    expect(words(chat)).toEqual(['q1', 'answer to q1'])
  })

  test('of an earlier reply asks for that one alone', () => {
    const chat = answered('q1', 'q2')
    chat.tell({ type: 'regenerate', id: 'm2' })
    expect(chat.asked()).toEqual(['user: q1'])
    answer(chat, 'better')
    expect(words(chat)).toEqual(['q1', 'better'])
    chat.tell({ type: 'choose', id: 'm2' })
    expect(words(chat)).toEqual(['q1', 'answer to q1', 'q2', 'answer to q2'])
  })

  test('of an earlier reply that showed nothing does not put it above what was asked later', () => {
    const chat = asked('q1')
    chat.tell({ type: 'stop' })
    send(chat, 'q2')
    answer(chat, 'to both')
    chat.tell({ type: 'regenerate', id: 'm2' })
    expect(chat.asked()).toEqual(['user: q1'])
    answer(chat, 'to one')
    expect(words(chat)).toEqual(['q1', 'to one'])
    chat.tell({ type: 'choose', id: 'm2' })
    expect(words(chat)).toEqual(['q1', '', 'q2', 'to both'])
  })

  test('of a question branches off, and keeps the draft', () => {
    const chat = answered('q1', 'q2')
    chat.tell({ type: 'draft', text: 'next' }, { type: 'edit', id: 'm3', text: 'q2, better' })
    expect(chat.asked()).toEqual(['user: q1', 'assistant: answer to q1', 'user: q2, better'])
    expect(chat.context().draft).toBe('next')
    answer(chat, 'b')
    expect(words(chat)).toEqual(['q1', 'answer to q1', 'q2, better', 'b'])
    chat.tell({ type: 'choose', id: 'm3' })
    expect(words(chat)).toEqual(['q1', 'answer to q1', 'q2', 'answer to q2'])
  })

  test('of a question on another branch leads to that branch', () => {
    const chat = answered('q1', 'q2')
    chat.tell({ type: 'edit', id: 'm1', text: 'another start' })
    answer(chat, 'a')
    chat.tell({ type: 'edit', id: 'm3', text: 'q2, better' })
    expect(chat.asked()).toEqual(['user: q1', 'assistant: answer to q1', 'user: q2, better'])
  })

  test('is not made of what there is none of, nor of the wrong kind', () => {
    const chat = answered('q1')
    const before = chat.snapshot()
    chat.tell(
      { type: 'edit', id: 'm2', text: 'x' },
      { type: 'edit', id: 'm1', text: ' ' },
      { type: 'edit', id: 'm9', text: 'x' },
      { type: 'regenerate', id: 'm1' },
      { type: 'regenerate', id: 'm9' },
      { type: 'choose', id: 'm9' },
    )
    expect(chat.snapshot()).toBe(before)
  })

  test('that is cut or missing brings back its way on when it is chosen', () => {
    const chat = asked()
    chat.say(delta('half'), failed('network'))
    chat.tell({ type: 'regenerate', id: 'm2' })
    chat.say(failed('quota'))
    chat.tell({ type: 'edit', id: 'm1', text: 'q1, better' })
    answer(chat, 'whole')
    const ids = ['m2', 'm3', chat.reply().id]
    const states = ids.map((id) => (chat.tell({ type: 'choose', id }), chat.state()))
    expect(states).toEqual(['interrupted', 'error', 'idle'])
  })
})

describe('a request', () => {
  test('takes the place of the last reply whose end was not heard', () => {
    const chat = asked()
    chat.say(started('r1'), delta('half'))
    chat.tell({ type: 'stop' }, { type: 'continue' })
    expect(chat.calls.at(-1)?.input.replaces).toBe('r1')
    chat.say(started('r2'), failed('network'))
    send(chat, 'q2')
    expect(chat.calls.at(-1)?.input.replaces).toBe('r2')
    answer(chat, 'a')
    send(chat, 'q3')
    expect(chat.calls.at(-1)?.input.replaces).toBe(null)
  })

  test('takes the place of the one before it that was lost, by itself and in a new chat too', () => {
    const chat = asked()
    chat.say(started('r1'), failed('network'))
    chat.pass(1_000)
    expect(chat.calls.at(-1)?.input.replaces).toBe('r1')
    chat.tell({ type: 'new chat' })
    send(chat, 'q2')
    expect(chat.calls.at(-1)?.input.replaces).toBe('r1')
  })
})

test('without a `reply` actor to send it, a question is a loud mistake', async () => {
  const { conversationMachine } = await import('./index.ts')
  const { createActor } = await import('xstate')
  const actor = createActor(conversationMachine, { input: limits })
  const seen: unknown[] = []
  actor.subscribe({ error: (error) => seen.push(error) })
  actor.start()
  actor.send({ type: 'draft', text: 'q' })
  actor.send({ type: 'send' })
  expect(String(seen[0])).toMatch('without its `reply` actor')
})

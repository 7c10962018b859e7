import { textMessage } from '@mayfly/contracts'
import { describe, expect, test } from 'vitest'
import { continueFrom } from './continue.ts'

const question = textMessage('user', 'Count to five')
const partial = textMessage('assistant', 'One, two, th')
const asked = { role: 'user', content: 'Count to five' }
const begun = { role: 'assistant', content: 'One, two, th' }

describe('a reply is continued', () => {
  test.each(['demo', 'ollama', 'llama.cpp', 'groq', 'openrouter'] as const)(
    'from its prefix by %s',
    (server) => {
      expect(continueFrom([question, partial], server, null)).toEqual({
        messages: [asked, begun],
        body: {},
        repeats: 0,
        heldBack: '',
      })
    },
  )

  test('from its prefix by vLLM, which has to be told so', () => {
    const { messages, body } = continueFrom([question, partial], 'vllm', null)
    expect(messages).toEqual([asked, begun])
    expect(body).toEqual({ continue_final_message: true, add_generation_prompt: false })
  })

  test.each(['mistral', 'deepseek'] as const)('from its prefix by %s, which wants it marked', (server) => {
    expect(continueFrom([question, partial], server, null).messages).toEqual([
      asked,
      { ...begun, prefix: true },
    ])
  })

  test.each(['openai', 'other'] as const)('in words by %s', (server) => {
    const { messages, repeats } = continueFrom([question, partial], server, null)
    expect(repeats).toBe('One, two, th'.length)
    expect(messages.slice(0, 2)).toEqual([asked, begun])
    expect(messages).toHaveLength(3)
    expect(messages[2]).toMatchObject({ role: 'user', content: expect.stringContaining('cut off') })
  })

  test('as the settings say, whatever the server', () => {
    expect(continueFrom([question, partial], 'other', 'prefill').messages).toEqual([asked, begun])
    expect(continueFrom([question, partial], 'mistral', 'instruct').messages).toHaveLength(3)
    expect(continueFrom([question, partial], 'mistral', 'instruct').messages[1]).toEqual(begun)
  })
})

test.each([
  ['all of a short one', 'One, two, th', 'One, two, th'],
  [
    'its last line',
    'Some say this.\n\nOthers say that it lives for longer',
    'Others say that it lives for longer',
  ],
  ['more than a short line', 'First of all:\n\n- one\n- tw', 'First of all:\n\n- one\n- tw'],
  ['from a word on', `A mayfly ${'lives for one day and '.repeat(9)}th`, /^(\w+ )+th$/],
  ['no half of a character', '🪰'.repeat(40) + 'x', /^(🪰)+x$/u],
])('a reply is gone on with from %s, said word for word', (_, text, words) => {
  const { messages } = continueFrom([question, textMessage('assistant', text)], 'openai', null)
  const [, repeated = ''] = /write on:\n\n([^]*)$/.exec(String(messages[2]?.content)) ?? []
  expect(repeated).toMatch(words)
  expect(text.endsWith(repeated)).toBe(true)
})

test('half a character at the end of the prefix is held back', () => {
  const half = textMessage('assistant', 'Look: \ud83d')
  const { messages, heldBack } = continueFrom([question, half], 'ollama', null)
  expect(messages.at(-1)).toEqual({ role: 'assistant', content: 'Look: ' })
  expect(heldBack).toBe('\ud83d')
  expect(continueFrom([question, textMessage('assistant', 'Look: 👍')], 'ollama', null).heldBack).toBe('')
})

test('a prefix without text is asked for anew', () => {
  expect(continueFrom([question, textMessage('assistant', '')], 'ollama', null).messages).toEqual([asked])
})

import { expect, test } from 'vitest'
import { readChunk } from './chunk.ts'

const nothing = { reasoning: '', text: '', finish: null, usage: null }
const delta = (delta: object) => ({ choices: [{ index: 0, delta, finish_reason: null }] })

test.each([
  ['text', delta({ content: 'a' }), { text: 'a' }],
  [
    'text as parts, some of them thinking',
    delta({
      content: [
        { type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] },
        { type: 'text', text: 'a' },
        { type: 'image', image: {} },
      ],
    }),
    { reasoning: 'hm', text: 'a' },
  ],
  ['reasoning_content', delta({ reasoning_content: 'hm', content: null }), { reasoning: 'hm' }],
  ['reasoning', delta({ reasoning: 'hm', content: '' }), { reasoning: 'hm' }],
  [
    'the same reasoning under both names',
    delta({ reasoning: 'hm', reasoning_content: 'hm' }),
    { reasoning: 'hm' },
  ],
  ['a refusal', delta({ refusal: 'I will not' }), { text: 'I will not' }],
  ['a tool call', delta({ tool_calls: [{ index: 0 }] }), {}],
  ['no choices', { choices: [], prompt_filter_results: [{}] }, {}],
  ['choices that are null', { choices: null }, {}],
  [
    'a count',
    { choices: [], usage: { prompt_tokens: 1, completion_tokens: 2 } },
    { usage: { input: 1, output: 2 } },
  ],
  ['a count that is none', { choices: [], usage: { prompt_tokens: '1', completion_tokens: -2 } }, {}],
  ['a finish reason', { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }, { finish: 'stop' }],
  ['a choice without a number', { choices: [{ delta: { content: 'a' } }] }, { text: 'a' }],
  ['a second choice', { choices: [{ index: 1, delta: { content: 'b' }, finish_reason: 'stop' }] }, {}],
  [
    'the first of two choices',
    {
      choices: [
        { index: 1, delta: { content: 'b' } },
        { index: 0, delta: { content: 'a' } },
      ],
    },
    { text: 'a' },
  ],
  ['content that is a number', delta({ content: 5 }), {}],
  ['null', null, {}],
  ['a text', 'hello', {}],
])('reads %s', (_, chunk, expected) => {
  expect(readChunk(chunk)).toEqual({ ...nothing, ...expected })
})

import { afterEach, describe, expect, test, vi } from 'vitest'
import { isForChat, keepFor60Seconds, orderModels, readModels } from './models.ts'

afterEach(() => vi.useRealTimers())

test.each([
  'gpt-5-mini',
  'gpt-4o',
  'o3',
  'chatgpt-4o-latest',
  'llama3.2:latest',
  'mistral-small-instruct',
  'qwen3-coder:30b',
  'meta-llama/Llama-3.3-70B-Instruct',
  'deepseek-r1',
  'gemini-2.5-flash',
  'imaginary-chat',
  'llava',
  'tttt',
])('offers %s', (id) => {
  expect(isForChat(id)).toBe(true)
})

test.each([
  'text-embedding-3-small',
  'nomic-embed-text:latest',
  'all-minilm',
  'BAAI/bge-m3',
  'whisper-1',
  'tts-1-hd',
  'gpt-4o-mini-tts',
  'gpt-4o-transcribe',
  'gpt-realtime',
  'gpt-4o-audio-preview',
  'dall-e-3',
  'gpt-image-1',
  'sora-2',
  'omni-moderation-latest',
  'meta-llama/Llama-Guard-4-12B',
  'rerank-english-v3.0',
  'davinci-002',
  'gpt-3.5-turbo-instruct',
  'stable-diffusion-xl',
])('leaves out %s', (id) => {
  expect(isForChat(id)).toBe(false)
})

describe('reading a list', () => {
  test('takes ids, and names where there are any, each once', () => {
    const answer = {
      object: 'list',
      data: [{ id: 'a' }, { id: 'b', name: 'Bee', owned_by: 'vllm' }, { id: 'a' }],
    }
    expect(readModels(answer)).toEqual([
      { id: 'a', name: 'a', owner: undefined, created: 0 },
      { id: 'b', name: 'Bee', owner: 'vllm', created: 0 },
    ])
  })

  test('takes a bare array', () => {
    expect(readModels([{ id: 'a' }])?.map(({ id }) => id)).toEqual(['a'])
  })

  test('leaves out what nobody could choose', () => {
    expect(readModels({ data: [{ id: 5 }, { id: '' }, { id: 'x'.repeat(201) }, null, 'a', {}] })).toEqual([])
  })

  test.each([null, 'text', { data: null }, {}, 5])('finds no list in %j', (answer) => {
    expect(readModels(answer)).toBeNull()
  })
})

test('the chosen model stands first, listed or not, and once', () => {
  const listed = readModels([{ id: 'a' }, { id: 'b', name: 'Bee' }]) ?? []
  expect(orderModels(listed, null).map(({ id }) => id)).toEqual(['a', 'b'])
  expect(orderModels(listed, 'b')).toEqual([
    { id: 'b', name: 'Bee' },
    { id: 'a', name: 'a' },
  ])
  expect(orderModels(listed, 'c').map(({ id }) => id)).toEqual(['c', 'a', 'b'])
})

describe('an answer', () => {
  test('is kept for 60 s and asked for once by many', async () => {
    vi.useFakeTimers()
    const read = vi.fn(async () => 'list')
    const kept = keepFor60Seconds(read)
    expect(await Promise.all([kept(), kept()])).toEqual(['list', 'list'])
    vi.advanceTimersByTime(59_999)
    await kept()
    expect(read).toHaveBeenCalledTimes(1)
    vi.advanceTimersByTime(1)
    await kept()
    expect(read).toHaveBeenCalledTimes(2)
  })

  test('is not kept when it failed', async () => {
    const read = vi.fn().mockRejectedValueOnce(new Error('down')).mockResolvedValue('list')
    const kept = keepFor60Seconds(read)
    await expect(kept()).rejects.toThrow('down')
    expect(await kept()).toBe('list')
  })
})

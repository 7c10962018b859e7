import { expect, test } from 'vitest'
import { basesOf, serverAt } from './servers.ts'

test.each([
  ['http://localhost:1234', ['http://localhost:1234/v1', 'http://localhost:1234']],
  ['http://localhost:1234/', ['http://localhost:1234/v1', 'http://localhost:1234']],
  ['http://localhost:1234/v1', ['http://localhost:1234/v1']],
  ['http://localhost:1234/v1//', ['http://localhost:1234/v1']],
  ['https://gateway.example/openai', ['https://gateway.example/openai/v1', 'https://gateway.example/openai']],
  ['https://models.example/v1beta/openai/', ['https://models.example/v1beta/openai']],
  ['https://models.example/api/paas/v4', ['https://models.example/api/paas/v4']],
])('knows where the API of %s may be', (written, bases) => {
  expect(basesOf(written)).toEqual(bases)
})

test.each([
  ['https://api.openai.com/v1', 'openai'],
  ['https://eu.api.openai.com/v1', 'openai'],
  ['https://api.openai.com.example/v1', 'other'],
  ['https://api.mistral.ai/v1', 'mistral'],
  ['https://api.deepseek.com/v1', 'other'],
  ['https://api.deepseek.com/beta', 'deepseek'],
  ['http://192.0.2.1:11434/v1', 'ollama'],
  ['http://192.0.2.1:8000/v1', 'other'],
])('knows the server at %s', (base, kind) => {
  expect(serverAt(base)).toBe(kind)
})

import type { Usage } from '@mayfly/contracts'

/** What one chunk of a reply says, whatever shape its server gives it. */
export type Chunk = { reasoning: string; text: string; finish: string | null; usage: Usage | null }

/**
 * Reads one chunk of a streamed chat completion. The SDK's types say what OpenAI sends; other servers send text as an
 * array of parts, reasoning under two names, or no choices at all, so every field is looked at as if nothing was
 * known. Choices after the first are left out.
 */
export function readChunk(chunk: unknown): Chunk {
  const { choices, usage } = isRecord(chunk) ? chunk : {}
  const choice: unknown = Array.isArray(choices)
    ? choices.find((one) => isRecord(one) && (one.index ?? 0) === 0)
    : undefined
  const { delta, finish_reason: finish } = isRecord(choice) ? choice : {}
  const said = isRecord(delta) ? delta : {}
  const content = readContent(said.content)
  return {
    // Some servers send the same words under both names.
    reasoning: (asText(said.reasoning_content) || asText(said.reasoning)) + content.reasoning,
    text: content.text + asText(said.refusal),
    finish: typeof finish === 'string' && finish !== '' ? finish : null,
    usage: readUsage(usage),
  }
}

function readContent(content: unknown): { reasoning: string; text: string } {
  if (!Array.isArray(content)) return { reasoning: '', text: asText(content) }
  const read = { reasoning: '', text: '' }
  for (const part of content.filter(isRecord)) {
    if (part.type === 'thinking') read.reasoning += readThinking(part.thinking)
    else read.text += asText(part.text)
  }
  return read
}

function readThinking(thinking: unknown): string {
  if (!Array.isArray(thinking)) return asText(thinking)
  return thinking.map((part) => (isRecord(part) ? asText(part.text) : '')).join('')
}

function readUsage(usage: unknown): Usage | null {
  if (!isRecord(usage) || !isCount(usage.prompt_tokens) || !isCount(usage.completion_tokens)) return null
  return { input: usage.prompt_tokens, output: usage.completion_tokens }
}

const asText = (value: unknown): string => (typeof value === 'string' ? value : '')
const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0

/** Whether `value` is an object whose fields may be looked at. */
export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null

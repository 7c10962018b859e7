import { limits, type ModelInfo } from '@mayfly/contracts'
import { isRecord } from './chunk.ts'

export type ListedModel = ModelInfo & { owner: string | undefined; created: number }

// What an id says when its model answers no chat: it embeds, hears, speaks, draws, films, judges or only completes.
const notForChat = [
  /embed|minilm|(^|[^a-z])(bge|gte|e5)-|rerank/,
  /whisper|transcri|(^|[^a-z])(tts|audio|realtime|speech)([^a-z]|$)/,
  /dall-e|imagen|diffusion|(^|[^a-z])(image|sora|veo|flux)([^a-z]|$)/,
  /moderation|(^|[^a-z])guard([^a-z]|$)/,
  /(^|[^a-z])(babbage|davinci)-|gpt-3\.5-turbo-instruct/,
]

/** Whether a model of this id can be talked to, as far as its id tells. */
export const isForChat = (id: string): boolean => !notForChat.some((words) => words.test(id.toLowerCase()))

/**
 * Reads the answer of `GET /models`: `{ data: [{ id }] }`, or the bare array that some servers send. What has no id,
 * or one too long to be chosen, is left out; an answer of another shape is null.
 */
export function readModels(answer: unknown): ListedModel[] | null {
  const list = isRecord(answer) && !Array.isArray(answer) ? answer.data : answer
  if (!Array.isArray(list)) return null
  const models = new Map<string, ListedModel>()
  for (const { id, name, owned_by: owner, created } of list.filter(isRecord)) {
    if (typeof id !== 'string' || id === '' || id.length > limits.modelId || !isForChat(id)) continue
    models.set(id, {
      id,
      name: typeof name === 'string' && name !== '' ? name : id,
      owner: typeof owner === 'string' ? owner : undefined,
      created: typeof created === 'number' ? created : 0,
    })
  }
  return [...models.values()]
}

/** The list as people choose from it: `first` stands first, listed or not. */
export function orderModels(listed: readonly ListedModel[], first: string | null): ModelInfo[] {
  const models = listed.map(({ id, name }) => ({ id, name }))
  if (first === null) return models
  const found = models.find(({ id }) => id === first) ?? { id: first, name: first }
  return [found, ...models.filter(({ id }) => id !== first)]
}

const keptMs = 60_000

/** Keeps what `read` answers for 60 s; callers at the same time share one question. A failure is not kept. */
export function keepFor60Seconds<T>(read: () => Promise<T>): () => Promise<T> {
  let kept: { answer: Promise<T>; until: number } | undefined
  return () => {
    if (kept && performance.now() < kept.until) return kept.answer
    const asked = { answer: read(), until: performance.now() + keptMs }
    kept = asked
    asked.answer.catch(() => {
      if (kept === asked) kept = undefined
    })
    return asked.answer
  }
}

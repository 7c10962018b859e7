import type { Fetch } from './fetch.ts'
import { readModels } from './models.ts'
import { type ServerKind, serverOwning } from './servers.ts'

/**
 * A model server that people run on their own machine. Where its port is `shared` with many other programs, it is only
 * believed to be this one when its model list says so.
 */
export type LocalServer = { name: string; port: number; path: string; kind: ServerKind; shared?: true }

/** Where the usual ones listen, in the order in which they are preferred. */
export const usualServers: readonly LocalServer[] = [
  { name: 'Ollama', port: 11434, path: '/v1', kind: 'ollama' },
  { name: 'LM Studio', port: 1234, path: '/v1', kind: 'other' },
  { name: 'llama.cpp', port: 8080, path: '/v1', kind: 'llama.cpp', shared: true },
  { name: 'vLLM', port: 8000, path: '/v1', kind: 'vllm', shared: true },
  { name: 'Jan', port: 1337, path: '/v1', kind: 'other' },
  { name: 'GPT4All', port: 4891, path: '/v1', kind: 'other' },
  { name: 'Docker Model Runner', port: 12434, path: '/engines/v1', kind: 'llama.cpp' },
]

export type FoundServer = { name: string; base: string; kind: ServerKind; port: number }

const probeMs = 400
const answerBytes = 1_000_000

/**
 * Asks each of `servers` on 127.0.0.1 (a name could lead elsewhere) for its models, all at once and for 400 ms at
 * most, and gives back those that list at least one to chat with. No key is sent and no redirect followed; `ownPort`
 * is left out.
 */
export async function findLocalServers(
  ownPort: number,
  servers: readonly LocalServer[] = usualServers,
  send: Fetch = fetch,
): Promise<FoundServer[]> {
  const others = servers.filter(({ port }) => port !== ownPort)
  const found = await Promise.all(others.map((server) => probe(server, send)))
  return found.filter((server) => server !== null)
}

async function probe(server: LocalServer, send: Fetch): Promise<FoundServer | null> {
  const { name, port, path, kind } = server
  const base = `http://127.0.0.1:${port}${path}`
  try {
    const response = await send(`${base}/models`, {
      redirect: 'error',
      signal: AbortSignal.timeout(probeMs),
      headers: { accept: 'application/json' },
    })
    const models = readList(response.ok ? await readText(response) : '')
    const [first] = models ?? []
    if (!first) return null
    const owning = serverOwning(first.owner)
    if (server.shared && owning !== kind)
      return { name: `A server on port ${port}`, base, port, kind: owning }
    return { name, base, port, kind }
  } catch {
    return null
  }
}

async function readText(response: Response): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true })
    if (text.length > answerBytes) return ''
  }
  return text
}

/** Only the exact form of a model list counts, for anything may listen on these ports. */
function readList(text: string) {
  const answer: unknown = text ? JSON.parse(text) : null
  const isList =
    typeof answer === 'object' && answer !== null && 'object' in answer && answer.object === 'list'
  return isList ? readModels(answer) : null
}

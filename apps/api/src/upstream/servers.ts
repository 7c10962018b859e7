/** What kind of server speaks at the other end, as far as it changes how it is asked. */
export type ServerKind =
  | 'demo'
  | 'openai'
  | 'mistral'
  | 'deepseek'
  | 'groq'
  | 'openrouter'
  | 'ollama'
  | 'llama.cpp'
  | 'vllm'
  | 'other'

/** The kind that a base URL gives away. */
export function serverAt(base: string): ServerKind {
  const { hostname, port, pathname } = new URL(base)
  if (hostname === 'api.openai.com' || hostname.endsWith('.api.openai.com')) return 'openai'
  if (hostname === 'api.mistral.ai') return 'mistral'
  // Only the beta address knows how to go on from a prefix.
  if (hostname === 'api.deepseek.com') return pathname.startsWith('/beta') ? 'deepseek' : 'other'
  if (hostname === 'api.groq.com') return 'groq'
  if (hostname === 'openrouter.ai') return 'openrouter'
  return port === '11434' ? 'ollama' : 'other'
}

/** The kind that a model list's `owned_by` gives away, for servers that can stand at any address. */
export function serverOwning(owner: string | undefined): ServerKind {
  switch (owner) {
    case 'library':
      return 'ollama'
    case 'llamacpp':
      return 'llama.cpp'
    case 'vllm':
      return 'vllm'
    default:
      return 'other'
  }
}

/**
 * Where the API may be for the base URL that somebody wrote, the likeliest first: one without a version is tried
 * with `/v1`, and as it stands. No slash at the end.
 */
export function basesOf(written: string): [string, ...string[]] {
  const url = new URL(written)
  const path = url.pathname.replace(/\/+$/, '')
  const bare = `${url.origin}${path}`
  return /\/v\d/.test(path) ? [bare] : [`${bare}/v1`, bare]
}

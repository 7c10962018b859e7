import { post } from './post.ts'

/** What one request to an upstream goes out by. */
export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>

export type FetchOptions = {
  /** Sent as a bearer token, and to no other address than the bases. */
  key: string | null
  /** Where the API may be: the first is the one the caller builds addresses from, the rest are tried when it is a 404. */
  bases: readonly [string, ...string[]]
  /** In the place of the network. */
  send?: Fetch | undefined
}

const errorBytes = 64_000
const listBytes = 10_000_000

/**
 * A `fetch` for the SDK that lets only our own headers out: whatever the SDK adds about this machine, or takes from its
 * environment variables, stays here. A redirect is never followed, for it would take the key along; it comes back as
 * a 502, as does anything with status 200 that is no event stream where one was asked for.
 */
export function createFetch({ key, bases, send }: FetchOptions): Fetch {
  // Until one of them has answered, all are tried.
  let candidates: readonly string[] = bases
  return async (input, init = {}) => {
    const url = input instanceof Request ? input.url : String(input)
    const path = url.slice(bases[0].length)
    const streams = init.method === 'POST'
    for (const base of candidates) {
      const asked = { ...init, headers: headersFor(init, key), redirect: 'manual' as const }
      const response = await (send ?? (streams ? post : fetch))(base + path, asked)
      if (response.status === 404 && base !== candidates.at(-1)) {
        await response.body?.cancel()
        continue
      }
      if (response.ok) candidates = [base]
      if (response.ok && streams) {
        return isStream(response) ? response : cutShort(response, 502, errorBytes)
      }
      if (response.ok) return cutShort(response, response.status, listBytes)
      return cutShort(response, response.status < 400 ? 502 : response.status, errorBytes)
    }
    throw new TypeError('no base to ask')
  }
}

function headersFor(init: RequestInit, key: string | null): Record<string, string> {
  return {
    accept: init.method === 'POST' ? 'text/event-stream, application/json' : 'application/json',
    'user-agent': 'Mayfly',
    ...(init.body ? { 'content-type': 'application/json' } : {}),
    ...(key ? { authorization: `Bearer ${key}` } : {}),
  }
}

// A server may leave the type out, or call a stream plain text; these two it certainly isn't.
const isStream = (response: Response) =>
  response.body !== null && !/json|html/.test(response.headers.get('content-type') ?? '')

/** The response with at most `limit` bytes of its body, so that no answer fills the memory. */
async function cutShort(response: Response, status: number, limit: number): Promise<Response> {
  const chunks: Uint8Array<ArrayBuffer>[] = []
  let left = limit
  for await (const chunk of response.body ?? []) {
    const taken = chunk.slice(0, left)
    chunks.push(taken)
    left -= taken.length
    if (left === 0) break
  }
  return new Response(new Blob(chunks), { status, headers: response.headers })
}

import { once } from 'node:events'
import http, { type IncomingMessage } from 'node:http'
import https from 'node:https'

/** Longest wait for a connection, in ms. */
const connectMs = 10_000

/**
 * `fetch` for a POST, by Node's own client: a piece of a streamed body takes a fraction of the CPU that it takes
 * through Node's `fetch`, and an open body a fraction of the memory. Redirects are not followed, and nothing is
 * decompressed. Throws `TypeError` where no answer comes, as `fetch` does.
 */
export async function post(
  url: string,
  { headers, body, signal }: { headers: Record<string, string>; body?: unknown; signal?: AbortSignal | null },
): Promise<Response> {
  const { request } = url.startsWith('https:') ? https : http
  const asked = request(url, { method: 'POST', headers, timeout: connectMs, ...(signal && { signal }) })
  asked.on('timeout', () => {
    if (asked.socket?.connecting) asked.destroy(new Error('no connection'))
  })
  // Once the answer has begun, its body tells what becomes of it.
  asked.on('error', () => undefined)
  asked.end(body)
  try {
    const [answer] = await once(asked, 'response')
    return asResponse(answer)
  } catch (cause) {
    asked.destroy()
    throw broken(cause)
  }
}

/** Throws for a status or a header that a `Response` can't have. */
function asResponse(answer: IncomingMessage): Response {
  const { statusCode: status = 0, headersDistinct } = answer
  const headers = new Headers()
  for (const [name, values = []] of Object.entries(headersDistinct)) headers.set(name, values.join(', '))
  const mayHaveBody = status !== 204 && status !== 304
  return new Response(mayHaveBody ? bodyOf(answer) : null, { status, headers })
}

/** The body as a stream that is read on only while somebody reads it. */
function bodyOf(answer: IncomingMessage): ReadableStream<Uint8Array<ArrayBuffer>> {
  const source: UnderlyingDefaultSource<Uint8Array<ArrayBuffer>> = {
    start(controller) {
      // What was on its way to us when the reader left comes all the same.
      answer.on('data', (bytes: Uint8Array<ArrayBuffer>) => {
        if (answer.destroyed) return
        controller.enqueue(bytes)
        if ((controller.desiredSize ?? 0) < 0) answer.pause()
      })
      answer.on('end', () => {
        if (!answer.destroyed) controller.close()
      })
      answer.on('error', (cause) => controller.error(broken(cause)))
    },
    pull: () => void answer.resume(),
    cancel: () => void answer.destroy(),
  }
  return new ReadableStream(source, { highWaterMark: 0 })
}

const broken = (cause: unknown) => new TypeError('the connection broke', { cause })

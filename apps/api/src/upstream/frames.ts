import { createParser } from 'eventsource-parser'
import { APIError } from 'openai'
import { isRecord } from './chunk.ts'

/** What is kept of a frame that has not ended yet, in UTF-16 units. */
const frameLength = 16_000_000

/**
 * Reads the JSON in the frames of an event stream (WHATWG HTML, "Server-sent events"). Each call resolves with what the
 * next bytes of the body completed, be it nothing, and with null at the end: that of the body, `[DONE]`, or `signal`'s
 * abort. Throws, after the frames before it, `APIError` for an error that the server sent as a frame, `SyntaxError` for
 * a frame that is no JSON, and `TypeError` for a connection that broke or a frame without an end.
 *
 * The SDK's own reader spends a chain of promises on each line; this one spends one on each read.
 */
export function createFrameReader(response: Response, signal: AbortSignal): () => Promise<unknown[] | null> {
  const body = response.body?.getReader()
  const decoder = new TextDecoder()
  let frames: unknown[] = []
  let ended = body === undefined
  let broken: unknown
  const parser = createParser({
    maxBufferSize: frameLength,
    onEvent({ event, data }) {
      if (ended) return
      if (data === '[DONE]') ended = true
      else {
        try {
          frames.push(readFrame(data, event, response.headers))
        } catch (error) {
          broken = error
          ended = true
        }
      }
    },
    onError({ type }) {
      if (ended || type !== 'max-buffer-size-exceeded') return
      broken = new TypeError('a frame without an end')
      ended = true
    },
  })
  signal.addEventListener('abort', () => void body?.cancel().catch(() => undefined), { once: true })

  return async function readOn() {
    if (broken !== undefined) throw broken
    if (ended || body === undefined) return null
    const { value, done } = await body.read()
    // Some servers leave out the empty line after their last frame.
    parser.feed(done ? '\n\n' : decoder.decode(value, { stream: true }))
    if (done) ended = true
    const read = frames
    frames = []
    return read
  }
}

function readFrame(data: string, event: string | undefined, headers: Headers): unknown {
  const frame = parse(data)
  const { error } = isRecord(frame) ? frame : {}
  if (error || event === 'error')
    throw new APIError(undefined, error ?? frame ?? undefined, undefined, headers)
  return frame
}

function parse(data: string): unknown {
  try {
    return JSON.parse(data)
  } catch {
    // The engine's own error would quote the frame.
    throw new SyntaxError('a frame that is no JSON')
  }
}

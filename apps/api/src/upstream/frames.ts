import { createParser } from 'eventsource-parser'
import { APIError } from 'openai'
import { isRecord } from './chunk.ts'

/** What is kept of a frame that has not ended yet, in UTF-16 units. */
const frameLength = 16_000_000

/**
 * Reads the JSON in the frames of an event stream (WHATWG HTML, "Server-sent events") from its bytes. `read` returns
 * what the next bytes completed, be it nothing; undefined stands for the body's end. `end` is set once nothing further
 * will come, with what broke the stream, if anything did: `APIError` for an error that the server sent as a frame,
 * `SyntaxError` for a frame that is no JSON, `TypeError` for one without an end.
 *
 * The SDK's own reader spends a chain of promises on each line; this one spends none.
 */
export function createFrameReader(headers: Headers) {
  const decoder = new TextDecoder()
  let frames: unknown[] = []
  const reader: { read: typeof read; end?: { broken?: unknown } } = { read }
  const parser = createParser({
    maxBufferSize: frameLength,
    onEvent({ event, data }) {
      if (reader.end) return
      if (data === '[DONE]') reader.end = {}
      else {
        try {
          frames.push(parseFrame(data, event, headers))
        } catch (broken) {
          reader.end = { broken }
        }
      }
    },
    onError({ type }) {
      if (type === 'max-buffer-size-exceeded')
        reader.end ??= { broken: new TypeError('a frame without an end') }
    },
  })

  function read(bytes: Uint8Array | undefined): unknown[] {
    frames = []
    // Some servers leave out the empty line after their last frame.
    parser.feed(bytes ? decoder.decode(bytes, { stream: true }) : '\n\n')
    if (!bytes) reader.end ??= {}
    return frames
  }
  return reader
}

function parseFrame(data: string, event: string | undefined, headers: Headers): unknown {
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

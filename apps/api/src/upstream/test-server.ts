import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'

export type Heard = {
  method: string | undefined
  url: string | undefined
  headers: IncomingMessage['headers']
  body: string
  /** Whether the connection was closed before the answer was whole; resolves when it closes, with the time in ms. */
  closed: Promise<{ early: boolean; at: number }>
}

/** An HTTP server of the tests' own on a free port of 127.0.0.1; `handle` answers once the body has arrived. */
export async function startServer(handle: (res: ServerResponse, request: Heard) => void) {
  const heard: Heard[] = []
  const server = createServer((req, res) => {
    const closed = new Promise<{ early: boolean; at: number }>((resolve) => {
      res.on('close', () => resolve({ early: !res.writableFinished, at: performance.now() }))
    })
    let body = ''
    req.setEncoding('utf8')
    req.on('data', (chunk: string) => (body += chunk))
    req.on('end', () => {
      const request = { method: req.method, url: req.url, headers: req.headers, body, closed }
      heard.push(request)
      handle(res, request)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return {
    port,
    origin: `http://127.0.0.1:${port}`,
    base: `http://127.0.0.1:${port}/v1`,
    heard,
    close() {
      server.closeAllConnections()
      return new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

/** One chunk of a streamed reply as a frame. */
export const frameOf = (chunk: object): string => `data: ${JSON.stringify(chunk)}\n\n`
export const said = (delta: object, finish: string | null = null): string =>
  frameOf({ choices: [{ index: 0, delta, finish_reason: finish }] })
export const counted = frameOf({ choices: [], usage: { prompt_tokens: 3, completion_tokens: 2 } })
export const done = 'data: [DONE]\n\n'

/** Begins an event stream with these frames and leaves it open. */
export function begin(res: ServerResponse, ...frames: string[]): void {
  res.writeHead(200, { 'content-type': 'text/event-stream' })
  res.flushHeaders()
  for (const frame of frames) res.write(frame)
}

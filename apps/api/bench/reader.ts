import { connect } from 'node:net'

const body = '{"version":1,"model":"m","messages":[{"role":"user","parts":[{"type":"text","text":"Hi"}]}]}'

/** One reader of one reply, who reads at once. */
export type Reader = {
  /** Time from the wish to read to the first token, in ms. */
  first: Promise<number>
  /** Tokens that have come so far. */
  tokens(): number
  leave(): void
}

/** Asks for a reply by a connection of its own. It is read as bytes, so that reading costs the machine little. */
export function openReader(port: number, token: string): Reader {
  const started = performance.now()
  const first = Promise.withResolvers<number>()
  let tokens = 0
  const socket = connect(port, '127.0.0.1', () => {
    socket.write(
      `POST /trpc/reply HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n` +
        `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    )
  })
  socket.on('data', (bytes) => {
    for (let at = bytes.indexOf(0x7e); at >= 0; at = bytes.indexOf(0x7e, at + 1)) tokens += 1
    if (tokens > 0) first.resolve(performance.now() - started)
  })
  socket.on('error', first.reject)
  socket.on('close', () => first.reject(new Error('the relay closed the connection')))
  return { first: first.promise, tokens: () => tokens, leave: () => void socket.destroy() }
}

// A model's server that says 50 tokens a second on every stream for as long as somebody reads it, and tells its parent
// when a stream's socket closes.
import { createServer, type ServerResponse } from 'node:http'

const tokenMs = 20
const delta = { content: ' word~' }
const choices = [{ index: 0, delta, finish_reason: null }]
const token = Buffer.from(
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', model: 'm', choices })}\n\n`,
)

/** Each stream's time to its first token is the same; after that they share ten timers, so that this costs little. */
const groups = Array.from({ length: 10 }, () => new Set<ServerResponse>())
groups.forEach((group, i) => {
  // Who is too slow for its tokens misses some: they would pile up here.
  const speak = () => group.forEach((res) => res.writableNeedDrain || res.write(token))
  setTimeout(() => setInterval(speak, tokenMs), i * (tokenMs / groups.length))
})

let next = 0
const server = createServer((req, res) => {
  req.resume()
  req.on('end', () => {
    const group = groups[next++ % groups.length]
    res.writeHead(200, { 'content-type': 'text/event-stream' })
    res.write(token)
    group?.add(res)
    res.on('close', () => {
      group?.delete(res)
      process.send?.(process.hrtime.bigint().toString())
    })
  })
})
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (address !== null && typeof address === 'object') process.send?.(address.port)
})
process.on('disconnect', () => process.exit())

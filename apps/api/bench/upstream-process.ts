// A model's server that says 50 tokens a second on every stream, as many as its argument says, and tells its parent
// when a stream's socket closes.
import { createServer, type ServerResponse } from 'node:http'

const tokenMs = 20
const chunk = (delta: object, finish: string | null = null) =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', model: 'm', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`
const token = chunk({ content: ' token' })
const last = `${chunk({}, 'stop')}data: [DONE]\n\n`

/** Each stream's time to its first token is the same; after that they share ten timers, so that this costs little. */
const groups = Array.from({ length: 10 }, () => new Map<ServerResponse, number>())
groups.forEach((group, i) => {
  setTimeout(
    () => {
      setInterval(() => {
        for (const [res, left] of group) {
          if (left > 0) {
            res.write(token)
            group.set(res, left - 1)
          } else {
            group.delete(res)
            res.end(last)
          }
        }
      }, tokenMs)
    },
    i * (tokenMs / groups.length),
  )
})

let next = 0
const server = createServer((req, res) => {
  req.resume()
  if (req.method === 'GET') {
    res.setHeader('content-type', 'application/json')
    res.end('{"object":"list","data":[{"id":"m","object":"model"}]}')
    return
  }
  req.on('end', () => {
    const group = groups[next++ % groups.length]
    res.writeHead(200, { 'content-type': 'text/event-stream' })
    res.write(token)
    group?.set(res, Number(process.argv[2]))
    res.on('close', () => {
      group?.delete(res)
      process.send?.({ closed: process.hrtime.bigint().toString() })
    })
  })
})
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (address !== null && typeof address === 'object') process.send?.({ port: address.port })
})
process.on('disconnect', () => process.exit())

import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'

/** Passes the upstream's bytes through as they are: no session, no limit, no check. The floor. */
export function createPipe(upstreamPort: string): Server {
  return createServer((req, res) => {
    ask(upstreamPort, req, res, (reply) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' })
      reply.pipe(res)
    })
  })
}

/** What one would write by hand: reads the upstream's frames and sends each token on as an event of its own. */
export function createHandWritten(upstreamPort: string): Server {
  return createServer((req, res) => {
    ask(upstreamPort, req, res, (reply) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' })
      let rest = ''
      reply.setEncoding('utf8')
      reply.on('data', (text: string) => {
        const frames = (rest + text).split('\n\n')
        rest = frames.pop() ?? ''
        for (const frame of frames) {
          const data = frame.slice('data: '.length)
          if (data === '[DONE]') continue
          const content: unknown = JSON.parse(data).choices[0]?.delta.content
          if (content) res.write(`data: ${JSON.stringify({ text: content })}\n\n`)
        }
      })
      reply.on('end', () => res.end())
    })
  })
}

function ask(
  port: string,
  req: IncomingMessage,
  res: ServerResponse,
  answer: (reply: IncomingMessage) => void,
) {
  const asked = request({ host: '127.0.0.1', port, path: '/v1/chat/completions', method: 'POST' }, answer)
  res.on('close', () => asked.destroy())
  asked.on('error', () => res.destroy())
  req.pipe(asked)
}

// A model's server that goes on from exactly where a partial reply ends, and now and then refuses, breaks off or falls
// silent, behind a network with faults of its own. Tells its parent the port of that network; whatever the parent says
// makes it forget who asked for what.
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { startFaultProxy } from '../../../e2e/fixtures/fault-proxy.ts'
import { idsIn, modelFault, paceMs, piecesOf, replyTo, weather } from './plan.ts'

const requests = new Map<string, number>()
const frame = (chunk: object) => `data: ${JSON.stringify({ object: 'chat.completion.chunk', ...chunk })}\n\n`
const say = (delta: object, finish: string | null = null) =>
  frame({ model: 'river', choices: [{ index: 0, delta, finish_reason: finish }] })

const server = createServer(async (req, res) => {
  res.on('error', () => {})
  if (req.method === 'GET') {
    res.setHeader('content-type', 'application/json')
    return void res.end('{"object":"list","data":[{"id":"river","object":"model"}]}')
  }
  const body = await text(req).catch(() => null)
  if (body === null) return // who asked is gone
  const { messages }: { messages: { role: string; content: string }[] } = JSON.parse(body)
  const { conversation, turn } = idsIn(messages.findLast(({ role }) => role === 'user')?.content ?? '')
  const key = `${conversation} ${turn}`
  const request = requests.get(key) ?? 0
  requests.set(key, request + 1)
  const last = messages.at(-1)
  const prefix = last?.role === 'assistant' ? last.content : ''
  const whole = replyTo(conversation, turn)
  const rest = whole.startsWith(prefix) ? whole.slice(prefix.length) : whole
  await answer(res, piecesOf(rest), modelFault(conversation, turn, request))
})

async function answer(res: ServerResponse, pieces: string[], fault: ReturnType<typeof modelFault>) {
  const { kind, afterPieces = Infinity } = fault ?? {}
  if (kind === 'limited' || kind === 'broken') {
    const status = kind === 'limited' ? 429 : 500
    res.writeHead(status, { 'content-type': 'application/json', 'retry-after': '1' })
    return void res.end('{"error":{"message":"No.","code":null}}')
  }
  res.writeHead(200, { 'content-type': 'text/event-stream' })
  for (const [i, content] of pieces.entries()) {
    if (i === afterPieces) {
      if (kind === 'early end') res.end()
      if (kind === 'reset') res.socket?.resetAndDestroy()
      return
    }
    res.write(say({ content }))
    await delay(paceMs)
    if (res.destroyed) return
  }
  res.end(`${say({}, 'stop')}data: [DONE]\n\n`)
}

server.listen(0, '127.0.0.1')
await once(server, 'listening')
const address = server.address()
if (address === null || typeof address === 'string') throw new Error('the model has no port')
const network = await startFaultProxy(address.port)
process.send?.({ port: network.port })
process.on('disconnect', () => process.exit())
process.on('message', () => {
  requests.clear()
  void passWeather()
})

/** From the next question on, has happen to the network what is to happen. */
async function passWeather() {
  await once(server, 'request')
  for (const { kind, afterMs } of weather()) {
    setTimeout(() => {
      if (kind !== 'latency') return network.killAll(kind)
      network.setFaults({ latencyMs: 50 })
      setTimeout(() => network.setFaults({}), 1_000)
    }, afterMs)
  }
}

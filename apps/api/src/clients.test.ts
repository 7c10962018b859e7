import { connect, type Socket } from 'node:net'
import { promisify } from 'node:util'
import { expect, test, vi } from 'vitest'
import { question, startServer } from './server.fixture.ts'
import type { Upstream } from './upstream/upstream.ts'

const crowd = 100

/** Says the same for ever, as fast as it is taken, until it is told to stop. */
const flood: Upstream['reply'] = async function* (_request, signal) {
  yield { type: 'started', model: 'm' }
  while (!signal.aborted) {
    yield { type: 'delta', text: 'x'.repeat(10_000) }
    await new Promise((resolve) => setImmediate(resolve))
  }
}

type Server = { port: number; token: string }

/** One connection that has sent these bytes. An error of its own is what it came for. */
async function connected(port: number, bytes: string | Uint8Array): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  socket.on('error', () => {})
  await new Promise((resolve) => socket.write(bytes, resolve))
  return socket
}

const headOf = ({ token }: Server, path: string, length: number) =>
  `POST ${path} HTTP/1.1\r\nHost: localhost:3000\r\nSec-Fetch-Site: same-origin\r\n` +
  (path === '/trpc/reply' ? `Authorization: Bearer ${token}\r\n` : '') +
  `Content-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`

const body = JSON.stringify(question())
const whole = (server: Server) => headOf(server, '/trpc/reply', body.length) + body

/** Opens a reply and resolves when some of it has come; nothing more is read. */
async function inMidReply(server: Server): Promise<Socket> {
  const socket = await connected(server.port, whole(server))
  let heard = ''
  await new Promise<void>((resolve) => {
    socket.on('data', (bytes: Buffer) => {
      heard += bytes.toString()
      if (!heard.includes('"delta"')) return
      socket.pause()
      resolve()
    })
  })
  return socket
}

const garbage = Uint8Array.from({ length: 5_000 }, (_, n) => (n * 7_919) % 256)

const ways: [string, (server: Server) => Promise<Socket>, ((socket: Socket) => unknown)?][] = [
  [
    'reset while they send their question',
    (server) => connected(server.port, headOf(server, '/trpc/reply', 900) + '{"ver'),
  ],
  [
    'reset while they sign in',
    (server) => connected(server.port, headOf(server, '/trpc/signIn', 900) + '{"user'),
  ],
  ['reset when they have asked', (server) => connected(server.port, whole(server))],
  ['reset in mid-reply', inMidReply],
  [
    'half close when they have asked',
    (server) => connected(server.port, whole(server)),
    (socket) => socket.end(),
  ],
  ['half close in mid-reply', inMidReply, (socket) => socket.end()],
  [
    'half close while they send their question',
    (server) => connected(server.port, headOf(server, '/trpc/reply', 900) + '{"ver'),
    (socket) => socket.end(),
  ],
  ['send garbage', (server) => connected(server.port, garbage)],
  [
    'send garbage in place of a body',
    (server) =>
      connected(
        server.port,
        Buffer.concat([Buffer.from(headOf(server, '/trpc/reply', garbage.length)), garbage]),
      ),
  ],
  [
    'send garbage after their question',
    (server) => connected(server.port, Buffer.concat([Buffer.from(whole(server)), garbage])),
  ],
  [
    'send garbage in mid-reply and stay',
    async (server) => {
      const socket = await inMidReply(server)
      socket.write(garbage)
      return socket
    },
    (socket) => socket.resume(),
  ],
]

const leasesIn = ({ store }: Awaited<ReturnType<typeof startServer>>) =>
  store.db.selectFrom('leases').selectAll().execute()

test.each(ways)(
  `${crowd} clients at once that %s leave nothing behind`,
  async (_what, open, leave = (socket) => socket.resetAndDestroy()) => {
    const server = await startServer({ reply: flood, replyBytes: 32_000_000, concurrentReplies: crowd })
    const connections = promisify(server.server.getConnections.bind(server.server))
    const sockets = await Promise.all(Array.from({ length: crowd }, () => open(server)))
    for (const socket of sockets) leave(socket)
    await expect.poll(() => connections(), { timeout: 10_000 }).toBe(0)
    await expect.poll(() => server.openReplies.count).toBe(0)
    await expect.poll(() => leasesIn(server)).toEqual([])
    for (const socket of sockets) socket.destroy()
    expect(server.lines.join('')).not.toContain('"bug"')
    expect((await fetch(`${server.origin}/readyz`)).status).toBe(200)
  },
)

test(`${crowd} clients at once that never read hold no reply open whose bytes have gone out`, async () => {
  const server = await startServer({ reply: flood, replyBytes: 100_000, concurrentReplies: crowd })
  const begun = vi.spyOn(server.openReplies, 'add')
  const sockets = await Promise.all(
    Array.from({ length: crowd }, () => connected(server.port, whole(server))),
  )
  await expect.poll(() => begun.mock.calls.length).toBe(crowd)
  await expect.poll(() => server.openReplies.count).toBe(0)
  await expect.poll(() => leasesIn(server)).toEqual([])
  for (const socket of sockets) socket.destroy()
})

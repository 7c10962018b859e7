import { createServer, type Server } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { close, listen } from './listen.ts'

function server(): Server {
  const made = createServer((_req, res) => void res.end('here'))
  onTestFinished(() => void made.close())
  return made
}

/** A port of this machine that is taken on `host`. */
async function takenOn(host: string): Promise<number> {
  const holder = server()
  await new Promise<void>((resolve) => holder.listen({ port: 0, host, ipv6Only: true }, resolve))
  const address = holder.address()
  return address !== null && typeof address === 'object' ? address.port : 0
}

test.each(['127.0.0.1', '::1'])('a port that is taken on %s alone is in use', async (host) => {
  const port = await takenOn(host)
  const servers = [server(), server()]
  await expect(listen(servers, ['127.0.0.1', '::1'], port)).rejects.toThrow(
    `PORT: ${port} is in use on ${host}`,
  )
  expect(servers.map(({ listening }) => listening)).toEqual([false, false])
})

test('an address of another machine is named as such', async () => {
  await expect(listen([server()], ['192.0.2.1'], 0)).rejects.toThrow(
    'HOST: 192.0.2.1 is no address of this machine',
  )
})

test('an address family that this machine lacks is left out while another remains', async () => {
  const servers = [server(), server()]
  await listen(servers, ['127.0.0.1', '192.0.2.1'], 0)
  expect(servers.map(({ listening }) => listening)).toEqual([true, false])
  await close(servers)
})

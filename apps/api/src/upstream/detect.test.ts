import { afterEach, expect, test } from 'vitest'
import { findLocalServers, type LocalServer, usualServers } from './detect.ts'
import { startServer } from './test-server.ts'

const open: { close: () => Promise<void> }[] = []
afterEach(async () => {
  for (const server of open.splice(0)) await server.close()
})

async function listing(answer: object | string | null, status = 200, headers: Record<string, string> = {}) {
  const server = await startServer((res) => {
    if (answer === null) return
    res.writeHead(status, { 'content-type': 'application/json', ...headers })
    res.end(typeof answer === 'string' ? answer : JSON.stringify(answer))
  })
  open.push(server)
  return server
}

const list = (id: string, owner?: string) => ({ object: 'list', data: [{ id, owned_by: owner }] })
const at = (port: number, more: Partial<LocalServer> = {}): LocalServer => ({
  name: 'Ollama',
  port,
  path: '/v1',
  kind: 'ollama',
  ...more,
})

test('finds servers in the order of preference, not of their answers', async () => {
  const second = await listing(list('b'))
  const first = await listing(list('a'))
  const found = await findLocalServers(1, [
    at(first.port),
    at(second.port, { name: 'LM Studio', kind: 'other' }),
  ])
  expect(found.map(({ name, base }) => [name, base])).toEqual([
    ['Ollama', first.base],
    ['LM Studio', second.base],
  ])
})

test('asks 127.0.0.1 for the models, without a key', async () => {
  const server = await listing(list('a'))
  await findLocalServers(1, [at(server.port, { path: '/engines/v1' })])
  expect(server.heard[0]?.url).toBe('/engines/v1/models')
  expect(server.heard[0]?.headers.host).toBe(`127.0.0.1:${server.port}`)
  expect(server.heard[0]?.headers.authorization).toBeUndefined()
})

test('believes a shared port only what its list says', async () => {
  const vllm = await listing(list('a', 'vllm'))
  const another = await listing(list('a', 'somebody'))
  const shared = { name: 'vLLM', kind: 'vllm', shared: true } as const
  const found = await findLocalServers(1, [at(vllm.port, shared), at(another.port, shared)])
  expect(found.map(({ name, kind }) => [name, kind])).toEqual([
    ['vLLM', 'vllm'],
    [`A server on port ${another.port}`, 'other'],
  ])
})

test('leaves our own port alone', async () => {
  const server = await listing(list('a'))
  expect(await findLocalServers(server.port, [at(server.port)])).toEqual([])
  expect(server.heard).toEqual([])
})

test.each([
  ['a web page', '<html></html>'],
  ['another JSON', { hello: 1 }],
  ['a list of another form', { data: [{ id: 'a' }] }],
  ['no models', { object: 'list', data: null }],
  ['embeddings alone', list('nomic-embed-text')],
  ['more than a list can be', JSON.stringify(list('a')) + ' '.repeat(1_100_000)],
  ['an answer that never comes', null],
])('takes %s for no model server', async (_, answer) => {
  const server = await listing(answer)
  const began = performance.now()
  expect(await findLocalServers(1, [at(server.port)])).toEqual([])
  expect(performance.now() - began).toBeLessThan(1000)
})

test('takes an error or a redirect for no model server', async () => {
  const target = await listing(list('a'))
  const moved = await listing('', 302, { location: `${target.base}/models` })
  const broken = await listing(list('a'), 500)
  expect(await findLocalServers(1, [at(moved.port), at(broken.port)])).toEqual([])
  expect(target.heard).toEqual([])
})

test('nobody listening is told at once', async () => {
  const server = await startServer(() => {})
  await server.close()
  const began = performance.now()
  expect(await findLocalServers(1, [at(server.port)])).toEqual([])
  expect(performance.now() - began).toBeLessThan(300)
})

test('the usual servers have a port each', () => {
  expect(new Set(usualServers.map(({ port }) => port)).size).toBe(usualServers.length)
})

import { expect, onTestFinished, test } from 'vitest'
import { post } from './post.ts'
import { startServer } from './test-server.ts'

async function serve(...call: Parameters<typeof startServer>) {
  const server = await startServer(...call)
  onTestFinished(() => server.close())
  return server
}

test('sends what it was given, and hears status, headers and body', async () => {
  const server = await serve((res) => {
    res.writeHead(418, [
      ['x-one', 'a'],
      ['x-one', 'b'],
    ])
    res.end('Hé')
  })
  const response = await post(`${server.origin}/tea?x`, { headers: { 'x-asked': 'yes' }, body: '{"é":1}' })
  expect(response.status).toBe(418)
  expect(response.headers.get('x-one')).toBe('a, b')
  expect(await response.text()).toBe('Hé')
  expect(server.heard).toMatchObject([{ method: 'POST', url: '/tea?x', body: '{"é":1}' }])
  expect(server.heard[0]?.headers).toMatchObject({ 'x-asked': 'yes', 'content-length': '8' })
})

test('a body that is left while it comes breaks nothing', async () => {
  const server = await serve((res) => void res.end('x'.repeat(100_000)))
  const thrown: unknown[] = []
  const note = (error: unknown) => void thrown.push(error)
  process.prependListener('uncaughtException', note)
  onTestFinished(() => void process.off('uncaughtException', note))
  for (let n = 0; n < 20; n++) {
    const response = await post(server.origin, { headers: {} })
    await response.body?.cancel()
    await server.heard[n]?.closed
  }
  expect(thrown).toEqual([])
})

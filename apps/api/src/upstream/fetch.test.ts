import { expect, onTestFinished, test } from 'vitest'
import { createFetch } from './fetch.ts'
import { startServer } from './test-server.ts'

const secret = 'sk-marked-canary-7f3a'

test.each(
  [301, 302, 303, 307, 308].flatMap((status) => [
    { method: 'GET', path: '/models', status },
    { method: 'POST', path: '/chat/completions', status },
  ]),
)('a redirect ($status) of $method $path is a 502, and takes the key nowhere', async (asked) => {
  const other = await startServer((res) => res.end('{}'))
  onTestFinished(() => other.close())
  const server = await startServer((res) =>
    res.writeHead(asked.status, { location: `${other.base}${asked.path}` }).end(),
  )
  onTestFinished(() => server.close())
  const { method } = asked
  const ask = createFetch({ key: secret, bases: [server.base] })
  const response = await ask(server.base + asked.path, { method, ...(method === 'POST' && { body: '{}' }) })
  expect(response.status).toBe(502)
  expect(server.heard.map(({ headers }) => headers.authorization)).toEqual([`Bearer ${secret}`])
  expect(other.heard).toEqual([])
})

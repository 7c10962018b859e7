import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { text as textOfStream } from 'node:stream/consumers'
import { failureOf } from '@mayfly/contracts'
import { describe, expect, test } from 'vitest'
import { ask, mute, post, question, startServer } from './server.fixture.ts'

const ownPage = { 'sec-fetch-site': 'same-origin' }
const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

/** Sends bytes as they are, and resolves with all that comes back until the server closes. */
async function raw(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.write(bytes)
  return textOfStream(socket)
}

/** One request by node:http, which lets a test set the Host. */
function requestAs(
  port: number,
  host: string,
  path: string,
  method = 'GET',
): Promise<{ status: number; location?: string }> {
  return new Promise((resolve, reject) => {
    const req = httpRequest({ port, host: '127.0.0.1', path, method, headers: { host } }, (res) => {
      res.resume()
      const { location } = res.headers
      resolve({ status: res.statusCode ?? 0, ...(location !== undefined && { location }) })
    })
    req.on('error', reject)
    req.end()
  })
}

describe('headers', () => {
  test('every response has the strict ones, whatever its status', async () => {
    const { origin, token } = await startServer()
    const responses = [
      await fetch(`${origin}/healthz`),
      await fetch(`${origin}/trpc/reply`),
      await post(`${origin}/trpc/nothing`, ownPage),
      await post(`${origin}/trpc/session`, {}),
      await post(`${origin}/trpc/session`, ownPage),
      await post(`${origin}/trpc/reply`, bearer(token), JSON.stringify(question())),
      await post(`${origin}/trpc/reply`, bearer(token), 'no json'),
      await fetch(`${origin}/`, { method: 'DELETE' }),
    ]
    expect(responses.map(({ status }) => status)).toEqual([200, 405, 404, 403, 200, 200, 400, 405])
    for (const { headers } of responses) {
      expect(headers.get('content-security-policy')).not.toMatch(/unsafe|https?:/)
      expect(headers.get('content-security-policy')).toContain("default-src 'none'")
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('referrer-policy')).toBe('no-referrer')
      expect(headers.get('cross-origin-opener-policy')).toBe('same-origin')
      expect(headers.get('cross-origin-resource-policy')).toBe('same-origin')
      expect(headers.get('permissions-policy')).toContain('camera=()')
      expect(headers.get('access-control-allow-origin')).toBeNull()
      expect(headers.get('x-powered-by')).toBeNull()
      expect(headers.get('server')).toBeNull()
      expect(headers.get('strict-transport-security')).toBeNull()
    }
  })

  test.each([
    ['no Host', 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n', 421],
    ['an unknown method', 'BREW / HTTP/1.1\r\nHost: localhost:3000\r\n\r\n', 400],
    ['garbage', 'hello\r\n\r\n', 400],
    ['headers of 20 KB', `GET / HTTP/1.1\r\nHost: localhost:3000\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
    [
      'an expectation',
      'GET / HTTP/1.1\r\nHost: localhost:3000\r\nExpect: tea\r\nConnection: close\r\n\r\n',
      417,
    ],
  ])('an answer to %s has them too', async (_name, bytes, status) => {
    const { port } = await startServer()
    const answer = (await raw(port, bytes)).toLowerCase()
    expect(answer).toMatch(new RegExp(`^http/1.1 ${status} `))
    for (const name of [
      'content-security-policy',
      'x-content-type-options',
      'cross-origin-resource-policy',
    ]) {
      expect(answer).toContain(`\r\n${name}: `)
    }
  })

  test('a stream is marked so that no proxy keeps it back', async () => {
    const { origin, token } = await startServer()
    const { headers } = await post(`${origin}/trpc/reply`, bearer(token), JSON.stringify(question()))
    expect(headers.get('content-type')).toBe('text/event-stream')
    expect(headers.get('x-accel-buffering')).toBe('no')
    expect(headers.get('cache-control')).toBe('no-store, no-transform')
  })
})

test('behind https the cookie is bound to the host, and the browser is told to stay with https', async () => {
  const { origin } = await startServer({ publicOrigin: 'https://chat.example' })
  const body = '{"username":"owner","password":"a sentence works"}'
  const signedIn = await post(`${origin}/trpc/signIn`, { origin: 'https://chat.example' }, body)
  expect(signedIn.headers.get('set-cookie')).toMatch(
    /^__Host-session=[^;]+; Path=\/; Max-Age=86400; HttpOnly; SameSite=Strict; Secure$/,
  )
  expect(signedIn.headers.get('strict-transport-security')).toBe('max-age=31536000')
  expect((await post(`${origin}/trpc/signIn`, { origin: 'http://chat.example' }, body)).status).toBe(403)
})

describe('who may ask', () => {
  test.each([
    ['no word of where it comes from', {}],
    ['a foreign origin', { origin: 'https://evil.example' }],
    ['an opaque origin', { origin: 'null' }],
    ['our host on another port', { origin: 'http://localhost:3001' }],
    ['our host with another scheme', { origin: 'https://localhost:3000' }],
    ['another site', { 'sec-fetch-site': 'cross-site', origin: 'http://localhost:3000' }],
    ['a sister of our site', { 'sec-fetch-site': 'same-site' }],
    ['a typed address', { 'sec-fetch-site': 'none' }],
  ])('a request with %s is refused, and nothing happens', async (_name, headers) => {
    const { origin, auth } = await startServer()
    for (const name of ['session', 'signIn', 'signOut', 'models', 'reply']) {
      const response = await post(
        `${origin}/trpc/${name}`,
        headers,
        JSON.stringify({ username: 'owner', password: 'x' }),
      )
      expect(response.status).toBe(403)
      expect(response.headers.get('set-cookie')).toBeNull()
    }
    expect(await auth.waysIn()).toEqual({ signUp: 'closed', passwords: true })
  })

  test('our own page is let in by its origin where the browser says no more', async () => {
    const { origin } = await startServer()
    expect((await post(`${origin}/trpc/session`, { origin: 'http://localhost:3000' })).status).toBe(200)
  })

  test('a bearer token decides alone, and a bad one is nobody', async () => {
    const { origin } = await startServer()
    const signedIn = await post(
      `${origin}/trpc/signIn`,
      ownPage,
      '{"username":"owner","password":"a sentence works"}',
    )
    const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? ''
    expect((await post(`${origin}/trpc/models`, { ...ownPage, cookie })).status).toBe(200)
    expect((await post(`${origin}/trpc/models`, { ...ownPage, cookie, ...bearer('mf_wrong') })).status).toBe(
      401,
    )
  })

  test.each(['%', 'a=1;b', 'session-3000', 'x'.repeat(8_000), 'session-3000=%00; session-3000=x'])(
    'the cookie header %j is nobody, and no error',
    async (cookie) => {
      const { origin } = await startServer()
      expect((await post(`${origin}/trpc/models`, { ...ownPage, cookie })).status).toBe(401)
    },
  )

  test('signing out ends the replies of that session, and asks the browser to forget', async () => {
    const { origin, openReplies } = await startServer({ reply: mute })
    const signedIn = await post(
      `${origin}/trpc/signIn`,
      ownPage,
      '{"username":"owner","password":"a sentence works"}',
    )
    const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? ''
    const reply = await post(`${origin}/trpc/reply`, { ...ownPage, cookie }, JSON.stringify(question()))
    const body = reply.text()
    await expect.poll(() => openReplies.count).toBe(1)
    const signedOut = await post(`${origin}/trpc/signOut`, { ...ownPage, cookie })
    expect(signedOut.headers.get('clear-site-data')).toBe('"cache"')
    expect(await body).toContain('"kind":"session-ended"')
    expect((await post(`${origin}/trpc/models`, { ...ownPage, cookie })).status).toBe(401)
  })
})

describe('hosts and paths', () => {
  test('another host is misdirected, health excepted', async () => {
    const { port } = await startServer()
    expect((await requestAs(port, 'evil.example', '/')).status).toBe(421)
    expect((await requestAs(port, 'evil.example', '/trpc/session', 'POST')).status).toBe(421)
    expect((await requestAs(port, 'evil.example', '/healthz')).status).toBe(200)
  })

  test('a page asked for by number is sent to the public origin, a file or a procedure never', async () => {
    const { port } = await startServer()
    for (const path of ['/', '/sign-in', '/settings']) {
      const page = await requestAs(port, '127.0.0.1:3000', `${path}?x=1`)
      expect(page).toEqual({ status: 307, location: `http://localhost:3000${path}` })
    }
    expect((await requestAs(port, '127.0.0.1:3000', '//evil.example')).status).toBe(200)
    expect((await requestAs(port, '127.0.0.1:3000', '/assets/x.js')).status).toBe(200)
    expect((await requestAs(port, '127.0.0.1:3000', '/trpc/session', 'POST')).status).toBe(415)
    expect((await requestAs(port, 'localhost:3000', '/')).status).toBe(200)
  })

  test.each([
    '/TRPC/reply',
    '/trpc/%72eply',
    '/trpc/reply/',
    '/trpc//reply',
    '/trpc/reply,reply',
    '/trpc/__proto__',
  ])('%s reaches no procedure', async (path) => {
    const { origin, token } = await startServer()
    const response = await post(`${origin}${path}`, bearer(token), JSON.stringify(question()))
    expect(response.status).toBe(404)
  })

  test.each(['GET', 'PUT', 'DELETE', 'OPTIONS', 'TRACE'])('%s on a procedure is 405', async (method) => {
    const { port } = await startServer()
    const answer = await raw(
      port,
      `${method} /trpc/reply HTTP/1.1\r\nHost: localhost:3000\r\nConnection: close\r\n\r\n`,
    )
    expect(answer).toMatch(/^HTTP\/1.1 405 /)
    expect(answer).toMatch(/createChatClient/)
  })

  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/octet-stream',
  ])('a body of %s is 415', async (type) => {
    const { origin, token } = await startServer()
    for (const name of ['reply', 'signOut']) {
      const response = await post(`${origin}/trpc/${name}`, { ...bearer(token), 'content-type': type })
      expect(response.status).toBe(415)
    }
  })
})

describe('too much, and nonsense', () => {
  test('a body of 20 MB is 413 before it has all arrived, and the server goes on', async () => {
    const { origin, token, client } = await startServer()
    const big = JSON.stringify(question('x'.repeat(20_000_000)))
    const response = await post(`${origin}/trpc/reply`, bearer(token), big)
    expect(response.status).toBe(413)
    expect(await response.json()).toMatchObject({ error: { data: { failure: { kind: 'too-large' } } } })
    expect(await ask(client)).toHaveLength(3)
  })

  test('a form larger than any of ours is refused', async () => {
    const { origin } = await startServer()
    const body = JSON.stringify({ username: 'a', password: 'x'.repeat(50_000) })
    expect((await post(`${origin}/trpc/signIn`, ownPage, body)).status).toBe(413)
  })

  test('more text than may be sent is too-large, though the request is not', async () => {
    const { client } = await startServer()
    const error = await ask(client, question('x'.repeat(4_000_001))).catch((thrown: unknown) => thrown)
    expect(failureOf(error)).toEqual({ kind: 'too-large' })
  })

  test.each([
    ['no JSON', '{'],
    ['nothing', ''],
    ['another shape', '{"messages":"hi"}'],
    ['no messages', '{"version":1,"messages":[]}'],
    ['an unknown role', '{"version":1,"messages":[{"role":"system","parts":[{"type":"text","text":"x"}]}]}'],
    ['deep nesting', '['.repeat(200_000)],
    ['a prototype', '{"__proto__":{"version":1},"constructor":1}'],
    ['another version', '{"version":2,"messages":[{"role":"user","parts":[{"type":"text","text":"x"}]}]}'],
  ])('%s is a bad request', async (_name, body) => {
    const { origin, token } = await startServer()
    const response = await post(`${origin}/trpc/reply`, bearer(token), body)
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ error: { data: { failure: { kind: 'bad-request' } } } })
  })

  test('headers that are too large are 431', async () => {
    const { port } = await startServer()
    const bytes = `GET / HTTP/1.1\r\nHost: localhost:3000\r\nX-Large: ${'x'.repeat(20_000)}\r\n\r\n`
    expect(await raw(port, bytes)).toMatch(/^HTTP\/1.1 431 /)
  })

  test('a bug says nothing of itself to the client, and its place to the log', async () => {
    const { origin, token, lines } = await startServer({
      reply: () => {
        throw new Error('postgres://user:secret@db')
      },
    })
    const response = await post(`${origin}/trpc/reply`, bearer(token), JSON.stringify(question()))
    const body = await response.text()
    expect(body).toContain('Something went wrong on the server')
    expect(body).not.toMatch(/postgres|secret|\.ts/)
    expect(lines.join('')).not.toContain('secret')
    expect(lines.join('')).toContain('server.test.ts')
  })
})

describe('limits', () => {
  test('the request over the rate is refused with the time to wait, before its body is read', async () => {
    const { origin, token } = await startServer({ requestsPerMinute: 1 })
    const send = () => post(`${origin}/trpc/reply`, bearer(token), 'no json')
    expect((await send()).status).toBe(400)
    const refused = await send()
    expect(refused.status).toBe(429)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(await refused.json()).toMatchObject({
      error: { data: { failure: { kind: 'rate-limited', retryAfterMs: expect.any(Number) } } },
    })
  })

  test('one reply too many at once is busy, until another has ended', async () => {
    const { client, openReplies } = await startServer({ reply: mute, concurrentReplies: 1 })
    const first = client.reply.subscribe(question(), { onError: () => {} })
    await expect.poll(() => openReplies.count).toBe(1)
    const error = await ask(client).catch((thrown: unknown) => thrown)
    expect(failureOf(error)).toEqual({ kind: 'busy', retryAfterMs: 2_000 })
    first.unsubscribe()
    await expect.poll(() => openReplies.count).toBe(0)
    const second = client.reply.subscribe(question(), { onError: () => {} })
    await expect.poll(() => openReplies.count).toBe(1)
    second.unsubscribe()
  })

  test('tokens of the day that are used up are refused until midnight', async () => {
    const { client } = await startServer({ tokensPerDay: 100 })
    const error = await ask(client).catch((thrown: unknown) => thrown)
    expect(failureOf(error)).toMatchObject({ kind: 'quota', retryAfterMs: expect.any(Number) })
  })
})

if (process.env['MAYFLY_TEST_LONG']) {
  test(
    'a client that dawdles over its headers is sent away, while a slow reply goes on',
    { timeout: 40_000 },
    async () => {
      const { port, client, openReplies } = await startServer({ reply: mute })
      const reading = client.reply.subscribe(question(), { onError: () => {} })
      await expect.poll(() => openReplies.count).toBe(1)
      expect(await raw(port, 'GET / HTTP/1.1\r\nHost: localhost:3000\r\nX-Slow: ')).toMatch(/^HTTP\/1.1 408 /)
      expect(openReplies.count).toBe(1)
      reading.unsubscribe()
    },
  )
}

test('looking for model servers again is the owner’s, and once in 10 s', async () => {
  const { client, origin, store } = await startServer()
  expect(await client.lookAgain.mutate()).toMatchObject({ kind: 'custom' })
  const again = await client.lookAgain.mutate().catch((thrown: unknown) => thrown)
  expect(failureOf(again)).toMatchObject({ kind: 'rate-limited', retryAfterMs: expect.any(Number) })
  await store.db.updateTable('users').set({ role: 'member' }).execute()
  const signedIn = await post(
    `${origin}/trpc/signIn`,
    ownPage,
    '{"username":"owner","password":"a sentence works"}',
  )
  const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? ''
  expect((await post(`${origin}/trpc/lookAgain`, { ...ownPage, cookie }, null)).status).toBe(400)
})

test('health says whether the process is up, readiness whether it can serve', async () => {
  const { origin, openReplies } = await startServer()
  expect((await fetch(`${origin}/readyz`)).status).toBe(200)
  openReplies.refuseNew()
  expect((await fetch(`${origin}/readyz`)).status).toBe(503)
  expect((await fetch(`${origin}/healthz`)).status).toBe(200)
})

test('the log has one JSON line an event, and no word of what was said', async () => {
  const { client, lines } = await startServer()
  await ask(client, question('canary-question'))
  await expect.poll(() => lines.length).toBeGreaterThan(1)
  for (const line of lines) expect(() => JSON.parse(line)).not.toThrow()
  expect(lines.join('')).not.toMatch(/canary|Hello|mf_/)
})

import { contractVersion, textMessage } from '@mayfly/contracts'
import { type Answer, send } from './fixtures/raw-http.ts'
import { expect, owner, test } from './fixtures/test.ts'

const json = { 'content-type': 'application/json' }
const question = JSON.stringify({ version: contractVersion, messages: [textMessage('user', 'Hello?')] })

/** The owner's cookie, as a browser would send it back. */
async function cookieOf(origin: string): Promise<string> {
  const { headers } = await send(origin, {
    method: 'POST',
    path: '/trpc/signIn',
    headers: { ...json, origin },
    body: JSON.stringify(owner),
  })
  return headers['set-cookie']?.[0]?.split(';')[0] ?? ''
}

function expectStrict({ headers }: Answer) {
  const policy = Object.fromEntries(
    String(headers['content-security-policy'])
      .split(';')
      .map((directive) => directive.trim().split(/\s+(.*)/, 2)),
  )
  expect(policy).toEqual({
    'default-src': "'none'",
    'script-src': "'self'",
    'style-src': "'self'",
    'img-src': "'self' data: blob:",
    'connect-src': "'self'",
    'font-src': "'self'",
    'manifest-src': "'self'",
    'worker-src': "'self'",
    'form-action': "'self'",
    'base-uri': "'none'",
    'object-src': "'none'",
    'frame-ancestors': "'none'",
  })
  expect(headers).toMatchObject({
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': expect.stringContaining('camera=()'),
    'x-dns-prefetch-control': 'off',
  })
  for (const name of ['server', 'x-powered-by', 'access-control-allow-origin', 'strict-transport-security']) {
    expect(headers).not.toHaveProperty(name)
  }
}

test('every answer has the strict headers, whatever it is', async ({ app }) => {
  const { origin } = app
  const page = await send(origin)
  const asset = /\/assets\/[\w.-]+\.js/.exec(page.body)?.[0] ?? '/assets/none.js'
  const cookie = await cookieOf(origin)
  const own = { ...json, origin, cookie }
  const answers = {
    page,
    asset: await send(origin, { path: asset }),
    'a route of the page': await send(origin, { path: '/settings' }),
    'not found': await send(origin, { path: '/nothing/here.js' }),
    healthz: await send(origin, { path: '/healthz' }),
    readyz: await send(origin, { path: '/readyz' }),
    procedure: await send(origin, { method: 'POST', path: '/trpc/session', headers: own }),
    'no such procedure': await send(origin, { method: 'POST', path: '/trpc/nothing', headers: own }),
    'not signed in': await send(origin, {
      method: 'POST',
      path: '/trpc/models',
      headers: { ...json, origin },
    }),
    stream: await send(origin, { method: 'POST', path: '/trpc/reply', headers: own, body: question }),
    'bad input': await send(origin, {
      method: 'POST',
      path: '/trpc/reply',
      headers: own,
      body: '{"version":',
    }),
    'wrong method': await send(origin, { method: 'DELETE' }),
    'wrong host': await send(origin, { headers: { host: 'evil.example' } }),
    'wrong origin': await send(origin, {
      method: 'POST',
      path: '/trpc/signOut',
      headers: { ...own, origin: 'http://evil.example' },
    }),
  }
  const statuses = Object.entries(answers).map(([what, { status }]) => [what, status])
  expect(Object.fromEntries(statuses)).toEqual({
    page: 200,
    asset: 200,
    'a route of the page': 200,
    'not found': 404,
    healthz: 200,
    readyz: 200,
    procedure: 200,
    'no such procedure': 404,
    'not signed in': 401,
    stream: 200,
    'bad input': 400,
    'wrong method': 405,
    'wrong host': 421,
    'wrong origin': 403,
  })
  for (const [what, answer] of Object.entries(answers)) {
    await test.step(what, () => {
      expectStrict(answer)
      const kept =
        what === 'asset'
          ? 'public, max-age=31536000, immutable'
          : what === 'stream'
            ? /no-cache|no-store/
            : 'no-store'
      if (typeof kept === 'string') expect(answer.headers['cache-control']).toBe(kept)
      else expect(answer.headers['cache-control']).toMatch(kept)
    })
  }
  expect(answers.stream.headers).toMatchObject({
    'content-type': expect.stringContaining('text/event-stream'),
    'cache-control': expect.stringContaining('no-transform'),
    'x-accel-buffering': 'no',
  })
  expect(answers.stream.headers).not.toHaveProperty('content-encoding')
})

test('assets go out compressed as they were built, and the page is asked for anew each time', async ({
  app,
}) => {
  const { body, headers } = await send(app.origin)
  expect(headers['cache-control']).toBe('no-store')
  const asset = /\/assets\/[\w.-]+\.js/.exec(body)?.[0] ?? ''
  const packed = await send(app.origin, { path: asset, headers: { 'accept-encoding': 'br, gzip' } })
  expect(packed.headers['content-encoding']).toBe('br')
})

test('no other origin is let in, by no way of asking', async ({ app }) => {
  const { origin } = app
  const cookie = await cookieOf(origin)
  const foreign: Record<string, string>[] = [
    { origin: 'http://evil.example' },
    { origin: 'null' },
    { origin: origin.replace('http:', 'https:') },
    { origin: `http://localhost:${app.port + 1}` },
    { origin: `${origin}.evil.example` },
    { 'sec-fetch-site': 'cross-site', origin: 'http://evil.example' },
    { 'sec-fetch-site': 'same-site', origin: 'http://localhost:1' },
    { 'sec-fetch-site': 'none' },
    {},
  ]
  for (const headers of foreign) {
    for (const path of ['/trpc/session', '/trpc/signOut', '/trpc/reply', '/trpc/changeName']) {
      const { status, headers: answered } = await send(origin, {
        method: 'POST',
        path,
        headers: { ...json, ...headers, cookie },
        body: path.endsWith('reply') ? question : '{"username":"Eve"}',
      })
      expect(status, `${path} with ${JSON.stringify(headers)}`).toBe(403)
      expect(answered).not.toHaveProperty('access-control-allow-origin')
    }
  }
  const preflight = await send(origin, {
    method: 'OPTIONS',
    path: '/trpc/reply',
    headers: { origin: 'http://evil.example', 'access-control-request-method': 'POST' },
  })
  expect(preflight.status).toBe(405)
  expect(preflight.headers).not.toHaveProperty('access-control-allow-origin')
  // Nothing of it has happened: the session is as good as before.
  const still = await send(origin, {
    method: 'POST',
    path: '/trpc/session',
    headers: { ...json, origin, cookie },
  })
  expect(still.body).toContain(`"name":"${owner.username}"`)
})

test('a request for another host is not answered, so that a name which is pointed here finds nothing', async ({
  app,
}) => {
  const asked = (host: string, path = '/') => send(app.origin, { path, headers: { host } })
  for (const host of ['evil.example', `evil.example:${app.port}`, `localhost.evil.example:${app.port}`]) {
    expect((await asked(host)).status).toBe(421)
    expect((await asked(host, '/healthz')).status).toBe(200)
  }
  const numeric = await asked(`127.0.0.1:${app.port}`)
  expect(numeric.status).toBe(307)
  expect(numeric.headers.location).toBe(`${app.origin}/`)
})

test('a reply goes by POST and JSON alone, under its one spelling', async ({ app }) => {
  const { origin } = app
  const own = { origin, cookie: await cookieOf(origin) }
  const input = encodeURIComponent(question)
  const get = await send(origin, { path: `/trpc/reply?input=${input}`, headers: own })
  expect(get.status).toBe(405)
  expect(get.body).toContain('createChatClient')
  for (const type of ['text/plain', 'multipart/form-data; boundary=x', 'application/octet-stream']) {
    const answer = await send(origin, {
      method: 'POST',
      path: '/trpc/reply',
      headers: { ...own, 'content-type': type },
      body: question,
    })
    expect(answer.status, type).toBe(415)
  }
  for (const path of [
    '/TRPC/reply',
    '/trpc/%72eply',
    '/trpc/reply/',
    '/trpc/session,reply?batch=1',
    '//trpc/reply',
  ]) {
    const { status } = await send(origin, {
      method: 'POST',
      path,
      headers: { ...own, ...json },
      body: question,
    })
    expect([404, 405], path).toContain(status)
  }
})

test('a body of 20 MB is refused before it has arrived, and the server goes on', async ({
  app,
  upstream,
}) => {
  const { origin } = app
  const own = { ...json, origin, cookie: await cookieOf(origin) }
  const asked = upstream.asked.length
  const sendLarge = (headers: Record<string, string>) =>
    send(origin, {
      method: 'POST',
      path: '/trpc/reply',
      headers: { ...headers, 'content-length': '20000000' },
      body: question.slice(0, -4),
      ends: false,
    })
  const refused = await sendLarge(own)
  expect(refused.status).toBe(413)
  expect(JSON.parse(refused.body)).toMatchObject({ error: { data: { failure: { kind: 'too-large' } } } })
  // Whoever sends it all the same hears why, and not only that the connection is gone.
  const sent = await fetch(`${origin}/trpc/reply`, {
    method: 'POST',
    headers: own,
    body: 'x'.repeat(20_000_000),
  })
  expect(sent.status).toBe(413)
  // Who is not known is told so first.
  expect((await sendLarge({ ...json, origin })).status).toBe(401)
  expect(upstream.asked).toHaveLength(asked)
  const next = await send(origin, { method: 'POST', path: '/trpc/reply', headers: own, body: question })
  expect(next.body).toContain('event: return')
})

test('no file outside the page is given out, and no folder is listed', async ({ app }) => {
  for (const path of [
    '/.built',
    '/assets/',
    '/..%2fsrc/main.tsx',
    '/../src/main.tsx',
    '/%2e%2e/package.json',
    '/data/mayfly.db',
  ]) {
    expect((await send(app.origin, { path })).status, path).toBe(404)
  }
})

test('what is broken in a request is an error of the request, and says nothing of the server', async ({
  app,
}) => {
  const { origin } = app
  const cookie = await cookieOf(origin)
  const own = { ...json, origin, cookie }
  const bodies = [
    '',
    'null',
    '[]',
    '{"version":1}',
    '{"version":1,"messages":[{"role":"system","parts":[{"type":"text","text":"x"}]}]}',
    `{"version":1,"messages":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
  ]
  for (const body of bodies) {
    const answer = await send(origin, { method: 'POST', path: '/trpc/reply', headers: own, body })
    expect(answer.status, body.slice(0, 60)).toBe(400)
    expect(answer.body).not.toMatch(/zod|stack|node_modules|\.ts/i)
  }
  for (const bad of [
    `${cookie}%; x=%`,
    `a=1;b=2; ${'x'.repeat(4_000)}`,
    '%',
    `${cookie.split('=')[0]}=nobody`,
  ]) {
    const answer = await send(origin, {
      method: 'POST',
      path: '/trpc/models',
      headers: { ...json, origin, cookie: bad },
    })
    expect(answer.status, bad.slice(0, 60)).toBe(401)
  }
})

test('health is told to whoever asks', async ({ app }) => {
  expect(await send(app.origin, { path: '/healthz' })).toMatchObject({ status: 200 })
  expect(await send(app.origin, { path: '/readyz' })).toMatchObject({ status: 200 })
})

import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { brotliCompressSync } from 'node:zlib'
import { expect, onTestFinished, test } from 'vitest'
import { serveFiles } from './files.ts'
import { temporaryFolder } from './store/temporary.fixture.ts'

async function serveBuild() {
  const folder = temporaryFolder()
  mkdirSync(join(folder, 'assets'))
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text)
  write('index.html', '<title>Mayfly</title>')
  write('assets/page-1a2b.js', 'console.log(1)')
  writeFileSync(join(folder, 'assets/page-1a2b.js.br'), brotliCompressSync('console.log(1)'))
  write('.built', 'secret')
  const server = createServer(serveFiles(folder))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const address = server.address()
  const port = address !== null && typeof address === 'object' ? address.port : 0
  return {
    folder,
    get: (path: string) => fetch(`http://127.0.0.1:${port}${path}`, { headers: { 'accept-encoding': 'br' } }),
  }
}

test('the page is the same at each of its routes, and never kept', async () => {
  const { get } = await serveBuild()
  for (const path of ['/', '/sign-in', '/settings', '/settings?x=1', '/index.html']) {
    const page = await get(path)
    expect(page.headers.get('cache-control')).toBe('no-store')
    expect(await page.text()).toBe('<title>Mayfly</title>')
  }
})

test('a hashed file is kept for ever, and sent as it was compressed', async () => {
  const { get } = await serveBuild()
  const script = await get('/assets/page-1a2b.js')
  expect(script.headers.get('cache-control')).toContain('immutable')
  expect(script.headers.get('content-encoding')).toBe('br')
  expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
  expect(await script.text()).toBe('console.log(1)')
})

test.each([
  '/.built',
  '/assets',
  '/assets/',
  '/nothing',
  '/..%2fpackage.json',
  '/assets/page-1a2b.js.br',
  '//',
])('%s is nothing that a visitor may have', async (path) => {
  const { get } = await serveBuild()
  expect((await get(path)).status).toBe(404)
})

test('a build that is taken away under it changes nothing', async () => {
  const { folder, get } = await serveBuild()
  rmSync(folder, { recursive: true })
  expect(await (await get('/assets/page-1a2b.js')).text()).toBe('console.log(1)')
})

test('without a build it says what to do', () => {
  expect(() => serveFiles('/nowhere')).toThrow('npm start')
})

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build, preview } from 'vite'

/*
 * The chat page over a conversation of any length whose replies are a script, built like the page itself but never into
 * `dist`. Run with Node it builds, serves until its input ends, and prints the page's address as its one line of output.
 * Whoever opens the page drives it by `window.mayfly`; see `long/page.tsx`. For instance, in Playwright:
 *
 *   await page.goto(address)
 *   await page.evaluate(() => window.mayfly.open(10_000))
 *   await page.evaluate(() => window.mayfly.send({ type: 'send', text: 'And then?' }))
 *   await page.evaluate(() => window.mayfly.stream(window.mayfly.text(20_000), 200))
 *   await page.evaluate(() => window.mayfly.finish())
 */

const web = join(import.meta.dirname, '..')
const outDir = await mkdtemp(join(tmpdir(), 'mayfly-long-'))
const remove = () => rm(outDir, { recursive: true, force: true })
try {
  process.env['NODE_ENV'] = 'production'
  await build({
    root: web,
    logLevel: 'error',
    publicDir: false,
    build: {
      outDir,
      emptyOutDir: true,
      rolldownOptions: { input: join(import.meta.dirname, 'long', 'index.html') },
    },
  })
  const server = await preview({
    root: web,
    logLevel: 'error',
    build: { outDir },
    preview: { host: '127.0.0.1', port: 0 },
  })
  const address = server.httpServer.address()
  if (address === null || typeof address === 'string') throw new Error('the page has no port')
  console.log(`http://127.0.0.1:${address.port}/bench/long/index.html`)
  process.stdin.resume()
  await new Promise((resolve) => process.stdin.once('end', resolve))
  await server.close()
} finally {
  await remove()
}

import { join } from 'node:path'
import { createServer } from 'vite'
import { main } from '../apps/api/src/main.ts'

process.env['NODE_ENV'] = 'development'
try {
  await main(process.argv.slice(2), async (server) => {
    const vite = await createServer({
      root: join(import.meta.dirname, '..', 'apps', 'web'),
      configLoader: 'native', // the bundled one writes a file that `--watch` would take for a change
      server: { middlewareMode: true, hmr: { server } },
    })
    // Its sockets to open pages would keep the server from ever being closed.
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void vite.close())
    return vite.middlewares
  })
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}

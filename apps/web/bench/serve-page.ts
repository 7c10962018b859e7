import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build, preview } from 'vite'

const web = join(import.meta.dirname, '..')

/**
 * Builds the page in a folder beside this file as the app's own page is built, but never into `dist`, and serves it on
 * 127.0.0.1 until it is closed.
 */
export async function servePage(folder: string): Promise<{ address: string; close: () => Promise<void> }> {
  const outDir = await mkdtemp(join(tmpdir(), 'mayfly-page-'))
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
        rolldownOptions: { input: join(import.meta.dirname, folder, 'index.html') },
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
    return {
      address: `http://127.0.0.1:${address.port}/bench/${folder}/index.html`,
      close: async () => {
        await server.close()
        await remove()
      },
    }
  } catch (error) {
    await remove()
    throw error
  }
}

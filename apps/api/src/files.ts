import { existsSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import sirv from 'sirv'

/** The page's routes: each is the same file, and the page does the rest. */
const routes = /^\/(sign-in|settings)?\/?(\?|$)/

/**
 * Serves the built web app from `folder`: compressed as it was built, hashed files for ever, the page itself anew each
 * time. What is not there is 404; no folder is listed, and no file that starts with a dot is given out. Throws when
 * nothing was built.
 */
export function serveFiles(folder: string): RequestListener {
  if (!existsSync(folder))
    throw new Error('The page is not built yet. `npm start` builds it and starts the server.')
  const serve = sirv(folder, {
    brotli: true,
    gzip: true,
    dotfiles: false,
    setHeaders: (res, path) => {
      res.setHeader(
        'cache-control',
        path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-store',
      )
    },
  })
  return (req, res) => {
    if (routes.test(req.url ?? '/')) req.url = '/'
    serve(req, res, () => {
      res.writeHead(404, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' })
      res.end('Nothing is here.')
    })
  }
}

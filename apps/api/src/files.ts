import { existsSync, readdirSync, readFileSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { extname, join } from 'node:path'

/** The paths of the page: each is the same file, and the page does the rest. */
export const pages = new Set(['/', '/sign-in', '/settings'])

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/** A file in the forms that it can be sent in; the compressed ones where the build made them. */
type File = { type: string; cacheControl: string; plain: Buffer; br?: Buffer; gzip?: Buffer }

/**
 * Serves the web app built in `folder`: compressed as it was built, hashed files for ever, the page itself anew each
 * time. It is read once, at the start, so that another build of the same folder can't mix into this one. What is not
 * there is 404. Throws when nothing was built.
 */
export function serveFiles(folder: string): RequestListener {
  if (!existsSync(join(folder, 'index.html'))) {
    throw new Error('The page is not built yet. `npm start` builds it and starts the server.')
  }
  const files = readFiles(folder)
  return (req, res) => {
    const path = (req.url ?? '/').split(/[?#]/, 1)[0] ?? '/'
    const file = files.get(pages.has(path) ? '/index.html' : path)
    if (!file) {
      res.writeHead(404, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' })
      res.end('Nothing is here.')
      return
    }
    const accepted = String(req.headers['accept-encoding'] ?? '')
    const encoding = (['br', 'gzip'] as const).find((name) => accepted.includes(name) && file[name])
    const body = (encoding && file[encoding]) ?? file.plain
    res.writeHead(200, {
      'content-type': file.type,
      'content-length': body.length,
      'cache-control': file.cacheControl,
      vary: 'accept-encoding',
      ...(encoding && { 'content-encoding': encoding }),
    })
    res.end(req.method === 'HEAD' ? undefined : body)
  }
}

/** The folder's files by their paths in an address. A name with a dot in front is not for visitors. */
function readFiles(folder: string): Map<string, File> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => types[extname(name)] !== undefined && !/(^|\/)\./.test(name))
  return new Map(names.map((name) => [`/${name}`, readFile(folder, name)]))
}

function readFile(folder: string, name: string): File {
  const path = join(folder, name)
  const packed = (ending: string) => (existsSync(path + ending) ? readFileSync(path + ending) : undefined)
  const br = packed('.br')
  const gzip = packed('.gz')
  return {
    type: types[extname(name)] ?? 'application/octet-stream',
    cacheControl: name.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-store',
    plain: readFileSync(path),
    ...(br && { br }),
    ...(gzip && { gzip }),
  }
}

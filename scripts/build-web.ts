import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { brotliCompress, gzip } from 'node:zlib'

const root = dirname(import.meta.dirname)
const web = join(root, 'apps', 'web')
const dist = join(web, 'dist')
const record = join(dist, '.built')

/** What changes the built page, beside the files in these folders: the versions of its packages, and this script. */
const sourceFolders = [web, join(root, 'packages')]
const sourceFiles = [join(root, 'pnpm-lock.yaml'), fileURLToPath(import.meta.url)]

const compressible = new Set(['.css', '.html', '.js', '.json', '.svg', '.txt', '.webmanifest'])

/** What is in `dist`: the hash of the sources it was built from, and its files beside the page itself. */
interface Built {
  sources: string
  files: string[]
}

/**
 * Builds the web app into `apps/web/dist`, unless what is there was built from the same sources. Whoever reads from
 * `dist` meanwhile never meets half a build: the page is replaced last, and files of the build before stay for tabs
 * that were opened from it. Throws with vite's output when the build fails.
 */
export async function buildWeb(): Promise<void> {
  const sources = await hashSources()
  const before = await readRecord()
  if (before?.sources === sources) return

  console.error('mayfly: building the page …')
  const fresh = join(dist, `.build-${process.pid}`)
  try {
    await removeAbandoned()
    await runVite(fresh)
    const files = await listFiles(fresh)
    await Promise.all(files.map((file) => compress(join(fresh, file))))
    await moveIn(fresh)
    await removeOld(new Set([...files, ...(before?.files ?? [])]))
    await writeRecord({ sources, files })
  } finally {
    await rm(fresh, { recursive: true, force: true })
  }
}

async function hashSources(): Promise<string> {
  const hash = createHash('sha256')
  const lists = await Promise.all(
    sourceFolders.map(async (folder) => (await listFiles(folder)).map((file) => join(folder, file))),
  )
  for (const file of [...lists.flat().filter((name) => !/\.test\.tsx?$/.test(name)), ...sourceFiles]) {
    hash.update(file.slice(root.length)).update('\0')
    hash.update(await readFile(file)).update('\0')
  }
  return hash.digest('hex')
}

/** All files below a folder, as sorted relative paths, without what is built, installed or hidden. */
async function listFiles(folder: string, below = ''): Promise<string[]> {
  const entries = await readdir(join(folder, below), { withFileTypes: true })
  const lists = entries
    .filter(({ name }) => name !== 'node_modules' && name !== 'dist' && !name.startsWith('.'))
    .map(async (entry) => {
      const path = join(below, entry.name)
      return entry.isDirectory() ? await listFiles(folder, path) : [path]
    })
  return (await Promise.all(lists)).flat().toSorted()
}

async function readRecord(): Promise<Built | undefined> {
  try {
    const { sources, files }: Partial<Built> = JSON.parse(await readFile(record, 'utf8'))
    return sources !== undefined && files !== undefined ? { sources, files } : undefined
  } catch {
    return undefined // never built, or by a version that kept another record: it is built anew
  }
}

async function writeRecord(built: Built): Promise<void> {
  const draft = `${record}-${process.pid}`
  await writeFile(draft, JSON.stringify(built))
  await rename(draft, record)
}

/** vite is a package of the web app, and a process of its own gives back the memory that a build takes. */
async function runVite(outDir: string): Promise<void> {
  const vite = join(web, 'node_modules', 'vite', 'bin', 'vite.js')
  const args = ['build', '--outDir', outDir, '--emptyOutDir', '--logLevel', 'warn']
  const child = spawn(process.execPath, [vite, ...args], {
    cwd: web,
    env: { ...process.env, NODE_ENV: 'production', NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  child.stdout.on('data', (chunk) => (output += chunk))
  child.stderr.on('data', (chunk) => (output += chunk))
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  if (status === 0) return
  throw new Error(
    `mayfly: building the page failed.\n${output.trim()}\nWhere no source was changed, remove node_modules and run the command again.`,
  )
}

async function compress(file: string): Promise<void> {
  if (!compressible.has(extname(file))) return
  const content = await readFile(file)
  await Promise.all([
    promisify(brotliCompress)(content).then((packed) => writeFile(`${file}.br`, packed)),
    promisify(gzip)(content, { level: 9 }).then((packed) => writeFile(`${file}.gz`, packed)),
  ])
}

/** Moves a finished build into place: first what the page loads, then the page. */
async function moveIn(fresh: string): Promise<void> {
  const files = await listFiles(fresh)
  const isPage = (file: string) => file.startsWith('index.html')
  for (const file of [...files.filter((name) => !isPage(name)), ...files.filter(isPage)]) {
    await mkdir(dirname(join(dist, file)), { recursive: true })
    await rename(join(fresh, file), join(dist, file))
  }
}

/** Removes what belongs neither to this build nor to the one before. */
async function removeOld(kept: ReadonlySet<string>): Promise<void> {
  for (const file of await listFiles(dist)) {
    if (!kept.has(file.replace(/\.(br|gz)$/, ''))) await rm(join(dist, file), { force: true })
  }
}

/** Removes what builds that were killed have left: none takes ten minutes. */
async function removeAbandoned(): Promise<void> {
  await mkdir(dist, { recursive: true })
  for (const name of await readdir(dist)) {
    if (!name.startsWith('.build-')) continue
    const folder = join(dist, name)
    const changed = await stat(folder).then(
      ({ mtimeMs }) => mtimeMs,
      () => Date.now(),
    )
    if (changed < Date.now() - 600_000) await rm(folder, { recursive: true, force: true })
  }
}

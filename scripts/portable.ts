import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

const generated = new Set(['.git', '.results', '.tools', 'data', 'dist', 'node_modules'])

/** What says where one machine keeps its files, or where it gets its packages from. */
const patterns: readonly { what: string; pattern: RegExp }[] = [
  {
    what: 'a home folder',
    pattern: /(?<![\w.:/)}])(?:\/home|\/Users)\/[\w.-]+\/|[A-Z]:\\Users\\|(?<![\w.:/)}])\/root\//,
  },
  {
    what: 'a package registry',
    pattern: /registry\.(?:npmjs\.org|yarnpkg\.com|npmmirror\.com)|\/_?artifactory\//,
  },
]

/** The places in a file's text that hold on one machine only, as `line: what`. `root` is where the repository lies. */
export function findMachinePlaces(text: string, root: string): string[] {
  // A repository in a folder like /app would find its name in every other path.
  const isTelling = root.split(/[\\/]/).length > 2
  return text.split('\n').flatMap((line, index) => {
    const found = patterns.filter(({ pattern }) => pattern.test(line)).map(({ what }) => what)
    if (isTelling && line.includes(root)) found.push("this clone's folder")
    return found.map((what) => `${index + 1}: ${what}`)
  })
}

/** A lockfile names no host at all: whoever installs chooses the registry. */
export function findHosts(lockfile: string): string[] {
  return lockfile
    .split('\n')
    .flatMap((line, index) =>
      /^\s*(?:resolution|tarball|registry)\b.*:\/\//.test(line) ? [`${index + 1}: a host`] : [],
    )
}

function listFiles(root: string): string[] {
  try {
    const args = ['ls-files', '--cached', '--others', '--exclude-standard', '-z']
    const listed = execFileSync('git', args, { cwd: root, stdio: ['ignore', 'pipe', 'ignore'] })
    return listed
      .toString()
      .split('\0')
      .filter((file) => file !== '' && existsSync(join(root, file)))
  } catch {
    return walk(root, root) // no git, or no clone
  }
}

function walk(root: string, folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !generated.has(name))
    .flatMap((entry) => {
      const path = join(folder, entry.name)
      return entry.isDirectory() ? walk(root, path) : [relative(root, path)]
    })
}

if (import.meta.main) {
  const root = dirname(import.meta.dirname)
  const found = listFiles(root).flatMap((file) => {
    const text = readFileSync(join(root, file), 'latin1')
    const places = findMachinePlaces(text, root)
    return [...places, ...(file === 'pnpm-lock.yaml' ? findHosts(text) : [])].map(
      (place) => `${file}:${place}`,
    )
  })
  for (const place of found) console.error(place)
  process.exitCode = found.length === 0 ? 0 : 1
}

import { existsSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { cruise } from 'dependency-cruiser'
import readOptions from 'dependency-cruiser/config-utl/extract-depcruise-options'

const rules = join(import.meta.dirname, '..', '.dependency-cruiser.mjs')

/** Folders of the repository that hold code. */
const folders = ['apps', 'packages', 'e2e', 'examples', 'scripts']

/** One import that a rule forbids. */
export interface Violation {
  rule: string
  from: string
  to: string
}

/**
 * Follows every import below `root`, type-only ones too, and returns those that the rules forbid. Throws when it read
 * fewer files than there are: a tool that can't read them would find nothing wrong with any.
 */
export async function findViolations(root: string): Promise<Violation[]> {
  const present = folders.filter((folder) => existsSync(join(root, folder)))
  const result = await cruise(present, { ...(await readOptions(rules)), baseDir: root })
  if (typeof result.output === 'string')
    throw new Error('dependency-cruiser gave words in the place of its findings')

  const read = new Set(result.output.modules.map(({ source }) => source))
  const missed = present.flatMap((folder) => listSources(root, folder)).filter((file) => !read.has(file))
  if (missed.length > 0) throw new Error(`dependency-cruiser did not read:\n${missed.join('\n')}`)

  return result.output.summary.violations.map(({ rule, from, to }) => ({ rule: rule.name, from, to }))
}

function listSources(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory())
      return ['node_modules', 'dist'].includes(entry.name) ? [] : listSources(root, path)
    return /\.(ts|tsx|mjs)$/.test(entry.name) ? [path] : []
  })
}

if (import.meta.main) {
  const violations = await findViolations(dirname(import.meta.dirname))
  for (const { rule, from, to } of violations) console.error(`${rule}: ${from} imports ${to}`)
  process.exitCode = violations.length === 0 ? 0 : 1
}

import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** Chunks by the name of the module that each was made for; what a chunk imports at once counts with it. */
export interface Budget {
  name: string
  chunks: readonly string[]
  /** In units of 1,024 bytes, gzipped. */
  most: number
}

const toType = ['page', 'conversation']

export const budgets: readonly Budget[] = [
  { name: 'first visit to typing', chunks: toType, most: 60 },
  { name: 'with Markdown', chunks: [...toType, 'reply'], most: 110 },
  { name: 'and the list of messages', chunks: [...toType, 'reply', 'message-list'], most: 132 },
]

/** What nobody should wait for. */
const lazy = /^(?:bar|dialog|highlight|math|quote-button|shortcut-list|turn-menu|whole-)/
/** Words of what no page that people use may hold: the debugger that talks to a window of its own. */
const forbidden = 'stately.ai'

/**
 * Weighs what the page built into `dist` loads for a budget, its entry included, in bytes as they are sent, gzipped.
 * Throws when a chunk can't be found, or when what is to be lazy is loaded with the rest.
 */
export function weigh(dist: string, { chunks }: Budget): number {
  const read = (file: string) => readFileSync(join(dist, 'assets', file), 'utf8')
  const entry = /<script[^>]* src="\/assets\/([^"]+)"/.exec(
    readFileSync(join(dist, 'index.html'), 'utf8'),
  )?.[1]
  if (entry === undefined) throw new Error('the built page has no script')

  const files = new Set([entry])
  const addImports = () => {
    for (const file of files) for (const imported of importsOf(read(file))) files.add(imported)
  }
  addImports()
  for (const chunk of chunks) {
    const asked = new RegExp(`import\\(["'\`]\\./(${chunk}-[^"'\`]+)`)
    const file = [...files]
      .map((loaded) => asked.exec(read(loaded))?.[1])
      .find((found) => found !== undefined)
    if (file === undefined) throw new Error(`nothing that is loaded by then asks for a chunk named ${chunk}`)
    files.add(file)
    addImports()
  }

  const early = [...files].find((file) => lazy.test(file))
  if (early !== undefined) throw new Error(`${early} is no longer lazy`)
  return [...files].reduce((sum, file) => sum + statSync(join(dist, 'assets', `${file}.gz`)).size, 0)
}

/** The files that built code imports before it runs. Those that it imports later stand in parentheses. */
function importsOf(code: string): string[] {
  return [...code.matchAll(/\b(?:from|import)["'`]\.\/([^"'`]+\.js)/g)].map(([, file = '']) => file)
}

if (import.meta.main) {
  const dist = join(import.meta.dirname, '..', 'apps', 'web', 'dist')
  for (const budget of budgets) {
    const kilobytes = weigh(dist, budget) / 1024
    if (kilobytes > budget.most) process.exitCode = 1
    const verdict = kilobytes > budget.most ? '  TOO MUCH' : ''
    const figures = `${kilobytes.toFixed(1).padStart(6)} of ${budget.most} KB gzip`
    console.log(`       ${budget.name.padEnd(25)}${figures}${verdict}`)
  }
  for (const file of readdirSync(join(dist, 'assets'))) {
    if (!file.endsWith('.js') || !readFileSync(join(dist, 'assets', file), 'utf8').includes(forbidden))
      continue
    console.log(`       ${file} holds ${forbidden}`)
    process.exitCode = 1
  }
}

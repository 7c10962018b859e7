import { markdownWords } from '../i18n/en-markdown.ts'
import { fetchPatiently } from '../ui/fetch-patiently.ts'
import { drawTokens } from './draw.ts'
import { fetchTypesetter } from './math-draw.ts'
import { parseMarkdown } from './parse.ts'
import { createMarkdownRenderer, type MarkdownRenderer } from './renderer.ts'

let colouring: Promise<(root: Element) => void> | undefined

/** Draws a reply into `root` as `createMarkdownRenderer` does, its code in colours and its formulas as they look. */
export function createReplyWriter(root: HTMLElement): MarkdownRenderer {
  void fetchColouring().then((colour) => colour?.(root))
  return createMarkdownRenderer(root, markdownWords)
}

/** Draws a whole reply at once, for a place where nothing is added to it: one element for each block. */
export function drawReply(text: string): Element[] {
  return drawTokens(parseMarkdown(text, Object.create(null)), markdownWords)
}

/** Fetches what most replies have no need of and none should wait for. */
export function fetchParts(): void {
  void fetchColouring()
  fetchTypesetter()
}

/** Without it code is plain, and the next reply tries anew. */
async function fetchColouring(): Promise<((root: Element) => void) | undefined> {
  colouring ??= fetchPatiently(async () => (await import('./highlight.ts')).colourCode)
  try {
    return await colouring
  } catch {
    colouring = undefined
    return undefined
  }
}

import { markdownWords } from '../i18n/en-markdown.ts'
import { drawTokens } from './draw.ts'
import { parseMarkdown } from './parse.ts'
import { createMarkdownRenderer } from './renderer.ts'
import { appendBlock } from './runs.ts'

export const labels = markdownWords

/** The element that a reply is drawn into. */
export function createRoot(): HTMLElement {
  const root = document.createElement('div')
  root.className = 'prose'
  return root
}

/** What one parse of the whole text gives: the oracle of every test that streams. */
export function drawWhole(text: string): HTMLElement {
  const root = createRoot()
  for (const block of drawTokens(parseMarkdown(text, Object.create(null)), labels)) appendBlock(root, block)
  return root
}

export function drawPieces(pieces: Iterable<string>): HTMLElement {
  const root = createRoot()
  const renderer = createMarkdownRenderer(root, labels)
  for (const piece of pieces) renderer.push(piece)
  renderer.end()
  return root
}

/** Cuts a text into pieces whose lengths repeat `lengths`, in UTF-16 units, so that a cut may split a character. */
export function cut(text: string, lengths: readonly number[]): string[] {
  const pieces: string[] = []
  for (let at = 0, turn = 0; at < text.length; turn++) {
    const length = lengths[turn % lengths.length] ?? 1
    pieces.push(text.slice(at, at + length))
    at += length
  }
  return pieces
}

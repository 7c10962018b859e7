import { marked } from 'marked'
import { createElement } from 'react'
import { flushSync } from 'react-dom'
import { createRoot } from 'react-dom/client'
import ReactMarkdown from 'react-markdown'
import remarkGfm from 'remark-gfm'
import * as smd from 'streaming-markdown'
import { createReplyWriter } from '../../src/markdown/reply.ts'
import '../../src/style/sheet.css'
import { type Shape, write } from '../shapes.ts'

/** Draws a reply that grows. What is pushed is drawn in this frame, or later but at the latest by `end`. */
type Renderer = (root: HTMLElement) => { push(piece: string): void; end?(): void }

const renderers = {
  /** The least that a browser can do with text that grows: no Markdown, one element a line, nothing ever changed. */
  'lines of text': (root) => {
    let line = root.appendChild(document.createElement('div')).appendChild(new Text())
    const push = (piece: string) => {
      for (const [place, part] of piece.split('\n').entries()) {
        if (place > 0) line = root.appendChild(document.createElement('div')).appendChild(new Text())
        line.appendData(part)
      }
    }
    return { push }
  },
  Mayfly: createReplyWriter,
  'streaming-markdown': (root) => {
    const parser = smd.parser(smd.default_renderer(root))
    return { push: (piece) => smd.parser_write(parser, piece) }
  },
  'marked, the whole anew': (root) => {
    let text = ''
    const push = (piece: string) => {
      text += piece
      root.innerHTML = marked.parse(text, { async: false })
    }
    return { push }
  },
  'react-markdown': (root) => {
    const drawn = createRoot(root)
    const remarkPlugins = [remarkGfm]
    let text = ''
    const push = (piece: string) => {
      text += piece
      flushSync(() => drawn.render(createElement(ReactMarkdown, { remarkPlugins }, text)))
    }
    return { push }
  },
} as const satisfies Record<string, Renderer>

export type RendererName = keyof typeof renderers

/** Pieces of the text that is there before anything is measured, in characters. */
const fillLength = 8_000
const readsOn = new Set<RendererName>(['lines of text', 'Mayfly', 'streaming-markdown'])

export type Growth = { pieces: number; longestGap: number }

let text = ''
let written = 0
let drawn: ReturnType<Renderer> = { push: () => {} }
let scroller: HTMLElement | undefined

/** Resolves when nothing is left to be drawn: nothing has been for a second, and so long nobody rests in between. */
async function caughtUp(root: HTMLElement): Promise<void> {
  let lastDrawn = performance.now()
  const seen = new MutationObserver(() => {
    lastDrawn = performance.now()
  })
  seen.observe(root, { childList: true, characterData: true, subtree: true })
  while (performance.now() < lastDrawn + 1_000) await nextFrame()
  seen.disconnect()
}
const nextFrame = () => new Promise<number>((resolve) => requestAnimationFrame(resolve))

function pushNext(length: number) {
  drawn.push(text.slice(written, written + length))
  written += length
  if (scroller) scroller.scrollTop = scroller.scrollHeight
}

const bench = {
  /** Draws the first `from` characters of a reply of `length`. Who reads the whole anew each time is given all at once. */
  async begin(name: RendererName, shape: Shape, length: number, from: number): Promise<void> {
    document.body.replaceChildren()
    scroller = document.createElement('div')
    scroller.style.cssText = 'height: 100vh; overflow: auto; overflow-anchor: none'
    const column = scroller.appendChild(document.createElement('div'))
    column.style.cssText = 'max-width: 42rem; margin: auto'
    const article = column.appendChild(document.createElement('article'))
    article.className = 'a'
    const root = article.appendChild(document.createElement('div'))
    root.className = 'prose'
    document.body.append(scroller)
    text = write(shape, length)
    written = 0
    drawn = renderers[name](root)
    while (written < from) {
      pushNext(Math.min(readsOn.has(name) ? fillLength : from, from - written))
      await nextFrame()
    }
    if (readsOn.has(name)) await caughtUp(root)
  },

  /**
   * Lets the reply grow by one piece a frame, for at most `mostMs`, and to be drawn to its end.
   * @returns how many pieces that were, and the longest time in ms for which nothing of them was drawn
   */
  async grow(pieces: number, pieceLength: number, mostMs: number): Promise<Growth> {
    const begin = performance.now()
    let lastDrawn = begin
    let longestGap = 0
    const note = () => {
      const now = performance.now()
      longestGap = Math.max(longestGap, now - lastDrawn)
      lastDrawn = now
    }
    const seen = new MutationObserver(note)
    seen.observe(document.body, { childList: true, characterData: true, subtree: true })
    let done = 0
    while (done < pieces && performance.now() < begin + mostMs) {
      await nextFrame()
      pushNext(pieceLength)
      done++
    }
    drawn.end?.()
    await nextFrame()
    await nextFrame()
    seen.disconnect()
    return { pieces: done, longestGap }
  },
}

declare global {
  interface Window {
    renderers: typeof bench
  }
}
window.renderers = bench

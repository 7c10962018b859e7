import { openBranch } from '@mayfly/machines'
import { marked } from 'marked'
import { createElement, memo, type ReactNode } from 'react'
import { flushSync } from 'react-dom'
import { createRoot } from 'react-dom/client'
import ReactMarkdown from 'react-markdown'
import remarkGfm from 'remark-gfm'
import { createWriter, growTree, randomFrom, streamPieces } from '../long/messages.ts'
import '../../src/style/sheet.css'

/** Shows a whole conversation, every message of it in the page; `grow` is given the last reply as far as it has come. */
type List = (root: HTMLElement, messages: readonly string[]) => { grow(text: string): void }

/** As one writes it first: every message is an element, and a reply that grows is read and drawn anew at each piece. */
function drawWithMarked(root: HTMLElement, messages: readonly string[]) {
  const rows = [...messages, ''].map((text) => {
    const row = root.appendChild(document.createElement('article'))
    row.className = 'prose'
    row.innerHTML = marked.parse(text, { async: false })
    return row
  })
  return {
    grow: (text: string) => {
      const last = rows.at(-1)
      if (last) last.innerHTML = marked.parse(text, { async: false })
    },
  }
}

const remarkPlugins = [remarkGfm]
const Message = memo(({ text }: { text: string }): ReactNode =>
  createElement('article', { className: 'prose' }, createElement(ReactMarkdown, { remarkPlugins }, text)),
)

/** As React's chats do: a component a message, of which only the one whose text has changed is rendered again. */
function drawWithReact(root: HTMLElement, messages: readonly string[]) {
  const drawn = createRoot(root)
  const draw = (last: string) => {
    const rows = [...messages, last].map((text, index) => createElement(Message, { key: index, text }))
    flushSync(() => drawn.render(rows))
  }
  draw('')
  return { grow: draw }
}

const lists = {
  'marked, every row': drawWithMarked,
  'React, every row': drawWithReact,
} as const satisfies Record<string, List>

export type ListName = keyof typeof lists

const nextFrame = () => new Promise<number>((resolve) => requestAnimationFrame(resolve))

let shown: ReturnType<List> | undefined
let scroller: HTMLElement | undefined

const bench = {
  /** Shows the first messages of the same conversation as the chat page's own bench. Resolves to what that took, in ms. */
  async open(name: ListName, count: number): Promise<{ mountMs: number; frameMs: number }> {
    const messages = openBranch(growTree(count, randomFrom(1))).map(({ text }) => text)
    const began = performance.now()
    scroller = document.createElement('div')
    scroller.style.cssText = 'height: 100vh; overflow: auto; overflow-anchor: none'
    const column = scroller.appendChild(document.createElement('div'))
    column.style.cssText = 'max-width: 42rem; margin: auto'
    document.body.replaceChildren(scroller)
    shown = lists[name](column, messages)
    scroller.scrollTop = scroller.scrollHeight
    const mountMs = performance.now() - began
    await nextFrame()
    await nextFrame()
    return { mountMs, frameMs: performance.now() - began }
  },

  text: (length: number, seed: number) => createWriter(randomFrom(seed)).longReply(length),

  /** Lets the last message grow by so many tokens a second, in the pieces that the chat page is given too. */
  async stream(text: string, tokensPerSecond: number): Promise<void> {
    let said = ''
    for await (const piece of streamPieces(text, tokensPerSecond)) {
      said += piece
      await nextFrame()
      shown?.grow(said)
      if (scroller) scroller.scrollTop = scroller.scrollHeight
    }
  },
}

declare global {
  interface Window {
    lists: typeof bench
  }
}
window.lists = bench

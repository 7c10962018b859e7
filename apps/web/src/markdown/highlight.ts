import type { StreamParser } from '@codemirror/streamparser'
import { fetchPatiently } from '../ui/fetch-patiently.ts'
import { findParser } from './code-languages.ts'
import { createLineReader, type Kind, type LineReader, type Stretch } from './code-tokens.ts'

/** A line that has been read, and where it stands in the page. */
type Line = { node: Text; start: number; stretches: Stretch[] }

/** A block of code with a language that we may be able to read. */
type Code = {
  element: Element
  language: string
  read: LineReader | undefined
  lines: Line[]
  readNodes: WeakSet<Node>
  /** Where reading goes on, and what has been read of that node. */
  node: Text | undefined
  done: string
  /** Ranges of the lines that have their colours, by line. */
  shown: Map<number, [Highlight, StaticRange][]>
}

// In the time of one frame, this much is for reading code; the rest waits for the next.
const SLICE_MS = 3
// Code stays plain from here on.
const MOST_LINES = 20_000
// Browsers walk through all ranges at each change of the page, so of longer code only lines near the window have any.
const FEW_LINES = 60
const LINES_AROUND = 15

const parsers = new Map<string, StreamParser<unknown>>()
const codes = new WeakMap<Node, Code>()
const nearWindow = new Set<Code>()
const highlights = new Map<Kind, Highlight>()
let nextSlice: ReturnType<typeof setTimeout> | undefined
let nextLook: number | undefined
let nearness: IntersectionObserver | undefined

/**
 * Colours the code in `root`, each line once it is complete, now and as more comes. The page's nodes stay as they are:
 * colours are ranges over them, named `code-word`, `code-text`, `code-value` and `code-note`. Does nothing where the
 * browser has no such ranges. What is forgotten about `root` elsewhere is forgotten here too.
 * @see https://drafts.csswg.org/css-highlight-api-1/
 */
export function colourCode(root: Element): void {
  if (!start()) return
  new MutationObserver((changes) => {
    for (const change of changes) noteChange(change)
    readSlice()
  }).observe(root, {
    subtree: true,
    childList: true,
    characterData: true,
    attributeFilter: ['data-language'],
  })
  noteAdded(root)
}

function start(): boolean {
  if (nearness) return true
  if (typeof Highlight === 'undefined' || typeof IntersectionObserver === 'undefined') return false
  for (const kind of ['word', 'text', 'value', 'note'] as const) {
    const highlight = new Highlight()
    highlights.set(kind, highlight)
    CSS.highlights.set(`code-${kind}`, highlight)
  }
  nearness = new IntersectionObserver(noteNearness, { rootMargin: '50%' })
  document.addEventListener('contentvisibilityautostatechange', noteLeftOut)
  document.addEventListener('scroll', lookSoon, { capture: true, passive: true })
  addEventListener('resize', lookSoon, { passive: true })
  return true
}

function noteChange({ type, target, addedNodes, removedNodes }: MutationRecord): void {
  if (type === 'attributes') {
    if (target.parentElement) noteAdded(target.parentElement)
    return
  }
  const element = (target instanceof Element ? target : target.parentElement)?.closest('code')
  const code = element ? codes.get(element) : undefined
  if (code && (hasChanged(code, target) || [...removedNodes].some((node) => hasLines(code, node))))
    forget(code)
  for (const node of addedNodes) if (node instanceof Element) noteAdded(node)
}

/** Whether what has been read of a text is no longer what stands there. */
function hasChanged(code: Code, node: Node): boolean {
  if (!(node instanceof Text) || !code.readNodes.has(node)) return false
  return node !== code.node || !node.data.startsWith(code.done)
}

function hasLines(code: Code, removed: Node): boolean {
  return code.readNodes.has(removed) || [...removed.childNodes].some((node) => hasLines(code, node))
}

function noteAdded(element: Element): void {
  if (element.matches('figure.code')) noteCode(element)
  else for (const figure of element.querySelectorAll('figure.code')) noteCode(figure)
}

function noteCode(figure: Element): void {
  const element = figure.querySelector('code')
  const language = figure.querySelector<HTMLElement>('[data-language]')?.dataset['language'] ?? ''
  if (!element) return
  const known = codes.get(element)
  if (known) {
    if (known.language === language) return
    forget(known)
    known.language = language
    if (nearWindow.has(known)) fetchParser(language)
  } else {
    codes.set(element, {
      element,
      language,
      read: undefined,
      lines: [],
      readNodes: new WeakSet(),
      node: undefined,
      done: '',
      shown: new Map(),
    })
    nearness?.observe(element)
  }
}

/** Also called for elements that leave the page. */
function noteNearness(entries: IntersectionObserverEntry[]): void {
  for (const { target, isIntersecting } of entries) {
    const code = codes.get(target)
    if (!code) continue
    if (isIntersecting) {
      nearWindow.add(code)
      fetchParser(code.language)
    } else {
      nearWindow.delete(code)
      showLines(code, 0, 0)
    }
  }
  readSlice()
}

/** Browsers look in every frame at all that is observed: code that is left out of the layout need not be. */
function noteLeftOut(event: Event): void {
  const { target } = event
  if (!(event instanceof ContentVisibilityAutoStateChangeEvent) || !(target instanceof Element)) return
  for (const element of target.querySelectorAll('.code code')) {
    const code = codes.get(element)
    if (!code) continue
    if (!event.skipped) nearness?.observe(element)
    else {
      nearness?.unobserve(element)
      nearWindow.delete(code)
      showLines(code, 0, 0)
    }
  }
}

/** Code whose reader can't be fetched stays plain until other code in that language comes. */
function fetchParser(language: string): void {
  const load = findParser(language)
  if (!load || parsers.has(language)) return
  void fetchPatiently(load).then(
    (parser) => {
      parsers.set(language, parser)
      readSlice()
    },
    () => {},
  )
}

function readSlice(): void {
  clearTimeout(nextSlice)
  nextSlice = undefined
  const end = performance.now() + SLICE_MS
  for (const code of nearWindow) {
    const isRead = readLines(code, end)
    showNear(code)
    if (isRead) continue
    nextSlice = setTimeout(readSlice)
    return
  }
}

/** Reads complete lines until `end`; true if no more are there. */
function readLines(code: Code, end: number): boolean {
  const parser = parsers.get(code.language)
  if (!parser) return true
  code.read ??= createLineReader(parser)
  while (code.lines.length < MOST_LINES) {
    code.node ??= textAfter(code.element, null)
    if (!code.node) return true
    const { node, done } = code
    const newline = node.data.indexOf('\n', done.length)
    if (newline < 0) {
      // Only with a complete line in it: until then another node may take its place.
      const next = textAfter(code.element, node)
      if (!next?.data.includes('\n')) return true
      code.node = next
      code.done = ''
      continue
    }
    code.readNodes.add(node)
    code.lines.push({ node, start: done.length, stretches: code.read(node.data.slice(done.length, newline)) })
    code.done = node.data.slice(0, newline + 1)
    if (performance.now() > end) return false
  }
  return true
}

function textAfter(root: Element, node: Text | null): Text | undefined {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT)
  if (node) walker.currentNode = node
  const next = walker.nextNode()
  return next instanceof Text ? next : undefined
}

function lookSoon(): void {
  nextLook ??= requestAnimationFrame(() => {
    nextLook = undefined
    for (const code of nearWindow) showNear(code)
  })
}

function showNear(code: Code): void {
  if (code.lines.length <= FEW_LINES) {
    showLines(code, 0, code.lines.length)
    return
  }
  const { top } = code.element.getBoundingClientRect()
  const height = parseFloat(getComputedStyle(code.element).lineHeight)
  const first = Math.floor(-top / height) - LINES_AROUND
  showLines(code, Math.max(0, first), Math.ceil((innerHeight - top) / height) + LINES_AROUND)
}

/** Has the lines from `from` to before `to` in colour, and no others. */
function showLines(code: Code, from: number, to: number): void {
  for (const [at, ranges] of code.shown) {
    if (from <= at && at < to) continue
    for (const [highlight, range] of ranges) highlight.delete(range)
    code.shown.delete(at)
  }
  for (let at = from; at < Math.min(to, code.lines.length); at++) {
    const line = code.lines[at]
    if (line && !code.shown.has(at)) code.shown.set(at, colourLine(line))
  }
}

function colourLine({ node, start: begin, stretches }: Line): [Highlight, StaticRange][] {
  return stretches.flatMap(({ from, to, kind }) => {
    const highlight = highlights.get(kind)
    if (!highlight) return []
    const range = new StaticRange({
      startContainer: node,
      startOffset: begin + from,
      endContainer: node,
      endOffset: begin + to,
    })
    highlight.add(range)
    return [[highlight, range] as [Highlight, StaticRange]]
  })
}

function forget(code: Code): void {
  showLines(code, 0, 0)
  code.lines = []
  code.readNodes = new WeakSet()
  code.read = undefined
  code.node = undefined
  code.done = ''
}

import { nameLanguage } from './languages.ts'
import { readDestination, showsHost } from './link.ts'
import { drawFormula, type Formulas } from './math-draw.ts'
import { isDisplayed } from './math-syntax.ts'
import { readLanguage, type Token } from './parse.ts'
import { appendBlock } from './runs.ts'

/** The words that a drawn reply needs to name its parts. */
export type Labels = {
  copyCode: string
  copyTable: string
  table: string
  code: string
  formula: string
  footnote: string
  backToText: string
  done: string
  todo: string
}

// Markdown's tags and the elements that stand for them. Every element that a reply can bring into the page is
// made in this file, from this table or by a tag written where it is made.
const TAGS: ReadonlyMap<string, string> = new Map([
  ['p', 'p'],
  ['h1', 'h1'],
  ['h2', 'h2'],
  ['h3', 'h3'],
  ['h4', 'h4'],
  ['h5', 'h5'],
  ['h6', 'h6'],
  ['blockquote', 'blockquote'],
  ['ul', 'ul'],
  ['ol', 'ol'],
  ['li', 'li'],
  ['thead', 'thead'],
  ['tr', 'tr'],
  ['th', 'th'],
  ['td', 'td'],
  ['strong', 'strong'],
  ['em', 'em'],
  ['s', 'del'],
])

const LISTS = new Set(['bullet_list_open', 'ordered_list_open'])

// Emphasis nests as deep as a line is long, and no browser lays out a tree of such depth.
const DEEPEST_ELEMENT = 100

// A table's cell with more characters than this breaks into lines.
const LONG_CELL = 32

/** How many lines of code share a box: a browser lays out all the lines in a box for each one that comes. */
export const LINES_TOGETHER = 64

const COPY = [
  ['rect', { x: '7', y: '7', width: '9.5', height: '9.5', rx: '2' }],
  ['path', { d: 'M13 4.5A1.5 1.5 0 0 0 11.5 3H5a2 2 0 0 0-2 2v6.5A1.5 1.5 0 0 0 4.5 13' }],
] as const
const BACK = [['path', { d: 'M8 5 4 9l4 4M4 9h8a4 4 0 0 1 4 4v2' }]] as const

/**
 * Draws a reply's tokens, one element for each block at the top. No HTML is parsed on the way: elements come from
 * a closed list, attributes are named one by one, and addresses pass `readDestination`. Who draws a reply again gives
 * the same `formulas`.
 */
export function drawTokens(
  tokens: readonly Token[],
  labels: Labels,
  formulas: Formulas = new Map(),
): Element[] {
  const blocks = document.createDocumentFragment()
  draw(blocks, tokens, labels, formulas)
  return [...blocks.children]
}

/** Where a drawn block's own children are: an item's blocks, a table's head and rows, code's boxes of lines. */
export function contentOf(block: Element): Element {
  if (block.localName === 'figure') return block.querySelector('code') ?? block
  if (block.className === 'table') return block.querySelector('table') ?? block
  return (block.classList.contains('task') && block.lastElementChild) || block
}

/** Keeps its own stack of open elements, so that no depth of nesting can exhaust the engine's. */
function draw(root: DocumentFragment, tokens: readonly Token[], labels: Labels, formulas: Formulas): void {
  const open: Element[] = []
  let text = ''
  let flattened = 0
  let insideLinks = 0

  for (const [at, token] of tokens.entries()) {
    if (token.type !== 'inline') {
      if (!token.hidden) drawToken(token)
    } else if (tokens[at - 1]?.type === 'inline') drawStretch(token)
    else token.children?.forEach(drawToken)
  }

  /** A text's next stretch: a box of its own, so that what comes in it leaves the others as they are laid out. */
  function drawStretch(token: Token): void {
    const parent = open.at(-1)
    if (!parent) return
    if (text) parent.append(text)
    const stretch = element('span', { class: 'stretch' })
    open.push(stretch)
    text = ''
    token.children?.forEach(drawToken)
    stretch.append(text)
    text = ''
    open.pop()
    if (parent.localName === 'p') parent.className = 'long'
    appendBlock(parent, stretch)
  }

  function drawToken(token: Token): void {
    const words = readWords(token, insideLinks > 0)
    if (words !== undefined) {
      text += words
      return
    }
    const parent = open.at(-1) ?? root
    if (text) parent.append(text)
    text = token.type === 'hardbreak' ? '\n' : ''
    if (token.type === 'link_open') insideLinks++
    if (token.type === 'link_close') insideLinks--
    if (token.nesting === 0) appendBlock(parent, drawLeaf(token, labels, formulas, insideLinks > 0))
    else if (token.nesting === 1) {
      if (open.length < DEEPEST_ELEMENT) open.push(drawOpening(parent, token, labels))
      else flattened++
    } else if (flattened > 0) flattened--
    else nameElement(open.pop(), token, labels)
  }
}

/** What a token says where it is text and nothing else. */
function readWords(token: Token, insideLink: boolean): string | undefined {
  if (token.type === 'text') return token.content
  if (token.type === 'softbreak') return '\n'
  if (token.type === 'image' && (insideLink || !readDestination(imageAddress(token))))
    return describeImage(token)
  return undefined
}

/** Adds what `token` opens to `parent`; returns the element that takes its content. */
function drawOpening(parent: ParentNode, token: Token, labels: Labels): Element {
  switch (token.type) {
    case 'link_open': {
      const link = drawLink(String(token.attrGet('href') ?? ''))
      const title = token.attrGet('title')
      if (title) link.title = String(title)
      parent.append(link)
      return link
    }
    case 'table_open': {
      const table = element('table')
      const region = element('div', { tabindex: '0', role: 'region' }, table)
      appendBlock(
        parent,
        element('div', { class: 'table', dir: 'auto' }, copyButton(labels.copyTable), region),
      )
      return table
    }
    case 'tbody_open':
      if (parent instanceof Element) return parent
      break
    case 'footnote_open':
      return drawFootnote(parent, token, labels)
    case 'list_item_open':
      if (token.meta && 'done' in token.meta) return drawTask(parent, token.meta['done'] === true, labels)
  }
  const drawn = element(TAGS.get(token.tag) ?? 'span')
  // What finds its own direction doesn't count for what is around it: a list's items do, so the list has none.
  if (parent instanceof DocumentFragment ? !LISTS.has(token.type) : token.type === 'list_item_open') {
    drawn.setAttribute('dir', 'auto')
  }
  // Said, for a list's boxes stand between it and its items.
  if (LISTS.has(token.type)) drawn.setAttribute('role', 'list')
  if (token.type === 'list_item_open') drawn.setAttribute('role', 'listitem')
  if (token.type === 'ordered_list_open' && token.attrs) {
    drawn.setAttribute('start', String(token.attrGet('start')))
  }
  if (token.type === 'th_open') drawn.setAttribute('scope', 'col')
  if (token.type === 'th_open' || token.type === 'td_open') {
    const style = token.attrGet('style')
    if (style === 'text-align:right') drawn.className = 'num'
    if (style === 'text-align:center') drawn.className = 'center'
  }
  appendBlock(parent, drawn)
  return drawn
}

/** Gives an element that is complete what can only be said of a complete one. */
function nameElement(drawn: Element | undefined, token: Token, labels: Labels): void {
  if (drawn instanceof HTMLAnchorElement) nameHost(drawn)
  if (token.type === 'td_close' && (drawn?.textContent ?? '').length > LONG_CELL) drawn?.classList.add('wrap')
  if (token.type === 'thead_close') {
    const columns = [...(drawn?.querySelectorAll('th') ?? [])].map((column) => column.textContent)
    drawn?.closest('[role="region"]')?.setAttribute('aria-label', `${labels.table}: ${columns.join(', ')}`)
  }
}

function drawLeaf(token: Token, labels: Labels, formulas: Formulas, insideLink: boolean): Node {
  switch (token.type) {
    case 'fence':
    case 'code_block':
      return drawCode(token, labels)
    case 'code_inline':
      return element('code', { dir: 'ltr' }, token.content)
    case 'math_block':
    case 'math_inline':
      return drawMath(token, labels, formulas, insideLink)
    case 'footnote_reference':
      return drawReference(String(token.meta?.['label']), labels)
    case 'hr':
      return element('hr')
    case 'hardbreak':
      return element('br')
    case 'image':
      return drawImage(token)
    default:
      return document.createTextNode(token.content)
  }
}

function drawLink(address: string): HTMLElement {
  const destination = readDestination(address)
  if (!destination) return element('span')
  return element('a', { href: destination.href, target: '_blank', rel: 'noopener noreferrer nofollow' })
}

function nameHost(link: HTMLAnchorElement): void {
  const host = readDestination(link.href)?.host
  if (host && !showsHost(link.textContent.trim(), host)) link.dataset['host'] = host
}

/** An image is offered as a link: to fetch it would tell its server who reads, and what. */
function drawImage(token: Token): Element {
  const link = drawLink(imageAddress(token))
  link.append(describeImage(token) || imageAddress(token))
  if (link instanceof HTMLAnchorElement) nameHost(link)
  return link
}

function imageAddress(token: Token): string {
  return String(token.attrGet('src') ?? '')
}

/** An image's description without its markup. */
function describeImage({ children }: Token): string {
  let words = ''
  for (const token of children ?? []) words += readWords(token, true) ?? token.content
  return words
}

/** Adds an item with a box before its words, which the style sheet draws; returns the element that takes these. */
function drawTask(parent: ParentNode, done: boolean, labels: Labels): Element {
  const box = element('span', { role: 'img', 'aria-label': done ? labels.done : labels.todo })
  const content = element('div')
  const name = done ? 'task done' : 'task'
  appendBlock(parent, element('li', { role: 'listitem', dir: 'auto', class: name }, box, content))
  return content
}

/** A displayed formula scrolls sideways; a link is no place for a box that takes the focus. */
function drawMath(token: Token, labels: Labels, formulas: Formulas, insideLink: boolean): Element {
  const isBlock = token.type === 'math_block'
  const box =
    isDisplayed(token.markup) && !insideLink
      ? { class: 'math', tabindex: '0', role: 'region', 'aria-label': labels.formula }
      : { class: 'formula' }
  const formula = element(isBlock ? 'div' : 'span', { ...box, dir: 'ltr' })
  drawFormula(formula, token, formulas)
  return formula
}

/** Leads to its footnote without an address: one would be a place in the page's history. */
function drawReference(label: string, labels: Labels): Element {
  const button = element('button', { type: 'button', 'data-footnote': label }, label)
  button.setAttribute('aria-label', `${labels.footnote} ${label}`)
  return element('sup', { dir: 'ltr' }, button)
}

/** Adds a footnote's box; returns the element that takes its content. Only the first of a label is led to. */
function drawFootnote(parent: ParentNode, token: Token, labels: Labels): Element {
  const label = String(token.meta?.['label'])
  const content = element('div')
  const back = element('button', { type: 'button', class: 'icon small', 'data-back': '' }, drawing(BACK))
  for (const name of ['aria-label', 'title']) back.setAttribute(name, labels.backToText)
  const note = element('div', { class: 'footnote', dir: 'auto', role: 'note', 'data-label': label }, content)
  note.setAttribute('aria-label', `${labels.footnote} ${label}`)
  if (token.meta?.['repeats'] !== true) {
    note.setAttribute('tabindex', '-1')
    note.append(back)
  }
  appendBlock(parent, note)
  return content
}

function drawCode(token: Token, labels: Labels): Element {
  const language = nameLanguage(readLanguage(token.info))
  const code = element('code')
  const lines = token.content.match(/[^\n]*\n|[^\n]+$/g) ?? []
  for (let at = 0; at < lines.length; at += LINES_TOGETHER) {
    appendBlock(code, element('span', { class: 'lines' }, ...lines.slice(at, at + LINES_TOGETHER)))
  }
  return element(
    'figure',
    { class: 'code', dir: 'ltr' },
    element('figcaption', language ? { 'data-language': language } : {}, copyButton(labels.copyCode)),
    element('pre', { tabindex: '0', role: 'region', 'aria-label': language || labels.code }, code),
  )
}

function copyButton(name: string): Element {
  const button = element('button', { type: 'button', class: 'icon small', 'data-copy': '' }, drawing(COPY))
  for (const attribute of ['aria-label', 'title']) button.setAttribute(attribute, name)
  return button
}

function element(
  tag: string,
  attributes: Record<string, string> = {},
  ...content: (Node | string)[]
): HTMLElement {
  const made = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value)
  made.append(...content)
  return made
}

function drawing(shapes: readonly (readonly ['rect' | 'path', Record<string, string>])[]): SVGElement {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
  svg.setAttribute('viewBox', '0 0 20 20')
  svg.setAttribute('aria-hidden', 'true')
  for (const [tag, attributes] of shapes) {
    const shape = document.createElementNS('http://www.w3.org/2000/svg', tag)
    for (const [name, value] of Object.entries(attributes)) shape.setAttribute(name, value)
    svg.append(shape)
  }
  return svg
}

import { childrenOf } from '../../markdown/runs.ts'
import { readCells } from './drawn-buttons.tsx'

const inlineTags = new Set(['A', 'CODE', 'STRONG', 'EM', 'DEL', 'SPAN', 'SUP', 'BR'])
const isInline = (node: Node) => !(node instanceof Element) || inlineTags.has(node.tagName)

/** The words of a drawn reply as they read: without Markdown's signs, its blocks apart by an empty line. */
export function plainWords(prose: Element): string {
  return blocksOf(prose).join('\n\n')
}

/** What stands in an element, block by block; words beside blocks are one of their own. */
function blocksOf(parent: Element): string[] {
  const blocks: string[] = []
  let beside: Node[] = []
  const endLine = () => {
    const line = lineOf(beside)
    if (line !== '') blocks.push(line)
    beside = []
  }
  for (const node of childrenOf(parent)) {
    if (isInline(node)) {
      beside.push(node)
      continue
    }
    endLine()
    if (node instanceof Element) {
      const block = blockOf(node)
      if (block !== '') blocks.push(block)
    }
  }
  endLine()
  return blocks
}

function blockOf(block: Element): string {
  if (block instanceof HTMLHRElement) return '⁂'
  if (block instanceof HTMLUListElement || block instanceof HTMLOListElement) return listOf(block)
  if (block.matches('.code')) return (block.querySelector('code')?.textContent ?? '').replace(/\n$/, '')
  if (block.matches('.math, .formula')) return formulaOf(block)
  const table = block.querySelector('table')
  if (block.matches('.table') && table) return readCells(table)
  const words = blocksOf(block).join('\n\n')
  return block instanceof HTMLElement && block.matches('.footnote')
    ? `[${block.dataset['label'] ?? ''}] ${words}`
    : words
}

/** A list with the marks that are drawn before its items, and what is in an item in line with its first words. */
function listOf(list: HTMLUListElement | HTMLOListElement): string {
  const start = list instanceof HTMLOListElement ? list.start : 0
  const drawn = childrenOf(list).filter((item) => item instanceof Element)
  const isLoose = drawn.some((item) => contentOf(item).querySelector(':scope > p') !== null)
  const items = drawn.map((item, place) => {
    const mark = list instanceof HTMLOListElement ? `${start + place}. ` : markOf(item)
    const content = blocksOf(contentOf(item)).join(isLoose ? '\n\n' : '\n')
    return mark + content.replaceAll(/\n(?!\n|$)/g, `\n${' '.repeat(mark.length)}`)
  })
  return items.join(isLoose ? '\n\n' : '\n')
}

/** A task's words lie beside its box. */
const contentOf = (item: Element) => item.querySelector(':scope > div:not([class])') ?? item

function markOf(item: Element): string {
  if (!item.matches('.task')) return '• '
  return item.matches('.done') ? '☑ ' : '☐ '
}

function lineOf(nodes: readonly Node[]): string {
  return nodes
    .map(inlineWords)
    .join('')
    .replaceAll(/ *\n */g, '\n')
    .trim()
}

function inlineWords(node: Node): string {
  if (node instanceof HTMLBRElement) return '\n'
  if (!(node instanceof Element)) return (node.textContent ?? '').replaceAll(/\s+/g, ' ')
  if (node.matches('.math, .formula')) return formulaOf(node)
  if (node.matches('sup')) return `[${node.textContent}]`
  return [...node.childNodes].map(inlineWords).join('')
}

/** Drawn, a formula has its words in an order that says nothing. */
const formulaOf = (formula: Element) => formula.getAttribute('data-tex')?.trim() ?? formula.textContent.trim()

import { afterEach, describe, expect, test } from 'vitest'
import type { Said } from '../said.ts'
import { selectedParts } from './selection.ts'
import { drawSaid, partOf, toHtml, toMarkdown } from './words.ts'

const question = (text: string): Said => ({ id: 'q', isReply: false, text, reasoning: '' })
const reply = (text: string): Said => ({ id: 'r', isReply: true, text, reasoning: 'a secret thought' })
const htmlOf = (...said: Said[]) => toHtml(said.map(partOf)) ?? ''

afterEach(() => document.body.replaceChildren())

describe('a copied conversation', () => {
  test('says who said what, and keeps the source as it was written', () => {
    const said = [question('What *is* it?'), reply('A **mayfly**.\n\n- one')]
    expect(toMarkdown(said.map(partOf))).toBe(
      '**You said:**\n\nWhat *is* it?\n\n**Assistant said:**\n\nA **mayfly**.\n\n- one\n',
    )
  })

  test('leaves out what came to nothing, and thoughts', () => {
    const said = [question('Well?'), reply(' \n ')]
    expect(toMarkdown(said.map(partOf))).toBe('**You said:**\n\nWell?\n')
    expect(htmlOf(question('Well?'), reply('So.'))).not.toContain('secret')
  })

  test('is HTML without buttons, drawings and names of our own', () => {
    const html = htmlOf(
      reply(
        '```ts\nlet a\n```\n\n| a |\n|---|\n| [b](https://example.org/) |\n\n- [x] done\n- [ ] to do\n\nnote[^1]\n\n[^1]: end',
      ),
    )
    expect(html).not.toMatch(/<button|<svg|class=|aria-|tabindex|data-/)
    expect(html).toContain('href="https://example.org/"')
    expect(html).toContain('☑ <div>done</div>')
    expect(html).toContain('☐ <div>to do</div>')
    expect(html).toContain('note<sup dir="ltr">1</sup>')
  })

  test('has all items of a long list in the list itself', () => {
    const page = new DOMParser().parseFromString(htmlOf(reply('- [x] done\n'.repeat(100))), 'text/html')
    expect(page.querySelectorAll('ul > li')).toHaveLength(100)
    expect(page.body.textContent.match(/☑ done/g)).toHaveLength(100)
  })

  test('holds what looks like HTML as words', () => {
    const harm = '<img src=x onerror=alert(1)> <script>alert(1)</script> [x](javascript:alert(1))'
    const html = htmlOf(question(harm), reply(harm))
    expect(html).not.toMatch(/<img|<script|href=/)
    expect(html).toContain('&lt;script&gt;')
  })

  test('breaks a question’s lines as they were broken', () => {
    expect(htmlOf(question('one\ntwo'))).toMatch(/one<br ?\/?>two/)
  })

  test('is no HTML where there is too much of it', () => {
    expect(toHtml([partOf(reply('word '.repeat(100_000)))])).toBeNull()
  })
})

describe('of a selection', () => {
  const messages = Array.from({ length: 6 }, (_, at) =>
    at % 2 === 0 ? question(`Question ${at}`) : reply(`Reply **${at}** ends`),
  )
  /** The list with only some of its rows in the page. */
  function drawList(rows: readonly number[]): HTMLElement {
    const log = document.createElement('div')
    for (const index of rows) {
      const said = messages[index]
      if (!said) continue
      const row = document.createElement('article')
      row.dataset['index'] = String(index)
      const words = document.createElement('div')
      words.className = said.isReply ? 'prose' : 'q'
      words.append(...drawSaid(said))
      row.append(words)
      log.append(row)
    }
    document.body.append(document.createElement('p'), log, document.createElement('p'))
    return log
  }
  const textIn = (log: Element, index: number) => {
    const node = log.querySelector(`[data-index="${index}"] p`)?.firstChild
    if (!node) throw new Error('nothing is drawn')
    return node
  }
  const select = (start: Node, from: number, end: Node, to: number) => {
    const range = new Range()
    range.setStart(start, from)
    range.setEnd(end, to)
    return range
  }

  test('the rows between its ends are taken although they are not in the page', () => {
    const log = drawList([0, 5])
    const range = select(textIn(log, 0), 9, textIn(log, 5), 5)
    expect(selectedParts(range, log, messages)?.map(({ markdown }) => markdown)).toEqual([
      '0',
      'Reply **1** ends',
      'Question 2',
      'Reply **3** ends',
      'Question 4',
      'Reply',
    ])
  })

  test('all is taken where it reaches from above the list to below it', () => {
    const log = drawList([2, 3])
    const range = new Range()
    range.selectNode(log)
    expect(selectedParts(range, log, messages)).toHaveLength(6)
  })

  test('one message, and what is no message, are left to the browser', () => {
    const log = drawList([0, 1])
    expect(selectedParts(select(textIn(log, 1), 0, textIn(log, 1), 3), log, messages)).toBeNull()
    const above = document.body.firstElementChild ?? document.body
    expect(selectedParts(select(above, 0, above, 0), log, messages)).toBeNull()
  })
})

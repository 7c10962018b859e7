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
    expect(html).toContain('<li dir="auto">☑ done</li>')
    expect(html).toContain('<li dir="auto">☐ to do</li>')
    expect(html).toContain('note<sup dir="ltr">1</sup>')
  })

  test('has a task’s first words beside its mark, in a list with room too', () => {
    const html = htmlOf(reply('- [x] done\n\n  more\n\n- [ ] to do'))
    expect(html).toMatch(/<li dir="auto">☑ done\s*<p[^>]*>more<\/p>/)
    expect(html).toContain('☐ to do')
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
    expect(selectedParts(range, log, messages)?.map(({ text }) => text)).toEqual([
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

  describe('inside one reply', () => {
    const text = [
      'Read $a_1^2$ now.',
      '- [x] done\n- [ ] not yet\n- [x] over',
      '3. three\n4. $x$ four\n5. five',
      'Words **alone**.',
      '```\nlet a = 1\n```',
      '$$\n\\frac{1}{2}\n$$',
    ].join('\n\n')
    const drawOne = () => {
      const log = drawList([])
      const row = document.createElement('article')
      row.dataset['index'] = '0'
      const [thoughts, prose, actions] = ['p', 'div', 'p'].map((tag) => document.createElement(tag))
      if (!thoughts || !prose || !actions) throw new Error('nothing was made')
      thoughts.append('A thought')
      prose.className = 'prose'
      prose.append(...drawSaid(reply(text)))
      actions.append('12 tokens')
      row.append(thoughts, prose, actions)
      log.append(row)
      return { log, row, prose }
    }
    const find = (root: Element, words: string) => {
      const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT)
      for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const at = node.nodeValue?.indexOf(words) ?? -1
        if (at !== -1) return { node, at }
      }
      throw new Error(`nothing says ${words}`)
    }
    const copy = (from: string, to: string) => {
      const { log, row } = drawOne()
      const [start, last] = [find(row, from), find(row, to)]
      const range = new Range()
      range.setStart(start.node, start.at)
      range.setEnd(last.node, last.at + to.length)
      return selectedParts(range, log, [reply(text)])
    }

    test('all of it is copied as it reads, nobody named, and none of what the page says below', () => {
      const parts = copy('Read', '12 tokens')
      expect(toMarkdown(parts ?? [])).toBe(
        [
          'Read a_1^2 now.',
          '☑ done\n☐ not yet\n☑ over',
          '3. three\n4. x four\n5. five',
          'Words alone.',
          'let a = 1',
          '\\frac{1}{2}',
        ].join('\n\n'),
      )
      const html = toHtml(parts ?? [])
      expect(html).toContain('<strong>alone</strong>')
      expect(html).not.toContain('Assistant said')
    })

    test.each([
      ['tasks of one list', 'one', 'not', '☑ one\n☐ not'],
      ['numbers, which stay what they were', 'x', 'five', '4. x four\n5. five'],
      ['numbers after other blocks', 'now', 'x', 'now.\n\n☑ done\n☐ not yet\n☑ over\n\n3. three\n4. x'],
      ['a formula that is selected in part', 'frac', '{2}', '\\frac{1}{2}'],
      ['from a formula on', 'now', 'over', 'now.\n\n☑ done\n☐ not yet\n☑ over'],
    ])('%s', (_, from, to, words) => {
      expect(copy(from, to)?.map((part) => part.text)).toEqual([words])
    })

    test.each([
      ['words without a formula or a task', 'Words', 'alone'],
      ['code', 'let', 'a = 1'],
      ['words and code', 'Words', 'let a'],
      ['words of one task', 'yet', 'yet'],
      ['thoughts', 'thought', 'now'],
    ])('%s are left to the browser', (_, from, to) => {
      expect(copy(from, to)).toBeNull()
    })

    test('a formula or task that a selection ends before is no part of it', () => {
      const { log, row, prose } = drawOne()
      for (const [from, end] of [
        ['let', prose.lastElementChild],
        ['now', prose.querySelector('.task')],
      ] as const) {
        const start = find(row, from)
        const range = new Range()
        range.setStart(start.node, start.at)
        range.setEnd(end ?? prose, 0)
        expect(selectedParts(range, log, [reply(text)])).toBeNull()
      }
    })
  })
})

import commonmark from 'commonmark-spec'
import { afterEach, describe, expect, test } from 'vitest'
import { drawWhole } from '../../markdown/reply.fixture.ts'
import type { Said } from '../said.ts'
import { createDrawnSearch } from './drawn-matches.ts'
import { fold } from './fold.ts'
import { createSearchIndex, workInSlices } from './word-index.ts'

const reply = (text: string, id = 'm2'): Said => ({ id, isReply: true, text, reasoning: '' })

/** How often the index, and the drawn message, have a needle. */
function countBoth(text: string, needle: string): { read: number; drawn: number } {
  const { counts } = readAll(createSearchIndex().search([reply(text)], fold(needle)))
  const article = draw(text)
  let drawn = 0
  while (createDrawnSearch(document.body).find(fold(needle), { article, nth: drawn })) drawn++
  return { read: counts.get('m2') ?? 0, drawn }
}

function readAll<T>(work: Generator<void, T>): T {
  for (;;) {
    const step = work.next()
    if (step.done) return step.value
  }
}

function draw(text: string): HTMLElement {
  const article = document.createElement('article')
  const prose = drawWhole(text)
  prose.className = 'prose'
  article.append(prose)
  return article
}

describe('a reply is searched as it reads, drawn or not', () => {
  test.each([
    ['bold **words** here', 'bold words here', 1],
    ['bold **words** here', '**words**', 0],
    ['a line\nthat goes on', 'line that', 1],
    ['a line  \nthat breaks', 'line that', 1],
    ['one\n\ntwo', 'one two', 0],
    ['`**code**` as written', '**code** as', 1],
    ['```ts\nif (a  &&  b) {\n}\n```', 'if (a && b) {', 1],
    ['| a | b |\n|---|---|\n| cell | next |', 'cell next', 0],
    ['[words of a link](https://example.org)', 'words of a link', 1],
    ['[words of a link](https://example.org)', 'example', 0],
    ['![a *picture*](https://example.org/a.png)', 'a picture', 1],
    ['![](https://example.org/a.png)', 'a.png', 1],
    ['![](ftp://example.org/alert)', 'alert', 0],
    ['[![](https://example.org/a.png)](https://example.org)', 'a.png', 0],
    ['a &amp; b \\* c', 'a & b * c', 1],
    ['the day $x$ is over', 'day is', 0],
    ['- [ ] to do\n- [x] done', 'done', 1],
    ['said.[^1]\n\n[^1]: A note', 'said.1', 1],
    ['said.[^1]\n\n[^1]: A note', 'note', 1],
    ['> quoted\n> on', 'quoted on', 1],
    ['<b>shown</b>', '<b>shown', 1],
    ['مرحبا **بالعالم**', 'مرحبا بالعالم', 1],
    ['東京**都**', '京都', 1],
    ['Crème BRÛLÉE', 'creme brulee', 1],
    ['a.b axb', 'a.b', 1],
    ['aaaa', 'aa', 2],
  ])('%j has %j so often: %i', (text, needle, count) => {
    expect(countBoth(text, needle)).toEqual({ read: count, drawn: count })
  })

  test('a long paragraph is searched as one, wherever it is cut for reading', () => {
    const text = Array.from({ length: 2_000 }, (_, at) => `w${at}`).join(' ')
    for (let at = 0; at < 1_999; at += 1) {
      if (at % 100 !== 0) continue
      const needle = Array.from({ length: 100 }, (_, next) => `w${at + next}`).join(' ')
      expect(countBoth(text, needle)).toEqual({ read: 1, drawn: 1 })
    }
  })

  test('every example of CommonMark, by each of its own words', () => {
    const differing = commonmark.tests.flatMap(({ number, markdown }) => {
      const words = new Set(drawWhole(markdown).textContent.match(/[^\s]+/g))
      return [...words]
        .filter((word) => {
          const { read, drawn } = countBoth(markdown, word)
          return read !== drawn
        })
        .map((word) => `${number}: ${word}`)
    })
    expect(differing).toEqual([])
  })
})

describe('what is found in the page', () => {
  const rangeOf = (text: string, needle: string, nth = 0) =>
    createDrawnSearch(document.body).find(fold(needle), { article: draw(text), nth })

  test('is all of what was written, accents and joiners too', () => {
    expect(rangeOf('a **re\u0301su**me\u0301 b', 'resume')?.toString()).toBe('re\u0301sume\u0301')
    expect(rangeOf('a ﬁne b', 'i')?.toString()).toBe('ﬁ')
    expect(rangeOf('x soft\u00ADware y', 'software')?.toString()).toBe('soft\u00ADware')
    expect(rangeOf('so  many\n  lines', 'many lines')?.toString()).toBe('many\nlines')
  })

  test('is the match that was asked for, and nothing behind the last', () => {
    const text = 'one two\n\n- one\n- one'
    expect(rangeOf(text, 'one', 2)?.startContainer.parentElement?.localName).toBe('li')
    expect(rangeOf(text, 'one', 3)).toBeUndefined()
  })

  test('is found anew in a block that has changed', () => {
    const search = createDrawnSearch(document.body)
    const article = draw('one')
    document.body.append(article)
    expect(search.find('two', { article, nth: 0 })).toBeUndefined()
    const text = article.querySelector('p')?.firstChild
    if (!(text instanceof Text)) throw new Error('nothing is drawn')
    const observer = new MutationObserver(() => {})
    observer.observe(document.body, { subtree: true, characterData: true })
    text.appendData(' two')
    search.noteChanges(observer.takeRecords())
    expect(search.find('two', { article, nth: 0 })?.toString()).toBe('two')
    article.remove()
  })
})

describe('the index', () => {
  test('reads on as a reply grows, and finds what stands across its pieces', () => {
    const index = createSearchIndex()
    expect(readAll(index.search([reply('one **tw')], 'two')).total).toBe(0)
    expect(readAll(index.search([reply('one **two** three')], 'two three')).total).toBe(1)
  })

  test('reads a reply of any length as a whole would be read, whatever its line ends', () => {
    const part = 'A *word* here\r\n\r\n- an item\r- another\n\n```\ncode word\n```\n\n'
    const text = part.repeat(3_000)
    expect(readAll(createSearchIndex().search([reply(text)], 'word')).total).toBe(6_000)
    expect(readAll(createSearchIndex().search([reply(text)], 'a word here')).total).toBe(3_000)
  })

  test('does not take a new conversation’s message for the one that had its id', () => {
    const index = createSearchIndex()
    readAll(index.search([reply('the old words')], 'old'))
    expect(readAll(index.search([reply('a new one')], 'old')).total).toBe(0)
  })

  test('finds in questions what was written, signs and all, and in thoughts where they are shown', () => {
    const question = { id: 'm1', isReply: false, text: '**bold**\n\nnext', reasoning: '' }
    const thought = { ...reply('No.'), reasoning: 'A thought' }
    const search = (needle: string) => [
      ...readAll(createSearchIndex().search([question, thought], needle)).counts,
    ]
    expect(search('**bold** next')).toEqual([['m1', 1]])
    expect(search('thought')).toEqual([['m2', 1]])
  })

  test('leaves the page awake, and stops when something else is asked', async () => {
    const index = createSearchIndex()
    const messages = Array.from({ length: 500 }, (_, at) => reply('word 7 '.repeat(500), `m${at}`))
    const first = workInSlices(index.search(messages, 'word'), () => {
      throw new Error('a search that nobody waits for was ended')
    })
    first.cancel()
    const found = await new Promise<number>((resolve) => {
      workInSlices(index.search(messages, '7 word'), ({ total }) => resolve(total))
    })
    expect(found).toBe(500 * 499)
  })
})

afterEach(() => document.body.replaceChildren())

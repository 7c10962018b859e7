import { AxeBuilder } from '@axe-core/playwright'
import type { Locator, Page } from '@playwright/test'
import { askFor, type Chat } from './fixtures/chat.ts'
import { watchLine } from './fixtures/read-line.ts'
import { expect, test } from './fixtures/test.ts'
import type { Upstream } from './fixtures/upstream.ts'

const code = [
  '// How many adults are still in the air after t hours?',
  'export function stillFlying(colony: number, hours: number, halfLife = 9.5) {',
  "  if (hours < 0) throw new RangeError('hours must not be negative')",
  '  return Math.round(colony * 0.5 ** (hours / halfLife))',
  '}',
].join('\n')

const everything = [
  'Half of them are gone after $h = 9.5$ hours, for $5 and $10 alike[^1]:',
  '$$\nN(t) = N_0 \\cdot 2^{-t/h} \\qquad \\boxed{h = \\frac{\\ln 2}{\\lambda}}\n$$',
  `\`\`\`ts\n${code}\n\`\`\``,
  '| Weather | Air, °C | Why |\n|---|--:|---|\n| Still, humid | 16 | Little water is lost through the wings |\n| Hot, dry | 29 | They dry out before they tire |',
  'More at www.example.org/mayflies, or ask ada@example.org about [the data](https://data.example.org/a.csv).',
  '- one\n- שלום עולם\n  1. two\n  2. مرحبا بالعالم',
  '> مرحبا بالعالم',
  '[^1]: Counted on the Danube, with `nets` and a *lamp*.',
  'That is all.',
].join('\n\n')

/** What is coloured in the page's code, as "kind from-to" for each block of code in order. */
const readColours = (page: Page) =>
  page.evaluate(() => {
    const blocks = [...document.querySelectorAll('pre code')]
    const colours = blocks.map((): string[] => [])
    CSS.highlights.forEach((highlight, name) => {
      if (!name.startsWith('code-')) return
      highlight.forEach((range) => {
        const block = blocks.findIndex((element) => element.contains(range.startContainer))
        const before = document.createRange()
        before.setStart(blocks[block] ?? document, 0)
        before.setEnd(range.startContainer, range.startOffset)
        const from = before.toString().length
        colours[block]?.push(`${name} ${from}-${from + range.endOffset - range.startOffset}`)
      })
    })
    return colours.map((found) => found.toSorted())
  })

/** The words of a block of code that have one colour. */
async function wordsIn(page: Page, kind: string, source: string): Promise<string[]> {
  const [colours = []] = await readColours(page)
  return colours
    .filter((colour) => colour.startsWith(`code-${kind} `))
    .map((colour) => /(\d+)-(\d+)$/.exec(colour))
    .map((found) => [Number(found?.[1]), Number(found?.[2])] as const)
    .toSorted(([a], [b]) => a - b)
    .map(([from, to]) => source.slice(from, to))
}

const select = (node: Locator) =>
  node.evaluate((element) => {
    const text = element.firstChild
    if (text) getSelection()?.setBaseAndExtent(text, 4, text, 9)
  })

test('code is coloured line by line while it streams, and a colour never changes back', async ({
  chat,
  upstream,
}) => {
  const { page } = chat
  const long = Array.from({ length: 8 }, (_, turn) => `${code}\nconst turn${turn} = \`a\nb\``).join('\n')
  upstream.answer('steady: code', `The first words.\n\n\`\`\`ts\n${long}\n\`\`\`\n\nThat is all.`)
  await chat.ask('steady: code')
  await expect.poll(async () => (await readColours(page))[0]?.length ?? 0).toBeGreaterThan(5)
  await select(chat.reply.locator('p').first())

  const seen = new Set<string>()
  const gone: string[] = []
  let looks = 0
  while ((await chat.root.getAttribute('data-state')) === 'streaming') {
    const [now = []] = await readColours(page)
    gone.push(...[...seen].filter((colour) => !now.includes(colour)))
    for (const colour of now) seen.add(colour)
    looks++
  }
  expect(looks).toBeGreaterThan(3)
  expect(gone).toEqual([])
  expect(await page.evaluate(() => getSelection()?.toString())).toBe('first')

  expect(await chat.reply.locator('pre code').textContent()).toBe(`${long}\n`)
  expect((await wordsIn(page, 'note', long))[0]).toBe(
    '// How many adults are still in the air after t hours?',
  )
  expect((await wordsIn(page, 'word', long)).slice(0, 4)).toEqual(['export', 'function', 'number', 'number'])
  expect((await wordsIn(page, 'text', long))[0]).toBe("'hours must not be negative'")
  expect((await wordsIn(page, 'value', long))[0]).toBe('9.5')
  await expect(chat.reply.locator('pre code :not(.lines)')).toHaveCount(0)
})

test('a selection in the first block survives a thousand further words', async ({ chat, upstream }) => {
  const long = Array.from({ length: 25 }, () => `\`\`\`ts\n${code}\n\`\`\`\n\nWith $h$ and **words**:`).join(
    '\n\n',
  )
  expect(long.split(/\s+/).length).toBeGreaterThan(1_000)
  upstream.answer('a thousand', `The first words.\n\n${long}\n\nThat is all.`)
  await chat.ask('a thousand')
  await expect(chat.reply.locator('figure').first()).toBeVisible()
  await select(chat.reply.locator('p').first())
  await expect(chat.reply).toContainText('That is all.', { timeout: 30_000 })
  await chat.toBe('idle')
  expect(await chat.page.evaluate(() => getSelection()?.toString())).toBe('first')
})

test('code that is not near the window has no colours, and has them again when it is', async ({
  chat,
  upstream,
}) => {
  const { page } = chat
  const long = Array.from({ length: 300 }, (_, line) => `const a${line} = ${line} // line`).join('\n')
  upstream.answer('all of it', `\`\`\`js\n${long}\n\`\`\`\n\nThat is all.`)
  await chat.ask('all of it')
  await expect(chat.reply).toContainText('That is all.', { timeout: 30_000 })
  await chat.toBe('idle')
  const count = async () => (await readColours(page)).flat().length
  await expect.poll(count).toBeGreaterThan(30)
  expect(await count()).toBeLessThan(500)
  const last = await readColours(page)
  await page.getByRole('region', { name: 'Messages' }).evaluate((scroller) => scroller.scrollTo(0, 0))
  await expect.poll(async () => (await readColours(page))[0]?.[0]).not.toBe(last[0]?.[0])
  await chat.button('New chat').click()
  await expect
    .poll(() => page.evaluate(() => [...CSS.highlights].map(([, { size }]) => size)))
    .toEqual([0, 0, 0, 0])
})

test('formulas, footnotes, addresses, tables and directions are drawn as they are meant', async ({
  chat,
  upstream,
  context,
}) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  const { page, reply } = chat
  upstream.answer('everything', everything)
  await chat.askAndRead('everything')

  await expect(reply.locator('math')).toHaveCount(2)
  await expect(reply.locator('p').first()).toContainText('for $5 and $10 alike')
  await expect(reply.getByRole('region', { name: 'Formula', exact: true }).locator('mfrac')).toHaveCount(1)
  await expect(reply.locator('[style]')).toHaveCount(0)

  await expect(reply.getByRole('link')).toHaveCount(3)
  await expect(reply.getByRole('link').first()).toHaveAttribute('href', 'http://www.example.org/mayflies')
  await expect(reply.getByRole('link').last()).toHaveAttribute('data-host', 'data.example.org')

  const address = page.url()
  await reply.getByRole('button', { name: 'Footnote 1', exact: true }).click()
  const note = reply.getByRole('note', { name: 'Footnote 1', exact: true })
  await expect(note).toBeFocused()
  await expect(note).toHaveText('Counted on the Danube, with nets and a lamp.')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await expect(reply.getByRole('button', { name: 'Footnote 1', exact: true })).toBeFocused()
  expect(page.url()).toBe(address)

  await reply.getByRole('button', { name: 'Copy table', exact: true }).focus()
  await page.keyboard.press('Enter')
  await expect(chat.status).toHaveText('Copied')
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(
    'Weather\tAir, °C\tWhy\nStill, humid\t16\tLittle water is lost through the wings\nHot, dry\t29\tThey dry out before they tire',
  )
  await chat.button('Copy').click()
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe(everything)

  const directions = await reply
    .locator('li, blockquote')
    .evaluateAll((blocks) => blocks.map((block) => getComputedStyle(block).direction))
  expect(directions).toEqual(['ltr', 'rtl', 'ltr', 'rtl', 'rtl'])
})

test('among words from right to left, code and formulas run from left to right, each for itself', async ({
  chat,
  upstream,
}) => {
  upstream.answer('שלום', 'יום $x+1$ אחד `a-b` בלבד.\n\n- מים $y$ ו `c`\n\nThat is all.')
  await chat.askAndRead('שלום')
  await expect(chat.reply.locator('math')).toHaveCount(2)
  const ways = await chat.reply.locator('.prose p, .prose li, code, math').evaluateAll((parts) =>
    parts.map((part) => {
      const own = part.closest('[dir=ltr]')
      const { direction, unicodeBidi } = getComputedStyle(own ?? part)
      return `${part.localName} ${direction}${own ? ` ${unicodeBidi}` : ''}`
    }),
  )
  expect(ways.toSorted()).toEqual([
    'code ltr isolate',
    'code ltr isolate',
    'li rtl',
    'math ltr isolate',
    'math ltr isolate',
    'p ltr',
    'p rtl',
  ])
})

for (const colorScheme of ['light', 'dark'] as const) {
  for (const width of [1280, 390]) {
    test(`a reply with all that Markdown can say is accessible in ${colorScheme} at ${width} px`, async ({
      chat,
      upstream,
    }) => {
      const { page } = chat
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      await page.setViewportSize({ width, height: 800 })
      upstream.answer('everything', everything)
      await chat.askAndRead('everything')
      await expect(chat.reply.locator('math')).toHaveCount(2)
      const { violations } = await new AxeBuilder({ page }).analyze()
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join()}`)).toEqual([])
    })
  }
}

test('lists, tables and texts of any length are what they are to everybody, and keep their columns', async ({
  chat,
  upstream,
}) => {
  const { page, reply } = chat
  const lines = (count: number, line: (index: number) => string) =>
    Array.from({ length: count }, (_, index) => line(index)).join('\n')
  const long = [
    lines(80, (index) => `${index + 1}. item **${index + 1}**`),
    `| Day | Weather | Air |\n|---|---|--:|\n${lines(150, (index) => `| ${index} | ${index % 9 ? 'Still' : 'Wind from the river, and rain'} | ${index}.5 |`)}`,
    lines(90, (index) => `Line ${index} of one paragraph says *that* it goes on.`),
    lines(80, (index) => `Paragraph ${index}.\n`),
  ].join('\n\n')
  upstream.answer('long', `${long}\n\nThat is all.`)
  await chat.ask('long')
  await expect(reply).toContainText('That is all.', { timeout: 30_000 })
  await chat.toBe('idle')

  await expect(reply.getByRole('list').getByRole('listitem')).toHaveCount(80)
  await expect(reply.getByRole('table').getByRole('row')).toHaveCount(151)
  await expect(reply.getByRole('row').last().getByRole('cell')).toHaveText(['149', 'Still', '149.5'])
  await expect(reply.locator('p.long')).toContainText('Line 89 of one paragraph says that it goes on.')
  const edges = await reply
    .getByRole('row')
    .evaluateAll((rows) =>
      rows.map((row) =>
        [...row.children].map((cell) => Math.round(cell.getBoundingClientRect().left)).join(),
      ),
    )
  expect(new Set(edges).size).toBe(1)
  const { violations } = await new AxeBuilder({ page }).analyze()
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join()}`)).toEqual([])
})

test('rows of a long table that are numbered keep their numbers in one line', async ({ chat, upstream }) => {
  const rows = Array.from(
    { length: 1_200 },
    (_, row) => `| row ${row} | ${'word '.repeat(9 + (row % 30))} |\n`,
  )
  await askFor(chat, upstream, 'numbered', `| Row | Words |\n|---|---|\n${rows.join('')}`)
  await expect(chat.reply.locator('tr').last()).toContainText('row 1199')
  const heights = await chat.reply.locator('td:first-child').evaluateAll((cells) =>
    cells.map((cell) => {
      const range = new Range()
      range.selectNodeContents(cell)
      return Math.round(range.getBoundingClientRect().height)
    }),
  )
  expect(new Set(heights).size).toBe(1)
})

test('who reads in a table stays in their row while it becomes long', async ({ chat, upstream }) => {
  const rows = (from: number, to: number) =>
    Array.from(
      { length: to - from },
      (_, row) => `| row ${from + row} | ${'word '.repeat(row % 30)} |\n`,
    ).join('')
  // The page has had a long one before, so that what it watches tables by is older than what watches the line.
  await askFor(chat, upstream, 'before', `| Row | A | B | C | Words |\n|---|---|---|---|---|\n${rows(0, 70)}`)
  await expect(chat.reply.locator('.fixed')).toBeAttached()
  upstream.leaveToTest('growing')
  await chat.ask('growing')
  await expect.poll(() => upstream.askedFor('growing').length).toBe(1)
  const hand = upstream.askedFor('growing')[0]?.hand
  hand?.say(`| Row | A | B | C | Words |\n|---|---|---|---|---|\n${rows(0, 60)}`)
  const drawn = chat.reply.locator('tr')
  await expect(drawn).toHaveCount(61)
  await drawn.nth(50).evaluate((row) => row.scrollIntoView({ block: 'start' }))
  const line = await watchLine(chat.page)
  hand?.say(rows(60, 700))
  hand?.finish('stop')
  await chat.toBe('idle')
  await expect(drawn).toHaveCount(701)
  expect((await line.read()).most).toBeLessThanOrEqual(1)
})

test('blocks in an item or a quotation stand apart as they do outside, and each task beside its box, however many there are', async ({
  chat,
  upstream,
}) => {
  const times = (count: number, line: (index: number) => string) =>
    Array.from({ length: count }, (_, at) => line(at))
  const code = '```ts\nlet a\n```'
  const blocks = [
    ...times(40, (index) => `Paragraph ${index}.`),
    code,
    'After it.',
    code,
    '| a |\n|---|',
    'End.',
  ].join('\n\n')
  const quotation = blocks.replaceAll(/^/gm, '> ')
  const item = `1. ${blocks.replaceAll('\n', '\n   ')}`
  const tasks = times(80, (index) => `- [${index % 2 ? 'x' : ' '}] task ${index}`).join('\n')
  upstream.answer('apart', [blocks, quotation, item, tasks, 'That is all.'].join('\n\n'))
  await chat.askAndRead('apart')

  const gaps = await chat.reply.locator('.prose').evaluate((prose) => {
    const shown = [...prose.querySelectorAll('p, .code, .table')].map((block) =>
      block.getBoundingClientRect(),
    )
    return shown.slice(1).map((box, at) => Math.round(box.top - (shown[at]?.bottom ?? NaN)))
  })
  // The reply's own blocks, those of the quotation and those of the item, each set behind the gap to the one before.
  const [outside, quoted, inItem] = [gaps.slice(0, 44), gaps.slice(45, 89), gaps.slice(90, 134)]
  expect(Math.min(...outside)).toBeGreaterThan(10)
  expect(quoted).toEqual(outside)
  expect(inItem).toEqual(outside)

  const beside = await chat.reply.locator('.task').evaluateAll((items) =>
    items.map(({ firstElementChild: box, lastElementChild: words }) => {
      const [boxAt, wordsAt] = [box?.getBoundingClientRect(), words?.getBoundingClientRect()]
      return boxAt?.top === wordsAt?.top && boxAt?.right === wordsAt?.left
    }),
  )
  expect(beside).toEqual(Array.from({ length: 80 }, () => true))
})

/** Has a reply come in by pieces of 16 KB, as fast as the page takes them. */
async function readLarge(chat: Chat, upstream: Upstream, question: string, text: string) {
  upstream.leaveToTest(question)
  await chat.ask(question)
  await expect.poll(() => upstream.askedFor(question).length).toBe(1)
  const hand = upstream.askedFor(question)[0]?.hand
  for (let at = 0; at < text.length; at += 16_384) hand?.say(text.slice(at, at + 16_384))
  hand?.finish('stop')
  await expect(chat.root).toHaveAttribute('data-state', 'idle', { timeout: 20_000 })
}

test('a table of 50,000 rows streams in, and can be scrolled from its last row to its first', async ({
  chat,
  upstream,
}) => {
  test.setTimeout(120_000)
  const { page } = chat
  // By its element: to find it by its role would read all that is in it.
  const table = page.locator('.prose table')
  const rows = Array.from({ length: 50_000 }, (_, row) => `| row ${row} | a${row % 7} |\n`).join('')
  await readLarge(chat, upstream, 'rows', `| Row | Air |\n|---|---|\n${rows}`)
  await expect(table.locator('tr')).toHaveCount(50_001, { timeout: 60_000 })
  await expect(table.locator('tr').last()).toBeInViewport()
  await expect(table.locator('tr').last()).toHaveText('row 49999a5')
  await page.getByRole('region', { name: 'Messages' }).evaluate((scroller) => scroller.scrollTo(0, 0))
  await expect(table.locator('td').first()).toBeInViewport()
  // What is out of sight costs nothing: all but the body that may get more rows.
  await expect(table.locator('tbody:not([data-left-out])')).toHaveCount(1)
})

test('a line of 1 MB and quotations 100,000 deep are drawn to their last word', async ({
  chat,
  upstream,
}) => {
  const line = Array.from({ length: 100_000 }, (_, word) => `word${word}`).join(' ')
  await readLarge(chat, upstream, 'line', line)
  await expect.poll(() => chat.reply.locator('.prose').evaluate(({ textContent }) => textContent)).toBe(line)
  await readLarge(chat, upstream, 'deep', `${'>'.repeat(100_000)} the last word`)
  await expect(chat.reply.locator('.prose')).toContainText('the last word')
  expect(await chat.reply.locator('blockquote').count()).toBeLessThan(50)
})

test('signs that are made of many characters are whole, wherever they were cut', async ({
  chat,
  upstream,
}) => {
  const signs = '\u{1f468}\u200d\u{1f469}\u200d\u{1f467} \u{1f1e9}\u{1f1ea} \u{1f44b}\u{1f3fd} e\u0301'
  const lines = Array.from({ length: 9 }, (_, line) => `${'x'.repeat(line)}${signs}`)
  upstream.answer('torn: signs', `${lines.join('\n\n')}\n\nThat is all.`)
  await chat.askAndRead('torn: signs')
  expect(await chat.reply.locator('.prose p').allTextContents()).toEqual([...lines, 'That is all.'])
})

test.describe('where the parts can not be fetched', () => {
  test.use({ requestsMayFail: true })

  test('code is plain and a formula is what was written', async ({ context, openTab, upstream }) => {
    await context.route(/assets\/(highlight|math)-/, (route) => route.abort())
    const chat = await openTab()
    upstream.answer('everything', everything)
    await chat.askAndRead('everything')
    await expect(chat.reply.locator('p').first()).toContainText('$h = 9.5$')
    await expect(chat.reply.locator('pre code')).toHaveText(code)
  })

  test('a reply is read as it was written where nothing draws Markdown', async ({
    context,
    openTab,
    upstream,
  }) => {
    await context.route(/assets\/reply-/, (route) => route.abort())
    const chat = await openTab()
    upstream.answer('everything', everything)
    await chat.askAndRead('everything')
    await expect(chat.reply.locator('p').first()).toHaveText(
      'Half of them are gone after $h = 9.5$ hours, for $5 and $10 alike[^1]:',
    )
    await expect(chat.reply).toContainText('| Hot, dry | 29 | They dry out before they tire |')
    await expect(chat.reply.locator('pre, table, a')).toHaveCount(0)
  })
})

test('of a long reply the blocks far from the view are left out of its layout, as high as they are at any width', async ({
  chat,
  upstream,
}) => {
  const { page, reply } = chat
  await askFor(chat, upstream, 'Many blocks?', `${'A mayfly lives a day. '.repeat(20)}\n\n`.repeat(300))
  const isLaidOut = (block: Locator) =>
    block.evaluate((element) => element.checkVisibility({ contentVisibilityAuto: true }))
  const blocks = reply.locator('.blocks > p')
  /** By how many px the height of what is left out is another than it would be in sight. */
  const error = () =>
    reply.evaluate((element) => {
      let error = 0
      for (const box of element.querySelectorAll<HTMLElement>('[data-settled]')) {
        const { height } = box.getBoundingClientRect()
        box.style.setProperty('content-visibility', 'visible')
        error += Math.abs(box.getBoundingClientRect().height - height)
        box.style.removeProperty('content-visibility')
      }
      return error
    })
  for (const width of [1280, 390]) {
    await page.setViewportSize({ width, height: 700 })
    await expect.poll(() => isLaidOut(blocks.first())).toBe(false)
    expect(await isLaidOut(blocks.last())).toBe(true)
    await expect.poll(error).toBeLessThan(1)
  }
})

import type { Page } from '@playwright/test'
import { askFor, type Chat } from './fixtures/chat.ts'
import { expect, test } from './fixtures/test.ts'
import { replyTo, type Upstream } from './fixtures/upstream.ts'

test.use({ permissions: ['clipboard-read', 'clipboard-write'], contextOptions: { reducedMotion: 'reduce' } })

const filler = Array.from({ length: 40 }, (_, at) => `Paragraph ${at} of many.`).join('\n\n')
/** What a person asks, and what answers it: so many turns that few of them are drawn. */
const turns = Array.from({ length: 8 }, (_, at) => ({
  question: `Question ${at}?`,
  reply: `Reply **${at}** begins.\n\n${filler}\n\nReply ${at} ends.`,
}))

async function converse(chat: Chat, upstream: Upstream, prefix: string) {
  for (const { question, reply } of turns) await askFor(chat, upstream, prefix + question, reply)
  await expect(chat.button('Copy conversation')).toBeVisible()
  expect(await chat.page.getByRole('article').count()).toBeLessThan(2 * turns.length)
}

const asMarkdown = (prefix: string) =>
  turns
    .map(
      ({ question, reply }) => `**You said:**\n\n${prefix}${question}\n\n**Assistant said:**\n\n${reply}\n`,
    )
    .join('\n')

const readClipboard = (page: Page, type: 'text/plain' | 'text/html') =>
  page.evaluate(async (type) => {
    for (const item of await navigator.clipboard.read()) {
      if (item.types.includes(type)) return (await item.getType(type)).text()
    }
    return null
  }, type)

/** Selects from the middle of one piece of text to the middle of another. */
const select = (page: Page, from: string, to: string) =>
  page.evaluate(
    ([from = '', to = '']) => {
      const find = (words: string) => {
        const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
        for (let node = walker.nextNode(); node; node = walker.nextNode()) {
          const at = node.nodeValue?.indexOf(words) ?? -1
          if (at !== -1) return { node, at }
        }
        throw new Error(`nothing says ${words}`)
      }
      const [start, end] = [find(from), find(to)]
      getSelection()?.setBaseAndExtent(start.node, start.at, end.node, end.at + to.length)
    },
    [from, to],
  )

test('Copy conversation takes all of it as Markdown, and as HTML for documents', async ({
  chat,
  upstream,
}) => {
  const { page } = chat
  await converse(chat, upstream, 'button: ')
  await chat.button('Copy conversation').click()
  await expect(chat.status).toHaveText('Copied')
  expect(await readClipboard(page, 'text/plain')).toBe(asMarkdown('button: '))
  const html = await readClipboard(page, 'text/html')
  expect(html).toContain('button: Question 0?')
  expect(html).toContain('Reply <strong>7</strong> begins.')
})

test('selecting all in the messages and copying takes all of it', async ({ chat, upstream }) => {
  const { page } = chat
  await converse(chat, upstream, 'all: ')
  const messages = page.getByRole('region', { name: 'Messages', exact: true })
  await messages.focus()
  await page.keyboard.press('ControlOrMeta+a')
  await page.keyboard.press('Home')
  await expect(chat.conversation.getByText('all: Question 0?')).toBeInViewport()
  await page.keyboard.press('ControlOrMeta+c')
  await expect.poll(() => readClipboard(page, 'text/plain')).toBe(asMarkdown('all: '))
  await chat.message.fill('only this')
  await chat.message.press('ControlOrMeta+a')
  await chat.message.press('ControlOrMeta+c')
  expect(await readClipboard(page, 'text/plain')).toBe('only this')
})

test('a selection over several messages takes what lies between, and of its ends what is selected', async ({
  chat,
  upstream,
}) => {
  const { page } = chat
  await askFor(chat, upstream, 'A first question', 'One **bold** word.\n\nAnother block.')
  await askFor(chat, upstream, 'In the *middle*', 'All of `this` reply.')
  await askFor(chat, upstream, 'At the end', 'Never mind.')
  await expect(chat.button('Copy conversation')).toBeVisible()
  await select(page, 'word', 'At the')
  await page.keyboard.press('ControlOrMeta+c')
  await expect
    .poll(() => readClipboard(page, 'text/plain'))
    .toBe(
      [
        '**Assistant said:**\n\nword.\n\nAnother block.\n',
        '**You said:**\n\nIn the *middle*\n',
        '**Assistant said:**\n\nAll of `this` reply.\n',
        '**You said:**\n\nAt the\n',
      ].join('\n'),
    )
})

test('a selection that reaches over more than is kept in the page takes all of it', async ({
  chat,
  upstream,
}) => {
  const { page } = chat
  await converse(chat, upstream, 'far: ')
  const messages = page.getByRole('region', { name: 'Messages', exact: true })
  await messages.focus()
  await page.keyboard.press('Home')
  await expect(chat.conversation.getByText('far: Question 0?')).toBeInViewport()
  await select(page, 'far: Question 0', 'far: Question 0')
  // Rows find their heights as they are drawn, and the end is further away then.
  await expect(async () => {
    await page.keyboard.press('End')
    await expect(chat.reply.getByText('Reply 7 ends.')).toBeInViewport({ timeout: 500 })
  }).toPass()
  await page.evaluate(() => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (node.nodeValue === 'Reply 7 ends.') getSelection()?.extend(node, 13)
    }
  })
  await page.keyboard.press('ControlOrMeta+c')
  await expect.poll(() => readClipboard(page, 'text/plain')).toBe(asMarkdown('far: '))
})

test('a selection inside one message is copied as the browser does it: the words, no signs and no names', async ({
  chat,
  upstream,
}) => {
  const { page } = chat
  await askFor(chat, upstream, 'Inside', 'One **bold** word.\n\n```ts\nlet a = 1\nlet b = 2\n```')
  await expect(chat.button('Copy conversation')).toBeVisible()
  await select(page, 'bold', 'let b')
  await page.keyboard.press('ControlOrMeta+c')
  await expect
    .poll(async () => (await readClipboard(page, 'text/plain'))?.replaceAll(/\s*\n/g, '\n'))
    .toBe('bold word.\nlet a = 1\nlet b')
})

test('a selection inside one reply that a browser would jumble is copied as it reads: formulas and tasks', async ({
  chat,
  upstream,
}) => {
  const { page } = chat
  const text =
    'It is $a_1$:\n\n$$\n\\sum_{n=0}^{9} n\n$$\n\n- [x] **done**\n- [ ] not yet\n\n```ts\nlet a = 1\n```\n\nThe end.'
  await askFor(chat, upstream, 'One alone', text)
  await expect(chat.button('Copy conversation')).toBeVisible()
  await expect(chat.reply.locator('math')).toHaveCount(2)
  await select(page, 'It is', 'The end.')
  await page.keyboard.press('ControlOrMeta+c')
  await expect
    .poll(() => readClipboard(page, 'text/plain'))
    .toBe('It is a_1:\n\n\\sum_{n=0}^{9} n\n\n☑ done\n☐ not yet\n\nlet a = 1\n\nThe end.')
  const html = await readClipboard(page, 'text/html')
  expect(html).toMatch(/☑ <strong[^>]*>done<\/strong>/)
  expect(html).not.toContain('Assistant said')

  // Three clicks end in the next block, which is no part of what is copied.
  await chat.reply.getByText('let a').click({ clickCount: 3 })
  await page.keyboard.press('ControlOrMeta+c')
  await expect.poll(async () => (await readClipboard(page, 'text/plain'))?.trim()).toBe('let a = 1')
})

test('rows that are selected in a long table are copied as lines, with a tab between their cells', async ({
  chat,
  upstream,
}) => {
  const { page } = chat
  const rows = Array.from({ length: 700 }, (_, row) => `| row ${row} | ${row % 7} |\n`).join('')
  await askFor(chat, upstream, 'Long table', `| Row | Air |\n|---|---|\n${rows}`)
  await expect(chat.button('Copy conversation')).toBeVisible()
  await expect(chat.reply.locator('tr')).toHaveCount(701)
  await select(page, 'row 62', 'row 65')
  await page.keyboard.press('ControlOrMeta+c')
  await expect.poll(() => readClipboard(page, 'text/plain')).toBe('row 62\t6\nrow 63\t0\nrow 64\t1\nrow 65')
})

test('where the browser does not allow it, there is the older way, and no way is said', async ({
  context,
  openTab,
}) => {
  await context.addInitScript(() => Reflect.defineProperty(navigator, 'clipboard', { value: undefined }))
  const chat = await openTab()
  await chat.askAndRead('ok')
  await chat.button('Copy conversation').click()
  await expect(chat.status).toHaveText('Copied')
  await chat.message.press('ControlOrMeta+v')
  await expect(chat.message).toHaveValue(`**You said:**\n\nok\n\n**Assistant said:**\n\n${replyTo('ok')}\n`)
  await chat.page.evaluate(() => Reflect.defineProperty(document, 'execCommand', { value: () => false }))
  await chat.button('Copy conversation').click()
  await expect(chat.status).toHaveText('Could not copy: the browser did not allow it.')
})

test('printing takes all turns and leaves the page as it was', async ({ chat, upstream }) => {
  test.slow()
  const { page } = chat
  for (let turn = 0; turn < 30; turn++) {
    await askFor(
      chat,
      upstream,
      `print: question ${turn}`,
      `Answer ${turn} from [here](https://example.org/a).`,
    )
  }
  await expect(chat.button('Copy conversation')).toBeVisible()
  const place = () => page.evaluate(() => document.getElementById('messages')?.scrollTop)
  await page.evaluate(() => document.getElementById('messages')?.scrollTo({ top: 600 }))
  const before = await place()
  const printed = await page.evaluateHandle(() => {
    const noted = { messages: [0] }
    addEventListener('beforeprint', () => {
      noted.messages.push(document.querySelectorAll('.printed > article').length)
    })
    return noted
  })
  const pdf = (await page.pdf()).toString('latin1')
  expect(await printed.evaluate(({ messages }) => messages)).toEqual([0, 60])
  expect(pdf.match(/\/Type \/Page\b/g)?.length).toBeGreaterThan(2)
  expect(await place()).toBe(before)
  await expect(page.locator('.printed')).toHaveCount(0)
})

test('what is printed is the words alone: no buttons, folded thoughts left out, links with their address', async ({
  chat,
  upstream,
}) => {
  const { page } = chat
  const long = 'x'.repeat(300)
  const rows = Array.from({ length: 400 }, (_, at) => `| row ${at} |`).join('\n')
  const text = `See [this](https://example.org/a).\n\n\`\`\`\n${long}\n\`\`\`\n\n| a |\n|---|\n${rows}`
  await askFor(chat, upstream, 'on paper', text)
  await chat.askAndRead('thinks: folded')
  await chat.askAndRead('thinks: open')
  await page.locator('.thought summary').last().click()
  await expect(chat.button('Copy conversation')).toBeVisible()
  await page.evaluate(() => dispatchEvent(new Event('beforeprint')))
  await page.emulateMedia({ media: 'print' })
  const paper = page.locator('.printed')
  await expect(paper.getByText('on paper')).toBeVisible()
  await expect(paper.getByText('on paper')).toHaveCSS('font-weight', '600')
  await expect(page.getByRole('heading', { name: 'on paper' })).toBeVisible()
  await expect(paper.getByText('row 399')).toBeVisible()
  await expect(paper.getByRole('button')).toHaveCount(0)
  await expect(page.getByRole('button')).toHaveCount(0)
  await expect(paper.getByText('First this, then that')).toHaveCount(1)
  await expect(paper.getByText('First this, then that')).toBeVisible()
  const address = await paper
    .getByRole('link', { name: 'this' })
    .evaluate((link) => getComputedStyle(link, '::after').content)
  expect(address).toContain('https://example.org/a')
  const { scrollWidth, clientWidth } = await paper
    .locator('pre')
    .first()
    .evaluate(({ scrollWidth, clientWidth }) => ({ scrollWidth, clientWidth }))
  expect(scrollWidth).toBeLessThanOrEqual(clientWidth)
  await page.emulateMedia({ media: null })
  await page.evaluate(() => dispatchEvent(new Event('afterprint')))
  await expect(paper).toHaveCount(0)
  await expect(chat.reply).toBeVisible()
})

test('what was read is back in sight after printing, where a browser moved the messages for it', async ({
  chat,
  upstream,
}) => {
  const { page } = chat
  await askFor(chat, upstream, 'A long one?', 'A line of it.\n\n'.repeat(100))
  await expect(chat.button('Copy conversation')).toBeVisible()
  const scroller = page.locator('#messages')
  const place = () => scroller.evaluate(({ scrollTop }) => scrollTop)
  await scroller.evaluate((element) => element.scrollTo({ top: 600 }))
  await page.evaluate(() => dispatchEvent(new Event('beforeprint')))
  await scroller.evaluate((element) => element.scrollTo({ top: 0 }))
  await page.evaluate(() => dispatchEvent(new Event('afterprint')))
  await expect.poll(place).toBe(600)
})

import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { askFor, type Chat, keptInBrowser } from './fixtures/chat.ts'
import { test as testLong } from './fixtures/long.ts'
import { expect, test } from './fixtures/test.ts'

test.use({ contextOptions: { reducedMotion: 'reduce' } })

const boxOn = (page: Page) => page.getByRole('searchbox', { name: 'Search in conversation', exact: true })
const resultsOn = (page: Page) => page.getByRole('status', { name: 'Results', exact: true })

/** Opens the search by its keys, once what it needs is there, and types a needle. */
async function search({ page, button }: Chat, needle: string) {
  await expect(button('Search')).toBeVisible()
  await page.keyboard.press('ControlOrMeta+f')
  await expect(boxOn(page)).toBeFocused()
  await boxOn(page).fill(needle)
}

/** The words that are marked, and those of the current match. */
const marksOn = (page: Page) =>
  page.evaluate(() => {
    const words = (name: string) =>
      [...(CSS.highlights.get(name) ?? [])].map((mark) => {
        const range = new Range()
        range.setStart(mark.startContainer, mark.startOffset)
        range.setEnd(mark.endContainer, mark.endOffset)
        return range.toString()
      })
    return { found: words('found'), now: words('found-now') }
  })

/** Whether the current match can be seen whole. */
const isCurrentInSight = (page: Page) =>
  page.evaluate(() => {
    const [mark] = CSS.highlights.get('found-now') ?? []
    const view = document.getElementById('messages')?.getBoundingClientRect()
    if (!(mark instanceof Range) || !view) return false
    const { top, bottom } = mark.getBoundingClientRect()
    return top >= view.top && bottom <= view.bottom && bottom > top
  })

/** Presses the keys of the search, and tells whether they were left to the browser. */
async function isLeftToBrowser(page: Page): Promise<boolean> {
  const noted = await page.evaluateHandle(() => {
    const noted = { isLeft: false }
    addEventListener('keydown', (event) => {
      if (event.key === 'f') noted.isLeft = !event.defaultPrevented
    })
    return noted
  })
  await page.keyboard.press('ControlOrMeta+f')
  return noted.evaluate(({ isLeft }) => isLeft)
}

test('what was said long ago is found, shown and counted, and walked both ways', async ({
  chat,
  upstream,
}) => {
  const { page } = chat
  const long = Array.from({ length: 60 }, (_, at) => `Paragraph ${at} of many.`).join('\n\n')
  await askFor(chat, upstream, 'first', 'The **needle** and the\nneedle.')
  for (const question of ['second', 'third', 'fourth']) await askFor(chat, upstream, question, long)
  await askFor(chat, upstream, 'fifth', 'No NÉEDLE here?')
  await expect(chat.question).toBeInViewport()
  await expect(page.getByText('The needle and the')).toHaveCount(0)

  await search(chat, 'needle')
  await expect(resultsOn(page)).toHaveText('3 of 3')
  expect(await marksOn(page)).toEqual({ found: ['NÉEDLE'], now: ['NÉEDLE'] })
  await boxOn(page).press('Enter')
  await expect(resultsOn(page)).toHaveText('1 of 3')
  await expect.poll(() => isCurrentInSight(page)).toBe(true)
  expect(await marksOn(page)).toEqual({ found: ['needle', 'needle'], now: ['needle'] })
  await page.keyboard.press('F3')
  await expect(resultsOn(page)).toHaveText('2 of 3')
  await boxOn(page).press('Shift+Enter')
  await expect(resultsOn(page)).toHaveText('1 of 3')
  await chat.button('Previous result').click()
  await expect(resultsOn(page)).toHaveText('3 of 3')
  await chat.button('Next result').click()
  await expect(resultsOn(page)).toHaveText('1 of 3')

  await boxOn(page).fill('needle and the needle')
  await expect(resultsOn(page)).toHaveText('1 of 1')
  await boxOn(page).fill('**needle**')
  await expect(resultsOn(page)).toHaveText('No results')
  expect(await marksOn(page)).toEqual({ found: [], now: [] })
})

test('a match deep inside a long reply comes into sight', async ({ chat, upstream }) => {
  const { page } = chat
  const lines = Array.from(
    { length: 400 },
    (_, at) => `line ${at} ${'x'.repeat(at === 200 ? 400 : 1)} end${at}`,
  )
  await askFor(chat, upstream, 'deep', `\`\`\`\n${lines.join('\n')}\n\`\`\``)
  await search(chat, 'end200')
  await expect(resultsOn(page)).toHaveText('1 of 1')
  await expect.poll(() => isCurrentInSight(page)).toBe(true)
  const isBesideView = await page.evaluate(() => {
    const [mark] = CSS.highlights.get('found-now') ?? []
    const code = document.querySelector('.code pre')?.getBoundingClientRect()
    if (!(mark instanceof Range) || !code) return true
    const { left, right } = mark.getBoundingClientRect()
    return right <= code.left || left >= code.right
  })
  expect(isBesideView).toBe(false)
})

test('a reader who scrolls while a match is brought into sight has the last word', async ({
  chat,
  upstream,
}) => {
  const lines = Array.from({ length: 100 }, (_, line) => `line ${line}`)
  upstream.answer('A long reply?', [...lines, 'here it is', ...lines, 'That is all.'].join('\n\n'))
  await chat.askAndRead('A long reply?')
  await search(chat, '')
  const watch = await chat.page.evaluateHandle(() => {
    const messages = document.getElementById('messages') ?? document.body
    const end = messages.scrollHeight - messages.clientHeight
    const readTop = async () => {
      // In the same frame: the match has been brought into sight, and is looked at again after this.
      do await new Promise((scrolled) => messages.addEventListener('scroll', scrolled, { once: true }))
      while (messages.scrollTop > end / 2 + messages.clientHeight)
      messages.dispatchEvent(new WheelEvent('wheel'))
      messages.scrollTop = 0
      for (let frame = 0; frame < 30; frame += 1) await new Promise(requestAnimationFrame)
      return messages.scrollTop
    }
    return { top: readTop() }
  })
  await boxOn(chat.page).fill('here it is')
  expect(await watch.evaluate(({ top }) => top)).toBe(0)
  await expect(resultsOn(chat.page)).toHaveText('1 of 1')
})

test('a match that grows out of the sight of wide code as one types is brought back whole', async ({
  chat,
  upstream,
}) => {
  const { page } = chat
  await page.setViewportSize({ width: 320, height: 256 })
  await askFor(chat, upstream, 'wide', `\`\`\`\n${'.'.repeat(26)}mayflies-live${'.'.repeat(60)}\n\`\`\``)
  await search(chat, '')
  const isCut = () =>
    page.evaluate(() => {
      const [mark] = CSS.highlights.get('found-now') ?? []
      const code = document.querySelector('.code pre')?.getBoundingClientRect()
      if (!(mark instanceof Range) || !code) return null
      const { left, right } = mark.getBoundingClientRect()
      return left < code.left || right > code.right
    })
  for (const key of 'mayflies-live') {
    await page.keyboard.type(key)
    await expect(resultsOn(page)).toHaveText('1 of 1')
  }
  await expect.poll(async () => (await marksOn(page)).now).toEqual(['mayflies-live'])
  await expect.poll(isCut).toBe(false)
})

test('a reply that is being written raises the count and moves no reader', async ({ chat, upstream }) => {
  const { page } = chat
  const long = Array.from({ length: 60 }, (_, at) => `Paragraph ${at} of many.`).join('\n\n')
  await askFor(chat, upstream, 'before', `A needle.\n\n${long}`)
  upstream.leaveToTest('growing')
  await chat.ask('growing')
  await expect.poll(() => upstream.askedFor('growing').length).toBe(1)
  const hand = upstream.askedFor('growing')[0]?.hand
  hand?.say('It begins. ')
  await expect(chat.reply).toContainText('It begins.')
  await search(chat, 'needle')
  await expect(resultsOn(page)).toHaveText('1 of 1')
  await expect.poll(() => isCurrentInSight(page)).toBe(true)
  const place = () => page.evaluate(() => document.getElementById('messages')?.scrollTop)
  const before = await place()
  for (let said = 0; said < 5; said++) hand?.say('Another **needle** comes, and more words. ')
  await expect(resultsOn(page)).toHaveText('1 of 6')
  expect(await place()).toBe(before)
  hand?.finish('stop')
  await chat.toBe('idle')
  await expect(resultsOn(page)).toHaveText('1 of 6')
})

test('Escape closes the search and stops nothing; only the next one stops the reply', async ({ chat }) => {
  const { page, button } = chat
  await chat.askAndSee('slow: tell me')
  await search(chat, 'mayfly')
  await page.keyboard.press('Escape')
  await expect(boxOn(page)).toHaveCount(0)
  await expect(chat.message).toBeFocused()
  await chat.toBe('streaming')
  await search(chat, 'mayfly')
  await page.getByRole('region', { name: 'Messages', exact: true }).focus()
  await page.keyboard.press('Escape')
  await expect(boxOn(page)).toHaveCount(0)
  await chat.toBe('streaming')
  await page.keyboard.press('Escape')
  await chat.toBe('interrupted')
  await expect(button('Search')).toHaveAttribute('aria-pressed', 'false')
  expect(
    (await page.evaluate(() => [...CSS.highlights.keys()])).filter((name) => name.startsWith('found')),
  ).toEqual([])
})

test('the search closes from its button too, and gives the focus back to where it was', async ({ chat }) => {
  const { page, button } = chat
  await chat.askAndRead('ok')
  await button('Copy').focus()
  await search(chat, 'mayfly')
  await button('Close search').click()
  await expect(button('Copy')).toBeFocused()
  await button('Search').click()
  await expect(boxOn(page)).toBeFocused()
  await button('Search').click()
  await expect(boxOn(page)).toHaveCount(0)
})

test('a second press is the browser’s own, and so is the first in an empty chat', async ({ chat }) => {
  const { page, button } = chat
  expect(await isLeftToBrowser(page)).toBe(true)
  await chat.askAndRead('ok')
  await expect(button('Search')).toBeVisible()
  expect(await isLeftToBrowser(page)).toBe(false)
  await expect(boxOn(page)).toBeFocused()
  expect(await isLeftToBrowser(page)).toBe(true)
  await button('Next result').focus()
  expect(await isLeftToBrowser(page)).toBe(false)
  await expect(boxOn(page)).toBeFocused()
})

test.describe('without its piece of the page', () => {
  test.use({ requestsMayFail: true })
  test('the search is the browser’s own', async ({ chat, context }) => {
    await context.route('**/bar-*.js', (route) => route.abort())
    const asked = chat.page.waitForRequest('**/bar-*.js')
    await chat.page.reload()
    await chat.askAndRead('ok')
    await asked
    // Until it has been tried for long enough, ours may still come.
    await expect.poll(() => isLeftToBrowser(chat.page), { timeout: 20_000 }).toBe(true)
    await expect(chat.page.getByText('That could not be fetched')).toBeVisible()
    await expect(boxOn(chat.page)).toHaveCount(0)
    await expect(chat.button('Search')).toHaveCount(0)
  })
})

test('the search that is asked for before its piece of the page has come opens when it has', async ({
  chat,
  context,
}) => {
  const pressed = Promise.withResolvers<void>()
  await context.route('**/bar-*.js', async (route) => {
    await pressed.promise
    await route.continue()
  })
  await chat.page.reload()
  await chat.askAndRead('ok')
  expect(await isLeftToBrowser(chat.page)).toBe(false)
  await expect(boxOn(chat.page)).toHaveCount(0)
  pressed.resolve()
  await expect(boxOn(chat.page)).toBeFocused()
})

testLong('a search comes to its end while a reply streams into 10,000 messages', async ({ long }) => {
  const { page } = long
  await long.open(10_000)
  await page.evaluate(() => {
    window.mayfly.send({ type: 'send', text: 'And then?' })
    void window.mayfly.stream(window.mayfly.text(100_000), 200)
  })
  await expect(long.button('Search')).toBeVisible()
  await page.keyboard.press('ControlOrMeta+f')
  await boxOn(page).fill('the')
  await expect(resultsOn(page)).toHaveText(/^[\d,]+ of [\d,]+$/)
})

testLong('nothing is said of matches before they are counted, however one types', async ({ long }) => {
  const { page } = long
  await long.open(10_000)
  await expect(long.button('Search')).toBeVisible()
  await page.keyboard.press('ControlOrMeta+f')
  await expect(boxOn(page)).toBeFocused()
  const seen = await resultsOn(page).evaluateHandle((results) => {
    const seen: string[] = []
    new MutationObserver(() => seen.push(results.textContent)).observe(results, {
      subtree: true,
      childList: true,
      characterData: true,
    })
    document.addEventListener('input', () => seen.push('a key'))
    return seen
  })
  // So slow that it is not counted before the last key, which comes later than it is said that it takes long.
  const session = await page.context().newCDPSession(page)
  await session.send('Emulation.setCPUThrottlingRate', { rate: 6 })
  await page.keyboard.type('mayfly', { delay: 150 })
  await session.send('Emulation.setCPUThrottlingRate', { rate: 1 })
  await expect(resultsOn(page)).toHaveText(/^[\d,]+ of [\d,]+$/)
  const said = await seen.jsonValue()
  expect(said.filter((words) => words !== 'a key')).toEqual(['Searching…', expect.stringMatching(/ of /)])
  expect(said.indexOf('Searching…')).toBeLessThan(said.lastIndexOf('a key'))
})

test('without marks over text the message of the current match is outlined', async ({ context, openTab }) => {
  await context.addInitScript(() => Reflect.deleteProperty(window, 'Highlight'))
  const chat = await openTab()
  await chat.askAndRead('ok')
  await search(chat, 'everything that')
  await expect(resultsOn(chat.page)).toHaveText('1 of 1')
  await expect(chat.reply).toHaveCSS('outline-style', 'solid')
  await chat.page.keyboard.press('Escape')
  await expect(chat.reply).toHaveCSS('outline-style', 'none')
})

test('thoughts are searched where they are shown', async ({ chat }) => {
  const { page } = chat
  await chat.askAndRead('thinks: about it')
  await search(chat, 'then that')
  await expect(resultsOn(page)).toHaveText('No results')
  await page.locator('.thought summary').click()
  await expect(resultsOn(page)).toHaveText('1 of 1')
  await boxOn(page).press('Enter')
  expect((await marksOn(page)).now).toEqual(['then that'])
})

test('the count is read out once, and not while a reply raises it', async ({ chat }) => {
  const { page } = chat
  await chat.askAndSee('slow: tell me')
  await search(chat, 'mayfly')
  const said = page.getByRole('search').locator('.sr[role="status"]')
  await expect(said).toHaveText(/^\d+ of \d+$/)
  const first = await said.textContent()
  await expect(resultsOn(page)).not.toHaveText(first ?? '')
  await expect(said).toHaveText(first ?? '')
  await chat.stop()
})

test('what was searched for is kept nowhere, and said in no console', async ({ chat, app, said }) => {
  const { page } = chat
  await chat.askAndRead('ok')
  await search(chat, 'canary4711')
  await expect(resultsOn(page)).toHaveText('No results')
  await page.keyboard.press('Escape')
  expect(
    JSON.stringify([await keptInBrowser(page), await page.title(), await Promise.all(said)]),
  ).not.toContain('canary4711')
  expect(app.output()).not.toContain('canary4711')
  await search(chat, '')
  await expect(boxOn(page)).toHaveValue('')
  await expect(boxOn(page)).toHaveAttribute('autocomplete', 'off')
})

test('the open search has no findings in light and dark, on a desk and on a phone', async ({ chat }) => {
  const { page } = chat
  await chat.askAndRead('ok')
  await search(chat, 'mayfly')
  await expect(resultsOn(page)).toHaveText(/of/)
  for (const [colorScheme, width] of [
    ['light', 1280],
    ['dark', 390],
  ] as const) {
    await page.emulateMedia({ colorScheme })
    await page.setViewportSize({ width, height: 700 })
    const { violations } = await new AxeBuilder({ page }).analyze()
    expect(violations.map(({ id, nodes }) => `${id} ${nodes[0]?.html}`)).toEqual([])
  }
  await page.setViewportSize({ width: 320, height: 640 })
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(320)
})

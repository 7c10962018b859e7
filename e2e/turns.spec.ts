import { AxeBuilder } from '@axe-core/playwright'
import type { Locator, Page } from '@playwright/test'
import type { Chat } from './fixtures/chat.ts'
import { expect, test } from './fixtures/test.ts'
import { replyTo } from './fixtures/upstream.ts'

const more = (message: Locator) => message.getByRole('button', { name: 'More actions', exact: true })
const menu = (page: Page) => page.getByRole('menu', { name: 'More actions', exact: true })
const item = (page: Page, name: string) => page.getByRole('menuitem', { name, exact: true })
const read = (page: Page) => page.evaluate(() => navigator.clipboard.readText())
const tops = (chat: Chat) => chat.questions.locator('p')

/** Selects all of an element's words, as a person does who draws the pointer over them. */
async function drawOver(page: Page, words: Locator) {
  const box = await words.boundingBox()
  if (!box) throw new Error('there is nothing to select')
  await page.mouse.move(box.x + 1, box.y + box.height / 2)
  await page.mouse.down()
  await page.mouse.move(box.x + box.width - 1, box.y + box.height / 2, { steps: 4 })
  await page.mouse.up()
}

/** Where an element's top was seen while `act` and the frames behind it were drawn, in whole px. */
async function watchTop(element: Locator, act: () => Promise<void>): Promise<number[]> {
  const seen = await element.evaluateHandle((element) => {
    const seen = { frames: 0, tops: [] as number[] }
    // Behind the frame's layout, when all that belongs to it is done.
    const { port1, port2 } = new MessageChannel()
    port1.addEventListener('message', () => {
      const top = Math.round(element.getBoundingClientRect().top)
      if (!seen.tops.includes(top)) seen.tops.push(top)
      seen.frames += 1
      requestAnimationFrame(() => port2.postMessage(null))
    })
    port1.start()
    port2.postMessage(null)
    return seen
  })
  const drawn = () => seen.evaluate(({ frames }) => frames)
  await expect.poll(drawn).toBeGreaterThan(2)
  await act()
  await expect.poll(drawn).toBeGreaterThan((await drawn()) + 20)
  return seen.evaluate(({ tops }) => tops)
}

test('a turn that is deleted is gone from the page and from what is asked, and Undo brings it back as it was', async ({
  chat,
  upstream,
}) => {
  for (const question of ['one', 'two', 'three']) await chat.askAndRead(question)
  await chat.message.fill('a draft')
  const before = await chat.page.getByRole('article').allTextContents()
  await more(chat.questions.nth(1)).click()
  await item(chat.page, 'Delete turn').click()
  await expect(tops(chat)).toHaveText(['one', 'three'])
  await expect(chat.replies).toHaveCount(2)
  await expect(chat.message).toBeFocused()
  await expect(chat.status).toHaveText('Turn deleted. It can be brought back.')
  await chat.button('Undo').click()
  await expect(tops(chat)).toHaveText(['one', 'two', 'three'])
  expect(await chat.page.getByRole('article').allTextContents()).toEqual(before)
  await expect(chat.message).toHaveValue('a draft')

  await more(chat.replies.nth(1)).click()
  await item(chat.page, 'Delete turn').click()
  await expect(tops(chat)).toHaveText(['one', 'three'])
  await chat.askAndRead('four')
  await expect(chat.button('Undo')).toHaveCount(0)
  expect(upstream.askedFor('four')[0]?.messages.map(({ content }) => content)).toEqual([
    'one',
    replyTo('one'),
    'three',
    replyTo('three'),
    'four',
  ])
})

test('the only turn that is deleted leaves an empty chat, and comes back by Undo', async ({ chat }) => {
  await chat.askAndRead('one')
  await more(chat.question).click()
  await item(chat.page, 'Delete turn').click()
  await expect(chat.page.getByRole('heading', { name: /lives in this tab/ })).toBeVisible()
  await chat.button('Undo').click()
  await expect(chat.reply).toContainText('You asked: one')
})

test('a version that is deleted leaves the other ones, with all that followed them', async ({ chat }) => {
  await chat.askAndRead('one')
  await chat.askAndRead('two')
  await chat.questions.first().getByRole('button', { name: 'Edit message', exact: true }).click()
  await chat.editor.fill('one, better')
  await chat.button('Save and send').click()
  await expect(chat.reply).toContainText('You asked: one, better')
  await chat.toBe('idle')
  await expect(chat.question.getByText('2 of 2')).toBeVisible()
  await more(chat.reply).click()
  await item(chat.page, 'Delete turn').click()
  await expect(tops(chat)).toHaveText(['one', 'two'])
  await expect(chat.page.getByText(/\d of \d/)).toHaveCount(0)
})

test('no turn is deleted while a reply is on its way', async ({ chat }) => {
  // High enough for the menu's message to stay in sight while the reply grows.
  await chat.page.setViewportSize({ width: 1280, height: 2_000 })
  await chat.askAndRead('one')
  await chat.askAndSee('slow: two')
  await more(chat.questions.first()).click()
  await expect(item(chat.page, 'Delete turn')).toBeDisabled()
  await item(chat.page, 'Delete turn').click({ force: true })
  await expect(tops(chat)).toHaveText(['one', 'slow: two'])
  await expect(item(chat.page, 'Copy')).toBeEnabled()
  await chat.page.keyboard.press('Escape')
  await expect(menu(chat.page)).toHaveCount(0)
  await chat.toBe('streaming')
  await chat.stop()
})

/** Tells whether a word is in what the page holds. The pieces of a long text are found by what they hold too. */
async function watchMemory(page: Page): Promise<(word: string) => Promise<boolean>> {
  const session = await page.context().newCDPSession(page)
  return async (word) => {
    let snapshot = ''
    const note = ({ chunk }: { chunk: string }) => void (snapshot += chunk)
    session.on('HeapProfiler.addHeapSnapshotChunk', note)
    await session.send('HeapProfiler.takeHeapSnapshot')
    session.off('HeapProfiler.addHeapSnapshotChunk', note)
    return snapshot.includes(word)
  }
}

test('what was deleted is nowhere in the memory of the page once it can’t be brought back, nor is a formula of it', async ({
  chat,
}) => {
  const isHeld = await watchMemory(chat.page)
  await chat.page.clock.install()
  await chat.askAndRead('what about $\\text{Ephemeroptera}$?')
  await expect(chat.reply.locator('math')).toHaveText('Ephemeroptera')
  await chat.askAndRead('and Trichoptera?')
  expect(await isHeld('Ephemeroptera')).toBe(true)
  await more(chat.questions.first()).click()
  await item(chat.page, 'Delete turn').click()
  await expect(tops(chat)).toHaveText(['and Trichoptera?'])
  expect(await isHeld('Ephemeroptera')).toBe(true)
  await chat.page.clock.fastForward(10_000)
  await expect(chat.button('Undo')).toHaveCount(0)
  await expect.poll(() => isHeld('Ephemeroptera')).toBe(false)
  expect(await isHeld('Trichoptera')).toBe(true)
})

/** Ways to be done with a whole conversation. */
const farewells: Record<string, (chat: Chat) => Promise<void>> = {
  'New chat, once it can’t be undone': async (chat) => {
    await chat.button('New chat').click()
    await expect(chat.button('Undo')).toBeVisible()
    await chat.page.clock.fastForward(10_000)
    await expect(chat.button('Undo')).toHaveCount(0)
  },
  'Sign out': async (chat) => {
    await chat.button('Sign out').click()
    await expect(chat.page).toHaveURL(/\/sign-in$/)
  },
}
for (const [what, leave] of Object.entries(farewells)) {
  test(`nothing of a conversation is in the memory of the page after ${what}`, async ({ chat }) => {
    const isHeld = await watchMemory(chat.page)
    await chat.page.clock.install()
    await chat.askAndRead('what about $\\text{Ephemeroptera}$?')
    await expect(chat.reply.locator('math')).toHaveText('Ephemeroptera')
    expect(await isHeld('Ephemeroptera')).toBe(true)
    await leave(chat)
    await expect.poll(() => isHeld('Ephemeroptera')).toBe(false)
  })
}

test('what was searched is not held by the search that is open when it is deleted', async ({ chat }) => {
  const { page } = chat
  const isHeld = await watchMemory(page)
  const search = page.getByRole('searchbox', { name: 'Search in conversation', exact: true })
  const results = page.getByRole('status', { name: 'Results', exact: true })
  await page.clock.install()
  await chat.askAndRead('thinks: what about Ephemeroptera?')
  await page.locator('.thought summary').click()
  await chat.askAndRead('and Trichoptera?')
  await chat.button('Search').click()
  await search.fill('what about')
  await expect(results).toHaveText('2 of 2')
  expect(await isHeld('ephemeroptera')).toBe(true)
  await more(chat.questions.first()).click()
  await item(page, 'Delete turn').click()
  await expect(tops(chat)).toHaveText(['and Trichoptera?'])
  await page.clock.fastForward(10_000)
  await expect(chat.button('Undo')).toHaveCount(0)
  await expect(search).toBeVisible()
  await expect.poll(() => isHeld('Ephemeroptera')).toBe(false)
  await expect.poll(() => isHeld('ephemeroptera')).toBe(false)
  await expect.poll(() => isHeld('First this, then that')).toBe(false)
  expect(await isHeld('Trichoptera')).toBe(true)
})

test('the menu is walked by the keyboard alone, Escape closes it and stops nothing, and the focus is never lost', async ({
  chat,
}) => {
  const { page } = chat
  await chat.askAndRead('one')
  await chat.askAndSee('slow: two')
  const button = more(chat.replies.first())
  await chat.tabTo(button)
  await expect(button).toHaveAttribute('aria-expanded', 'false')
  await page.keyboard.press('Enter')
  await expect(button).toHaveAttribute('aria-expanded', 'true')
  await expect(item(page, 'Copy as text')).toBeFocused()
  for (const [key, name] of [
    ['ArrowDown', 'Quote'],
    ['ArrowDown', 'Delete turn'],
    ['ArrowDown', 'Copy as text'],
    ['ArrowUp', 'Delete turn'],
    ['Home', 'Copy as text'],
    ['End', 'Delete turn'],
  ] as const) {
    await page.keyboard.press(key)
    await expect(item(page, name)).toBeFocused()
  }
  await page.keyboard.press('Escape')
  await expect(menu(page)).toHaveCount(0)
  await expect(button).toBeFocused()
  await chat.toBe('streaming')
  await page.keyboard.press('Escape')
  await chat.toBe('interrupted')

  await button.focus()
  await page.keyboard.press('Space')
  await expect(item(page, 'Copy as text')).toBeFocused()
  await page.keyboard.press('Tab')
  await expect(menu(page)).toHaveCount(0)
  expect(await page.evaluate(() => document.activeElement?.ariaLabel)).toBe('Edit message')

  await button.focus()
  await page.keyboard.press('Enter')
  await page.keyboard.press('End')
  await page.keyboard.press('Enter')
  await expect(tops(chat)).toHaveText(['slow: two'])
  await expect(chat.message).toBeFocused()
})

test('the menu closes when its button or anything else is pressed, and goes with its message', async ({
  chat,
}) => {
  const { page } = chat
  await chat.askAndRead('one')
  await chat.askAndRead('two')
  await more(chat.question).click()
  await more(chat.question).click()
  await expect(menu(page)).toHaveCount(0)
  await more(chat.question).click()
  await chat.conversation.click({ position: { x: 2, y: 2 } })
  await expect(menu(page)).toHaveCount(0)
  await more(chat.question).click()
  await more(chat.reply).click()
  await expect(menu(page)).toHaveCount(1)
  await expect(item(page, 'Copy as text')).toBeVisible()
})

test('a reply is copied as it reads, a question and a reply’s source as they were written', async ({
  chat,
  context,
  upstream,
}) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  const { page } = chat
  const source = '**Three** steps:\n\n1. They _land_.\n2. They `wait`.\n\n```sh\nls -l\n```\n\nThat is all.\n'
  const question = '  What *happens*\n\tin the rain? '
  upstream.answer(question.trim(), source)
  upstream.answer(question, source)
  await chat.askAndRead(question)
  await more(chat.reply).click()
  await item(page, 'Copy as text').click()
  await expect(chat.status).toHaveText('Copied')
  await expect
    .poll(() => read(page))
    .toBe('Three steps:\n\n1. They land.\n2. They wait.\n\nls -l\n\nThat is all.')
  await chat.reply.getByRole('button', { name: 'Copy', exact: true }).click()
  await expect.poll(() => read(page)).toBe(source)
  await more(chat.question).click()
  await item(page, 'Copy').click()
  await expect.poll(() => read(page)).toBe(question)
})

test('what is selected in a reply is quoted below what was typed, by the button at it or by Alt+Q', async ({
  chat,
  upstream,
}) => {
  const { page } = chat
  upstream.answer('rain', 'They land.\n\nThey wait under leaves.\n\nThat is all.')
  await chat.askAndRead('rain')
  await chat.message.fill('About this:')
  await expect(chat.button('Quote')).toHaveCount(0)
  await drawOver(page, chat.reply.getByText('They land.'))
  await chat.button('Quote').click()
  await expect(chat.message).toBeFocused()
  await expect(chat.message).toHaveValue('About this:\n\n> They land.\n\n')
  await expect(chat.button('Quote')).toHaveCount(0)
  await page.keyboard.type('why?')
  await expect(chat.message).toHaveValue('About this:\n\n> They land.\n\nwhy?')

  await chat.message.fill('typed')
  await chat.reply.getByText('That is all.').click({ clickCount: 3 })
  await page.keyboard.press('Alt+q')
  await expect(chat.message).toHaveValue('typed\n\n> That is all.\n\n')
  await page.keyboard.press('ControlOrMeta+z')
  await expect(chat.message).toHaveValue('typed')

  // From one message into another, without the words of the page between them.
  await page.evaluate(() => {
    const [first, last] = [document.querySelector('.q > p'), document.querySelector('.prose > p')]
    if (first && last) getSelection()?.setBaseAndExtent(first, 0, last, 1)
  })
  await page.keyboard.press('Alt+q')
  await expect(chat.message).toHaveValue('typed\n\n> rain\n>\n> They land.\n\n')
})

test('without a selection in the messages Alt+Q does nothing, and the menu quotes the whole message', async ({
  chat,
  upstream,
}) => {
  await chat.askAndRead('one\ntwo')
  await chat.message.fill('typed')
  await chat.message.selectText()
  await chat.page.keyboard.press('Alt+q')
  await expect(chat.message).toHaveValue('typed')
  await more(chat.question).click()
  await item(chat.page, 'Quote').click()
  await expect(chat.message).toHaveValue('typed\n\n> one\n> two\n\n')
  await expect(chat.message).toBeFocused()

  // More than a browser's own undo takes in reasonable time.
  const many = 'many words '.repeat(3_000).trim()
  upstream.answer(many, 'That is all.')
  await chat.askAndRead(many)
  await chat.message.fill('typed')
  await more(chat.question).click()
  await item(chat.page, 'Quote').click()
  await expect(chat.message).toHaveValue(/^typed\n\n> many words (?:many words ?)+\n\n$/)
  await chat.message.press('Enter')
  await expect(chat.question).toContainText('typed')
})

test.describe('without a network', () => {
  test.use({ requestsMayFail: true })

  test('a menu that can’t be fetched says so, and comes at a press when it can', async ({ chat }) => {
    const { page } = chat
    const isFetched = (part: string) =>
      page.evaluate(
        (part) => performance.getEntriesByType('resource').some(({ name }) => name.includes(part)),
        part,
      )
    await expect.poll(() => isFetched('/message-list-')).toBe(true)
    await page.route('**/assets/*', (route) => route.abort())
    await chat.askAndRead('one')
    await expect(async () => {
      await more(chat.reply).click()
      await expect(chat.status).toHaveText(/^A part of this page could not be fetched/, { timeout: 1_000 })
    }).toPass()
    await page.unroute('**/assets/*')
    await expect(async () => {
      await more(chat.reply).click()
      await expect(menu(page)).toBeVisible({ timeout: 1_000 })
    }).toPass()
  })
})

test.describe('under a finger', () => {
  test.use({ viewport: { width: 390, height: 664 }, hasTouch: true, isMobile: true })

  test('the menu copies, quotes what is selected and deletes, with room for each, and no button floats', async ({
    chat,
  }) => {
    const { page } = chat
    await chat.message.fill('one')
    await chat.button('Send message').tap()
    await expect(chat.reply).toContainText('That is all.')
    await chat.toBe('idle')
    await chat.reply.getByText('A mayfly lives').tap()
    await page.evaluate(() => {
      const words = document.querySelector('.prose > p:last-child')?.firstChild
      if (words) getSelection()?.setBaseAndExtent(words, 0, words, 'A mayfly'.length)
    })
    await expect(chat.button('Quote')).toHaveCount(0)
    await more(chat.reply).tap()
    for (const each of await menu(page).getByRole('menuitem').all()) {
      const box = await each.boundingBox()
      expect(box?.height).toBeGreaterThanOrEqual(44)
      expect((box?.x ?? -1) >= 0 && (box?.x ?? 0) + (box?.width ?? 0) <= 390).toBe(true)
    }
    await expect(page.getByText(/^\d+ tokens · \d+\.\d s$/)).toBeInViewport()
    await item(page, 'Quote').tap()
    await expect(chat.message).toHaveValue('> A mayfly\n\n')
    await more(chat.question).tap()
    await item(page, 'Delete turn').tap()
    await expect(page.getByRole('article')).toHaveCount(0)
    await chat.button('Undo').tap()
    await expect(page.getByRole('article')).toHaveCount(2)
  })
})

const long = Array.from({ length: 30 }, (_, line) => `line ${line + 1} of a long question`).join('\n')

test('a long question shows its first lines and all of them on a press, and no line moves where one reads', async ({
  chat,
}) => {
  await chat.askAndRead(long)
  const words = chat.questions.first().locator('p')
  const showAll = chat.button('Show all 30 lines')
  await expect(words).toHaveText(long)
  const folded = (await words.boundingBox())?.height ?? 0
  await showAll.scrollIntoViewIfNeeded()
  expect(await watchTop(words, () => showAll.click())).toHaveLength(1)
  const whole = (await words.boundingBox())?.height ?? 0
  expect(whole).toBeGreaterThan(2 * folded)

  const showLess = chat.button('Show less')
  await expect(showLess).toBeFocused()
  for (let turn = 1; turn <= 8; turn += 1) await chat.askAndRead(`turn ${turn}`)
  await expect(showLess).toHaveCount(0)
  const messages = chat.page.getByRole('region', { name: 'Messages' })
  await messages.evaluate((box) => (box.scrollTop = 0))
  await expect(showLess).toBeVisible()
  expect((await words.boundingBox())?.height).toBe(whole)
  await chat.tabTo(showLess)
  await chat.page.keyboard.press('Enter')
  await expect(showAll).toBeFocused()
  expect((await words.boundingBox())?.height).toBe(folded)
})

test('a line that is not shown of a long question is shown when the search finds it', async ({ chat }) => {
  await chat.askAndRead(long)
  await expect(chat.button('Show all 30 lines')).toBeAttached()
  await chat.page.keyboard.press('ControlOrMeta+f')
  await chat.page.getByRole('searchbox', { name: 'Search in conversation', exact: true }).fill('line 30 of')
  await expect(chat.button('Show less')).toBeInViewport()
  // The topmost thing first: the menu, then the search.
  await more(chat.question).click()
  await expect(menu(chat.page)).toBeVisible()
  await chat.page.keyboard.press('Escape')
  await expect(menu(chat.page)).toHaveCount(0)
  await expect(chat.page.getByRole('search')).toBeVisible()
})

test('what is opened at the end of a conversation opens where it is', async ({ chat, upstream }) => {
  await chat.askAndRead('one')
  await chat.askAndRead('two')
  upstream.answer(long, 'That is all.')
  await chat.askAndRead(long)
  const words = chat.question.locator('p')
  expect(await watchTop(words, () => chat.button('Show all 30 lines').click())).toHaveLength(1)
  await expect(chat.button('Scroll to bottom')).toBeVisible()
  await chat.button('Scroll to bottom').click()
  const showLess = chat.button('Show less')
  expect(await watchTop(showLess, () => showLess.click())).toHaveLength(1)

  await chat.askAndRead('thinks: three')
  const summary = chat.reply.getByText(/^Thought for/)
  expect(await watchTop(summary, () => summary.click())).toHaveLength(1)
})

test('a question’s lines are counted as they are drawn, and a question of twelve is shown whole', async ({
  chat,
}) => {
  await chat.askAndRead(Array.from({ length: 12 }, (_, line) => `line ${line + 1}`).join('\n'))
  await expect(chat.page.getByRole('button', { name: /^Show/ })).toHaveCount(0)
  await chat.askAndRead('words without an end of line '.repeat(60))
  const button = chat.page.getByRole('button', { name: /^Show all \d+ lines$/ })
  const wide = Number(/\d+/.exec(await button.innerText())?.[0])
  await chat.page.setViewportSize({ width: 390, height: 800 })
  await expect.poll(async () => Number(/\d+/.exec(await button.innerText())?.[0])).toBeGreaterThan(wide)
})

test('thoughts are opened and closed by the keyboard, without a move, and stay so when their message comes back', async ({
  chat,
}) => {
  await chat.askAndRead('thinks: one')
  const summary = chat.replies.first().getByText(/^Thought for/)
  const thoughts = chat.page.getByText('First this, then that, so it follows.')
  await expect(thoughts).toBeHidden()
  await summary.focus()
  expect(await watchTop(summary, () => chat.page.keyboard.press('Enter'))).toHaveLength(1)
  await expect(thoughts).toBeVisible()
  for (let turn = 1; turn <= 8; turn += 1) await chat.askAndRead(`turn ${turn}`)
  await expect(thoughts).toHaveCount(0)
  const messages = chat.page.getByRole('region', { name: 'Messages' })
  await messages.evaluate((box) => (box.scrollTop = 0))
  await expect(thoughts).toBeVisible()
  await summary.focus()
  await chat.page.keyboard.press('Space')
  await expect(thoughts).toBeHidden()
  await expect(summary).toBeFocused()
})

test('regenerating a reply in the middle opens a version there, and what followed is one press away', async ({
  chat,
  upstream,
}) => {
  await chat.askAndRead('one')
  await chat.askAndRead('two')
  upstream.answer('one', 'Another one. That is all.')
  await chat.replies.first().getByRole('button', { name: 'Regenerate', exact: true }).click()
  await expect(chat.reply).toContainText('Another one.')
  await chat.toBe('idle')
  await expect(tops(chat)).toHaveText(['one'])
  await chat.replies.first().getByRole('button', { name: 'Previous version', exact: true }).click()
  await expect(tops(chat)).toHaveText(['one', 'two'])
  await expect(chat.reply).toContainText('You asked: two')
})

for (const colorScheme of ['light', 'dark'] as const) {
  test(`an open menu, a folded question and a selection are accessible in ${colorScheme}`, async ({
    chat,
  }) => {
    const { page } = chat
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await chat.askAndRead(long)
    await chat.askAndRead('thinks: و مرحبا')
    await drawOver(page, chat.reply.locator('.prose > p').first())
    await expect(chat.button('Quote')).toBeVisible()
    for (const button of [null, more(chat.reply), more(chat.question)]) {
      await button?.click()
      if (button) await expect(menu(page)).toBeVisible()
      const { violations } = await new AxeBuilder({ page }).analyze()
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([])
      await page.keyboard.press('Escape')
    }
  })
}

test('words from right to left are quoted and copied as they stand', async ({ chat, context, upstream }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  const { page } = chat
  upstream.answer('كم تعيش؟', '- تعيش **يومًا**.\n- That is all.')
  await chat.askAndRead('كم تعيش؟')
  await more(chat.reply).click()
  await item(page, 'Copy as text').click()
  await expect.poll(() => read(page)).toBe('• تعيش يومًا.\n• That is all.')
  await chat.reply.getByRole('listitem').first().click({ clickCount: 3 })
  await page.keyboard.press('Alt+q')
  await expect(chat.message).toHaveValue('> تعيش يومًا.\n\n')
  await expect(chat.message).toHaveAttribute('dir', 'auto')
})

test('thoughts that were opened are folded in a new chat, whose messages may have the same ids', async ({
  chat,
}) => {
  const { page } = chat
  const thoughts = page.getByText('First this, then that, so it follows.')
  await chat.askAndRead('thinks: one')
  await page.getByText(/^Thought for/).click()
  await expect(thoughts).toBeVisible()
  await chat.button('New chat').click()
  await expect(chat.replies).toHaveCount(0)
  await chat.askAndRead('thinks: two')
  await expect(page.getByText(/^Thought for/)).toBeVisible()
  await expect(thoughts).toBeHidden()
})

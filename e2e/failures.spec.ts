import type { BrowserContext, Page } from '@playwright/test'
import { chatOn } from './fixtures/chat.ts'
import { expect, expectLetGo, owner, test } from './fixtures/test.ts'
import { replyTo } from './fixtures/upstream.ts'

// Requests fail here because they are meant to.
test.use({ badNetwork: true, requestsMayFail: true })

test.afterEach(async ({ network, upstream }) => {
  network.setFaults({})
  await network.accept()
  await upstream.accept()
})

/** Ends the session without a word to the page, as its end by time does. */
const endSession = (context: BrowserContext) => context.clearCookies()

const signInAgain = (page: Page) => page.getByRole('dialog', { name: 'Sign in again', exact: true })

test('after a rate limit the wait is counted down, and the reply comes by itself, once', async ({
  chat,
  upstream,
}) => {
  const question = 'rate-limited: please'
  await chat.ask(question)
  await chat.toBe('backoff')
  await expect(chat.status).toContainText(/Too many requests\. Trying again in [23] s/)
  await expect(chat.status).toContainText('1 s')
  await expect(chat.reply).toContainText('That is all.')
  await chat.toBe('idle')
  expect(upstream.askedFor(question)).toHaveLength(2)
  await expect(chat.questions).toHaveText([question])
  await expect(chat.replies).toHaveCount(1)
})

test('Try now does not wait', async ({ chat, upstream }) => {
  await chat.ask('limited for long: hurry')
  await chat.toBe('backoff')
  await expect(chat.status).toContainText(/Trying again in (4\d|50) s/)
  await chat.button('Try now').click()
  await expect(chat.reply).toContainText('That is all.')
  expect(upstream.askedFor('limited for long: hurry')).toHaveLength(2)
})

test('Cancel waiting is Stop, and the question can be tried again', async ({ chat, upstream }) => {
  await chat.ask('limited for long: or not')
  await chat.toBe('backoff')
  await expect(chat.button('Stop generating')).toBeVisible()
  await chat.message.fill('a draft')
  await chat.button('Cancel waiting').click()
  await chat.toBe('interrupted')
  await expect(chat.status).toHaveText('Stopped before anything arrived.')
  await expect(chat.message).toHaveValue('a draft')
  expect(upstream.askedFor('limited for long: or not')).toHaveLength(1)
  await chat.button('Try again').click()
  await expect(chat.reply).toContainText('That is all.')
  await expect(chat.questions).toHaveCount(1)
})

test('nobody is made to wait for minutes: the time of day is said, and nothing goes out by itself', async ({
  chat,
}) => {
  await chat.ask('limited for minutes: later')
  await chat.toBe('error')
  await expect(chat.status).toHaveText(/^Too many requests\. Try again at \d\d:\d\d\.$/)
  await chat.button('Try again').click()
  await expect(chat.reply).toContainText('That is all.')
})

for (const [way, words] of [
  ['drops', 'broke off'],
  ['ends early', 'broke off'],
  ['error frame', 'broke off'],
] as const) {
  test(`when the model's server ${way}, what came is kept, and Continue goes on from there`, async ({
    chat,
    upstream,
  }) => {
    const question = `${way}: tell me`
    await chat.ask(question)
    await chat.toBe('interrupted')
    await expect(chat.status).toContainText(words)
    await expect(chat.status).toContainText('What arrived is kept.')
    await expect(chat.reply).toContainText(`You asked: ${question}`)
    await expect(chat.reply).not.toContainText('That is all.')
    await chat.message.fill('a draft')

    await chat.button('Continue').click()
    await expect(chat.reply).toContainText('That is all.')
    await chat.toBe('idle')
    await expect(chat.reply).toContainText(replyTo(question).split('\n\n')[1] ?? '')
    await expect(chat.message).toHaveValue('a draft')
    const [, second] = upstream.askedFor(question)
    expect(second?.messages.at(-1)?.role).toBe('assistant')
    expect(replyTo(question)).toContain(second?.messages.at(-1)?.content)
  })
}

for (const scenario of ['empty', 'blank']) {
  test(`a reply that is ${scenario} is said to be empty, and can be tried again`, async ({
    chat,
    upstream,
  }) => {
    await chat.ask(`${scenario}: hello?`)
    for (let tries = 1; tries <= 3; tries += 1) {
      await expect.poll(() => upstream.askedFor(`${scenario}: hello?`).length).toBe(tries)
      await chat.toBe('error')
      await expect(chat.status).toContainText('The reply was empty.')
      await chat.button('Try again').click()
    }
  })
}

for (const scenario of ['down', 'a web page']) {
  test(`with a server that answers like "${scenario}" the question and the draft are kept`, async ({
    chat,
    upstream,
  }) => {
    await chat.ask(`${scenario}: hello`)
    await chat.message.fill('a draft')
    await chat.toBe('backoff')
    await expect(chat.status).toContainText('The model’s server did not answer.')
    for (let tries = 1; tries <= 3; tries += 1) {
      await expect.poll(() => upstream.askedFor(`${scenario}: hello`).length).toBeGreaterThanOrEqual(tries)
      await chat.toBe('backoff')
      await chat.button('Try now').click()
    }
    await chat.toBe('backoff')
    await chat.button('Cancel waiting').click()
    await chat.toBe('interrupted')
    await expect(chat.questions).toHaveText([`${scenario}: hello`])
    await expect(chat.message).toHaveValue('a draft')
  })
}

test('a server that refuses the key is not asked again', async ({ chat, upstream }) => {
  await chat.ask('forbidden: hello')
  await chat.toBe('error')
  await expect(chat.status).toContainText('refused')
  await expect(chat.button('Try again')).toBeVisible()
  expect(upstream.askedFor('forbidden: hello')).toHaveLength(1)
})

for (const how of ['fin', 'reset'] as const) {
  test(`a network that ends a reply with ${how} is said to be lost, lets the model go, and loses no text`, async ({
    chat,
    network,
    upstream,
  }) => {
    const question = `slow: until ${how}`
    await chat.askAndSee(question)
    const since = Date.now()
    network.killAll(how)
    await chat.toBe('interrupted')
    await expect(chat.status).toHaveText('The connection was lost. What arrived is kept.')
    await expect(chat.reply).toContainText('A mayfly')
    await expectLetGo(upstream.askedFor(question)[0], since)
    await expect(chat.button('Continue')).toBeVisible()
  })
}

test('a network that is gone before the first word is waited for, and the question goes out once', async ({
  chat,
  context,
  upstream,
}) => {
  await chat.askAndRead('Still online?')
  await context.setOffline(true)
  await chat.ask('Sent while offline')
  await chat.message.fill('a draft')
  await chat.toBe('backoff')
  await expect(chat.status).toHaveText('You are offline. It goes out when the connection is back.')
  await context.setOffline(false)
  await expect(chat.reply).toContainText('That is all.')
  await chat.toBe('idle')
  expect(upstream.askedFor('Sent while offline')).toHaveLength(1)
  await expect(chat.questions).toHaveText(['Still online?', 'Sent while offline'])
  await expect(chat.message).toHaveValue('a draft')
})

/** Has requests for a file of the page fail so many times, one by one in these ways; then it is served. */
async function failFor(context: BrowserContext, file: RegExp, ways: readonly ('404' | 'reset' | 'a page')[]) {
  const left = [...ways]
  await context.route(file, async (route) => {
    const way = left.shift()
    if (way === '404') await route.fulfill({ status: 404, body: 'There is nothing here.' })
    else if (way === 'a page') await route.fulfill({ contentType: 'text/html', body: '<title>Wi-Fi</title>' })
    else if (way === 'reset') await route.abort('connectionreset')
    else await route.continue()
  })
}

/** What draws messages, where it has come. */
const drawn = (page: Page) => page.locator('.log')

test('a first question that is asked before what draws messages has come is read at once, and the focus stays when it comes', async ({
  chat,
  context,
  upstream,
}) => {
  await context.setOffline(true)
  await chat.ask('The very first')
  await expect(chat.question).toHaveText('The very first', { timeout: 2_000 })
  await expect(drawn(chat.page)).toHaveCount(0)
  await chat.toBe('backoff')
  const messages = chat.page.getByRole('region', { name: 'Messages', exact: true })
  await messages.focus()
  await context.setOffline(false)
  await expect(chat.reply).toContainText('That is all.')
  await expect(drawn(chat.page)).toHaveCount(1)
  await expect(messages).toBeFocused()
  await expect(chat.questions).toHaveText(['The very first'])
  expect(upstream.askedFor('The very first')).toHaveLength(1)
})

for (const [file, ways] of [
  ['page', ['reset']],
  ['message-list', ['404', 'reset']],
  ['message', ['404']],
  ['reply', ['a page']],
] as const) {
  test(`where the file ${file} can not be fetched (${ways.join(', ')}) it is asked for again, and comes`, async ({
    openTab,
    context,
    upstream,
  }) => {
    // Chromium never asks again for a module that failed, nor for one that imports it.
    await failFor(context, new RegExp(`/${file}-[\\w-]{8}\\.js`), ways)
    const chat = await openTab()
    upstream.answer('Strong words?', '**Strong** words. That is all.')
    await chat.ask('Strong words?')
    await expect(drawn(chat.page)).toHaveCount(1, { timeout: 20_000 })
    await expect(chat.reply.locator('strong')).toHaveText('Strong', { timeout: 20_000 })
  })
}

test('where what draws messages can not be fetched all goes on as plain text, until it is fetched again', async ({
  openTab,
  context,
  upstream,
}) => {
  await failFor(context, /message-list-.*\.js/, ['a page', '404', 'reset'])
  const chat = await openTab()
  const { page } = chat
  await chat.ask('In plain words?')
  await expect(chat.button('Fetch it again')).toBeVisible({ timeout: 20_000 })
  await expect(chat.question).toHaveText('In plain words?')
  await expect(chat.reply).toContainText('That is all.')

  upstream.leaveToTest('And a long one?')
  await chat.ask('And a long one?')
  await expect.poll(() => upstream.askedFor('And a long one?').length).toBe(1)
  const hand = upstream.askedFor('And a long one?')[0]?.hand
  for (let line = 1; line <= 60; line += 1) hand?.say(`Line ${line}.\n\n`)
  await expect(chat.reply.getByText('Line 60.')).toBeInViewport()
  await expect(page.locator('[aria-live=polite]')).toContainText('Line 60.')
  // Who reads further up stays there while it goes on, and what is selected stays selected.
  const twelfth = chat.reply.getByText('Line 12.')
  await twelfth.scrollIntoViewIfNeeded()
  await twelfth.selectText()
  const place = await twelfth.boundingBox()
  for (let line = 61; line <= 90; line += 1) hand?.say(`Line ${line}.\n\n`)
  await expect(chat.reply).toContainText('Line 90.')
  expect(await twelfth.boundingBox()).toEqual(place)
  expect(await page.evaluate(() => getSelection()?.toString())).toBe('Line 12.')
  await chat.stop()
  await chat.toBe('interrupted')
  await chat.ask('Still there?')
  await expect(chat.reply.getByText('That is all.')).toBeInViewport()
  await chat.toBe('idle')

  const heard = await page.locator('[aria-live=polite]').textContent()
  await chat.button('Fetch it again').click()
  await expect(drawn(page)).toHaveCount(1)
  await expect(page.getByRole('region', { name: 'Messages', exact: true })).toBeFocused()
  await expect(chat.reply).toContainText('That is all.')
  expect(heard).toContain(await page.locator('[aria-live=polite]').textContent())
})

test('bytes that come one at a time make the same reply', async ({ chat, network, upstream }) => {
  network.setFaults({ sliceBytes: 1 })
  upstream.answer('One by one?', 'Ei, 蜉蝣 🪰 żyje dzień. That is all.')
  await chat.askAndRead('One by one?')
  await expect(chat.reply).toContainText('Ei, 蜉蝣 🪰 żyje dzień. That is all.')
})

test('a session that ended before the reply began is mended in place, and the message goes out once', async ({
  chat,
  context,
  upstream,
}) => {
  const { page } = chat
  await page.setViewportSize({ width: 820, height: 500 })
  await chat.askAndRead('Before it ended?')
  await chat.button('Regenerate').click()
  await expect(chat.reply).toContainText('2 of 2')
  await chat.toBe('idle')
  await chat.button('Previous version').click()
  await expect(chat.reply).toContainText('1 of 2')
  const lines = Array.from({ length: 30 }, (_, line) => line)
  for (const words of ['two', 'three']) {
    upstream.answer(words, `${lines.map((line) => `Line ${line} on ${words}.`).join('\n\n')}\n\nThat is all.`)
    await chat.askAndRead(words)
  }
  const scroller = page.getByRole('region', { name: 'Messages' })
  /** The lines that are in sight, and where. */
  const inSight = () =>
    scroller.evaluate((list) => {
      const { top, bottom } = list.getBoundingClientRect()
      return [...list.querySelectorAll('.prose p')]
        .map((line) => ({ words: line.textContent, at: Math.round(line.getBoundingClientRect().top) }))
        .filter(({ at }) => at >= top && at < bottom)
    })

  // The request is on its way while something else is written, and something earlier is read.
  let letGo = () => {}
  const written = new Promise<void>((resolve) => (letGo = resolve))
  await context.route('**/trpc/reply*', async (route) => {
    await written
    await route.continue()
  })
  await endSession(context)
  await chat.ask('After it ended?')
  await chat.toBe('sending')
  await chat.message.fill('a draft')
  await scroller.hover({ position: { x: 20, y: 20 } })
  await page.mouse.wheel(0, -400)
  await expect(chat.button('Scroll to bottom')).toBeVisible()
  // A wheel scrolls over some frames.
  let before: unknown
  await expect(async () => {
    const last = before
    before = await inSight()
    expect(before).toEqual(last)
  }).toPass({ intervals: [100] })
  const read = await inSight()
  expect(read.length).toBeGreaterThan(3)
  letGo()

  const dialog = signInAgain(page)
  await expect(dialog).toBeVisible()
  await expect(chat.root).toHaveAttribute('data-state', 'error')
  // What was said lies hidden under the dialog and can't be reached.
  await expect(page.getByRole('log')).toHaveCount(0)

  await dialog.getByLabel('Password', { exact: true }).fill('not the right one')
  await dialog.getByRole('button', { name: 'Sign in', exact: true }).click()
  await expect(dialog.getByRole('alert')).toHaveText('That username and password do not match.')
  await dialog.getByLabel('Password', { exact: true }).fill(owner.password)
  await dialog.getByRole('button', { name: 'Sign in', exact: true }).click()
  await expect(dialog).toHaveCount(0)
  await chat.toBe('idle')
  await expect(chat.message).toHaveValue('a draft')
  expect(await inSight()).toEqual(read)
  expect(upstream.askedFor('After it ended?')).toHaveLength(1)

  // So high that every message is in the page.
  await page.setViewportSize({ width: 820, height: 5_000 })
  await expect(chat.reply).toContainText('You asked: After it ended?')
  await expect(chat.questions).toHaveText(['Before it ended?', 'two', 'three', 'After it ended?'])
  await expect(chat.replies.first()).toContainText('1 of 2')
})

test('a session that ended in the middle of a reply keeps it, and Continue waits for a press', async ({
  chat,
  context,
  app,
  upstream,
}) => {
  const question = 'slow: and the session ends'
  await chat.askAndSee(question)
  await chat.message.fill('a draft')
  await context.request.post(`${app.origin}/trpc/signOut`, { headers: { origin: app.origin }, data: {} })
  const dialog = signInAgain(chat.page)
  await expect(dialog).toBeVisible()
  await dialog.getByLabel('Password', { exact: true }).fill(owner.password)
  await dialog.getByRole('button', { name: 'Sign in', exact: true }).click()
  await expect(dialog).toHaveCount(0)
  await chat.toBe('interrupted')
  await expect(chat.reply).toContainText('A mayfly')
  await expect(chat.message).toHaveValue('a draft')
  expect(upstream.askedFor(question)).toHaveLength(1)
  await chat.button('Continue').click()
  await chat.toBe('streaming')
  await chat.stop()
})

test('signing in in another tab closes the dialog', async ({ chat, context }) => {
  await endSession(context)
  await chat.ask('Let me in')
  await expect(signInAgain(chat.page)).toBeVisible()
  const page = await context.newPage()
  await page.goto(chat.page.url())
  await page.getByRole('textbox', { name: 'Username', exact: true }).fill(owner.username)
  await page.getByLabel('Password', { exact: true }).fill(owner.password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await expect(chatOn(page).message).toBeVisible()
  await expect(signInAgain(chat.page)).toHaveCount(0)
  await expect(chat.reply).toContainText('That is all.')
})

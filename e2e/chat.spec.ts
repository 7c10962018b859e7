import { LLMock } from '@copilotkit/aimock'
import { startApp, freePort } from './fixtures/app.ts'
import { chatOn, keptInBrowser } from './fixtures/chat.ts'
import { expect, owner, test } from './fixtures/test.ts'
import { replyTo } from './fixtures/upstream.ts'

test('a reply grows before the eyes, and what was read stays where it is', async ({ chat }) => {
  await chat.page.evaluate(() => {
    const seen: string[] = []
    Object.assign(globalThis, { seen })
    const look = () => {
      const text = document.querySelector('article:last-of-type [dir=auto]')?.closest('article')?.textContent
      if (text && text !== seen.at(-1)) seen.push(text)
      requestAnimationFrame(look)
    }
    look()
  })
  const question = 'steady: how long does a mayfly live?'
  await chat.askAndRead(question)
  await expect(chat.questions).toHaveText([question])
  for (const paragraph of replyTo(question).split('\n\n')) await expect(chat.reply).toContainText(paragraph)

  const steps = await chat.page.evaluate(() => {
    const seen: unknown = Reflect.get(globalThis, 'seen')
    return Array.isArray(seen) ? seen.map(String).filter((text) => text.startsWith('You asked')) : []
  })
  expect(steps.length).toBeGreaterThan(5)
  const growing = steps.slice(
    0,
    steps.findIndex((text) => text.includes('That is all.')),
  )
  for (const [index, text] of growing.entries()) expect(growing[index + 1] ?? text).toContain(text)
})

test('a conversation of five turns sends the model all that was said, and nothing about the person', async ({
  chat,
  upstream,
}) => {
  const questions = ['one?', 'two?', 'three?', 'four?', 'five?']
  for (const question of questions) await chat.askAndRead(question)
  const [last] = upstream.askedFor('five?')
  expect(last?.messages.filter(({ role }) => role === 'user').map(({ content }) => content)).toEqual(
    questions,
  )
  expect(last?.messages.filter(({ role }) => role === 'assistant')[0]?.content).toBe(replyTo('one?'))
  const sent = JSON.stringify([last?.headers, last?.body]).toLowerCase()
  for (const word of [
    owner.username.toLowerCase(),
    'x-stainless',
    'cookie',
    'prompt_cache_key',
    'metadata',
  ]) {
    expect(sent).not.toContain(word)
  }
  await expect(chat.status).toHaveText('Kept in this tab only')
})

test('a refresh is a new conversation, and nothing of the old one is kept by the browser', async ({
  chat,
}) => {
  await chat.askAndRead('What did Ephemera say?')
  await chat.message.fill('a draft about Ephemera')
  const before = await keptInBrowser(chat.page)
  expect(JSON.stringify(before)).not.toContain('Ephemera')
  expect(before).toMatchObject({ session: {}, databases: [], caches: [], workers: 0, cookies: '' })

  await chat.page.reload()
  await expect(chat.message).toHaveValue('')
  await expect(chat.replies).toHaveCount(0)
  await chat.toBe('idle')
  await expect(chat.page.locator('body')).not.toContainText('Ephemera')
})

test('who leaves and comes back finds neither the conversation nor the draft', async ({ chat }) => {
  await chat.askAndRead('Where do mayflies go?')
  await chat.message.fill('a draft')
  await chat.page.goto('about:blank')
  await chat.page.goBack()
  await expect(chat.message).toHaveValue('')
  await expect(chat.replies).toHaveCount(0)
})

test('leaving asks first while a reply is on its way, and only then', async ({ chat }) => {
  const asked: string[] = []
  chat.page.on('dialog', (dialog) => {
    asked.push(dialog.type())
    return dialog.dismiss()
  })
  await chat.askAndSee('slow: may I leave?')
  await expect(chat.page).toHaveTitle('● Mayfly')
  await chat.page.reload({ timeout: 1_000 }).catch(() => undefined)
  expect(asked).toEqual(['beforeunload'])
  await chat.stop()
  await expect(chat.page).toHaveTitle('Mayfly')
  await chat.page.reload()
  expect(asked).toEqual(['beforeunload'])
})

test('two tabs are two conversations', async ({ chat, openTab, upstream }) => {
  await chat.askAndRead('Said in the first tab?')
  const second = await openTab()
  await expect(second.replies).toHaveCount(0)
  await second.askAndRead('Said in the second tab?')
  expect(upstream.askedFor('Said in the second tab?')[0]?.body).not.toContain('first tab')
  await expect(chat.questions).toHaveText(['Said in the first tab?'])
})

test('New chat asks nothing, and Undo brings conversation and draft back', async ({ chat }) => {
  await chat.askAndRead('Will you come back?')
  await chat.message.fill('half a thought')
  await chat.button('New chat').click()
  await expect(chat.replies).toHaveCount(0)
  await expect(chat.message).toHaveValue('')
  await expect(chat.message).toBeFocused()
  await chat.button('Undo').click()
  await expect(chat.questions).toHaveText(['Will you come back?'])
  await expect(chat.message).toHaveValue('half a thought')
  await expect(chat.button('Undo')).toHaveCount(0)
})

test('New chat stops the reply that is on its way', async ({ chat, upstream }) => {
  await chat.askAndSee('slow: a new chat comes')
  await chat.button('New chat').click()
  await chat.toBe('idle')
  await expect.poll(() => upstream.askedFor('slow: a new chat comes')[0]?.ended?.completed).toBe(false)
})

test('Regenerate gives another version, and both can be read', async ({ chat, upstream }) => {
  const question = 'Which one is better?'
  upstream.answer(question, 'The first one. That is all.')
  await chat.askAndRead(question)
  upstream.answer(question, 'The second one. That is all.')
  await chat.button('Regenerate').click()
  await expect(chat.reply).toContainText('The second one. That is all.')
  await chat.toBe('idle')
  await expect(chat.replies).toHaveCount(1)
  await chat.button('Previous version').click()
  await expect(chat.reply).toContainText('The first one.')
  await chat.button('Next version').click()
  await expect(chat.reply).toContainText('The second one.')
  expect(upstream.askedFor(question)[1]?.body).not.toContain('The first one.')
})

test('an edited question is asked anew, the old one stays, and each has its own replies', async ({
  chat,
  upstream,
}) => {
  await chat.askAndRead('How long does it live?')
  await chat.message.fill('a draft')
  await chat.button('Edit message').click()
  await expect(chat.editor).toBeFocused()
  await expect(chat.editor).toHaveValue('How long does it live?')
  await expect(chat.editor).toHaveAttribute('autocomplete', 'off')
  await chat.editor.fill('How long does a mayfly live?')
  await chat.button('Save and send').click()
  await expect(chat.reply).toContainText('You asked: How long does a mayfly live?')
  await chat.toBe('idle')
  await expect(chat.message).toBeFocused()
  await expect(chat.message).toHaveValue('a draft')
  expect(upstream.askedFor('How long does a mayfly live?')[0]?.messages).toHaveLength(1)

  await chat.question.getByRole('button', { name: 'Previous version', exact: true }).click()
  await expect(chat.question).toContainText('How long does it live?')
  await expect(chat.reply).toContainText('You asked: How long does it live?')
  await chat.question.getByRole('button', { name: 'Next version', exact: true }).click()
  await expect(chat.reply).toContainText('You asked: How long does a mayfly live?')
})

test('an editor is left by Cancel and by Escape, which stops a reply only when no editor has the focus', async ({
  chat,
}) => {
  await chat.askAndSee('slow: edit me')
  await expect(chat.button('Edit message')).toBeDisabled()
  await chat.stop()
  for (const leave of [
    () => chat.button('Cancel').click(),
    () => chat.page.keyboard.press('Escape'),
    async () => {
      await chat.button('Try again').or(chat.button('Continue')).click()
      await expect(chat.button('Save and send')).toBeDisabled()
      await chat.editor.press('Enter')
      await chat.editor.press('Escape')
      await chat.toBe('streaming')
    },
  ]) {
    await chat.button('Edit message').click()
    await chat.editor.fill('changed')
    await leave()
    await expect(chat.editor).toHaveCount(0)
    await expect(chat.question).toContainText('slow: edit me')
  }
  await chat.page.keyboard.press('Escape')
  await chat.toBe('interrupted')
  await chat.button('Edit message').click()
  await chat.page.keyboard.press('Escape')
  await expect(chat.button('Edit message')).toBeFocused()
})

test('Enter saves what is edited, Shift+Enter breaks the line, and nothing is sent of blanks', async ({
  chat,
}) => {
  await chat.askAndRead('One line?')
  await chat.button('Edit message').click()
  await chat.editor.fill('  ')
  await expect(chat.button('Save and send')).toBeDisabled()
  await chat.editor.press('Enter')
  await chat.editor.dispatchEvent('keydown', { key: 'Enter', isComposing: true })
  await expect(chat.editor).toBeVisible()
  await chat.editor.fill('Two')
  await chat.editor.press('Shift+Enter')
  await chat.editor.pressSequentially('lines?')
  await chat.editor.press('Enter')
  await expect(chat.question).toContainText('Two\nlines?')
  await expect(chat.reply).toContainText('That is all.')
})

test('what is edited stays when it scrolls out of sight, and when it could not be sent', async ({ chat }) => {
  for (let turn = 1; turn <= 12; turn += 1) await chat.askAndRead(`turn ${turn}`)
  const messages = chat.page.getByRole('region', { name: 'Messages' })
  const scrollTo = (end: 'top' | 'bottom') =>
    messages.evaluate((box, top) => box.scrollTo({ top: top ? 0 : box.scrollHeight }), end === 'top')
  await scrollTo('top')
  await chat.questions.first().getByRole('button', { name: 'Edit message', exact: true }).click()
  await chat.editor.fill('forbidden: turn 1, changed')
  await chat.message.focus()
  await scrollTo('bottom')
  await expect(chat.editor).toHaveCount(0)
  await scrollTo('top')
  await expect(chat.editor).toHaveValue('forbidden: turn 1, changed')
  await chat.editor.press('Enter')
  await chat.toBe('error')
  await expect(chat.questions).toHaveCount(1)
  await expect(chat.question).toContainText('forbidden: turn 1, changed')
})

test('Markdown is drawn: a table, code that can be copied, and nothing that a model could run or load', async ({
  chat,
  upstream,
  context,
}) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  const question = 'Draw everything'
  const code = 'const wings = 4\nconst days = 1'
  const markdown = [
    '# A title',
    '| wings | days |\n|---|---|\n| 4 | 1 |',
    `\`\`\`ts\n${code}\n\`\`\``,
    'A **strong** [link](https://example.org/mayfly), a [bad one](javascript:alert(1)), ![a picture](https://example.org/x.png)',
    '<img src=x onerror="alert(1)"><script>alert(1)</script>',
    'That is all.',
  ].join('\n\n')
  upstream.answer(question, markdown)
  await chat.askAndRead(question)

  const { reply } = chat
  await expect(reply.getByRole('heading', { name: 'A title' })).toBeVisible()
  await expect(reply.getByRole('cell', { name: '4', exact: true })).toBeVisible()
  await expect(reply.locator('strong')).toHaveText('strong')
  await expect(reply.getByRole('link')).toHaveCount(2)
  await expect(reply.getByRole('link').first()).toHaveAttribute('href', 'https://example.org/mayfly')
  await expect(reply.getByRole('link').first()).toHaveAttribute('rel', /noreferrer/)
  await expect(reply.locator('img, script, iframe')).toHaveCount(0)
  await expect(reply).toContainText('onerror')

  await reply.getByRole('button', { name: 'Copy code', exact: true }).click()
  await expect(chat.status).toHaveText('Copied')
  const clipboard = () => chat.page.evaluate(() => navigator.clipboard.readText())
  expect((await clipboard()).trimEnd()).toBe(code)
  await chat.button('Copy').click()
  await expect.poll(clipboard).toBe(markdown)
})

test('reasoning is folded, counted as no answer, and never sent again', async ({ chat, upstream }) => {
  await chat.askAndRead('thinks: why one day?')
  const thoughts = chat.reply.getByRole('group')
  await expect(thoughts).not.toHaveAttribute('open')
  await thoughts.locator('summary').click()
  await expect(thoughts).toContainText('First this, then that, so it follows.')
  await chat.askAndRead('And then?')
  expect(upstream.askedFor('And then?')[0]?.body).not.toContain('First this')
})

test('Enter sends, and Shift+Enter breaks the line', async ({ chat }) => {
  const { message } = chat
  await message.pressSequentially('one')
  await message.press('Shift+Enter')
  await message.pressSequentially('two')
  await expect(message).toHaveValue('one\ntwo')
  await message.press('Enter')
  await expect(chat.questions).toHaveText(['one\ntwo'])
  await expect(message).toHaveValue('')
})

test('Enter while a reply is on its way sends nothing and keeps the draft', async ({ chat, upstream }) => {
  await chat.askAndSee('slow: while I type')
  await chat.ask('too early')
  await expect(chat.message).toHaveValue('too early')
  await expect(chat.questions).toHaveCount(1)
  await chat.stop()
  await expect(chat.message).toHaveValue('too early')
  expect(upstream.askedFor('too early')).toEqual([])
})

test('nothing is sent of an empty message', async ({ chat }) => {
  await expect(chat.button('Send message')).toBeDisabled()
  await chat.ask('   ')
  await chat.toBe('idle')
  await expect(chat.questions).toHaveCount(0)
})

test('the models on offer are those that can chat, and the one that is chosen answers', async ({
  chat,
  upstream,
}) => {
  await expect(chat.model.getByRole('option')).toHaveText(['river-1', 'river-2'])
  await chat.model.selectOption('river-2')
  await chat.askAndRead('Which model are you?')
  expect(JSON.parse(upstream.askedFor('Which model are you?')[0]?.body ?? '{}')).toMatchObject({
    model: 'river-2',
  })
  await expect(chat.reply).toContainText('river-2')
})

test('a reader who scrolls up is not pulled back, and finds the way to the end', async ({ chat }) => {
  await chat.askAndSee('slow: a long one')
  const messages = chat.page.getByRole('region', { name: 'Messages' })
  await chat.page.setViewportSize({ width: 800, height: 300 })
  await expect
    .poll(() => messages.evaluate((box) => box.scrollHeight - box.clientHeight), { timeout: 15_000 })
    .toBeGreaterThan(120)
  await messages.hover()
  await chat.page.mouse.wheel(0, -1_000)
  const top = () => messages.evaluate((box) => box.scrollTop)
  await expect.poll(top).toBe(0)
  const toEnd = chat.button('Scroll to bottom')
  await expect(toEnd).toBeVisible()
  const length = async () => (await chat.reply.textContent())?.length ?? 0
  const before = await length()
  await expect.poll(length).toBeGreaterThan(before + 100)
  expect(await top()).toBe(0)
  await toEnd.click()
  await expect(toEnd).toHaveCount(0)
  await chat.stop()
})

test('five turns with a server of the protocol that others wrote', async ({ browser }) => {
  const mock = new LLMock({ port: 0 })
  mock.onMessage(/./, { content: 'A reply of theirs. That is all.' })
  await mock.start()
  const app = await startApp({ UPSTREAM: mock.url }, await freePort())
  const page = await browser.newPage()
  const chat = chatOn(page)
  await page.goto(await app.link())
  await page.getByRole('dialog', { name: 'Settings' }).press('Escape')
  for (const turn of [1, 2, 3, 4, 5]) await chat.askAndRead(`turn ${turn}`)
  await expect(chat.reply).toHaveAttribute('aria-posinset', '10')
  await expect(chat.reply).toContainText('A reply of theirs.')
  expect(mock.getRequests().filter(({ path }) => path.endsWith('/chat/completions'))).toHaveLength(5)
  await page.close()
  await app.stop()
  await mock.stop()
})

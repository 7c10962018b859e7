import { expect, test } from './fixtures/test.ts'

test.use({ settings: { UPSTREAM: 'demo' } })

const label = 'Demo - scripted, no AI'

test('the demo says what it is wherever a model is named, before the first word too', async ({
  chat,
  app,
}) => {
  await expect(chat.page.getByText('built-in demo')).toBeVisible()
  await expect(chat.page.locator('main').getByText(label).first()).toBeVisible()
  await expect(chat.model.getByRole('option')).toHaveText([label])
  await chat.ask('hello')
  await chat.toBe('idle')
  await expect(chat.reply).toContainText('This is the built-in demo: a script, no AI.')
  await expect(chat.reply).toContainText(label)
  expect(app.output()).toMatch(/Replies come from .*demo/i)
  expect(app.output()).toContain('OPENAI_API_KEY')
})

test('every suggestion leads somewhere', async ({ chat }) => {
  const tips = chat.page.getByRole('list', { name: 'Suggestions' }).getByRole('button')
  await expect(tips).toHaveCount(6)
  for (const [name, state] of [
    ['Show me a table, some code and a formula', 'streaming'],
    ['Write slowly, so that I can stop you', 'streaming'],
    ['Lose the connection half-way through a reply', 'interrupted'],
    ['Simulate a rate limit', 'backoff'],
    ['What did you receive?', 'streaming'],
    ['How do I connect a real model?', 'streaming'],
  ] as const) {
    await chat.button(name).click()
    await chat.toBe(state)
    await chat.button('New chat').click()
  }
})

test('a lost connection can be gone on from', async ({ chat }) => {
  await chat.page.getByRole('button', { name: 'Lose the connection half-way through a reply' }).click()
  await chat.toBe('interrupted')
  const before = (await chat.reply.locator('p').first().textContent()) ?? ''
  await chat.button('Continue').click()
  await chat.toBe('idle')
  await expect(chat.reply).toContainText(before)
})

test('the demo shows that nothing is remembered for anybody: it receives the whole conversation each time', async ({
  chat,
}) => {
  await chat.ask('2 + 2')
  await expect(chat.reply).toContainText('4')
  await chat.toBe('idle')
  await chat.ask('What did you receive?')
  await chat.toBe('idle')
  await expect(chat.reply).toContainText(/user/)
  await expect(chat.reply).toContainText(/assistant/)
})

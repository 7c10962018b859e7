import { expect, test } from './fixtures/test.ts'
import { replyTo } from './fixtures/upstream.ts'

// A model's server that has to be asked in words to go on.
test.use({ settings: { UPSTREAM_CONTINUES: 'instruct' }, requestsMayFail: true })

test('a model that is asked in words to go on is heard without what it repeats', async ({
  chat,
  upstream,
}) => {
  const question = 'drops: half-way'
  await chat.ask(question)
  await chat.toBe('interrupted')
  await chat.button('Continue').click()
  await chat.toBe('idle')
  await expect(chat.reply.locator('.prose')).toHaveText(replyTo(question).replace('\n\n', ''))
  await expect(chat.replies).toHaveCount(1)

  const [, second] = upstream.askedFor(question)
  expect(second?.messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user'])
  const [, partial, instruction] = second?.messages ?? []
  const repeated = instruction?.content.split('\n\n').at(-1) ?? ''
  expect(repeated.length).toBeGreaterThan(12)
  expect(partial?.content).toMatch(new RegExp(`${repeated}\\s*$`))
})

test('a model that starts over writes a version of its own, and what was there is one press away', async ({
  chat,
  upstream,
}) => {
  const question = 'drops: and again'
  await chat.ask(question)
  await chat.toBe('interrupted')
  await expect(chat.button('Continue')).toBeVisible()
  const partial = (await chat.reply.locator('.prose').textContent()) ?? ''
  upstream.answer(question, `You asked: ${question}\n\nA mayfly lives an hour. That is all.`)
  await chat.button('Continue').click()
  await chat.toBe('idle')
  await expect(chat.reply.locator('.prose')).toHaveText(
    `You asked: ${question}A mayfly lives an hour. That is all.`,
  )
  await expect(chat.reply).toContainText('The model started over.')
  await expect(chat.reply).toContainText('2 of 2')

  await chat.button('Previous version').click()
  await chat.toBe('interrupted')
  await expect(chat.reply.locator('.prose')).toHaveText(partial)
  await expect(chat.reply).not.toContainText('The model started over.')
  await expect(chat.button('Continue')).toBeVisible()
})

test.describe('a conversation that is too long for its model', () => {
  const question = 'too long: and now?'

  test('goes on without the oldest turns, which stay to be read', async ({ chat, upstream }) => {
    await chat.askAndRead('The oldest')
    await chat.askAndRead('The newer')
    await chat.ask(question)
    await chat.toBe('error')
    await expect(chat.status).toHaveText(
      'The conversation is longer than this model can read. Nothing is lost.',
    )
    await chat.message.fill('a draft')
    await chat.button('Leave out the oldest turns').click()
    await expect(chat.reply).toContainText('That is all.')
    await chat.toBe('idle')
    await expect(chat.questions).toHaveText(['The oldest', 'The newer', question])
    await expect(chat.message).toHaveValue('a draft')
    const sent = upstream.askedFor(question).map(({ messages }) => messages[0]?.content)
    expect(sent).toEqual(['The oldest', 'The newer'])
    const line = chat.replies.filter({ hasText: 'Up to here, nothing is sent to the model any more' })
    await expect(line).toContainText('You asked: The oldest')

    // The edited question is another one for the upstream, which would take the whole conversation with it.
    await chat.questions.last().getByRole('button', { name: 'Edit message', exact: true }).click()
    await chat.editor.fill('And then?')
    await chat.button('Save and send').click()
    await expect(chat.reply).toContainText('You asked: And then?')
    await chat.toBe('idle')
    expect(upstream.askedFor('And then?')[0]?.messages[0]?.content).toBe('The newer')
    await expect(line).toContainText('You asked: The oldest')
  })

  test('can leave its question to a new chat, and be brought back', async ({ chat }) => {
    await chat.askAndRead('One')
    await chat.askAndRead('Two')
    await chat.ask(question)
    await chat.toBe('error')
    await chat.button('New chat with this question').click()
    await chat.toBe('idle')
    await expect(chat.questions).toHaveCount(0)
    await expect(chat.message).toHaveValue(question)
    await expect(chat.message).toBeFocused()
    await chat.button('Undo').click()
    await expect(chat.questions).toHaveText(['One', 'Two', question])
    await expect(chat.message).toHaveValue('')
    await chat.button('New chat with this question').click()
    await chat.message.press('Enter')
    await expect(chat.reply).toContainText('That is all.')
  })
})

import { type Chat, timeOf } from './fixtures/chat.ts'
import { expect, expectLetGo, test } from './fixtures/test.ts'
import type { Asked, Upstream } from './fixtures/upstream.ts'

/** The `nth` request for this question, once it has come in. */
async function arrived(upstream: Upstream, question: string, nth = 1): Promise<Asked> {
  await expect.poll(() => upstream.askedFor(question).length, { intervals: [10] }).toBe(nth)
  const asked = upstream.askedFor(question)[nth - 1]
  if (!asked) throw new Error('nothing was asked')
  return asked
}

/** The states that the chat comes through from now on, and what is said in an alert for however short a time. */
const watchStates = (chat: Chat) =>
  chat.root.evaluateHandle((root) => {
    const seen = { states: [] as string[], notices: [] as string[] }
    new MutationObserver((changes) => {
      for (const { type, addedNodes } of changes) {
        if (type === 'attributes') seen.states.push(root.getAttribute('data-state') ?? '')
        for (const node of addedNodes) {
          if (!(node instanceof Element)) continue
          const alert = node.closest('[role=alert]') ?? node.querySelector('[role=alert]')
          if (alert) seen.notices.push(alert.textContent)
        }
      }
    }).observe(document.body, { subtree: true, childList: true, attributeFilter: ['data-state'] })
    return seen
  })

test('Stop before the first word closes the socket of the model, and the next Send works at once', async ({
  chat,
  upstream,
}) => {
  await chat.ask('mute: say something')
  const asked = await arrived(upstream, 'mute: say something')
  await expectLetGo(asked, await timeOf(chat.page, chat.stop))
  await chat.toBe('interrupted')
  await expect(chat.status).toHaveText('Stopped before anything arrived.')
  await expect(chat.button('Try again')).toBeVisible()
  await expect(chat.message).toBeFocused()

  await chat.askAndRead('And after that?')
  // A question that was never answered is sent too, joined to the next.
  expect(upstream.askedFor('And after that?')[0]?.messages).toMatchObject([
    { role: 'user', content: 'mute: say something\n\nAnd after that?' },
  ])
})

test('Stop in the middle of a reply closes the socket of the model and keeps what has arrived', async ({
  chat,
  upstream,
}) => {
  const question = 'slow: go on for long'
  await chat.askAndSee(question)
  const asked = await arrived(upstream, question)
  await expectLetGo(asked, await timeOf(chat.page, chat.stop))
  await chat.toBe('interrupted')
  await expect(chat.status).toHaveText('Stopped. What was written is kept.')
  await expect(chat.reply).toContainText('A mayfly')
  await expect(chat.button('Continue')).toBeVisible()
})

test('Stop in the middle of a continued reply closes the socket of the model', async ({ chat, upstream }) => {
  const question = 'slow: go on twice'
  await chat.askAndSee(question)
  await chat.stop()
  const before = (await chat.reply.textContent())?.length ?? 0
  await chat.button('Continue').click()
  await expect.poll(async () => (await chat.reply.textContent())?.length).toBeGreaterThan(before + 20)
  const asked = await arrived(upstream, question, 2)
  await expectLetGo(asked, await timeOf(chat.page, chat.stop))
  await chat.toBe('interrupted')
})

test('Escape stops like the button', async ({ chat, upstream }) => {
  await chat.askAndSee('slow: escape')
  const asked = await arrived(upstream, 'slow: escape')
  await expectLetGo(asked, await timeOf(chat.page, () => chat.page.keyboard.press('Escape')))
  await chat.toBe('interrupted')
})

test('after Stop in a wait before the next try, no further request goes out', async ({ chat, upstream }) => {
  await chat.page.clock.install()
  await chat.ask('rate-limited: never mind')
  await chat.toBe('backoff')
  await expect(chat.status).toContainText('Too many requests. Trying again in')
  await chat.stop()
  await chat.toBe('interrupted')
  await expect(chat.status).toHaveText('Stopped before anything arrived.')
  await chat.page.clock.runFor(60_000)
  // What had gone out by then would have come in before this one.
  await chat.askAndRead('And after that?')
  expect(upstream.askedFor('rate-limited: never mind')).toHaveLength(1)
})

test('twenty questions after as many stops are answered, without a word of an error', async ({
  chat,
  upstream,
}) => {
  test.slow()
  const seen = await watchStates(chat)
  for (let turn = 1; turn <= 20; turn += 1) {
    // By turns before the first word and in the middle of a reply.
    const stopped = turn % 2 === 1 ? `mute: ${turn}` : `slow: ${turn}`
    await (turn % 2 === 1 ? chat.ask(stopped) : chat.askAndSee(stopped, stopped))
    await arrived(upstream, stopped)
    await chat.stop()
    await chat.toBe('interrupted')
    await expect(chat.status).toHaveText(/^Stopped\b/)

    const next = `Question ${turn}?`
    upstream.answer(next, `Answer ${turn}. That is all.`)
    await chat.ask(next)
    await expect(chat.reply).toContainText(`Answer ${turn}. That is all.`)
    await chat.toBe('idle')
    expect(upstream.askedFor(next)).toHaveLength(1)
    await expect(chat.page.getByRole('alert')).toHaveCount(0)
    await expect(chat.page.getByRole('dialog')).toHaveCount(0)
    await expect(chat.page.locator('body')).not.toContainText(/error|abort|fail|wrong|broke|lost|did not/i)
  }
  const { states, notices } = await seen.jsonValue()
  expect(states.filter((state) => state === 'interrupted')).toHaveLength(20)
  expect(new Set(states)).toEqual(new Set(['sending', 'streaming', 'interrupted', 'idle']))
  expect(notices).toEqual([])
})

test('a double click on Send sends once and does not stop', async ({ chat, upstream }) => {
  await chat.message.fill('slow: twice')
  await chat.button('Send message').dblclick()
  await expect(chat.reply).toContainText('A mayfly')
  await chat.toBe('streaming')
  expect(upstream.askedFor('slow: twice')).toHaveLength(1)
  await chat.stop()
})

test('closing the tab closes the socket of the model', async ({ chat, upstream }) => {
  await chat.askAndSee('slow: the tab closes')
  const asked = await arrived(upstream, 'slow: the tab closes')
  const since = Date.now()
  await chat.page.close()
  await expectLetGo(asked, since)
})

test('signing out closes the socket of the model, in every tab of the browser, and forgets what was said', async ({
  chat,
  openTab,
  upstream,
}) => {
  await chat.askAndSee('slow: said here')
  const second = await openTab()
  await second.askAndSee('slow: said there')
  const here = await arrived(upstream, 'slow: said here')
  const there = await arrived(upstream, 'slow: said there')
  const since = await timeOf(second.page, () => second.button('Sign out').click())
  await expectLetGo(there, since)
  await expectLetGo(here, since)
  for (const { page } of [chat, second]) {
    await expect(page).toHaveURL(/\/sign-in$/)
    await expect(page.locator('body')).not.toContainText('slow:')
  }
})

test('a session that is ended from elsewhere ends its reply within a few seconds, and keeps what arrived', async ({
  chat,
  context,
  app,
  upstream,
}) => {
  await chat.askAndSee('slow: ended from elsewhere')
  const asked = await arrived(upstream, 'slow: ended from elsewhere')
  const since = Date.now()
  // As another browser of the same person could do: this page hears nothing of it.
  await context.request.post(`${app.origin}/trpc/signOut`, { headers: { origin: app.origin }, data: {} })
  await expectLetGo(asked, since, 4_000)
  await chat.toBe('interrupted')
  await expect(chat.page.getByRole('dialog', { name: 'Sign in again' })).toBeVisible()
})

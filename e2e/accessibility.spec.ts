import { expectAccessible } from './fixtures/accessible.ts'
import type { Chat } from './fixtures/chat.ts'
import { expect, test } from './fixtures/test.ts'
import type { Upstream } from './fixtures/upstream.ts'

test.use({ requestsMayFail: true, contextOptions: { reducedMotion: 'reduce' } })

/** All that a reply can hold, in two directions of writing. */
const everything = [
  '## A heading',
  'A paragraph with `code`, **strong words** and [a link](https://example.org). And $x^2$ is a formula.[^1]',
  '| a column | another |\n|---|---:|\n| 1 | 2 |',
  '```ts\nconst aVeryLongLine = "that is much wider than a phone is, so that it has to scroll sideways in its own box"\n```',
  '- [x] done\n- [ ] to do',
  '> A quote',
  '$$\\sum_{n=1}^{40} n$$',
  '[^1]: A footnote.',
  'مرحبا! That is all.',
].join('\n\n')

/** What the chat can look like, each with the way there. */
const states: Record<string, (chat: Chat, upstream: Upstream) => Promise<void>> = {
  'an empty chat': async () => {},
  'a message that is written': (chat) => chat.message.fill('Half of a'),
  'a conversation with everything that a reply can hold': async (chat, upstream) => {
    upstream.answer('Everything, please', everything)
    await chat.askAndRead('Everything, please')
    await expect(chat.reply.locator('math').first()).toBeVisible()
    await chat.askAndRead('thinks: and more?')
    await chat.reply.locator('summary').click()
  },
  'a question in Arabic': async (chat, upstream) => {
    upstream.answer('كم تعيش؟', 'تعيش ذبابة مايو يومًا واحدًا.\n\n- واحد\n- اثنان\n\nThat is all.')
    await chat.askAndRead('كم تعيش؟')
  },
  'a message that was sent': (chat) => chat.ask('mute: anybody there?'),
  'a reply that is thought about': async (chat, upstream) => {
    upstream.leaveToTest('Think')
    await chat.ask('Think')
    await expect.poll(() => upstream.askedFor('Think').length).toBeGreaterThan(0)
    upstream.askedFor('Think').at(-1)?.hand.think('First this, then that.')
    await chat.reply.locator('summary').click()
  },
  'a reply that grows': (chat) => chat.askAndSee('slow: go on'),
  'a reply that was stopped': async (chat) => {
    await chat.askAndSee('slow: stop me')
    await chat.stop()
    await chat.toBe('interrupted')
  },
  'a reply that was stopped before it began': async (chat) => {
    await chat.ask('mute: never mind')
    await chat.stop()
    await chat.toBe('interrupted')
  },
  'a reply that was cut off': async (chat) => {
    await chat.ask('error frame: and then?')
    await chat.toBe('interrupted')
  },
  'an error': async (chat) => {
    await chat.ask('forbidden: why?')
    await chat.toBe('error')
  },
  'a wait before the next try': async (chat) => {
    await chat.ask('limited for long: and now?')
    await chat.toBe('backoff')
  },
  'no network': async (chat) => {
    await chat.page.context().setOffline(true)
    await chat.ask('Anybody?')
    await chat.toBe('backoff')
  },
  'a question that is edited, and versions of it and of its reply': async (chat) => {
    await chat.askAndRead('How long?')
    await chat.button('Edit message').click()
    await chat.editor.press('Enter')
    await expect(chat.question).toContainText('2 of 2')
    await chat.toBe('idle')
    await chat.button('Regenerate').click()
    await expect(chat.reply).toContainText('2 of 2')
    await chat.toBe('idle')
    await chat.askAndRead('And then?')
    await chat.button('Edit message').last().click()
  },
  'what more can be done with a message': async (chat) => {
    await chat.askAndRead('What else?')
    await chat.reply.getByRole('button', { name: 'More actions', exact: true }).click()
    await expect(chat.page.getByRole('menu')).toBeVisible()
  },
  'a search': async (chat) => {
    await chat.askAndRead('Where is the day?')
    await expect(chat.button('Search')).toBeVisible()
    await chat.message.press('ControlOrMeta+f')
    await chat.page.getByRole('searchbox').fill('day')
    await expect(chat.page.getByRole('status', { name: 'Results', exact: true })).toContainText('1')
  },
  'a new chat that can be undone': async (chat) => {
    await chat.askAndRead('Gone?')
    await chat.button('New chat').click()
    await expect(chat.button('Undo')).toBeVisible()
  },
  'the settings': async (chat) => {
    await chat.button('Settings').click()
    await expect(dialog(chat, 'Settings')).toBeVisible()
  },
  'the shortcuts': async (chat) => {
    await chat.button('Keyboard shortcuts').click()
    await expect(dialog(chat, 'Keyboard shortcuts')).toBeVisible()
  },
  'a notice': async (chat) => {
    await chat.page.route('**/trpc/signOut', (route) => route.abort())
    await chat.button('Sign out').click()
    await expect(chat.page.getByText('You are still signed in')).toBeVisible()
  },
  'a conversation whose session has ended': async (chat) => {
    await chat.page.context().clearCookies()
    await chat.ask('Still there?')
    await expect(dialog(chat, 'Sign in again')).toBeVisible()
  },
}

const dialog = (chat: Chat, name: string) => chat.page.getByRole('dialog', { name, exact: true })

test.describe('axe finds nothing wrong with', () => {
  for (const [state, go] of Object.entries(states)) {
    test(state, async ({ chat, upstream }) => {
      await go(chat, upstream)
      await expectAccessible(chat.page)
    })
  }

  test('the menu', async ({ chat }) => {
    await chat.page.setViewportSize({ width: 390, height: 700 })
    await chat.button('Menu').click()
    await expect(dialog(chat, 'Menu')).toBeVisible()
    await expectAccessible(chat.page, ({ width }) => width === 390)
  })

  test('the sign-in page, also when something is wrong', async ({ page, app }) => {
    await page.goto(app.origin)
    await expect(page.getByRole('textbox', { name: 'Username', exact: true })).toBeVisible()
    await expectAccessible(page)
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await expect(page.getByRole('alert')).toHaveText('Type your username.')
    await expectAccessible(page)
  })
})

test('a wait is said once to a screen reader, and counted down for the eye', async ({ chat }) => {
  await chat.status.evaluate((status) => {
    const heard: string[] = []
    Object.assign(globalThis, { heard })
    const listen = () => {
      const spoken = status.cloneNode(true)
      if (!(spoken instanceof Element)) return
      for (const silent of spoken.querySelectorAll('[aria-hidden="true"]')) silent.remove()
      const words = spoken.textContent.replace(/\s+/g, ' ').trim()
      if (words !== heard.at(-1)) heard.push(words)
    }
    new MutationObserver(listen).observe(status, { subtree: true, childList: true, characterData: true })
  })
  await chat.ask('rate-limited: say it once')
  await chat.toBe('backoff')
  await expect(chat.status).toContainText('1 s')
  await expect(chat.reply).toContainText('That is all.')
  await chat.toBe('idle')
  const heard = await chat.page.evaluate(() => {
    const words: unknown = Reflect.get(globalThis, 'heard')
    return Array.isArray(words) ? words.map(String) : []
  })
  expect(heard.filter((words) => words.includes('Trying again in'))).toEqual([
    expect.stringMatching(/^Too many requests\. Trying again in [23] s$/),
  ])
})

/** Notes what is put into the region that is read out, line by line, from now on. */
async function listen({ page }: Chat): Promise<() => Promise<string[]>> {
  await page.evaluate(() => {
    const heard: string[] = []
    Object.assign(globalThis, { heard })
    new MutationObserver((changes) => {
      for (const { target, addedNodes, type } of changes) {
        const region = (target instanceof Element ? target : target.parentElement)?.closest(
          '[aria-live=polite]',
        )
        if (!region) continue
        // A line that changes would be read anew as a whole.
        if (type === 'characterData') heard.push(`changed: ${target.textContent}`)
        for (const node of addedNodes) heard.push(node.textContent ?? '')
      }
    }).observe(document.body, { subtree: true, childList: true, characterData: true })
  })
  return async () => {
    const heard: unknown = await page.evaluate<unknown>(() => Reflect.get(globalThis, 'heard'))
    return Array.isArray(heard) ? heard.map(String).filter((line) => line !== '') : []
  }
}

/** Asks, and has the reply come in pieces that keep to no word. */
async function replyInPieces(chat: Chat, upstream: Upstream, question: string, text: string) {
  upstream.leaveToTest(question)
  await chat.ask(question)
  await expect.poll(() => upstream.askedFor(question).length).toBe(1)
  const hand = upstream.askedFor(question)[0]?.hand
  for (let at = 0; at < text.length; at += 3) {
    hand?.say(text.slice(at, at + 3))
    await chat.page.evaluate(() => new Promise(requestAnimationFrame))
  }
  hand?.finish('stop')
  await chat.toBe('idle')
}

const sentences = ['A mayfly lives a day.', 'It has no mouth!', 'What would it eat for?']

test('a growing reply is in no live region, and is read out beside it by the sentence, each once', async ({
  chat,
  upstream,
}) => {
  // The first message brings what reads out.
  await chat.askAndRead('Hello?')
  const heard = await listen(chat)
  await replyInPieces(chat, upstream, 'What is said?', sentences.join(' '))
  await expect(chat.conversation).toHaveAttribute('aria-live', 'off')
  await expect.poll(heard).toEqual([...sentences, 'The reply is complete.'])
  expect(await chat.reply.locator('[aria-live], [role=status], [role=alert]').count()).toBe(0)
})

test('what was read out is not read out again when the page is drawn anew, and is soon gone from it', async ({
  chat,
  upstream,
}) => {
  const { page } = chat
  await page.clock.install()
  await chat.ask('ok: hello?')
  await expect(chat.reply).toContainText('That is all.')
  await chat.toBe('idle')
  await expect(page.locator('[aria-live=polite]')).toContainText('The reply is complete.')
  const heard = await listen(chat)
  await chat.button('New chat').click()
  await chat.button('Undo').click()
  await expect(chat.replies).toHaveCount(1)
  await chat.button('Settings').click()
  await expect(dialog(chat, 'Settings')).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(dialog(chat, 'Settings')).toHaveCount(0)
  await page.setViewportSize({ width: 390, height: 664 })
  expect(await heard()).toEqual([])

  await replyInPieces(chat, upstream, 'And now?', sentences.join(' '))
  await expect.poll(heard).toContain('The reply is complete.')
  await page.clock.runFor(10_001)
  await expect(page.locator('[aria-live=polite]')).toHaveText('')
})

test('a reply is announced by its start and end alone where the sentences are not wanted', async ({
  chat,
  upstream,
}) => {
  await chat.askAndRead('Hello?')
  await chat.button('Settings').click()
  await chat.page.getByText('Start and end only', { exact: true }).click()
  await chat.page.keyboard.press('Escape')
  await expect(dialog(chat, 'Settings')).toHaveCount(0)
  const heard = await listen(chat)
  await replyInPieces(chat, upstream, 'Without the words?', sentences.join(' '))
  await expect.poll(heard).toEqual(['The reply begins.', 'The reply is complete.'])
})

test('the status of the conversation is said once each time it changes', async ({ chat, upstream }) => {
  await chat.page.evaluate(() => {
    const heard: string[] = []
    Object.assign(globalThis, { heard })
    const status = document.querySelector('.strip [role=status]')
    if (!status) throw new Error('there is no status')
    new MutationObserver(() => heard.push(status.textContent)).observe(status, {
      subtree: true,
      childList: true,
      characterData: true,
    })
  })
  await replyInPieces(chat, upstream, 'What is the status?', sentences.join(' '))
  await chat.button('Settings').click()
  await expect(dialog(chat, 'Settings')).toBeVisible()
  await chat.page.keyboard.press('Escape')
  await expect(dialog(chat, 'Settings')).toHaveCount(0)
  const heard: unknown = await chat.page.evaluate<unknown>(() => Reflect.get(globalThis, 'heard'))
  expect(heard).toEqual(['Waiting for the first word', 'Writing', 'Kept in this tab only'])
})

test('each message is an article that says whose it is, and which of how many', async ({ chat, context }) => {
  for (const question of ['one?', 'two?']) await chat.askAndRead(question)
  const reader = await context.newCDPSession(chat.page)
  const { nodes } = await reader.send('Accessibility.getFullAXTree')
  const articles = nodes.filter(({ role }) => role?.value === 'article')
  expect(articles.map(({ name }) => name?.value)).toEqual([
    'You said',
    'Assistant said',
    'You said',
    'Assistant said',
  ])
  for (const [index, article] of (await chat.page.getByRole('article').all()).entries()) {
    await expect(article).toHaveAttribute('aria-posinset', String(index + 1))
    await expect(article).toHaveAttribute('aria-setsize', '4')
  }
})

test('a screen reader finds the page as it is drawn', async ({ chat, context, page, app }) => {
  await expect(chat.model).toBeEnabled()
  await expect(chat.page.locator('body')).toMatchAriaSnapshot(`
    - status
    - link "To the message box"
    - complementary "Mayfly":
      - text: Mayfly
      - button "New chat"
      - link "Ada"
      - button "Keyboard shortcuts"
      - button "Settings"
      - button "Sign out"
    - main:
      - heading "New chat" [level=1]
      - region "Messages":
        - heading "This conversation lives in this tab. Close or reload the tab and it is gone." [level=2]
        - paragraph
      - status "Conversation status": Kept in this tab only
      - form "Your message":
        - textbox "Message"
        - combobox "Model":
          - option "river-1" [selected]
          - option "river-2"
        - button "Send message" [disabled]
  `)
  await chat.askAndRead('thinks: one?')
  await chat.ask('limited for long: two?')
  await chat.toBe('backoff')
  await expect(chat.conversation).toMatchAriaSnapshot(`
    - log "Conversation":
      - article "You said":
        - paragraph: "thinks: one?"
        - button "Edit message" [disabled]
        - button "More actions"
      - article "Assistant said":
        - group: Thought for 1 s
        - paragraph: "You asked: thinks: one?"
        - paragraph: A mayfly lives a day, and in that day it does everything that matters. That is all.
        - button "Copy"
        - button "Regenerate" [disabled]
        - button "More actions"
        - text: /river-1 · \\d+ tokens · .* s/
      - article "You said":
        - paragraph: "limited for long: two?"
        - button "Edit message" [disabled]
        - button "More actions"
      - article "Assistant said":
        - paragraph: No reply yet
        - button "Try now"
        - button "Cancel waiting"
  `)
  await expect(chat.status).toMatchAriaSnapshot(`
    - status "Conversation status": /Too many requests\\. Trying again in \\d+ s/
  `)
  await chat.stop()
  await context.clearCookies()
  await page.goto(app.origin)
  await expect(page.locator('main')).toMatchAriaSnapshot(`
    - main:
      - heading "Mayfly" [level=1]
      - paragraph: A chat that lasts as long as its tab.
      - textbox "Username"
      - textbox "Password"
      - button "Show what is typed"
      - button "Sign in"
  `)
})

test('on a phone the menu holds what stands beside the chat elsewhere', async ({ chat }) => {
  const { page } = chat
  await page.setViewportSize({ width: 390, height: 664 })
  await expect(chat.button('Settings')).toHaveCount(0)
  await chat.button('Menu').click()
  const menu = page.getByRole('dialog', { name: 'Menu', exact: true })
  await expect(menu.getByRole('button', { name: 'Sign out', exact: true })).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(menu).toHaveCount(0)
  await expect(chat.button('Menu')).toBeFocused()
  await chat.askAndRead('From a phone?')
})

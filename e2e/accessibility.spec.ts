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

test('a growing reply is in no live region, and is said in whole sentences beside it', async ({ chat }) => {
  const live = chat.page.locator('[aria-live=polite]')
  await chat.askAndRead('What is said?')
  await expect(chat.conversation).toHaveAttribute('aria-live', 'off')
  await expect(live).toContainText('A mayfly lives a day, and in that day it does everything that matters.')
  await expect(live).toContainText('The reply is complete.')
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

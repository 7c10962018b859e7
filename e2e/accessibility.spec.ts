import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { expect, test } from './fixtures/test.ts'

test.use({ requestsMayFail: true, contextOptions: { reducedMotion: 'reduce' } })

/** Expects no findings in light on a desk and in dark on a phone, and nothing wider than the narrowest screen. */
async function expectAccessible(page: Page) {
  const desk = { width: 1280, height: 800 }
  for (const [colorScheme, size] of [
    ['light', desk],
    ['dark', { width: 390, height: 664 }],
  ] as const) {
    await page.emulateMedia({ colorScheme })
    await page.setViewportSize(size)
    const { violations } = await new AxeBuilder({ page }).analyze()
    const found = violations.map(
      ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' | ')}`,
    )
    expect(found, `${colorScheme} at ${size.width} px`).toEqual([])
  }
  await page.setViewportSize({ width: 320, height: 640 })
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(320)
  await page.setViewportSize(desk)
}

test('the sign-in page, also when something is wrong', async ({ page, app }) => {
  await page.goto(app.origin)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await expect(page.getByRole('alert')).toHaveText('Type your username.')
  await expectAccessible(page)
})

test('an empty chat', async ({ chat }) => {
  await expectAccessible(chat.page)
})

test('a conversation with everything that a reply can hold', async ({ chat, upstream }) => {
  const question = 'Everything, please'
  upstream.answer(
    question,
    [
      '## A heading',
      'A paragraph with `code`, **strong words** and [a link](https://example.org).',
      '| a column | another |\n|---|---:|\n| 1 | 2 |',
      '```ts\nconst aVeryLongLine = "that is much wider than a phone is, so that it has to scroll sideways in its own box"\n```',
      '- [x] done\n- [ ] to do',
      '> A quote',
      'مرحبا! That is all.',
    ].join('\n\n'),
  )
  await chat.askAndRead(question)
  await chat.askAndRead('thinks: and more?')
  await expectAccessible(chat.page)
})

test('a reply that was interrupted', async ({ chat }) => {
  await chat.askAndSee('slow: stop me')
  await chat.stop()
  await expectAccessible(chat.page)
})

test('a question that is edited, and its versions', async ({ chat }) => {
  await chat.askAndRead('How long?')
  for (let version = 1; version <= 2; version += 1) {
    await chat.button('Edit message').click()
    await expectAccessible(chat.page)
    await chat.button('Save and send').click()
    await expect(chat.reply).toContainText('That is all.')
    await chat.toBe('idle')
  }
  await expectAccessible(chat.page)
})

test('an error', async ({ chat }) => {
  await chat.ask('forbidden: why?')
  await chat.toBe('error')
  await expectAccessible(chat.page)
})

test('a wait before the next try', async ({ chat }) => {
  await chat.ask('limited for long: and now?')
  await chat.toBe('backoff')
  await expectAccessible(chat.page)
  await chat.stop()
})

test('the settings', async ({ chat }) => {
  await chat.button('Settings').click()
  await expect(chat.page.getByRole('dialog', { name: 'Settings', exact: true })).toBeVisible()
  await expectAccessible(chat.page)
})

test('the dialog over a conversation whose session has ended', async ({ chat, context }) => {
  await context.clearCookies()
  await chat.ask('Still there?')
  await expect(chat.page.getByRole('dialog', { name: 'Sign in again', exact: true })).toBeVisible()
  await expectAccessible(chat.page)
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

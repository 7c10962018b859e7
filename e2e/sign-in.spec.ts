import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { expectAccessible } from './fixtures/accessible.ts'
import { freePort, startApp } from './fixtures/app.ts'
import { chatOn } from './fixtures/chat.ts'
import { expect, owner, test } from './fixtures/test.ts'

// Being refused is what is tested here, and a browser notes it in its console.
test.use({ hasOwner: false, requestsMayFail: true })

const username = (page: Page) => page.getByRole('textbox', { name: 'Username', exact: true })
const password = (page: Page) => page.getByLabel('Password', { exact: true })
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })

async function enter(page: Page, name: string, word: string, how = 'Sign in') {
  await username(page).fill(name)
  await password(page).fill(word)
  await button(page, how).click()
}

/** The tests below are one story: an app that nobody owns yet, and what becomes of it. */
test.describe.configure({ mode: 'serial' })

test('the first visitor on this machine creates the owner, and is signed in', async ({ page, app }) => {
  await page.goto(app.origin)
  await expect(page).toHaveURL(/\/sign-in$/)
  await expect(username(page)).toBeFocused()
  await expect(button(page, 'Sign in')).toHaveCount(0)

  await expectAccessible(page)
  await enter(page, owner.username, 'short', 'Create account')
  await expect(page.getByRole('alert')).toContainText('8 characters or more')
  await enter(page, owner.username, 'password1', 'Create account')
  await expect(page.getByRole('alert')).toContainText('Many people use that password')
  await expect(username(page)).toHaveValue(owner.username)

  await enter(page, owner.username, owner.password, 'Create account')
  const chat = chatOn(page)
  await expect(chat.message).toBeFocused()
  await expect(page).toHaveURL(`${app.origin}/`)
  await chat.askAndRead('Am I in?')
})

test('once there is an owner nobody else can create an account', async ({ page, app }) => {
  await page.goto(app.origin)
  await expect(button(page, 'Sign in')).toBeVisible()
  await expect(button(page, 'Create account')).toHaveCount(0)
  const answer = await page.request.post(`${app.origin}/trpc/signUp`, {
    headers: { origin: app.origin },
    data: { username: 'Eve', password: 'a long enough one' },
  })
  expect(await answer.json()).toMatchObject({ result: { data: { ok: false, problem: 'sign-up-closed' } } })
})

test('the cookie is for this server alone, and no script can read it', async ({ page, app, context }) => {
  await page.goto(app.origin)
  await enter(page, owner.username, owner.password)
  await expect(chatOn(page).message).toBeVisible()
  const cookies = await context.cookies()
  expect(cookies).toHaveLength(1)
  expect(cookies[0]).toMatchObject({
    name: `session-${app.port}`,
    httpOnly: true,
    sameSite: 'Strict',
    path: '/',
    domain: 'localhost',
  })
  const files = await readdir(app.dataFolder)
  const kept = await Promise.all(files.map((file) => readFile(join(app.dataFolder, file))))
  expect(Buffer.concat(kept).includes(cookies[0]?.value ?? '?')).toBe(false)
  expect(app.output()).not.toContain(cookies[0]?.value)
})

test('a wrong password says no more than that, and keeps what was typed', async ({ page, app }) => {
  await page.goto(app.origin)
  for (const name of [owner.username, 'somebody who is not there']) {
    await enter(page, name, 'not the right one')
    await expect(page.getByRole('alert')).toHaveText('That username and password do not match.')
    await expect(username(page)).toHaveValue(name)
    await expect(password(page)).toHaveValue('not the right one')
  }
})

test('what is typed can be shown', async ({ page, app }) => {
  await page.goto(app.origin)
  await password(page).fill('secret words')
  await expect(password(page)).toHaveAttribute('type', 'password')
  await button(page, 'Show what is typed').click()
  await expect(password(page)).toHaveAttribute('type', 'text')
  await button(page, 'Show what is typed').click()
  await expect(password(page)).toHaveAttribute('type', 'password')
  await expect(password(page)).toHaveValue('secret words')
})

test('after five wrong tries for a name it has to wait, and others do not', async ({ page, app }) => {
  await page.goto(app.origin)
  const tries: number[] = []
  page.on('response', (response) => {
    if (response.url().endsWith('/trpc/signIn')) tries.push(response.status())
  })
  for (let nth = 1; nth <= 6; nth += 1) {
    await enter(page, 'Mallory', `guess number ${nth}`)
    await expect.poll(() => tries.length).toBe(nth)
  }
  expect(tries).toEqual([200, 200, 200, 200, 200, 429])
  await expect(page.getByRole('alert')).toContainText(/^Too many tries\. Try again (in|at) /)
  await enter(page, owner.username, owner.password)
  await expect(chatOn(page).message).toBeVisible()
})

test('a name and a password can be changed, and the old password is good no more', async ({
  page,
  app,
  anotherBrowser,
}) => {
  await page.goto(app.origin)
  await enter(page, owner.username, owner.password)
  const elsewhere = await (await anotherBrowser()).newPage()
  await elsewhere.goto(app.origin)
  await enter(elsewhere, owner.username, owner.password)
  await expect(chatOn(elsewhere).message).toBeVisible()

  await button(page, 'Settings').click()
  await expect(page).toHaveURL(/\/settings$/)
  const settings = page.getByRole('dialog', { name: 'Settings', exact: true })
  await settings.getByRole('textbox', { name: 'Username', exact: true }).fill('Lovelace')
  await button(page, 'Change name').click()
  await expect(settings.getByText('Your name is changed.')).toBeVisible()

  const change = async (current: string, next: string) => {
    await settings.getByLabel('Current password', { exact: true }).fill(current)
    await settings.getByLabel('New password', { exact: true }).fill(next)
    await button(page, 'Change password').click()
  }
  await change('not the right one', 'another sentence works')
  await expect(settings.getByRole('alert')).toHaveText('That is not your current password.')
  await change(owner.password, 'another sentence works')
  await expect(settings.getByText('Your password is changed.')).toBeVisible()
  await page.goBack()
  await expect(settings).toHaveCount(0)

  // Whoever was signed in elsewhere is no more.
  await chatOn(elsewhere).ask('Am I still in?')
  await expect(elsewhere.getByRole('dialog', { name: 'Sign in again' })).toBeVisible()

  await button(page, 'Sign out').click()
  await expect(page).toHaveURL(/\/sign-in$/)
  await enter(page, 'lovelace', owner.password)
  await expect(page.getByRole('alert')).toHaveText('That username and password do not match.')
  await enter(page, 'lovelace', 'another sentence works')
  await expect(chatOn(page).message).toBeVisible()
})

test('signing out is the end of the session, and clears what the browser has cached', async ({
  page,
  app,
  context,
}) => {
  await page.goto(app.origin)
  await enter(page, 'Lovelace', 'another sentence works')
  const chat = chatOn(page)
  await chat.askAndRead('Who am I?')
  const [cookie] = await context.cookies()
  const answer = page.waitForResponse(/\/trpc\/signOut$/)
  await button(page, 'Sign out').click()
  expect((await (await answer).allHeaders())['clear-site-data']).toBe('"cache"')
  await expect(page).toHaveURL(/\/sign-in$/)
  expect(await context.cookies()).toEqual([])
  await page.goBack().catch(() => undefined)
  await expect(page.locator('body')).not.toContainText('Who am I?')

  const late = await fetch(`${app.origin}/trpc/models`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      origin: app.origin,
      cookie: `${cookie?.name}=${cookie?.value}`,
    },
  })
  expect(late.status).toBe(401)
})

test('the one-time link signs in once, leaves no trace in the address, and offers to choose a password', async ({
  browser,
}) => {
  const app = await startApp({ UPSTREAM: 'demo' }, await freePort())
  const context = await browser.newContext()
  try {
    const link = await app.link()
    const first = await context.newPage()
    const asked: string[] = []
    first.on('request', (request) => asked.push(request.url()))
    await first.goto(link)
    const settings = first.getByRole('dialog', { name: 'Settings', exact: true })
    await expect(settings).toContainText('owner')
    expect(first.url()).toBe(`${app.origin}/settings`)
    const code = link.split('#code=')[1] ?? '?'
    expect(asked.filter((url) => url.includes(code) && !url.startsWith(`${app.origin}/sign-in#`))).toEqual([])
    await settings.getByLabel('New password', { exact: true }).fill('a first sentence')
    await button(first, 'Change password').click()
    await expect(settings.getByText('Your password is changed.')).toBeVisible()
    await settings.press('Escape')
    await expect(chatOn(first).message).toBeVisible()

    const second = await context.newPage()
    await context.clearCookies()
    await second.goto(link)
    await expect(second.getByText('That link was used already, or is older than 10 minutes.')).toBeVisible()
    await enter(second, 'owner', 'a first sentence')
    await expect(chatOn(second).message).toBeVisible()

    // A new one can be had at any time, also while the server runs.
    const { stdout, code: status } = await app.run('--link')
    expect(status).toBe(0)
    await context.clearCookies()
    const third = await context.newPage()
    await third.goto(/\S+#code=\S+/.exec(stdout)?.[0] ?? '')
    await expect(chatOn(third).message).toBeVisible()
  } finally {
    await context.close()
    await app.stop()
  }
})

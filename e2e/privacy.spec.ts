import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { keptInBrowser } from './fixtures/chat.ts'
import { expect, owner, test } from './fixtures/test.ts'

const key = 'sk-canary-8f2e61c07b'

test.use({
  settings: { OPENAI_API_KEY: key },
  // A refused reply is one of the things that are looked into.
  requestsMayFail: true,
})

/** What may be kept in a browser, by name. */
const preferences = ['theme', 'language', 'density', 'announce', 'model', 'askBeforeLeaving']

/** Every file of the server's store, the journal beside it included, as one text. */
async function readStore(folder: string): Promise<string> {
  const files = await readdir(folder)
  expect(files).toContain('mayfly.db')
  return (await Promise.all(files.map((file) => readFile(join(folder, file), 'latin1')))).join('\n')
}

test('what is said is in no file, log, address, storage or console, and gone after a refresh', async ({
  chat,
  app,
  said,
  upstream,
}) => {
  const asked = 'question-canary-4417'
  const replied = 'reply-canary-9902'
  const thought = 'First this, then that'
  const drafted = 'draft-canary-3350'
  const addresses: string[] = []
  chat.page.on('request', (request) => addresses.push(request.url()))

  upstream.answer(`What is ${asked}?`, `It is ${replied}. That is all.`)
  await chat.askAndRead(`What is ${asked}?`)
  await chat.askAndRead(`thinks: ${asked}`)
  const ends = {
    drops: 'interrupted',
    forbidden: 'error',
    'a web page': 'backoff',
    slow: 'streaming',
  } as const
  for (const [scenario, state] of Object.entries(ends)) {
    await chat.ask(`${scenario}: ${asked}`)
    await expect(chat.root).toHaveAttribute('data-state', state)
    if (state === 'backoff' || state === 'streaming') await chat.stop()
  }
  await chat.message.fill(drafted)

  const marks = [asked, replied, thought, drafted].flatMap((mark) => [
    mark,
    Buffer.from(mark).toString('base64'),
  ])
  const inBrowser = JSON.stringify([
    await keptInBrowser(chat.page),
    addresses,
    await chat.page.title(),
    await Promise.all(said),
  ])
  const inStore = await readStore(app.dataFolder)
  const inLog = app.output()
  expect(inLog).toContain('"status":200')
  for (const mark of marks) {
    expect(inBrowser).not.toContain(mark)
    expect(inStore).not.toContain(mark)
    expect(inLog).not.toContain(mark)
  }

  await chat.page.reload()
  await expect(chat.message).toHaveValue('')
  const drawn = await chat.page.content()
  for (const mark of marks) expect(drawn).not.toContain(mark)
})

test('the API key reaches the model alone: no answer, no file of the page and no log holds it', async ({
  chat,
  app,
  context,
  upstream,
}) => {
  const answers: Promise<string>[] = []
  context.on('response', (response) => {
    const body = response.body().then(
      (bytes) => bytes.toString('latin1'),
      () => '', // a redirect, or a reply that was stopped, has none
    )
    answers.push(body.then(async (text) => JSON.stringify(await response.allHeaders()) + text))
  })
  await chat.page.reload()
  await chat.askAndRead('What do you know?')
  await chat.ask('forbidden: and the key?')
  await chat.toBe('error')
  await chat.button('Settings').click()
  await expect(chat.page.getByRole('dialog', { name: 'Settings' })).toBeVisible()

  const [sent] = upstream.askedFor('forbidden: and the key?')
  expect(sent?.headers.authorization).toBe(`Bearer ${key}`)
  const heard = (await Promise.all(answers)).join('\n')
  expect(heard).toContain('text/event-stream')
  expect(heard).toContain('<title>Mayfly</title>')
  const built = join(import.meta.dirname, '..', 'apps', 'web', 'dist')
  const files = await readdir(built, { recursive: true, withFileTypes: true })
  const bundle = await Promise.all(
    files.filter((file) => file.isFile()).map((file) => readFile(join(file.parentPath, file.name), 'latin1')),
  )
  expect(bundle.length).toBeGreaterThan(3)
  for (const mark of [key, key.slice(3), Buffer.from(key).toString('base64')]) {
    expect(heard).not.toContain(mark)
    expect(bundle.join('\n')).not.toContain(mark)
    expect(await chat.page.content()).not.toContain(mark)
    expect(app.output()).not.toContain(mark)
    expect(await readStore(app.dataFolder)).not.toContain(mark)
  }
})

test('a full round of use leaves nothing in the browser but the closed list of preferences', async ({
  chat,
}) => {
  const { page } = chat
  await chat.model.selectOption('river-2')
  await chat.askAndRead('A round of use?')
  await chat.button('Settings').click()
  const settings = page.getByRole('dialog', { name: 'Settings', exact: true })
  for (const choice of ['Dark', 'Compact', 'Start and end only']) {
    await settings.getByRole('radio', { name: choice, exact: true }).check()
  }
  await settings.getByRole('checkbox').click()
  await settings.press('Escape')
  await chat.button('Regenerate').click()
  await chat.toBe('idle')
  await chat.button('New chat').click()
  await chat.button('Undo').click()

  const kept = await keptInBrowser(page)
  expect(Object.keys(kept.local).toSorted()).toEqual([
    'announce',
    'askBeforeLeaving',
    'density',
    'model',
    'theme',
  ])
  for (const name of Object.keys(kept.local)) expect(preferences).toContain(name)
  expect(kept).toMatchObject({ session: {}, databases: [], caches: [], workers: 0, cookies: '' })

  await page.reload()
  await expect(chat.model).toHaveValue('river-2')
  await chat.button('Sign out').click()
  await expect(page).toHaveURL(/\/sign-in$/)
  expect(Object.keys((await keptInBrowser(page)).local)).toContain('theme')
})

test('passwords and sessions are kept as hashes only', async ({ chat, app, context }) => {
  await expect(chat.message).toBeVisible()
  const [cookie] = await context.cookies()
  const store = await readStore(app.dataFolder)
  expect(store).toContain('$argon2id$')
  expect(store).not.toContain(owner.password)
  expect(store).not.toContain(cookie?.value)
  expect(app.output()).not.toContain(owner.password)
})

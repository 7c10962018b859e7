import {
  conductConversation,
  type ConversationEvent,
  messagesOf,
  type MessageSeen,
  msUntil,
  neverTaken,
  noteTransitions,
  planWalks,
  type Snapshot,
  transitionsOfChart,
  type World,
} from '@mayfly/machines/model'
import type { BrowserContext, Page } from '@playwright/test'
import type { App } from './fixtures/app.ts'
import type { Chat } from './fixtures/chat.ts'
import type { FaultProxy } from './fixtures/fault-proxy.ts'
import { expect, owner, test } from './fixtures/test.ts'
import type { Upstream } from './fixtures/upstream.ts'

// The model's own wait must be over before the page takes a connection without bytes for lost, which takes it 45 s.
const seconds = 25

// High enough for every message of a walk to be in the page: others are not.
test.use({
  badNetwork: true,
  requestsMayFail: true,
  viewport: { width: 1280, height: 4_000 },
  settings: {
    UPSTREAM_FIRST_TOKEN_SECONDS: String(seconds),
    UPSTREAM_SILENCE_SECONDS: String(seconds),
    ALLOW_SIGNUP: 'true',
  },
})
test.describe.configure({ mode: 'parallel', timeout: 180_000 })

/** In UTF-16 units. */
const shortestRepetition = 12

const isBusy = ({ context }: Snapshot) => context.open !== null
const isShown = ({ text, reasoning }: MessageSeen) => text.trim() !== '' || reasoning !== ''

/** The message whose neighbouring version this is, and which way it lies. */
function stepTo(chat: Snapshot, id: string): { place: number; button: string } | null {
  for (const [place, message] of messagesOf(chat).entries()) {
    const step = message.versions.indexOf(id) - message.versions.indexOf(message.id)
    if (message.versions.includes(id) && Math.abs(step) === 1)
      return { place, button: step < 0 ? 'Previous version' : 'Next version' }
  }
  return null
}

/** The buttons that lead on from a conversation where it is. */
function waysOn(chat: Snapshot): string[] {
  const { value, context } = chat
  if (value === 'backoff') return ['Try now', 'Cancel waiting']
  if (isBusy(chat)) return []
  const undo = context.undo ? ['Undo'] : []
  if (value !== 'interrupted' && value !== 'error') return undo
  const ways: string[] = []
  if (chat.can({ type: 'leave out' })) ways.push('Leave out the oldest turns')
  if (chat.can({ type: 'new chat with question' })) ways.push('New chat with this question')
  const endedOnError = value === 'error' && chat.can({ type: 'signed in' })
  ways.push(chat.can({ type: 'continue' }) ? 'Continue' : endedOnError ? 'Sign in again' : 'Try again')
  return [...ways, ...undo]
}

/** Whether a person, the server or the browser can bring this about where the page is. */
function canDo({ chat }: World, event: ConversationEvent): boolean {
  const { context } = chat
  const seen = messagesOf(chat)
  switch (event.type) {
    case 'retry':
      return ['Try again', 'Try now'].some((name) => waysOn(chat).includes(name))
    case 'continue':
      return waysOn(chat).includes('Continue')
    case 'edit':
    case 'delete':
      return !isBusy(chat) && seen.some(({ id }) => id === event.id)
    case 'regenerate':
      return !isBusy(chat) && seen.some((message) => message.id === event.id && isShown(message))
    case 'choose':
      return !isBusy(chat) && stepTo(chat, event.id) !== null
    case 'reply.delta': {
      // The API holds blanks back at the beginning of what it is sent, until a word or the end follows.
      const { id = '', text = '' } = context.open ?? {}
      const before = context.tree.turns.get(id)?.text ?? ''
      // Behind so much text a word that it began with may be a repetition, which the server's own events tell: seam.test.ts.
      if (before.length >= shortestRepetition) return false
      return event.text.trim() !== '' || text.slice(before.length).trim() !== ''
    }
    case 'reply.started':
      // A server says so once.
      return context.open?.model === null
    case 'reply.failed':
      // A server refuses with a Retry-After or not at all: once it has accepted, it has no say in that.
      return event.failure.kind !== 'rate-limited' || context.open?.model === null
    default:
      return true
  }
}

const isLong = process.env['MAYFLY_TEST_LONG'] !== undefined
const walks = planWalks({
  every: isLong ? 'situation' : 'transition',
  seed: 1,
  longest: 40,
  can: canDo,
})

/** What asks nobody, follows the model, and so knows what the page has to show. */
const startShadow = (walked: Set<string>) =>
  conductConversation(
    { firstTokenMs: seconds * 1000, silenceMs: seconds * 1000, random: () => 0 },
    noteTransitions(walked),
  )
type Shadow = ReturnType<typeof startShadow>

function follow(shadow: Shadow, event: ConversationEvent) {
  const ms = msUntil(event, shadow.snapshot())
  if (ms === null) shadow.tell(event)
  else shadow.pass(ms)
}

test('the walks take every transition of the chart', () => {
  const walked = new Set<string>()
  for (const walk of walks) {
    const shadow = startShadow(walked)
    for (const { event } of walk) follow(shadow, event)
  }
  const missing = transitionsOfChart().filter((transition) => !walked.has(transition))
  // An empty reply has no piece that comes before its end: failures.spec.ts asks for one.
  expect(missing.toSorted()).toEqual([...neverTaken, 'streaming: reply.finished'].toSorted())
})

type Stage = {
  chat: Chat
  context: BrowserContext
  app: App
  network: FaultProxy
  upstream: Upstream
  shadow: Shadow
  /** What was done so far: a person stops in one way after the other. */
  steps: number
}

/** Makes an event of the model happen in the page, as the person, the server or the browser does. */
async function perform(stage: Stage, event: ConversationEvent): Promise<void> {
  const { chat, context, app, network, upstream, shadow } = stage
  const { page } = chat
  const before = shadow.snapshot()
  const ms = msUntil(event, before)
  if (ms !== null) return page.clock.fastForward(ms)
  const hear = (target: 'window' | 'document', name: string) =>
    page.evaluate(
      ([target, name]) => (target === 'window' ? window : document).dispatchEvent(new Event(name)),
      [target, name] as const,
    )
  const open = () => {
    const last = upstream.asked.at(-1)
    if (!last) throw new Error('nothing was asked')
    return last.hand
  }
  const messages = page.getByRole('article')

  switch (event.type) {
    case 'draft':
      return chat.message.fill(event.text)
    case 'model':
      return void (await chat.model.selectOption(event.id))
    case 'send':
      return chat.message.press('Enter')
    case 'stop': {
      const ways = [
        chat.button('Stop generating'),
        chat.button('Cancel waiting').or(chat.button('Stop generating')),
      ]
      const button = ways[stage.steps % 3]
      return button ? button.first().click() : page.keyboard.press('Escape')
    }
    case 'retry':
      return chat.button(before.value === 'backoff' ? 'Try now' : 'Try again').click()
    case 'continue':
      return chat.button('Continue').click()
    case 'regenerate': {
      const place = messagesOf(before).findIndex(({ id }) => id === event.id)
      return messages.nth(place).getByRole('button', { name: 'Regenerate', exact: true }).click()
    }
    case 'edit': {
      const place = messagesOf(before).findIndex(({ id }) => id === event.id)
      await messages.nth(place).getByRole('button', { name: 'Edit message', exact: true }).click()
      await chat.editor.fill(event.text)
      return chat.button('Save and send').click()
    }
    case 'choose': {
      const step = stepTo(before, event.id)
      if (!step) throw new Error(`no version leads to ${event.id}`)
      return messages.nth(step.place).getByRole('button', { name: step.button, exact: true }).click()
    }
    case 'delete': {
      // From the question's own menu, or from the one of its reply.
      const place = messagesOf(before).findIndex(({ id }) => id === event.id) + (stage.steps % 2)
      await messages.nth(place).getByRole('button', { name: 'More actions', exact: true }).click()
      return page.getByRole('menuitem', { name: 'Delete turn', exact: true }).click()
    }
    case 'new chat':
      return chat.button('New chat').click()
    case 'leave out':
      return chat.button('Leave out the oldest turns').click()
    case 'new chat with question':
      return chat.button('New chat with this question').click()
    case 'undo':
      return chat.button('Undo').click()
    case 'signed in':
      return signIn(page, owner)
    case 'forget':
      if ((await signInAgain(page).count()) === 0) return chat.button('Sign out').click()
      return signIn(page, await signUpAnother(app))
    case 'online':
    case 'offline':
      // What the browser says alone, as with a server on the same machine: what is really cut is the fault proxy's.
      return void (await hear('window', event.type))
    case 'wake':
      return void (await hear('document', 'visibilitychange'))
    case 'reply.started': {
      const from = Math.max(0, network.connections.length - 6)
      const started = startsSeen(network, from)
      open().accept()
      return expect.poll(() => startsSeen(network, from), { intervals: [10] }).toBeGreaterThan(started)
    }
    case 'reply.reasoning':
      return open().think(event.text)
    case 'reply.delta':
      return open().say(event.text)
    case 'reply.finished':
      if (event.finishReason !== 'stop' && event.finishReason !== 'length')
        throw new Error(`the model knows no ${event.finishReason}`)
      return open().finish(event.finishReason)
    case 'reply.failed':
      switch (event.failure.kind) {
        case 'network':
          return network.killAll('reset')
        case 'rate-limited':
          return open().refuse({ status: 429, retryAfter: (event.failure.retryAfterMs ?? 0) / 1000 })
        case 'context-too-long':
          return open().refuse({ status: 400, code: 'context_length_exceeded' })
        case 'session-ended': {
          const headers = { origin: app.origin }
          return void (await context.request.post(`${app.origin}/trpc/signOut`, { headers, data: {} }))
        }
        default:
          throw new Error(`nothing here fails as ${event.failure.kind}`)
      }
    default:
      throw new Error(`nobody knows how to ${event.type}`)
  }
}

/** How many replies have begun for the page, by what went over its connections from this one on. */
const startsSeen = ({ connections }: FaultProxy, from: number) =>
  connections
    .slice(from)
    .flatMap(({ answered }) => Buffer.concat(answered).toString().split('"started"').slice(1)).length

const signInAgain = (page: Page) => page.getByRole('dialog', { name: 'Sign in again', exact: true })

async function signIn(page: Page, { username, password }: { username: string; password: string }) {
  const dialog = signInAgain(page)
  await dialog.getByRole('textbox', { name: 'Username', exact: true }).fill(username)
  await dialog.getByLabel('Password', { exact: true }).fill(password)
  await dialog.getByRole('button', { name: 'Sign in', exact: true }).click()
  await expect(dialog).toHaveCount(0)
}

let others = 0
async function signUpAnother(app: App) {
  others += 1
  const another = { username: `Grace ${others}`, password: owner.password }
  await fetch(`${app.origin}/trpc/signUp`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: app.origin },
    body: JSON.stringify(another),
  })
  return another
}

/** Buttons that are there whatever the machine's state, or with each message. */
const always = [
  'Menu',
  'New chat',
  'Search',
  'Copy conversation',
  'Scroll to bottom',
  'Copy',
  'Regenerate',
  'Edit message',
  'More actions',
]

/** What the page shows, read at one moment. */
const readPage = (page: Page) =>
  page.evaluate((always) => {
    const words = (element: Element | null | undefined) =>
      (element?.textContent ?? '').replaceAll(/\s+/g, ' ').trim()
    const main = document.querySelector('main[data-state]')
    const box = document.querySelector('textarea#message')
    return {
      state: main?.getAttribute('data-state'),
      title: document.title,
      draft: box instanceof HTMLTextAreaElement ? box.value : null,
      messages: [...document.querySelectorAll('article')].map((article) => ({
        role: article.ariaLabel === 'You said' ? 'user' : 'assistant',
        text: words(article.querySelector('.q > p, .prose')),
        thoughts: words(article.querySelector('details > :not(summary)')),
        version: words(article.querySelector('.versions > span')),
      })),
      buttons: [...document.querySelectorAll('main button')]
        .map((button) => button.ariaLabel ?? words(button))
        .filter((name) => !always.includes(name))
        .filter((name) => !name.endsWith(' version')),
      isSilent: words(document.querySelector('[role=status][aria-label]')) === '',
    }
  }, always)

/** What the page has to show of a conversation. */
function expectedOf(chat: Snapshot): Awaited<ReturnType<typeof readPage>> {
  const busy = isBusy(chat)
  const plain = (text: string) => text.replaceAll(/\s+/g, ' ').trim()
  return {
    state: chat.value,
    title: busy ? '● Mayfly' : 'Mayfly',
    draft: chat.context.draft,
    messages: messagesOf(chat).map(({ id, role, text, reasoning, versions }) => ({
      role,
      text: plain(text),
      thoughts: plain(reasoning),
      version:
        versions.length > 1 && id !== chat.context.open?.id
          ? `${versions.indexOf(id) + 1} of ${versions.length}`
          : '',
    })),
    buttons: [...waysOn(chat), busy ? 'Stop generating' : 'Send message'],
    isSilent: false,
  }
}

/** A frame and a little more, in ms of the page's time. */
const frameMs = 20

for (const [index, walk] of walks.entries()) {
  test(`walk ${index + 1}, of ${walk.length} steps, from ${walk[0]?.event.type} to ${walk.at(-1)?.event.type}`, async ({
    context,
    openTab,
    app,
    network,
    upstream,
  }) => {
    for (const question of ['question', 'edited']) upstream.leaveToTest(question)
    const askedBefore = upstream.asked.length
    await context.addInitScript(() => (Math.random = () => 0))
    await context.clock.install({ time: Date.UTC(2026, 0) })
    await context.clock.pauseAt(Date.UTC(2026, 0, 1, 12))
    const chat = await openTab()
    const { page } = chat
    page.setDefaultTimeout(10_000)
    const shadow = startShadow(new Set())
    const openRequests = () => upstream.asked.slice(askedBefore).filter(({ ended }) => ended === null)

    for (const [steps, { event, to }] of walk.entries()) {
      await test.step(`${steps + 1}: ${JSON.stringify(event)}`, async () => {
        await perform({ chat, context, app, network, upstream, shadow, steps }, event)
        follow(shadow, event)
        const now = shadow.snapshot()
        expect(now.value).toBe(to.chat.value)
        if (event.type === 'forget') {
          await expect(page.getByRole('article')).toHaveCount(0)
          await expect(page.locator('body')).not.toContainText('question')
          return
        }
        await expect(async () => {
          // Words are drawn once a frame. A wait is left as long as it is.
          if (now.value !== 'backoff') {
            await page.clock.runFor(frameMs)
            shadow.pass(frameMs)
          }
          expect(await readPage(page)).toEqual(expectedOf(now))
          expect(openRequests()).toHaveLength(now.value === 'sending' || now.value === 'streaming' ? 1 : 0)
        }).toPass({ timeout: 10_000, intervals: [10, 20, 50, 100] })
        // What lies under the dialog can't be reached; everywhere else there is something to type into.
        await expect(signInAgain(page)).toHaveCount(to.signedOut ? 1 : 0)
        await expect(chat.message).toHaveCount(to.signedOut ? 0 : 1)
      })
    }
  })
}

for (const [scenario, state] of [
  ['mute', 'sending'],
  ['slow', 'streaming'],
  ['limited for long', 'backoff'],
] as const) {
  test(`in ${state}, Enter comes too early and a look at the settings changes nothing`, async ({ chat }) => {
    const question = `${scenario}: and meanwhile?`
    await chat.ask(question)
    await chat.toBe(state)
    await chat.message.fill('a draft')
    await chat.message.press('Enter')
    await lookAtSettings(chat)
    await chat.toBe(state)
    await chat.stop()
    await lookAtSettings(chat)
    await chat.toBe('interrupted')
    await expect(chat.questions).toHaveText([question])
    await expect(chat.message).toHaveValue('a draft')
  })
}

async function lookAtSettings({ page, button }: Chat) {
  const settings = page.getByRole('dialog', { name: 'Settings', exact: true })
  await button('Settings').click()
  await expect(settings).toBeVisible()
  await page.goBack()
  await expect(settings).toHaveCount(0)
}

test('a question that is stopped while there is no network is sent by a press, and not when it is back', async ({
  chat,
  context,
  upstream,
}) => {
  await chat.askAndRead('Still there?')
  await context.setOffline(true)
  await chat.ask('Never mind')
  await chat.toBe('backoff')
  await chat.stop()
  await context.setOffline(false)
  await chat.toBe('interrupted')
  expect(upstream.askedFor('Never mind')).toEqual([])
  await chat.button('Try again').click()
  await expect(chat.reply).toContainText('You asked: Never mind')
  await expect(chat.questions).toHaveText(['Still there?', 'Never mind'])
})

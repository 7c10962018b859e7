import type { BrowserContext } from '@playwright/test'
import type { Chat } from './fixtures/chat.ts'
import { expect, test } from './fixtures/test.ts'

// High enough for every message of a walk to be in the page: others are not.
test.use({ requestsMayFail: true, viewport: { width: 1280, height: 4_000 } })

type Stage = { chat: Chat; context: BrowserContext }

let asked = 0
/** Asks something new, of which the model's server makes what the scenario says. */
const ask =
  (scenario: string) =>
  async ({ chat }: Stage) => {
    asked += 1
    await chat.ask(`${scenario}: question ${asked}`)
  }
const press =
  (name: string) =>
  ({ chat }: Stage) =>
    chat.button(name).click()

/** What a person does, or the world around them, and how. */
const acts = {
  ask: ask('ok'),
  'ask a silent model': ask('mute'),
  'ask a slow model': ask('slow'),
  'ask, and the model breaks off': ask('drops'),
  'ask for more than fits': ask('length'),
  'ask, and nothing comes': ask('empty'),
  'ask with a bad key': ask('forbidden'),
  'ask too often': ask('limited for long'),
  'ask a little too often': ask('rate-limited'),
  stop: press('Stop generating'),
  'press Escape': ({ chat }) => chat.page.keyboard.press('Escape'),
  'cancel waiting': press('Cancel waiting'),
  'try now': press('Try now'),
  wait: () => Promise.resolve(),
  'try again': press('Try again'),
  continue: press('Continue'),
  regenerate: ({ chat }) => chat.reply.getByRole('button', { name: 'Regenerate', exact: true }).click(),
  'look at the version before': press('Previous version'),
  'begin a new chat': press('New chat'),
  undo: press('Undo'),
  type: ({ chat }) => chat.message.fill('a draft'),
  'press Enter too early': async ({ chat }) => {
    await chat.message.press('Enter')
    await expect(chat.message).toHaveValue('a draft')
    await chat.message.fill('')
  },
  'look at the settings': async ({ chat: { page, button } }) => {
    await button('Settings').click()
    await expect(page.getByRole('dialog', { name: 'Settings', exact: true })).toBeVisible()
    await page.goBack()
    await expect(page.getByRole('dialog', { name: 'Settings', exact: true })).toHaveCount(0)
  },
  'lose the network': ({ context }) => context.setOffline(true),
  'find the network': ({ context }) => context.setOffline(false),
} as const satisfies Record<string, (stage: Stage) => Promise<void>>

type Step = readonly [keyof typeof acts, Parameters<Chat['toBe']>[0]]

/** Each way from one state to the next that a person can go, in as few walks as it takes. */
const paths: readonly (readonly Step[])[] = [
  [
    ['ask', 'idle'],
    ['regenerate', 'idle'],
    ['look at the version before', 'idle'],
    ['begin a new chat', 'idle'],
    ['undo', 'idle'],
    ['ask', 'idle'],
  ],
  [
    ['ask a silent model', 'sending'],
    ['type', 'sending'],
    ['press Enter too early', 'sending'],
    ['look at the settings', 'sending'],
    ['press Escape', 'interrupted'],
    ['try again', 'sending'],
    ['stop', 'interrupted'],
    ['ask', 'idle'],
    ['ask a silent model', 'sending'],
    ['begin a new chat', 'idle'],
  ],
  [
    ['ask a slow model', 'streaming'],
    ['type', 'streaming'],
    ['press Enter too early', 'streaming'],
    ['look at the settings', 'streaming'],
    ['stop', 'interrupted'],
    ['continue', 'streaming'],
    ['press Escape', 'interrupted'],
    ['regenerate', 'streaming'],
    ['stop', 'interrupted'],
    ['look at the version before', 'interrupted'],
    ['ask', 'idle'],
  ],
  [
    ['ask a slow model', 'streaming'],
    ['begin a new chat', 'idle'],
    ['undo', 'interrupted'],
    ['look at the settings', 'interrupted'],
    ['begin a new chat', 'idle'],
  ],
  [
    ['ask, and the model breaks off', 'interrupted'],
    ['continue', 'idle'],
    ['ask for more than fits', 'interrupted'],
    ['ask a slow model', 'streaming'],
    ['press Escape', 'interrupted'],
  ],
  [
    ['ask, and nothing comes', 'error'],
    ['try again', 'error'],
    ['look at the settings', 'error'],
    ['ask', 'idle'],
    ['ask with a bad key', 'error'],
    ['begin a new chat', 'idle'],
    ['undo', 'error'],
  ],
  [
    ['ask too often', 'backoff'],
    ['type', 'backoff'],
    ['press Enter too early', 'backoff'],
    ['look at the settings', 'backoff'],
    ['try now', 'idle'],
    ['ask too often', 'backoff'],
    ['cancel waiting', 'interrupted'],
    ['try again', 'idle'],
    ['ask too often', 'backoff'],
    ['press Escape', 'interrupted'],
    ['ask too often', 'backoff'],
    ['stop', 'interrupted'],
    ['ask too often', 'backoff'],
    ['begin a new chat', 'idle'],
  ],
  [
    ['ask a little too often', 'backoff'],
    ['wait', 'idle'],
  ],
  [
    ['ask', 'idle'],
    ['lose the network', 'idle'],
    ['ask', 'backoff'],
    ['find the network', 'idle'],
    ['lose the network', 'idle'],
    ['ask', 'backoff'],
    ['stop', 'interrupted'],
    ['find the network', 'interrupted'],
    ['try again', 'idle'],
  ],
]

for (const path of paths) {
  test(`a person can: ${path.map(([act]) => act).join(' → ')}`, async ({ chat, context }) => {
    await chat.toBe('idle')
    for (const [act, state] of path) {
      await test.step(`${act}: ${state}`, async () => {
        const before = await chat.questions.allTextContents()
        await acts[act]({ chat, context })
        await chat.toBe(state)

        // Whatever happens, nothing that was said is lost, and there is always something to type into or to press.
        if (act !== 'begin a new chat' && act !== 'undo') {
          const after = await chat.questions.allTextContents()
          expect(after.slice(0, before.length)).toEqual(before)
        }
        await expect(chat.message).toBeEnabled()
        const isBusy = state === 'sending' || state === 'streaming' || state === 'backoff'
        await expect(chat.button('Stop generating')).toHaveCount(isBusy ? 1 : 0)
        await expect(chat.button('Send message')).toHaveCount(isBusy ? 0 : 1)
        await expect(chat.button('Try now')).toHaveCount(state === 'backoff' ? 1 : 0)
        await expect(chat.status).not.toBeEmpty()
        await expect(chat.page).toHaveTitle(isBusy ? '● Mayfly' : 'Mayfly')
      })
    }
  })
}

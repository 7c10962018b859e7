import type { Locator, Page } from '@playwright/test'
import { type Chat, chatOn } from './fixtures/chat.ts'
import { test as longTest } from './fixtures/long.ts'
import { expect, owner, test } from './fixtures/test.ts'
import { replyTo } from './fixtures/upstream.ts'

const dialog = (page: Page, name: string) => page.getByRole('dialog', { name, exact: true })

/** What has the focus; `BODY` is what a key that nobody listens to goes to. */
const focused = (page: Page) => page.evaluate(() => document.activeElement?.tagName)

test('the keyboard alone is enough for a whole visit, and the focus is never lost', async ({
  page,
  app,
  context,
}) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  const chat = chatOn(page)
  const { keyboard } = page
  /** Presses the button with this name, wherever Tab finds it, and expects the focus to be somewhere after. */
  const go = async (button: Locator, key = 'Enter') => {
    await chat.tabTo(button)
    await keyboard.press(key)
    expect(await focused(page), `the focus after ${button.toString()}`).not.toBe('BODY')
  }
  const act = (name: string) => chat.reply.getByRole('button', { name, exact: true })

  await page.goto(app.origin)
  await expect(page.getByRole('textbox', { name: 'Username', exact: true })).toBeFocused()
  await keyboard.type(owner.username)
  await keyboard.press('Tab')
  await keyboard.type(owner.password)
  await keyboard.press('Enter')

  await expect(chat.message).toBeFocused()
  await keyboard.type('slow: by keyboard')
  await keyboard.press('Enter')
  await expect(chat.reply).toContainText('A mayfly')
  await expect(chat.message).toBeFocused()
  await keyboard.press('Escape')
  await chat.toBe('interrupted')
  await expect(chat.message).toBeFocused()
  await go(act('Continue'))
  await chat.toBe('streaming')
  await expect(chat.message).toBeFocused()
  await go(chat.button('Stop generating'), 'Space')
  await chat.toBe('interrupted')
  await expect(chat.message).toBeFocused()

  await keyboard.type('Copy me')
  await keyboard.press('Enter')
  await expect(chat.reply).toContainText('That is all.')
  await chat.toBe('idle')
  await go(act('Copy'))
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe(replyTo('Copy me'))
  await go(act('Regenerate'))
  await expect(chat.message).toBeFocused()
  await expect(chat.reply).toContainText('2 of 2')
  await go(act('Previous version'))
  await expect(chat.reply).toContainText('1 of 2')
  await expect(act('Next version')).toBeFocused()

  await go(chat.question.getByRole('button', { name: 'Edit message', exact: true }))
  await expect(chat.editor).toBeFocused()
  await keyboard.press('Escape')
  await expect(chat.button('Edit message').last()).toBeFocused()
  await keyboard.press('Enter')
  await keyboard.type(', please')
  await keyboard.press('Enter')
  await expect(chat.reply).toContainText('You asked: Copy me, please')
  await expect(chat.reply).toContainText('That is all.')
  await expect(chat.message).toBeFocused()

  const messages = page.getByRole('region', { name: 'Messages', exact: true })
  await chat.tabTo(messages)
  await keyboard.press('Home')
  await expect(chat.questions.first()).toBeInViewport()
  await keyboard.press('?')
  await expect(dialog(page, 'Keyboard shortcuts')).toBeVisible()
  await keyboard.press('Escape')
  await expect(dialog(page, 'Keyboard shortcuts')).toHaveCount(0)
  await expect(messages).toBeFocused()
  await keyboard.press('Shift+Escape')
  await expect(chat.message).toBeFocused()

  await go(chat.button('Settings'))
  await expect(dialog(page, 'Settings')).toBeVisible()
  await chat.tabTo(page.getByRole('radio', { name: 'System', exact: true }))
  await keyboard.press('ArrowDown')
  await keyboard.press('ArrowDown')
  await expect(page.getByRole('radio', { name: 'Dark', exact: true })).toBeChecked()
  await keyboard.press('Escape')
  await expect(page).toHaveURL(`${app.origin}/`)
  await expect(chat.button('Settings')).toBeFocused()
  await expect(chat.replies).toHaveCount(2)

  await keyboard.press('Control+Shift+O')
  await expect(chat.message).toBeFocused()
  await expect(chat.questions).toHaveCount(0)
  await go(chat.button('Undo'))
  await expect(chat.replies).toHaveCount(2)
  await expect(chat.message).toBeFocused()

  await chat.tabTo(chat.button('Sign out'))
  await keyboard.press('Enter')
  await expect(page.getByRole('textbox', { name: 'Username', exact: true })).toBeFocused()
})

test('the list of shortcuts opens by its key and its button, and never while one writes', async ({
  chat,
}) => {
  const { page, message } = chat
  const list = dialog(page, 'Keyboard shortcuts')
  await message.press('?')
  await expect(message).toHaveValue('?')
  await chat.model.focus()
  await page.keyboard.press('?')
  await chat.button('Settings').click()
  await expect(dialog(page, 'Settings')).toBeVisible()
  await page.keyboard.press('?')
  await page.keyboard.press('Escape')
  await expect(dialog(page, 'Settings')).toHaveCount(0)
  await expect(list).toHaveCount(0)

  await chat.button('Settings').press('?')
  await expect(list).toBeVisible()
  await expect(list.getByRole('definition').filter({ hasText: 'CtrlShiftO' })).toBeVisible()
  await list.getByRole('checkbox', { name: 'A question mark opens this list' }).uncheck()
  await list.getByRole('button', { name: 'Close', exact: true }).click()
  await expect(chat.button('Settings')).toBeFocused()
  await chat.button('Settings').press('?')
  await expect(list).toHaveCount(0)

  await chat.button('Keyboard shortcuts').click()
  await list.getByRole('checkbox', { name: 'A question mark opens this list' }).check()
  await page.keyboard.press('Escape')
  await expect(chat.button('Keyboard shortcuts')).toBeFocused()
  await page.keyboard.press('?')
  await expect(list).toBeVisible()
})

test.describe('on a Mac', () => {
  test('shortcuts have Command for Control', async ({ context, openTab }) => {
    await context.addInitScript(() => Object.defineProperty(navigator, 'platform', { value: 'MacIntel' }))
    const chat = await openTab()
    await chat.askAndRead('Which keys?')
    await chat.message.press('Control+Shift+O')
    await expect(chat.questions).toHaveCount(1)
    await chat.message.press('Meta+Shift+O')
    await expect(chat.questions).toHaveCount(0)
    await chat.button('Keyboard shortcuts').click()
    await expect(dialog(chat.page, 'Keyboard shortcuts')).toContainText('⌘')
  })
})

/** Ways of losing what has the focus: each begins with the conversation that it needs. */
const losses: Record<string, (chat: Chat) => Promise<void>> = {
  'a wait that ends by itself while its button has the focus': async (chat) => {
    await chat.ask('rate-limited: and then?')
    await chat.tabTo(chat.button('Try now'))
    await expect(chat.reply).toContainText('That is all.')
  },
  'Cancel waiting': async (chat) => {
    await chat.ask('limited for long: never mind')
    await chat.button('Cancel waiting').press('Enter')
    await chat.toBe('interrupted')
  },
  'Try again': async (chat) => {
    await chat.ask('forbidden: again')
    await chat.button('Try again').press('Enter')
    await chat.toBe('error')
  },
  'New chat, and the end of its Undo': async (chat) => {
    await chat.askAndRead('Gone soon')
    await chat.page.clock.install()
    await chat.button('New chat').press('Enter')
    await chat.tabTo(chat.button('Undo'))
    await chat.page.clock.runFor(11_000)
    await expect(chat.button('Undo')).toHaveCount(0)
  },
  'Send, pressed by mouse': async (chat) => {
    await chat.message.fill('slow: by mouse')
    await chat.button('Send message').click()
    await chat.toBe('streaming')
    await chat.stop()
  },
}

test.describe('the focus goes on to the message box', () => {
  test.use({ requestsMayFail: true })
  for (const [what, lose] of Object.entries(losses)) {
    test(`after ${what}`, async ({ chat }) => {
      await lose(chat)
      await expect(chat.message).toBeFocused()
    })
  }
})

/** Asks by a finger, under which Enter breaks the line, and waits for the whole reply. */
async function askByFinger(chat: Chat) {
  await chat.message.fill('ok')
  await chat.button('Send message').tap()
  await expect(chat.reply).toContainText('That is all.')
  await chat.toBe('idle')
}

/** What puts other messages in the place of those that are there, or of the start page. */
const replacements: Record<string, (chat: Chat) => Promise<void>> = {
  'the first message': askByFinger,
  'Undo of New chat': async (chat) => {
    await askByFinger(chat)
    await chat.button('New chat').tap()
    await expect(chat.replies).toHaveCount(0)
    await chat.button('Undo').tap()
    await expect(chat.replies).toHaveCount(1)
  },
  'Undo of deleting the only turn': async (chat) => {
    await askByFinger(chat)
    await chat.question.getByRole('button', { name: 'More actions', exact: true }).tap()
    await chat.page.getByRole('menuitem', { name: 'Delete turn' }).tap()
    await expect(chat.replies).toHaveCount(0)
    await chat.button('Undo').tap()
    await expect(chat.replies).toHaveCount(1)
  },
}

test.describe('under a finger the focus stays with the messages', () => {
  test.use({ viewport: { width: 390, height: 664 }, hasTouch: true, isMobile: true })
  for (const [what, replace] of Object.entries(replacements)) {
    test(`after ${what}`, async ({ chat }) => {
      await replace(chat)
      await expect(chat.page.getByRole('region', { name: 'Messages', exact: true })).toBeFocused()
    })
  }
})

test('what was chosen in the drawer leaves the focus in the page', async ({ chat }) => {
  const { page } = chat
  await page.setViewportSize({ width: 390, height: 664 })
  for (const name of ['Settings', 'Keyboard shortcuts']) {
    await chat.button('Menu').click()
    await dialog(page, 'Menu').getByRole('button', { name, exact: true }).click()
    await expect(dialog(page, name)).toBeVisible()
    await page.keyboard.press('Escape')
    await expect(dialog(page, name)).toHaveCount(0)
    await expect(chat.button('Menu')).toBeFocused()
  }
})

test('a dialog whose opener is hidden by now gives the focus to the conversation', async ({ chat }) => {
  const { page } = chat
  await chat.button('Settings').press('Enter')
  await expect(dialog(page, 'Settings')).toBeVisible()
  await page.setViewportSize({ width: 390, height: 664 })
  await page.keyboard.press('Escape')
  await expect(dialog(page, 'Settings')).toHaveCount(0)
  await expect(page.getByRole('region', { name: 'Messages', exact: true })).toBeFocused()
})

/** What each shortcut does, in a conversation of two questions with the focus in the message box. */
const shortcutsDo: Record<string, (chat: Chat) => Promise<void>> = {
  send: async ({ message, questions }) => {
    await message.fill('three?')
    await message.press('Enter')
    await expect(questions).toHaveCount(3)
  },
  'new-line': async ({ page, message, questions }) => {
    await message.fill('a line')
    await message.press('Shift+Enter')
    await page.keyboard.type('and another')
    await expect(message).toHaveValue('a line\nand another')
    await expect(questions).toHaveCount(2)
  },
  stop: async ({ askAndSee, message, toBe }) => {
    await askAndSee('slow: three')
    await message.press('Escape')
    await toBe('interrupted')
  },
  'focus-message': async ({ page, message, model }) => {
    await model.focus()
    await page.keyboard.press('Shift+Escape')
    await expect(message).toBeFocused()
  },
  search: async ({ page, message, button }) => {
    await expect(button('Search')).toBeVisible()
    await message.press('Control+f')
    await expect(page.getByRole('searchbox')).toBeFocused()
  },
  'previous-question': async ({ page, message, questions }) => {
    await message.press('Alt+ArrowDown')
    await expect(questions.last()).toBeFocused()
    await page.keyboard.press('Alt+ArrowUp')
    await expect(questions.first()).toBeFocused()
  },
  'next-question': async ({ message, questions }) => {
    await message.press('Alt+ArrowDown')
    await expect(questions.last()).toBeFocused()
  },
  quote: async ({ page, message, reply }) => {
    await reply.getByText('A mayfly lives a day').selectText()
    await page.keyboard.press('Alt+q')
    await expect(message).toHaveValue(/^> A mayfly lives a day/)
  },
  'copy-last-reply': async ({ page, message, status }) => {
    await message.press('Control+Shift+Semicolon')
    await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe(replyTo('two?'))
    await expect(status).toHaveText('Copied')
  },
  'new-chat': async ({ page, questions }) => {
    await page.keyboard.press('Control+Shift+O')
    await expect(questions).toHaveCount(0)
  },
  'show-shortcuts': async ({ page, button }) => {
    await button('Settings').press('?')
    await expect(dialog(page, 'Keyboard shortcuts')).toBeVisible()
  },
}

for (const [shortcut, act] of Object.entries(shortcutsDo)) {
  test(`the shortcut ${shortcut} does what the list says`, async ({ chat, context }) => {
    await context.grantPermissions(['clipboard-read', 'clipboard-write'])
    for (const question of ['one?', 'two?']) await chat.askAndRead(question)
    await chat.message.focus()
    await act(chat)
  })
}

test('each shortcut in the list is tried', async ({ chat }) => {
  await chat.button('Keyboard shortcuts').click()
  const list = dialog(chat.page, 'Keyboard shortcuts')
  await expect(list.getByRole('definition')).toHaveCount(Object.keys(shortcutsDo).length)
})

test('Escape that gives up a word stops no reply, in the order of one browser or the other', async ({
  chat,
}) => {
  await chat.askAndSee('slow: while I write')
  for (const composing of [{ isComposing: true }, { keyCode: 229 }]) {
    await chat.message.dispatchEvent('keydown', { key: 'Escape', ...composing })
    await chat.toBe('streaming')
  }
  await chat.message.press('Escape')
  await chat.toBe('interrupted')
})

/** What a person sees on the way to a word, and the word, in three scripts and with a dead key. */
const composed = {
  Japanese: { steps: ['n', 'に', 'にほ', 'にほん', '日本'], word: '日本' },
  Chinese: { steps: ['n', 'ni', "ni'h", "ni'hao", '你好'], word: '你好' },
  Korean: { steps: ['ㅎ', '하', '한', '한ㄱ', '한그', '한글'], word: '한글' },
  'a dead key': { steps: ['´'], word: 'é' },
}

test.describe('Enter that confirms a word', () => {
  for (const [script, { steps, word }] of Object.entries(composed)) {
    test(`in ${script} sends nothing, and the next Enter sends it once`, async ({
      chat,
      context,
      upstream,
    }) => {
      const { page } = chat
      const input = await context.newCDPSession(page)
      /** Composes the word in what has the focus, and confirms it by Enter, in the order of one browser or the other. */
      const compose = async (box: Locator, safari: boolean) => {
        for (const text of steps) {
          await input.send('Input.imeSetComposition', {
            text,
            selectionStart: text.length,
            selectionEnd: text.length,
          })
        }
        const confirm = {
          type: 'rawKeyDown',
          key: 'Process',
          code: 'Enter',
          windowsVirtualKeyCode: 229,
        } as const
        if (!safari) await input.send('Input.dispatchKeyEvent', confirm)
        if (!safari) await box.dispatchEvent('keydown', { key: 'Enter', isComposing: true })
        await input.send('Input.insertText', { text: word })
        // Safari ends the composition before it tells the key.
        if (safari) await box.dispatchEvent('keydown', { key: 'Enter', keyCode: 229 })
      }
      for (const safari of [false, true]) {
        await chat.message.focus()
        await compose(chat.message, safari)
        await expect(chat.message).toHaveValue(word)
        await expect(chat.questions).toHaveCount(safari ? 1 : 0)
        await chat.message.press('Enter')
        await expect(chat.reply).toContainText(`You asked: ${word}`)
        await expect(chat.reply).toContainText('That is all.')
        await chat.toBe('idle')
        await expect(chat.questions).toHaveCount(safari ? 2 : 1)

        await chat.button('Edit message').last().click()
        await chat.editor.fill('')
        await compose(chat.editor, safari)
        await expect(chat.editor).toHaveValue(word)
        await chat.editor.press('Escape')

        await expect(chat.button('Search')).toBeVisible()
        await page.keyboard.press('Control+f')
        const box = page.getByRole('searchbox')
        await expect(box).toBeFocused()
        const results = page.getByRole('status', { name: 'Results', exact: true })
        await compose(box, safari)
        // What was composed on the way was searched for as well, and is still being counted.
        let place = ''
        await expect(async () => {
          const last = place
          place = (await results.textContent()) ?? ''
          expect(place).toContain('of')
          expect(place).toBe(last)
        }).toPass({ intervals: [300] })
        await box.dispatchEvent('keydown', { key: 'Enter', keyCode: 229 })
        await box.dispatchEvent('keydown', { key: 'Escape', isComposing: true })
        await expect(results).toHaveText(place)
        await box.press('Escape')
        await expect(box).toHaveCount(0)
        if (!safari) await chat.message.fill('')
      }
      expect(upstream.askedFor(word)).toHaveLength(2)
    })
  }

  test('in a composition whose end is never told blocks no later Enter', async ({ chat }) => {
    await chat.message.dispatchEvent('compositionstart')
    await chat.message.fill('still here')
    await chat.message.press('Enter')
    await expect(chat.questions).toHaveText(['still here'])
    await expect(chat.reply).toContainText('That is all.')
    await chat.button('Edit message').click()
    await chat.editor.dispatchEvent('compositionstart')
    await chat.editor.fill('and here')
    await chat.editor.press('Enter')
    await expect(chat.question).toContainText('and here')
    await expect(chat.question).toContainText('2 of 2')
  })
})

longTest.describe('among 1,000 messages', () => {
  longTest.beforeEach(({ long }) => long.open(1_000))

  longTest(
    'a button keeps the focus however far its message is scrolled away, and Tab goes on from it',
    async ({ long }) => {
      const { page, scroller, conversation } = long
      const act = (name: string) =>
        conversation.locator('[aria-posinset="1000"]').getByRole('button', { name, exact: true })
      await act('Copy').focus()
      await scroller.hover()
      await page.mouse.wheel(0, -50_000)
      await expect.poll(long.distance).toBeGreaterThan(40_000)
      await long.drawn()
      await expect(act('Copy')).toBeFocused()
      await page.keyboard.press('Tab')
      await expect(act('Regenerate')).toBeFocused()
    },
  )

  longTest('End goes to the end from the beginning at one press', async ({ long }) => {
    await long.scroller.focus()
    await long.scroller.evaluate((element) => (element.scrollTop = 0))
    await expect(long.conversation.locator('[aria-posinset="1"]')).toBeInViewport()
    await long.page.keyboard.press('End')
    await long.drawn()
    expect(await long.distance()).toBeLessThanOrEqual(1)
    await expect(long.reply).toHaveAttribute('aria-posinset', '1000')
  })

  longTest('Home goes to the beginning from the end at one press', async ({ long }) => {
    await long.scroller.focus()
    await long.page.keyboard.press('Home')
    const first = long.conversation.locator('[aria-posinset="1"]')
    await expect(first).toBeInViewport()
    await long.drawn()
    const top = await first.evaluate((row) => row.getBoundingClientRect().top)
    const view = await long.scroller.evaluate((element) => element.getBoundingClientRect().top)
    expect(Math.abs(top - view)).toBeLessThanOrEqual(1)
  })

  longTest(
    'a question that is cut off at the top is gone back to before the one above it',
    async ({ long }) => {
      const { page, scroller } = long
      const row = (place: number) => long.conversation.locator(`[aria-posinset="${place}"]`)
      await page.evaluate(() => window.mayfly.reveal(window.mayfly.ids()[500] ?? '', 'start'))
      await long.drawn()
      await scroller.evaluate((element) => (element.scrollTop += 20))
      await long.drawn()
      await scroller.focus()
      for (const place of [501, 499]) {
        await page.keyboard.press('Alt+ArrowUp')
        await long.drawn()
        await expect(row(place)).toBeFocused()
        const top = (await row(place).boundingBox())?.y ?? NaN
        expect(Math.abs(top - ((await scroller.boundingBox())?.y ?? NaN))).toBeLessThanOrEqual(1)
      }
    },
  )
})

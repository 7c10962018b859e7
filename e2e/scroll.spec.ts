import type { JSHandle, Page } from '@playwright/test'
import { expect, test } from './fixtures/long.ts'
import { watchLine } from './fixtures/read-line.ts'

const isLong = process.env['MAYFLY_TEST_LONG'] === '1'
/** The seeds of the fuzz's walks, and the steps of each. In walk 18 a window changes its size near the end of the list. */
const walks = isLong ? Array.from({ length: 40 }, (_, place) => place + 1) : [1, 18]
const steps = isLong ? 100 : 40

/** What is rounded away, in px, half before and half after: letters stand between pixels, the list does not. */
const still = 1

test.use({ viewport: { width: 820, height: 700 }, hasTouch: true })

type Long = Parameters<Parameters<typeof test>[2]>[0]['long']

const ask = (page: Page) => page.evaluate(() => window.mayfly.send({ type: 'send', text: 'And then?' }))
const say = (page: Page, text: string) => page.evaluate((words) => window.mayfly.say(words), text)
/** Text of every shape, some screens of it, in one piece. */
const sayMuch = (page: Page) => page.evaluate(() => window.mayfly.say(window.mayfly.text(6_000, 9)))
const finish = (page: Page) => page.evaluate(() => window.mayfly.finish())

/** Resolves when the list has come to rest: keys and wheels may scroll it over some frames. */
const rest = ({ scroller }: Long) =>
  scroller.evaluate(
    (element) =>
      new Promise<void>((resolve) => {
        let last = NaN
        let same = 0
        const look = () => {
          same = element.scrollTop === last ? same + 1 : 0
          last = element.scrollTop
          if (same < 6) requestAnimationFrame(look)
          else resolve()
        }
        look()
      }),
  )

async function wheel(long: Long, by: number) {
  // In a small window the button that goes to the end lies over the middle.
  await long.scroller.hover({ position: { x: 20, y: 20 } })
  await long.page.mouse.wheel(0, by)
  await long.drawn()
  await rest(long)
}

/** Expects the line being read to stay where it is in every frame while `act` is done. */
async function expectStill({ page, drawn }: Long, act: () => Promise<unknown>) {
  const line = await watchLine(page)
  await act()
  await drawn()
  await drawn()
  const { moved, most, words } = await line.read()
  await line.end()
  expect(Math.max(most, Math.abs(moved ?? Infinity)), words).toBeLessThanOrEqual(still)
}

/** What came in and moved other things in the view, and not by scrolling: the browser's score, and each way down, in px. */
const watchShifts = (page: Page) =>
  page.evaluateHandle(() => {
    const shifts: { score: number; ways: number[]; what: string[] }[] = []
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        if (!('sources' in entry) || !Array.isArray(entry.sources)) continue
        if (!('value' in entry) || typeof entry.value !== 'number') continue
        const ways = entry.sources.map(({ previousRect, currentRect }) => currentRect.y - previousRect.y)
        const what = entry.sources.map(({ node }) => node?.parentElement?.outerHTML.slice(0, 200) ?? 'gone')
        shifts.push({ score: entry.value, ways, what })
      }
    }).observe({ type: 'layout-shift' })
    return shifts
  })

test('opens 10,000 messages at their end, with few of them in the page', async ({ long }) => {
  await long.open(10_000)

  expect(await long.distance()).toBeLessThanOrEqual(1)
  const articles = long.conversation.getByRole('article')
  await expect(articles.last()).toHaveAttribute('aria-posinset', '10000')
  const sizes = await articles.evaluateAll((rows) => rows.map(({ ariaSetSize }) => ariaSetSize))
  expect(sizes.length).toBeLessThan(30)
  expect(new Set(sizes)).toEqual(new Set(['10000']))
})

test('stays at the end while a reply grows, ends and is written anew', async ({ long }) => {
  const { page } = long
  await long.open(20)
  await ask(page)
  for (const text of [
    'One line.\n\n',
    '# And more\n\n',
    '- a\n- b\n- c\n\n',
    '```ts\nconst a = 1\n```\n\n',
  ]) {
    await say(page, text.repeat(9))
    await long.drawn()
    expect(await long.distance()).toBeLessThanOrEqual(1)
  }
  await finish(page)
  await long.drawn()
  expect(await long.distance()).toBeLessThanOrEqual(1)

  await page.evaluate(() => window.mayfly.send({ type: 'regenerate', id: window.mayfly.ids().at(-1) ?? '' }))
  await long.drawn()
  expect(await long.distance()).toBeLessThanOrEqual(1)
  await sayMuch(page)
  await long.drawn()
  expect(await long.distance()).toBeLessThanOrEqual(1)
})

for (const width of [390, 820]) {
  test(`follows the reply to each question at ${width} px, however far its height was guessed amiss`, async ({
    long,
  }) => {
    const { page } = long
    await page.setViewportSize({ width, height: 700 })
    await long.open(4)
    for (const lines of [1, 2, 3, 4, 5, 2, 8, 1, 12]) {
      const text = Array.from({ length: lines }, () => 'A line of words?').join('\n')
      // The message box takes room from the list, and gives it back when it is emptied.
      await long.message.fill(text)
      await long.button('Send message').click()
      await long.drawn()
      for (let piece = 0; piece < 5; piece++) {
        expect(await long.distance(), `after ${lines} lines`).toBeLessThanOrEqual(1)
        await say(page, 'One more paragraph of it.\n\n')
        await long.drawn()
      }
      await finish(page)
      await long.drawn()
      expect(await long.distance(), `after ${lines} lines`).toBeLessThanOrEqual(1)
    }
  })
}

test('moves nothing in the view while a reply is followed, but columns that widen, and those to the side only', async ({
  long,
}) => {
  const { page } = long
  await long.open(20)
  await ask(page)
  await long.drawn()
  // The buttons of the bar come in one by one.
  await expect(long.button('Copy conversation')).toBeVisible()
  const text = await page.evaluate(() => window.mayfly.text(6_000, 5))
  const blocks = text.split('\n\n')
  // A table's columns widen, words of two directions take their order in a line, and an item turns out to be a task once
  // its box is closed: all to the side only.
  const movesAside = (block: string) => /^\||^- \[|[\u0590-\u05ff]/.test(block)
  const shifts = await watchShifts(page)
  await page.evaluate(
    (words) => window.mayfly.stream(words, 500),
    blocks.filter((block) => !movesAside(block)).join('\n\n'),
  )
  await long.drawn()
  expect(await long.distance()).toBeLessThanOrEqual(1)
  expect(await shifts.jsonValue()).toEqual([])

  await page.evaluate(
    (words) => window.mayfly.stream(words, 500),
    `\n\n${blocks.filter(movesAside).join('\n\n')}\n\nThat is all.`,
  )
  await finish(page)
  await long.drawn()
  expect(await long.distance()).toBeLessThanOrEqual(1)
  const ways = (await shifts.jsonValue()).flatMap(({ ways }) => ways)
  expect(ways.length).toBeGreaterThan(0)
  expect(new Set(ways)).toEqual(new Set([0]))
})

test('leaves a reader who scrolled up where they are, by a wheel, a key, a finger, the scrollbar or Tab', async ({
  long,
}) => {
  const { page, scroller } = long
  await long.open(40)
  await ask(page)
  await sayMuch(page)
  await long.drawn()
  const toEnd = long.button('Scroll to bottom')
  const ways: Record<string, () => Promise<unknown>> = {
    wheel: () => wheel(long, -40),
    PageUp: () => page.keyboard.press('PageUp'),
    ArrowUp: () => page.keyboard.press('ArrowUp'),
    Home: () => page.keyboard.press('Home'),
    scrollbar: () => scroller.evaluate((element) => (element.scrollTop -= 20_000)),
    'a pixel': () => scroller.evaluate((element) => (element.scrollTop -= 2)),
    Tab: () => page.keyboard.press('Tab'),
    finger: async () => {
      const session = await page.context().newCDPSession(page)
      const at = (y: number) => [{ x: 400, y }]
      await session.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: at(300) })
      for (const y of [320, 340, 380, 420])
        await session.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: at(y) })
      await session.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] })
      await session.detach()
    },
  }
  for (const [way, go] of Object.entries(ways)) {
    await test.step(way, async () => {
      await scroller.focus()
      await go()
      await expect(toEnd).toBeVisible()
      await rest(long)
      await expectStill(long, () => say(page, 'And it goes on.\n\n'.repeat(5)))
      await toEnd.click()
      await long.drawn()
      expect(await long.distance()).toBeLessThanOrEqual(1)
      await expect(toEnd).toBeHidden()
    })
  }
})

test('keeps the line being read when the window, the text or a message above it changes its size', async ({
  long,
}) => {
  const { page } = long
  await long.open(300)
  await wheel(long, -4_000)
  for (const size of [
    { width: 390, height: 664 },
    { width: 390, height: 340 },
    { width: 1_280, height: 900 },
  ])
    await expectStill(long, () => page.setViewportSize(size))
  await expectStill(long, () => page.evaluate(() => window.mayfly.preferences.setDensity('compact')))
  await expectStill(long, () => page.evaluate(() => window.mayfly.preferences.setTheme('dark')))
  await expectStill(long, () =>
    page.evaluate(() => document.documentElement.style.setProperty('font-size', '24px')),
  )
  await expectStill(long, () =>
    long.conversation
      .getByRole('article')
      .first()
      .evaluate((row) => row.style.setProperty('padding-bottom', '700px')),
  )
})

test('keeps the line on top of what a reader scrolled to, also where the list changes before it could draw that', async ({
  long,
}) => {
  const { page } = long
  await long.open(100)
  await ask(page)
  await say(page, 'Yes.')
  await wheel(long, -4_000)
  await page.evaluate(() => {
    const scroller = document.getElementById('messages')
    const first = document.querySelector('[role=log] > article')
    if (!scroller || !first) throw new Error('no messages')
    scroller.scrollTop += first.getBoundingClientRect().top - scroller.getBoundingClientRect().top - 90
    window.mayfly.finish()
  })
  await rest(long)
  await expectStill(long, () =>
    page.evaluate(() => document.documentElement.style.setProperty('font-size', '24px')),
  )
})

test('keeps the line on top of what a reader scrolled to, also where a message is lower than when it was last seen', async ({
  long,
}) => {
  const { page } = long
  await page.setViewportSize({ width: 390, height: 664 })
  await long.open(4)
  for (let replies = 0; replies < 3; replies += 1) {
    await ask(page)
    await say(page, 'Words that take two lines in a small window, and one in a large one.\n\n'.repeat(40))
    await finish(page)
    await long.drawn()
  }
  await page.setViewportSize({ width: 1_280, height: 664 })
  await long.drawn()
  // The reply above the first message in the page is taken for as high as it was in the small window.
  const first = long.conversation.getByRole('article').first()
  await expect(first).toHaveAccessibleName('You said')
  await first.evaluate((row) => {
    const scroller = document.getElementById('messages')
    if (!scroller) throw new Error('no messages')
    scroller.scrollTop += row.getBoundingClientRect().top - scroller.getBoundingClientRect().top - 190
  })
  await rest(long)
  await expectStill(long, () => page.setViewportSize({ width: 390, height: 664 }))
})

test('keeps what is read in place when reasoning above the end is opened', async ({ long }) => {
  const { page } = long
  await long.open(4)
  await ask(page)
  await page.evaluate(() => {
    window.mayfly.answer({ type: 'reply.reasoning', text: 'It thinks.\n\n'.repeat(60) })
    window.mayfly.say('And says it.\n\n'.repeat(4))
    window.mayfly.finish()
  })
  await long.drawn()
  const summary = long.reply.locator('summary')
  const before = await summary.boundingBox()
  await summary.click()
  await long.drawn()
  expect((await summary.boundingBox())?.y).toBe(before?.y)
})

test('counts what has come since the reader left the end, a growing reply as one', async ({ long }) => {
  const { page } = long
  await long.open(20)
  await ask(page)
  await sayMuch(page)
  await long.drawn()
  const toEnd = long.button('Scroll to bottom')
  await expect(toEnd).toBeHidden()
  await wheel(long, -500)
  await expect(toEnd).toHaveAccessibleDescription('1 new')
  await expect(toEnd).toHaveAccessibleName('Scroll to bottom')
  await finish(page)
  await expect(toEnd).toHaveAccessibleDescription('1 new')

  await toEnd.click()
  await wheel(long, -500)
  await expect(toEnd).toBeVisible()
  await expect(toEnd).not.toHaveAttribute('data-new')
})

test('goes from question to question by key, with the focus, also to those out of the page', async ({
  long,
}) => {
  const { page } = long
  await long.open(200)
  const focused = () => page.evaluate(() => Number(document.activeElement?.ariaPosInSet))
  const top = () =>
    long.scroller.evaluate(
      (element) =>
        (document.activeElement?.getBoundingClientRect().top ?? NaN) - element.getBoundingClientRect().top,
    )
  await page.keyboard.press('Alt+ArrowUp')
  const first = await focused()
  expect(first % 2).toBe(1)
  for (let presses = 1; presses < 30; presses += 1) {
    await page.keyboard.press('Alt+ArrowUp')
    await long.drawn()
    expect(await focused()).toBe(first - 2 * presses)
    expect(Math.abs(await top())).toBeLessThanOrEqual(still)
  }
  await page.keyboard.press('Alt+ArrowDown')
  await long.drawn()
  expect(await focused()).toBe(first - 2 * 28)
  expect(Math.abs(await top())).toBeLessThanOrEqual(still)
})

test('brings a message that is out of the page to the top or the middle, and follows no longer', async ({
  long,
}) => {
  const { page } = long
  await long.open(1_000)
  const rowOf = (place: number) => long.conversation.locator(`[aria-posinset="${place}"]`)
  const idAt = (place: number) => page.evaluate((index) => window.mayfly.ids()[index] ?? '', place - 1)
  const view = await long.scroller.boundingBox()
  if (!view) throw new Error('no view')

  await page.evaluate((id) => window.mayfly.reveal(id, 'start'), await idAt(100))
  await long.drawn()
  expect(Math.abs(((await rowOf(100).boundingBox())?.y ?? NaN) - view.y)).toBeLessThan(2)

  await page.evaluate((id) => window.mayfly.reveal(id, 'center'), await idAt(901))
  await long.drawn()
  const box = await rowOf(901).boundingBox()
  if (!box) throw new Error('not drawn')
  expect(Math.abs(box.y + box.height / 2 - view.y - view.height / 2)).toBeLessThan(2)

  await page.evaluate((id) => window.mayfly.reveal(id, 'center'), await idAt(998))
  await long.drawn()
  await expect(long.button('Scroll to bottom')).toBeVisible()
})

test('leaves a big reply in the page that scrolls out of sight, and lets go of it with the conversation', async ({
  long,
}) => {
  const { page } = long
  await long.open(100)
  await ask(page)
  await page.evaluate(() => window.mayfly.say(`Remember me. ${window.mayfly.text(30_000)}`))
  await finish(page)
  await long.drawn()
  const prose = long.conversation.locator('[aria-posinset="102"] .prose')
  const mark = await prose.evaluateHandle((element) => new WeakRef(element))
  await long.scroller.evaluate((element) => (element.scrollTop = 0))
  await expect(long.conversation.locator('[aria-posinset="1"]')).toBeVisible()
  await long.button('Scroll to bottom').click()
  await long.drawn()
  const isSame = await prose.evaluate((element, kept) => kept.deref() === element, mark)
  expect(isSame).toBe(true)

  await page.evaluate(() => window.mayfly.send({ type: 'forget' }))
  await expect(long.conversation).toBeHidden()
  await long.drawn()
  const session = await page.context().newCDPSession(page)
  await session.send('HeapProfiler.collectGarbage')
  await expect.poll(() => mark.evaluate((kept) => kept.deref() === undefined)).toBe(true)
})

for (const way of ['a new chat, once it can’t be undone any more', 'a sign-out'] as const)
  test(`leaves nothing of a conversation in memory after ${way}, although big replies were kept in the page`, async ({
    long,
  }) => {
    const { page } = long
    const session = await page.context().newCDPSession(page)
    const isHeld = async () => {
      let snapshot = ''
      const note = ({ chunk }: { chunk: string }) => void (snapshot += chunk)
      session.on('HeapProfiler.addHeapSnapshotChunk', note)
      await session.send('HeapProfiler.takeHeapSnapshot')
      session.off('HeapProfiler.addHeapSnapshotChunk', note)
      return snapshot.includes('Ephemeroptera')
    }
    await page.clock.install()
    await long.open(100)
    await ask(page)
    // In two parts, or the code of this call would hold it.
    await page.evaluate(() => window.mayfly.say('An insect of Ephemer'))
    await page.evaluate(() => window.mayfly.say(`optera.\n\n${window.mayfly.text(30_000)}`))
    await finish(page)
    await long.drawn()
    await long.scroller.evaluate((element) => (element.scrollTop = 0))
    await expect(long.conversation.locator('[aria-posinset="1"]')).toBeVisible()
    expect(await isHeld()).toBe(true)
    if (way === 'a sign-out') {
      await page.evaluate(() => window.mayfly.send({ type: 'forget' }))
    } else {
      await page.evaluate(() => window.mayfly.send({ type: 'new chat' }))
      expect(await isHeld()).toBe(true)
      await page.clock.fastForward(10_000)
      await expect(long.button('Undo')).toHaveCount(0)
    }
    await expect(long.conversation).toBeHidden()
    await expect.poll(isHeld).toBe(false)
  })

/** Random whole numbers from 0 up to one less than asked for, the same ones for the same seed. */
function createDice(seed: number) {
  let state = seed
  return (sides: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 4_294_967_296) * sides)
  }
}

const pieces = [
  'And it goes on with a few more words. ',
  'One more paragraph.\n\n',
  '\n\n- an item\n- another item that is long enough to be broken where the window is small\n',
  '\n\n```ts\nconst wings = 4\nconst days = 1\n',
  '```\n\nAfter the code.\n\n',
  '\n\n$$x^2$$\n\n',
  '\n\n| a | b |\n|---|---|\n| 1 | 2 |\n',
  'Many words. '.repeat(80),
]

/** What is done to the list in one step: by the reader, who then is elsewhere, or around a reader who must not be moved. */
type Act = {
  by: 'reader' | 'jumper' | 'others' | 'changer' | 'asker'
  name: string
  act: () => Promise<unknown>
}

function createActs(long: Long, dice: (sides: number) => number): () => Act {
  const { page, scroller } = long
  const touch = async (way: number) => {
    const session = await page.context().newCDPSession(page)
    const at = (y: number) => [{ x: 300, y }]
    await session.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: at(250) })
    for (const part of [0.2, 0.5, 1])
      await session.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: at(250 + way * part) })
    await session.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] })
    await session.detach()
  }
  const row = () =>
    page.evaluate((number) => {
      const rows = [...document.querySelectorAll<HTMLElement>('[role=log] > article')]
      const chosen = rows[number % rows.length]
      if (!chosen) return
      const more = chosen.querySelector<HTMLElement>('[data-more]')
      if (more) return more.remove()
      const block = document.createElement('div')
      block.dataset['more'] = ''
      block.style.height = `${(number % 7) * 45 + 20}px`
      chosen.prepend(block)
    }, dice(1_000))
  const version = () =>
    page.evaluate((number) => {
      const ids = window.mayfly.ids().slice(-40)
      const several = ids.filter((id) => window.mayfly.versionsOf(id).length > 1)
      const versions = window.mayfly.versionsOf(several[number % several.length] ?? '')
      const id = versions[number % versions.length]
      const isOther = id !== undefined && !ids.includes(id)
      if (isOther) window.mayfly.send({ type: 'choose', id })
      return isOther
    }, dice(1_000))
  const fold = () =>
    page.evaluate((number) => {
      const view = document.getElementById('messages')?.getBoundingClientRect()
      const seen = [...document.querySelectorAll('summary')].filter((summary) => {
        const { top, bottom } = summary.getBoundingClientRect()
        return view && top >= view.top && bottom <= view.bottom
      })
      seen[number % seen.length]?.click()
      return seen.length > 0
    }, dice(1_000))
  const press = async (key: string) => {
    await scroller.evaluate((element) => element.focus({ preventScroll: true }))
    await page.keyboard.press(key)
  }
  const keys = ['PageUp', 'PageDown', 'Home', 'End', 'ArrowUp', 'ArrowDown', 'Space', 'Shift+Space']
  const any = <T>(list: readonly T[]): T | undefined => list[dice(list.length)]

  return () => {
    const by = (who: Act['by'], name: string, act: () => Promise<unknown>): Act => ({ by: who, name, act })
    const amount = dice(900) - 600
    switch (dice(20)) {
      case 0:
      case 1:
        return by('reader', `wheel ${amount}`, () => wheel(long, amount))
      case 2: {
        const key = any(keys) ?? 'End'
        return by('reader', key, () => press(key))
      }
      case 3:
        return by('reader', `touch ${amount}`, () => touch(dice(400) - 150))
      case 4: {
        const to = dice(1_000) / 1_000
        return by('reader', `scrollbar ${to}`, () =>
          scroller.evaluate((element, part) => (element.scrollTop = element.scrollHeight * part), to),
        )
      }
      case 5: {
        const key = any(['Tab', 'Shift+Tab']) ?? 'Tab'
        return by('reader', key, () => page.keyboard.press(key))
      }
      case 19: {
        const key = any(['Alt+ArrowUp', 'Alt+ArrowDown']) ?? 'Alt+ArrowUp'
        return by('jumper', key, () => page.keyboard.press(key))
      }
      case 6:
        return by('reader', 'End', () => press('End'))
      case 7:
      case 8: {
        const size = { width: any([390, 820, 1_280]) ?? 820, height: any([340, 664, 900]) ?? 664 }
        return by('others', `window ${size.width} x ${size.height}`, () => page.setViewportSize(size))
      }
      case 9: {
        const size = any(['', '20px', '13px', '28px']) ?? ''
        return by('others', `font ${size}`, () =>
          page.evaluate((px) => document.documentElement.style.setProperty('font-size', px), size),
        )
      }
      case 10: {
        const density = any(['comfortable', 'compact'] as const) ?? 'compact'
        return by('others', density, () =>
          page.evaluate((chosen) => window.mayfly.preferences.setDensity(chosen), density),
        )
      }
      case 11:
      case 12:
        return by('others', 'a row changes', row)
      case 13:
        return by('changer', 'version', version)
      case 14:
        return by('changer', 'fold', fold)
      case 15:
        return by('asker', 'ask', async () => {
          const state = await page.evaluate(() => window.mayfly.state())
          if (state === 'sending') await say(page, 'Yes.')
          if (state !== 'idle') await finish(page)
          await ask(page)
        })
      default: {
        const piece = any(pieces) ?? ''
        return by('others', `say ${JSON.stringify(piece.slice(0, 20))}`, async () => {
          const state = await page.evaluate(() => window.mayfly.state())
          if (state !== 'sending' && state !== 'streaming') return
          await (dice(6) === 0 && state === 'streaming' ? finish(page) : say(page, piece))
        })
      }
    }
  }
}

const hasFocus = (element: JSHandle<Element | null>) =>
  element.evaluate((before) => document.activeElement === before)

for (const seed of walks) {
  test(`never moves a reader who is away, nor leaves one at the end behind, in walk ${seed}`, async ({
    long,
  }) => {
    test.setTimeout(isLong ? 900_000 : 120_000)
    const dice = createDice(seed)
    const next = createActs(long, dice)
    await long.open(30 + dice(300), seed)
    let follows = true
    let line = await watchLine(long.page)
    const story: string[] = []
    for (let step = 0; step < steps; step += 1) {
      const act = next()
      const byReader = act.by === 'reader' || act.by === 'jumper'
      const before = await long.scroller.evaluate((element) => element.scrollTop)
      const focus = await long.page.evaluateHandle(() => document.activeElement)
      const done = await act.act()
      await (byReader ? rest(long) : long.drawn())
      const { moved, most, isCut, words } = await line.read()
      const distance = await long.distance()
      const now = await long.scroller.evaluate((element) => element.scrollTop)
      story.push(`${act.name}: at ${now}, ${distance} from the end, the line moved ${moved}, at most ${most}`)
      const said = `${words}\n${story.slice(-12).join('\n')}`

      // Who asks for the end follows it, also where a jump has left them there and nothing moves.
      if (act.by === 'reader' && (now !== before || act.name === 'End')) follows = distance <= 1
      // A question that was gone to is read, also where it can't come up to the top.
      if (act.by === 'jumper' && (now !== before || !(await hasFocus(focus)))) follows = false
      if (act.by === 'changer') follows &&= distance <= 1
      if (act.by === 'asker') follows = true
      if (follows) expect(distance, said).toBeLessThanOrEqual(1)
      else if (!byReader && moved !== null && !isCut) expect(most, said).toBeLessThanOrEqual(still)
      // What is read from now on. A reader who has not moved reads what they read before, as long as it is there.
      const isIdle = now === before && (act.by === 'reader' || done === false)
      const stays = act.by === 'others' || isIdle
      if (stays && !follows && moved !== null && !isCut) continue
      await line.end()
      line = await watchLine(long.page)
    }
  })
}

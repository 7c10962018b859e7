import type { Page } from '@playwright/test'
import { expect, test } from './fixtures/long.ts'
import { watchLine } from './fixtures/read-line.ts'

/** What is rounded away, in px; a line that moves moves by more. */
const still = 0.75

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
  await long.scroller.hover()
  await long.page.mouse.wheel(0, by)
  await long.drawn()
  await rest(long)
}

/** Expects the line being read to stay where it is in every frame while `act` is done. */
async function expectStill({ page, drawn }: Long, act: () => Promise<unknown>) {
  const read = await watchLine(page)
  await act()
  await drawn()
  await drawn()
  const { moved, most, words } = await read()
  expect(Math.max(most, Math.abs(moved ?? Infinity)), words).toBeLessThan(still)
}

/** How far each thing was moved up or down in the view by what came in, and not by scrolling, in px. The caret may. */
const watchShifts = (page: Page) =>
  page.evaluateHandle(() => {
    const shifts: number[] = []
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        if (!('sources' in entry) || !Array.isArray(entry.sources)) continue
        for (const { previousRect, currentRect } of entry.sources) {
          const way = Math.abs(previousRect.y - currentRect.y)
          if (way > 0 && previousRect.width > 2) shifts.push(way)
        }
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

test('moves nothing up or down in the view while a reply is followed', async ({ long }) => {
  await long.open(20)
  await ask(long.page)
  await long.drawn()
  const shifts = await watchShifts(long.page)
  await long.page.evaluate(() => window.mayfly.stream(window.mayfly.text(4_000, 5), 500))
  await finish(long.page)
  await long.drawn()
  expect(await shifts.jsonValue()).toEqual([])
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
    expect(Math.abs(await top())).toBeLessThan(still)
  }
  await page.keyboard.press('Alt+ArrowDown')
  await long.drawn()
  expect(await focused()).toBe(first - 2 * 28)
  expect(Math.abs(await top())).toBeLessThan(still)
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

test('keeps the drawing of a big reply that scrolls out of sight, and lets go of it with the conversation', async ({
  long,
}) => {
  const { page } = long
  await long.open(100)
  await ask(page)
  await page.evaluate(() => window.mayfly.say(`Remember me. ${window.mayfly.text(30_000)}`))
  await finish(page)
  await long.drawn()
  const mark = await long.reply.locator('.prose').evaluateHandle((prose) => new WeakRef(prose))
  await long.scroller.evaluate((element) => (element.scrollTop = 0))
  await expect(long.conversation.getByText('Remember me.')).toBeHidden()
  await long.button('Scroll to bottom').click()
  await expect(long.reply.locator('.prose')).toBeVisible()
  expect(
    await mark.evaluate((kept) => kept.deref() === document.querySelector('article:last-of-type .prose')),
  ).toBe(true)

  await long.scroller.evaluate((element) => (element.scrollTop = 0))
  await long.drawn()
  await page.evaluate(() => window.mayfly.send({ type: 'forget' }))
  await expect(long.conversation).toBeHidden()
  await long.drawn()
  const session = await page.context().newCDPSession(page)
  await session.send('HeapProfiler.collectGarbage')
  await expect.poll(() => mark.evaluate((kept) => kept.deref() === undefined)).toBe(true)
})

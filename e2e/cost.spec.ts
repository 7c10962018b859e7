import type { Page } from '@playwright/test'
import { expect, test } from './fixtures/long.ts'

type Long = Parameters<Parameters<typeof test>[2]>[0]['long']

/**
 * How much of the page's code runs while `act` is done: how often each of its blocks is entered, all together. Unlike
 * time it is the same on every machine. What the browser does itself, as layout and the reading of a string, is not in
 * it: that is measured in time by the benches.
 */
async function countWork(page: Page, act: () => Promise<unknown>): Promise<number> {
  const session = await page.context().newCDPSession(page)
  await session.send('Profiler.enable')
  await session.send('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
  await session.send('Profiler.takePreciseCoverage')
  await act()
  const { result } = await session.send('Profiler.takePreciseCoverage')
  await session.detach()
  return result
    .filter(({ url }) => url.startsWith('http'))
    .flatMap(({ functions }) => functions.flatMap(({ ranges }) => ranges))
    .reduce((sum, { count }) => sum + count, 0)
}

const ask = (page: Page) => page.evaluate(() => window.mayfly.send({ type: 'send', text: 'And then?' }))

const pieces = Array.from({ length: 40 }, (_, place) => `flies on ${place}. `)

/** Counts the work of small pieces until the last of them is drawn. */
async function countPieces(long: Long): Promise<number> {
  // What took long to draw is drawn less often for a while: two pieces, each seen, and that is over.
  for (const piece of ['It ', 'slowly ']) {
    await long.page.evaluate((piece) => window.mayfly.say(piece), piece)
    await expect(long.reply).toContainText(piece.trim(), { timeout: 120_000 })
  }
  return countWork(long.page, async () => {
    for (const piece of pieces) {
      await long.page.evaluate((piece) => window.mayfly.say(piece), piece)
      await long.drawn()
    }
    await expect(long.reply).toContainText('flies on 39.', { timeout: 60_000 })
  })
}

test('a piece of a reply and a key that is typed are as little work among 10,000 messages as among 10', async ({
  long,
}) => {
  const work = []
  for (const messages of [10, 10_000]) {
    await long.open(messages)
    await ask(long.page)
    const pieces = await countPieces(long)
    const keys = await countWork(long.page, async () => {
      await long.message.pressSequentially('a mayfly is an insect')
      await long.drawn()
    })
    work.push({ pieces, keys })
  }
  const [few, many] = work
  expect(many?.pieces).toBeLessThan(1.5 * (few?.pieces ?? 0))
  expect(many?.keys).toBeLessThan(1.5 * (few?.keys ?? 0))
})

test('a browser looks at as few boxes in each frame after 5,000 paragraphs as after 1,000', async ({
  long,
}) => {
  const boxes = long.reply.locator('[data-settled]')
  for (const count of [1_000, 5_000]) {
    await long.open(2)
    await ask(long.page)
    await long.page.evaluate((text) => window.mayfly.say(text), 'A mayfly.\n\n'.repeat(count))
    await expect(long.reply.locator('.prose p')).toHaveCount(count, { timeout: 60_000 })
    await expect(boxes.and(long.reply.locator('[data-left-out]')).first()).toBeAttached()
    expect(await boxes.count()).toBeGreaterThan(20)
    expect(await boxes.count()).toBeLessThan(64)
  }
})

test('lines of code far from the view are left out of its layout, and their block is as large as with them', async ({
  long,
}) => {
  await long.open(2)
  await ask(long.page)
  const lines = Array.from({ length: 5_000 }, (_, line) =>
    line === 3_000 ? 'wide '.repeat(99) : `line ${line}`,
  )
  await long.page.evaluate((text) => window.mayfly.say(text), `\`\`\`\n${lines.join('\n')}\n`)
  await expect(long.reply.locator('pre')).toContainText('line 4999', { timeout: 60_000 })
  const measure = () =>
    long.page.evaluate(() => {
      const pre = document.querySelector('pre')
      const lines = pre?.querySelector('[data-settled] .lines')
      return {
        isLaidOut: lines?.checkVisibility({ contentVisibilityAuto: true }),
        size: [pre?.scrollWidth, pre?.scrollHeight],
      }
    })
  await expect.poll(async () => (await measure()).isLaidOut).toBe(false)
  const { size } = await measure()
  await long.page.evaluate(() => {
    for (const box of document.querySelectorAll('pre [data-left-out]')) box.removeAttribute('data-left-out')
  })
  await expect.poll(measure).toEqual({ isLaidOut: true, size })
  expect(size[0]).toBeGreaterThan(3_000)
})

test('a piece of a reply is as little work after a million characters as after a thousand', async ({
  long,
}) => {
  test.setTimeout(300_000)
  const work = []
  for (const length of [1_000, 1_000_000]) {
    await long.open(2)
    await ask(long.page)
    await long.page.evaluate(async (length) => {
      const text = window.mayfly.text(length)
      for (let at = 0; at < text.length; at += 20_000) {
        window.mayfly.say(text.slice(at, at + 20_000))
        await new Promise((resolve) => requestAnimationFrame(resolve))
      }
      window.mayfly.say('\n\n')
    }, length)
    work.push(await countPieces(long))
  }
  const [short = 0, far] = work
  expect(far).toBeLessThan(1.5 * short)
})

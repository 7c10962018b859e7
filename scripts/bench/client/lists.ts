import type { ListName } from '../../../apps/web/bench/lists/page.ts'
import type { BenchBrowser, OpenPage } from './browser.ts'

export interface ListRow {
  messages: number
  viewport: string
  list: 'Mayfly' | ListName
  /** What it took to draw the conversation, and until it was seen two frames later, in ms. */
  mountMs: number
  openMs: number
  /** Before the replies or after them, whichever is more. */
  nodes: number
  heapMB: number
  /** While replies stream: from one frame to the next, in ms, the tasks of more than 50 ms, and the main thread's share. */
  frameP50: number
  frameP99: number
  longTasks: number
  longestTaskMs: number
  busyShare: number
}

interface Setting {
  messages: number
  viewport: { width: number; height: number }
  /** One after the other: a conversation has one reply on its way at most. */
  replies: number
}

const desk = { width: 1_280, height: 800 }
const settings: readonly Setting[] = [
  { messages: 300, viewport: { width: 390, height: 664 }, replies: 3 },
  { messages: 10, viewport: desk, replies: 1 },
  { messages: 1_000, viewport: desk, replies: 1 },
  { messages: 10_000, viewport: desk, replies: 1 },
]

const tokensPerSecond = 200
/** In characters: 1,000 tokens, 5 s. */
const replyLength = 4_000
/** Who draws every row is not asked to draw 10,000, which takes minutes. */
const mostRows = 1_000

/** Opens conversations of several lengths in the chat page and in whole lists, and streams replies into them. */
export async function benchLists(chat: BenchBrowser, whole: BenchBrowser): Promise<ListRow[]> {
  const rows: ListRow[] = []
  for (const setting of settings) {
    const { messages, viewport } = setting
    const kept = { messages, viewport: `${viewport.width} x ${viewport.height}` }
    rows.push({ ...kept, list: 'Mayfly', ...(await measureChat(chat, setting)) })
    for (const list of ['marked, every row', 'React, every row'] as const) {
      if (messages > mostRows) continue
      rows.push({ ...kept, list, ...(await measureWhole(whole, list, setting)) })
    }
  }
  return rows
}

type Figures = Omit<ListRow, 'messages' | 'viewport' | 'list'>

async function measureChat(
  browser: BenchBrowser,
  { messages, viewport, replies }: Setting,
): Promise<Figures> {
  const open = await browser.open(viewport)
  const { page } = open
  const { mountMs, frameMs } = await page.evaluate((count) => window.mayfly.open(count), messages)
  const figures = await measureStreams(open, replies, (seed) =>
    page.evaluate(
      async ([length, seed, perSecond]) => {
        window.mayfly.send({ type: 'send', text: 'And then?' })
        await window.mayfly.stream(window.mayfly.text(length, seed), perSecond)
        window.mayfly.finish()
      },
      [replyLength, seed, tokensPerSecond] as const,
    ),
  )
  await open.close()
  return { mountMs, openMs: frameMs, ...figures }
}

async function measureWhole(
  browser: BenchBrowser,
  list: ListName,
  { messages, viewport, replies }: Setting,
): Promise<Figures> {
  const open = await browser.open(viewport)
  const { page } = open
  const { mountMs, frameMs } = await page.evaluate(([list, count]) => window.lists.open(list, count), [
    list,
    messages,
  ] as const)
  const figures = await measureStreams(open, replies, (seed) =>
    page.evaluate(
      ([length, seed, perSecond]) => window.lists.stream(window.lists.text(length, seed), perSecond),
      [replyLength, seed, tokensPerSecond] as const,
    ),
  )
  await open.close()
  return { mountMs, openMs: frameMs, ...figures }
}

async function measureStreams(
  { page, busy, size }: OpenPage,
  replies: number,
  stream: (seed: number) => Promise<void>,
) {
  await page.waitForTimeout(2_000)
  const sizeBefore = await size()
  await page.evaluate(() => {
    const noted = { frames: [] as number[], tasks: [] as number[] }
    window.noted = noted
    let last = performance.now()
    const note = (now: number) => {
      noted.frames.push(now - last)
      last = now
      requestAnimationFrame(note)
    }
    requestAnimationFrame(note)
    new PerformanceObserver((list) =>
      noted.tasks.push(...list.getEntries().map(({ duration }) => duration)),
    ).observe({ type: 'longtask' })
  })
  const before = await busy()
  const began = performance.now()
  for (let seed = 1; seed <= replies; seed++) await stream(seed)
  const ms = performance.now() - began
  const after = await busy()
  const sizeAfter = await size()
  const { frames, tasks } = await page.evaluate(() => window.noted)
  const sorted = frames.toSorted((a, b) => a - b)
  const quantile = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? 0
  return {
    nodes: Math.max(sizeBefore.nodes, sizeAfter.nodes),
    heapMB: Math.max(sizeBefore.heap, sizeAfter.heap) / 2 ** 20,
    frameP50: quantile(0.5),
    frameP99: quantile(0.99),
    longTasks: tasks.length,
    longestTaskMs: Math.max(0, ...tasks),
    busyShare: (after.all - before.all) / ms,
  }
}

declare global {
  interface Window {
    noted: { frames: number[]; tasks: number[] }
  }
}

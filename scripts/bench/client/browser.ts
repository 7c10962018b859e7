import { type Browser, type CDPSession, chromium, type Page } from '@playwright/test'
import { servePage } from '../../../apps/web/bench/serve-page.ts'
import { findBrowser } from '../../browser.ts'

/** What the main thread has been busy with since its page was opened, in ms. */
export interface Busy {
  all: number
  script: number
  style: number
  layout: number
}

/** A page in a browser, built as it would be for people. */
export interface OpenPage {
  page: Page
  busy(): Promise<Busy>
  /** DOM nodes in the document, and bytes of JavaScript's heap after a collection. */
  size(): Promise<{ nodes: number; heap: number }>
  close(): Promise<void>
}

export interface BenchBrowser {
  open(viewport: { width: number; height: number }): Promise<OpenPage>
  close(): Promise<void>
}

/** Serves a page of `apps/web/bench`, by its folder, and starts a browser for it. */
export async function startBrowser(folder: string): Promise<BenchBrowser> {
  const { address, close } = await servePage(folder)
  const browser = await chromium.launch({
    executablePath: await findBrowser(),
    // Chromium refuses to start its sandbox as root.
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  })
  return {
    open: (viewport) => openPage(browser, address, viewport),
    close: async () => {
      await browser.close()
      await close()
    },
  }
}

async function openPage(browser: Browser, address: string, viewport: { width: number; height: number }) {
  const context = await browser.newContext({ viewport })
  const page = await context.newPage()
  page.on('pageerror', (error) => console.error(error))
  const session = await context.newCDPSession(page)
  await session.send('Performance.enable')
  await page.goto(address)
  return {
    page,
    busy: async () => {
      const metric = await readMetrics(session)
      const ms = (name: string) => 1_000 * metric(name)
      return {
        all: ms('TaskDuration'),
        script: ms('ScriptDuration'),
        style: ms('RecalcStyleDuration'),
        layout: ms('LayoutDuration'),
      }
    },
    size: async () => {
      await session.send('HeapProfiler.collectGarbage')
      const metric = await readMetrics(session)
      return { nodes: metric('Nodes'), heap: metric('JSHeapUsedSize') }
    },
    close: () => context.close(),
  }
}

async function readMetrics(session: CDPSession): Promise<(name: string) => number> {
  const { metrics } = await session.send('Performance.getMetrics')
  return (name) => metrics.find((metric) => metric.name === name)?.value ?? 0
}

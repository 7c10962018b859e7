import { startBrowser } from './client/browser.ts'
import { benchLists, type ListRow } from './client/lists.ts'
import { benchRenderers, type RendererRow } from './client/renderers.ts'

/** Measures what a page that shows replies costs its browser, beside the usual ways to show them. */
export async function runClientBench(): Promise<{ lists: ListRow[]; renderers: RendererRow[] }> {
  const chat = await startBrowser('long')
  const whole = await startBrowser('lists')
  const lists = await benchLists(chat, whole)
  await chat.close()
  await whole.close()
  printLists(lists)

  const browser = await startBrowser('renderers')
  const renderers = await benchRenderers(browser, 1)
  await browser.close()
  printRenderers(renderers)
  return { lists, renderers }
}

function printLists(rows: readonly ListRow[]): void {
  console.log('conversations, replies of 1,000 tokens streamed into them at 200 tokens/s')
  printTable(
    [
      'messages',
      'px',
      'list',
      'drawn in / seen after ms',
      'DOM nodes',
      'heap MB',
      'frame ms p50 / p99',
      'long tasks',
      'main thread',
    ],
    rows.map((row) => [
      row.messages,
      row.viewport,
      row.list,
      `${row.mountMs.toFixed(0)} / ${row.openMs.toFixed(0)}`,
      row.nodes,
      row.heapMB.toFixed(1),
      `${row.frameP50.toFixed(1)} / ${row.frameP99.toFixed(1)}`,
      row.longTasks === 0 ? 'none' : `${row.longTasks}, longest ${row.longestTaskMs.toFixed(0)} ms`,
      `${Math.round(100 * row.busyShare)} %`,
    ]),
  )
}

function printRenderers(rows: readonly RendererRow[]): void {
  console.log('main thread, ms for 1,000 tokens at 240 tokens/s, in a reply of 1 MB')
  printTable(
    ['shape', 'renderer', 'first tenth', 'last tenth', 'last : first', 'longest wait for text, ms'],
    rows.map((row) => [
      row.shape,
      row.renderer,
      row.first.toFixed(0),
      row.last.toFixed(0),
      (row.last / row.first).toFixed(2),
      row.longestGap.toFixed(0),
    ]),
  )
}

function printTable(head: readonly string[], rows: readonly (readonly (string | number)[])[]): void {
  const line = (cells: readonly (string | number)[]) => console.log(`| ${cells.join(' | ')} |`)
  line(head)
  line(head.map(() => '---'))
  for (const row of rows) line(row)
}

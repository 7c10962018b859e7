import { createRoot } from 'solid-js'
import { afterEach, expect, test, vi } from 'vitest'
import { createPinnedRows } from './pinned-rows.ts'

afterEach(() => {
  getSelection()?.removeAllRanges()
  document.body.replaceChildren()
})

test('a selection keeps both its ends in the page, however far they are apart', async () => {
  const rows = [3, 5_000].map((index) => {
    const row = document.createElement('article')
    row.dataset['index'] = String(index)
    row.append('words')
    return row
  })
  document.body.append(...rows)
  const [first, last] = rows
  await createRoot(async (dispose) => {
    const pinned = createPinnedRows(() => document.body)
    getSelection()?.setBaseAndExtent(last?.firstChild ?? document, 2, first?.firstChild ?? document, 1)
    document.dispatchEvent(new Event('selectionchange'))
    await vi.waitFor(() => expect(pinned()).toHaveLength(200))
    expect(pinned()[0]).toBe(3)
    expect(pinned().at(-2)).toBe(201)
    expect(pinned().at(-1)).toBe(5_000)
    dispose()
  })
})

import type { RendererName } from '../../../apps/web/bench/renderers/page.ts'
import { type Shape, shapeNames } from '../../../apps/web/bench/shapes.ts'
import type { BenchBrowser } from './browser.ts'

/** The main thread's ms for 1,000 tokens of four characters, in the first and in the last tenth of a reply. */
export interface RendererRow {
  shape: Shape
  renderer: RendererName
  first: number
  last: number
  /** The longest time for which nothing of the growing reply was drawn, in its last tenth, in ms. */
  longestGap: number
}

/** Of each shape, in characters. */
const replyLength = 1_000_000
/** What 200 tokens a second bring in a frame: three or four. */
const pieceLength = 16
const pieces = 120
/** Who needs longer for that is measured by fewer pieces, in ms. */
const mostMs = 4_000
const tokenLength = 4

/** What every renderer is given; the other shapes are the harder ones, which say more of ours than of theirs. */
const forAll = new Set<Shape>(['prose of all kinds', 'one list', 'one table', 'one block of code'])
const names: Record<RendererName, 'every shape' | 'some shapes'> = {
  'lines of text': 'every shape',
  Mayfly: 'every shape',
  'streaming-markdown': 'some shapes',
  'marked, the whole anew': 'some shapes',
  'react-markdown': 'some shapes',
}

/** Has each renderer draw the same replies, and measures what a token costs at their beginning and at their end. */
export async function benchRenderers(browser: BenchBrowser): Promise<RendererRow[]> {
  const rows: RendererRow[] = []
  for (const shape of shapeNames) {
    for (const renderer of keysOf(names)) {
      if (names[renderer] === 'some shapes' && !forAll.has(shape)) continue
      const first = await measure(browser, renderer, shape, 0.05 * replyLength)
      const last = await measure(browser, renderer, shape, 0.95 * replyLength)
      rows.push({ shape, renderer, first: first.ms, last: last.ms, longestGap: last.longestGap })
    }
  }
  return rows
}

type Cost = { ms: number; longestGap: number }

async function measure(
  browser: BenchBrowser,
  renderer: RendererName,
  shape: Shape,
  from: number,
): Promise<Cost> {
  const { page, busy, close } = await browser.open({ width: 1_280, height: 800 })
  await page.evaluate(
    ([renderer, shape, length, from]) => window.renderers.begin(renderer, shape, length, from),
    [renderer, shape, replyLength, from] as const,
  )
  const before = await busy()
  const { pieces: done, longestGap } = await page.evaluate(
    ([pieces, length, ms]) => window.renderers.grow(pieces, length, ms),
    [pieces, pieceLength, mostMs] as const,
  )
  const after = await busy()
  await close()
  const tokens = (done * pieceLength) / tokenLength
  return { ms: ((after.all - before.all) / tokens) * 1_000, longestGap }
}

const keysOf = <Key extends string>(record: Record<Key, unknown>) =>
  Object.keys(record).filter((key): key is Key => key in record)

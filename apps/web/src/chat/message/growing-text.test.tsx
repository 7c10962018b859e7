import { createRoot, createSignal } from 'solid-js'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { PlainText } from './growing-text.tsx'

vi.mock('../../i18n/words.ts', () => ({}))

const [text, setText] = createSignal('')
const [live, setLive] = createSignal(true)
let root: HTMLElement
let dispose = () => {}

beforeEach(() => {
  vi.useFakeTimers()
  setText('They live ')
  setLive(true)
  root = createRoot((end) => {
    dispose = end
    const element = <PlainText text={text()} live={live()} />
    if (!(element instanceof HTMLElement)) throw new Error('not an element')
    return element
  })
})

afterEach(() => {
  dispose()
  vi.useRealTimers()
  vi.restoreAllMocks()
})

const paragraphs = () => [...root.children].map((paragraph) => paragraph.textContent)

describe('a growing text', () => {
  test('is there at once as far as it has come', () => {
    expect(paragraphs()).toEqual(['They live '])
  })

  test('is drawn once a frame, however many pieces come in it', () => {
    const append = vi.spyOn(Text.prototype, 'appendData')
    for (const piece of ['but ', 'a ', 'day.']) setText((before) => before + piece)
    expect(paragraphs()).toEqual(['They live '])
    vi.advanceTimersByTime(20)
    expect(paragraphs()).toEqual(['They live but a day.'])
    expect(append).toHaveBeenCalledOnce()
  })

  test('keeps the node that is already there, so that a selection in it stays', () => {
    const node = root.firstChild?.firstChild
    setText((before) => `${before}but a day.\n\nIn that day`)
    vi.advanceTimersByTime(20)
    setLive(false)
    vi.advanceTimersByTime(20)
    expect(root.firstChild?.firstChild).toBe(node)
    expect(paragraphs()).toEqual(['They live but a day.', 'In that day'])
  })

  test('finds its paragraphs wherever the pieces are cut', () => {
    for (const piece of ['but\n', 'a day.\n', '\n', '\nIn that day']) {
      setText((before) => before + piece)
      vi.advanceTimersByTime(20)
    }
    expect(paragraphs()).toEqual(['They live but\na day.', 'In that day'])
  })

  test('is drawn as soon as a hidden page is shown, for which no frame comes', () => {
    vi.stubGlobal('requestAnimationFrame', () => 1)
    setText((before) => `${before}but a day.`)
    vi.advanceTimersByTime(1_000)
    expect(paragraphs()).toEqual(['They live '])
    document.dispatchEvent(new Event('visibilitychange'))
    expect(paragraphs()).toEqual(['They live but a day.'])
    vi.unstubAllGlobals()
  })
})

import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { copiedMs, copyCode } from './copy-code.tsx'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function drawCode(): { button: HTMLButtonElement; press: () => Promise<void> } {
  const figure = document.createElement('figure')
  figure.className = 'code'
  const button = document.createElement('button')
  button.append(document.createElementNS('http://www.w3.org/2000/svg', 'svg'))
  button.firstElementChild?.setAttribute('id', 'own')
  const code = document.createElement('code')
  code.textContent = 'rm -i old\n'
  figure.append(button, code)
  document.body.replaceChildren(figure)
  const press = async () => {
    const event = new MouseEvent('click')
    Object.defineProperty(event, 'target', { value: button.firstElementChild })
    await copyCode(event)
  }
  return { button, press }
}

test('code is copied without its last line end', async () => {
  const writeText = vi.fn<(text: string) => Promise<void>>(async () => {})
  vi.stubGlobal('navigator', { clipboard: { writeText } })
  await drawCode().press()
  expect(writeText).toHaveBeenCalledWith('rm -i old')
  vi.unstubAllGlobals()
})

test('a button pressed twice has its own drawing back in the end', async () => {
  vi.stubGlobal('navigator', { clipboard: { writeText: async () => {} } })
  const { button, press } = drawCode()
  const isOwn = () => button.firstElementChild?.id === 'own'
  await press()
  expect(isOwn()).toBe(false)
  vi.advanceTimersByTime(copiedMs - 100)
  await press()
  vi.advanceTimersByTime(copiedMs - 100)
  expect(isOwn()).toBe(false)
  vi.advanceTimersByTime(100)
  expect(isOwn()).toBe(true)
  vi.unstubAllGlobals()
})

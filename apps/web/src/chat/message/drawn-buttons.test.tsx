import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { drawWhole } from '../../markdown/reply.fixture.ts'
import { copiedMs } from '../copied.ts'
import { pressDrawnButton } from './drawn-buttons.tsx'

const writeText = vi.fn<(text: string) => Promise<void>>()
const write = vi.fn<(items: { content: Record<string, Blob> }[]) => Promise<void>>()

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('navigator', {
    clipboard: {
      writeText: writeText.mockReset().mockResolvedValue(),
      write: write.mockReset().mockResolvedValue(),
    },
  })
  vi.stubGlobal(
    'ClipboardItem',
    class {
      readonly content: Record<string, Blob>
      constructor(content: Record<string, Blob>) {
        this.content = content
      }
    },
  )
})
afterEach(() => {
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

/** Draws a reply into the page, and gives what presses the button in it that this selects. */
function draw(markdown: string): { root: HTMLElement; press: (selector: string) => Promise<void> } {
  const root = drawWhole(markdown)
  root.className = 'prose'
  document.body.replaceChildren(root)
  const press = async (selector: string) => {
    const event = new MouseEvent('click')
    Object.defineProperty(event, 'target', { value: root.querySelector(selector) })
    await pressDrawnButton(event)
  }
  return { root, press }
}

describe('Copy code', () => {
  test('copies without the last line end', async () => {
    await draw('```sh\nrm -i old\n```').press('[data-copy] svg')
    expect(writeText).toHaveBeenCalledWith('rm -i old')
  })

  test('pressed twice has its own drawing back in the end', async () => {
    const { root, press } = draw('```\na\n```')
    const own = root.querySelector('[data-copy] svg')
    const isOwn = () => root.querySelector('[data-copy]')?.firstElementChild === own
    await press('[data-copy]')
    expect(isOwn()).toBe(false)
    vi.advanceTimersByTime(copiedMs - 100)
    await press('[data-copy]')
    vi.advanceTimersByTime(copiedMs - 100)
    expect(isOwn()).toBe(false)
    vi.advanceTimersByTime(100)
    expect(isOwn()).toBe(true)
  })
})

describe('Copy table', () => {
  const table = '| a | b |\n|---|--:|\n| *one*<br>two | [c](https://example.com) |\n'

  test('gives a spreadsheet rows of cells, and a document a table without our own attributes', async () => {
    await draw(table).press('.table [data-copy]')
    const content = write.mock.calls[0]?.[0][0]?.content
    expect(await content?.['text/plain']?.text()).toBe('a\tb\none two\tc')
    expect(await content?.['text/html']?.text()).toBe(
      '<table xmlns="http://www.w3.org/1999/xhtml"><thead><tr><th>a</th><th>b</th></tr></thead><tbody><tr><td><em>one</em><br />\ntwo</td>' +
        '<td><a href="https://example.com/">c</a></td></tr></tbody></table>',
    )
  })

  test('keeps what a formula is made of, and nothing that says how the page draws its table', async () => {
    const { root, press } = draw(table)
    const [shown, cell] = [root.querySelector('table'), root.querySelector('td')]
    if (!shown || !cell) throw new Error('no table')
    shown.className = 'fixed'
    cell.className = 'num'
    const fraction = document.createElementNS('http://www.w3.org/1998/Math/MathML', 'mfrac')
    fraction.setAttribute('linethickness', '0px')
    cell.replaceChildren(fraction)
    await press('.table [data-copy]')
    const html = await write.mock.calls[0]?.[0][0]?.content['text/html']?.text()
    expect(html).toMatch(/<td><mfrac[^>]* linethickness="0px"/)
    expect(html).not.toContain('class')
  })

  test('gives the rows alone where the browser takes no more', async () => {
    write.mockRejectedValue(new DOMException('no', 'NotAllowedError'))
    await draw(table).press('.table [data-copy]')
    expect(writeText).toHaveBeenCalledWith('a\tb\none two\tc')
  })
})

describe('a footnote', () => {
  test('takes the focus from its number and gives it back, and the address stays', async () => {
    const { root, press } = draw('One[^1] and[^b].\n\n[^1]: First.\n\n[^b]: Second.')
    const before = location.href
    await press('button[data-footnote="b"]')
    expect(document.activeElement?.textContent).toBe('Second.')
    await press('[data-label="b"] [data-back]')
    expect(document.activeElement).toBe(root.querySelector('button[data-footnote="b"]'))
    expect(location.href).toBe(before)
  })

  test('is looked for in its own reply', async () => {
    const { root, press } = draw('One[^1].\n\n[^1]: Mine.')
    const other = drawWhole('[^1]: Another.')
    other.className = 'prose'
    root.before(other)
    await press('button[data-footnote]')
    expect(document.activeElement?.textContent).toBe('Mine.')
  })
})

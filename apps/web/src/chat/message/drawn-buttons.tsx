import { createRoot } from 'solid-js'
import { Icon } from '../../ui/icon.tsx'
import { copyRich, copyText } from '../clipboard.ts'
import { copiedMs, sayCopied } from '../copied.ts'

/** What gives a button that shows the check its own drawing back. */
const checked = new WeakMap<Element, () => void>()

/** Does what a button in a reply's Markdown is for. Those are drawn with the text, without a handler of their own. */
export async function pressDrawnButton({ target }: MouseEvent): Promise<void> {
  const button = target instanceof Element ? target.closest<HTMLElement>('.prose button') : null
  if (!button) return
  if (button.hasAttribute('data-copy')) await copyBlock(button)
  else focusOtherEnd(button)
}

async function copyBlock(button: Element): Promise<void> {
  const code = button.closest('figure')?.querySelector('code')
  const table = button.parentElement?.querySelector('table')
  let copied = false
  // Without its last line end, which a shell would take as Enter.
  if (code) copied = await copyText(code.textContent.replace(/\n$/, ''))
  else if (table) copied = await copyRich(readCells(table), readHtml(table))
  sayCopied(copied)
  if (copied) showCheck(button)
}

/** A table as spreadsheets take it: a line a row, a tab between cells, formulas as they were written. */
export function readCells(table: HTMLTableElement): string {
  const read = (cell: Element) => {
    const words = cell.cloneNode(true)
    if (!(words instanceof Element)) return ''
    for (const formula of words.querySelectorAll('[data-tex]'))
      formula.replaceWith(formula.getAttribute('data-tex') ?? '')
    return words.textContent.replaceAll(/\s+/g, ' ').trim()
  }
  return [...table.rows].map((row) => [...row.cells].map(read).join('\t')).join('\n')
}

/** A table as documents take it: its elements without what our page adds to them, formulas as they are. */
function readHtml(table: HTMLTableElement): string {
  const copy = document.createElement('table')
  copy.append(...[...table.children].map((part) => part.cloneNode(true)))
  for (const element of copy.querySelectorAll('*')) {
    if (!(element instanceof HTMLElement)) continue
    for (const name of element.getAttributeNames()) if (name !== 'href') element.removeAttribute(name)
  }
  return new XMLSerializer().serializeToString(copy)
}

/** Leads from a footnote's number to the footnote and back, in one reply and without a trace in the page's history. */
function focusOtherEnd(button: HTMLElement): void {
  const find = (selector: string, name: 'footnote' | 'label', label: string | undefined) =>
    [...(button.closest('.prose')?.querySelectorAll<HTMLElement>(selector) ?? [])].find(
      ({ dataset }) => dataset[name] === label,
    )
  const end = button.hasAttribute('data-back')
    ? find('button[data-footnote]', 'footnote', button.closest<HTMLElement>('.footnote')?.dataset['label'])
    : find('.footnote[tabindex]', 'label', button.dataset['footnote'])
  end?.focus()
}

function showCheck(button: Element): void {
  checked.get(button)?.()
  const drawing = [...button.childNodes]
  const check = createRoot((dispose) => {
    const end = () => {
      clearTimeout(timer)
      checked.delete(button)
      button.replaceChildren(...drawing)
      dispose()
    }
    const timer = setTimeout(end, copiedMs)
    checked.set(button, end)
    return <Icon name="check" />
  })
  if (check instanceof Node) button.replaceChildren(check)
}

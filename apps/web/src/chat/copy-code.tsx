import { createRoot } from 'solid-js'
import { t } from '../i18n/words.ts'
import { Icon } from '../ui/icon.tsx'
import { copyText } from './clipboard.ts'
import { say } from './notes.ts'

/** How long the check stands where the button's drawing was, in ms. */
export const copiedMs = 1_500

/** What gives a button that shows the check its own drawing back. */
const checked = new WeakMap<Element, () => void>()

/** Copies the code whose button was pressed. Those buttons are drawn with the reply's Markdown, without a handler. */
export async function copyCode({ target }: MouseEvent): Promise<void> {
  const button = target instanceof Element ? target.closest('figure.code button') : null
  const code = button?.closest('figure')?.querySelector('code')
  if (!button || !code) return
  // Without its last line end, which a shell would take as Enter.
  const copied = await copyText(code.textContent.replace(/\n$/, ''))
  say(copied ? t().chat.status.copied : t().chat.status.notCopied)
  if (copied) showCheck(button)
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

import { type Accessor, createSignal, onCleanup } from 'solid-js'
import { t } from '../i18n/words.ts'
import { say } from './notes.ts'

/** How long the check stands where the button's drawing was, in ms. */
export const copiedMs = 1_500

/** Says whether something could be copied. */
export const sayCopied = (done: boolean) => say(done ? t().chat.status.copied : t().chat.status.notCopied)

/** Whether something was copied just now, and what notes that it was, or that it could not be. */
export function createCopied(): [copied: Accessor<boolean>, note: (done: boolean) => void] {
  const [copied, setCopied] = createSignal(false)
  let timer: ReturnType<typeof setTimeout> | undefined
  onCleanup(() => clearTimeout(timer))
  return [
    copied,
    (done) => {
      setCopied(done)
      clearTimeout(timer)
      timer = setTimeout(() => setCopied(false), copiedMs)
    },
  ]
}

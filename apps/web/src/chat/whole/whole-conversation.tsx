import { onCleanup, onMount } from 'solid-js'
import { wholeWords as words } from '../../i18n/en-whole.ts'
import { t } from '../../i18n/words.ts'
import { IconButton } from '../../ui/icon-button.tsx'
import { copyRich, copyText } from '../clipboard.ts'
import { useConversation } from '../conversation.tsx'
import { createCopied, sayCopied } from '../copied.ts'
import { say } from '../notes.ts'
import { saidIn } from '../said.ts'
import { keysOf } from '../shortcuts.ts'
import { drawForPrint } from './print.ts'
import { selectedParts } from './selection.ts'
import { partOf, toHtml, toMarkdown } from './words.ts'

/**
 * Has what takes the whole conversation take what is not drawn too: selecting all of it, copying what is selected, and
 * printing; and the button that copies it.
 */
export function WholeConversation() {
  const { actor } = useConversation()
  const said = () => saidIn(actor.getSnapshot().context)
  const list = () => document.getElementById('messages')

  const copySelected = (event: ClipboardEvent) => {
    const selection = getSelection()
    const log = list()?.querySelector('.log')
    if (event.defaultPrevented || isBox(event.target) || !selection?.rangeCount || !log) return
    const parts = selectedParts(selection.getRangeAt(0), log, said())
    if (!parts || !event.clipboardData) return
    const html = toHtml(parts)
    event.clipboardData.setData('text/plain', toMarkdown(parts))
    if (html !== null) event.clipboardData.setData('text/html', html)
    event.preventDefault()
    say(t().chat.status.copied)
  }

  const selectAll = (event: KeyboardEvent) => {
    const log = list()?.querySelector('.log')
    if (event.defaultPrevented || isBox(event.target) || keysOf(event) !== 'Mod+A' || !log) return
    if (!list()?.contains(document.activeElement)) return
    event.preventDefault()
    const range = new Range()
    // Around the list, and not from its first row to its last: rows come and go.
    range.selectNode(log)
    const selection = getSelection()
    selection?.removeAllRanges()
    selection?.addRange(range)
  }

  let printed: HTMLElement | undefined
  let readFrom = 0
  const drawAll = () => {
    const scroller = list()
    if (!scroller) return
    readFrom = scroller.scrollTop
    printed?.remove()
    printed = drawForPrint(actor.getSnapshot().context)
    scroller.after(printed)
  }
  const removeAll = () => {
    printed?.remove()
    printed = undefined
    const scroller = list()
    if (scroller && scroller.scrollTop !== readFrom) scroller.scrollTop = readFrom
  }

  onMount(() => {
    const left = new AbortController()
    const { signal } = left
    document.addEventListener('copy', copySelected, { signal })
    document.addEventListener('keydown', selectAll, { signal })
    window.addEventListener('beforeprint', drawAll, { signal })
    window.addEventListener('afterprint', removeAll, { signal })
    onCleanup(() => {
      left.abort()
      printed?.remove()
    })
  })

  const [copied, noteCopied] = createCopied()
  const copy = async () => {
    const parts = said().map(partOf)
    const [markdown, html] = [toMarkdown(parts), toHtml(parts)]
    const done = await (html === null ? copyText(markdown) : copyRich(markdown, html))
    sayCopied(done)
    noteCopied(done)
  }
  return <IconButton name={copied() ? 'check' : 'copy'} words={words.copy} act={() => void copy()} />
}

/** Whether something has text and a selection of its own. */
const isBox = (target: EventTarget | null): boolean =>
  target instanceof Element && target.matches('input, textarea, select')

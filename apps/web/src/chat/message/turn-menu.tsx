import type { Turn } from '@mayfly/machines'
import { For, onCleanup, onMount, Show } from 'solid-js'
import { turnWords } from '../../i18n/en-turns.ts'
import { t } from '../../i18n/words.ts'
import { copyText } from '../clipboard.ts'
import { isComposing } from '../composer.tsx'
import { isBusy, select, useConversation } from '../conversation.tsx'
import { sayCopied } from '../copied.ts'
import { focusNext } from '../focus.ts'
import { figuresOf } from './figures.ts'
import { plainWords } from './plain-words.ts'
import { quote } from './quote.ts'
import { hasWords } from '../said.ts'

/** Between a menu and the edges of the window, in px. */
const margin = 8

type TurnMenuProps = {
  /** The message's id. */
  id: string
  /** What opened the menu: it opens beside it. */
  button: HTMLButtonElement
  /** What was selected in the message when the menu was opened. */
  selected: string
  close: () => void
}

type Item = { words: string; act: () => void; isOff?: boolean }

/** What more can be done with a message: a menu over all else, that closes when something is done or pressed elsewhere. */
export default function TurnMenu(props: TurnMenuProps) {
  const { actor } = useConversation()
  const busy = select(actor, isBusy)
  const turn = actor.getSnapshot().context.tree.turns.get(props.id)
  let box!: HTMLDivElement

  const copy = async (words: string) => {
    sayCopied(await copyText(words))
  }
  const readDrawn = (reply: string) => {
    const prose = props.button.closest('article')?.querySelector('.prose')
    return prose ? plainWords(prose) : reply
  }
  const itemsOf = (turn: Turn): Item[] => {
    const { role, text } = turn
    const copying =
      role === 'user'
        ? { words: turnWords.copy, act: () => void copy(text) }
        : { words: turnWords.copyAsText, act: () => void copy(readDrawn(text)) }
    const quoting = { words: turnWords.quote, act: () => quote(props.selected || text) }
    const deleting = {
      words: turnWords.delete,
      isOff: busy(),
      act: () => {
        actor.send({ type: 'delete', id: role === 'user' ? turn.id : turn.parent })
        focusNext()
      },
    }
    return hasWords(text) ? [copying, quoting, deleting] : [deleting]
  }

  const items = () => [...box.querySelectorAll<HTMLElement>('[role="menuitem"]')]
  const focusItem = (place: number) =>
    items()
      .at(place % items().length)
      ?.focus({ preventScroll: true })
  const close = () => {
    props.button.focus({ preventScroll: true })
    props.close()
  }
  const choose = (item: Item) => {
    if (item.isOff) return
    close()
    item.act()
  }
  /** Hears the keys before what lies under the menu does. */
  const walk = (event: KeyboardEvent) => {
    const at = items().findIndex((item) => item === document.activeElement)
    const steps: Record<string, () => void> = {
      ArrowDown: () => focusItem(at + 1),
      ArrowUp: () => focusItem(Math.max(at, 0) - 1),
      Home: () => focusItem(0),
      End: () => focusItem(-1),
      Enter: () => items()[at]?.click(),
      ' ': () => items()[at]?.click(),
      Escape: close,
    }
    // Tab goes on from the button, as if the menu had not been there.
    if (event.key === 'Tab') close()
    const step = steps[event.key]
    if (!step || isComposing(event)) return
    event.preventDefault()
    step()
  }

  const place = () => {
    const at = props.button.getBoundingClientRect()
    const room = document.getElementById('messages')?.getBoundingClientRect()
    if (room && (at.bottom < room.top || at.top > room.bottom)) return close()
    const { width, height } = box.getBoundingClientRect()
    const { clientWidth, clientHeight } = document.documentElement
    const above = at.bottom + height + margin > clientHeight
    const top = above ? Math.max(margin, at.top - height) : at.bottom
    const fromStart = (at.left + at.right) / 2 < clientWidth / 2
    const left = fromStart ? at.left : at.right - width
    box.style.setProperty('top', `${top}px`)
    box.style.setProperty('left', `${Math.max(margin, Math.min(left, clientWidth - width - margin))}px`)
  }
  onMount(() => {
    if ('showPopover' in box) box.showPopover()
    place()
    focusItem(0)
    const left = new AbortController()
    const { signal } = left
    const leave = ({ target }: Event) => {
      if (target instanceof Node && !box.contains(target) && !props.button.contains(target)) close()
    }
    document.addEventListener('pointerdown', leave, { capture: true, signal })
    document.addEventListener('scroll', place, { capture: true, passive: true, signal })
    window.addEventListener('resize', place, { signal })
    onCleanup(() => left.abort())
  })

  return (
    <Show when={turn}>
      {(turn) => (
        <div ref={box} class="menu" popover="manual">
          <div role="menu" aria-label={t().chat.more} on:keydown={walk}>
            <For each={itemsOf(turn())}>
              {(item) => (
                <div
                  role="menuitem"
                  tabindex="-1"
                  aria-disabled={item.isOff === true}
                  onClick={() => choose(item)}
                >
                  {item.words}
                </div>
              )}
            </For>
          </div>
          <Show when={figuresOf(turn()).join(' · ')}>{(figures) => <p class="hint">{figures()}</p>}</Show>
        </div>
      )}
    </Show>
  )
}

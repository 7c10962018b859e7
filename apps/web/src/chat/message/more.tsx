import { createSignal, Show } from 'solid-js'
import { t } from '../../i18n/words.ts'
import { Icon } from '../../ui/icon.tsx'
import { createPart } from '../../ui/part.ts'
import { say } from '../notes.ts'
import { selectedIn } from './selection.ts'

/** What the button opens: it comes with the first message, so that it is there when it is wanted. */
const menu = createPart(async () => (await import('./turn-menu.tsx')).default)

/** The button of what more can be done with a message. */
export function MoreButton(props: { id: string }) {
  const [isOpen, setOpen] = createSignal(false)
  let button!: HTMLButtonElement
  let selected = ''
  // A finger's tap takes the selection away before it is a click.
  const noteSelection = () => (selected = selectedIn(button.closest('article'))?.words ?? '')
  menu.fetch()
  return (
    <>
      <button
        ref={button}
        type="button"
        class="icon"
        aria-label={t().chat.more}
        title={t().chat.more}
        aria-haspopup="menu"
        aria-expanded={isOpen()}
        onPointerDown={noteSelection}
        onClick={({ detail }) => {
          if (detail === 0) noteSelection()
          const isMissing = menu.isMissing()
          if (isMissing) say(t().chat.pieceMissing)
          menu.fetch()
          setOpen(!isMissing && !isOpen())
        }}
      >
        <Icon name="more" />
      </button>
      <Show when={isOpen() && menu.part()} keyed>
        {(TurnMenu) => (
          <TurnMenu id={props.id} button={button} selected={selected} close={() => setOpen(false)} />
        )}
      </Show>
    </>
  )
}

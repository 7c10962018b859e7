import { versionsOf } from '@mayfly/machines'
import { Show } from 'solid-js'
import { t } from '../../i18n/words.ts'
import { IconButton } from '../../ui/icon-button.tsx'
import { isBusy, select, useConversation } from '../conversation.tsx'

const words = () => t().chat.reply

/** The way from one version of a message to the others, where there are any. */
export function Versions(props: { id: string }) {
  const { actor } = useConversation()
  const busy = select(actor, isBusy)
  const tree = select(actor, ({ context }) => context.tree)
  const versions = () => versionsOf(tree(), props.id)
  const place = () => versions().indexOf(props.id)
  const choose = (step: 1 | -1, button: HTMLButtonElement) => {
    const id = versions()[place() + step]
    if (id === undefined) return
    const message = button.closest('article')
    const name = button.ariaLabel
    actor.send({ type: 'choose', id })
    // The other version has buttons of its own: the focus goes to the one that stands where this one stood.
    const buttons = [...(message?.querySelectorAll<HTMLButtonElement>('.versions button:enabled') ?? [])]
    const next = buttons.find(({ ariaLabel }) => ariaLabel === name) ?? buttons[0]
    next?.focus({ preventScroll: true })
  }
  return (
    <Show when={versions().length > 1}>
      <span class="versions">
        <IconButton
          name="chevron-left"
          words={words().previousVersion}
          disabled={busy() || place() === 0}
          act={(button) => choose(-1, button)}
        />
        <span>{words().version(place() + 1, versions().length)}</span>
        <IconButton
          name="chevron-right"
          words={words().nextVersion}
          disabled={busy() || place() === versions().length - 1}
          act={(button) => choose(1, button)}
        />
      </span>
    </Show>
  )
}

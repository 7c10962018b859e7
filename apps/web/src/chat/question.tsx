import { onMount, Show } from 'solid-js'
import { t } from '../i18n/words.ts'
import { directionOf, isComposing, sends } from './composer.tsx'
import { isBusy, select, useConversation } from './conversation.tsx'
import { focusNext, isTouch } from './focus.ts'
import { IconButton, Versions } from './message.tsx'
import { MoreButton } from './more.tsx'

const words = () => t().chat.question

type QuestionProps = {
  id: string
  text: string
  /** The text in its editor; undefined while it is not edited. Whoever draws the question keeps it. */
  edit: string | undefined
  setEdit: (text: string | undefined) => void
}

/** A question, or the editor in its place. */
export function Question(props: QuestionProps) {
  const { actor } = useConversation()
  const busy = select(actor, isBusy)
  let box!: HTMLDivElement
  const cancel = () => {
    props.setEdit(undefined)
    box.querySelector('button')?.focus({ preventScroll: true })
  }
  return (
    <Show
      when={props.edit !== undefined}
      fallback={
        <div ref={box} class="q">
          <p dir="auto">{props.text}</p>
          <IconButton
            name="edit"
            words={words().edit}
            disabled={busy()}
            act={() => props.setEdit(props.text)}
          />
          <MoreButton id={props.id} />
          <Versions id={props.id} />
        </div>
      }
    >
      <Editor {...props} busy={busy()} cancel={cancel} />
    </Show>
  )
}

function Editor(props: QuestionProps & { busy: boolean; cancel: () => void }) {
  const { actor } = useConversation()
  const text = () => props.edit ?? ''
  let box!: HTMLTextAreaElement
  onMount(() => {
    box.focus({ preventScroll: true })
    box.setSelectionRange(text().length, text().length)
  })
  const canSave = () => !props.busy && text().trim() !== ''
  const save = () => {
    if (!canSave()) return
    actor.send({ type: 'edit', id: props.id, text: text() })
    props.setEdit(undefined)
    focusNext()
  }
  return (
    <form
      class="edit"
      aria-label={words().edit}
      onSubmit={(event) => {
        event.preventDefault()
        save()
      }}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || isComposing(event)) return
        event.preventDefault()
        props.cancel()
      }}
    >
      <textarea
        ref={box}
        class="box"
        rows="1"
        aria-label={words().edit}
        dir={directionOf(text())}
        enterkeyhint={isTouch() ? 'enter' : 'send'}
        autocomplete="off"
        value={text()}
        onInput={() => props.setEdit(box.value)}
        onKeyDown={(event) => {
          if (!sends(event, isTouch())) return
          event.preventDefault()
          save()
        }}
      />
      <div>
        <span class="hint">{words().kept}</span>
        <button type="button" class="btn plain" onClick={() => props.cancel()}>
          {words().cancel}
        </button>
        <button type="submit" class="btn main" disabled={!canSave()}>
          {words().save}
        </button>
      </div>
    </form>
  )
}

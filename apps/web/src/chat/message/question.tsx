import { createSignal, onCleanup, onMount, Show } from 'solid-js'
import { t } from '../../i18n/words.ts'
import { IconButton } from '../../ui/icon-button.tsx'
import { directionOf, isComposing, sends } from '../composer.tsx'
import { isBusy, select, useConversation } from '../conversation.tsx'
import { focusNext, isTouch } from '../focus.ts'
import { keepInPlace } from '../list/keep-in-place.ts'
import { MoreButton } from './more.tsx'
import { isOpened, setOpened } from './opened.ts'
import { Versions } from './versions.tsx'

const words = () => t().chat.question

/** A question of more lines than this, as they are drawn, is folded. */
const mostLines = 12
/** No line of that many is shorter than this, unless it was ended. */
const shortLine = 20

const mayBeLong = (text: string) =>
  text.length > mostLines * shortLine || text.split('\n', mostLines + 1).length > mostLines

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
          <Words {...props} />
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

/** A question's words; of a long one the first lines, and a button that shows the others too. */
function Words(props: { id: string; text: string }) {
  let paragraph!: HTMLParagraphElement
  const [lines, setLines] = createSignal(0)
  const isLong = () => lines() > mostLines
  if (mayBeLong(props.text)) {
    const count = () => {
      const { lineHeight, paddingBlockStart, paddingBlockEnd } = getComputedStyle(paragraph)
      const height = paragraph.scrollHeight - parseFloat(paddingBlockStart) - parseFloat(paddingBlockEnd)
      setLines(Math.round(height / parseFloat(lineHeight)))
    }
    onMount(() => {
      count()
      const resized = new ResizeObserver(count)
      resized.observe(paragraph)
      onCleanup(() => resized.disconnect())
    })
  }
  return (
    <>
      <p
        ref={paragraph}
        dir="auto"
        classList={{ fold: isLong() && !isOpened(props.id) }}
        // The browser scrolls in it to what its own search finds, and to where a selection is drawn.
        onScroll={() => setOpened(props.id, true)}
      >
        {props.text}
      </p>
      <Show when={isLong()}>
        <button
          type="button"
          class="btn plain small"
          aria-expanded={isOpened(props.id)}
          onClick={({ currentTarget }) => {
            const open = !isOpened(props.id)
            // What is read on stays: the lines above those that come, or what follows those that go.
            keepInPlace(open ? paragraph : currentTarget, () => setOpened(props.id, open))
          }}
        >
          {isOpened(props.id) ? t().chat.question.showLess : t().chat.question.showAll(lines())}
        </button>
      </Show>
    </>
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

import { createEffect, createMemo, For, onMount, Show } from 'solid-js'
import { t } from '../i18n/words.ts'
import { preferences } from '../preferences.ts'
import { Icon } from '../ui/icon.tsx'
import { isBusy, select, useConversation } from './conversation.tsx'
import { focusNext, isTouch } from './focus.ts'

const words = () => t().chat.composer

type Key = Pick<KeyboardEvent, 'key' | 'shiftKey' | 'isComposing' | 'keyCode'>

/** Whether a key belongs to an input method that composes a word; Safari tells it by the key code alone. */
export const isComposing = (key: Key): boolean => key.isComposing || key.keyCode === 229

/** Whether a key sends the message. Under a finger there is no Shift to break a line with, so there Enter does. */
export const sends = (key: Key, touch: boolean): boolean =>
  key.key === 'Enter' && !key.shiftKey && !isComposing(key) && !touch

/** From this length on the browser is not left to find a draft's direction: it reads all of it at each key. */
const longDraft = 10_000
const rightToLeft = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/

/** The direction of a draft, by its first letter. */
export function directionOf(draft: string): 'auto' | 'ltr' | 'rtl' {
  if (draft.length < longDraft) return 'auto'
  const [letter = ''] = /\p{L}/u.exec(draft.slice(0, longDraft)) ?? []
  return rightToLeft.test(letter) ? 'rtl' : 'ltr'
}

/** Where a message is written. The machine holds the draft, so that no failure and no other page can lose it. */
export function Composer() {
  const { actor } = useConversation()
  const draft = select(actor, ({ context }) => context.draft)
  const busy = select(actor, isBusy)
  const isBlank = createMemo(() => draft().trim() === '')
  let box!: HTMLTextAreaElement
  createEffect(() => {
    if (box.value !== draft()) box.value = draft()
  })
  onMount(() => {
    if (!isTouch()) box.focus({ preventScroll: true })
  })
  return (
    <form
      class="composer"
      aria-label={words().form}
      onSubmit={(event) => event.preventDefault()}
      onClick={({ target, currentTarget }) => {
        if (target === currentTarget) box.focus()
      }}
    >
      <label class="sr" for="message">
        {words().message}
      </label>
      <textarea
        ref={box}
        id="message"
        rows="1"
        placeholder={words().placeholder}
        // Nothing was written yet: the placeholder stands where the page begins its lines.
        dir={draft() === '' ? undefined : directionOf(draft())}
        enterkeyhint={isTouch() ? 'enter' : 'send'}
        autocomplete="off"
        onInput={() => actor.send({ type: 'draft', text: box.value })}
        onKeyDown={(event) => {
          if (!sends(event, isTouch())) return
          event.preventDefault()
          actor.send({ type: 'send' })
        }}
      />
      <div class="left">
        <ModelPicker />
      </div>
      <button
        type="button"
        class="btn main send"
        aria-label={busy() ? words().stop : words().send}
        title={busy() ? words().stopHint : words().sendHint}
        disabled={!busy() && isBlank()}
        onClick={({ detail }) => {
          // The second click of a double click was meant for Send, and must not stop what the first one sent.
          if (detail <= 1) actor.send({ type: busy() ? 'stop' : 'send' })
          focusNext()
        }}
      >
        <Icon name={busy() ? 'stop' : 'send'} />
      </button>
    </form>
  )
}

function ModelPicker() {
  const { actor, models } = useConversation()
  const chosen = select(actor, ({ context }) => context.model)
  const isChosen = (id: string, place: number) => (chosen() === null ? place === 0 : chosen() === id)
  return (
    <div class="pick">
      <label class="sr" for="model">
        {words().model}
      </label>
      <select
        id="model"
        disabled={!models()?.length}
        onChange={({ currentTarget: { value } }) => {
          actor.send({ type: 'model', id: value })
          preferences.setModel(value)
        }}
      >
        <For
          each={models()}
          fallback={<option>{models() ? words().serversChoice : words().loadingModels}</option>}
        >
          {(model, place) => (
            <option value={model.id} selected={isChosen(model.id, place())}>
              {model.name}
            </option>
          )}
        </For>
      </select>
      <Show when={models()?.length !== 1}>
        <Icon name="chevron-down" />
      </Show>
    </div>
  )
}

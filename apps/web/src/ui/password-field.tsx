import { createSignal, createUniqueId, Show } from 'solid-js'
import { t } from '../i18n/words.ts'
import { Icon } from './icon.tsx'

/** A labelled password, which can be looked at. What is typed stays in the field and nowhere else. */
export function PasswordField(props: {
  ref: (field: HTMLInputElement) => void
  label: string
  autocomplete: 'current-password' | 'new-password'
  hint?: string
  /** The id of the words that say what is wrong with it. */
  wrong?: string | undefined
}) {
  const id = createUniqueId()
  const [shown, setShown] = createSignal(false)
  const description = () => [props.wrong, props.hint && `${id}-hint`].filter(Boolean).join(' ')
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      <div class="pick">
        <input
          ref={props.ref}
          class="box"
          id={id}
          type={shown() ? 'text' : 'password'}
          autocomplete={props.autocomplete}
          autocapitalize="none"
          spellcheck={false}
          aria-invalid={props.wrong ? true : undefined}
          aria-describedby={description() || undefined}
        />
        <button
          type="button"
          class="icon"
          aria-label={t().signIn.show}
          title={t().signIn.show}
          aria-pressed={shown()}
          onClick={() => setShown(!shown())}
        >
          <Icon name="eye" />
        </button>
      </div>
      <Show when={props.hint}>
        <p class="hint" id={`${id}-hint`}>
          {props.hint}
        </p>
      </Show>
    </div>
  )
}

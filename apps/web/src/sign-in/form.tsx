import { limits } from '@mayfly/contracts'
import { createSignal, createUniqueId, onMount, Show } from 'solid-js'
import { client } from '../client.ts'
import { t } from '../i18n/words.ts'
import { enter, refresh } from '../session.ts'
import { PasswordField } from '../ui/password-field.tsx'
import { attempt, checkUsername, type Wrong, wrongBy } from './attempt.ts'

const words = () => t().signIn

/**
 * Signs somebody in, or creates their account where `create` says so: beside signing in, or `only`. What was typed
 * stays in the fields whatever happens.
 */
export function SignInForm(props: { username?: string; create?: 'beside' | 'only' | undefined }) {
  const id = createUniqueId()
  const [wrong, setWrong] = createSignal<Wrong | null>(null)
  let username!: HTMLInputElement
  let password!: HTMLInputElement
  let isAsking = false

  onMount(() => (props.username ? password : username).focus())

  const check = (): Wrong | null => {
    const mistake = checkUsername(username.value)
    if (mistake) return mistake
    if (password.value === '') return { at: 'password', text: t().account.passwordMissing }
    return [...password.value].length > limits.passwordMax ? wrongBy('password-long') : null
  }

  const say = (mistake: Wrong) => {
    setWrong(mistake)
    if (mistake.at !== 'form') (mistake.at === 'username' ? username : password).focus()
  }

  const ask = async (way: 'signIn' | 'signUp') => {
    if (isAsking) return
    const mistake = check()
    if (mistake) return say(mistake)
    isAsking = true
    const typed = { username: username.value, password: password.value }
    const came = await attempt(() => client[way].mutate(typed))
    if ('person' in came) {
      const failure = await enter()
      if (failure) say({ at: 'form', text: t().account.failure(failure, Date.now()) })
    } else {
      say(came.wrong)
      // Somebody else may have made the owner meanwhile: the page then shows what holds now.
      if (came.wrong.at === 'form') void refresh()
    }
    isAsking = false
  }

  const wrongAt = (at: Wrong['at']) => (wrong()?.at === at ? `${id}-wrong` : undefined)

  return (
    <form
      class="form"
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        void ask(props.create === 'only' ? 'signUp' : 'signIn')
      }}
    >
      <Show when={wrong()} keyed>
        {({ text }) => (
          <p class="note wrong" role="alert" id={`${id}-wrong`}>
            {text}
          </p>
        )}
      </Show>
      <div class="field">
        <label for={`${id}-username`}>{words().username}</label>
        <input
          ref={username}
          class="box"
          id={`${id}-username`}
          type="text"
          autocomplete="username"
          autocapitalize="none"
          spellcheck={false}
          value={props.username ?? ''}
          aria-invalid={wrongAt('username') ? true : undefined}
          aria-describedby={wrongAt('username')}
        />
      </div>
      <PasswordField
        ref={(field) => (password = field)}
        label={words().password}
        autocomplete={props.create === 'only' ? 'new-password' : 'current-password'}
        {...(props.create && { hint: words().passwordHint })}
        wrong={wrongAt('password')}
      />
      <Show when={props.create !== 'only'}>
        <button class="btn main full">{words().signIn}</button>
      </Show>
      <Show when={props.create}>
        {(create) => (
          <button
            type={create() === 'only' ? 'submit' : 'button'}
            class="btn full"
            classList={{ main: create() === 'only' }}
            onClick={() => create() === 'beside' && void ask('signUp')}
          >
            {words().createAccount}
          </button>
        )}
      </Show>
    </form>
  )
}

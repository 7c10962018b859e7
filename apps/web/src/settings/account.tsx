import { createSignal, createUniqueId, onMount, Show } from 'solid-js'
import { client } from '../client.ts'
import { settingsWords } from '../i18n/en-settings.ts'
import { keepPerson, person } from '../session.ts'
import { attempt, checkUsername, type Wrong, wrongBy } from '../sign-in/attempt.ts'
import { PasswordField } from '../ui/password-field.tsx'

const words = () => settingsWords

/** Who is signed in, and the forms that change their name and password. */
export function AccountSection() {
  return (
    <section>
      <h3>{words().account}</h3>
      <p>
        {words().signedInAs} <strong>{person()?.name}</strong>, {words().roles[person()?.role ?? 'member']}
      </p>
      <Show when={!person()?.hasPassword}>
        <p class="note">{words().noPassword}</p>
      </Show>
      <NameForm />
      <PasswordForm />
    </section>
  )
}

type Said = Wrong | { at: 'done'; text: string }

function NameForm() {
  const id = createUniqueId()
  const [said, setSaid] = createSignal<Said | null>(null)
  const isWrong = () => said()?.at === 'username'
  let username!: HTMLInputElement

  // Whoever has no password yet was sent here to choose one, and a name first.
  onMount(() => !person()?.hasPassword && username.focus())

  const change = async () => {
    const mistake = checkUsername(username.value)
    const came = mistake
      ? { wrong: mistake }
      : await attempt(() => client.changeName.mutate({ username: username.value }))
    if ('person' in came) {
      keepPerson(came.person)
      setSaid({ at: 'done', text: words().nameChanged })
    } else {
      setSaid(came.wrong)
      username.focus()
    }
  }

  return (
    <form
      class="form"
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        void change()
      }}
    >
      <div class="inline-form">
        <div class="field">
          <label for={id}>{words().username}</label>
          <input
            ref={username}
            class="box"
            id={id}
            type="text"
            autocomplete="username"
            autocapitalize="none"
            spellcheck={false}
            value={person()?.name ?? ''}
            aria-invalid={isWrong() ? true : undefined}
            aria-describedby={isWrong() ? `${id}-said` : undefined}
          />
        </div>
        <button class="btn">{words().changeName}</button>
      </div>
      <Outcome id={`${id}-said`} said={said()} />
    </form>
  )
}

function PasswordForm() {
  const id = createUniqueId()
  const [said, setSaid] = createSignal<Said | null>(null)
  let form!: HTMLFormElement
  let current: HTMLInputElement | undefined
  let next!: HTMLInputElement

  const change = async (): Promise<Said> => {
    const hasPassword = person()?.hasPassword ?? false
    if (hasPassword && !current?.value) return { at: 'current', text: words().currentPasswordMissing }
    const came = await attempt(
      () =>
        client.changePassword.mutate({ ...(hasPassword && { current: current?.value }), next: next.value }),
      (problem) =>
        problem === 'wrong-credentials'
          ? { at: 'current', text: words().currentPasswordWrong }
          : wrongBy(problem),
    )
    if ('person' in came) {
      form.reset()
      keepPerson(came.person)
      return { at: 'done', text: words().passwordChanged }
    }
    return came.wrong
  }

  const submit = async () => {
    const came = await change()
    setSaid(came)
    if (came.at === 'current') current?.focus()
    if (came.at === 'password') next.focus()
  }

  const wrongAt = (at: Wrong['at']) => (said()?.at === at ? `${id}-said` : undefined)

  return (
    <form
      ref={form}
      class="form"
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        void submit()
      }}
    >
      {/* Whoever keeps passwords for the person has to know whose this one is. */}
      <input type="text" autocomplete="username" value={person()?.name ?? ''} hidden readOnly />
      <div class="inline-form">
        <Show when={person()?.hasPassword}>
          <PasswordField
            ref={(field) => (current = field)}
            label={words().currentPassword}
            autocomplete="current-password"
            wrong={wrongAt('current')}
          />
        </Show>
        <PasswordField
          ref={(field) => (next = field)}
          label={words().newPassword}
          autocomplete="new-password"
          wrong={wrongAt('password')}
        />
        <button class="btn">{words().changePassword}</button>
      </div>
      <p class="hint">{words().newPasswordHint}</p>
      <Outcome id={`${id}-said`} said={said()} />
    </form>
  )
}

/** What came of a form, in words. */
function Outcome(props: { id: string; said: Said | null }) {
  return (
    <Show when={props.said} keyed>
      {({ at, text }) => (
        <p
          id={props.id}
          class="note"
          classList={{ wrong: at !== 'done' }}
          role={at === 'done' ? 'status' : 'alert'}
        >
          {text}
        </p>
      )}
    </Show>
  )
}

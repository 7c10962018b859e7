import { Match, Show, Switch } from 'solid-js'
import { t } from '../i18n/words.ts'
import { whoAmI } from '../session.ts'
import { Mark } from '../ui/icon.tsx'
import { SignInForm } from './form.tsx'
import { LinkCommand } from './link-command.tsx'

const words = () => t().signIn

/** The way in: signing in, creating an account where that is open, or the one-time link. */
export function SignInPage() {
  const signUp = () => whoAmI()?.signUp
  const isFirst = () => signUp() === 'owner' || signUp() === 'code'
  const create = () => (signUp() === 'owner' ? 'only' : signUp() === 'open' ? 'beside' : undefined)
  return (
    <main class="door">
      <div class="field">
        <Mark />
        <h1>{isFirst() ? words().createOwner : t().app.name}</h1>
        <Switch fallback={<p>{words().promise}</p>}>
          <Match when={signUp() === 'owner'}>
            <p>{words().ownerSays}</p>
          </Match>
          <Match when={signUp() === 'code'}>
            <p>{words().ownerNeedsLink}</p>
          </Match>
        </Switch>
      </div>
      <Switch>
        <Match when={signUp() === 'code'}>
          <LinkCommand words={words().newLink} />
        </Match>
        <Match when={!isFirst() && !whoAmI()?.passwords}>
          <LinkCommand words={words().noPasswords} />
        </Match>
      </Switch>
      <Show when={create() || whoAmI()?.passwords}>
        <SignInForm create={create()} />
      </Show>
      <Show when={signUp() === 'owner'}>
        <p class="hint">{words().kept}</p>
      </Show>
    </main>
  )
}

import { onCleanup, onMount, Show } from 'solid-js'
import { t } from '../i18n/words.ts'
import { person, whoAmI } from '../session.ts'
import { Dialog } from '../ui/dialog.tsx'
import { SignInForm } from './form.tsx'
import { LinkCommand } from './link-command.tsx'

/** Lies over a conversation whose session has ended, and hides it, until somebody has signed in in this browser. */
export function SignInAgain() {
  // Said by an attribute: a style sheet that asks whether the body has such a dialog restyles all of the page for each
  // element that is added to it.
  const { dataset } = document.documentElement
  onMount(() => (dataset['covered'] = ''))
  onCleanup(() => delete dataset['covered'])
  return (
    <Dialog class="narrow opaque" labelledBy="again" describedBy="again-says">
      <div class="d-body form">
        <div class="field">
          <h2 id="again">{t().signIn.again}</h2>
          <p id="again-says">{t().signIn.againSays}</p>
        </div>
        <Show when={!person()?.hasPassword}>
          <LinkCommand words={t().signIn.noPasswordYet} />
        </Show>
        <Show when={whoAmI()?.passwords}>
          <SignInForm username={person()?.name ?? ''} />
        </Show>
      </div>
    </Dialog>
  )
}

import { Navigate, Route, Router, type RouteSectionProps, useLocation, useNavigate } from '@solidjs/router'
import { createEffect, createSignal, Match, on, onMount, type ParentProps, Show, Switch } from 'solid-js'
import { createPart } from './ui/part.ts'
import { t } from './i18n/words.ts'
import { applyPreferences } from './preferences.ts'
import { mustSignInAgain, notice, person, setNotice, signedOut, start, trouble, whoAmI } from './session.ts'
import { SignInAgain } from './sign-in/again.tsx'
import { SignInPage } from './sign-in/page.tsx'
import { Icon, Mark } from './ui/icon.tsx'

/** The chat's code is fetched once it is known that somebody is signed in. */
const chat = createPart(async () => {
  const [page, conversation] = await Promise.all([
    import('./chat/page.tsx'),
    import('./chat/conversation.tsx'),
  ])
  return { Page: page.default, Provider: conversation.ConversationProvider }
})

const settings = createPart(async () => (await import('./settings/dialog.tsx')).SettingsDialog)

/** The page. `linkCode` is that of the one-time link which it was opened by. */
export function App(props: { linkCode: string | null }) {
  createEffect(applyPreferences)
  onMount(() => void start(props.linkCode))
  return (
    <Router root={(section) => <Gate linkCode={props.linkCode}>{section.children}</Gate>}>
      <Route path="/sign-in" component={SignInPage} />
      <Route path={['/', '/settings']} component={ChatRoute} />
      <Route path="*" component={() => <Navigate href="/" />} />
    </Router>
  )
}

/** Shows each page to whom it is for, and moves the address along. The conversations' holder stands above the pages. */
function Gate(props: ParentProps<{ linkCode: string | null }>) {
  const location = useLocation()
  const navigate = useNavigate()
  const isAtSignIn = () => location.pathname === '/sign-in'

  createEffect(() => {
    const { linkCode } = props
    const somebody = person()
    if (signedOut() && !isAtSignIn()) navigate('/sign-in', { replace: true })
    if (somebody && isAtSignIn()) {
      const needsPassword = linkCode !== null && !somebody.hasPassword
      navigate(needsPassword ? '/settings' : '/', { replace: true })
    }
  })

  return (
    <>
      <Notices />
      <Switch>
        <Match when={whoAmI() === null}>
          <Waiting again={() => void start(props.linkCode)} />
        </Match>
        <Match when={signedOut() && isAtSignIn()}>{props.children}</Match>
        {/* Keyed: what one person said is gone before anything is drawn for another. */}
        <Match when={!isAtSignIn() && person()?.id} keyed>
          {(_id) => <Conversations>{props.children}</Conversations>}
        </Match>
      </Switch>
      <Show when={mustSignInAgain()}>
        <SignInAgain />
      </Show>
    </>
  )
}

/** Holds what is said above the pages, so that going from one to another loses nothing. */
function Conversations(props: ParentProps) {
  chat.fetch()
  return (
    <Show when={chat.part()} keyed fallback={<Show when={chat.isMissing()} children={<PartMissing />} />}>
      {({ Provider }) => <Provider>{props.children}</Provider>}
    </Show>
  )
}

function ChatRoute(props: RouteSectionProps) {
  const navigate = useNavigate()
  const isInSettings = () => props.location.pathname === '/settings'
  const [cameFromChat, setCameFromChat] = createSignal(false)
  createEffect(on(isInSettings, (is, was) => setCameFromChat(is && was === false)))
  const close = () => (cameFromChat() ? navigate(-1) : navigate('/', { replace: true }))
  createEffect(on(isInSettings, (is) => is && settings.fetch()))
  createEffect(() => {
    if (!isInSettings() || !settings.isMissing()) return
    setNotice('part-missing')
    close()
  })
  return (
    <>
      <Show when={chat.part()} keyed>
        {({ Page }) => <Page />}
      </Show>
      <Show when={isInSettings() && settings.part()} keyed>
        {(SettingsDialog) => <SettingsDialog close={close} />}
      </Show>
    </>
  )
}

function Waiting(props: { again: () => void }) {
  return (
    <main class="door" aria-busy={trouble() === null}>
      <div class="field">
        <Mark />
        <h1>{t().app.name}</h1>
      </div>
      <Show when={trouble()} fallback={<p class="late">{t().app.waiting}</p>}>
        <p class="note wrong" role="alert">
          {t().app.unreachable}
        </p>
        <button type="button" class="btn" onClick={() => props.again()}>
          {t().app.tryAgain}
        </button>
      </Show>
    </main>
  )
}

/** Nothing was said yet, so nothing is lost by a reload; the page does none by itself. */
function PartMissing() {
  return (
    <main class="door">
      <p class="note wrong" role="alert">
        {t().app.partMissing}
      </p>
      <button type="button" class="btn" onClick={() => location.reload()}>
        {t().app.reload}
      </button>
    </main>
  )
}

/** What the page has to say of itself, whatever it shows. */
function Notices() {
  return (
    <div class="notices" role="status">
      <Show when={notice()}>
        {(what) => (
          <div class="note">
            <p>{t().app.notices[what()]}</p>
            <button
              type="button"
              class="icon small"
              aria-label={t().app.close}
              title={t().app.close}
              onClick={() => {
                setNotice(null)
                document.querySelector<HTMLElement>('#message, main input')?.focus()
              }}
            >
              <Icon name="close" />
            </button>
          </div>
        )}
      </Show>
    </div>
  )
}

import { type ConversationActor, openBranch } from '@mayfly/machines'
import { type Component, createEffect, createSignal, onCleanup, onMount, Show } from 'solid-js'
import { t } from '../i18n/words.ts'
import { chatInfo, setNotice } from '../session.ts'
import { Icon } from '../ui/icon.tsx'
import { createPart } from '../ui/part.ts'
import { Composer, isComposing } from './composer.tsx'
import { select, useConversation } from './conversation.tsx'
import { markdown } from './message/markdown.ts'
import { PlainMessages } from './plain-messages.tsx'
import { isSearching, openSearch, searchPart, setSearching } from './search/search.ts'
import { fitAboveScreenKeyboard } from './screen-keyboard.ts'
import { onShortcut } from './shortcuts.ts'
import { beginNewChat, NewChatButton, SidePanel } from './side-panel.tsx'
import { Start } from './start.tsx'
import { StatusStrip } from './status.tsx'
import { wholePart } from './whole/whole.ts'

/** What draws messages: fetched with the first one, so that a first visit can type the sooner. */
const list = createPart(async (): Promise<Component> => (await import('./list/message-list.tsx')).default)
/** What reads replies out: also where they are read as plain text. */
const announcer = createPart(async () => (await import('./announce.tsx')).Announcer)
const shortcutList = createPart(async () => (await import('./shortcut-list.tsx')).ShortcutList)
/** A page that has been there for so long, in ms, has drawn what it had to. */
const idleMs = 1_500
/** Of a long first question, so many characters make the title. */
const longestTitle = 80

/** The chat: the conversation, and what is said and done about it. */
export default function ChatPage() {
  const { actor } = useConversation()
  const state = select(actor, ({ value }) => value)
  const tree = select(actor, ({ context }) => context.tree)
  const isEmpty = () => tree().turns.size === 0
  const [isDrawerOpen, setDrawerOpen] = createSignal(false)
  const [showsShortcuts, setShowsShortcuts] = createSignal(false)
  let menuButton!: HTMLButtonElement
  const closeDrawer = () => {
    setDrawerOpen(false)
    menuButton.focus()
  }
  const showShortcuts = () => {
    shortcutList.fetch()
    setShowsShortcuts(true)
  }
  createEffect(() => {
    if (!showsShortcuts() || !shortcutList.isMissing()) return
    setShowsShortcuts(false)
    setNotice('part-missing')
  })
  createEffect(() => {
    if (!isSearching() || !searchPart.isMissing()) return
    setSearching(false)
    setNotice('part-missing')
  })
  onShortcut('show-shortcuts', showShortcuts)
  onShortcut('new-chat', () => beginNewChat(actor))
  onShortcut('focus-message', focusMessage)
  onShortcut('search', () => !isEmpty() && openSearch())
  stopOnEscape(actor)
  fitAboveScreenKeyboard()
  fetchWhileIdle()
  onCleanup(whenWide(() => setDrawerOpen(false)))
  return (
    <>
      <a
        class="skip"
        href="#message"
        inert={isDrawerOpen()}
        onClick={(event) => {
          event.preventDefault()
          focusMessage()
        }}
      >
        {t().chat.skip}
      </a>
      <div class="app" inert={isDrawerOpen()}>
        <aside class="side" aria-label={t().chat.side}>
          <SidePanel leave={() => {}} showShortcuts={showShortcuts} />
        </aside>
        <main class="chat" data-state={state()}>
          <header class="bar">
            <button
              ref={menuButton}
              type="button"
              class="icon only-narrow"
              aria-label={t().chat.menu}
              title={t().chat.menu}
              aria-expanded={isDrawerOpen()}
              onClick={() => setDrawerOpen(true)}
            >
              <Icon name="menu" />
            </button>
            <div class="head">
              <h1 dir="auto">{titleOf(openBranch(tree())[0]?.text)}</h1>
              <Show when={chatInfo()?.upstream.kind === 'demo'}>
                <span class="badge">{t().chat.demo}</span>
              </Show>
            </div>
            <Show when={!isEmpty() && searchPart.part()} keyed>
              {({ SearchButton }) => (
                <SearchButton isOpen={isSearching()} press={() => setSearching(!isSearching())} />
              )}
            </Show>
            <Show when={!isEmpty() && wholePart.part()} keyed>
              {(WholeConversation) => <WholeConversation />}
            </Show>
            <NewChatButton class="only-narrow" />
          </header>
          <Show when={isSearching() && searchPart.part()} keyed>
            {({ SearchBar }) => <SearchBar close={() => setSearching(false)} />}
          </Show>
          <div class="viewport">
            <Show when={!isEmpty()} fallback={<Start />}>
              <Messages />
            </Show>
          </div>
          <div class="dock">
            <div class="column">
              <StatusStrip />
              <Composer />
            </div>
          </div>
        </main>
      </div>
      <Show when={isDrawerOpen()}>
        <Drawer close={closeDrawer} showShortcuts={showShortcuts} />
      </Show>
      <Show when={showsShortcuts() && shortcutList.part()} keyed>
        {(ShortcutList) => <ShortcutList close={() => setShowsShortcuts(false)} />}
      </Show>
    </>
  )
}

const focusMessage = () => document.getElementById('message')?.focus()

function titleOf(question: string | undefined): string {
  const line = question?.trim().split('\n', 1)[0]
  if (!line) return t().chat.newChat
  return line.length > longestTitle ? `${line.slice(0, longestTitle).trimEnd()}…` : line
}

function Messages() {
  list.fetch()
  announcer.fetch()
  // Together with the list, so that no reply is seen as it was written for longer than it takes.
  markdown.fetch()
  return (
    <>
      <Show
        when={list.part()}
        keyed
        fallback={<PlainMessages isMissing={list.isMissing()} fetchAgain={list.fetch} />}
      >
        {(MessageList) => <MessageList />}
      </Show>
      <Show when={announcer.part()} keyed>
        {(Announcer) => <Announcer />}
      </Show>
    </>
  )
}

/** The side panel where there is no room for it beside the chat. What lies under it can't be reached. */
function Drawer(props: { close: () => void; showShortcuts: () => void }) {
  let drawer!: HTMLDivElement
  onMount(() => drawer.querySelector('button')?.focus())
  return (
    <>
      <div class="scrim" onClick={() => props.close()} />
      <div
        ref={drawer}
        class="drawer"
        role="dialog"
        aria-modal="true"
        aria-label={t().chat.menu}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return
          event.preventDefault()
          props.close()
        }}
      >
        <SidePanel leave={props.close} showShortcuts={props.showShortcuts} />
      </div>
    </>
  )
}

/** Escape stops a reply, unless something lies over the chat or is composed: that is closed first. */
function stopOnEscape(actor: ConversationActor): void {
  const stop = (event: KeyboardEvent) => {
    if (event.key !== 'Escape' || event.defaultPrevented || isComposing(event)) return
    const closesAnother = event.target instanceof HTMLSelectElement || document.querySelector('dialog[open]')
    if (!closesAnother) actor.send({ type: 'stop' })
  }
  document.addEventListener('keydown', stop)
  onCleanup(() => document.removeEventListener('keydown', stop))
}

/** Fetches what the first reply is going to need while nobody waits for it. */
function fetchWhileIdle(): void {
  onMount(() => {
    const later = setTimeout(() => {
      list.fetch()
      announcer.fetch()
      markdown.fetch()
      searchPart.fetch()
      wholePart.fetch()
    }, idleMs)
    onCleanup(() => clearTimeout(later))
  })
}

function whenWide(act: () => void): () => void {
  const wide = matchMedia('(width >= 64rem)')
  const note = () => {
    if (wide.matches) act()
  }
  wide.addEventListener('change', note)
  return () => wide.removeEventListener('change', note)
}

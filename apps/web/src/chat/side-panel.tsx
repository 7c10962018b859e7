import type { ConversationActor } from '@mayfly/machines'
import { useNavigate } from '@solidjs/router'
import { t } from '../i18n/words.ts'
import { person, signOut } from '../session.ts'
import { Icon, Mark } from '../ui/icon.tsx'
import { useConversation } from './conversation.tsx'
import { focusNext } from './focus.ts'

const words = () => t().chat

/** What stands beside the chat, or in its drawer. `leave` is called when something in it was chosen. */
export function SidePanel(props: { leave: () => void; showShortcuts: () => void }) {
  const navigate = useNavigate()
  return (
    <>
      <div class="spread">
        <span class="brand">
          <Mark />
          <span>Mayfly</span>
        </span>
        <NewChatButton leave={props.leave} />
      </div>
      <div class="foot">
        <a class="btn plain" href="/settings" onClick={() => props.leave()}>
          <Icon name="person" />
          <span>{person()?.name}</span>
        </a>
        <button
          type="button"
          class="icon only-keyboard"
          aria-label={words().shortcuts}
          title={words().shortcuts}
          onClick={() => {
            props.leave()
            props.showShortcuts()
          }}
        >
          <Icon name="keyboard" />
        </button>
        <button
          type="button"
          class="icon"
          aria-label={words().settings}
          title={words().settings}
          onClick={() => {
            props.leave()
            navigate('/settings')
          }}
        >
          <Icon name="settings" />
        </button>
        <button
          type="button"
          class="icon"
          aria-label={words().signOut}
          title={words().signOut}
          onClick={() => void signOut()}
        >
          <Icon name="sign-out" />
        </button>
      </div>
    </>
  )
}

/** Begins a new chat, and puts the focus where its first message is written. */
export function beginNewChat(actor: ConversationActor): void {
  actor.send({ type: 'new chat' })
  focusNext()
}

export function NewChatButton(props: { leave?: () => void; class?: string }) {
  const { actor } = useConversation()
  return (
    <button
      type="button"
      class={`icon ${props.class ?? ''}`}
      aria-label={t().chat.newChat}
      title={t().chat.newChat}
      onClick={() => {
        props.leave?.()
        beginNewChat(actor)
      }}
    >
      <Icon name="plus" />
    </button>
  )
}

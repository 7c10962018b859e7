import { For, Show } from 'solid-js'
import { t } from '../i18n/words.ts'
import { chatInfo } from '../session.ts'
import { Icon, Mark } from '../ui/icon.tsx'
import { useConversation } from './conversation.tsx'
import { focusNext, passToMessages } from './focus.ts'

const words = () => t().chat.start
const isDemo = () => chatInfo()?.upstream.kind === 'demo'

/** What stands where the conversation will be: what becomes of it, and who is going to answer. */
export function Start() {
  const { actor } = useConversation()
  const ask = (tip: string) => {
    actor.send({ type: 'send', text: tip })
    focusNext()
  }
  return (
    <div
      ref={passToMessages}
      id="messages"
      class="scroll"
      tabindex="0"
      role="region"
      aria-label={t().chat.messages}
    >
      <div class="column start">
        <div>
          <Mark />
          <h2>{words().heading}</h2>
          <p class="say">
            {words().promise} {words().from} <Source />
          </p>
          <Show when={chatInfo()?.systemPrompt}>
            {(instructions) => (
              <details class="thought">
                <summary>
                  <Icon name="chevron-right" />
                  {words().instructions}
                </summary>
                <div>
                  <p dir="auto">{instructions()}</p>
                </div>
              </details>
            )}
          </Show>
        </div>
        <Show when={isDemo()}>
          <ul class="tips" aria-label={words().suggestions}>
            <For each={words().demoTips}>
              {(tip) => (
                <li>
                  <button type="button" onClick={() => ask(tip)}>
                    {tip}
                  </button>
                </li>
              )}
            </For>
          </ul>
        </Show>
      </div>
    </div>
  )
}

function Source() {
  return (
    <Show when={chatInfo()?.upstream}>
      {(upstream) => (
        <Show
          when={upstream().kind === 'demo'}
          fallback={
            <>
              <strong>{upstream().name}</strong>
              {upstream().kind === 'local' ? words().local.after : words().provider.after}
            </>
          }
        >
          {words().demo.before} <strong>{words().demo.name}</strong>
          {words().demo.after}
        </Show>
      )}
    </Show>
  )
}

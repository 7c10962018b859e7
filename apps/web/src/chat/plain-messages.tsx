import { createEffect, createMemo, Index, on, onCleanup, onMount, Show } from 'solid-js'
import { t } from '../i18n/words.ts'
import { select, useConversation } from './conversation.tsx'
import { passToMessages } from './focus.ts'
import { PlainText } from './message/growing-text.tsx'
import { saidIn } from './said.ts'

/** What is said, in words alone, until the list of messages is there. Where that can't be had, it can be tried again. */
export function PlainMessages(props: { isMissing: boolean; fetchAgain: () => void }) {
  const { actor } = useConversation()
  const said = select(actor, ({ context }) => saidIn(context))
  const openId = select(actor, ({ context }) => context.open?.id)
  let scroller!: HTMLDivElement
  let column!: HTMLDivElement
  let isAtEnd = true
  // Whoever asks wants to see the answer.
  const count = createMemo(() => said().length)
  createEffect(on(count, () => (isAtEnd = true)))
  onMount(() => {
    const resized = new ResizeObserver(() => isAtEnd && scroller.scrollTo(0, scroller.scrollHeight))
    for (const box of [scroller, column]) resized.observe(box)
    passToMessages(scroller)
    onCleanup(() => resized.disconnect())
  })
  return (
    <div
      ref={scroller}
      id="messages"
      class="scroll"
      tabindex="0"
      role="region"
      aria-label={t().chat.messages}
      onScroll={() => (isAtEnd = scroller.scrollTop + scroller.clientHeight > scroller.scrollHeight - 24)}
    >
      <div ref={column} class="column">
        <div class="said" role="log" aria-label={t().chat.conversation} aria-live="off">
          <Index each={said()}>
            {(turn) => (
              <article
                classList={{ a: turn().isReply }}
                aria-label={turn().isReply ? t().chat.assistantSaid : t().chat.youSaid}
              >
                <Show
                  when={turn().isReply}
                  fallback={
                    <div class="q">
                      <p dir="auto">{turn().text}</p>
                    </div>
                  }
                >
                  <PlainText class="prose" text={turn().text} live={turn().id === openId()} />
                </Show>
              </article>
            )}
          </Index>
        </div>
        <Show when={props.isMissing}>
          <p class="end">{t().chat.pieceMissing}</p>
          <button
            type="button"
            class="btn"
            onClick={() => {
              scroller.focus()
              props.fetchAgain()
            }}
          >
            {t().app.fetchAgain}
          </button>
        </Show>
      </div>
    </div>
  )
}

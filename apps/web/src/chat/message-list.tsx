import { openBranch, type Turn } from '@mayfly/machines'
import { createVirtualizer, defaultRangeExtractor, type Range } from '@tanstack/solid-virtual'
import { createEffect, createMemo, createSignal, For, on, onCleanup, onMount, Show } from 'solid-js'
import { t } from '../i18n/words.ts'
import { Icon } from '../ui/icon.tsx'
import { Announcer } from './announce.tsx'
import { pressDrawnButton } from './drawn-buttons.tsx'
import { isBusy, select, useConversation } from './conversation.tsx'
import { ReplyMessage } from './message.tsx'
import { createPinnedRows, withPinned } from './pinned-rows.ts'
import { Question } from './question.tsx'
import { reveal, revealed } from './reveal.ts'

/** A guess at a message's height before it has been measured, in px. */
const guess = { user: 90, assistant: 220 } as const
/** The room under the last message, in px. */
const roomAtEnd = 32
/** Within this of the end, in px, a reader is at it and follows; it is also how far they are pulled back to it. */
const atEnd = 1

/** The conversation as far as it can be seen, and a little more: other messages are not in the page. */
export default function MessageList() {
  const { actor } = useConversation()
  const tree = select(actor, ({ context }) => context.tree)
  const branch = createMemo(() => openBranch(tree()))
  const ids = createMemo(() => branch().map(({ id }) => id), undefined, {
    equals: (a, b) => a.length === b.length && a.every((id, index) => id === b[index]),
  })
  const questions = createMemo(() => branch().filter(({ role }) => role === 'user').length)

  // Kept here and not in its row, which is drawn anew when it comes back into sight.
  const [edits, setEdits] = createSignal<ReadonlyMap<string, string>>(new Map())
  const setEdit = (id: string, text: string | undefined) =>
    setEdits((before) => {
      const edits = new Map(before)
      if (text === undefined) edits.delete(id)
      else edits.set(id, text)
      return edits
    })

  let scroller!: HTMLDivElement
  const [isAway, setAway] = createSignal(false)
  const pinned = createPinnedRows(() => scroller)
  // Drawn at once, so that whoever asked for it can go on with it, and kept until another one is asked for.
  const revealedRow = createMemo(() => {
    const asked = revealed()
    return asked === null ? -1 : ids().indexOf(asked.id)
  })
  const virtualizer = createVirtualizer<HTMLDivElement, HTMLElement>({
    get count() {
      return ids().length
    },
    get getItemKey() {
      const keys = ids()
      return (index: number) => keys[index] ?? index
    },
    get rangeExtractor() {
      const rows = pinned()
      const asked = revealedRow()
      const kept = asked === -1 ? rows : [...rows, asked]
      return (range: Range) => withPinned(defaultRangeExtractor(range), kept, range.count)
    },
    // Before it is in the document the element has no window, and would be taken but never listened to.
    getScrollElement: () => (scroller?.isConnected ? scroller : null),
    estimateSize: (index) => guess[branch()[index]?.role ?? 'user'],
    anchorTo: 'end',
    scrollEndThreshold: atEnd,
    paddingEnd: roomAtEnd,
    overscan: 3,
  })
  const look = () => setAway(scroller.scrollHeight - scroller.clientHeight - scroller.scrollTop > atEnd)
  onMount(() => {
    virtualizer.scrollToEnd()
    // A window that shrinks, or a keyboard that comes up, moves the end away without a scroll.
    const resized = new ResizeObserver(() => {
      if (!isAway()) virtualizer.scrollToEnd()
    })
    resized.observe(scroller)
    onCleanup(() => resized.disconnect())
  })
  // Who asks wants to see the answer. Other messages that come in, as those of another version do, move no reader, so
  // that it isn't left to the virtualizer to follow.
  createEffect(
    on(
      questions,
      (count, before = 0) => {
        if (count > before && isBusy(actor.getSnapshot())) virtualizer.scrollToEnd()
      },
      { defer: true },
    ),
  )
  createEffect(
    on(
      revealed,
      (asked) => {
        if (asked !== null && revealedRow() !== -1)
          virtualizer.scrollToIndex(revealedRow(), { align: asked.at })
      },
      { defer: true },
    ),
  )
  /** Goes to the question before or after the message with the focus; where that is out of sight, the one on top. */
  const goToQuestion = (step: 1 | -1) => {
    const { top, bottom } = scroller.getBoundingClientRect()
    const focused = document.activeElement?.closest<HTMLElement>('[data-index]')
    const box = focused?.getBoundingClientRect()
    const isSeen = box !== undefined && box.bottom > top && box.top < bottom
    const onTop = virtualizer.getVirtualItemForOffset(scroller.scrollTop)?.index ?? 0
    const isQuestion = (index: number) => branch()[index]?.role === 'user'
    let index = isSeen ? Number(focused?.dataset['index']) : onTop
    do index += step
    while (index >= 0 && index < branch().length && !isQuestion(index))
    const question = branch()[index]
    if (!question) return
    reveal(question.id, 'start')
    const article = scroller.querySelector<HTMLElement>(`[data-index="${index}"]`)
    if (!article) return
    article.tabIndex = -1
    article.focus({ preventScroll: true })
  }

  return (
    <>
      <div
        ref={scroller}
        id="messages"
        class="scroll"
        tabindex="0"
        role="region"
        aria-label={t().chat.messages}
        onScroll={look}
        onKeyDown={(event) => {
          if (!event.altKey || (event.key !== 'ArrowUp' && event.key !== 'ArrowDown')) return
          event.preventDefault()
          goToQuestion(event.key === 'ArrowUp' ? -1 : 1)
        }}
      >
        <div class="column">
          <div
            class="log"
            role="log"
            aria-label={t().chat.conversation}
            aria-live="off"
            style={{ height: `${virtualizer.getTotalSize()}px` }}
            onClick={(event) => void pressDrawnButton(event)}
          >
            <For each={virtualizer.getVirtualItems()}>
              {(row) => (
                <Row
                  turn={branch()[row.index]}
                  index={row.index}
                  count={ids().length}
                  start={row.start}
                  measure={virtualizer.measureElement}
                  edits={edits()}
                  setEdit={setEdit}
                />
              )}
            </For>
          </div>
        </div>
      </div>
      <Show when={isAway()}>
        <button
          type="button"
          class="btn to-end small"
          aria-label={t().chat.toEnd}
          title={t().chat.toEnd}
          onClick={() => {
            virtualizer.scrollToEnd()
            scroller.focus({ preventScroll: true })
          }}
        >
          <Icon name="arrow-down" />
        </button>
      </Show>
      <Announcer />
    </>
  )
}

type RowProps = {
  turn: Turn | undefined
  index: number
  count: number
  /** Where the row begins in the log, in px. */
  start: number
  measure: (row: HTMLElement) => void
  /** The questions that are being edited, by their ids, each with its text so far. */
  edits: ReadonlyMap<string, string>
  setEdit: (id: string, text: string | undefined) => void
}

function Row(props: RowProps) {
  let article!: HTMLElement
  const isReply = () => props.turn?.role === 'assistant'
  // A row takes another version in place, and what is drawn in it by then has to be measured anew.
  createEffect(
    on(
      () => props.turn?.id,
      () => queueMicrotask(() => props.measure(article)),
    ),
  )
  return (
    <article
      ref={article}
      classList={{ a: isReply() }}
      aria-label={isReply() ? t().chat.assistantSaid : t().chat.youSaid}
      aria-setsize={props.count}
      aria-posinset={props.index + 1}
      data-index={props.index}
      style={{ transform: `translateY(${props.start}px)` }}
    >
      <Show when={props.turn?.id} keyed>
        {(id) =>
          isReply() ? (
            <ReplyMessage id={id} last={props.index === props.count - 1} />
          ) : (
            <Question
              id={id}
              text={props.turn?.text ?? ''}
              edit={props.edits.get(id)}
              setEdit={(text) => props.setEdit(id, text)}
            />
          )
        }
      </Show>
    </article>
  )
}

import { openBranch, type Tree, type Turn } from '@mayfly/machines'
import { createVirtualizer, defaultRangeExtractor, type Range } from '@tanstack/solid-virtual'
import {
  createComputed,
  createEffect,
  createMemo,
  createSignal,
  For,
  on,
  onCleanup,
  onMount,
  Show,
  untrack,
} from 'solid-js'
import { t } from '../../i18n/words.ts'
import { Icon } from '../../ui/icon.tsx'
import { createPart } from '../../ui/part.ts'
import { createBigRows } from './big-rows.ts'
import { passToMessages } from '../focus.ts'
import { pressDrawnButton } from '../message/drawn-buttons.tsx'
import { isBusy, select, useConversation } from '../conversation.tsx'
import { copyLastReply, ReplyMessage } from '../message/reply.tsx'
import { createPinnedRows, withPinned } from './pinned-rows.ts'
import { Question } from '../message/question.tsx'
import { closeAll } from '../message/opened.ts'
import { reveal, revealed } from './reveal.ts'
import { createScrolling } from './scrolling.ts'
import { isMac, onShortcut } from '../shortcuts.ts'

const quoteButton = createPart(async () => (await import('../message/quote-button.tsx')).default)

/** A guess at a message's height before it has been measured, in px. */
const guess = { user: 90, assistant: 220 } as const
/** The room under the last message, in px. */
const roomAtEnd = 32

/** Whether this is a reply that waits for a sign-in, to be asked for again then. */
const endedSession = (turn: Turn | undefined) =>
  turn?.role === 'assistant' && turn.ending?.type === 'failed' && turn.ending.failure.kind === 'session-ended'

/** The conversation as far as it can be seen, and a little more: other messages are not in the page. */
export default function MessageList() {
  const { actor } = useConversation()
  const tree = select(actor, ({ context }) => context.tree)
  const branch = createMemo(() => openBranch(tree()))
  const ids = createMemo(() => branch().map(({ id }) => id), undefined, {
    equals: (a, b) => a.length === b.length && a.every((id, index) => id === b[index]),
  })
  const openId = select(actor, ({ context }) => context.open?.id ?? null)

  // Kept here and not in its row, which is drawn anew when it comes back into sight.
  const [edits, setEdits] = createSignal<ReadonlyMap<string, string>>(new Map())
  const setEdit = (id: string, text: string | undefined) =>
    setEdits((before) => {
      const edits = new Map(before)
      if (text === undefined) edits.delete(id)
      else edits.set(id, text)
      return edits
    })
  // What was written instead of a question that was deleted goes when that can't be undone any more.
  const undo = select(actor, ({ context }) => context.undo)
  createEffect(() => {
    const trees = [tree(), undo()?.tree]
    for (const id of edits().keys()) if (!trees.some((each) => each?.turns.has(id))) setEdit(id, undefined)
  })
  onCleanup(closeAll)
  quoteButton.fetch()

  let scroller!: HTMLDivElement
  let log!: HTMLDivElement
  const scrolling = createScrolling(
    () => scroller,
    () => log.children,
  )
  const pinned = createPinnedRows(() => scroller)
  // Drawn at once, so that whoever asked for it can go on with it, and kept until another one is asked for.
  const revealedRow = createMemo(() => {
    const wanted = revealed()
    return wanted === null ? -1 : ids().indexOf(wanted.id)
  })
  const bigRows = createBigRows((row) => {
    const turn = branch()[row]
    const { open } = actor.getSnapshot().context
    return (open && open.id === turn?.id ? open : turn)?.text.length ?? 0
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
      const wanted = revealedRow()
      const kept = wanted === -1 ? rows : [...rows, wanted]
      return (range: Range) => {
        const inSight = defaultRangeExtractor(range)
        return withPinned(inSight, [...kept, ...bigRows(inSight)], range.count)
      }
    },
    // Before it is in the document the element has no window, and would be taken but never listened to.
    getScrollElement: () => (scroller?.isConnected ? scroller : null),
    estimateSize: (index) => guess[branch()[index]?.role ?? 'user'],
    paddingEnd: roomAtEnd,
    overscan: 3,
    // It draws the rows and nothing else: where the view is, is told to it. It begins at the end.
    initialOffset: Number.MAX_SAFE_INTEGER,
    observeElementOffset: (_, report) => scrolling.observe((offset) => report(offset, false)),
    scrollToFn: (_, { adjustments = 0 }) => scrolling.makeUpFor(adjustments),
    onChange(changed) {
      scrolling.noteHeight(changed.getTotalSize())
      scrolling.keep()
    },
  })
  virtualizer.shouldAdjustScrollPositionOnItemSizeChange = ({ index }) => scrolling.isBelow(index)
  onMount(() => {
    scrolling.follow()
    // A window that shrinks, or a keyboard that comes up, moves the end away without a scroll.
    const resized = new ResizeObserver(scrolling.keep)
    resized.observe(scroller)
    passToMessages(scroller)
    onCleanup(() => resized.disconnect())
  })
  // Who asks wants to see the answer. Other messages that come in, as those of another version do, move no reader, nor
  // does the one that goes out again by itself after a sign-in.
  const busy = select(actor, isBusy)
  let shown = ids()
  let wasBusy = busy()
  let asked = false
  let sessionEnded = false
  createComputed(
    on(
      [ids, busy],
      ([idsNow, busyNow]) => {
        asked = busyNow && !wasBusy && (!sessionEnded || idsNow !== shown)
        sessionEnded = endedSession(openBranch(actor.getSnapshot().context.tree).at(-1))
        if (!asked && idsNow !== shown) scrolling.hold()
        shown = idsNow
        wasBusy = busyNow
      },
      { defer: true },
    ),
  )
  createEffect(on([ids, busy], () => (asked ? scrolling.follow() : scrolling.keep()), { defer: true }))
  createEffect(
    on(
      revealed,
      (wanted) => {
        const row = wanted && rowAt(revealedRow())
        if (row) scrolling.show(row, wanted.at)
      },
      { defer: true },
    ),
  )
  // What is opened or edited grows downwards, also at the end. While a reply grows nothing is edited.
  const holdStill = ({ target }: Event) => {
    if (!busy() || (target instanceof Element && target.closest('summary'))) scrolling.hold()
  }
  // Where messages on the way are higher than was guessed, both ends move off while a browser scrolls to them.
  const goToAnEnd = (event: KeyboardEvent) => {
    const isOn = (key: string, onMac: string) =>
      event.key === key || (isMac && event.metaKey && event.key === onMac)
    const isEnd = isOn('End', 'ArrowDown')
    const [first] = ids()
    if (!isEnd && !isOn('Home', 'ArrowUp')) return
    if (first === undefined || (event.target instanceof Element && event.target.matches('input, textarea')))
      return
    event.preventDefault()
    if (isEnd) scrolling.follow()
    else reveal(first, 'start')
  }
  const rowAt = (index: number) => log.querySelector<HTMLElement>(`:scope > [data-index="${index}"]`)
  /** Goes to the question before or after the message with the focus; where that is out of sight, the one on top. */
  const goToQuestion = (step: 1 | -1) => {
    const { top, bottom } = scroller.getBoundingClientRect()
    const isSeen = (row: Element) => {
      const box = row.getBoundingClientRect()
      return box.bottom > top + 1 && box.top < bottom
    }
    const seen = [...log.children].filter(isSeen)
    const from = seen.find((row) => row.contains(document.activeElement)) ?? seen[0]
    if (!(from instanceof HTMLElement)) return
    const isQuestion = (index: number) => branch()[index]?.role === 'user'
    let index = Number(from.dataset['index'])
    // Of a question that is not seen from its beginning, the beginning comes before it.
    const isCut = step === -1 && isQuestion(index) && from.getBoundingClientRect().top < top - 1
    if (!isCut) {
      do index += step
      while (index >= 0 && index < branch().length && !isQuestion(index))
    }
    const question = branch()[index]
    if (!question) return
    reveal(question.id, 'start')
    const row = rowAt(index)
    if (!row) return
    row.tabIndex = -1
    row.focus({ preventScroll: true })
  }
  onShortcut('previous-question', () => goToQuestion(-1))
  onShortcut('next-question', () => goToQuestion(1))
  onShortcut('copy-last-reply', () => copyLastReply(branch()))

  // What had been said when the reader left the end; a reply that was still growing counts as new.
  const left = createMemo<{ tree: Tree; open: string | null } | null>((before) => {
    if (!scrolling.isAway()) return null
    return before ?? untrack(() => ({ tree: tree(), open: openId() }))
  }, null)
  const unseen = createMemo(() => {
    const then = left()
    if (!then) return 0
    return branch().filter(({ id }) => id === then.open || !then.tree.turns.has(id)).length
  })
  const unseenWords = () => (unseen() > 0 ? t().chat.unseen(unseen()) : undefined)

  return (
    <>
      <Show when={quoteButton.part()} keyed>
        {(QuoteButton) => <QuoteButton />}
      </Show>
      <div
        ref={scroller}
        id="messages"
        class="scroll"
        tabindex="0"
        role="region"
        aria-label={t().chat.messages}
        onKeyDown={goToAnEnd}
      >
        <div class="column">
          <div
            ref={log}
            class="log"
            role="log"
            aria-label={t().chat.conversation}
            aria-live="off"
            style={{ height: `${virtualizer.getTotalSize()}px` }}
            on:click={{ handleEvent: holdStill, capture: true }}
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
      <Show when={scrolling.isAway()}>
        <span id="unseen" hidden>
          {unseenWords()}
        </span>
        <button
          type="button"
          class="btn to-end small"
          aria-label={t().chat.toEnd}
          aria-describedby={unseenWords() && 'unseen'}
          title={t().chat.toEnd}
          data-new={unseenWords()}
          onClick={() => {
            scrolling.follow()
            scroller.focus({ preventScroll: true })
          }}
        >
          <Icon name="arrow-down" />
        </button>
      </Show>
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

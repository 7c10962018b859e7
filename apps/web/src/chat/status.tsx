import type { Failure } from '@mayfly/contracts'
import { type Ending, openBranch, type Reply, type Undo } from '@mayfly/machines'
import { type Accessor, createComputed, createMemo, createSignal, onCleanup, Show, untrack } from 'solid-js'
import { t } from '../i18n/words.ts'
import { chatInfo } from '../session.ts'
import { Sign } from '../ui/icon.tsx'
import { type ConversationSnapshot, select, useConversation } from './conversation.tsx'
import { passFocusOn } from './focus.ts'
import { note } from './notes.ts'

/** Until this has gone by, in ms, nobody has to be told for how long they have been waiting. */
const longWaitMs = 5_000

export type StatusView = {
  state: ConversationSnapshot['value']
  /** How much of the reply on its way can be seen. */
  shown: 'nothing' | 'thoughts' | 'text'
  /** The conversation's last reply, once it has come to rest. */
  last: Reply | null
  /** Why it is waited before the next try. */
  failure: Failure | null
  online: boolean
  waitsLong: boolean
  /** What can be undone. */
  undo: Undo['act'] | null
  /** How many replies one person may have at once. */
  replies: number
}

/** What the strip says, and which way it counts seconds behind its words. */
type Status = { words: string; counts: 'up' | 'down' | null }

const says = (words: string): Status => ({ words, counts: null })

/** The conversation's state in words that a person understands. */
export function statusOf(view: StatusView): Status {
  const words = t().chat.status
  if (view.undo) return says(words.canUndo[view.undo])
  switch (view.state) {
    case 'idle':
      return says(words.idle)
    case 'sending': {
      const goesOn = view.shown !== 'nothing'
      if (!view.waitsLong) return says(goesOn ? words.goingOn : words.waiting)
      return { words: goesOn ? words.stillGoingOn : words.stillWaiting, counts: 'up' }
    }
    case 'streaming':
      return says(view.shown === 'text' ? words.writing : words.thinking)
    case 'interrupted':
    case 'error':
      return says(view.last?.ending ? endingWords(view.last, view.last.ending, view.replies) : words.idle)
    case 'backoff': {
      const { failure, online, replies } = view
      const cutOff = failure === null || failure.kind === 'offline' || (failure.kind === 'network' && !online)
      if (cutOff) return says(words.offline)
      const cause = words.waitingAfter[failure.kind]({ at: null, lasted: '', replies })
      return { words: `${cause} ${words.tryingAgainIn}`, counts: 'down' }
    }
  }
}

function endingWords(reply: Reply, ending: Ending, replies: number): string {
  const words = t().chat.status
  const isShown = reply.text !== '' || reply.reasoning !== ''
  switch (ending.type) {
    case 'stopped':
      return isShown ? words.stopped : words.stoppedEmpty
    case 'empty':
      return words.empty
    case 'finished':
      return words.length
    case 'failed': {
      const { kind, retryAfterMs } = ending.failure
      const at = retryAfterMs ? t().chat.timeAfter(ending.at, retryAfterMs) : null
      const table = isShown ? words.cut : words.failed
      return table[kind]({ at, lasted: t().chat.duration(reply.ms), replies })
    }
  }
}

/** The strip: the one place where the machine speaks. */
export function StatusStrip() {
  const { actor } = useConversation()
  const state = select(actor, ({ value }) => value)
  const shown = select(actor, ({ context: { open } }) => {
    if (!open || (open.text === '' && open.reasoning === '')) return 'nothing'
    return open.text === '' ? 'thoughts' : 'text'
  })
  const tree = select(actor, ({ context }) => context.tree)
  const last = createMemo(() => {
    const turn = openBranch(tree()).at(-1)
    return turn?.role === 'assistant' ? turn : null
  })
  const failure = select(actor, ({ context }) => context.failure)
  const online = select(actor, ({ context }) => context.online)
  const undo = select(actor, ({ context }) => context.undo?.act ?? null)
  const elapsed = createStopwatch(state)
  const waitMs = createMemo(() => {
    if (state() !== 'backoff') return 0
    const { resumeAt, now } = actor.getSnapshot().context
    return resumeAt - now()
  })
  const waitsLong = createMemo(() => state() === 'sending' && elapsed() >= longWaitMs)
  const status = createMemo(() =>
    statusOf({
      state: state(),
      shown: shown(),
      last: last(),
      failure: failure(),
      online: online(),
      waitsLong: waitsLong(),
      undo: undo(),
      replies: chatInfo()?.concurrentReplies ?? 1,
    }),
  )
  const seconds = createMemo(() =>
    status().counts === 'up'
      ? Math.floor(elapsed() / 1000)
      : Math.max(0, Math.ceil((waitMs() - elapsed()) / 1000)),
  )
  return (
    <div class="strip">
      <div role="status" aria-label={t().chat.status.name} class="status">
        <Sign state={state()} />
        <span>
          <Show when={note()} keyed fallback={<Words status={status} seconds={seconds} />}>
            {(words) => words}
          </Show>
        </span>
      </div>
      <Show when={undo()}>
        <UndoButton />
      </Show>
    </div>
  )
}

/** The count runs on for the eye alone; a screen reader is told once how long a wait will be. */
function Words(props: { status: Accessor<Status>; seconds: Accessor<number> }) {
  const counts = createMemo(() => props.status().counts)
  const unit = () => t().chat.status.seconds
  return (
    <>
      {props.status().words}
      <Show when={counts()} keyed>
        {(direction) => (
          <>
            {' '}
            <span aria-hidden="true">
              <b class="tick">{props.seconds()}</b> {unit()}
            </span>
            <Show when={direction === 'down'}>
              <span class="sr"> {`${untrack(props.seconds)} ${unit()}`}</span>
            </Show>
          </>
        )}
      </Show>
    </>
  )
}

/**
 * For how long a state in which one waits has lasted, in ms: four times a second while somebody looks at it, so that no
 * second is skipped, and by a clock that nobody sets.
 */
function createStopwatch(state: Accessor<StatusView['state']>): Accessor<number> {
  const [elapsed, setElapsed] = createSignal(0)
  createComputed(() => {
    setElapsed(0)
    if (state() !== 'sending' && state() !== 'backoff') return
    const begun = performance.now()
    const timer = setInterval(() => setElapsed(performance.now() - begun), 250)
    onCleanup(() => clearInterval(timer))
  })
  return elapsed
}

function UndoButton() {
  const { actor } = useConversation()
  return (
    <button ref={passFocusOn} type="button" class="btn plain" onClick={() => actor.send({ type: 'undo' })}>
      {t().chat.status.undo}
    </button>
  )
}

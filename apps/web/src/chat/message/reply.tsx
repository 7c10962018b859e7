import { type ConversationContext, lastUnsent, type OpenReply, type Reply, type Turn } from '@mayfly/machines'
import { createMemo, For, Show } from 'solid-js'
import { t } from '../../i18n/words.ts'
import { IconButton } from '../../ui/icon-button.tsx'
import { Icon } from '../../ui/icon.tsx'
import { copyText } from '../clipboard.ts'
import { createCopied, sayCopied } from '../copied.ts'
import { isBusy, select, useConversation } from '../conversation.tsx'
import { endWords } from './ending.ts'
import { figuresOf } from './figures.ts'
import { focusNext } from '../focus.ts'
import { PlainText, Prose } from './growing-text.tsx'
import { keepInPlace } from '../list/keep-in-place.ts'
import type { Models } from '../models.ts'
import { MoreButton } from './more.tsx'
import { isOpened, setOpened } from './opened.ts'
import { hasWords } from '../said.ts'
import { Versions } from './versions.tsx'
import { WayOn, WordButton } from './way-on.tsx'

const words = () => t().chat.reply

/** The reply as it grows, or as it came to rest: one value, so that it is never seen half in each. */
const replyOf = ({ open, tree }: ConversationContext, id: string): OpenReply | Reply | undefined => {
  if (open?.id === id) return open
  const turn = tree.turns.get(id)
  return turn?.role === 'assistant' ? turn : undefined
}

const isSettled = (reply: OpenReply | Reply | undefined): reply is Reply =>
  reply !== undefined && 'ending' in reply

/** A reply, the same element while it grows and after. `last` says whether it ends the open branch. */
export function ReplyMessage(props: { id: string; last: boolean }) {
  const { actor, models } = useConversation()
  const id = props.id
  const reply = select(actor, ({ context }) => replyOf(context, id))
  const text = () => reply()?.text ?? ''
  const settled = createMemo(() => {
    const now = reply()
    return isSettled(now) ? now : null
  })
  const state = select(actor, ({ value }) => value)
  const waits = () => settled() === null && state() === 'backoff'
  // A reply only grows, so once it says something its whole text need not be read again.
  const hasText = createMemo((had: boolean) => (had && text() !== '') || hasWords(text()), false)
  const startsOver = select(actor, ({ context: { tree } }) => {
    const turn = tree.turns.get(id)
    return turn?.role === 'assistant' && turn.startsOver
  })
  const tree = select(actor, ({ context }) => context.tree)
  // The branch is walked only where sending may begin, and not for each piece of a reply.
  const isLastUnsent = createMemo(() => tree().sentAfter.has(id) && lastUnsent(tree())?.id === id)
  const isThinking = () => settled() === null && !hasText()
  return (
    <>
      <Show when={reply()?.reasoning}>
        <Thoughts id={id} reply={reply()} settled={settled() !== null} />
      </Show>
      <Show when={hasText()}>
        <Prose text={text()} live={settled() === null} />
      </Show>
      <Show when={isThinking() && !waits()}>
        <div class="wait" aria-hidden="true">
          <i />
        </div>
      </Show>
      <Show when={startsOver()}>
        <p class="end">{words().startsOver}</p>
      </Show>
      <Show when={waits() ? words().noneYet : endWords(settled())}>
        {(end) => <p class="end">{end()}</p>}
      </Show>
      <div class="acts">
        <Show when={waits()}>
          <WordButton words={words().tryNow} act={() => actor.send({ type: 'retry' })} />
          <WordButton plain words={words().cancelWaiting} act={() => actor.send({ type: 'stop' })} />
        </Show>
        <Show when={settled()}>
          {(rested) => (
            <>
              <Show when={props.last}>
                <WayOn reply={rested()} />
              </Show>
              <Show when={hasText()}>
                <CopyButton text={text} />
              </Show>
              <Show when={hasText() || rested().reasoning !== ''}>
                <RegenerateButton id={id} />
              </Show>
              <Versions id={id} />
              <MoreButton id={id} />
              <Show when={hasText() || rested().reasoning !== ''}>
                <Meta reply={rested()} models={models} />
              </Show>
            </>
          )}
        </Show>
      </div>
      <Show when={isLastUnsent()}>
        <p class="end">{words().notSent}</p>
      </Show>
    </>
  )
}

function Thoughts(props: { id: string; reply: OpenReply | Reply | undefined; settled: boolean }) {
  const done = () => props.settled || (props.reply?.text ?? '') !== ''
  const thoughtMs = () => {
    const { reply } = props
    return reply?.thoughtMs || (isSettled(reply) ? reply.ms : 0)
  }
  return (
    <details
      class="thought"
      open={isOpened(props.id)}
      // The browser opens it where its own search finds something.
      onToggle={({ currentTarget: { open } }) => setOpened(props.id, open)}
    >
      <summary
        onClick={(event) => {
          event.preventDefault()
          keepInPlace(event.currentTarget, () => setOpened(props.id, !isOpened(props.id)))
        }}
      >
        <Icon name="chevron-right" />
        {done() ? words().thoughtFor(t().chat.duration(thoughtMs())) : words().thinking}
      </summary>
      <PlainText text={props.reply?.reasoning ?? ''} live={!done()} />
    </details>
  )
}

/** Copies a reply as it was written, and says whether that could be done. */
async function copyReply(text: string): Promise<boolean> {
  const done = await copyText(text)
  sayCopied(done)
  return done
}

/** Copies the last reply of a branch that has any text; false where there is none. */
export function copyLastReply(branch: readonly Turn[]): boolean {
  const reply = branch.findLast(({ role, text }) => role === 'assistant' && hasWords(text))
  if (reply) void copyReply(reply.text)
  return reply !== undefined
}

function CopyButton(props: { text: () => string }) {
  const [copied, noteCopied] = createCopied()
  const copy = async () => noteCopied(await copyReply(props.text()))
  return <IconButton name={copied() ? 'check' : 'copy'} words={words().copy} act={() => void copy()} />
}

function RegenerateButton(props: { id: string }) {
  const { actor } = useConversation()
  const busy = select(actor, isBusy)
  return (
    <IconButton
      name="regenerate"
      words={words().regenerate}
      disabled={busy()}
      act={() => {
        actor.send({ type: 'regenerate', id: props.id })
        focusNext()
      }}
    />
  )
}

/** Which model answered, and what it took. */
function Meta(props: { reply: Reply; models: Models }) {
  const name = () => {
    const { model } = props.reply
    return props.models()?.find(({ id }) => id === model)?.name ?? model
  }
  return (
    <span class="meta num">
      <Show when={name()}>{(model) => <span class="badge">{model()}</span>}</Show>
      <For each={figuresOf(props.reply)}>{(figure) => <span class="more">{figure}</span>}</For>
    </span>
  )
}

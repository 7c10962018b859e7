import type { ConversationActor } from '@mayfly/machines'
import { createEffect, createSignal, For, onCleanup } from 'solid-js'
import { t } from '../i18n/words.ts'
import { preferences } from '../preferences.ts'
import { select, useConversation } from './conversation.tsx'
import { oncePerFrame } from './frame.ts'
import { createSentenceReader } from './sentences.ts'

/** So many lines stay in the region: what is older has been heard. */
const keptLines = 6
/** Nothing stays in it for longer than this, in ms: who reads the page line by line finds the reply once. */
const keptMs = 10_000

type Announce = (lines: readonly string[]) => void

/** Has a screen reader say the growing reply, in whole sentences or only that it begins and that it is complete. */
export function Announcer() {
  const { actor } = useConversation()
  const [lines, setLines] = createSignal<readonly string[]>([])
  let timer: ReturnType<typeof setTimeout> | undefined
  const announce: Announce = (more) => {
    if (more.length === 0) return
    setLines((before) => [...before, ...more].slice(-keptLines))
    clearTimeout(timer)
    timer = setTimeout(() => setLines([]), keptMs)
  }
  onCleanup(() => clearTimeout(timer))
  const open = select(actor, ({ context }) => context.open?.id)
  createEffect(() => {
    const id = open()
    if (id !== undefined) followReply(actor, id, announce)
  })
  return (
    <div class="sr" aria-live="polite">
      <For each={lines()}>{(line) => <p>{line}</p>}</For>
    </div>
  )
}

/** Announces one reply until its owner is cleaned up, which is when the reply has come to rest. */
function followReply(actor: ConversationActor, id: string, announce: Announce): void {
  const turn = () => {
    const { open, tree } = actor.getSnapshot().context
    return open?.id === id ? open : tree.turns.get(id)
  }
  const reader = createSentenceReader(t().chat.announce.codeBlock)
  const begun = turn()
  // What a reply goes on from has been heard. This may have been fetched after the first words came: those have not.
  let heard = begun && 'continues' in begun && begun.continues ? begun.text.length : 0
  const read = () => {
    const text = turn()?.text ?? ''
    const said = reader.push(text.slice(heard))
    if (preferences.announce() === 'sentences') announce(said)
    else if (heard === 0 && text !== '') announce([t().chat.announce.begins])
    heard = text.length
  }
  const readSoon = oncePerFrame(read)
  const subscription = actor.subscribe(readSoon)
  onCleanup(() => {
    subscription.unsubscribe()
    read()
    const rest = reader.end()
    if (preferences.announce() === 'sentences') announce(rest)
    const reply = turn()
    const complete = reply && 'ending' in reply && reply.ending?.type === 'finished'
    if (complete) announce([t().chat.announce.ends])
  })
}

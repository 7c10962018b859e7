import type { ConversationActor } from '@mayfly/machines'
import { createEffect, onCleanup } from 'solid-js'
import { t } from '../i18n/words.ts'
import { preferences } from '../preferences.ts'
import { select, useConversation } from './conversation.tsx'
import { oncePerFrame } from './frame.ts'
import { createSentenceReader } from './sentences.ts'

/** A line stays for as long as this, in ms, and is taken to be said by then, however many come behind it. */
const heardMs = 1_000
/** So many lines stay after that. */
const keptLines = 6
/** Nothing stays for longer than this, in ms, after the last: who reads the page line by line finds the reply once. */
const keptMs = 10_000

type Announce = (lines: readonly string[]) => void

/** Has a screen reader say the growing reply, in whole sentences or only that it begins and that it is complete. */
export function Announcer() {
  const { actor } = useConversation()
  let region!: HTMLDivElement
  let timer: ReturnType<typeof setTimeout> | undefined
  // Lines go in at once, and not as state that is drawn later: one that is replaced before it is drawn is never heard.
  const announce: Announce = (more) => {
    if (more.length === 0) return
    for (const words of more) region.append(lineOf(words))
    setTimeout(() => {
      const old = Math.min(more.length, region.childElementCount - keptLines)
      for (let count = 0; count < old; count++) region.firstChild?.remove()
    }, heardMs)
    clearTimeout(timer)
    timer = setTimeout(() => region.replaceChildren(), keptMs)
  }
  onCleanup(() => clearTimeout(timer))
  const open = select(actor, ({ context }) => context.open?.id)
  createEffect(() => {
    const id = open()
    if (id !== undefined) followReply(actor, id, announce)
  })
  return <div ref={region} class="sr" aria-live="polite" />
}

function lineOf(words: string): HTMLElement {
  const line = document.createElement('p')
  line.textContent = words
  return line
}

/** Announces one reply until its owner is cleaned up, which is when the reply has come to rest. */
function followReply(actor: ConversationActor, id: string, announce: Announce): void {
  const turn = () => {
    const { open, tree } = actor.getSnapshot().context
    return open?.id === id ? open : tree.turns.get(id)
  }
  const reader = createSentenceReader(t().chat.announce)
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

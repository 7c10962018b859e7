import { openBranch } from '@mayfly/machines'
import { createEffect, createMemo, createSignal, on, onCleanup, onMount } from 'solid-js'
import { searchWords as words } from '../../i18n/en-search.ts'
import { isComposing } from '../composer.tsx'
import { select, useConversation } from '../conversation.tsx'
import { IconButton } from '../../ui/icon-button.tsx'
import { focusNext } from '../focus.ts'
import { oncePerFrame } from '../frame.ts'
import { isOpened, setOpened } from '../message/opened.ts'
import { reveal } from '../list/reveal.ts'
import { saidIn } from '../said.ts'
import { createDrawnSearch } from './drawn-matches.ts'
import { fold } from './fold.ts'
import { createSearchIndex, type Found, workInSlices } from './word-index.ts'
import { type Match, placeOf, stepFrom } from './matches.ts'
import { isBefore, isFolded, isInSight, keepInSight } from './sight.ts'

/** While a conversation changes, it is searched again after so many ms, and after so many times what that takes. */
const againMs = 300
const restFactor = 8
/** After matches were marked, the page has this many times as long for itself. */
const markRest = 4
/** A search that takes longer than this, in ms, is said to be under way. */
const slowMs = 200
/** A count is read out once nobody has typed for so long, in ms. */
const announceMs = 500
/** So many matches of a message are looked through for the first that is in sight. */
const mostLookedAt = 200

export function SearchButton(props: { isOpen: boolean; press: () => void }) {
  return <IconButton name="search" words={words.open} pressed={props.isOpen} act={() => props.press()} />
}

/** The search in the conversation: all of it, also what is not drawn. */
export function SearchBar(props: { close: () => void }) {
  const before = document.activeElement
  const { actor } = useConversation()
  const tree = select(actor, ({ context }) => context.tree)
  const open = select(actor, ({ context }) => context.open)
  const branch = createMemo(() => openBranch(tree()))
  const [typed, setTyped] = createSignal('')
  const needle = createMemo(() => fold(typed()))
  // Of the needle before, while another is counted.
  const [found, setFound] = createSignal<Found | null>(null)
  const [current, setCurrent] = createSignal<Match | null>(null)
  const [isSlow, setSlow] = createSignal(false)
  let bar!: HTMLDivElement
  let box!: HTMLInputElement

  const scroller = document.getElementById('messages') ?? document.body
  const drawn = createDrawnSearch(scroller)
  const articleOf = (id: string) => {
    const index = branch().findIndex((turn) => turn.id === id)
    return scroller.querySelector<HTMLElement>(`[data-index="${index}"]`)
  }
  const findDrawn = (match: Match, text = needle()): Range | undefined => {
    const article = articleOf(match.id)
    return article ? drawn.find(text, { article, nth: match.nth }) : undefined
  }
  let restsUntil = 0
  const mark = () => {
    const start = performance.now()
    const match = current()
    const article = match && articleOf(match.id)
    drawn.mark(needle(), article ? { article, nth: match.nth } : undefined)
    const now = performance.now()
    restsUntil = now + markRest * (now - start)
  }
  const markInFrame = oncePerFrame(mark)
  let markTimer: ReturnType<typeof setTimeout> | undefined
  const markSoon = () => {
    markTimer ??= setTimeout(() => {
      markTimer = undefined
      markInFrame()
    }, restsUntil - performance.now())
  }

  /** What the reader can see of each message, scrolled to or not. */
  const readMessages = () =>
    saidIn(actor.getSnapshot().context).map((said) =>
      said.reasoning === '' || isOpened(said.id) ? said : { ...said, reasoning: '' },
    )

  const index = createSearchIndex()
  // A search that has come to its end still holds the messages that it went through.
  let work: ReturnType<typeof workInSlices> | undefined
  const begin = (needle: string, done: (result: Found) => void) => {
    work?.cancel()
    work = workInSlices(index.search(readMessages(), needle), (result) => {
      work = undefined
      index.keepOnly(tree().turns)
      done(result)
    })
  }
  begin('', () => {})
  createEffect(() => index.keepOnly(tree().turns))
  let again: ReturnType<typeof setTimeout> | undefined
  let slow: ReturnType<typeof setTimeout> | undefined
  let lastMs = 0
  // What was typed is counted to its end, however much comes meanwhile; that is looked at afterwards.
  let isCounting = false
  let hasChanged = false
  const search = (then: (result: Found) => void) => {
    clearTimeout(again)
    again = undefined
    const start = performance.now()
    begin(needle(), (result) => {
      lastMs = performance.now() - start
      setFound(needle() === '' ? null : result)
      then(result)
      markSoon()
    })
  }

  // What was typed last decides; a match that was shown stays the one to go on from.
  createEffect(
    on(
      needle,
      (_, was) => {
        const from = current()
        const place = from ? findDrawn(from, was) : undefined
        // From the first key on, whatever else is typed.
        if (!isCounting) slow = setTimeout(() => setSlow(true), slowMs)
        isCounting = true
        hasChanged = false
        search((result) => {
          clearTimeout(slow)
          setSlow(false)
          isCounting = false
          if (hasChanged) searchLater()
          goTo(firstFrom(result, from, place))
          announceSoon()
        })
      },
      { defer: true },
    ),
  )
  // More may have come; that moves no reader.
  const searchLater = () => {
    hasChanged ||= isCounting
    if (isCounting || needle() === '') return
    again ??= setTimeout(() => search(() => {}), Math.max(againMs, restFactor * lastMs))
  }
  createEffect(on([tree, open], searchLater, { defer: true }))
  createEffect(() => {
    if (tree().turns.size === 0) close()
  })

  /** The first match from where the reader is: from the match that was shown, or from the top of the window. */
  const firstFrom = ({ counts }: Found, from: Match | null, place: Range | undefined): Match | null => {
    const { top } = scroller.getBoundingClientRect()
    const articles = [...scroller.querySelectorAll<HTMLElement>('[data-index]')]
    const onTop = articles.find((article) => article.getBoundingClientRect().bottom > top)
    const origin = from?.id ?? branch()[Number(onTop?.dataset['index'])]?.id
    let isPast = false
    for (const { id } of branch()) {
      isPast ||= id === origin
      const count = counts.get(id) ?? 0
      if (!isPast || count === 0) continue
      if (id !== origin) return { id, nth: 0 }
      for (let nth = 0; nth < Math.min(count, mostLookedAt); nth++) {
        const range = findDrawn({ id, nth })
        if (!range) return { id, nth: 0 }
        if (place ? !isBefore(range, place) : range.getBoundingClientRect().bottom > top) return { id, nth }
      }
    }
    const [first] = counts.keys()
    return first === undefined ? null : { id: first, nth: 0 }
  }

  /** Goes on to the next match, or back, and from one end of the conversation to the other. */
  const goOn = (by: 1 | -1) => {
    const match = current()
    const counted = found()
    if (!counted) return
    goTo((match && stepFrom(counted, match, by)) ?? firstFrom(counted, null, undefined))
    announceSoon()
  }

  let letGo = () => {}
  const goTo = (match: Match | null) => {
    letGo()
    setCurrent(match)
    mark()
    if (!match) return
    const range = findDrawn(match)
    if (!range || !isInSight(range, scroller)) reveal(match.id, 'center')
    letGo = keepInSight(
      scroller,
      () => findDrawn(match),
      (shown) => {
        if (isFolded(shown)) setOpened(match.id, true)
        mark()
      },
    )
  }

  const place = () => {
    const counted = found()
    if (needle() === '') return ''
    if (isSlow()) return words.searching
    if (!counted) return ''
    return counted.total === 0 ? words.none : words.place(placeOf(counted, current()), counted.total)
  }

  const [announced, setAnnounced] = createSignal('')
  let announce: ReturnType<typeof setTimeout> | undefined
  const announceSoon = () => {
    clearTimeout(announce)
    announce = setTimeout(() => setAnnounced(place()), announceMs)
  }

  const close = () => {
    const hadFocus = bar?.contains(document.activeElement)
    props.close()
    if (!hadFocus) return
    if (before instanceof HTMLElement && before.isConnected && before !== document.body)
      before.focus({ preventScroll: true })
    else focusNext()
  }

  onMount(() => {
    box.focus()
    const left = new AbortController()
    const { signal } = left
    // On the body, and so before what stops a reply.
    document.body.addEventListener(
      'keydown',
      (event) => {
        const isNext = event.key === 'F3' || ((event.ctrlKey || event.metaKey) && event.key === 'g')
        if (event.defaultPrevented || isComposing(event) || !(isNext || event.key === 'Escape')) return
        if (document.querySelector('dialog[open], [aria-modal]')) return
        event.preventDefault()
        if (isNext) goOn(event.shiftKey ? -1 : 1)
        else close()
      },
      { signal },
    )
    scroller.addEventListener('scroll', markSoon, { signal, passive: true })
    // A reader who scrolls or presses something has seen the match.
    for (const act of ['wheel', 'pointerdown', 'keydown'] as const)
      scroller.addEventListener(act, () => letGo(), { signal, passive: true, capture: true })
    scroller.addEventListener('toggle', searchLater, { signal, capture: true })
    const changed = new MutationObserver((changes) => {
      drawn.noteChanges(changes)
      markSoon()
    })
    changed.observe(scroller, { subtree: true, childList: true, characterData: true })
    onCleanup(() => {
      left.abort()
      changed.disconnect()
    })
  })
  onCleanup(() => {
    work?.cancel()
    for (const timer of [again, slow, announce, markTimer]) clearTimeout(timer)
    letGo()
    drawn.clear()
    props.close()
  })

  return (
    <div ref={bar} class="find column" role="search">
      <input
        ref={box}
        id="search"
        class="box"
        type="search"
        dir="auto"
        aria-label={words.box}
        autocomplete="off"
        spellcheck={false}
        onInput={() => setTyped(box.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || isComposing(event)) return
          event.preventDefault()
          goOn(event.shiftKey ? -1 : 1)
        }}
      />
      <output aria-label={words.results} aria-live="off">
        {place()}
      </output>
      <div class="sr" role="status">
        {announced()}
      </div>
      <IconButton name="send" words={words.previous} act={() => goOn(-1)} />
      <IconButton name="arrow-down" words={words.next} act={() => goOn(1)} />
      <IconButton name="close" words={words.close} act={close} />
    </div>
  )
}

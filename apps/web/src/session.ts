import {
  contractVersion,
  type Failure,
  failureOf,
  type Person,
  type UpstreamInfo,
  type WhoAmI,
} from '@mayfly/contracts'
import { batch, createSignal } from 'solid-js'
import { client } from './client.ts'

/** Why the page says something that nobody asked for. */
export type Notice =
  | 'somebody-else'
  | 'signed-out-elsewhere'
  | 'sign-out-failed'
  | 'new-version'
  | 'link-invalid'
  | 'part-missing'

type Word = 'signed in' | 'signed out'

const [who, setWho] = createSignal<WhoAmI | null>(null)
const [trouble, setTrouble] = createSignal<Failure | null>(null)
const [mustSignInAgain, setMustSignInAgain] = createSignal(false)
const [notice, setNotice] = createSignal<Notice | null>(null)

/** The server's last answer to "who am I?"; null before the first. */
export const whoAmI = who
/** Why the server has not answered yet; null once it has. */
export { trouble }
/** Whether the session has ended under a conversation, so that the dialog is to be shown over it. */
export { mustSignInAgain }
export { notice, setNotice }

/** The person whose conversations the tab holds, also while their session has ended. */
export const person = (): Person | null => who()?.person ?? null
/** What the chat has to know of the server; null while nobody is signed in. */
export const chatInfo = () => who()?.chat ?? null
/** True once it is known that nobody is signed in. */
export const signedOut = (): boolean => who() !== null && person() === null

const signedInListeners = new Set<(samePerson: boolean) => void>()
const forgetListeners = new Set<() => void>()

function listenIn<T>(listeners: Set<T>, listener: T): () => void {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

/** Calls back when somebody has signed in while the tab held conversations, before they are shown again. */
export const onSignedIn = (listener: (samePerson: boolean) => void) => listenIn(signedInListeners, listener)
/** Calls back when the person has signed out by hand, here or in another tab: nothing said may stay. */
export const onForget = (listener: () => void) => listenIn(forgetListeners, listener)

const channel = new BroadcastChannel('mayfly')
channel.onmessage = ({ data }: MessageEvent<Word>) => {
  if (data === 'signed in') void refresh()
  if (data === 'signed out' && person()) {
    forget()
    setNotice('signed-out-elsewhere')
  }
}
const tellOtherTabs = (word: Word) => channel.postMessage(word)

/** Counts what has changed here, so that an answer which was asked for before it is not believed. */
let changes = 0

/** Asks the server who this is. Null when it was told; else why it was not. */
export async function refresh(): Promise<Failure | null> {
  changes += 1
  const asked = changes
  try {
    const answer = await client.session.query()
    if (asked === changes) take(answer)
    return null
  } catch (error) {
    const failure = failureOf(error)
    if (asked === changes && who() === null) setTrouble(failure)
    return failure
  }
}

function take(answer: WhoAmI): void {
  const before = person()
  if (before && !answer.person) {
    setMustSignInAgain(true)
    return
  }
  batch(() => {
    if (before && answer.person) {
      const samePerson = before.id === answer.person.id
      for (const listener of signedInListeners) listener(samePerson)
      if (!samePerson) setNotice('somebody-else')
    } else if (answer.person) setNotice(null)
    if (answer.version !== contractVersion) setNotice('new-version')
    setWho(answer)
    setTrouble(null)
    setMustSignInAgain(false)
  })
}

/** Uses up the one-time link that the page was opened by, if it was, and asks who this is. */
export async function start(linkCode: string | null): Promise<void> {
  setTrouble(null)
  if (linkCode === null) {
    await refresh()
    return
  }
  try {
    const { ok } = await client.useLink.mutate({ code: linkCode })
    if (ok) tellOtherTabs('signed in')
    else setNotice('link-invalid')
    await refresh()
  } catch (error) {
    setTrouble(failureOf(error))
  }
}

/** Lets the page in after somebody signed in here, and tells the browser's other tabs. */
export async function enter(): Promise<Failure | null> {
  tellOtherTabs('signed in')
  return refresh()
}

/** Call when the server no longer knows who asks: the conversation is covered and kept until somebody signs in. */
export function askToSignInAgain(): void {
  if (person()) setMustSignInAgain(true)
}

/** Ends the session and forgets every conversation in every tab of the browser. Resolves false if it could not. */
export async function signOut(): Promise<boolean> {
  try {
    await client.signOut.mutate()
  } catch (error) {
    if (failureOf(error).kind !== 'session-ended') {
      setNotice('sign-out-failed')
      return false
    }
  }
  tellOtherTabs('signed out')
  forget()
  return true
}

function forget(): void {
  const last = who()
  batch(() => {
    for (const listener of forgetListeners) listener()
    setNotice(null)
    setMustSignInAgain(false)
    if (last) setWho({ ...last, person: null, chat: null })
  })
  void refresh()
}

/** Takes over what the person has changed of themselves. */
export function keepPerson(changed: Person): void {
  setWho((last) => last && { ...last, passwords: last.passwords || changed.hasPassword, person: changed })
}

/** Takes over where replies come from now. */
export function keepUpstream(upstream: UpstreamInfo): void {
  setWho((last) => (last?.chat ? { ...last, chat: { ...last.chat, upstream } } : last))
}

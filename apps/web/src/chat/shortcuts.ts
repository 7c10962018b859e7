import { createSignal, onCleanup } from 'solid-js'
import { isComposing } from './composer.tsx'

/** Whether the main key of shortcuts is Command, and Option writes characters. */
export const isMac = /^(?:Mac|iP)/.test(navigator.platform)

/**
 * What the keys of the chat page do, each by the keys that are held and then the one that is pressed: `Mod` is Command
 * on a Mac and Control elsewhere. The first three are handled by what has the focus, or lies on top.
 */
export const shortcuts = {
  send: 'Enter',
  'new-line': 'Shift+Enter',
  stop: 'Escape',
  'focus-message': 'Shift+Escape',
  search: 'Mod+F',
  'previous-question': 'Alt+ArrowUp',
  'next-question': 'Alt+ArrowDown',
  quote: 'Alt+Q',
  'copy-last-reply': 'Mod+Shift+;',
  'new-chat': 'Mod+Shift+O',
  'show-shortcuts': '?',
} as const

export type Shortcut = keyof typeof shortcuts

type Key = Pick<
  KeyboardEvent,
  'altKey' | 'code' | 'ctrlKey' | 'isComposing' | 'key' | 'keyCode' | 'metaKey' | 'shiftKey'
>

/** Whether a key alone, without Control, Alt or Command, is a shortcut: who speaks to the page may press it unawares. */
const [singleKeys, setSingleKeys] = createSignal(true)
export { setSingleKeys, singleKeys }

/**
 * Calls `act` for a shortcut's keys until the owner is cleaned up, wherever the focus is but in a dialog; where it
 * gives false, the key is left to the browser. In a text box no key acts that the box has a use for.
 */
export function onShortcut(id: Shortcut, act: () => unknown): void {
  const listen = (event: KeyboardEvent) => {
    if (event.defaultPrevented || isComposing(event) || keysOf(event) !== shortcuts[id]) return
    if (document.querySelector('dialog[open], [aria-modal]') || isWriting(event)) return
    if (act() !== false) event.preventDefault()
  }
  document.addEventListener('keydown', listen)
  onCleanup(() => document.removeEventListener('keydown', listen))
}

/** The pressed keys as the table writes them. A letter is found by its place where the keyboard writes no Latin. */
export function keysOf(event: Key, mac = isMac): string {
  const { altKey, code, ctrlKey, metaKey, shiftKey } = event
  const written = /^[!-~]+$/.test(event.key) ? event.key : code.replace(/^Key/, '')
  const key =
    written === ':' || written === 'Semicolon' ? ';' : written.length === 1 ? written.toUpperCase() : written
  const held = [
    (mac ? ctrlKey : metaKey) && 'Other',
    (mac ? metaKey : ctrlKey) && 'Mod',
    altKey && 'Alt',
    // A character that stands alone was written with or without Shift, as the keyboard has it.
    shiftKey && (altKey || ctrlKey || metaKey || key.length > 1) && 'Shift',
    key,
  ]
  return held.filter(Boolean).join('+')
}

/** Whether a key writes into what has the focus, or moves in it: a character, and Option with anything on a Mac. */
function isWriting({ altKey, ctrlKey, metaKey, key, target }: KeyboardEvent): boolean {
  if (altKey ? !isMac : ctrlKey || metaKey || key.length > 1) return false
  if (!altKey && !singleKeys()) return true
  if (!(target instanceof Element) || !target.matches('input, textarea, select, [contenteditable]'))
    return false
  const hasNoText = target instanceof HTMLTextAreaElement && target.value === ''
  return !(hasNoText && key.startsWith('Arrow'))
}

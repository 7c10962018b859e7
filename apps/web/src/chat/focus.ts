import { onCleanup } from 'solid-js'

/** Whether a finger points here: then Enter breaks the line, and focus in a text box would raise the keyboard. */
export const isTouch = (): boolean => matchMedia('(pointer: coarse)').matches

/** Puts the focus where the next thing is likely to be done, after what had it is gone. */
export function focusNext(): void {
  focusOn(isTouch() ? 'messages' : 'message')
}

const focusOn = (id: string) => document.getElementById(id)?.focus({ preventScroll: true })

/**
 * Passes the focus on when what has it goes with its owner, as a button does that nobody pressed in time: once all that
 * changes with it has changed, and unless something else has taken it by then.
 */
export function passFocusOn(element: HTMLElement, focus = focusNext): void {
  onCleanup(() => {
    if (!element.contains(document.activeElement)) return
    queueMicrotask(() => {
      if (document.activeElement === document.body) focus()
    })
  })
}

/** Passes the focus on from the messages to those that come in their place. */
export const passToMessages = (messages: HTMLElement): void =>
  passFocusOn(messages, () => focusOn('messages'))

import { onCleanup } from 'solid-js'

/** Whether a finger points here: then Enter breaks the line, and focus in a text box would raise the keyboard. */
export const isTouch = (): boolean => matchMedia('(pointer: coarse)').matches

/** Puts the focus where the next thing is likely to be done, after what had it is gone. */
export function focusNext(): void {
  const id = isTouch() ? 'messages' : 'message'
  document.getElementById(id)?.focus({ preventScroll: true })
}

/** Passes the focus on when the element that has it goes with its owner, as a button does that nobody pressed in time. */
export function passFocusOn(element: HTMLElement): void {
  onCleanup(() => {
    if (document.activeElement === element) focusNext()
  })
}

import { onCleanup, onMount, type ParentProps } from 'solid-js'

/**
 * A modal dialog: what lies under it can't be reached, and the focus goes back to where it was when it is gone.
 * `close` is called for Escape; without it, only whoever draws the dialog can end it.
 */
export function Dialog(
  props: ParentProps<{ class?: string; labelledBy: string; describedBy?: string; close?: () => void }>,
) {
  let dialog!: HTMLDialogElement
  onMount(() => {
    // A second Escape closes a dialog in Chromium whatever its page says, but for this.
    if (!props.close) dialog.setAttribute('closedby', 'none')
    dialog.showModal()
  })
  onCleanup(() => {
    dialog.close()
    // What had the focus may be hidden by now, as in a window that was made narrower.
    const focused = document.activeElement
    if (focused === document.body || dialog.contains(focused)) document.getElementById('messages')?.focus()
  })
  return (
    <dialog
      ref={dialog}
      class={props.class}
      aria-labelledby={props.labelledBy}
      aria-describedby={props.describedBy}
      onCancel={(event) => {
        event.preventDefault()
        props.close?.()
      }}
    >
      {props.children}
    </dialog>
  )
}

import { createSignal } from 'solid-js'
import { createPart } from '../ui/part.ts'

/** The search in the conversation, which few conversations are in need of. */
export const searchPart = createPart(() => import('./search-bar.tsx'))

const [isSearching, setSearching] = createSignal(false)
export { isSearching, setSearching }

/**
 * Opens the search, or goes back to it. False where the browser's own is wanted: on the second press, and while ours is
 * not there.
 */
export function openSearch(): boolean {
  const box = document.querySelector<HTMLInputElement>('#search')
  if (!searchPart.part() || (box !== null && box === document.activeElement)) return false
  setSearching(true)
  box?.select()
  box?.focus()
  return true
}

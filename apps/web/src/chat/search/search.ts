import { createSignal } from 'solid-js'
import { createPart } from '../../ui/part.ts'

/** The search in the conversation, which few conversations are in need of. */
export const searchPart = createPart(() => import('./bar.tsx'))

const [isSearching, setSearching] = createSignal(false)
export { isSearching, setSearching }

/**
 * Opens the search, or goes back to it; where it is still on its way it opens as soon as it is there. False where the
 * browser's own is wanted: on the second press, and where ours can't be had.
 */
export function openSearch(): boolean {
  const box = document.querySelector<HTMLInputElement>('#search')
  if (searchPart.isMissing() || (box !== null && box === document.activeElement)) return false
  searchPart.fetch()
  setSearching(true)
  box?.select()
  box?.focus()
  return true
}

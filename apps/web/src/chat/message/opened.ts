import { createSignal } from 'solid-js'

const [opened, setIds] = createSignal<ReadonlySet<string>>(new Set())

/** Whether all of a message is shown: a long question's last lines, a reply's thoughts. Rows that come and go ask here. */
export const isOpened = (id: string): boolean => opened().has(id)

/** Shows all of a message, or no more than at first. */
export function setOpened(id: string, open: boolean): void {
  if (opened().has(id) === open) return
  const ids = new Set(opened())
  if (open) ids.add(id)
  else ids.delete(id)
  setIds(ids)
}

/** Shows no more of any message than at first: another conversation may have the same ids. */
export function closeAll(): void {
  setIds(new Set<string>())
}

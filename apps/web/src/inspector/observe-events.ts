import type { InspectionEvent } from 'xstate'

/**
 * With `?inspect` in the address, what an actor needs to be looked at in the Stately inspector; its code is fetched
 * only then, and what happens before it is there is told afterwards. For development only.
 */
export function observeEvents(): { inspect: (event: InspectionEvent) => void } | undefined {
  const address = new URLSearchParams(location.search).get('inspect')
  if (address === null) return undefined
  const early: InspectionEvent[] = []
  let tell = (event: InspectionEvent): void => void early.push(event)
  const attach = async () => {
    // A build drops what follows: the inspector's package isn't there where Mayfly only runs.
    if (!import.meta.env.DEV) return
    const { openInspector } = await import('./stately.ts')
    tell = openInspector(address)
    for (const event of early.splice(0)) tell(event)
  }
  void attach()
  return { inspect: (event) => tell(event) }
}

import { createBrowserInspector } from '@statelyai/inspect'
import type { InspectionEvent } from 'xstate'

const spoken: ReadonlySet<string> = new Set(['text', 'draft', 'reasoning'])

/** Lengths in the place of what was said, counts in the place of maps and sets; the rest as JSON has it. */
const countWords = (key: string, value: unknown): unknown => {
  if (spoken.has(key) && typeof value === 'string') return value.length
  return value instanceof Map || value instanceof Set ? value.size : value
}

/**
 * Opens the Stately inspector's window, at `address` or at its own host, and returns what tells it of each event.
 * That window belongs to somebody else: it is told counts and lengths, and no word of the conversation.
 */
export function openInspector(address: string): (event: InspectionEvent) => void {
  const { inspect } = createBrowserInspector({
    ...(address !== '' && { url: address }),
    // The last thing that any event passes through. `sanitizeContext` would miss what a child actor was given.
    serialize: (event) => JSON.parse(JSON.stringify(event, countWords)),
  })
  return (event) => inspect.next?.(event)
}

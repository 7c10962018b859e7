import type { Server } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { close } from './listen.ts'
import type { OpenReplies } from './reply/open-replies.ts'
import type { Store } from './store/open.ts'

/** How long running replies may go on once the server has been told to leave, in ms. */
export const graceMs = 25_000

/**
 * Leaves in good order. No reply begins any more, while the port stays open to say so; those that run have `graceMs`,
 * or until `hurry` is aborted, and are then ended as `draining`. Then the servers are closed, and the store once every
 * reply is settled. Resolves when nothing is left: at once where no reply runs, else within 3 s after the grace.
 */
export async function drain(
  parts: {
    openReplies: OpenReplies
    servers: readonly Server[]
    store: Pick<Store, 'close'>
    graceMs: number
  },
  hurry: AbortSignal,
): Promise<void> {
  const { openReplies, servers, store } = parts
  openReplies.refuseNew()
  const grace = delay(parts.graceMs, undefined, { signal: hurry, ref: false }).catch(() => undefined)
  await Promise.race([openReplies.allEnded(), grace])
  openReplies.endAll()
  await close(servers)
  await openReplies.allEnded()
  await store.close()
}

/**
 * Signals this close together are one, in ms: Ctrl+C in a terminal and a supervisor's stop reach every process of a
 * group, and those that started this one pass it on.
 */
const sameSignalMs = 500

/**
 * Has SIGTERM and SIGINT call `leave`, and end the process once it has left. A second signal aborts what `leave` was
 * given, a third ends the process where it stands.
 */
export function leaveOnSignal(leave: (hurry: AbortSignal) => Promise<void>): void {
  const hurry = new AbortController()
  let heard = 0
  let lastAt = -Infinity
  const hear = () => {
    const now = performance.now()
    if (now - lastAt < sameSignalMs) return
    lastAt = now
    heard += 1
    if (heard === 1) void leave(hurry.signal).then(() => process.exit(0), failed)
    else if (heard === 2) hurry.abort()
    else process.exit(1)
  }
  process.on('SIGTERM', hear)
  process.on('SIGINT', hear)
}

function failed(error: unknown): never {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
}

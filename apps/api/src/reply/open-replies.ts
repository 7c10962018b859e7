import { setTimeout as delay } from 'node:timers/promises'
import type { Failure } from '@mayfly/contracts'

/** How long a reply that was ended has to say so to its reader and to give its place back, in ms. */
const lastWordMs = 2_000

/** A reply that is being relayed by this process, and the way to end it from outside. */
export type OpenReply = {
  readonly id: string
  readonly session: string
  end(failure: Failure): void
}

/** The replies that this process is relaying: nothing of what they say, only whose they are. */
export class OpenReplies {
  readonly #replies = new Map<string, OpenReply>()
  readonly #emptied = Promise.withResolvers<void>()
  #draining = false
  #ended = false

  get count(): number {
    return this.#replies.size
  }

  get draining(): boolean {
    return this.#draining
  }

  /** Takes a reply in; one that was let in just before all were ended ends too. */
  add(reply: OpenReply): void {
    this.#replies.set(reply.id, reply)
    if (this.#ended) reply.end({ kind: 'draining' })
  }

  remove(id: string): void {
    this.#replies.delete(id)
    if (this.#draining && this.count === 0) this.#emptied.resolve()
  }

  /** Of the replies of these sessions, ends those whose session is not among the `valid`. */
  keepOnly(sessions: readonly string[], valid: ReadonlySet<string>): void {
    for (const session of sessions) if (!valid.has(session)) this.endSession(session)
  }

  endSession(session: string): void {
    for (const reply of this.#replies.values()) {
      if (reply.session === session) reply.end({ kind: 'session-ended' })
    }
  }

  /** The sessions that have a reply open, each once. */
  sessions(): string[] {
    return [...new Set([...this.#replies.values()].map((reply) => reply.session))]
  }

  /**
   * Refuses new replies from now on, and gives those that run `graceMs` to come to their end. Resolves when none is left,
   * or when one that was ended has had its time to say so.
   */
  async drain(graceMs: number): Promise<void> {
    this.#draining = true
    if (this.count === 0) return
    await Promise.race([this.#emptied.promise, delay(graceMs, undefined, { ref: false })])
    this.endAll()
    await Promise.race([this.#emptied.promise, delay(lastWordMs, undefined, { ref: false })])
  }

  /** Ends all that run: whoever reads one is told that the server goes away. */
  endAll(): void {
    this.#ended = true
    for (const reply of this.#replies.values()) reply.end({ kind: 'draining' })
  }
}

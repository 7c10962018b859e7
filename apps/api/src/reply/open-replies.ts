import type { Failure } from '@mayfly/contracts'

/** A reply that is being relayed by this process, and the way to end it from outside. */
export type OpenReply = {
  readonly id: string
  readonly session: string
  end(failure: Failure): void
}

/** The replies that this process is relaying: nothing of what they say, only whose they are. */
export class OpenReplies {
  readonly #replies = new Map<string, OpenReply>()
  #draining = false

  get count(): number {
    return this.#replies.size
  }

  get draining(): boolean {
    return this.#draining
  }

  /** Takes a reply in; one that was let in just before the drain began ends at once. */
  add(reply: OpenReply): void {
    this.#replies.set(reply.id, reply)
    if (this.#draining) reply.end({ kind: 'draining' })
  }

  remove(id: string): void {
    this.#replies.delete(id)
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

  /** Refuses new replies from now on, and ends those that run. */
  drain(): void {
    this.#draining = true
    for (const reply of this.#replies.values()) reply.end({ kind: 'draining' })
  }
}

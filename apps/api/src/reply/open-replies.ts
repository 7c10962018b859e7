import type { Failure } from '@mayfly/contracts'

/** A reply that is being relayed by this process, and the way to end it from outside. */
export type OpenReply = {
  readonly id: string
  readonly session: string
  end(failure: Failure): void
}

/** What a reply hears that a drain ends: a new process takes a moment to start. */
const restarting: Failure = { kind: 'draining', retryAfterMs: 3_000 }

/** The replies that this process is relaying: nothing of what they say, only whose they are. */
export class OpenReplies {
  readonly #replies = new Map<string, OpenReply>()
  #draining = false
  #ending = false
  #noneLeft: (() => void)[] = []

  get count(): number {
    return this.#replies.size
  }

  get draining(): boolean {
    return this.#draining
  }

  /** Takes a reply in; one that was let in just before all were ended ends at once. */
  add(reply: OpenReply): void {
    this.#replies.set(reply.id, reply)
    if (this.#ending) reply.end(restarting)
  }

  /** Lets a reply go: it has ended, and what it held is given back. */
  remove(id: string): void {
    this.#replies.delete(id)
    if (this.count === 0) for (const tell of this.#noneLeft.splice(0)) tell()
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

  /** Refuses new replies from now on; those that run go on. */
  refuseNew(): void {
    this.#draining = true
  }

  /** Refuses new replies, and ends those that run as `draining`. */
  endAll(): void {
    this.#draining = true
    this.#ending = true
    for (const reply of this.#replies.values()) reply.end(restarting)
  }

  /** Resolves when no reply is open, which may be at once. */
  async allEnded(): Promise<void> {
    if (this.count > 0) await new Promise<void>((resolve) => this.#noneLeft.push(resolve))
  }
}

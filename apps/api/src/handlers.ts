import { contractVersion } from '@mayfly/contracts'
import { refusal } from '@mayfly/contracts/failure'
import type { Handlers } from '@mayfly/contracts/router'
import type { Visitor } from './access.ts'
import type { Auth, SignInOutcome } from './auth/auth.ts'
import type { OpenReplies } from './reply/open-replies.ts'
import type { Relay } from './reply/relay.ts'
import type { Settings } from './settings.ts'
import type { Upstream } from './upstream/upstream.ts'

/** How often the owner may have this machine searched for model servers, in ms. */
const lookAgainMs = 10_000

/** Implements the contract: each procedure hands on to the part that knows. */
export function createHandlers(parts: {
  settings: Settings
  auth: Auth
  upstream: Upstream
  relay: Relay
  openReplies: OpenReplies
}): Handlers<Visitor> {
  const { settings, auth, upstream, relay, openReplies } = parts
  let lookedAt = -Infinity

  const signedInBy = ({ result, setCookie }: SignInOutcome, visitor: Visitor) => {
    if (setCookie) visitor.setCookie(setCookie)
    return result
  }

  return {
    session: async ({ person }) => ({
      version: contractVersion,
      ...(await auth.waysIn()),
      person,
      chat: person && {
        upstream: upstream.info(),
        systemPrompt: settings.systemPrompt,
        firstTokenMs: settings.firstTokenMs,
        silenceMs: settings.silenceMs,
        concurrentReplies: settings.concurrentReplies,
      },
    }),
    models: async () => ({ models: await upstream.models() }),
    lookAgain: async ({ person }) => {
      if (person?.role !== 'owner') throw refusal('bad-request')
      const wait = lookedAt + lookAgainMs - performance.now()
      if (wait > 0) throw refusal('rate-limited', Math.ceil(wait))
      lookedAt = performance.now()
      return upstream.lookAgain()
    },
    signIn: async (input, visitor) => signedInBy(await auth.signIn(input, visitor), visitor),
    signUp: async (input, visitor) => signedInBy(await auth.signUp(input, visitor), visitor),
    useLink: async (input, visitor) => signedInBy(await auth.useLink(input, visitor), visitor),
    signOut: async (visitor) => {
      const { setCookie } = await auth.signOut(visitor)
      if (visitor.session) openReplies.endSession(visitor.session.sessionHandle)
      visitor.setCookie(setCookie)
      visitor.clearCache()
    },
    changeName: (input, visitor) => auth.changeName(input, visitor),
    changePassword: (input, visitor) => auth.changePassword(input, visitor),
    reply: async (request, { session, requestId }, signal) => {
      if (!session) throw refusal('session-ended')
      const asker = { person: session.person, session: session.sessionHandle, requestId }
      return relay(asker, request, signal)
    },
  }
}

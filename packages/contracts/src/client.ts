import { createTRPCClient, httpLink, splitLink, type TRPCClient } from '@trpc/client'
import type { AppRouter } from './router.ts'
import { streamLink, type StreamLinkOptions } from './stream-link.ts'

export type ChatClientOptions = {
  /** The server's origin: `http://localhost:3000`. */
  url: string
  /** A personal access token; a browser leaves it out and is known by its cookie. */
  token?: string
} & Pick<StreamLinkOptions, 'headersMs' | 'silenceMs'>

export type ChatClient = TRPCClient<AppRouter>

/**
 * The typed client, for the page and for programs alike. What its calls throw becomes a typed failure by `failureOf`.
 *
 * @example
 * const client = createChatClient({ url: 'http://localhost:3000', token })
 * const request = { version: contractVersion, messages: [textMessage('user', 'What is a mayfly?')] }
 * client.reply.subscribe(request, {
 *   onData: (event) => event.type === 'delta' && process.stdout.write(event.text),
 *   onError: (error) => console.error(failureOf(error).kind),
 * })
 */
export function createChatClient({ url, token, ...patience }: ChatClientOptions): ChatClient {
  const base = {
    url: `${url.replace(/\/+$/, '')}/trpc`,
    headers: (): Record<string, string> => (token ? { authorization: `Bearer ${token}` } : {}),
  }
  return createTRPCClient<AppRouter>({
    links: [
      splitLink({
        condition: (op) => op.type === 'subscription',
        true: streamLink({ ...base, ...patience }),
        // Queries go by POST too: on plain http a browser's GET can't be told from a forged one.
        false: httpLink({ ...base, methodOverride: 'POST' }),
      }),
    ],
  })
}

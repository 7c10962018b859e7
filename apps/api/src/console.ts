import { parseArgs } from 'node:util'
import type { UpstreamInfo, UpstreamReason } from '@mayfly/contracts'
import type { Auth } from './auth/auth.ts'
import type { Settings } from './settings.ts'

/** What the command line asks for instead of a server. */
export type Command = { link?: boolean; token?: string; revoke?: string }

const options = { link: { type: 'boolean' }, token: { type: 'string' }, revoke: { type: 'string' } } as const

/** Reads the command line; null for a server. Throws with what there is. */
export function readCommand(args: string[]): Command | null {
  try {
    const { values } = parseArgs({ args, options })
    return Object.keys(values).length > 0 ? values : null
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new Error(`${why}\nThere are: npm start [-- --link | --token NAME | --revoke NAME]`, {
      cause: error,
    })
  }
}

/** Does what was asked for. A token is the last line of stdout, alone. */
export async function runCommand(
  { link, token, revoke }: Command,
  auth: Auth,
  origin: string,
): Promise<void> {
  if (link) console.log(`Open this once, within 10 minutes:\n${await makeLink(auth, origin)}`)
  if (revoke !== undefined) console.log(`${await auth.revokeToken(revoke)} revoked`)
  if (token === undefined) return
  const made = await auth.makeToken(token)
  if (made.ok) {
    console.error('A token for the owner, good for 90 days. It is shown once:')
    console.log(made.token)
    return
  }
  console.error('There is no owner yet: start Mayfly, create the owner in the page, then ask for a token.')
  process.exitCode = 1
}

const makeLink = async (auth: Auth, origin: string) => `${origin}/sign-in#code=${await auth.makeLinkCode()}`

const reasons: Readonly<Record<UpstreamReason, string>> = {
  set: 'UPSTREAM is set',
  openai: 'UPSTREAM is openai',
  demo: 'UPSTREAM is demo',
  'base-url': 'OPENAI_BASE_URL is set',
  key: 'OPENAI_API_KEY is set',
  found: 'Found on this machine',
  'none-found': 'No model server was found on this machine',
  'nothing-set': 'Nothing else is set',
}

/** Says where the page is, where replies come from, and, where somebody may need it, a link to sign in by. */
export async function greet(
  { publicOrigin: { origin }, loopback }: Settings,
  auth: Auth,
  upstream: { info(): UpstreamInfo; howToConnect(): string[] },
): Promise<void> {
  const { name, why, port } = upstream.info()
  console.log(`\n  Mayfly is ready:  ${origin}\n`)
  console.log(`  Replies come from ${name}. ${reasons[why]}${port === undefined ? '' : `, port ${port}`}.`)
  for (const line of upstream.howToConnect()) console.log(`  ${line}`)
  const { signUp } = await auth.waysIn()
  const nobodyYet = signUp === 'owner' || signUp === 'code'
  if (!nobodyYet && !(loopback && process.stdout.isTTY)) return
  console.log(`\n  Sign in by this link, once, within 10 minutes:\n  ${await makeLink(auth, origin)}\n`)
}

/** Says what a server that was told to leave still waits for, if anything, and how not to wait: a second signal. */
export function sayWhatIsWaitedFor(replies: number, graceMs: number, hurry: AbortSignal): void {
  if (replies === 0 || graceMs === 0) return
  const what = replies === 1 ? 'a reply' : `${replies} replies`
  const most = `${graceMs / 1_000} s at most`
  console.log(`\n  Waiting for ${what} to end, ${most}; Ctrl+C or SIGTERM once more ends it all now.`)
  hurry.addEventListener('abort', () => console.log('  Ending it all now.'), { once: true })
}

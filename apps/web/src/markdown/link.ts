/** Where a link leads: `href` as the browser reads it; `host`, or the mailbox, is what a reader wants to know of it. */
type Destination = { href: string; host: string }

const FOLLOWED = new Set(['http:', 'https:', 'mailto:'])

/** Reads an address out of a reply: `undefined` for all but a whole http, https or mailto address. */
export function readDestination(address: string): Destination | undefined {
  if (!URL.canParse(address)) return undefined
  const url = new URL(address)
  if (!FOLLOWED.has(url.protocol)) return undefined
  return { href: url.href, host: url.protocol === 'mailto:' ? url.pathname : url.host }
}

/** Whether a link's own words already say, and say plainly, which host or mailbox it leads to. */
export function showsHost(words: string, host: string): boolean {
  if (words === host) return true
  // "bank.example@thief.example" and letters that only look Latin name a host without showing it.
  if (words.includes('@') || host.includes('xn--')) return false
  const said = readDestination(words) ?? readDestination(`https://${words}`)
  return said?.host === host
}

import { isIPv6 } from 'node:net'
import { refusal } from '@mayfly/contracts/failure'
import type { Rate, RateCounter } from '../limits/rate.ts'
import { digest } from './digest.ts'
import type { AuthLog } from './events.ts'

const quarterHour = 15 * 60_000
const rates = {
  /** High enough for an office behind one address. */
  address: { count: 20, windowMs: quarterHour },
  /** The one that stops guessing; it locks nobody out who comes from elsewhere. */
  accountFromAddress: { count: 5, windowMs: quarterHour },
  /** Against guessing from many addresses: a wait, never a lock. */
  account: { count: 50, windowMs: 24 * 60 * 60_000 },
} as const satisfies Record<string, Rate>

export interface Attempt {
  /** The client's IP address. */
  address: string
  /** The account whose secret is guessed at; absent where the secret itself is the name. */
  account?: string
}

/**
 * Lets `work` try a secret and counts it where it `failed`. It is counted beforehand and given back after a success,
 * so that guesses sent all at once are not all admitted. Throws the refusal `rate-limited` before any work is done.
 */
export type Throttle = <T>(
  attempt: Attempt,
  work: () => Promise<T>,
  failed: (result: T) => boolean,
) => Promise<T>

export function createThrottle(counter: RateCounter, log: AuthLog): Throttle {
  return async (attempt, work, failed) => {
    const taken: { key: string; rate: Rate }[] = []
    const giveBack = async () => {
      for (const { key, rate } of taken) await counter.giveBack(key, rate)
    }

    for (const bucket of bucketsOf(attempt)) {
      const wait = await counter.hit(bucket.key, bucket.rate)
      if (wait > 0) {
        await giveBack()
        log({ kind: 'throttled', address: attempt.address })
        throw refusal('rate-limited', wait)
      }
      taken.push(bucket)
    }
    try {
      const result = await work()
      if (!failed(result)) await giveBack()
      return result
    } catch (error) {
      await giveBack()
      throw error
    }
  }
}

function bucketsOf({ address, account }: Attempt): { key: string; rate: Rate }[] {
  const network = networkOf(address)
  // Hashed: a key of bounded length, and no address in the store that can be read at a glance.
  const key = (...parts: string[]) => digest('throttle', JSON.stringify(parts))
  const buckets = [{ key: key('address', network), rate: rates.address }]
  if (account === undefined) return buckets
  return [
    ...buckets,
    { key: key('account from address', account, network), rate: rates.accountFromAddress },
    { key: key('account', account), rate: rates.account },
  ]
}

/** What counts as one address: an IPv4 address, or the /64 that an IPv6 customer has to themselves. */
export function networkOf(address: string): string {
  const [plain = ''] = address.split('%')
  if (!isIPv6(plain)) return plain
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(plain)?.[1]
  if (mapped) return mapped
  const [before = '', after] = plain.toLowerCase().split('::')
  const head = before.split(':').filter((group) => group !== '')
  const tail = (after ?? '').split(':').filter((group) => group !== '')
  // An IPv4 ending stands for two groups.
  const written = head.length + tail.length + (plain.includes('.') ? 1 : 0)
  const groups = [...head, ...Array<string>(8 - written).fill('0'), ...tail]
  return groups
    .slice(0, 4)
    .map((group) => parseInt(group, 16).toString(16))
    .join(':')
}

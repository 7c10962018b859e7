import { Refusal } from '@mayfly/contracts/failure'
import { describe, expect, test } from 'vitest'
import { createRateCounter } from '../limits/rate.ts'
import { temporaryStore } from '../store/temporary.fixture.ts'
import type { AuthEvent } from './events.ts'
import { type Attempt, createThrottle, networkOf } from './throttle.ts'

async function world() {
  const clock = { ms: 1_700_000_000_000 }
  const events: AuthEvent[] = []
  const { db } = await temporaryStore()
  const throttle = createThrottle(
    createRateCounter(db, () => clock.ms),
    (event) => events.push(event),
  )
  /** The ms to wait that an attempt is refused with, or what it came to. */
  const attempt = (who: Attempt, outcome: 'right' | 'wrong') =>
    throttle(
      who,
      async () => outcome,
      (result) => result === 'wrong',
    ).catch((error: unknown) => {
      if (!(error instanceof Refusal)) throw error
      return error.failure.retryAfterMs
    })
  const attempts = async (times: number, who: Attempt, outcome: 'right' | 'wrong') => {
    const seen = []
    for (let i = 0; i < times; i++) seen.push(await attempt(who, outcome))
    return seen.filter((one) => typeof one === 'string').length
  }
  return { clock, db, events, throttle, attempt, attempts }
}

describe('guessing', () => {
  test('stops at the sixth wrong try at an account from an address, and is let on one by one', async () => {
    const { clock, events, attempt, attempts } = await world()
    const who = { address: '192.0.2.1', account: 'ada' }
    expect(await attempts(5, who, 'wrong')).toBe(5)
    expect(await attempt(who, 'right')).toBe(180_000)
    expect(events).toEqual([{ kind: 'throttled', address: '192.0.2.1' }])
    clock.ms += 180_000
    expect(await attempt(who, 'wrong')).toBe('wrong')
    expect(await attempt(who, 'wrong')).toBe(180_000)
  })

  test('does not lock the account for whoever comes from elsewhere', async () => {
    const { attempt, attempts } = await world()
    await attempts(40, { address: '192.0.2.1', account: 'ada' }, 'wrong')
    expect(await attempt({ address: '192.0.2.2', account: 'ada' }, 'right')).toBe('right')
  })

  test('at many accounts stops at 20 from one address, or from one /64', async () => {
    const { attempt, attempts } = await world()
    for (let i = 0; i < 20; i++) {
      expect(await attempt({ address: `2001:db8:1:2::${i}`, account: `account ${i}` }, 'wrong')).toBe('wrong')
    }
    expect(await attempts(1, { address: '2001:db8:1:2:ffff::1', account: 'ada' }, 'right')).toBe(0)
    expect(await attempts(1, { address: '2001:db8:1:3::1', account: 'ada' }, 'right')).toBe(1)
  })

  test('at one account from many addresses stops at 50 a day', async () => {
    const { attempt } = await world()
    for (let i = 0; i < 50; i++) {
      expect(await attempt({ address: `192.0.2.${i}`, account: 'ada' }, 'wrong')).toBe('wrong')
    }
    expect(await attempt({ address: '198.51.100.1', account: 'ada' }, 'wrong')).toBe((24 * 60 * 60_000) / 50)
  })

  test('all at once admits no more than one by one', async () => {
    const { attempt } = await world()
    const who = { address: '192.0.2.1', account: 'ada' }
    const answers = await Promise.all(Array.from({ length: 30 }, () => attempt(who, 'wrong')))
    expect(answers.filter((answer) => answer === 'wrong')).toHaveLength(5)
  })
})

describe('what is not guessing', () => {
  test('right answers, refused tries and broken ones count for nothing', async () => {
    const { throttle, attempt, attempts } = await world()
    const who = { address: '192.0.2.1', account: 'ada' }
    expect(await attempts(60, who, 'right')).toBe(60)
    for (let i = 0; i < 10; i++) {
      const broken = throttle(
        who,
        () => Promise.reject(new Error('broken')),
        () => true,
      )
      await expect(broken).rejects.toThrow('broken')
    }
    expect(await attempts(25, who, 'wrong')).toBe(5)
    // 20 refused tries later the address has still 15 of its own left.
    for (let i = 0; i < 15; i++) {
      expect(await attempt({ address: '192.0.2.1', account: `other ${i}` }, 'wrong')).toBe('wrong')
    }
    expect(await attempts(1, { address: '192.0.2.1', account: 'another' }, 'wrong')).toBe(0)
  })

  test('leaves no address and no name in the store', async () => {
    const { db, attempts } = await world()
    await attempts(1, { address: '192.0.2.1', account: 'ada' }, 'wrong')
    const keys = (await db.selectFrom('rate').select('key').execute()).map((row) => row.key)
    expect(keys).toHaveLength(3)
    for (const key of keys) expect(key).toMatch(/^[0-9a-f]{64}$/)
  })
})

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['2001:DB8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:0db8::6', '2001:db8:0:0'],
  ['::1', '0:0:0:0'],
  ['fe80::1%eth0', 'fe80:0:0:0'],
  ['64:ff9b::192.0.2.1', '64:ff9b:0:0'],
  ['1:2:3:4:5:6:192.0.2.1', '1:2:3:4'],
  ['unknown', 'unknown'],
])('%s counts as %s', (address, network) => {
  expect(networkOf(address)).toBe(network)
})

import { Argon2id } from 'oslo/password'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { createPasswords, passwordProblem, PasswordsOverloaded } from './passwords.ts'

afterEach(() => vi.restoreAllMocks())

describe('hashing', () => {
  test('is Argon2id at the cost that OWASP asks for, salted', async () => {
    const passwords = createPasswords()
    const [one, other] = await Promise.all([passwords.hash('a sentence'), passwords.hash('a sentence')])
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
    expect(one).not.toBe(other)
    expect(await passwords.verify(one, 'a sentence')).toBe(true)
    expect(await passwords.verify(one, 'a Sentence')).toBe(false)
  })

  test('takes a letter written in two ways for one', async () => {
    const passwords = createPasswords()
    expect(await passwords.verify(await passwords.hash('caf\u00e9 au lait'), 'cafe\u0301 au lait')).toBe(true)
  })

  test.each(['', 'nonsense', '$argon2id$v=19$m=19456,t=2,p=1$short'])(
    '"%s" is nobody\'s hash',
    async (hash) => {
      expect(await createPasswords().verify(hash, 'anything')).toBe(false)
    },
  )

  test('without a hash does the same work and never matches', async () => {
    const passwords = createPasswords()
    const hash = await passwords.hash('a sentence')
    const work = vi.spyOn(Argon2id.prototype, 'verify')
    expect(await passwords.verify(hash, 'wrong')).toBe(false)
    expect(await passwords.verify(null, 'wrong')).toBe(false)
    const costs = work.mock.calls.map(([against]) => against.split('$').slice(0, 4).join('$'))
    expect(costs).toEqual(['$argon2id$v=19$m=19456,t=2,p=1', '$argon2id$v=19$m=19456,t=2,p=1'])

    work.mockResolvedValue(true)
    expect(await passwords.verify(null, 'wrong')).toBe(false)
  })

  test('runs four at once, lets 32 wait and turns the rest away at once', async () => {
    const finish: (() => void)[] = []
    let running = 0
    let most = 0
    vi.spyOn(Argon2id.prototype, 'hash').mockImplementation(async (password) => {
      most = Math.max(most, ++running)
      await new Promise<void>((resolve) => finish.push(resolve))
      running--
      return password
    })
    const passwords = createPasswords()
    const asked = Array.from({ length: 60 }, (_, index) => passwords.hash(`password ${index}`))
    const settled = Promise.allSettled(asked)
    await expect(asked[59]).rejects.toBeInstanceOf(PasswordsOverloaded)
    for (let done = 0; done < 36; done++) {
      await vi.waitUntil(() => finish.length > 0)
      finish.shift()?.()
    }
    const answers = await settled
    expect(answers.map((answer) => answer.status)).toEqual([
      ...Array<string>(36).fill('fulfilled'),
      ...Array<string>(24).fill('rejected'),
    ])
    expect(most).toBe(4)

    const after = passwords.hash('one more')
    await vi.waitUntil(() => finish.length > 0)
    finish.shift()?.()
    expect(await after).toBe('one more')
  })
})

describe('a new password', () => {
  test.each([
    ['1234567', 'password-short'],
    ['\u{1f600}'.repeat(7), 'password-short'],
    ['x'.repeat(257), 'password-long'],
    ['qwertyuiop', 'password-common'],
    ['TrustNo1', 'password-common'],
    ['\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18', 'password-common'],
    ['Ada Lovelace', 'password-common'],
    ['\u{1f600}'.repeat(8), null],
    ['the cat sat on a warm server all winter, and nobody dared to reboot it', null],
    ['x y '.repeat(64), null],
  ])('%s: %s', async (password, expected) => {
    expect(await passwordProblem(password, 'ada lovelace')).toBe(expected)
  })
})

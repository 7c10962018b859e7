import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { limits } from './limits.ts'
import { cleanUsername, usernameKey } from './session.ts'

const anyText = fc.string({ unit: 'binary', maxLength: 80 })

describe('a username', () => {
  test('is trimmed and normalised, and keeps how its owner writes it', () => {
    expect(cleanUsername('  Ada Lovelace ')).toBe('Ada Lovelace')
    expect(cleanUsername('Ａｄａ')).toBe('Ada')
    expect(cleanUsername('Zoe\u0308')).toBe('Zoë')
    expect(cleanUsername('小明')).toBe('小明')
  })

  test.each([
    ['nothing', ''],
    ['spaces alone', ' \u00a0\u2003 '],
    ['a line break', 'ada\nbyron'],
    ['a NUL', 'ada\0'],
    ['a zero-width space', 'ada\u200b'],
    ['a direction override', '\u202eada'],
    ['a line separator', 'ada\u2028byron'],
    ['a blank letter', 'ada\u3164'],
    ['half a surrogate pair', 'ada\ud83d'],
  ])('is refused when it holds %s', (_, text) => {
    expect(cleanUsername(text)).toBeNull()
  })

  test('may have 64 characters, counted as people count them, and not one more', () => {
    expect(cleanUsername('🦋'.repeat(limits.username))).toBe('🦋'.repeat(64))
    expect(cleanUsername('🦋'.repeat(limits.username + 1))).toBeNull()
    // One character before it is normalised, eighteen afterwards.
    expect(cleanUsername('\ufdfa'.repeat(4))).toBeNull()
  })

  test('once clean stays as it is, whatever was typed', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const name = cleanUsername(text)
        if (name === null) return
        expect(cleanUsername(name)).toBe(name)
        expect(name).toBe(name.trim().normalize('NFKC'))
        expect([...name].length).toBeLessThanOrEqual(limits.username)
        expect(name).toMatch(/^\P{C}+$/u)
      }),
      { numRuns: 1_000 },
    )
  })
})

describe("a username's key", () => {
  test('is the same for every way to write one name', () => {
    const ways = ['Zoë', 'zoë', 'ZOË', 'Zoe\u0308', 'ＺＯË']
    expect(new Set(ways.map(usernameKey)).size).toBe(1)
    expect(usernameKey('ΣΊΣΥΦΟΣ')).toBe(usernameKey('Σίσυφος'))
    expect(usernameKey('ada')).not.toBe(usernameKey('adá'))
  })

  test('does not change when it is made again, so that it can be stored and compared', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(usernameKey(usernameKey(text))).toBe(usernameKey(text))
      }),
      { numRuns: 1_000 },
    )
  })

  test('takes no notice of case', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[ -~à-öø-þ]{1,64}$/), (name) => {
        expect(usernameKey(name.toUpperCase())).toBe(usernameKey(name))
      }),
    )
  })
})

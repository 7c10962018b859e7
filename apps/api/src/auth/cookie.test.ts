import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cookieName, readCookie, writeCookie } from './cookie.ts'

describe('the cookie', () => {
  test('is bound to the host on https', () => {
    expect(writeCookie({ https: true, port: 443 }, 'token', 86_400)).toBe(
      '__Host-session=token; Path=/; Max-Age=86400; HttpOnly; SameSite=Strict; Secure',
    )
  })

  test('has the port in its name on plain http', () => {
    expect(writeCookie({ https: false, port: 3000 }, '', 0)).toBe(
      'session-3000=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict',
    )
  })

  test.each([
    ['session-1=a', 'a'],
    ['x=1;session-1=a;y', 'a'],
    ['x=%; session-1=a=b', 'a=b'],
    ['session-1=a; session-1=b', 'a'],
    ['session-11=a; other-session-1=b', null],
    ['session-1', null],
    ['', null],
  ])('is read from "%s"', (header, value) => {
    expect(readCookie(header, 'session-1')).toBe(value)
  })

  test('is read from any header without throwing, and found among any others', () => {
    const other = fc.string().map((text) => text.replaceAll(';', ''))
    fc.assert(
      fc.property(other, fc.stringMatching(/^[a-z2-7]{1,40}$/), fc.string(), (before, token, after) => {
        fc.pre(!before.trim().startsWith('session-1'))
        expect(readCookie(`${before}; session-1=${token};${after}`, 'session-1')).toBe(token)
      }),
    )
  })

  test('has one name for reading and writing', () => {
    const options = { https: true, port: 1 }
    expect(readCookie(writeCookie(options, 'token', 1), cookieName(options))).toBe('token')
  })
})

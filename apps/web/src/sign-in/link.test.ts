import { beforeEach, describe, expect, test } from 'vitest'
import { takeLinkCode } from './link.ts'

beforeEach(() => history.replaceState(null, '', '/sign-in'))

describe('a one-time link', () => {
  test('gives its code and leaves none in the address', () => {
    history.replaceState(null, '', '/sign-in?from=console#code=abc-1')
    expect(takeLinkCode()).toBe('abc-1')
    expect(location.pathname + location.search + location.hash).toBe('/sign-in?from=console')
  })

  test('is not seen in another fragment, which stays', () => {
    history.replaceState(null, '', '/sign-in#message')
    expect(takeLinkCode()).toBeNull()
    expect(location.hash).toBe('#message')
  })
})

import { describe, expect, test } from 'vitest'
import { isComposing, sends } from './composer.tsx'

const enter = { key: 'Enter', shiftKey: false, isComposing: false, keyCode: 13 }

describe('Enter in the message box', () => {
  test('sends with a keyboard', () => {
    expect(sends(enter, false)).toBe(true)
  })

  test('breaks the line with Shift, and under a finger', () => {
    expect(sends({ ...enter, shiftKey: true }, false)).toBe(false)
    expect(sends(enter, true)).toBe(false)
  })

  test('confirms a candidate of an input method without sending', () => {
    expect(sends({ ...enter, isComposing: true }, false)).toBe(false)
  })

  test('confirms a candidate in Safari, which ends the composition before the key', () => {
    expect(sends({ ...enter, keyCode: 229 }, false)).toBe(false)
    expect(isComposing({ ...enter, keyCode: 229 })).toBe(true)
  })

  test('is the only key that sends', () => {
    expect(sends({ ...enter, key: 'a', keyCode: 65 }, false)).toBe(false)
  })
})

import { createRoot } from 'solid-js'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { keysOf, onShortcut, setSingleKeys, type Shortcut } from './shortcuts.ts'

/** A key as a browser tells it. */
const pressed = (
  key: string,
  code: string,
  held: Partial<Record<'alt' | 'ctrl' | 'meta' | 'shift', true>>,
) => ({
  key,
  code,
  keyCode: 0,
  isComposing: false,
  altKey: held.alt === true,
  ctrlKey: held.ctrl === true,
  metaKey: held.meta === true,
  shiftKey: held.shift === true,
})

describe('pressed keys', () => {
  test.each([
    ['Mod+F', 'f', 'KeyF', { ctrl: true }],
    ['Mod+Shift+O', 'O', 'KeyO', { ctrl: true, shift: true }],
    ['Mod+Shift+;', ':', 'Semicolon', { ctrl: true, shift: true }],
    ['Mod+Shift+;', ';', 'Comma', { ctrl: true, shift: true }],
    ['Alt+ArrowUp', 'ArrowUp', 'ArrowUp', { alt: true }],
    ['Shift+Escape', 'Escape', 'Escape', { shift: true }],
    ['?', '?', 'Slash', { shift: true }],
    ['?', '?', 'Minus', { shift: true }],
  ] as const)('are %s where the keyboard writes %s at %s', (keys, key, code, held) => {
    expect(keysOf(pressed(key, code, held), false)).toBe(keys)
  })

  test('are found by their place where the keyboard writes another script', () => {
    expect(keysOf(pressed('а', 'KeyF', { ctrl: true }), false)).toBe('Mod+F')
    expect(keysOf(pressed('ж', 'Semicolon', { ctrl: true, shift: true }), false)).toBe('Mod+Shift+;')
  })

  test('have Command for Control on a Mac, whose Option writes other characters', () => {
    expect(keysOf(pressed('f', 'KeyF', { meta: true }), true)).toBe('Mod+F')
    expect(keysOf(pressed('œ', 'KeyQ', { alt: true }), true)).toBe('Alt+Q')
    expect(keysOf(pressed('f', 'KeyF', { ctrl: true }), true)).not.toBe('Mod+F')
    expect(keysOf(pressed('f', 'KeyF', { meta: true }), false)).not.toBe('Mod+F')
  })
})

describe('a shortcut', () => {
  let dispose = () => {}
  afterEach(() => {
    dispose()
    setSingleKeys(true)
    document.body.replaceChildren()
  })

  function listenFor(id: Shortcut, act = vi.fn<() => unknown>()) {
    createRoot((end) => {
      dispose = end
      onShortcut(id, act)
    })
    return act
  }
  /** Presses keys in an element of this name, and says whether they were left to the browser. */
  function press(inside: string, keys: KeyboardEventInit): boolean {
    const element = document.createElement(inside)
    document.body.append(element)
    return element.dispatchEvent(new KeyboardEvent('keydown', { ...keys, bubbles: true, cancelable: true }))
  }
  const search = { key: 'f', code: 'KeyF', ctrlKey: true }
  const list = { key: '?', code: 'Slash', shiftKey: true }

  test('takes its keys from the browser wherever the focus is, until its owner is gone', () => {
    const act = listenFor('search')
    expect(press('textarea', search)).toBe(false)
    expect(press('div', search)).toBe(false)
    dispose()
    expect(press('div', search)).toBe(true)
    expect(act).toHaveBeenCalledTimes(2)
  })

  test('leaves its keys to the browser when what it does says so', () => {
    listenFor('search', vi.fn<() => unknown>().mockReturnValue(false))
    expect(press('div', search)).toBe(true)
  })

  test('of one character acts in nothing that could be written or chosen in', () => {
    const act = listenFor('show-shortcuts')
    for (const name of ['input', 'textarea', 'select']) expect(press(name, list)).toBe(true)
    expect(act).not.toHaveBeenCalled()
    expect(press('button', list)).toBe(false)
    expect(act).toHaveBeenCalledTimes(1)
  })

  test('of one character can be turned off, and others stay', () => {
    setSingleKeys(false)
    const act = listenFor('show-shortcuts')
    expect(press('div', list)).toBe(true)
    expect(act).not.toHaveBeenCalled()
    dispose()
    listenFor('search')
    expect(press('div', search)).toBe(false)
  })

  test('acts neither in a dialog, nor while a word is composed, nor where somebody else took the key', () => {
    const act = listenFor('search')
    press('div', { ...search, isComposing: true })
    press('div', { ...search, keyCode: 229 })
    const taken = document.createElement('div')
    taken.addEventListener('keydown', (event) => event.preventDefault())
    document.body.append(taken)
    taken.dispatchEvent(new KeyboardEvent('keydown', { ...search, bubbles: true, cancelable: true }))
    const dialog = document.createElement('dialog')
    dialog.setAttribute('open', '')
    document.body.append(dialog)
    press('div', search)
    expect(act).not.toHaveBeenCalled()
  })
})

import { expect, test } from 'vitest'
import { drawnKeys } from './shortcut-list.tsx'

const drawn = (keys: string, mac: boolean) => drawnKeys(keys, mac).map((key) => key.drawn)

test('keys are shown as they stand on the keyboard, and in the order of its system', () => {
  expect(drawn('Mod+Shift+O', false)).toEqual(['Ctrl', 'Shift', 'O'])
  expect(drawn('Mod+Shift+O', true)).toEqual(['⇧', '⌘', 'O'])
  expect(drawn('Alt+ArrowUp', false)).toEqual(['Alt', '↑'])
  expect(drawn('Alt+ArrowUp', true)).toEqual(['⌥', '↑'])
  expect(drawn('?', true)).toEqual(['?'])
})

test('a key that is a drawing has a name to be read out', () => {
  expect(drawnKeys('Alt+ArrowDown', true).map(({ called }) => called)).toEqual(['Option', 'Arrow down'])
})

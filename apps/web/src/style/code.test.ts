import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

const tokens = readFileSync(join(import.meta.dirname, 'tokens.css'), 'utf8')

/** A token's colour in a theme, in its light or in its dark form. */
function readColour(name: string, theme: string, form: 'light' | 'dark'): string {
  const block = tokens.slice(tokens.indexOf(theme)).split('}', 1)[0] ?? ''
  const found = new RegExp(`--${name}: light-dark\\((#\\w+), (#\\w+)\\)`).exec(block)
  const colour = found?.[form === 'light' ? 1 : 2]
  if (!colour) throw new Error(`${theme} has no --${name}`)
  return colour
}

/** @see https://www.w3.org/TR/WCAG22/#dfn-relative-luminance */
function luminance(colour: string): number {
  const digits = colour.length === 4 ? colour.replaceAll(/\w/g, '$&$&') : colour
  const [red = 0, green = 0, blue = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(digits.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

// axe sees the colour of an element, and these are colours of ranges.
describe.each([':root', "[data-theme='contrast']"])('in the theme %s', (theme) => {
  test.each(['word', 'text', 'value', 'note'])(
    'the colour of a %s in code can be read on its ground',
    (kind) => {
      for (const form of ['light', 'dark'] as const) {
        const [darker = 0, lighter = 0] = [
          readColour(`code-${kind}`, theme, form),
          readColour('sunk', theme, form),
        ]
          .map(luminance)
          .toSorted((a, b) => a - b)
        expect((lighter + 0.05) / (darker + 0.05)).toBeGreaterThanOrEqual(theme === ':root' ? 4.5 : 7)
      }
    },
  )
})

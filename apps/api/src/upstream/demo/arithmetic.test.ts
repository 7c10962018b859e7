import fc from 'fast-check'
import { expect, test } from 'vitest'
import { calculate } from './arithmetic.ts'

test.each([
  ['1+1', 2],
  ['12 * (3 + 4)', 84],
  ['2 + 3 * 4', 14],
  ['2^3^2', 512],
  ['-2^2', -4],
  ['2^-1', 0.5],
  ['7 % 4', 3],
  ['1,234 + 1', 1235],
  ['6 × 7 ÷ 2 − 1', 20],
  ['2**10', 1024],
  ['.5 * 4', 2],
  ['8 / 4 / 2', 1],
  ['1/0', Infinity],
])('%s is %d', (text, value) => {
  expect(calculate(text)).toBe(value)
})

test.each([
  '',
  '5',
  'hello',
  '1 +',
  '(1 + 2',
  '1 + 2)',
  '1 2',
  '2 + x + y',
  'a1+1',
  '1..2 + 1',
  '((',
  '1 + alert(1)',
])('%j is no arithmetic', (text) => {
  expect(calculate(text)).toBeNull()
})

test('never throws, whatever it is given', () => {
  const text = fc.string({ unit: fc.constantFrom(...'0123456789.+-*/%^() x'), maxLength: 400 })
  fc.assert(fc.property(text, (one) => void calculate(one)))
})

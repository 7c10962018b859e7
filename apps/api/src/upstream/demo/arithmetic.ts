/**
 * The value of `text` when it is arithmetic and nothing else: numbers, + - * / % ^ and parentheses, in the usual order
 * of precedence. Null for any other text, a lone number included. Dividing by zero gives what JavaScript gives.
 */
export function calculate(text: string): number | null {
  const tokens = readTokens(text)
  if (!tokens || tokens.length < 2 || tokens.length > 100) return null
  let at = 0

  function sum(): number {
    let value = product()
    for (;;) {
      if (take('+')) value += product()
      else if (take('-')) value -= product()
      else return value
    }
  }

  function product(): number {
    let value = signed()
    for (;;) {
      if (take('*')) value *= signed()
      else if (take('/')) value /= signed()
      else if (take('%')) value %= signed()
      else return value
    }
  }

  function signed(): number {
    if (take('-')) return -signed()
    return take('+') ? signed() : power()
  }

  // Binds tighter than a sign before it and to the right: -2^2 is -4, 2^3^2 is 512.
  function power(): number {
    const base = operand()
    return take('^') ? base ** signed() : base
  }

  function operand(): number {
    if (take('(')) {
      const value = sum()
      if (!take(')')) throw new SyntaxError('a parenthesis is left open')
      return value
    }
    const token = tokens?.[at]
    if (typeof token !== 'number') throw new SyntaxError('a number is missing')
    at += 1
    return token
  }

  function take(operator: string): boolean {
    if (tokens?.[at] !== operator) return false
    at += 1
    return true
  }

  try {
    const value = sum()
    return at === tokens.length ? value : null
  } catch {
    return null
  }
}

const synonyms: Record<string, string> = {
  '×': '*',
  '·': '*',
  x: '*',
  '÷': '/',
  ':': '/',
  '−': '-',
  '**': '^',
}

function readTokens(text: string): (number | string)[] | null {
  if (text.length > 300) return null
  const compact = text.replace(/(\d),(?=\d{3}(\D|$))/g, '$1')
  const parts = compact.match(/\d+(\.\d+)?|\.\d+|\*\*|\S/g) ?? []
  const tokens = parts.map((part) => (/\d/.test(part) ? Number(part) : (synonyms[part] ?? part)))
  return tokens.every((token) => typeof token === 'number' || '+-*/%^()'.includes(token)) ? tokens : null
}

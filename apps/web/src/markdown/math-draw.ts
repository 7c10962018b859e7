import { fetchPatiently } from '../ui/fetch-patiently.ts'
import { formulaSource, isDisplayed } from './math-syntax.ts'
import type { Token } from './parse.ts'

type Typeset = (tex: string, isDisplay: boolean) => Element | undefined

/**
 * The formulas of one reply as they look, by their source, for a reply that grows is drawn many times. Whoever draws
 * the reply holds it, so that it goes with the reply: what was said must not stay in a place of its own.
 */
export type Formulas = Map<string, Element | undefined>

/** So many formulas are kept of a reply. */
const KEPT = 500

let typeset: Typeset | undefined
let isFetching = false
/** Formulas that show their source until what typesets them is there. */
const waiting = new Map<Element, Token>()

/**
 * Draws a formula into `box`: as MathML, and as it was written while what typesets it is being fetched, where that
 * can't be had, and where the formula can't be read.
 */
export function drawFormula(box: Element, token: Token, formulas: Formulas): void {
  // For who copies it as text: drawn, it says no longer how it was written.
  box.setAttribute('data-tex', formulaSource(token.content, token.markup))
  box.append(typeset ? recall(token, formulas, typeset) : token.content)
  if (typeset) return
  waiting.set(box, token)
  fetchTypesetter()
}

/** Fetches what typesets formulas, once. */
export function fetchTypesetter(): void {
  if (typeset || isFetching) return
  isFetching = true
  void fetchPatiently(() => import('./math.ts'))
    .then(
      (math) => {
        typeset = math.typeset
        for (const [box, token] of waiting) box.replaceChildren(read(token, math.typeset) ?? token.content)
      },
      // The next formula tries anew.
      () => {},
    )
    .finally(() => {
      waiting.clear()
      isFetching = false
    })
}

function recall(token: Token, formulas: Formulas, typeset: Typeset): Node | string {
  const key = `${token.markup} ${token.content}`
  if (!formulas.has(key)) {
    if (formulas.size >= KEPT) formulas.clear()
    formulas.set(key, read(token, typeset))
  }
  return formulas.get(key)?.cloneNode(true) ?? token.content
}

const read = ({ content, markup }: Token, typeset: Typeset): Element | undefined =>
  typeset(formulaSource(content, markup), isDisplayed(markup))

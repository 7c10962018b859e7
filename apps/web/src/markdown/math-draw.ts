import { fetchPatiently } from '../ui/fetch-patiently.ts'
import { formulaSource, isDisplayed } from './math-syntax.ts'
import type { Token } from './parse.ts'

type Typeset = (tex: string, isDisplay: boolean) => Element | undefined

let typeset: Typeset | undefined
let isFetching = false
/** Formulas that show their source until what typesets them is there. */
const waiting = new Map<Element, Token>()

/**
 * Draws a formula into `box`: as MathML, and as it was written while what typesets it is being fetched, where that
 * can't be had, and where the formula can't be read.
 */
export function drawFormula(box: Element, token: Token): void {
  // For who copies it as text: drawn, it says no longer how it was written.
  box.setAttribute('data-tex', formulaSource(token.content, token.markup))
  box.append(readFormula(token))
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
        for (const [box, token] of waiting) box.replaceChildren(readFormula(token))
      },
      // The next formula tries anew.
      () => {},
    )
    .finally(() => {
      waiting.clear()
      isFetching = false
    })
}

function readFormula({ content, markup }: Token): Node | string {
  return typeset?.(formulaSource(content, markup), isDisplayed(markup)) ?? content
}

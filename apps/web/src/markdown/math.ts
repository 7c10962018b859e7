import temml, { type MathTree } from 'temml'

const TAGS = new Set(
  'math mfrac mi mmultiscripts mn mo mover mpadded mphantom mprescripts mroot mrow mspace msqrt mstyle msub msubsup msup mtable mtd mtext mtr munder munderover none'.split(
    ' ',
  ),
)
const ATTRIBUTES = new Set(
  'accent accentunder depth display displaystyle fence form height largeop linethickness lspace mathvariant maxsize minsize movablelimits rspace scriptlevel separator stretchy symmetric voffset width'.split(
    ' ',
  ),
)
const CLASSES = new Set(
  'tml-left tml-right tml-overline tml-underline tml-fbox tml-cancel tml-xcancel upstrike downstrike sout tml-tag'.split(
    ' ',
  ),
)
/** Styles that mean something, and the classes that stand for them: the page allows no style attribute. */
const LINES = {
  border: 'tml-fbox',
  borderTop: 'line-above',
  borderRight: 'line-right',
  borderBottom: 'line-below',
  borderLeft: 'line-left',
} as const

// A formula that is longer, deeper or larger than this is shown as it was written.
const LONGEST_SOURCE = 5_000
const DEEPEST = 60
const MOST_ELEMENTS = 3_000

const SETTINGS = {
  throwOnError: true,
  trust: false,
  maxSize: [20, 200],
  maxExpand: 200,
} satisfies Partial<Parameters<typeof temml.__renderToMathMLTree>[1]>

/**
 * Draws a formula in TeX as MathML; `undefined` for one that can't be read. Elements and attributes are from closed
 * lists, and none of them can ask for anything. Colours and sizes that the formula names are left out.
 */
export function typeset(tex: string, isDisplay: boolean): Element | undefined {
  if (tex.length > LONGEST_SOURCE) return undefined
  try {
    const tree = temml.__renderToMathMLTree(tex, { ...SETTINGS, displayMode: isDisplay })
    const root = document.createDocumentFragment()
    draw(root, tree, { elements: 0 }, 0)
    return root.firstElementChild ?? undefined
  } catch {
    // Not TeX that temml knows, or more of it than it can hold: the reader sees what was written.
    return undefined
  }
}

/** Throws for what is on no list, and for what is too much. */
function draw(parent: ParentNode, node: MathTree, drawnSoFar: { elements: number }, depth: number): void {
  if (depth > DEEPEST || ++drawnSoFar.elements > MOST_ELEMENTS) throw new RangeError('more than can be shown')
  let inside = parent
  if (node.type !== undefined) {
    // What numbers the lines of an equation by the page's style sheet.
    if (node.type === 'span') return
    const tag = node.type === 'menclose' ? 'mrow' : node.type
    if (!TAGS.has(tag)) throw new TypeError(`a formula has no ${tag}`)
    const element = document.createElementNS('http://www.w3.org/1998/Math/MathML', tag)
    for (const [name, value] of Object.entries(node.attributes ?? {})) {
      if (ATTRIBUTES.has(name)) element.setAttribute(name, String(value))
    }
    const classes = readClasses(node)
    if (classes.length > 0) element.setAttribute('class', classes.join(' '))
    parent.append(element)
    inside = element
  }
  if (node.text !== undefined) inside.append(node.text)
  for (const child of node.children ?? []) draw(inside, child, drawnSoFar, depth + 1)
}

function readClasses({ type, classes = [], style = {}, attributes = {} }: MathTree): string[] {
  const kept = classes.filter((name) => CLASSES.has(name))
  for (const [name, value] of Object.entries(LINES)) if (Reflect.get(style, name)) kept.push(value)
  if (type === 'mspace' && attributes['mathbackground']) kept.push('rule')
  return kept
}

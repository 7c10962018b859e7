// The package's own types describe its CommonJS build, whose default export is another.
declare module 'temml' {
  /** What temml makes of a formula; a piece of text has nothing but `text`. */
  export type MathTree = {
    type?: string
    text?: string
    attributes?: Record<string, unknown>
    classes?: readonly string[]
    style?: Record<string, unknown>
    children?: readonly MathTree[]
  }
  type Settings = {
    displayMode: boolean
    throwOnError: boolean
    trust: boolean
    /** The largest size that a formula may name, in em and in points. */
    maxSize: [number, number]
    maxExpand: number
  }
  const temml: { __renderToMathMLTree(tex: string, settings: Settings): MathTree }
  export default temml
}

/** A quotation, or an item by how far its content is indented at least. */
type Container = '>' | number

const quotation = / {0,3}> ?/y
const item = / {0,3}(?:[-*+]|\d{1,9}[.)]) /y
const opening = / {0,3}(?:(`{3,})[^`]*$|(~{3,}))/y
/** What a line may begin with that is still to be told apart, the signs of a formula among it. */
const undecided = /^[\s>\d.)*+`~$\\-]*$/

type LineKind = 'text' | 'opens code' | 'code'

/**
 * Tells what each line of a Markdown text is, by CommonMark's rules for fenced code: in the quotations and items that
 * it stands in, and over with them.
 * @see https://spec.commonmark.org/0.31.2/#fenced-code-blocks
 */
export function createLineReader(): {
  /** The kind of a line and where its words begin, or nothing as long as that depends on what is still to come. */
  read(line: string, isWhole: boolean): { kind: LineKind; at: number } | undefined
} {
  let containers: Container[] = []
  let fence: string | undefined

  return {
    read(line, isWhole) {
      if (!isWhole && undecided.test(line)) return undefined
      const inside = enter(line, containers)
      if (fence !== undefined && inside.depth === containers.length) {
        if (closes(line.slice(inside.at), fence)) fence = undefined
        return { kind: 'code', at: 0 }
      }
      const opened = openContainers(line, inside.at)
      const [fenceLine, backticks, tildes] = matchAt(opening, line, opened.at) ?? []
      if (backticks !== undefined && !isWhole) return undefined
      containers = [...containers.slice(0, inside.depth), ...opened.containers]
      fence = backticks ?? tildes
      return { kind: fenceLine === undefined ? 'text' : 'opens code', at: opened.at }
    },
  }
}

/** How many of the containers a line goes on in, and where its content begins. */
function enter(line: string, containers: readonly Container[]): { depth: number; at: number } {
  let at = 0
  for (const [depth, container] of containers.entries()) {
    const rest = line.slice(at)
    const end =
      container === '>' ? (matchAt(quotation, line, at)?.[0].length ?? -1) : indentationIn(rest, container)
    if (end < 0) return { depth, at }
    at += end
  }
  return { depth: containers.length, at }
}

/** So much of a line as an item's content is indented by; -1 if it is less. A blank line is in every item. */
function indentationIn(line: string, item: number): number {
  const words = line.search(/\S/)
  return words < 0 ? Math.min(item, line.length) : words < item ? -1 : item
}

function openContainers(line: string, from: number): { containers: Container[]; at: number } {
  const containers: Container[] = []
  let at = from
  for (;;) {
    const quoted = matchAt(quotation, line, at)
    const [opened] = quoted ?? matchAt(item, line, at) ?? []
    if (opened === undefined) return { containers, at }
    containers.push(quoted ? '>' : opened.length)
    at += opened.length
  }
}

function closes(line: string, fence: string): boolean {
  const [, sign] = /^ {0,3}(`+|~+)\s*$/.exec(line) ?? []
  return sign?.startsWith(fence) ?? false
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at
  return pattern.exec(text)
}

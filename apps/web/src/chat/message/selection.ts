/** What is selected inside an element; null where nothing is, or where words outside of it are selected too. */
export function selectedIn(within: Element | null): { words: string; range: Range } | null {
  const selection = getSelection()
  if (!within || !selection || selection.isCollapsed) return null
  const range = selection.getRangeAt(0).cloneRange()
  if (!within.contains(range.startContainer)) return null
  if (!within.contains(range.endContainer)) {
    // Three clicks on a last paragraph end before the first word behind it.
    const behind = document.createRange()
    behind.setStartAfter(within)
    behind.setEnd(range.endContainer, range.endOffset)
    if (behind.toString().trim() !== '') return null
    range.setEnd(within, within.childNodes.length)
  }
  // Between two messages a browser writes an empty line for each box that ends there.
  const words = selection.toString().replaceAll(/\n{3,}/g, '\n\n')
  return words.trim() === '' ? null : { words, range }
}

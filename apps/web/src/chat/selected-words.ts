/** The words that are selected inside an element; none where a part of the selection lies outside of it. */
export function selectedWords(within: Element | null): string {
  const selection = getSelection()
  if (!within || !selection || selection.isCollapsed) return ''
  const { anchorNode, focusNode } = selection
  return within.contains(anchorNode) && within.contains(focusNode) ? selection.toString() : ''
}

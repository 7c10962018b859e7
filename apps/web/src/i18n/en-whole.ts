/** The words of what takes the whole conversation: they come with it. */
export const wholeWords = {
  copy: 'Copy conversation',
}

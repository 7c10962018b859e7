/** The words of what is done with a message beyond what its row shows: they come with its menu. */
export const turnWords = {
  copy: 'Copy',
  copyAsText: 'Copy as text',
  quote: 'Quote',
  delete: 'Delete turn',
}

/** The words of what is drawn from Markdown: they come with what draws it. */
export const markdownWords = {
  copyCode: 'Copy code',
  copyTable: 'Copy table',
  table: 'Table',
  code: 'Code',
  formula: 'Formula',
  footnote: 'Footnote',
  backToText: 'Back to the text',
  done: 'Done',
  todo: 'To do',
}

/** The words of the search in the conversation: they come with it. */
export const searchWords = {
  open: 'Search',
  box: 'Search in conversation',
  results: 'Results',
  none: 'No results',
  place: (place: number, count: number) => `${place.toLocaleString('en')} of ${count.toLocaleString('en')}`,
  searching: 'Searching…',
  previous: 'Previous result',
  next: 'Next result',
  close: 'Close search',
}

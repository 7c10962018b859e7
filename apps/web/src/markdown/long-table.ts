// Rows that come later may have longer words and numbers than the first. So a column is at least this wide, and one whose
// cells don't break has this much more than it asks for where others would leave it none; both in letters' heights.
const LEAST = 5
const MORE = 1.5
/** Columns whose cells break their lines give way down to this, in letters' heights. */
const LEAST_OF_LINES = 18

let sizes: ResizeObserver | undefined

/**
 * Has a table keep the columns that its first rows ask for: a browser goes through all cells of a table for each row
 * that comes, and need not where no width depends on them. One that is in the page gets them at once, so that who reads
 * in it is kept in place with all else that is drawn. In another later rows are not shown until it is; that is from one
 * layout to the next, before anything is painted. Does nothing where there is no layout.
 */
export function fixColumns(table: HTMLTableElement): void {
  if (typeof ResizeObserver === 'undefined' || table.className || measureColumns(table)) return
  sizes ??= new ResizeObserver((entries) => {
    for (const { target } of entries)
      if (target instanceof HTMLTableElement && measureColumns(target)) sizes?.unobserve(target)
  })
  table.className = 'unmeasured'
  sizes.observe(table)
}

/** @returns whether the table is laid out, so that it has columns to keep */
function measureColumns(table: HTMLTableElement): boolean {
  const widths = [...(table.tHead?.rows[0]?.cells ?? [])].map((cell) => cell.getBoundingClientRect().width)
  if (widths.every((width) => width === 0)) return false
  // In the table's own letters, so that they grow with them; and with the room that there is.
  const em = parseFloat(getComputedStyle(table).fontSize)
  const rows = [...table.rows]
  const breaks = widths.map((_, column) =>
    rows.some(({ cells }) => cells[column]?.classList.contains('wrap')),
  )
  const isFull = breaks.includes(true) || table.scrollWidth > (table.parentElement?.clientWidth ?? 0)
  const columns = widths.map((width, column) => {
    const asked = breaks[column] ? Math.min(LEAST_OF_LINES, width / em) : width / em + (isFull ? MORE : 0)
    return `minmax(${Math.max(LEAST, asked).toFixed(3)}em, ${width.toFixed(2)}fr)`
  })
  table.className = 'fixed'
  table.style.setProperty('--columns', columns.join(' '))
  return true
}

import type { Cell, Column, Table } from '../model/table.ts'
import { cellText } from '../model/values.ts'

/** Rows written between two returns to the event loop, for whoever sends a table chunk by chunk. */
export const ROWS_PER_CHUNK = 1000

/** A cell's text as every format shows it, before escaping; null is the empty string. */
export function textOf(column: Column, cell: Cell | undefined): string {
  if (typeof cell === 'string') return cell
  return cell === null || cell === undefined ? '' : cellText(column.kind, cell)
}

/** `text` on one line: every line break becomes one space. */
export const oneLine = (text: string): string => (/[\r\n]/.test(text) ? text.replace(/\r\n|[\r\n]/g, ' ') : text)

/** A table as a text: what stands before its rows, each row, what stands after them. */
export type TableText = Readonly<{
  before: string
  row: (row: readonly Cell[], index: number) => string
  after: string
}>

/** Writes a table in one format. Of the table everything but its rows is looked at. */
export type TableFormat = (table: Omit<Table, 'rows'>) => TableText

/** A table in pieces of ROWS_PER_CHUNK rows, so that a long one does not hold up other requests. */
export function* tableChunks(format: TableFormat, table: Table): Generator<string> {
  const { before, row, after } = format(table)
  yield before
  let text = ''
  for (let index = 0; index < table.rows.length; index += 1) {
    text += row(table.rows[index]!, index)
    if ((index + 1) % ROWS_PER_CHUNK !== 0) continue
    yield text
    text = ''
  }
  if (text !== '') yield text
  if (after !== '') yield after
}

/** The same of a table whose rows are read page by page while it is written. */
export async function* pagedChunks(
  format: TableFormat,
  head: Omit<Table, 'rows'>,
  pages: AsyncIterable<readonly (readonly Cell[])[]>,
): AsyncGenerator<Uint8Array> {
  const { before, row, after } = format(head)
  yield Buffer.from(before)
  let index = 0
  for await (const rows of pages) {
    let text = ''
    for (const cells of rows) {
      text += row(cells, index)
      index += 1
    }
    if (text !== '') yield Buffer.from(text)
  }
  if (after !== '') yield Buffer.from(after)
}

/** The pieces as one text. */
export const joined = (chunks: Iterable<string>): string => Array.from(chunks).join('')

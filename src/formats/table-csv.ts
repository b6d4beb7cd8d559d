import type { Table } from '../model/table.ts'
import { joined, oneLine, rowChunks, textOf } from './table-rows.ts'

/** A table as CSV: a header line, then a line per row, each ended by `\n`, no byte order mark (scans 2.8). */
export const tableToCsv = (table: Table): string => joined(tableCsvChunks(table))

/** The same in pieces, so that a long table does not hold up other requests. */
export function* tableCsvChunks(table: Table): Generator<string> {
  yield csvLine(table.columns.map((column) => column.key))
  yield* rowChunks(table, (row) => csvLine(table.columns.map((column, at) => textOf(column, row[at]))))
}

/** One line of CSV with its end; a field is quoted only where a comma or a quote asks for it. */
export const csvLine = (fields: readonly string[]): string => `${fields.map(csvField).join(',')}\n`

function csvField(text: string): string {
  const line = oneLine(text)
  return /[",]/.test(line) ? `"${line.replaceAll('"', '""')}"` : line
}

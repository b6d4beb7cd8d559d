import type { Table } from '../model/table.ts'
import { joined, oneLine, type TableText, tableChunks, textOf } from './table-rows.ts'

/** A table as CSV: a header line, then a line per row, each ended by `\n`, no byte order mark (scans 2.8). */
export const csvText = ({ columns }: Omit<Table, 'rows'>): TableText => ({
  before: csvLine(columns.map((column) => column.key)),
  row: (row) => csvLine(columns.map((column, at) => textOf(column, row[at]))),
  after: '',
})

/** The whole table as one text. */
export const tableToCsv = (table: Table): string => joined(tableChunks(csvText, table))

/** One line of CSV with its end; a field is quoted only where a comma or a quote asks for it. */
export const csvLine = (fields: readonly string[]): string => `${fields.map(csvField).join(',')}\n`

function csvField(text: string): string {
  const line = oneLine(text)
  return /[",]/.test(line) ? `"${line.replaceAll('"', '""')}"` : line
}

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

/** The rows' text in pieces of ROWS_PER_CHUNK rows; no piece is empty. */
export function* rowChunks(table: Table, write: (row: readonly Cell[], index: number) => string): Generator<string> {
  let text = ''
  for (let index = 0; index < table.rows.length; index += 1) {
    text += write(table.rows[index]!, index)
    if ((index + 1) % ROWS_PER_CHUNK !== 0) continue
    yield text
    text = ''
  }
  if (text !== '') yield text
}

/** The pieces as one text. */
export const joined = (chunks: Iterable<string>): string => Array.from(chunks).join('')

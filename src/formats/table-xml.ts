import type { Column, Table } from '../model/table.ts'
import { joined, oneLine, rowChunks, textOf } from './table-rows.ts'
import { escapeAttribute, escapeText } from './xml.ts'

/** A table as XML without declaration, a line per row; metadata become attributes of the root (scans 2.6). */
export const tableToXml = (table: Table): string => joined(tableXmlChunks(table))

/** The same in pieces, so that a long table does not hold up other requests. */
export function* tableXmlChunks(table: Table): Generator<string> {
  const { columns } = table
  yield `<ResultSet${attributes(table.metadata)}><results><columns>${columns.map(columnText).join('')}</columns>\n<rows>`
  yield* rowChunks(table, (row) => {
    let text = '<row>'
    for (let at = 0; at < columns.length; at += 1) text += `<cell>${lineText(textOf(columns[at]!, row[at]))}</cell>`
    return `${text}</row>\n`
  })
  yield '</rows></results></ResultSet>'
}

const lineText = (text: string): string => escapeText(oneLine(text))

function columnText(column: Column): string {
  const { key: _announced, ...properties } = column.properties ?? {}
  return `<column${attributes(properties)}>${lineText(column.key)}</column>`
}

function attributes(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${escapeAttribute(oneLine(value))}"`)
    .join('')
}

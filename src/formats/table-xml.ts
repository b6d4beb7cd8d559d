import type { Column, Table } from '../model/table.ts'
import { joined, oneLine, type TableText, tableChunks, textOf } from './table-rows.ts'
import { escapeAttribute, escapeText } from './xml.ts'

/** A table as XML without declaration, a line per row; metadata become attributes of the root (scans 2.6). */
export const xmlText = ({ columns, metadata }: Omit<Table, 'rows'>): TableText => ({
  before: `<ResultSet${attributes(metadata)}><results><columns>${columns.map(columnText).join('')}</columns>\n<rows>`,
  row: (row) => {
    let text = '<row>'
    for (let at = 0; at < columns.length; at += 1) text += `<cell>${lineText(textOf(columns[at]!, row[at]))}</cell>`
    return `${text}</row>\n`
  },
  after: '</rows></results></ResultSet>',
})

/** The whole table as one text. */
export const tableToXml = (table: Table): string => joined(tableChunks(xmlText, table))

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

import type { Cell, Column, Table } from '../model/table.ts'
import { jsonInside, jsonString } from './json-text.ts'
import { joined, type TableText, tableChunks, textOf } from './table-rows.ts'

/** A table as one line of JSON: every value a string, null `""` (scans 2.5, resources 2.3 and 3.2). */
export const jsonText = ({ columns, metadata }: Omit<Table, 'rows'>): TableText => ({
  before: `{"ResultSet":{${columnProperties(columns)}"Result":[`,
  row: rowWriter(columns),
  after: `]${metadataText(metadata)}}}`,
})

/** The whole table as one text. */
export const tableToJson = (table: Table): string => joined(tableChunks(jsonText, table))

function rowWriter(columns: readonly Column[]): (row: readonly Cell[], index: number) => string {
  const heads = columns.map((column, index) => `${index === 0 ? '{' : '",'}"${jsonInside(column.key)}":"`)
  const end = columns.length === 0 ? '{}' : '"}'
  return (row, index) => {
    let text = index === 0 ? '' : ','
    for (let at = 0; at < columns.length; at += 1) text += heads[at] + cellInside(columns[at]!, row[at])
    return text + end
  }
}

function cellInside(column: Column, cell: Cell | undefined): string {
  const text = textOf(column, cell)
  return column.kind === 'time' && /^\d\d:\d\d:\d\d$/.test(text) ? `${text}.000` : jsonInside(text)
}

function columnProperties(columns: readonly Column[]): string {
  const shown = columns.filter((column) => column.properties)
  if (shown.length === 0) return ''
  const texts = shown.map((column) => {
    // A property `key` says how a column is announced that has another name in the rows (resources 3.2).
    const { key = column.key, ...rest } = column.properties ?? {}
    const properties = Object.entries(rest)
    return `{"key":${jsonString(key)}${properties.map(([name, value]) => `,${jsonString(name)}:${literal(value, /^[[{]/)}`).join('')}}`
  })
  return `"Columns":[${texts.join(',')}],`
}

// The blanks are the original's; some clients compare the end of the text.
function metadataText(metadata: Table['metadata']): string {
  const entries = Object.entries(metadata).map(([name, value]) => `${jsonString(name)}: ${literal(value, /^\{/)}`)
  return entries.length === 0 ? '' : `, ${entries.join(',')}`
}

/** A string literal, or `value` itself where it begins like a structure and is one (hierarchy 1.3). */
function literal(value: string, structure: RegExp): string {
  return structure.test(value) && isJson(value) ? value.replaceAll('</', '<\\/') : jsonString(value)
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch (error) {
    if (error instanceof SyntaxError) return false
    throw error
  }
}

import type { Cell, Column, Table } from '../model/table.ts'
import { escapeHtml } from './html-text.ts'
import { joined, oneLine, type TableText, tableChunks, textOf } from './table-rows.ts'

// The beginning is contractual: clients take a body that starts with exactly `<html>` for an error.
const before = `<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="en" lang="en"><body><table class="x_rs_t" cellpadding="0" cellspacing="0">
<thead class="x_rs_thead">
<tr class="x_rs_tr_head">`
const between = `</tr>
</thead>
<tbody id="dataRows">
`
const after = `</tbody>
</table></body></html>`

type CellTags = Readonly<{ th: (text: string) => string; td: (text: string) => string }>

const tagged: CellTags = { th: (text) => `<th>${text}</th>`, td: (text) => `<td>${text}</td>` }
const bare: CellTags = { th: (text) => text, td: (text) => text }

/** A table as a page of its own, everything escaped (scans 2.7). */
export const htmlText = (table: Omit<Table, 'rows'>): TableText => pageText(table, tagged)

/** The page without cell tags that `format=xList` asks for. */
export const listText = (table: Omit<Table, 'rows'>): TableText => pageText(table, bare)

/** The whole table as one page. */
export const tableToHtml = (table: Table): string => joined(tableChunks(htmlText, table))

/** The same without cell tags. */
export const tableToList = (table: Table): string => joined(tableChunks(listText, table))

function pageText({ columns }: Omit<Table, 'rows'>, tags: CellTags): TableText {
  const heads = columns.map((column) => tags.th(escapeHtml(oneLine(column.key))))
  return {
    before: before + heads.join('') + between,
    row: (row, index) => {
      let text = `<tr class="x_rs_tr_data ${index % 2 === 0 ? 'odd' : 'even'}">\n`
      for (let at = 0; at < columns.length; at += 1) text += tags.td(cellHtml(columns[at]!, row[at]))
      return `${text}</tr>`
    },
    after,
  }
}

function cellHtml(column: Column, cell: Cell | undefined): string {
  const text = escapeHtml(oneLine(textOf(column, cell)))
  // Only addresses of our own kind: a cell such as `javascript:…` stays text.
  if (!column.link || !/^(\/|https?:\/\/)/.test(text)) return text
  const root = escapeHtml(column.properties?.['serverRoot'] ?? '')
  return `<a href='${(root + text).replaceAll("'", '&#39;')}'>${text}</a>`
}

import assert from 'node:assert/strict'
import { it } from 'node:test'
import { tableToCsv } from '../../src/formats/table-csv.ts'
import { tableToHtml } from '../../src/formats/table-html.ts'
import { tableToJson } from '../../src/formats/table-json.ts'
import { tableToXml } from '../../src/formats/table-xml.ts'
import { single } from './tables.ts'

it('scans 20: a line break in a cell is a space in CSV, XML and HTML, and stays in JSON', () => {
  const table = single({ key: 'note', kind: 'string' }, 'first\r\nsecond')
  for (const format of [tableToCsv, tableToXml, tableToHtml]) assert.ok(format(table).includes('first second'))
  assert.ok(tableToJson(table).includes('first\\r\\nsecond'))
})

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { htmlText, tableToHtml, tableToList } from '../../src/formats/table-html.ts'
import { tableChunks } from '../../src/formats/table-rows.ts'
import type { Table } from '../../src/model/table.ts'
import { files, long, single } from './tables.ts'

const two: Table = {
  columns: [
    { key: 'xnat_imagescandata_id', kind: 'integer' },
    { key: 'ID', kind: 'string' },
  ],
  rows: [
    [41, '1'],
    [42, '2'],
  ],
  metadata: { totalRecords: '2' },
}

describe('tableToHtml', () => {
  it('scans 22, 24: writes the layout of the original, odd row first', () => {
    assert.equal(
      tableToHtml(two),
      `<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="en" lang="en"><body><table class="x_rs_t" cellpadding="0" cellspacing="0">
<thead class="x_rs_thead">
<tr class="x_rs_tr_head"><th>xnat_imagescandata_id</th><th>ID</th></tr>
</thead>
<tbody id="dataRows">
<tr class="x_rs_tr_data odd">
<td>41</td><td>1</td></tr><tr class="x_rs_tr_data even">
<td>42</td><td>2</td></tr></tbody>
</table></body></html>`,
    )
  })

  it('scans 23: does not begin like an error page', () => {
    assert.ok(tableToHtml(two).startsWith('<html xmlns='))
  })

  it('resources 129: links a cell to itself where its column says so', () => {
    const uri = '/data/experiments/XNAT_E00001/resources/123/files/brain.nii.gz'
    assert.ok(tableToHtml(files).includes(`<td><a href='${uri}'>${uri}</a></td>`))
  })

  it('puts the server root before the address of a link, and nothing else into it', () => {
    const link = (cell: string) =>
      tableToHtml(single({ key: 'URI', kind: 'string', properties: { serverRoot: '/xnat' }, link: true }, cell))
    assert.ok(link('/data/a').includes(`<a href='/xnat/data/a'>/data/a</a>`))
    assert.ok(link("/data/a'b").includes(`<a href='/xnat/data/a&#39;b'>/data/a'b</a>`))
    assert.ok(link('javascript:alert(1)').includes('<td>javascript:alert(1)</td>'))
  })

  it('hierarchy 17: escapes values', () => {
    const html = tableToHtml(single({ key: '<k>', kind: 'string' }, '<b> & "c"\r\nd'))
    assert.ok(html.includes('<td>&lt;b&gt; &amp; &quot;c&quot; d</td>'))
    assert.ok(html.includes('<th>&lt;k&gt;</th>'))
  })

  it('comes in pieces that make the same text, odd and even going on', () => {
    assert.equal([...tableChunks(htmlText, long(2500))].join(''), tableToHtml(long(2500)))
    assert.ok(tableToHtml(long(1001)).includes('<tr class="x_rs_tr_data odd">\n<td>1000</td>'))
  })
})

describe('tableToList', () => {
  it('leaves the cell tags out', () => {
    const html = tableToList(two)
    assert.ok(html.includes('<tr class="x_rs_tr_head">xnat_imagescandata_idID</tr>'))
    assert.ok(html.includes('<tr class="x_rs_tr_data odd">\n411</tr>'))
  })
})

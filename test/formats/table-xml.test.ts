import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { tableChunks } from '../../src/formats/table-rows.ts'
import { tableToXml, xmlText } from '../../src/formats/table-xml.ts'
import { readXml } from '../../src/formats/xml-read.ts'
import { files, long, resources, scans, single } from './tables.ts'

describe('tableToXml', () => {
  it('writes the scan listing', () => {
    assert.equal(
      tableToXml(scans),
      `<ResultSet totalRecords="2"><results><columns><column>xnat_imagescandata_id</column><column>ID</column><column>type</column><column>quality</column><column>xsiType</column><column>note</column><column>series_description</column><column>URI</column></columns>
<rows><row><cell>41</cell><cell>1</cell><cell>LOCALIZER</cell><cell>usable</cell><cell>xnat:mrScanData</cell><cell></cell><cell>localizer</cell><cell>/data/experiments/XNAT_E00012/scans/1</cell></row>
<row><cell>42</cell><cell>2</cell><cell>T1</cell><cell>questionable</cell><cell>xnat:mrScanData</cell><cell>moved, then "still"</cell><cell>t1_mprage</cell><cell>/data/experiments/XNAT_E00012/scans/2</cell></row>
</rows></results></ResultSet>`,
    )
  })

  it('writes metadata as attributes of the root', () => {
    assert.ok(tableToXml(resources).startsWith('<ResultSet totalRecords="2" title="Resources"><results><columns>'))
  })

  it('resources 128: writes column properties as attributes of the column', () => {
    const xml = tableToXml(files)
    assert.ok(xml.startsWith('<ResultSet title="Files"><results>'))
    assert.ok(xml.includes('<column>Size</column><column serverRoot="">URI</column><column>collection</column>'))
  })

  it('keeps the blank of a blank cell', () => {
    assert.ok(tableToXml(resources).includes('<cell>resources</cell><cell></cell><cell> </cell><cell>2</cell>'))
  })

  it('hierarchy 16: escapes <, > and & in values', () => {
    const xml = tableToXml(single({ key: 'a&b', kind: 'string' }, 'x & <y> "z"'))
    assert.ok(xml.includes('<column>a&amp;b</column>'))
    assert.ok(xml.includes('<cell>x &amp; &lt;y&gt; "z"</cell>'))
  })

  it('turns a line break into one space', () => {
    assert.ok(tableToXml(single({ key: 'k', kind: 'string' }, 'a\r\nb')).includes('<cell>a b</cell>'))
  })

  it('stays well-formed whatever a cell or a title holds', () => {
    const text = '\u0000\u0007]]> & < \ud800 "\'\uffff'
    const table = { ...single({ key: text, kind: 'string' as const }, text), metadata: { title: text } }
    assert.equal(readXml(tableToXml(table)).local, 'ResultSet')
  })

  it('comes in pieces that make the same text', () => {
    assert.equal([...tableChunks(xmlText, long(2500))].join(''), tableToXml(long(2500)))
    assert.equal([...tableChunks(xmlText, long(2500))].length, 5)
  })
})

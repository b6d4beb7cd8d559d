import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { jsonText, tableToJson } from '../../src/formats/table-json.ts'
import { tableChunks } from '../../src/formats/table-rows.ts'
import { files, long, resources, scans, single } from './tables.ts'

describe('tableToJson', () => {
  it('scans 5, 6, hierarchy 10, 13: writes the scan listing on one line, every value a string', () => {
    assert.equal(
      tableToJson(scans),
      '{"ResultSet":{"Result":[{"xnat_imagescandata_id":"41","ID":"1","type":"LOCALIZER","quality":"usable","xsiType":"xnat:mrScanData","note":"","series_description":"localizer","URI":"/data/experiments/XNAT_E00012/scans/1"},{"xnat_imagescandata_id":"42","ID":"2","type":"T1","quality":"questionable","xsiType":"xnat:mrScanData","note":"moved, then \\"still\\"","series_description":"t1_mprage","URI":"/data/experiments/XNAT_E00012/scans/2"}], "totalRecords": "2"}}',
    )
  })

  it('hierarchy 12: writes an empty listing as the original does', () => {
    assert.equal(
      tableToJson({ ...scans, rows: [], metadata: { totalRecords: '0' } }),
      '{"ResultSet":{"Result":[], "totalRecords": "0"}}',
    )
    assert.equal(
      tableToJson({ ...resources, rows: [], metadata: { totalRecords: '0', title: 'Resources' } }),
      '{"ResultSet":{"Result":[], "totalRecords": "0","title": "Resources"}}',
    )
  })

  it('writes metadata after the rows, in their order', () => {
    assert.ok(tableToJson(resources).endsWith('"format":""}], "totalRecords": "2","title": "Resources"}}'))
    assert.ok(
      tableToJson(resources).startsWith('{"ResultSet":{"Result":[{"xnat_abstractresource_id":"123","label":"NIFTI"'),
    )
  })

  it('resources 116: names the columns that have properties before the rows', () => {
    assert.equal(
      tableToJson(files),
      '{"ResultSet":{"Columns":[{"key":"URI","serverRoot":""}],"Result":[{"Name":"brain.nii.gz","Size":"10240","URI":"/data/experiments/XNAT_E00001/resources/123/files/brain.nii.gz","collection":"NIFTI","file_tags":"","file_format":"NIFTI","file_content":"T1 NIFTI","cat_ID":"123","digest":"9e107d9d372bb6826bd81d3542a419d6"}], "title": "Files"}}',
    )
    assert.equal(
      tableToJson({ ...files, rows: [] }),
      '{"ResultSet":{"Columns":[{"key":"URI","serverRoot":""}],"Result":[], "title": "Files"}}',
    )
  })

  it('writes a table without metadata', () => {
    assert.equal(tableToJson(single({ key: 'ID', kind: 'string' }, 'a')), '{"ResultSet":{"Result":[{"ID":"a"}]}}')
  })

  it('gives times milliseconds', () => {
    assert.ok(tableToJson(single({ key: 't', kind: 'time' }, '09:37:11')).includes('{"t":"09:37:11.000"}'))
    assert.ok(tableToJson(single({ key: 't', kind: 'time' }, null)).includes('{"t":""}'))
    assert.ok(tableToJson(single({ key: 't', kind: 'string' }, '09:37:11')).includes('{"t":"09:37:11"}'))
  })

  it('keeps the point of a whole float', () => {
    assert.ok(tableToJson(single({ key: 'age', kind: 'float' }, 42)).includes('{"age":"42.0"}'))
  })

  it('leaves a slash bare except after a less-than sign', () => {
    assert.ok(tableToJson(single({ key: 'k', kind: 'string' }, 'a/b</script>')).includes('"a/b<\\/script>"'))
  })

  it('stays JSON whatever the cell holds', () => {
    const text = 'quote " backslash \\ tab \t bell \u0007 line \n sep \u2028 pair 😀 half \ud83d </x>'
    const read = JSON.parse(tableToJson(single({ key: 'a"b', kind: 'string' }, text)))
    assert.deepEqual(read.ResultSet.Result, [{ 'a"b': text }])
  })

  it('writes metadata and properties raw where they are structures, and only then', () => {
    const table = single({ key: 'k', kind: 'string', properties: { linkProps: '[{"a":1}]', odd: '[1' } }, 'v')
    assert.equal(
      tableToJson({ ...table, metadata: { versions: '{"a":"1"}', title: '{not json' } }),
      '{"ResultSet":{"Columns":[{"key":"k","linkProps":[{"a":1}],"odd":"[1"}],"Result":[{"k":"v"}], "versions": {"a":"1"},"title": "{not json"}}',
    )
  })

  it('comes in pieces that make the same text', () => {
    const table = long(2500)
    const chunks = [...tableChunks(jsonText, table)]
    assert.equal(chunks.length, 5)
    assert.equal(chunks.join(''), tableToJson(table))
    assert.equal(JSON.parse(chunks.join('')).ResultSet.Result[2499].text, 'row 2499')
    assert.equal([...tableChunks(jsonText, long(1000))].length, 3)
  })
})

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { csvText, tableToCsv } from '../../src/formats/table-csv.ts'
import { tableChunks } from '../../src/formats/table-rows.ts'
import { files, long, resources, scans, single } from './tables.ts'

const note = (text: string) => tableToCsv(single({ key: 'note', kind: 'string' }, text))

describe('tableToCsv', () => {
  it('writes the scan listing', () => {
    assert.equal(
      tableToCsv(scans),
      `xnat_imagescandata_id,ID,type,quality,xsiType,note,series_description,URI
41,1,LOCALIZER,usable,xnat:mrScanData,,localizer,/data/experiments/XNAT_E00012/scans/1
42,2,T1,questionable,xnat:mrScanData,"moved, then ""still""",t1_mprage,/data/experiments/XNAT_E00012/scans/2
`,
    )
  })

  it('scans 21, resources 33: writes the folder listing, each line with its end', () => {
    assert.equal(
      tableToCsv(resources),
      `xnat_abstractresource_id,label,element_name,category,cat_id,cat_desc,file_count,file_size,tags,content,format
123,NIFTI,xnat:resourceCatalog,resources,, ,2,20480,"one,site=A",T1 NIFTI,NIFTI
124,QC,xnat:resourceCatalog,resources,, ,0,0,,,
`,
    )
  })

  it('resources 127: writes the header of the file listing', () => {
    assert.equal(
      tableToCsv(files).split('\n')[0],
      'Name,Size,URI,collection,file_tags,file_format,file_content,cat_ID,digest',
    )
  })

  it('resources 34: writes only the header line of an empty table', () => {
    assert.equal(
      tableToCsv({ ...resources, rows: [] }),
      'xnat_abstractresource_id,label,element_name,category,cat_id,cat_desc,file_count,file_size,tags,content,format\n',
    )
  })

  it('scans 19, resources 35, hierarchy 14: quotes a field with a comma or a quote, and doubles the quote', () => {
    assert.equal(note('a, "b"'), 'note\n"a, ""b"""\n')
  })

  it('leaves blanks and a leading equals sign alone', () => {
    assert.equal(note(' =1+1 '), 'note\n =1+1 \n')
  })

  it('hierarchy 15: turns a line break into one space', () => {
    assert.equal(note('a\r\nb\nc\rd'), 'note\na b c d\n')
  })

  it('keeps times without milliseconds', () => {
    assert.equal(tableToCsv(single({ key: 't', kind: 'time' }, '09:37:11')), 't\n09:37:11\n')
  })

  it('comes in pieces that make the same text', () => {
    assert.equal([...tableChunks(csvText, long(2500))].join(''), tableToCsv(long(2500)))
    assert.equal([...tableChunks(csvText, long(2500))].length, 4)
  })
})

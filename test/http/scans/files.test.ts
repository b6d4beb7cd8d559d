import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { readTar, readZip } from '../../support/archives.ts'
import { done, is, MR, openSetting, refused, rowsAt, type Session, type Setting } from './setting.ts'

let here: Setting
let at: Session
before(async () => {
  here = await openSetting()
  at = await here.session({ label: 'MR01' })
  await here.put(at, '1', `${MR}&type=T1`)
  await here.put(at, '2', `${MR}&type=${encodeURIComponent('T1 MPRAGE')}`)
  await here.put(at, '3', `${MR}&type=${encodeURIComponent('a/b,c')}`)
  await here.put(at, '4')
  for (const scan of ['1', '2', '3', '4']) await here.store(at, scan, `R/files/${scan}.txt`, `file of ${scan}`)
  await here.store(at, '1', 'DICOM/files/sub/1.dcm?format=DICOM&content=RAW', 'dicom of 1')
})
after(() => here?.site.close())

const namesOf = (rows: readonly Record<string, string>[]) => rows.map((row) => row['Name']).sort()

for (const [selection, expected] of [
  ['ALL', '1.dcm 1.txt 2.txt 3.txt 4.txt'],
  ['*', '1.dcm 1.txt 2.txt 3.txt 4.txt'],
  ['%2A', '1.dcm 1.txt 2.txt 3.txt 4.txt'],
  ['1', '1.dcm 1.txt'],
  ['1,2', '1.dcm 1.txt 2.txt'],
  ['1%2C2', '1.dcm 1.txt 2.txt'],
  ['T1', '1.dcm 1.txt'],
  ['T1%20MPRAGE', '2.txt'],
  ['T1,4', '1.dcm 1.txt 4.txt'],
  ['T1,T1%20MPRAGE', '1.dcm 1.txt 2.txt'],
  ['1,T1', '1.dcm 1.txt'],
  ['1,1', '1.dcm 1.txt'],
  ['1,99', '1.dcm 1.txt'],
  ['a%5BSLASH%5Db%5BCOMMA%5Dc', '3.txt'],
  ['4,a[SLASH]b[COMMA]c', '3.txt 4.txt'],
  ['NULL', '4.txt'],
] as const) {
  test(`scans 125: …/scans/${selection}/files lists ${expected}`, async () => {
    for (const scans of [at.scans, at.byId]) {
      const rows = await rowsAt(here.own, `${scans}/${selection}/files?format=json`)
      assert.equal(namesOf(rows).join(' '), expected)
    }
  })
}

test('scans 125: a row of the files listing has the nine columns and the address of the scan', async () => {
  const [row] = await rowsAt(here.own, `${at.scans}/2/files?format=json`)
  const [folder] = await rowsAt(here.own, `${at.scans}/2/resources`)
  const id = folder?.['xnat_abstractresource_id']
  assert.deepEqual(row, {
    Name: '2.txt',
    Size: '9',
    URI: `/data/experiments/${at.id}/scans/2/resources/${id}/files/2.txt`,
    collection: 'R',
    file_tags: '',
    file_format: '',
    file_content: '',
    cat_ID: id,
    digest: row?.['digest'],
  })
  assert.match(row?.['digest'] ?? '', /^[0-9a-f]{32}$/)
  assert.equal((await here.own('GET', row?.['URI'] ?? '')).text, 'file of 2')
})

test('scans 125: files are filtered by format and content', async () => {
  for (const query of ['file_format=DICOM', 'file_content=RAW', 'file_format=DICOM&file_content=RAW']) {
    assert.deepEqual(namesOf(await rowsAt(here.own, `${at.scans}/ALL/files?${query}`)), ['1.dcm'], query)
  }
  assert.deepEqual(await rowsAt(here.own, `${at.scans}/ALL/files?file_format=NIFTI`), [])
})

for (const selection of ['all', 'All', 't1', '99', '99,98', 'null']) {
  test(`scans 125: the selection ${selection} matches no scan`, async () => {
    refused(await here.own('GET', `${at.scans}/${selection}/files?format=json`), 404)
    refused(await here.own('GET', `${at.scans}/${selection}/resources?format=json`), 404)
  })
}

const MEMBERS = {
  'MR01/scans/1-T1/resources/DICOM/files/sub/1.dcm': 'dicom of 1',
  'MR01/scans/1-T1/resources/R/files/1.txt': 'file of 1',
  'MR01/scans/2-T1_MPRAGE/resources/R/files/2.txt': 'file of 2',
  'MR01/scans/3-a_b_c/resources/R/files/3.txt': 'file of 3',
  'MR01/scans/4/resources/R/files/4.txt': 'file of 4',
}

test('scans 126: the zip of all scans names ID, type, folder and path', async () => {
  const reply = await here.own('GET', `${at.scans}/ALL/files?format=zip`)
  is(reply, 200)
  assert.equal(reply.type, 'application/zip')
  assert.equal(reply.headers['content-disposition'], 'attachment; filename="MR01.zip";')
  const found = await readZip(reply.bytes)
  assert.deepEqual(Object.fromEntries(found.map(({ name, text }) => [name, text])), MEMBERS)
  assert.equal(found.length, 5)
})

test('scans 126: the zip of some scans has their files only', async () => {
  const found = await readZip((await here.own('GET', `${at.byId}/4,T1/files?format=zip`)).bytes)
  const wanted = Object.keys(MEMBERS).filter((name) => /scans\/[14]/.test(name))
  assert.deepEqual(found.map(({ name }) => name).sort(), wanted)
})

for (const [format, type] of [
  ['tar', 'application/x-tar'],
  ['tar.gz', 'application/x-gtar'],
] as const) {
  test(`scans section 6.2: the same members come as ${format}`, async () => {
    const reply = await here.own('GET', `${at.scans}/ALL/files?format=${format}`)
    is(reply, 200)
    assert.equal(reply.type, type)
    assert.equal(reply.headers['content-disposition'], `attachment; filename="MR01.${format}";`)
    const found = await readTar(format === 'tar' ? reply.bytes : gunzipSync(reply.bytes))
    assert.deepEqual(Object.fromEntries(found.map(({ name, text }) => [name, text])), MEMBERS)
  })
}

test('scans 127: the resources of a scan are a table with eleven columns', async () => {
  const reply = await here.own('GET', `${at.scans}/1/resources?format=json`)
  is(reply, 200)
  const { ResultSet } = reply.json()
  assert.deepEqual([ResultSet.title, ResultSet.totalRecords], ['Resources', '2'])
  const row = reply.rows().find((each) => each['label'] === 'DICOM')
  assert.match(row?.['xnat_abstractresource_id'] ?? '', /^\d+$/)
  assert.deepEqual(row, {
    xnat_abstractresource_id: row?.['xnat_abstractresource_id'],
    label: 'DICOM',
    element_name: 'xnat:resourceCatalog',
    category: 'scans',
    cat_id: '1',
    cat_desc: 'T1',
    file_count: '1',
    file_size: '10',
    tags: '',
    content: row?.['content'],
    format: 'DICOM',
  })
})

test('scans 127: the resources of all scans name their scans', async () => {
  const rows = await rowsAt(here.own, `${at.scans}/ALL/resources?format=json`)
  const found = rows.map((row) => [row['cat_id'], row['cat_desc'], row['label']].join()).sort()
  assert.deepEqual(found, ['1,T1,DICOM', '1,T1,R', '2,T1 MPRAGE,R', '3,a/b,c,R', '4,,R'])
})

test('scans 128: a resource cannot be made in several scans', async () => {
  for (const selection of ['ALL', '*', '1,2', '99']) {
    refused(await here.own('PUT', `${at.scans}/${selection}/resources/X`), 404, 'Unable to identify scan')
    const body = { headers: { 'content-type': 'application/octet-stream' }, body: 'x' }
    refused(await here.own('PUT', `${at.scans}/${selection}/resources/X/files/f`, body), 404)
    refused(await here.own('DELETE', `${at.scans}/${selection}/resources/R`), 404)
  }
  const labels = (await rowsAt(here.own, `${at.scans}/ALL/resources`)).map((row) => row['label'])
  assert.deepEqual(labels.sort(), ['DICOM', 'R', 'R', 'R', 'R'])
})

test('scans 125, section 6.2: ALL means all scans also where one is called that', async () => {
  const called = await here.sessionWith('1', 'ALL')
  for (const scan of ['1', 'ALL']) await here.put(called, scan, 'type=T1')
  await here.store(called, '1', 'R/files/1.txt', 'one')
  assert.deepEqual(namesOf(await rowsAt(here.own, `${called.scans}/ALL/files`)), ['1.txt'])
  refused(await here.own('PUT', `${called.scans}/ALL/resources/X`), 404, 'Unable to identify scan')
  done(await here.own('DELETE', `${called.scans}/ALL`))
  assert.deepEqual(await here.ids(called), ['1'])
})

test('scans 128: in a session of one scan ALL is that scan', async () => {
  const one = await here.sessionWith('7')
  done(await here.own('PUT', `${one.scans}/ALL/resources/X`))
  assert.equal((await rowsAt(here.own, `${one.scans}/7/resources`))[0]?.['label'], 'X')
})

test('scans 128: a type that one scan bears selects it', async () => {
  const typed = await here.session()
  await here.put(typed, '1', `${MR}&type=T1`)
  await here.put(typed, '2', `${MR}&type=T2`)
  done(await here.own('PUT', `${typed.scans}/T2/resources/X`))
  assert.equal((await rowsAt(here.own, `${typed.scans}/2/resources`))[0]?.['label'], 'X')
})

test('scans 141: all files of a session without scans are none', async () => {
  const { scans } = await here.session()
  for (const selection of ['ALL', '*']) {
    const reply = await here.own('GET', `${scans}/${selection}/files?format=json`)
    is(reply, 200)
    assert.deepEqual(reply.rows(), [])
    const resources = await here.own('GET', `${scans}/${selection}/resources?format=json`)
    is(resources, 200)
    assert.deepEqual(resources.rows(), [])
  }
})

test('scans 141: an archive of no files is not found', async () => {
  const [none, empty] = [await here.session(), await here.sessionWith('1')]
  for (const { scans } of [none, empty]) {
    for (const format of ['zip', 'tar', 'tar.gz']) {
      refused(await here.own('GET', `${scans}/ALL/files?format=${format}`), 404)
    }
  }
  assert.deepEqual(await rowsAt(here.own, `${empty.scans}/ALL/files`), [])
})

test('scans 141: a selection that matches nothing in a session without scans is not found', async () => {
  const { scans } = await here.session()
  refused(await here.own('GET', `${scans}/99/files`), 404)
  refused(await here.own('GET', `${scans}/NULL/files`), 404)
})

test('scans section 1.6: files of scans follow the rights of the session', async () => {
  assert.equal((await rowsAt(here.col, `${at.scans}/ALL/files`)).length, 5)
  refused(await here.str('GET', `${at.scans}/ALL/files`), 404)
  refused(await here.str('GET', `${at.byId}/ALL/files?format=zip`), 404)
})

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { is, MR, openSetting, refused, type Session, type Setting } from './setting.ts'

let here: Setting
before(async () => {
  here = await openSetting()
})
after(() => here?.site.close())

const PET = 'xsiType=xnat:petScanData'

/** An MR session of Kim with MR scan 1 and PET scan 2. */
async function mixed(): Promise<Session> {
  const at = await here.session({ query: 'xnat:mrSessionData/operator=Kim' })
  await here.put(at, '1', `${MR}&type=T1&coil=HEAD_32&xnat:mrScanData/parameters/tr=2.5&quality=usable`)
  await here.put(at, '2', `${PET}&type=EMISSION`)
  return at
}

const keys = (row: Record<string, string> | undefined) => Object.keys(row ?? {}).sort()

/** The column names in table order. */
async function header(at: Session, columns: string): Promise<string> {
  const reply = await here.own('GET', `${at.scans}?format=csv&columns=${columns}`)
  is(reply, 200)
  return reply.text.split('\n')[0] ?? ''
}

test('scans 28: columns=ID keeps the key and the URI', async () => {
  const at = await here.sessionWith('1')
  const [row] = await here.rows(at, 'columns=ID')
  assert.deepEqual(keys(row), ['ID', 'URI', 'xnat_imagescandata_id'])
})

test('scans 29: URI among the columns is no error', async () => {
  const at = await here.sessionWith('1')
  const [row] = await here.rows(at, 'columns=ID,URI,type,xsiType')
  assert.deepEqual(keys(row), ['ID', 'URI', 'type', 'xnat_imagescandata_id', 'xsiType'])
})

test('scans 30: an unknown column is left out', async () => {
  const at = await here.sessionWith('1')
  const [row] = await here.rows(at, 'columns=ID,nonsense')
  assert.deepEqual(keys(row), ['ID', 'URI', 'xnat_imagescandata_id'])
})

test('scans 31: DEFAULT and nothing stand for the default columns', async () => {
  const at = await mixed()
  const plain = await here.own('GET', at.scans)
  for (const query of ['columns=DEFAULT', 'columns=']) {
    const reply = await here.own('GET', `${at.scans}?${query}`)
    assert.equal(reply.text, plain.text, query)
  }
})

test('scans 32: without ID among the columns the URI is still there', async () => {
  const at = await mixed()
  const rows = await here.rows(at, 'columns=type')
  assert.deepEqual(keys(rows[0]), ['URI', 'type', 'xnat_imagescandata_id'])
  assert.equal(rows[0]?.['URI'], `/data/experiments/${at.id}/scans/1`)
})

test('scans 33: the path of a shortcut comes back under the shortcut', async () => {
  const at = await mixed()
  const [row] = await here.rows(at, 'columns=ID,xnat:imageScanData/type')
  assert.deepEqual(keys(row), ['ID', 'URI', 'type', 'xnat_imagescandata_id'])
  assert.equal(row?.['type'], 'T1')
})

test('scans 33: letter case of a path does not count, that of a shortcut does', async () => {
  const at = await mixed()
  assert.equal(await header(at, 'ID,XNAT:IMAGESCANDATA/TYPE'), 'xnat_imagescandata_id,ID,type,URI')
  assert.equal(await header(at, 'ID,TYPE'), 'xnat_imagescandata_id,ID,URI')
})

test('scans 34: any other path comes back in lower case', async () => {
  const at = await mixed()
  const [row] = await here.rows(at, 'columns=ID,xnat:mrScanData/parameters/tr')
  assert.equal(row?.['xnat:mrscandata/parameters/tr'], '2.5')
})

test('scans 34: attributes of nested elements are columns too', async () => {
  const at = await here.session()
  await here.put(at, '1', `${MR}&xnat:mrScanData/parameters/voxelRes/x=0.5`)
  const [row] = await here.rows(at, 'columns=ID,xnat:mrScanData/parameters/voxelRes/x')
  assert.equal(row?.['xnat:mrscandata/parameters/voxelres/x'], '0.5')
})

test('scans 35: a column of a subtype narrows the rows to that subtype', async () => {
  const at = await mixed()
  assert.deepEqual(await here.ids(at, 'columns=ID,coil'), ['1'])
  assert.deepEqual(await here.ids(at, 'columns=ID,numFrames'), ['2'])
  assert.deepEqual(await here.ids(at, 'columns=ID,xnat:ctScanData/parameters/kvp'), [])
})

test('scans 35: a filter of a subtype narrows the rows to that subtype', async () => {
  const at = await mixed()
  assert.deepEqual(await here.ids(at, 'coil=HEAD_32'), ['1'])
  assert.deepEqual(await here.ids(at, 'xnat:mrScanData/parameters/tr=2-3'), ['1'])
})

test('scans 35: the first subtype among the columns wins', async () => {
  const at = await mixed()
  assert.deepEqual(await here.ids(at, 'columns=ID,coil,numFrames'), ['1'])
  assert.deepEqual(await here.ids(at, 'columns=ID,numFrames,coil'), ['2'])
})

test('scans 36: xsiType returns the scans of that type only', async () => {
  const at = await mixed()
  assert.deepEqual(await here.ids(at, 'xsiType=xnat:petScanData'), ['2'])
  assert.deepEqual(await here.ids(at, 'xsiType=xnat:mrScanData&columns=ID'), ['1'])
  assert.deepEqual(await here.ids(at, 'xsiType=xnat:imageScanData'), ['1', '2'])
})

test('scans 36: xsiType of a type that no scan has returns no rows', async () => {
  const at = await mixed()
  assert.deepEqual(await here.ids(at, 'xsiType=xnat:ctScanData'), [])
})

test('scans section 2.4: xsiType of no type, or of something that is no scan, is refused', async () => {
  const at = await mixed()
  const refused = async (type: string) => {
    const reply = await here.own('GET', `${at.scans}?xsiType=${type}`)
    is(reply, 400)
    return reply.message()
  }
  assert.equal(await refused('xnat:fooScanData'), "Element not found: 'xnat:fooScanData'")
  const wanted = 'xsiType must be xnat:imageScanData or a type derived from it, not xnat:mrSessionData.'
  assert.equal(await refused('xnat:mrSessionData'), wanted)
})

test('scans 37: xsiType with a comma is ignored', async () => {
  const at = await mixed()
  assert.deepEqual(await here.ids(at, 'xsiType=xnat:mrScanData,xnat:petScanData'), ['1', '2'])
})

test('scans section 2.4: an unknown xsiType is refused', async () => {
  const at = await mixed()
  refused(await here.own('GET', `${at.scans}?xsiType=xnat:fooScanData`), 400)
})

test('scans section 2.4: an unknown path does not fail the listing', async () => {
  const at = await mixed()
  for (const path of ['xnat:imageScanData/nonsense', 'foo:bar/baz', 'xnat:mrScanData/parameters/nonsense', 'a/b']) {
    const reply = await here.own('GET', `${at.scans}?columns=ID,${path}`)
    is(reply, 200)
    assert.equal(reply.rows()[0]?.['ID'], '1', path)
  }
})

test('scans section 2.4: a field of the session is joined and does not narrow the rows', async () => {
  const at = await mixed()
  const rows = await here.rows(at, 'columns=ID,xnat:mrSessionData/operator')
  assert.deepEqual(
    rows.map((row) => [row['ID'], row['xnat:mrsessiondata/operator']]),
    [
      ['1', 'Kim'],
      ['2', 'Kim'],
    ],
  )
})

test('scans section 2.5: lower-cased paths of a subtype are answered under the same key', async () => {
  const at = await mixed()
  const paths = ['xnat:mrscandata/id', 'xnat:mrscandata/quality', 'xnat:mrsessiondata/operator']
  const rows = await here.rows(at, `columns=ID,insert_date,insert_user,coil,${paths}`)
  assert.equal(rows.length, 1)
  assert.deepEqual(
    paths.map((path) => rows[0]?.[path]),
    ['1', 'usable', 'Kim'],
  )
  for (const name of ['ID', 'insert_date', 'insert_user', 'coil']) assert.notEqual(rows[0]?.[name] ?? '', '', name)
})

test('scans section 2.5: columns stand in the order of the request, without repeats', async () => {
  const at = await mixed()
  assert.equal(await header(at, 'type,ID,type,quality,ID'), 'xnat_imagescandata_id,type,ID,quality,URI')
  assert.equal(await header(at, 'URI,ID,xnat_imagescandata_id'), 'xnat_imagescandata_id,ID,URI')
})

test('scans section 2.5: an absent value of a requested column is the empty string', async () => {
  const at = await here.sessionWith('1')
  const [row] = await here.rows(at, 'columns=ID,frames,scanTime,coil,xnat:mrScanData/parameters/te')
  for (const name of ['frames', 'scanTime', 'coil', 'xnat:mrscandata/parameters/te'])
    assert.equal(row?.[name], '', name)
})

test('scans section 2.5: the key asked for by name is there with a subtype too', async () => {
  const at = await mixed()
  const [row] = await here.rows(at, 'columns=xnat_imagescandata_id,ID,coil')
  assert.equal(row?.['xnat_imagescandata_id'], (await here.row(at, '1'))['xnat_imagescandata_id'])
})

test('scans section 2.5: the path of the key of a subtype is the first column, and no other', async () => {
  const at = await mixed()
  const path = 'xnat:mrScanData/xnat_imagescandata_id'
  assert.equal(await header(at, `ID,${path}`), `${path.toLowerCase()},ID,URI`)
})

test('scans 38: insert_user is the login of the creator and insert_date a moment', async () => {
  const at = await mixed()
  await here.mem('PUT', `${at.scans}/m?${MR}`)
  const rows = await here.rows(at, 'columns=ID,insert_date,insert_user,last_modified')
  assert.deepEqual(
    rows.map((row) => row['insert_user']),
    ['own', 'own', 'mem'],
  )
  for (const row of rows) {
    assert.match(row['insert_date'] ?? '', /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{1,3}$/)
    assert.match(row['last_modified'] ?? '', /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{1,3}$/)
  }
})

test('scans section 4.10: a change moves last_modified and nothing else of the record', async () => {
  const at = await here.sessionWith('1')
  const before = (await here.rows(at, 'columns=ID,insert_date,insert_user,last_modified'))[0]
  await new Promise((resolve) => setTimeout(resolve, 20))
  await here.mem('PUT', `${at.scans}/1?note=later`)
  const later = (await here.rows(at, 'columns=ID,insert_date,insert_user,last_modified'))[0]
  assert.notEqual(later?.['last_modified'], before?.['last_modified'])
  assert.deepEqual({ ...later, last_modified: '' }, { ...before, last_modified: '' })
})

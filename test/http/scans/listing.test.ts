import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { done, is, MR, openSetting, rowsAt, type Setting } from './setting.ts'

let here: Setting
before(async () => {
  here = await openSetting()
})
after(() => here?.site.close())

const DEFAULT_KEYS = 'ID URI note quality series_description type xnat_imagescandata_id xsiType'

test('scans 1: a session without scans lists an empty table', async () => {
  const { scans } = await here.session()
  const reply = await here.own('GET', scans)
  is(reply, 200)
  assert.equal(reply.type, 'application/json')
  assert.equal(reply.text, '{"ResultSet":{"Result":[], "totalRecords": "0"}}')
})

test('scans 2: a scan is created with 200, an empty body and no Location', async () => {
  const { scans } = await here.session()
  const reply = await here.own('PUT', `${scans}/1?${MR}`)
  done(reply)
  assert.equal(reply.headers.location, undefined)
})

test('scans 3: the new scan is the one row of the listing', async () => {
  const at = await here.sessionWith('1')
  const rows = await here.rows(at)
  assert.deepEqual(
    rows.map((row) => [row['ID'], row['xsiType']]),
    [['1', 'xnat:mrScanData']],
  )
})

test('scans 4: a row has the eight documented keys and no other', async () => {
  const at = await here.sessionWith('1')
  assert.equal(
    Object.keys(await here.row(at, '1'))
      .sort()
      .join(' '),
    DEFAULT_KEYS,
  )
})

test('scans 5: every cell is a string, and what was never set is the empty string', async () => {
  const at = await here.sessionWith('1')
  const row = await here.row(at, '1')
  for (const [name, cell] of Object.entries(row)) assert.equal(typeof cell, 'string', name)
  for (const name of ['type', 'quality', 'note', 'series_description']) assert.equal(row[name], '', name)
  assert.match(row['xnat_imagescandata_id'] ?? '', /^\d+$/)
})

test('scans 5: numbers in cells are written as decimal text', async () => {
  const at = await here.session()
  await here.put(at, '1', `${MR}&frames=176&xnat:mrScanData/parameters/tr=2.5`)
  const [row] = await here.rows(at, 'columns=ID,frames,xnat:mrScanData/parameters/tr')
  assert.equal(row?.['frames'], '176')
  assert.equal(row?.['xnat:mrscandata/parameters/tr'], '2.5')
})

test('scans 6: totalRecords is a string', async () => {
  const at = await here.sessionWith('1')
  const reply = await here.own('GET', at.scans)
  assert.equal(reply.json().ResultSet.totalRecords, '1')
})

test('scans 7: URI names the session by its accession id', async () => {
  const at = await here.sessionWith('1')
  assert.equal((await here.row(at, '1'))['URI'], `/data/experiments/${at.id}/scans/1`)
})

test('scans 8: the listing by accession id alone has the same rows', async () => {
  const at = await here.sessionWith('1', '2')
  assert.deepEqual(await rowsAt(here.own, at.byId), await here.rows(at))
})

test('scans section 2.5: the JSON table is one line with the separators of the protocol', async () => {
  const at = await here.session()
  await here.put(at, '1', `${MR}&type=LOCALIZER&note=${encodeURIComponent('moved, then "still" </p>')}`)
  await here.put(at, '2', `${MR}&type=T1`)
  const { text } = await here.own('GET', at.scans)
  const rows = JSON.stringify(JSON.parse(text).ResultSet.Result).replaceAll('</', '<\\/')
  assert.equal(text, `{"ResultSet":{"Result":${rows}, "totalRecords": "2"}}`)
})

test('scans section 2.5: text outside ASCII comes back as it was sent', async () => {
  const at = await here.session()
  await here.put(at, '1', `${MR}&note=${encodeURIComponent('Grüße 🧠 日本')}`)
  assert.equal((await here.row(at, '1'))['note'], 'Grüße 🧠 日本')
  for (const format of ['xml', 'csv', 'html']) {
    const { text } = await here.own('GET', `${at.scans}?format=${format}`)
    assert.ok(text.includes('Grüße 🧠 日本'), format)
  }
})

test('scans section 2.5: a line break stays in JSON', async () => {
  const at = await here.session()
  await here.put(at, '1', `${MR}&note=first%0Asecond`)
  assert.equal((await here.row(at, '1'))['note'], 'first\nsecond')
})

test('scans section 2.5: a time has milliseconds in JSON and none in the other tables', async () => {
  const at = await here.session()
  await here.put(at, '1', `${MR}&scanTime=09:37:11`)
  const [row] = await here.rows(at, 'columns=ID,scanTime')
  assert.equal(row?.['scanTime'], '09:37:11.000')
  const csv = await here.own('GET', `${at.scans}?columns=ID,scanTime&format=csv`)
  assert.match(csv.text, /^\d+,1,09:37:11,/m)
  const xml = await here.own('GET', `${at.scans}?columns=ID,scanTime&format=xml`)
  assert.ok(xml.text.includes('<cell>09:37:11</cell>'), xml.text)
  const html = await here.own('GET', `${at.scans}?columns=ID,scanTime&format=html`)
  assert.ok(html.text.includes('<td>09:37:11</td>'), html.text)
})

test('scans section 2.5: dates are year, month and day', async () => {
  const at = await here.session()
  await here.put(at, '1', `${MR}&validation_date=2024-03-05`)
  const [row] = await here.rows(at, 'columns=ID,validation_date')
  assert.equal(row?.['validation_date'], '2024-03-05')
})

test('scans 42: without sortBy rows come in order of creation', async () => {
  const at = await here.sessionWith('9', '10', '1', '2')
  const rows = await here.rows(at)
  assert.deepEqual(
    rows.map((row) => row['ID']),
    ['9', '10', '1', '2'],
  )
  const keys = rows.map((row) => Number(row['xnat_imagescandata_id']))
  assert.deepEqual(
    keys,
    keys.toSorted((a, b) => a - b),
  )
})

test('scans 42: a change does not move a row', async () => {
  const at = await here.sessionWith('1', '2', '3')
  await here.put(at, '1', 'note=changed')
  assert.deepEqual(await here.ids(at), ['1', '2', '3'])
})

test('scans 43: limit and offset are ignored', async () => {
  const at = await here.sessionWith('1', '2', '3')
  for (const query of ['limit=1', 'offset=1', 'limit=1&offset=2']) {
    const reply = await here.own('GET', `${at.scans}?${query}`)
    assert.equal(reply.rows().length, 3, query)
    assert.equal(reply.json().ResultSet.totalRecords, '3', query)
  }
})

test('scans section 2.2: parameters of other calls have no effect on listings', async () => {
  const at = await here.sessionWith('1', '2')
  const plain = await here.own('GET', at.scans)
  for (const query of ['concealHiddenFields=true', 'includeHistory=true', 'includeHeaders=true', 'handler=x']) {
    const reply = await here.own('GET', `${at.scans}?${query}`)
    is(reply, 200)
    assert.equal(reply.text, plain.text, query)
  }
})

test('scans section 2.2: a screen asked for with HTML still answers the table', async () => {
  const at = await here.sessionWith('1')
  const reply = await here.own('GET', `${at.scans}?format=html&requested_screen=XDATScreen.vm&hideTopBar=true`)
  is(reply, 200)
  assert.equal(reply.type, 'text/html')
})

test('scans 46: fields lists every shortcut with its path and no total', async () => {
  const { scans } = await here.session()
  const reply = await here.own('GET', `${scans}?fields=1`)
  is(reply, 200)
  const { ResultSet } = reply.json()
  assert.deepEqual(Object.keys(ResultSet), ['Result'])
  for (const row of ResultSet.Result) assert.deepEqual(Object.keys(row).sort(), ['key', 'xpath'])
  const paths = Object.fromEntries(ResultSet.Result.map((row: Record<string, string>) => [row['key'], row['xpath']]))
  assert.deepEqual(paths, SHORTCUTS)
  assert.equal(ResultSet.Result.length, Object.keys(SHORTCUTS).length)
})

test('scans 46: the shortcut table comes in the requested format', async () => {
  const { scans } = await here.session()
  const reply = await here.own('GET', `${scans}?fields=1&format=csv`)
  assert.equal(reply.type, 'text/csv')
  assert.match(reply.text, /^key,xpath\n/)
  assert.ok(reply.text.includes('\nscanTime,xnat:imageScanData/startTime\n'))
})

const base = (...names: string[]) => Object.fromEntries(names.map((name) => [name, `xnat:imageScanData/${name}`]))
const mr = (...names: string[]) => Object.fromEntries(names.map((name) => [name, `xnat:mrScanData/${name}`]))
const pet = (...names: string[]) =>
  Object.fromEntries(names.map((name) => [name, `xnat:petScanData/parameters/${name}`]))

const SHORTCUTS = {
  ...base('ID', 'type', 'UID', 'note', 'quality', 'condition', 'series_description', 'documentation', 'scanner'),
  ...base('modality', 'frames', 'xnat_imagescandata_id'),
  validation_method: 'xnat:imageScanData/validation/method',
  validation_status: 'xnat:imageScanData/validation/status',
  validation_date: 'xnat:imageScanData/validation/date',
  validation_notes: 'xnat:imageScanData/validation/notes',
  scanTime: 'xnat:imageScanData/startTime',
  ...mr('coil', 'fieldStrength', 'marker', 'stabilization'),
  ...pet('orientation', 'originalFileName', 'systemType', 'fileType', 'transaxialFOV', 'acqType', 'facility'),
  ...pet('numPlanes', 'numGates', 'planeSeparation', 'binSize', 'dataType'),
  numFrames: 'xnat:petScanData/parameters/frames/numFrames',
  insert_date: 'xnat:imageScanData/meta/insert_date',
  insert_user: 'xnat:imageScanData/meta/insert_user/login',
  last_modified: 'xnat:imageScanData/meta/last_modified',
  xsiType: 'xnat:imageScanData/extension_item/element_name',
}

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type ItemJson, is, MR, openSetting, query, refused, type Session, type Setting } from './setting.ts'

let here: Setting
before(async () => {
  here = await openSetting()
})
after(() => here?.site.close())

const NO_SCAN = 'Unable to find the specified scan.'
const JAVA_DATE = /^[A-Z][a-z]{2} [A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d UTC \d{4}$/

const json = async (at: Session, more = ''): Promise<ItemJson> =>
  (await here.own('GET', `${at.scans}/1?format=json${more}`)).json()

test('scans 56: the JSON of one scan has one item', async () => {
  const at = await here.sessionWith('1')
  const reply = await here.own('GET', `${at.scans}/1?format=json`)
  is(reply, 200)
  assert.equal(reply.type, 'application/json')
  assert.deepEqual(Object.keys(reply.json()), ['items'])
  assert.equal(reply.json().items.length, 1)
})

test('scans 56: format=JSON and Accept alone answer JSON too', async () => {
  const at = await here.sessionWith('1')
  assert.equal((await here.own('GET', `${at.scans}/1?format=JSON`)).type, 'application/json')
  const reply = await here.own('GET', `${at.byId}/1`, { headers: { accept: 'application/json' } })
  is(reply, 200)
  assert.equal(reply.type, 'application/json')
  assert.equal(reply.json().items[0].data_fields.ID, '1')
})

test('scans 57: an item has children, meta and data_fields', async () => {
  const item = await here.item(await here.sessionWith('1'), '1')
  assert.deepEqual(Object.keys(item).sort(), ['children', 'data_fields', 'meta'])
  assert.ok(Array.isArray(item.children))
})

test('scans 58: meta names the type, says that this is no history, and numbers the change', async () => {
  const { meta } = await here.item(await here.sessionWith('1'), '1')
  assert.equal(meta['xsi:type'], 'xnat:mrScanData')
  assert.equal(meta.isHistory, false)
  assert.ok(Number.isInteger(meta.create_event_id), String(meta.create_event_id))
})

test('scans 59: start_date is a date in the layout that clients parse', async () => {
  const { meta } = await here.item(await here.sessionWith('1'), '1')
  assert.match(meta.start_date, JAVA_DATE)
  assert.ok(Math.abs(Date.parse(meta.start_date.replace('UTC ', '').concat(' UTC')) - Date.now()) < 60_000)
})

test('scans 60: the session is named by its accession id and the scan by a string', async () => {
  const at = await here.sessionWith('1')
  const fields = await here.fields(at, '1')
  assert.equal(fields['image_session_ID'], at.id)
  assert.equal(fields['ID'], '1')
  assert.equal(fields['project'], 'PRJ1')
})

test('scans 61: the key stands under both spellings and equals that of the listing', async () => {
  const at = await here.sessionWith('1')
  const fields = await here.fields(at, '1')
  const key = Number((await here.row(at, '1'))['xnat_imagescandata_id'])
  assert.deepEqual([fields['xnat_imageScanData_id'], fields['xnat_imagescandata_id']], [key, key])
})

test('scans 62: fields never set are absent', async () => {
  const fields = await here.fields(await here.sessionWith('1'), '1')
  assert.deepEqual(Object.keys(fields).sort(), [
    'ID',
    'image_session_ID',
    'project',
    'xnat_imageScanData_id',
    'xnat_imagescandata_id',
  ])
})

test('scans 63: floats and integers are numbers, texts are strings', async () => {
  const at = await here.sessionWith('1')
  await here.put(at, '1', 'xnat:mrScanData/parameters/voxelRes/x=1.0&frames=176&fieldStrength=3.0')
  const fields = await here.fields(at, '1')
  assert.equal(fields['parameters/voxelRes/x'], 1)
  assert.equal(fields['frames'], 176)
  assert.equal(fields['fieldStrength'], '3.0')
})

test('scans section 3.3: every kind of value is written as its kind', async () => {
  const at = await here.sessionWith('1')
  await here.put(
    at,
    '1',
    query({
      'xnat:mrScanData/parameters/pixelBandwidth': '219.5',
      'xnat:mrScanData/parameters/te': '3.08',
      'xnat:mrScanData/parameters/ti': '1000',
      'xnat:mrScanData/parameters/flip': 'NaN',
      'xnat:mrScanData/parameters/fov/x': '240',
      'xnat:mrScanData/parameters/imageType': 'ORIGINAL\\PRIMARY\\M\\ND',
      'xnat:mrScanData/dcmValidation/status': 'true',
      'xnat:imageScanData/scanner/manufacturer': 'ACME',
      'xnat:imageScanData/start_date': '2024-03-05',
      scanner: 'SCANNER3',
      scanTime: '09:37:11',
    }),
  )
  const fields = await here.fields(at, '1')
  const expected = {
    'parameters/pixelBandwidth': 219.5,
    'parameters/te': 3.08,
    'parameters/ti': 1000,
    'parameters/flip': 'NaN',
    'parameters/fov/x': 240,
    'parameters/imageType': 'ORIGINAL\\PRIMARY\\M\\ND',
    'dcmValidation/status': 'true',
    'scanner/manufacturer': 'ACME',
    start_date: '2024-03-05',
    scanner: 'SCANNER3',
    startTime: '09:37:11',
  }
  assert.deepEqual(Object.fromEntries(Object.keys(expected).map((path) => [path, fields[path]])), expected)
})

test('scans section 3.3: the JSON of one scan is one line without spaces', async () => {
  const at = await here.sessionWith('1')
  const { text } = await here.own('GET', `${at.scans}/1?format=json`)
  assert.equal(text, JSON.stringify(JSON.parse(text)))
})

test('scans 64: a scan without resources has no children', async () => {
  assert.deepEqual((await here.item(await here.sessionWith('1'), '1')).children, [])
})

test('scans 65: a resource is a child under the field file', async () => {
  const at = await here.sessionWith('1')
  await here.own('PUT', `${at.scans}/1/resources/DICOM?format=DICOM&content=RAW`)
  await here.store(at, '1', 'DICOM/files/a.dcm', 'twelve bytes')
  const [child, ...others] = (await here.item(at, '1')).children
  assert.deepEqual(others, [])
  assert.equal(child.field, 'file')
  assert.equal(child.items.length, 1)
  const [item] = child.items
  assert.deepEqual(Object.keys(item).sort(), ['children', 'data_fields', 'meta'])
  assert.equal(item.meta['xsi:type'], 'xnat:resourceCatalog')
  assert.match(item.meta.start_date, JAVA_DATE)
  const { label, format, content, file_count, file_size } = item.data_fields
  assert.deepEqual([label, format, content, file_count, file_size], ['DICOM', 'DICOM', 'RAW', 1, 12])
})

test('scans 65: the child bears the number of the resource and no path of the server', async () => {
  const at = await here.sessionWith('1')
  await here.store(at, '1', 'DICOM/files/a.dcm', 'a')
  const reply = await here.own('GET', `${at.scans}/1?format=json`)
  const { data_fields } = reply.json().items[0].children[0].items[0]
  const [row] = (await here.own('GET', `${at.scans}/1/resources`)).rows()
  assert.equal(data_fields.xnat_abstractresource_id, Number(row?.['xnat_abstractresource_id']))
  assert.equal(typeof data_fields.URI, 'string')
  assert.ok(!reply.text.includes(here.site.folder))
})

test('scans section 3.3: the validation of a scan is a child of its own', async () => {
  const at = await here.sessionWith('1')
  await here.put(at, '1', 'validation_method=visual&validation_date=2024-03-05&validation_status=passed')
  const child = (await here.item(at, '1')).children.find((each: ItemJson) => each.field === 'validation')
  const { method, date, status } = child.items[0].data_fields
  assert.deepEqual([method, date, status], ['visual', '2024-03-05', 'passed'])
})

test('scans 72: includeHeaders adds a list of field names beside every list of items', async () => {
  const at = await here.sessionWith('1')
  await here.store(at, '1', 'DICOM/files/a.dcm', 'a')
  const answer = await json(at, '&includeHeaders=true')
  assert.ok(Array.isArray(answer.headers) && answer.headers.includes('ID'), String(answer.headers))
  const [child] = answer.items[0].children
  assert.ok(Array.isArray(child.headers) && child.headers.includes('label'), String(child.headers))
})

test('scans section 3.2: includeHistory adds the versions before', async () => {
  const at = await here.sessionWith('1')
  await here.put(at, '1', 'note=before')
  await here.put(at, '1', 'note=after')
  const { items } = await json(at, '&includeHistory=true')
  const now = items.filter((item: ItemJson) => !item.meta.isHistory)
  const history = items.filter((item: ItemJson) => item.meta.isHistory)
  assert.deepEqual(
    now.map((item: ItemJson) => item.data_fields.note),
    ['after'],
  )
  const old = history.find((item: ItemJson) => item.data_fields.note === 'before')
  assert.ok(old, 'the version before is missing')
  assert.ok(Number.isInteger(old.meta.modified_event_id), String(old.meta.modified_event_id))
  assert.match(old.meta.end_date, JAVA_DATE)
})

test('scans section 3.2: a flag is on unless it is absent, bare, false or 0', async () => {
  const at = await here.sessionWith('1')
  await here.put(at, '1', 'note=changed')
  for (const [flag, on] of [
    ['', false],
    ['&includeHistory', false],
    ['&includeHistory=false', false],
    ['&includeHistory=FALSE', false],
    ['&includeHistory=0', false],
    ['&includeHistory=', true],
    ['&includeHistory=yes', true],
    ['&includeHistory=TRUE', true],
  ] as const) {
    assert.equal((await json(at, flag)).items.length > 1, on, flag)
  }
})

test('scans section 4.10: a change has a number and a date of its own and keeps the key', async () => {
  const at = await here.sessionWith('1')
  const before = await here.item(at, '1')
  await here.put(at, '1', 'note=changed')
  const later = await here.item(at, '1')
  assert.notEqual(later.meta.create_event_id, before.meta.create_event_id)
  assert.equal(later.data_fields.xnat_imagescandata_id, before.data_fields.xnat_imagescandata_id)
})

test('scans 73: an unknown handler is refused by name', async () => {
  const at = await here.sessionWith('1')
  refused(await here.own('GET', `${at.scans}/1?format=json&handler=x`), 400, 'Invalid handler definition: x')
})

test('scans 74: an unknown scan is not found', async () => {
  const at = await here.sessionWith('1')
  for (const format of ['json', 'xml', 'html', 'csv']) {
    refused(await here.own('GET', `${at.scans}/99?format=${format}`), 404, NO_SCAN)
    refused(await here.own('GET', `${at.byId}/99?format=${format}`), 404, NO_SCAN)
  }
})

test('scans 74: a scan of an unknown session is not found with the same words', async () => {
  refused(await here.own('GET', '/data/experiments/NOPE/scans/1?format=json'), 404, NO_SCAN)
})

test('scans 75: no wildcard, list or type stands for a scan', async () => {
  const at = await here.session()
  await here.put(at, '1', `${MR}&type=T1`)
  await here.put(at, '2')
  for (const id of ['ALL', '*', '%2A', '1,2', '1%2C2', 'T1', 'NULL']) {
    refused(await here.own('GET', `${at.scans}/${id}?format=json`), 404, NO_SCAN)
  }
})

test('scans section 1.3: scan IDs are compared exactly', async () => {
  const at = await here.sessionWith('a', '01')
  for (const id of ['A', '1', '001']) refused(await here.own('GET', `${at.scans}/${id}?format=json`), 404, NO_SCAN)
  is(await here.own('GET', `${at.scans}/%61?format=json`), 200)
})

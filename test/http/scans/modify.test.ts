import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { done, type ItemJson, is, MR, openSetting, query, refused, type Session, type Setting } from './setting.ts'

let here: Setting
before(async () => {
  here = await openSetting()
})
after(() => here?.site.close())

/** A session with MR scan 5 of type T1, noted `n0`. */
async function five(): Promise<Session> {
  const at = await here.session()
  await here.put(at, '5', `${MR}&type=T1&note=n0`)
  return at
}

const note = async (at: Session) => (await here.row(at, '5'))['note']

test('scans 82: nothing sent to an existing scan changes nothing', async () => {
  const at = await five()
  const before = await here.fields(at, '5')
  done(await here.own('PUT', `${at.scans}/5`))
  done(await here.own('PUT', `${at.byId}/5`))
  assert.deepEqual(await here.fields(at, '5'), before)
})

for (const [line, text] of [
  ['83', 'note=n'],
  ['84', `${MR}&note=n`],
  ['85', 'xnat:imageScanData/note=n'],
  ['86', 'xnat:mrScanData/note=n'],
  ['84', 'xsiType=xnat:MRScan&note=n'],
  ['section 4.2', 'XNAT:MRSCANDATA/NOTE=n'],
  ['section 4.2', 'xnat:mrscandata/Note=n'],
  ['section 4.2', 'xnat:mrScanData.note=n'],
  ['section 4.2', 'xnat%3AmrScanData%2Fnote=n'],
  ['section 4.2', 'foo=1&note=n'],
  ['section 4.2', 'foo:bar/x=1&note=n'],
  ['section 4.2', 'format=json&note=n'],
  ['108', 'event_reason=r&event_comment=c&note=n'],
  ['108', 'event_type=WEB_FORM&event_action=a&note=n'],
  ['108', 'event_type=NONSENSE&note=n'],
  ['section 4.2', 'xnat:mrScanData/label=x&note=n'],
  ['section 4.2', 'insert_date=2000-01-01&insert_user=str&xnat_imagescandata_id=1&last_modified=x&note=n'],
  ['96', `${MR}&xnat:mrScanData/bogus=1&note=n`],
  ['96', 'xnat:mrScanData/parameters/bogus=1&note=n'],
] as const) {
  // Titles: scans 84, 85, 86, 108.
  test(`scans ${line}: ${text} changes the note and nothing else`, async () => {
    const at = await five()
    const before = await here.fields(at, '5')
    done(await here.own('PUT', `${at.scans}/5?${text}`))
    assert.deepEqual(await here.fields(at, '5'), { ...before, note: 'n' })
  })
}

test('scans 83: the change works through the accession id too', async () => {
  const at = await five()
  done(await here.own('PUT', `${at.byId}/5?note=n1`))
  assert.deepEqual([await note(at), (await here.row(at, '5'))['type']], ['n1', 'T1'])
})

test('scans 87: a path of another scan type is ignored', async () => {
  const at = await five()
  done(await here.own('PUT', `${at.scans}/5?xnat:ctScanData/note=bad`))
  assert.deepEqual([await note(at), (await here.row(at, '5'))['xsiType']], ['n0', 'xnat:mrScanData'])
})

test('scans 88: another type than the scan has is a conflict', async () => {
  const at = await five()
  const reply = await here.own('PUT', `${at.scans}/5?xsiType=xnat:petScanData&note=bad`)
  refused(reply, 409, 'Specified xsiType differs from existing xsiType')
  assert.deepEqual([await note(at), (await here.row(at, '5'))['xsiType']], ['n0', 'xnat:mrScanData'])
})

test('scans 89, 90: a type that cannot be created cannot be put on an existing scan', async () => {
  const at = await five()
  for (const type of ['xnat:imageScanData', 'xnat:mrSessionData', 'xnat:fooScanData']) {
    refused(await here.own('PUT', `${at.scans}/5?xsiType=${type}&note=bad`), 400)
  }
  assert.equal(await note(at), 'n0')
})

for (const [field, value, fault] of [
  ['frames', 'abc', 'Must Be A Valid Integer'],
  ['frames', '12.5', 'Must Be A Valid Integer'],
  ['xnat:mrScanData/parameters/tr', 'abc', 'Must Be A Valid Float'],
  ['xnat:mrScanData/parameters/tr', '1e400', 'Must Be A Valid Float'],
  ['validation_date', '2001', 'Must Be A Valid Date'],
  ['xnat:mrScanData/dcmValidation/status', 'maybe', 'Must Be A Valid Boolean'],
  ['quality', 'x'.repeat(300), 'Must Be Less Than 255 Characters : Current Length (300)'],
  ['note', 'x'.repeat(2501), 'Must Be Less Than 2500 Characters : Current Length (2501)'],
  ['documentation', 'x'.repeat(1001), 'Must Be Less Than 1000 Characters : Current Length (1001)'],
  ['xnat:mrScanData/parameters/orientation', 'Sagitt', 'Must Be Less Than 5 Characters : Current Length (6)'],
] as const) {
  test(`scans 92, 93: ${field}=${value.slice(0, 12)} is refused with ${fault} and changes nothing`, async () => {
    const at = await five()
    const before = await here.fields(at, '5')
    refused(await here.own('PUT', `${at.scans}/5?${query({ type: 'T9', [field]: value })}`), 400, asPattern(fault))
    assert.deepEqual(await here.fields(at, '5'), before)
  })
}

test('scans 92: the message names the type and the path of the field', async () => {
  const at = await five()
  const message =
    "The content of element 'xnat:mrScanData' is not complete. " +
    `'{"http://nrg.wustl.edu/xnat":frames}' Must Be A Valid Integer`
  const reply = await here.own('PUT', `${at.scans}/5?frames=abc`)
  refused(reply, 400, asPattern(message))
  // As it stands: scripts look for the sentence in the page, quotes and all.
  assert.ok(reply.text.includes(`<h3>${message}</h3>`), reply.text)
})

test('scans section 4.1: all faults are told at once', async () => {
  const at = await five()
  const reply = await here.own('PUT', `${at.scans}/5?frames=abc&quality=${'x'.repeat(256)}`)
  refused(reply, 400, /Must Be A Valid Integer/)
  assert.match(reply.message() ?? '', /Must Be Less Than 255 Characters : Current Length \(256\)/)
})

test('scans 93: the longest texts are taken', async () => {
  const at = await five()
  await here.put(at, '5', query({ quality: 'q'.repeat(255), note: 'n'.repeat(2500), documentation: 'd'.repeat(1000) }))
  const fields = await here.fields(at, '5')
  assert.deepEqual(
    ['quality', 'note', 'documentation'].map((name) => String(fields[name]).length),
    [255, 2500, 1000],
  )
})

test('scans 94: NULL clears a field', async () => {
  const at = await five()
  done(await here.own('PUT', `${at.scans}/5?note=NULL`))
  assert.equal(await note(at), '')
  assert.ok(!('note' in (await here.fields(at, '5'))))
})

test('scans 94: NULL clears numbers, times and nested fields by path', async () => {
  const at = await five()
  const values = ['frames', 'scanTime', 'xnat:mrScanData/parameters/tr', 'xnat:imageScanData/scanner/model']
  const set = ['3', '10:00:00', '2.5', 'M']
  await here.put(at, '5', query(Object.fromEntries(values.map((name, n) => [name, set[n] ?? '']))))
  await here.put(at, '5', `${MR}&${query(Object.fromEntries(values.map((name) => [name, 'NULL'])))}`)
  const left = Object.keys(await here.fields(at, '5')).sort()
  assert.deepEqual(left, [
    'ID',
    'image_session_ID',
    'note',
    'project',
    'type',
    'xnat_imageScanData_id',
    'xnat_imagescandata_id',
  ])
})

test('scans 94: null in small letters is a text', async () => {
  const at = await five()
  await here.put(at, '5', 'note=null')
  assert.equal(await note(at), 'null')
})

test('scans 95: an empty value leaves the field as it was', async () => {
  const at = await five()
  await here.put(at, '5', 'note=x')
  await here.put(at, '5', 'note=')
  assert.equal(await note(at), 'x')
})

test('scans 96: a new scan keeps the known values beside an unknown field', async () => {
  const at = await here.session()
  await here.put(at, '6', 'xnat:mrScanData/bogus=1&xnat:mrScanData/note=k&type=T1')
  const row = await here.row(at, '6')
  assert.deepEqual([row['note'], row['type']], ['k', 'T1'])
})

test('scans section 4.10: fields not mentioned keep their value', async () => {
  const at = await five()
  await here.put(at, '5', 'quality=usable')
  await here.put(at, '5', 'xnat:mrScanData/parameters/voxelRes/x=1')
  await here.put(at, '5', 'xnat:mrScanData/parameters/voxelRes/y=2')
  const fields = await here.fields(at, '5')
  const names = ['note', 'type', 'quality', 'parameters/voxelRes/x', 'parameters/voxelRes/y']
  assert.deepEqual(
    names.map((name) => fields[name]),
    ['n0', 'T1', 'usable', 1, 2],
  )
})

test('scans section 4.2: the session of a scan cannot be set', async () => {
  const [at, other] = [await five(), await here.session()]
  await here.put(at, '5', `xnat:mrScanData/image_session_ID=${other.id}`)
  assert.equal((await here.fields(at, '5'))['image_session_ID'], at.id)
  assert.deepEqual(await here.ids(other), [])
})

test('scans section 4.10: a change keeps the resources', async () => {
  const at = await five()
  await here.store(at, '5', 'R/files/a.txt', 'kept')
  await here.put(at, '5', 'note=changed')
  const children = (await here.item(at, '5')).children
  assert.deepEqual(
    children.map((child: ItemJson) => child.field),
    ['file'],
  )
  const file = await here.own('GET', `${at.scans}/5/resources/R/files/a.txt`)
  is(file, 200)
  assert.equal(file.text, 'kept')
})

const asPattern = (text: string) => new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))

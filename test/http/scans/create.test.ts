import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { done, is, MR, openSetting, query, refused, type Setting } from './setting.ts'

let here: Setting
before(async () => {
  here = await openSetting()
})
after(() => here?.site.close())

const NEED_CONTENTS = 'Need PUT Contents'

test('scans 77: values by path and by shortcut are stored', async () => {
  const at = await here.session()
  done(await here.own('PUT', `${at.scans}/5?${MR}&xnat:mrScanData/type=T1&series_description=x`))
  const row = await here.row(at, '5')
  assert.deepEqual([row['type'], row['series_description']], ['T1', 'x'])
})

test('scans 78: a scan is created through the accession id alone', async () => {
  const at = await here.session()
  done(await here.own('PUT', `${at.byId}/6?xsiType=xnat:ctScanData`))
  assert.equal((await here.row(at, '6'))['xsiType'], 'xnat:ctScanData')
  assert.equal((await here.fields(at, '6'))['project'], 'PRJ1')
})

test('scans 79: a path names the type of a new scan', async () => {
  const at = await here.session()
  done(await here.own('PUT', `${at.scans}/7?xnat:mrScanData/type=T1`))
  const row = await here.row(at, '7')
  assert.deepEqual([row['xsiType'], row['type']], ['xnat:mrScanData', 'T1'])
})

test('scans 79: the first path names the type', async () => {
  const at = await here.session()
  done(await here.own('PUT', `${at.scans}/7?note=n&xnat:ctScanData/type=CT1&xnat:mrScanData/coil=HEAD`))
  const row = await here.row(at, '7')
  assert.deepEqual([row['xsiType'], row['type'], row['note']], ['xnat:ctScanData', 'CT1', 'n'])
})

test('scans 80: a shortcut alone names no type', async () => {
  const at = await here.session()
  refused(await here.own('PUT', `${at.scans}/8?type=T1`), 417, NEED_CONTENTS)
  assert.deepEqual(await here.ids(at), [])
})

test('scans 81: nothing at all creates nothing', async () => {
  const at = await here.session()
  refused(await here.own('PUT', `${at.scans}/8`), 417, NEED_CONTENTS)
  assert.deepEqual(await here.ids(at), [])
})

test('scans 89: the general scan type is refused', async () => {
  const at = await here.session()
  const message =
    'Multiple scan modalities can be associated here.  Please retry with the specification of a particular modality ' +
    '(i.e. ?xsiType=xnat:mrScanData).'
  refused(await here.own('PUT', `${at.scans}/9?xsiType=xnat:imageScanData`), 400, message)
  assert.deepEqual(await here.ids(at), [])
})

test('scans 90: a type that is no scan is refused by name', async () => {
  const at = await here.session()
  const message =
    'Only Scan documents can be PUT to this address. Expected: xnat:imageScanData Received: xnat:mrSessionData'
  refused(await here.own('PUT', `${at.scans}/9?xsiType=xnat:mrSessionData`), 400, message)
  refused(await here.own('PUT', `${at.scans}/9?xsiType=xnat:subjectData`), 400, /^Only Scan documents/)
  assert.deepEqual(await here.ids(at), [])
})

test('scans 91: an unknown type is refused by name', async () => {
  const at = await here.session()
  refused(await here.own('PUT', `${at.scans}/9?xsiType=xnat:fooScanData`), 400, /Element not found: 'xnat:fooScanData'/)
  assert.deepEqual(await here.ids(at), [])
})

for (const id of ['a.b', 'a b', 'é', 'a/b', '..', '1;2', "1'2", '<i>', '1,2', '*', 'a\\b', '%']) {
  test(`scans 100: the ID ${id} is refused and not created`, async () => {
    const at = await here.session()
    const reply = await here.own('PUT', `${at.scans}/${encodeURIComponent(id).replaceAll('.', '%2E')}?${MR}`)
    refused(reply, 400, `Identifiers cannot use special characters: ${id}`)
    assert.deepEqual(await here.ids(at), [])
  })
}

test('scans 100: an ID of 255 characters is taken and one of 256 is not', async () => {
  const at = await here.sessionWith('x'.repeat(255))
  refused(await here.own('PUT', `${at.scans}/${'y'.repeat(256)}?${MR}`), 400)
  assert.deepEqual(await here.ids(at), ['x'.repeat(255)])
})

test('scans 101: hyphen and underscore are legal', async () => {
  const at = await here.session()
  done(await here.own('PUT', `${at.scans}/3-OT_x?xsiType=xnat:otherDicomScanData`))
  assert.equal((await here.row(at, '3-OT_x'))['xsiType'], 'xnat:otherDicomScanData')
})

test('scans section 4.7: every legal ID is an ordinary scan', async () => {
  const odd = [
    '__proto__',
    'constructor',
    'toString',
    '-',
    '_',
    '0',
    '007',
    '7',
    'Z',
    'z',
    'resources',
    'files',
    'null',
  ]
  const at = await here.sessionWith(...odd)
  assert.deepEqual(await here.ids(at), odd)
  for (const id of odd) {
    assert.equal((await here.fields(at, id))['ID'], id)
    done(await here.own('DELETE', `${at.scans}/${id}`))
  }
  assert.deepEqual(await here.ids(at), [])
})

test('scans section 1.3: the ID in the path is decoded', async () => {
  const at = await here.session()
  done(await here.own('PUT', `${at.scans}/%61%5F1?${MR}`))
  assert.deepEqual(await here.ids(at), ['a_1'])
})

test('scans 102: two sessions may have scans of the same ID', async () => {
  const [first, second] = [await here.sessionWith('1'), await here.sessionWith('1')]
  await here.put(first, '1', 'note=first')
  const [one, two] = [await here.row(first, '1'), await here.row(second, '1')]
  assert.notEqual(one['xnat_imagescandata_id'], two['xnat_imagescandata_id'])
  assert.deepEqual([one['note'], two['note']], ['first', ''])
})

test('scans 103: req_format=qs means the query string alone', async () => {
  const at = await here.session()
  done(await here.own('PUT', `${at.scans}/10?${MR}&req_format=qs&xnat:mrScanData/type=T1`))
  assert.equal((await here.row(at, '10'))['type'], 'T1')
})

test('scans section 4.7: ID in the query names the scan that is saved', async () => {
  const at = await here.sessionWith('1')
  done(await here.own('PUT', `${at.scans}/1?ID=9&${MR}&note=nine`))
  assert.deepEqual(
    (await here.rows(at)).map((row) => [row['ID'], row['note']]),
    [
      ['1', ''],
      ['9', 'nine'],
    ],
  )
})

test('scans section 4.7: ID in the query merges into a scan that exists', async () => {
  const at = await here.session()
  await here.put(at, '1', `${MR}&type=T1`)
  await here.put(at, '9', `${MR}&type=T2`)
  done(await here.own('PUT', `${at.scans}/1?ID=9&note=nine`))
  assert.deepEqual(
    (await here.rows(at)).map((row) => [row['ID'], row['type'], row['note']]),
    [
      ['1', 'T1', ''],
      ['9', 'T2', 'nine'],
    ],
  )
})

test('scans section 4.7: a path of the ID in lower case names the scan as well', async () => {
  const at = await here.session()
  const values = { 'xnat:mrScanData/id': '5', 'xnat:mrScanData/type': 'T2', 'xnat:mrScanData/label': 'x' }
  done(await here.own('PUT', `${at.scans}/T2?${MR}&req_format=qs&${query(values)}`))
  assert.deepEqual(
    (await here.rows(at)).map((row) => [row['ID'], row['type']]),
    [['5', 'T2']],
  )
})

test('scans section 4.7: an illegal ID in the query is refused', async () => {
  const at = await here.session()
  refused(await here.own('PUT', `${at.scans}/1?${MR}&ID=a.b`), 400, 'Identifiers cannot use special characters: a.b')
  assert.deepEqual(await here.ids(at), [])
})

test('scans 109: a session that does not exist is not found', async () => {
  const message = "Specified image session doesn't exist."
  refused(await here.own('PUT', `/data/experiments/NOPE/scans/1?${MR}`), 404, message)
  refused(await here.own('PUT', `/data/projects/PRJ1/subjects/S01/experiments/NOPE/scans/1?${MR}`), 404)
  refused(await here.own('PUT', `/data/projects/NOPE/subjects/S01/experiments/NOPE/scans/1?${MR}`), 404)
})

test('scans 109: a scan put into an unknown session makes no session', async () => {
  await here.session()
  await here.own('PUT', `/data/projects/PRJ1/subjects/S01/experiments/GHOST/scans/1?${MR}`)
  is(await here.own('GET', '/data/projects/PRJ1/subjects/S01/experiments/GHOST?format=json'), 404)
})

test('scans section 4.6: a type of another modality than the session is taken', async () => {
  const at = await here.session({ type: 'xnat:ctSessionData' })
  await here.put(at, '1')
  assert.equal((await here.row(at, '1'))['xsiType'], 'xnat:mrScanData')
})

test('scans section 4.1: what fails creates nothing, and the ID stays free', async () => {
  const at = await here.session()
  refused(await here.own('PUT', `${at.scans}/1?${MR}&frames=abc&note=x`), 400)
  assert.deepEqual(await here.ids(at), [])
  await here.put(at, '1')
  assert.equal((await here.row(at, '1'))['note'], '')
})

test('scans section 4.10: the creation of a scan stores no bytes', async () => {
  const before = await here.site.blobKeys()
  await here.sessionWith('1')
  assert.deepEqual((await here.site.blobKeys()).sort(), before.sort())
})

test('scans section 4.2: pluses and percent signs of a query are decoded once', async () => {
  const at = await here.session()
  done(await here.own('PUT', `${at.scans}/1?${MR}&note=a+b%2Bc%2520d`))
  assert.equal((await here.row(at, '1'))['note'], 'a b+c%20d')
})

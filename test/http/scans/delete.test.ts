import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { done, is, MR, openSetting, refused, rowsAt, type Setting } from './setting.ts'

let here: Setting
before(async () => {
  here = await openSetting()
})
after(() => here?.site.close())

const NO_SCAN = 'Unable to find the specified scan.'

test('scans 114: a deleted scan is gone from the listing and by itself', async () => {
  const at = await here.sessionWith('5', '6')
  done(await here.own('DELETE', `${at.scans}/5`))
  for (const path of [`${at.scans}/5`, `${at.byId}/5`]) {
    refused(await here.own('GET', `${path}?format=json`), 404, NO_SCAN)
  }
  assert.deepEqual(await here.ids(at), ['6'])
})

test('scans 115: a second DELETE finds nothing', async () => {
  const at = await here.sessionWith('5')
  done(await here.own('DELETE', `${at.scans}/5`))
  refused(await here.own('DELETE', `${at.scans}/5`), 404, NO_SCAN)
})

test('scans 115: an unknown scan and an unknown session are not found', async () => {
  const at = await here.sessionWith('5')
  refused(await here.own('DELETE', `${at.scans}/99`), 404, NO_SCAN)
  refused(await here.own('DELETE', '/data/experiments/NOPE/scans/5'), 404, NO_SCAN)
  refused(await here.own('DELETE', '/data/projects/PRJ1/subjects/S01/experiments/NOPE/scans/5'), 404, NO_SCAN)
})

test('scans 118: a scan is deleted through the accession id', async () => {
  const at = await here.sessionWith('6')
  done(await here.own('DELETE', `${at.byId}/6`))
  assert.deepEqual(await here.ids(at), [])
})

test('scans 119: no wildcard, list or type deletes', async () => {
  const at = await here.session()
  await here.put(at, '1', `${MR}&type=T1`)
  await here.put(at, '2', `${MR}&type=T1`)
  for (const id of ['ALL', '*', '%2A', '1,2', '1%2C2', 'T1', 'NULL', '1,']) {
    for (const scans of [at.scans, at.byId]) refused(await here.own('DELETE', `${scans}/${id}`), 404, NO_SCAN)
  }
  assert.deepEqual(await here.ids(at), ['1', '2'])
})

test('scans 119: in a session of one scan too', async () => {
  const at = await here.sessionWith('1')
  for (const id of ['ALL', '*']) refused(await here.own('DELETE', `${at.scans}/${id}`), 404, NO_SCAN)
  assert.deepEqual(await here.ids(at), ['1'])
})

test('scans 119: a scan that is called ALL is one scan', async () => {
  const at = await here.sessionWith('ALL', '1')
  done(await here.own('DELETE', `${at.scans}/ALL`))
  assert.deepEqual(await here.ids(at), ['1'])
})

test('scans 123: other scans and their files stay', async () => {
  const at = await here.sessionWith('1', '2')
  await here.store(at, '1', 'R/files/a.txt', 'of one')
  await here.store(at, '2', 'R/files/a.txt', 'of two')
  done(await here.own('DELETE', `${at.scans}/1?removeFiles=true`))
  await here.site.sweep()
  assert.deepEqual(await here.ids(at), ['2'])
  assert.equal((await here.own('GET', `${at.scans}/2/resources/R/files/a.txt`)).text, 'of two')
  const files = await rowsAt(here.own, `${at.scans}/ALL/files`)
  assert.deepEqual(
    files.map((file) => [file['Name'], file['Size']]),
    [['a.txt', '6']],
  )
})

test('scans 123: the session and its own files stay', async () => {
  const at = await here.sessionWith('1')
  await here.store(at, '1', 'R/files/a.txt', 'of the scan')
  const headers = { 'content-type': 'application/octet-stream' }
  done(await here.own('PUT', `${at.path}/resources/R/files/b.txt`, { headers, body: 'of the session' }))
  done(await here.own('DELETE', `${at.scans}/1?removeFiles=true`))
  await here.site.sweep()
  is(await here.own('GET', `${at.path}?format=json`), 200)
  assert.equal((await here.own('GET', `${at.path}/resources/R/files/b.txt`)).text, 'of the session')
})

for (const removeFiles of ['true', 'false']) {
  test(`scans 124: the same ID put again after removeFiles=${removeFiles} is a new scan without resources`, async () => {
    const at = await here.session()
    await here.put(at, '1', `${MR}&type=T1&note=old`)
    await here.store(at, '1', 'R/files/a.txt', 'old')
    const before = await here.row(at, '1')
    done(await here.own('DELETE', `${at.scans}/1?removeFiles=${removeFiles}`))
    await here.put(at, '1')
    const later = await here.row(at, '1')
    assert.ok(Number(later['xnat_imagescandata_id']) > Number(before['xnat_imagescandata_id']))
    assert.deepEqual([later['type'], later['note']], ['', ''])
    assert.deepEqual(await rowsAt(here.own, `${at.scans}/1/resources`), [])
    assert.deepEqual((await here.item(at, '1')).children, [])
  })

  test(`scans 124: old files are not attached again after removeFiles=${removeFiles}`, async () => {
    const at = await here.sessionWith('1')
    await here.store(at, '1', 'R/files/a.txt', 'old')
    done(await here.own('DELETE', `${at.scans}/1?removeFiles=${removeFiles}`))
    await here.put(at, '1')
    await here.store(at, '1', 'R/files/b.txt', 'new')
    const files = await rowsAt(here.own, `${at.scans}/1/files`)
    assert.deepEqual(
      files.map((file) => file['Name']),
      ['b.txt'],
    )
    is(await here.own('GET', `${at.scans}/1/resources/R/files/a.txt`), 404)
  })
}

test('scans 124: a key is never used twice', async () => {
  const at = await here.sessionWith('1')
  const key = (await here.row(at, '1'))['xnat_imagescandata_id']
  done(await here.own('DELETE', `${at.scans}/1`))
  const other = await here.sessionWith('9')
  assert.notEqual((await here.row(other, '9'))['xnat_imagescandata_id'], key)
})

test('scans section 5: the address of a resource of a deleted scan is gone', async () => {
  const at = await here.sessionWith('1')
  await here.store(at, '1', 'R/files/a.txt', 'old')
  const [row] = await rowsAt(here.own, `${at.scans}/1/resources`)
  done(await here.own('DELETE', `${at.scans}/1`))
  is(await here.own('GET', `${at.scans}/1/resources/R/files/a.txt`), 404)
  is(
    await here.own('GET', `/data/experiments/${at.id}/resources/${row?.['xnat_abstractresource_id']}/files/a.txt`),
    404,
  )
  is(await here.own('GET', `${at.scans}/1/resources`), 404)
})

test('scans section 5: a reason may be given', async () => {
  const at = await here.sessionWith('1')
  done(await here.own('DELETE', `${at.scans}/1?event_reason=wrong%20patient&event_comment=c`))
  assert.deepEqual(await here.ids(at), [])
})

test('scans section 5: DELETE of a session takes its scans along', async () => {
  const at = await here.sessionWith('1')
  done(await here.own('DELETE', at.path))
  refused(await here.own('GET', at.byId), 404)
  refused(await here.own('GET', `${at.byId}/1?format=json`), 404)
})

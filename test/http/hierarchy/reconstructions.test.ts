import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Caller } from '../../support/caller.ts'
import { type Cast, castOf, startSite, type TestSite } from '../../support/site.ts'
import { column, headerAt, itemAt, makeSession, makeSubject, query, rowsAt, sessionAt, want } from './stage.ts'

let site: TestSite
let cast: Cast
let own: Caller
let session: string
const at = sessionAt('REC/S1/MR1')

before(async () => {
  site = await startSite()
  cast = await castOf(site, 'REC')
  own = cast.own
  await makeSubject(own, 'REC', 'S1')
  session = await makeSession(own, 'REC/S1/MR1')
  await makeSession(own, 'REC/S1/MR2')
})
after(() => site?.close())

test('hierarchy 170: PUT is 200 and empty, new or not', async () => {
  for (const type of ['PVC', 'OTHER']) {
    const reply = await want(own('PUT', `${at}/reconstructions/R1?type=${type}`), 200)
    assert.equal(reply.text, '')
    const item = await itemAt(own, `${at}/reconstructions/R1`)
    assert.deepEqual([item.meta['xsi:type'], item.data_fields.type], ['xnat:reconstructedImageData', type])
  }
  assert.equal((await rowsAt(own, `${at}/reconstructions`)).length, 1)
})

test('hierarchy 170: GET gives the item by either route', async () => {
  await want(own('PUT', `${at}/reconstructions/R2`), 200)
  const item = await itemAt(own, `/data/experiments/${session}/reconstructions/R2`)
  assert.equal(item.data_fields.ID, 'R2')
  await want(own('GET', `${at}/reconstructions/NOSUCH`), 404)
  await want(own('GET', `${at}/reconstructions/R2/bogus`), 400, 404)
})

test('hierarchy 170: its fields round trip', async () => {
  const values = {
    'xnat:reconstructedImageData/baseScanType': 'T1',
    'xnat:reconstructedImageData/inScans/scanID': '4',
  }
  await want(own('PUT', `${at}/reconstructions/FIELDS${query(values)}`), 200)
  assert.equal((await itemAt(own, `${at}/reconstructions/FIELDS`)).data_fields.baseScanType, 'T1')
})

test('hierarchy 170: DELETE by a member is 403, by the owner 200', async () => {
  await want(own('PUT', `${at}/reconstructions/DEL`), 200)
  for (const caller of [cast.mem, cast.col]) await want(caller('DELETE', `${at}/reconstructions/DEL`), 403)
  await want(own('GET', `${at}/reconstructions/DEL`), 200)
  await want(own('DELETE', `${at}/reconstructions/DEL`), 200)
  await want(own('GET', `${at}/reconstructions/DEL`), 404)
  await want(own('DELETE', `${at}/reconstructions/DEL`), 404)
})

test('hierarchy 170: writing needs edit on the session', async () => {
  await want(cast.mem('PUT', `${at}/reconstructions/MEM`), 200)
  await want(cast.col('PUT', `${at}/reconstructions/COL`), 403)
  await want(cast.str('PUT', `${at}/reconstructions/STR`), 404)
  for (const id of ['COL', 'STR']) await want(own('GET', `${at}/reconstructions/${id}`), 404)
  await want(cast.str('GET', `${at}/reconstructions/MEM`), 404)
})

test('hierarchy 170: POST is 200 with a URL, an existing ID 409', async () => {
  const reply = await want(own('POST', `${at}/reconstructions?ID=POSTED&type=PVC`), 200)
  assert.match(reply.text, /^https?:\/\/[^/]+\/data\/.*\/reconstructions\/POSTED$/)
  assert.equal((await itemAt(own, `${at}/reconstructions/POSTED`)).data_fields.type, 'PVC')
  await want(own('POST', `${at}/reconstructions?ID=POSTED`), 409)
})

test('hierarchy 170: POST without an ID numbers them', async () => {
  const place = sessionAt('REC/S1/MR2')
  for (const number of ['1', '2']) {
    const reply = await want(own('POST', `${place}/reconstructions?type=PVC`), 200)
    assert.equal(reply.text.split('/').at(-1), number)
  }
  assert.deepEqual(column(await rowsAt(own, `${place}/reconstructions`), 'ID'), ['1', '2'])
})

test('hierarchy 170: IDs belong to their session', async () => {
  const other = sessionAt('REC/S1/MR2')
  await want(own('PUT', `${at}/reconstructions/SAME?type=one`), 200)
  await want(own('GET', `${other}/reconstructions/SAME`), 404)
  await want(own('PUT', `${other}/reconstructions/SAME?type=two`), 200)
  await want(own('DELETE', `${other}/reconstructions/SAME`), 200)
  assert.equal((await itemAt(own, `${at}/reconstructions/SAME`)).data_fields.type, 'one')
})

test('hierarchy 171: the columns of the list', async () => {
  await want(own('PUT', `${at}/reconstructions/LIST?type=PVC`), 200)
  for (const list of [`${at}/reconstructions`, `/data/experiments/${session}/reconstructions`]) {
    assert.equal((await headerAt(own, list)).join(), 'xnat_reconstructedimagedata_id,ID,type,baseScanType,URI')
  }
  const row = (await rowsAt(own, `${at}/reconstructions`)).find((one) => one.ID === 'LIST')
  assert.match(row?.xnat_reconstructedimagedata_id ?? '', /^\d+$/)
  assert.deepEqual([row?.type, row?.URI], ['PVC', `/data/experiments/${session}/reconstructions/LIST`])
})

test('hierarchy 170: they go with their session', async () => {
  await makeSession(own, 'REC/S1/GONE')
  await want(own('PUT', `${sessionAt('REC/S1/GONE')}/reconstructions/R`), 200)
  await want(own('DELETE', sessionAt('REC/S1/GONE')), 200)
  await want(own('GET', `${sessionAt('REC/S1/GONE')}/reconstructions/R`), 404)
})

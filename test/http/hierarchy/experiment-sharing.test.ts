import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Caller } from '../../support/caller.ts'
import { type Cast, castOf, startSite, type TestSite } from '../../support/site.ts'
import {
  childrenOf,
  column,
  headerAt,
  itemAt,
  makeAssessor,
  makeProject,
  makeSession,
  makeSubject,
  rowsAt,
  sessionAt,
  storeFile,
  want,
} from './stage.ts'

let site: TestSite
let cast: Cast
let own: Caller
let quin: Caller
let count = 0

/** ESP belongs to the cast; ESQ to own, with member quin. Subject S1 of ESP is shared into ESQ as SQ1. */
before(async () => {
  site = await startSite()
  cast = await castOf(site, 'ESP')
  own = cast.own
  await site.addUser('quin')
  quin = site.as('quin')
  await makeProject(own, 'ESQ', { accessibility: 'private' })
  await want(own('PUT', '/data/projects/ESQ/users/member/quin'), 200)
  await makeProject(cast.admin, 'ESPROT', { accessibility: 'protected' })
  await makeSubject(own, 'ESP', 'S1')
  await want(own('PUT', '/data/projects/ESP/subjects/S1/projects/ESQ?label=SQ1'), 200)
})
after(() => site?.close())

const inP = (label: string) => sessionAt(`ESP/S1/${label}`)
const inQ = (label: string) => sessionAt(`ESQ/SQ1/${label}`)

/** A new session of ESP with one scan, shared into ESQ under another label when `shared` is given. */
async function session(shared?: string): Promise<{ id: string; label: string }> {
  const label = `E${++count}`
  const id = await makeSession(own, `ESP/S1/${label}`)
  await want(own('PUT', `${inP(label)}/scans/1?xsiType=xnat:mrScanData&type=T1`), 200, 201)
  if (shared !== undefined) await want(own('PUT', `${inP(label)}/projects/ESQ?label=${shared}`), 200)
  return { id, label }
}

test('hierarchy 154: a session shared is read through the other project, with its scans', async () => {
  const { id } = await session('sh154')
  assert.equal((await itemAt(quin, inQ('sh154'))).data_fields.ID, id)
  assert.deepEqual(column(await rowsAt(quin, `${inQ('sh154')}/scans`), 'type'), ['T1'])
  assert.deepEqual(column(await rowsAt(quin, `/data/experiments/${id}/scans`), 'ID'), ['1'])
  await want(quin('GET', inP(`E${count}`)), 404)
})

test('hierarchy 154: every scan is shared along', async () => {
  const { id } = await session('sh154b')
  const [share] = childrenOf(await itemAt(own, `/data/experiments/${id}/scans/1`), 'sharing/share')
  assert.equal(share?.data_fields.project, 'ESQ')
})

test('hierarchy 154: files are read through the share, not written', async () => {
  const { label } = await session('sh154c')
  await storeFile(own, inP(label), 'R/files/a.txt', 'shared bytes')
  assert.equal((await want(quin('GET', `${inQ('sh154c')}/resources/R/files/a.txt`), 200)).text, 'shared bytes')
  await want(quin('DELETE', `${inQ('sh154c')}/resources/R`), 403)
  await want(own('GET', `${inP(label)}/resources/R/files/a.txt`), 200)
})

test('hierarchy 154: the original label is not valid in the other project', async () => {
  const { label } = await session('sh154d')
  await want(own('GET', `/data/projects/ESQ/experiments/${label}`), 404)
  await want(own('GET', '/data/projects/ESQ/experiments/sh154d'), 200)
})

test('hierarchy 154: without the subject shared the session is seen by id and project alone', async () => {
  await makeSubject(own, 'ESP', 'ALONE')
  const id = await makeSession(own, 'ESP/ALONE/ALONE1')
  await want(own('PUT', `/data/experiments/${id}/projects/ESQ`), 200)
  assert.equal((await itemAt(quin, '/data/projects/ESQ/experiments/ALONE1')).data_fields.ID, id)
  assert.equal((await itemAt(quin, `/data/experiments/${id}`)).data_fields.ID, id)
  await want(quin('GET', sessionAt('ESQ/ALONE/ALONE1')), 404)
})

test('hierarchy 155: sharing into its own project is 409', async () => {
  const { label } = await session()
  await want(own('PUT', `${inP(label)}/projects/ESP`), 409)
})

test('hierarchy 127: sharing again is 409, with another label it relabels', async () => {
  const { id, label } = await session('first127')
  await want(own('PUT', `${inP(label)}/projects/ESQ`), 409)
  await want(own('PUT', `${inP(label)}/projects/ESQ?label=second127`), 200)
  assert.equal((await itemAt(quin, inQ('second127'))).data_fields.ID, id)
  await want(quin('GET', inQ('first127')), 404)
})

test('hierarchy 128: a label in use in the other project is 409', async () => {
  const { label: other } = await session('used128')
  const { label } = await session()
  await want(own('PUT', `${inP(label)}/projects/ESQ?label=used128`), 409)
  assert.deepEqual(column(await rowsAt(own, `${inP(label)}/projects`), 'ID'), ['ESP'])
  assert.equal((await rowsAt(own, `${inP(other)}/projects`)).length, 2)
})

test('hierarchy 129: without create in the other project it is 403, unseen 404', async () => {
  const { id, label } = await session()
  for (const caller of [cast.mem, cast.col]) {
    await want(caller('PUT', `${inP(label)}/projects/ESPROT`), 403)
    await want(caller('PUT', `${inP(label)}/projects/ESQ`), 404)
  }
  await want(quin('PUT', `/data/experiments/${id}/projects/ESQ`), 404)
})

test('hierarchy 130: the project table of a session', async () => {
  const { id, label } = await session('tab130')
  assert.equal((await headerAt(own, `${inP(label)}/projects`)).join(), 'label,ID,Secondary_ID,Name')
  assert.deepEqual(
    (await rowsAt(own, `/data/experiments/${id}/projects`)).map((row) => [row.label, row.ID]),
    [
      [label, 'ESP'],
      ['tab130', 'ESQ'],
    ],
  )
})

test('hierarchy 131: DELETE through the other project, or of the share, unshares only', async () => {
  const { label: first } = await session('un131a')
  await want(own('DELETE', inQ('un131a')), 200)
  const { label: second } = await session('un131b')
  await want(own('DELETE', `${inP(second)}/projects/ESQ`), 200)
  for (const label of [first, second]) {
    await want(own('GET', inP(label)), 200)
    assert.deepEqual(column(await rowsAt(own, `${inP(label)}/projects`), 'ID'), ['ESP'])
  }
  for (const label of ['un131a', 'un131b']) await want(quin('GET', inQ(label)), 404)
})

test('hierarchy 131: an experiment that is not shared there is left as it is, with 200', async () => {
  const { label } = await session('un131d')
  for (let times = 0; times < 2; times += 1) await want(own('DELETE', `${inP(label)}/projects/ESQ`), 200)
  assert.deepEqual(column(await rowsAt(own, `${inP(label)}/projects`), 'ID'), ['ESP'])
  await want(own('DELETE', `${inP(label)}/projects/NOSUCH`), 404)
  await want(own('DELETE', `${inP(label)}/projects/ESP`), 404)
})

test('hierarchy 131: a member of the other project may not unshare', async () => {
  const { id } = await session('un131c')
  await want(quin('DELETE', inQ('un131c')), 403)
  await want(quin('DELETE', `/data/experiments/${id}`), 403)
  await want(quin('GET', inQ('un131c')), 200)
})

test('hierarchy 156: DELETE by id deletes in the owning project, everywhere', async () => {
  const { id, label } = await session('all156')
  await want(own('DELETE', `/data/experiments/${id}`), 200)
  await want(own('GET', inP(label)), 404)
  await want(own('GET', inQ('all156')), 404)
})

test('hierarchy 126: editing through the share needs the right in both projects', async () => {
  const { label } = await session('edit126')
  await want(quin('PUT', `${inQ('edit126')}?note=x`), 403)
  assert.equal((await itemAt(own, inP(label))).data_fields.note, undefined)
  await want(own('PUT', `${inQ('edit126')}?note=y`), 200)
  assert.equal((await itemAt(own, inP(label))).data_fields.note, 'y')
})

test('hierarchy 132: primary=true moves a session: empty body, files along', async () => {
  const { id, label } = await session()
  await storeFile(own, `${inP(label)}/scans/1`, 'R/files/a.txt', 'travelling')
  const reply = await want(own('PUT', `${inP(label)}/projects/ESQ?primary=true`), 200)
  assert.equal(reply.text, '')
  assert.equal((await itemAt(own, `/data/experiments/${id}`)).data_fields.project, 'ESQ')
  const file = `/data/projects/ESQ/experiments/${label}/scans/1/resources/R/files/a.txt`
  assert.equal((await want(quin('GET', file), 200)).text, 'travelling')
  await want(own('GET', `/data/projects/ESP/experiments/${label}`), 404)
})

test('hierarchy 132: a label in use there is 409 and nothing moves', async () => {
  const { label } = await session()
  await makeSession(own, `ESQ/SQ1/${label}`)
  const reply = await want(own('PUT', `${inP(label)}/projects/ESQ?primary=true`), 409)
  assert.ok(reply.message())
  assert.equal((await itemAt(own, inP(label))).data_fields.project, 'ESP')
})

test('hierarchy 132: a move needs the delete right', async () => {
  const { label } = await session()
  await want(own('PUT', '/data/projects/ESQ/users/member/mem'), 200)
  await want(cast.mem('PUT', `${inP(label)}/projects/ESQ?primary=true`), 403)
  await want(own('DELETE', '/data/projects/ESQ/users/member/mem'), 200)
  assert.equal((await itemAt(own, inP(label))).data_fields.project, 'ESP')
})

test('hierarchy 132: moveAssessors takes the named assessors along', async () => {
  const { id, label } = await session()
  const ids: string[] = []
  for (const name of ['stays', 'goes']) ids.push(await makeAssessor(own, `ESP/S1/${label}`, `${name}${count}`))
  await want(own('PUT', `/data/experiments/${id}/projects/ESQ?primary=true&moveAssessors=${ids[1]}`), 200)
  assert.equal((await itemAt(own, `/data/experiments/${ids[1]}`)).data_fields.project, 'ESQ')
  assert.equal((await itemAt(own, `/data/experiments/${ids[0]}`)).data_fields.project, 'ESP')
})

test('hierarchy 151: a shared-in label is taken there', async () => {
  await session('taken151')
  await want(own('POST', '/data/projects/ESQ/subjects/SQ1/experiments?xsiType=xnat:mrSessionData&label=taken151'), 409)
  await makeSession(own, 'ESQ/SQ1/free151')
  await want(own('PUT', `${inQ('free151')}?label=taken151`), 409)
})

test('hierarchy 168: an assessor made through the other project belongs there', async () => {
  const { id } = await session('ass168')
  const made = await want(quin('PUT', `${inQ('ass168')}/assessors/QQ${count}?xsiType=xnat:qcManualAssessorData`), 201)
  const { project, imageSession_ID } = (await itemAt(quin, `/data/experiments/${made.text}`)).data_fields
  assert.deepEqual([project, imageSession_ID], ['ESQ', id])
  await want(cast.mem('GET', `/data/experiments/${made.text}`), 404)
})

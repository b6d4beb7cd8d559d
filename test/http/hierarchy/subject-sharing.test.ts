import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Caller } from '../../support/caller.ts'
import { type Cast, castOf, startSite, type TestSite } from '../../support/site.ts'
import { column, headerAt, itemAt, makeProject, makeSession, makeSubject, rowsAt, storeFile, want } from './stage.ts'

let site: TestSite
let cast: Cast
let own: Caller
let quin: Caller
let count = 0

/** SHP belongs to the cast; SHQ to own, with member quin and nobody else; SHPROT is protected. */
before(async () => {
  site = await startSite()
  cast = await castOf(site, 'SHP')
  own = cast.own
  await site.addUser('quin')
  quin = site.as('quin')
  await makeProject(own, 'SHQ', { accessibility: 'private', name: 'Second project' })
  await want(own('PUT', '/data/projects/SHQ/users/member/quin'), 200)
  await makeProject(cast.admin, 'SHPROT', { accessibility: 'protected' })
})
after(() => site?.close())

const inP = (label: string) => `/data/projects/SHP/subjects/${label}`
const inQ = (label: string) => `/data/projects/SHQ/subjects/${label}`

/** A new subject of SHP, shared into SHQ under another label when `shared` is given. */
async function subject(shared?: string): Promise<{ id: string; label: string }> {
  const label = `S${++count}`
  const id = await makeSubject(own, 'SHP', label)
  if (shared !== undefined) await want(own('PUT', `${inP(label)}/projects/SHQ?label=${shared}`), 200)
  return { id, label }
}

test('hierarchy 126: a shared subject is listed under its share label with the owning project', async () => {
  const { id } = await subject('shared126')
  const row = (await rowsAt(own, '/data/projects/SHQ/subjects')).find((one) => one.ID === id)
  assert.deepEqual([row?.label, row?.project], ['shared126', 'SHP'])
})

test('hierarchy 126: without a share label it keeps its own', async () => {
  const { id, label } = await subject()
  await want(own('PUT', `${inP(label)}/projects/SHQ`), 200)
  const row = (await rowsAt(own, '/data/projects/SHQ/subjects')).find((one) => one.ID === id)
  assert.deepEqual([row?.label, row?.project], [label, 'SHP'])
})

test('hierarchy 126: people of the other project read it there, and by id', async () => {
  const { id, label } = await subject('shared126b')
  assert.equal((await itemAt(quin, inQ('shared126b'))).data_fields.ID, id)
  assert.equal((await itemAt(quin, `/data/subjects/${id}`)).data_fields.ID, id)
  await want(quin('GET', inP(label)), 404)
})

test("hierarchy 126: another project's label is not valid", async () => {
  const { label } = await subject('shared126c')
  await want(own('GET', inQ(label)), 404)
  await want(own('GET', inP('shared126c')), 404)
})

test('hierarchy 126: a filter looks at the stored label', async () => {
  const { id, label } = await subject('shared126d')
  assert.deepEqual(column(await rowsAt(own, `/data/projects/SHQ/subjects?label=${label}`), 'ID'), [id])
})

test('hierarchy 127: the share answers both projects, as HTML unless asked', async () => {
  const { label } = await subject()
  const reply = await want(own('PUT', `${inP(label)}/projects/SHQ?label=html127`), 200)
  assert.equal(reply.type, 'text/html')
  assert.match(reply.text, /^<html xmlns=/)
  assert.match(reply.text, /<td>SHP<\/td>.*<td>SHQ<\/td>/s)
})

test('hierarchy 127: with format=json it answers a table', async () => {
  const { id } = await subject()
  const reply = await want(own('PUT', `/data/subjects/${id}/projects/SHQ?label=json127&format=json`), 200)
  assert.deepEqual(reply.rows(), [
    { label: `S${count}`, ID: 'SHP', Secondary_ID: 'SHP', Name: 'SHP' },
    { label: 'json127', ID: 'SHQ', Secondary_ID: 'SHQ', Name: 'Second project' },
  ])
})

test('hierarchy 127: sharing again without a label is 409', async () => {
  const { label } = await subject('again127')
  const reply = await want(own('PUT', `${inP(label)}/projects/SHQ`), 409)
  assert.equal(reply.message(), 'Already assigned to project:SHQ')
  await want(own('PUT', `${inP(label)}/projects/SHQ?label=again127`), 409)
})

test('hierarchy 127: sharing again with another label relabels', async () => {
  const { id, label } = await subject('before127')
  await want(own('PUT', `${inP(label)}/projects/SHQ?label=after127`), 200)
  assert.equal((await itemAt(own, inQ('after127'))).data_fields.ID, id)
  await want(own('GET', inQ('before127')), 404)
})

test('hierarchy 128: a label in use there is 409', async () => {
  await makeSubject(own, 'SHQ', 'used128')
  const { label } = await subject()
  await want(own('PUT', `${inP(label)}/projects/SHQ?label=used128`), 409)
  assert.equal((await rowsAt(own, `${inP(label)}/projects`)).length, 1)
})

test('hierarchy 128: an unknown or unreadable project is 404', async () => {
  const { label } = await subject()
  const reply = await want(own('PUT', `${inP(label)}/projects/NOSUCH`), 404)
  assert.equal(reply.message(), 'Unable to identify project: NOSUCH')
  await want(cast.mem('PUT', `${inP(label)}/projects/SHQ`), 404)
})

test('hierarchy 129: without read on the subject it is 404', async () => {
  const { id, label } = await subject()
  await want(cast.str('PUT', `${inP(label)}/projects/SHPROT`), 404)
  await want(quin('PUT', `/data/subjects/${id}/projects/SHQ`), 404)
})

test('hierarchy 129: without create in the other project it is 403', async () => {
  const { label } = await subject()
  for (const caller of [cast.mem, cast.col, own]) await want(caller('PUT', `${inP(label)}/projects/SHPROT`), 403)
  assert.equal((await rowsAt(own, `${inP(label)}/projects`)).length, 1)
})

test('hierarchy 130: the columns of the project table', async () => {
  const { label } = await subject()
  assert.equal((await headerAt(own, `${inP(label)}/projects`)).join(), 'label,ID,Secondary_ID,Name')
})

test('hierarchy 130: the owner comes first, a share without a label has none', async () => {
  const { id, label } = await subject()
  await want(own('PUT', `${inP(label)}/projects/SHQ`), 200)
  const rows = await rowsAt(own, `/data/subjects/${id}/projects`)
  assert.deepEqual(
    rows.map((row) => [row.label, row.ID]),
    [
      [label, 'SHP'],
      ['', 'SHQ'],
    ],
  )
})

test('hierarchy 131: DELETE through the other project unshares only', async () => {
  const { id, label } = await subject('un131')
  await want(own('DELETE', inQ('un131')), 200)
  await want(own('GET', inQ('un131')), 404)
  assert.equal((await itemAt(own, inP(label))).data_fields.ID, id)
  assert.equal((await rowsAt(own, `${inP(label)}/projects`)).length, 1)
})

test('hierarchy 131: removeFiles does not touch the original either', async () => {
  const { label } = await subject('un131b')
  await storeFile(own, inP(label), 'F/files/a.txt', 'kept')
  await want(own('DELETE', `${inQ('un131b')}?removeFiles=true`), 200)
  await site.sweep()
  assert.equal((await want(own('GET', `${inP(label)}/resources/F/files/a.txt`), 200)).text, 'kept')
})

test('hierarchy 131: unsharing needs the delete right there', async () => {
  const { id } = await subject('un131c')
  await want(quin('DELETE', inQ('un131c')), 403)
  assert.equal((await itemAt(quin, inQ('un131c'))).data_fields.ID, id)
})

test('hierarchy 131: DELETE .../projects/Q unshares, of an unknown project is 404, another path 400', async () => {
  const { label } = await subject('un131d')
  await want(own('DELETE', `${inP(label)}/projects/NOSUCH`), 404)
  await want(own('DELETE', `${inP(label)}/bogus/SHQ`), 400, 404)
  await want(own('DELETE', `${inP(label)}/projects/SHQ`), 200)
  await want(own('DELETE', `${inP(label)}/projects/SHQ`), 404)
  await want(own('GET', inQ('un131d')), 404)
  await want(own('GET', inP(label)), 200)
})

test('hierarchy 131: DELETE in the owning project removes it everywhere', async () => {
  const { id, label } = await subject('all131')
  await want(own('DELETE', inP(label)), 200)
  await want(own('GET', inQ('all131')), 404)
  await want(own('GET', `/data/subjects/${id}`), 404)
})

test('hierarchy 132: primary=true moves ownership', async () => {
  const { id, label } = await subject()
  await want(own('PUT', `${inP(label)}/projects/SHQ?primary=true`), 200)
  assert.equal((await itemAt(own, inQ(label))).data_fields.project, 'SHQ')
  await want(own('GET', inP(label)), 404)
  assert.deepEqual(column(await rowsAt(own, `/data/subjects/${id}/projects`), 'ID'), ['SHQ'])
})

test('hierarchy 132: an existing share is dropped', async () => {
  const { id, label } = await subject('prim132')
  await want(own('PUT', `${inP(label)}/projects/SHQ?primary=true`), 200)
  const rows = await rowsAt(own, `/data/subjects/${id}/projects`)
  assert.deepEqual(
    rows.map((row) => row.ID),
    ['SHQ'],
  )
})

test('hierarchy 132: files move along', async () => {
  const { label } = await subject()
  await storeFile(own, inP(label), 'F/files/a.txt', 'travelling')
  await want(own('PUT', `${inP(label)}/projects/SHQ?primary=true`), 200)
  assert.equal((await want(quin('GET', `${inQ(label)}/resources/F/files/a.txt`), 200)).text, 'travelling')
})

test('hierarchy 132: it needs the delete right on the subject', async () => {
  const { label } = await subject()
  await want(own('PUT', '/data/projects/SHQ/users/member/mem'), 200)
  try {
    await want(cast.mem('PUT', `${inP(label)}/projects/SHQ?primary=true`), 403)
    assert.equal((await itemAt(own, inP(label))).data_fields.project, 'SHP')
  } finally {
    await want(own('DELETE', '/data/projects/SHQ/users/member/mem'), 200)
  }
})

test('hierarchy 129: a member of both projects may share', async () => {
  const { id, label } = await subject()
  await want(own('PUT', '/data/projects/SHQ/users/member/mem'), 200)
  await want(cast.mem('PUT', `${inP(label)}/projects/SHQ?label=mem129`), 200)
  await want(own('DELETE', '/data/projects/SHQ/users/member/mem'), 200)
  assert.equal((await itemAt(quin, inQ('mem129'))).data_fields.ID, id)
})

test('hierarchy 129: experiments are not shared along', async () => {
  const { id, label } = await subject()
  const session = await makeSession(own, `SHP/${label}/MR${count}`)
  await want(own('PUT', `/data/subjects/${id}/projects/SHQ?label=exp129`), 200)
  assert.deepEqual(await rowsAt(quin, `${inQ('exp129')}/experiments`), [])
  await want(quin('GET', `/data/experiments/${session}`), 404)
})

test('hierarchy 126: editing through the share needs the right in both projects', async () => {
  const { label } = await subject('edit126')
  await want(quin('PUT', `${inQ('edit126')}?group=x`), 403)
  assert.equal((await itemAt(own, inP(label))).data_fields.group, undefined)
  await want(own('PUT', `${inQ('edit126')}?group=y`), 200)
  assert.equal((await itemAt(own, inP(label))).data_fields.group, 'y')
})

test('hierarchy 107: a label that a shared-in subject has here is not free', async () => {
  const { id } = await subject('taken107')
  await want(own('POST', '/data/projects/SHQ/subjects?label=taken107'), 409)
  const reply = await want(own('PUT', inQ('taken107')), 200)
  assert.equal(reply.text, id)
})

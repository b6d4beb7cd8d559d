import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Caller } from '../../support/caller.ts'
import { startSite, type TestSite } from '../../support/site.ts'
import { column, itemAt, makeProject, makeSession, makeSubject, rowsAt, sessionAt, storeFile, want } from './stage.ts'

let site: TestSite
let own: Caller
let other: Caller

/** `own` owns both projects, `other` the second one only. */
before(async () => {
  site = await startSite()
  for (const login of ['own', 'other']) await site.addUser(login)
  own = site.as('own')
  other = site.as('other')
})
after(() => site?.close())

/** A session of subject S in P that was handed over to Q, with a file. */
async function handedOver(p: string, q: string): Promise<string> {
  await makeProject(own, p, { accessibility: 'private' })
  await makeProject(own, q, { accessibility: 'private' })
  await want(own('PUT', `/data/projects/${q}/users/owner/other`), 200)
  await makeSubject(own, p, 'S', { gender: 'male' })
  const id = await makeSession(own, `${p}/S/MR`)
  await makeSession(own, `${p}/S/STAYS`)
  await storeFile(own, sessionAt(`${p}/S/MR`), 'R/files/a.txt', 'of the other project')
  await want(own('PUT', `${sessionAt(`${p}/S/MR`)}/projects/${q}?primary=true`), 200)
  return id
}

test('hierarchy 96: deleting a project leaves what was handed over to another one, with its subject', async () => {
  const id = await handedOver('GONE', 'HEIR')
  await want(own('DELETE', '/data/projects/GONE?removeFiles=true'), 200)
  const session = await itemAt(other, `/data/experiments/${id}`)
  assert.equal(session.data_fields.project, 'HEIR')
  assert.equal((await want(other('GET', `/data/experiments/${id}/resources/R/files/a.txt`), 200)).status, 200)
  const subjects = await rowsAt(other, '/data/projects/HEIR/subjects')
  assert.deepEqual(column(subjects, 'label'), ['S'])
  assert.deepEqual(column(subjects, 'project'), ['HEIR'])
  assert.equal((await itemAt(other, '/data/projects/HEIR/subjects/S/experiments/MR')).data_fields.label, 'MR')
  assert.deepEqual(column(await rowsAt(other, '/data/projects/HEIR/experiments'), 'label'), ['MR'])
})

test('hierarchy 96: the subject keeps apart from one of that label', async () => {
  const id = await handedOver('GONE2', 'HEIR2')
  await makeSubject(other, 'HEIR2', 'S')
  await want(own('DELETE', '/data/projects/GONE2'), 200)
  const subject = String((await itemAt(other, `/data/experiments/${id}`)).data_fields.subject_ID)
  assert.deepEqual(column(await rowsAt(other, '/data/projects/HEIR2/subjects'), 'label'), ['S', subject].sort())
})

test('hierarchy 96: a subject goes with its experiments only where they may be deleted, too', async () => {
  const id = await handedOver('MINE', 'THEIRS')
  await want(other('DELETE', '/data/projects/THEIRS/users/owner/own'), 200)
  await want(own('DELETE', '/data/projects/MINE/subjects/S'), 403)
  assert.equal((await itemAt(other, `/data/experiments/${id}`)).data_fields.label, 'MR')
  await want(other('DELETE', `/data/experiments/${id}`), 200)
  await want(own('DELETE', '/data/projects/MINE/subjects/S'), 200)
})

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Caller } from '../../support/caller.ts'
import { startSite, type TestSite } from '../../support/site.ts'
import { itemAt, makeSession, makeSubject, want } from './stage.ts'

let site: TestSite
let own: Caller
let other: Caller

before(async () => {
  site = await startSite()
  for (const login of ['own', 'other']) await site.addUser(login)
  own = site.as('own')
  other = site.as('other')
  await want(own('PUT', '/data/projects/OPEN?accessibility=public'), 200)
  await makeSubject(own, 'OPEN', 'S1')
  await want(other('PUT', '/data/projects/MINE?accessibility=private'), 200)
  await makeSubject(other, 'MINE', 'M1')
})
after(() => site?.close())

test('hierarchy section 8: a reader hangs no assessor on a session of another project', async () => {
  const session = await makeSession(own, 'OPEN/S1/MR1')
  const list = `/data/experiments/${session}/assessors`
  const sent = 'xsiType=xnat:qcManualAssessorData&project=MINE'
  await want(other('PUT', `${list}/QC1?${sent}`), 403)
  assert.deepEqual((await want(own('GET', list), 200)).rows(), [])
})

test('hierarchy section 8: a reader moves no experiment below a subject of another project', async () => {
  const subject = (await itemAt(own, '/data/projects/OPEN/subjects/S1')).data_fields.ID
  const mine = await makeSession(other, 'MINE/M1/MR2')
  await want(other('PUT', `/data/experiments/${mine}?subject_ID=${subject}`), 403)
  const home = (await itemAt(other, '/data/projects/MINE/subjects/M1')).data_fields.ID
  assert.equal((await itemAt(other, `/data/experiments/${mine}`)).data_fields.subject_ID, home)
})

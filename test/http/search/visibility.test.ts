import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Cast, castOf, startSite, type TestSite } from '../../support/site.ts'
import { makeProject, makeSession, makeSubject, rowsAt, sessionAt, want, xmlBody } from '../hierarchy/stage.ts'
import { found, searchXml } from './documents.ts'

let site: TestSite
let cast: Cast
const mr = 'xnat:mrSessionData'
const subject = 'xnat:subjectData'

before(async () => {
  site = await startSite({ requireLogin: false })
  cast = await castOf(site, 'MINE')
  const { own } = cast
  await makeProject(own, 'THEIRS', { accessibility: 'private' })
  await own('PUT', '/data/projects/THEIRS/users/member/str')
  await makeProject(own, 'OPEN', { accessibility: 'public' })
  await makeSubject(own, 'MINE', 'S1', { group: 'secret' })
  await makeSession(own, 'MINE/S1/SHARED', { note: 'shared' })
  await makeSession(own, 'MINE/S1/HIDDEN', { note: 'hidden' })
  await makeSubject(own, 'OPEN', 'S2')
  await makeSession(own, 'OPEN/S2/FREE')
  await want(own('PUT', `${sessionAt('MINE/S1/HIDDEN')}/scans/1?xsiType=xnat:mrScanData&type=T1`), 200)
  await want(own('PUT', '/data/projects/MINE/experiments/SHARED/projects/THEIRS'), 200)
})
after(() => site?.close())

const listing = searchXml(mr, [`${mr}/LABEL`, 'xnat:subjectData/SUB_GROUP', `${mr}/SUBJECT_LABEL`])

test('hierarchy 188: a search shows what its caller may read, and of records beside it no more than their names', async () => {
  const all = [
    ['SHARED', 'secret', 'S1'],
    ['HIDDEN', 'secret', 'S1'],
    ['FREE', '', 'S2'],
  ]
  for (const call of [cast.admin, cast.own]) assert.deepEqual(await found(call, listing), all)
  for (const call of [cast.mem, cast.col]) assert.deepEqual(await found(call, listing), all)
  assert.deepEqual(await found(cast.str, listing), [
    ['SHARED', '', 'S1'],
    ['FREE', '', 'S2'],
  ])
  assert.deepEqual(await found(cast.anon, listing), [['FREE', '', 'S2']])
})

test('hierarchy 188: criteria do not tell what columns hide', async () => {
  const counted = async (type: string, field: string, value: string) =>
    [cast.own, cast.str, cast.anon].map(
      async (call) => (await found(call, searchXml(type, [], [[field, '=', value]]))).length,
    )
  const count = async (type: string, field: string, value: string) => Promise.all(await counted(type, field, value))
  assert.deepEqual(await count(mr, 'xnat:subjectData/group', 'secret'), [2, 0, 0])
  assert.deepEqual(await count(subject, 'xnat:mrSessionData/note', 'hidden'), [1, 0, 0])
  assert.deepEqual(await count(subject, 'xnat:subjectData/PROJECTS', 'MINE'), [1, 0, 0])
  assert.deepEqual(await count('xnat:mrScanData', 'xnat:mrScanData/type', 'T1'), [1, 0, 0])
  assert.deepEqual(await count('xnat:projectData', 'xnat:mrScanData/type', 'T1'), [1, 0, 0])
  assert.deepEqual(await count('xnat:projectData', 'xnat:projectData/PROJ_MR_COUNT', '2'), [1, 0, 0])
  assert.deepEqual(await count(mr, `${mr}/MR_PROJECT_IDENTIFIER=THEIRS`, 'SHARED'), [1, 1, 0])
  assert.deepEqual(await count(mr, `${mr}/sharing/share/project`, 'THEIRS'), [1, 1, 0])
})

test('hierarchy 188: what is in quarantine shows only to those who may release it, with its state', async () => {
  await want(cast.own('PUT', `/data/projects/MINE/experiments/HIDDEN?quarantine=true`), 200)
  const states = async (call: typeof cast.own) =>
    (await want(call('POST', '/data/search?format=json', xmlBody(listing)), 200))
      .rows()
      .map((row) => `${row['label']} ${row['quarantine_status']}`)
  assert.deepEqual(await states(cast.own), ['SHARED active', 'HIDDEN quarantine', 'FREE active'])
  assert.deepEqual(await states(cast.mem), ['SHARED active', 'FREE active'])
  await want(cast.own('PUT', `/data/projects/MINE/experiments/HIDDEN?activate=true`), 200)
})

test('hierarchy 190: a kept result belongs to its caller and shows nothing that is hidden since', async () => {
  const kept = await want(cast.str('POST', '/data/search?format=json&cache=true', xmlBody(listing)), 200)
  const { ID, totalRecords } = kept.json().ResultSet
  assert.equal(totalRecords, '2')
  await want(cast.own('GET', `/data/search/${ID}`), 410)
  assert.equal((await rowsAt(cast.str, `/data/search/${ID}`)).length, 2)
  await want(cast.own('DELETE', '/data/projects/MINE/experiments/SHARED/projects/THEIRS'), 200)
  assert.deepEqual(
    (await rowsAt(cast.str, `/data/search/${ID}`)).map((row) => row['label']),
    ['FREE'],
  )
})

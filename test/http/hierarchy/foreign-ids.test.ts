import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Caller } from '../../support/caller.ts'
import { startSite, type TestSite } from '../../support/site.ts'
import { makeProject, makeSession, makeSubject, rowsAt, sessionAt, want } from './stage.ts'

let site: TestSite
let own: Caller

// Clients that give ids themselves (pyxnat's use_label) make ids that others use as labels.
before(async () => {
  site = await startSite()
  await site.addUser('own')
  own = site.as('own')
  for (const project of ['IDS', 'LABELS']) await makeProject(own, project)
  await makeSubject(own, 'IDS', 'S1', { 'xnat:subjectData/ID': 'S1' })
  await makeSubject(own, 'LABELS', 'S1')
  await makeSession(own, 'IDS/S1/MR1', { 'xnat:mrSessionData/ID': 'MR1' })
})
after(() => site?.close())

test('hierarchy 114: a subject is found by its label where another project has a subject of that id', async () => {
  const [row] = await rowsAt(own, '/data/projects/LABELS/subjects')
  const { text } = await want(own('PUT', '/data/projects/LABELS/subjects/S1?group=g'), 200)
  assert.equal(text, row?.ID)
})

test('hierarchy 139: an experiment is found by its label where another project has an experiment of that id', async () => {
  const id = await makeSession(own, 'LABELS/S1/MR1')
  assert.notEqual(id, 'MR1')
  assert.equal((await want(own('PUT', `${sessionAt('LABELS/S1/MR1')}?note=n`), 200)).text, id)
  await want(own('PUT', `${sessionAt('LABELS/S1/MR1')}/scans/1?xsiType=xnat:mrScanData`), 201, 200)
  await want(own('PUT', '/data/projects/LABELS/experiments/MR1/scans/1/resources/DICOM'), 200, 201)
  assert.equal((await rowsAt(own, '/data/projects/LABELS/experiments/MR1/scans')).length, 1)
  assert.equal((await rowsAt(own, '/data/experiments/MR1/scans')).length, 0)
})

test('hierarchy 139: the id of an experiment of another project is not found', async () => {
  await want(own('GET', '/data/projects/LABELS/experiments/NONE'), 404)
  const id = await makeSession(own, 'IDS/S1/MR2')
  await want(own('GET', `/data/projects/LABELS/experiments/${id}`), 404)
})

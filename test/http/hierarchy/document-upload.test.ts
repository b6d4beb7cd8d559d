import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Caller } from '../../support/caller.ts'
import { type Cast, castOf, startSite, type TestSite } from '../../support/site.ts'
import { manualQcXml, mrSessionXml, projectXml, subjectXml } from './documents.ts'
import { itemAt, makeSession, makeSubject, rowsAt, sessionAt, want, xmlBody } from './stage.ts'

let site: TestSite
let cast: Cast
let own: Caller

before(async () => {
  site = await startSite()
  cast = await castOf(site, 'DOC')
  own = cast.own
  await makeSubject(own, 'DOC', 'S1')
})
after(() => site?.close())

const put = (call: Caller, document: string) => call('PUT', '/xapi/archive/upload/xml', xmlBody(document))
const gender = '<xnat:gender>male</xnat:gender>'

test('hierarchy 209: without an ID the project and the label tell which subject is meant', async () => {
  const document = subjectXml('project="DOC" label="S1" group="by label"', gender)
  await want(put(own, document), 200)
  assert.equal((await itemAt(own, '/data/projects/DOC/subjects/S1')).data_fields.group, 'by label')
  assert.equal((await rowsAt(own, '/data/projects/DOC/subjects')).length, 1)
})

test('hierarchy 209: what is not there yet is made, with the ID of the document', async () => {
  await want(put(own, subjectXml('ID="DOC_NEW" project="DOC" label="NEW"', gender)), 200)
  assert.equal((await itemAt(own, '/data/subjects/DOC_NEW')).data_fields.label, 'NEW')
  const document = mrSessionXml('project="DOC" label="MRNEW"', '<xnat:subject_ID>DOC_NEW</xnat:subject_ID>')
  await want(put(own, document), 200)
  assert.equal((await rowsAt(own, `${sessionAt('DOC/NEW/MRNEW')}/scans`)).length, 2)
})

test('hierarchy 209: an assessor finds its session', async () => {
  const id = await makeSession(own, 'DOC/S1/MRQC')
  const document = manualQcXml('project="DOC" label="QC1"').replace(/<xnat:imageSession_ID\/>/, sessionElement(id))
  await want(put(own, document), 200)
  assert.equal((await rowsAt(own, `/data/experiments/${id}/assessors`)).length, 1)
})

const sessionElement = (id: string) => `<xnat:imageSession_ID>${id}</xnat:imageSession_ID>`

test('hierarchy 209: documents of other kinds and what is no document are refused', async () => {
  for (const body of [projectXml('DOC'), '', 'no XML', '<xnat:Subject'])
    assert.match(String((await want(put(own, body), 400, 422)).headers['content-type']), /^text\/plain/)
  await want(put(own, subjectXml('label="HOMELESS"', gender)), 422)
})

test('hierarchy 209: strangers, members and collaborators may what they may elsewhere', async () => {
  const document = (group: string) => subjectXml(`project="DOC" label="S1" group="${group}"`, gender)
  await want(put(cast.str, document('str')), 404)
  await want(put(cast.col, document('col')), 403)
  await want(put(cast.mem, document('mem')), 200)
  assert.equal((await itemAt(own, '/data/projects/DOC/subjects/S1')).data_fields.group, 'mem')
  await want(put(site.as(null), document('nobody')), 401)
})

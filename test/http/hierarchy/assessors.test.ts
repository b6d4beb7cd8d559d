import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Caller, multipart } from '../../support/caller.ts'
import { type Cast, castOf, startSite, type TestSite } from '../../support/site.ts'
import { manualQcXml } from './documents.ts'
import {
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
  xmlBody,
} from './stage.ts'

let site: TestSite
let cast: Cast
let own: Caller
let session: string
const at = sessionAt('ASS/S1/MR1')
const qc = 'xsiType=xnat:qcManualAssessorData'

before(async () => {
  site = await startSite()
  cast = await castOf(site, 'ASS')
  own = cast.own
  await makeProject(own, 'ASSQ', { accessibility: 'private' })
  await makeSubject(own, 'ASS', 'S1')
  session = await makeSession(own, 'ASS/S1/MR1')
  await makeSession(own, 'ASS/S1/MR2')
})
after(() => site?.close())

test('hierarchy 163: PUT is 201 with the bare id, again 200', async () => {
  const made = await want(own('PUT', `${at}/assessors/PUT1?${qc}`), 201)
  assert.match(made.text, /^XNAT_E\d{5}$/)
  assert.equal((await want(own('PUT', `${at}/assessors/PUT1?${qc}&note=n`), 200)).text, made.text)
  const { imageSession_ID, project, label, note } = (await itemAt(own, `${at}/assessors/PUT1`)).data_fields
  assert.deepEqual([imageSession_ID, project, label, note], [session, 'ASS', 'PUT1', 'n'])
})

test("hierarchy 163: xnatpy's query form works", async () => {
  await want(own('PUT', `${at}/assessors/PY1?${qc}&label=PY1&req_format=qs`), 200, 201)
  assert.equal((await itemAt(own, `${at}/assessors/PY1`)).data_fields.label, 'PY1')
})

test('hierarchy 163: the proper name works as type', async () => {
  await want(own('PUT', `${at}/assessors/PROPER?xsiType=xnat:QCManualAssessment`), 201)
  assert.equal((await itemAt(own, `${at}/assessors/PROPER`)).meta['xsi:type'], 'xnat:qcManualAssessorData')
})

test('hierarchy 163: no type is 417, a type that is no assessor 422', async () => {
  await want(own('PUT', `${at}/assessors/UNTYPED`), 417)
  await want(own('PUT', `${at}/assessors/WRONG?xsiType=xnat:mrSessionData`), 422)
  for (const label of ['UNTYPED', 'WRONG']) await want(own('GET', `${at}/assessors/${label}`), 404)
})

test('hierarchy 163: a document makes and updates an assessor', async () => {
  const path = `${at}/assessors/DOC1`
  await want(own('PUT', path, xmlBody(manualQcXml('ID="" project="ASS" label="DOC1"'))), 201)
  const second = manualQcXml('ID="" project="ASS" label="DOC1"').replace('The Radiologist', 'Another')
  await want(own('PUT', path, xmlBody(second)), 200)
  assert.equal((await itemAt(own, path)).data_fields.rater, 'Another')
})

test('hierarchy 163: eight parallel creations of one label are one assessor', async () => {
  const replies = await Promise.all(Array.from({ length: 8 }, () => own('PUT', `${at}/assessors/RACE?${qc}`)))
  assert.deepEqual(replies.map((reply) => reply.status).sort(), [200, 200, 200, 200, 200, 200, 200, 201])
  assert.equal(new Set(replies.map((reply) => reply.text)).size, 1)
})

test('hierarchy 164: the columns of the list', async () => {
  await makeAssessor(own, 'ASS/S1/MR1', 'LIST1')
  const expected = [
    'xnat:imageassessordata/id',
    'ID',
    'project',
    'label',
    'date',
    'xsiType',
    'insert_date',
    'session_ID',
    'session_label',
    'URI',
  ]
  for (const list of [`${at}/assessors`, `/data/experiments/${session}/assessors`]) {
    assert.deepEqual((await headerAt(own, list)).sort(), [...expected].sort())
  }
  const row = (await rowsAt(own, `${at}/assessors`)).find((one) => one.label === 'LIST1')
  assert.deepEqual(
    [row?.session_ID, row?.session_label, row?.xsiType, row?.URI],
    [session, 'MR1', 'xnat:qcManualAssessorData', `/data/experiments/${row?.ID}`],
  )
})

test('hierarchy 164: the list holds the assessors of that session alone', async () => {
  await makeAssessor(own, 'ASS/S1/MR2', 'ELSEWHERE')
  assert.ok(!column(await rowsAt(own, `${at}/assessors`), 'label').includes('ELSEWHERE'))
  assert.deepEqual(column(await rowsAt(own, `${sessionAt('ASS/S1/MR2')}/assessors`), 'label'), ['ELSEWHERE'])
  await want(own('GET', `${sessionAt('ASS/S1/NOSUCH')}/assessors`), 404)
  await want(own('GET', '/data/experiments/XNAT_E99999/assessors'), 404)
})

test('hierarchy 164: columns and filters work on the list', async () => {
  const rows = await rowsAt(own, `${at}/assessors?label=LIST1&columns=label`)
  assert.equal(rows.length, 1)
  assert.equal(rows[0]?.['xnat:imageassessordata/id'], rows[0]?.URI?.split('/').at(-1))
})

test('hierarchy 164: the list shows the labels of the project in the address', async () => {
  await makeSession(own, 'ASS/S1/MR3')
  const there = `${sessionAt('ASS/S1/MR3')}/assessors`
  for (const label of ['SEEN', 'UNSEEN']) await makeAssessor(own, 'ASS/S1/MR3', label)
  await want(own('PUT', '/data/projects/ASS/experiments/MR3/projects/ASSQ?label=MR3Q'), 200)
  await want(own('PUT', '/data/projects/ASS/experiments/SEEN/projects/ASSQ?label=SEENQ'), 200)
  const named = async (list: string) =>
    (await rowsAt(own, list)).map((row) => [row.label, row.project, row.session_label].join())
  assert.deepEqual(await named('/data/projects/ASSQ/experiments/MR3Q/assessors'), ['SEENQ,ASSQ,MR3Q', 'UNSEEN,ASS,MR3'])
  assert.deepEqual(await named('/data/projects/ASSQ/experiments/MR3Q/assessors?label=SEENQ'), ['SEENQ,ASSQ,MR3Q'])
  assert.deepEqual(await named(there), ['SEEN,ASS,MR3', 'UNSEEN,ASS,MR3'])
})

test('hierarchy 165: POST of a multipart document is 200, again 409', async () => {
  const body = multipart([
    {
      field: 'file',
      filename: 'qc.xml',
      type: 'text/xml',
      body: manualQcXml(`ID="QC_POSTED" project="ASS" label="POSTED"`),
    },
  ])
  const reply = await want(own('POST', `/data/experiments/${session}/assessors`, body), 200)
  assert.match(reply.text, /^https?:\/\/[^/]+\/data\/.*\/QC_POSTED$/)
  assert.equal((await itemAt(own, `${at}/assessors/POSTED`)).data_fields.ID, 'QC_POSTED')
  await want(own('POST', `/data/experiments/${session}/assessors`, body), 409)
})

test('hierarchy 166: another label is 400', async () => {
  await makeAssessor(own, 'ASS/S1/MR1', 'LAB1')
  const reply = await want(own('PUT', `${at}/assessors/LAB1?label=LAB2`), 400)
  assert.equal(reply.message(), 'Label must be modified through separate URI.')
  await want(own('GET', `${at}/assessors/LAB1`), 200)
})

test('hierarchy 166: an assessor is renamed through the experiments of its project', async () => {
  await makeAssessor(own, 'ASS/S1/MR1', 'REN1')
  await want(own('PUT', '/data/projects/ASS/experiments/REN1?label=REN2'), 200)
  await want(own('GET', `${at}/assessors/REN2`), 200)
  await want(own('GET', `${at}/assessors/REN1`), 404)
})

test('hierarchy 167: an assessor is reachable as an experiment', async () => {
  const id = await makeAssessor(own, 'ASS/S1/MR1', 'EXP1')
  const there = await itemAt(own, `${at}/assessors/EXP1`)
  assert.deepEqual(await itemAt(own, `/data/experiments/${id}`), there)
  assert.deepEqual(await itemAt(own, `/data/experiments/${session}/assessors/${id}`), there)
  await want(own('PUT', `/data/experiments/${id}?note=n`), 200)
  assert.equal((await want(own('GET', `/data/experiments/${id}/status`), 200)).text, 'active')
  assert.equal((await want(own('GET', `/data/experiments/${id}/history`), 200)).type, 'application/json')
  await want(own('DELETE', `/data/experiments/${id}`), 200)
  await want(own('GET', `${at}/assessors/EXP1`), 404)
})

test('hierarchy 167: by session id a label is not enough, by project it is', async () => {
  await makeAssessor(own, 'ASS/S1/MR1', 'BYLABEL')
  await want(own('GET', `${at}/assessors/BYLABEL`), 200)
  await want(own('GET', `/data/experiments/${session}/assessors/BYLABEL`), 404)
})

test('hierarchy 168: sharing shows one, two, then one project', async () => {
  const id = await makeAssessor(own, 'ASS/S1/MR1', 'SHARED')
  const projects = async () => (await rowsAt(own, `${at}/assessors/SHARED/projects`)).map((row) => row.ID)
  assert.deepEqual(await projects(), ['ASS'])
  await want(own('PUT', `${at}/assessors/SHARED/projects/ASSQ?label=THERE`), 200)
  assert.deepEqual(await projects(), ['ASS', 'ASSQ'])
  assert.equal((await rowsAt(own, `/data/experiments/${id}/projects`))[1]?.label, 'THERE')
  await want(own('DELETE', `${at}/assessors/SHARED/projects/ASSQ`), 200)
  assert.deepEqual(await projects(), ['ASS'])
})

test('hierarchy 169: PUT by session id defaults the project', async () => {
  const made = await want(own('PUT', `/data/experiments/${session}/assessors/NOPROJECT?${qc}`), 201)
  const { project, imageSession_ID } = (await itemAt(own, `/data/experiments/${made.text}`)).data_fields
  assert.deepEqual([project, imageSession_ID], ['ASS', session])
})

test('hierarchy 156: deleting an assessor touches nothing else', async () => {
  await makeAssessor(own, 'ASS/S1/MR1', 'DEL1')
  await makeAssessor(own, 'ASS/S1/MR1', 'DEL2')
  for (const label of ['DEL1', 'DEL2']) await storeFile(own, `${at}/assessors/${label}`, 'R/files/a.txt', 'product')
  await storeFile(own, at, 'R/files/s.txt', 'of the session')
  await want(cast.mem('DELETE', `${at}/assessors/DEL1`), 403)
  await want(own('DELETE', `${at}/assessors/DEL1?removeFiles=true`), 200)
  await site.sweep()
  await want(own('GET', `${at}/assessors/DEL1`), 404)
  assert.equal((await want(own('GET', `${at}/assessors/DEL2/resources/R/files/a.txt`), 200)).text, 'product')
  assert.equal((await want(own('GET', `${at}/resources/R/files/s.txt`), 200)).text, 'of the session')
})

test('hierarchy 163: rights are those of experiments', async () => {
  await want(cast.mem('PUT', `${at}/assessors/MEM1?${qc}`), 201)
  await want(cast.col('PUT', `${at}/assessors/COL1?${qc}`), 403)
  await want(cast.str('PUT', `${at}/assessors/STR1?${qc}`), 404, 422)
  await want(cast.col('GET', `${at}/assessors/MEM1`), 200)
  await want(cast.str('GET', `${at}/assessors`), 404)
  for (const label of ['COL1', 'STR1']) await want(own('GET', `${at}/assessors/${label}`), 404)
})

test('hierarchy 205: an assessor of another session is 404 under this one', async () => {
  const id = await makeAssessor(own, 'ASS/S1/MR2', 'OTHERS')
  await want(own('GET', `/data/experiments/${session}/assessors/${id}`), 404)
  await want(own('DELETE', `/data/experiments/${session}/assessors/${id}`), 404)
  await want(own('GET', `/data/experiments/${id}`), 200)
})

test('hierarchy 211: the project-level assessor list', async () => {
  const [nested, flat] = [
    await rowsAt(own, `${at}/assessors`),
    await rowsAt(own, '/data/projects/ASS/experiments/MR1/assessors'),
  ]
  assert.ok(nested.length > 0)
  assert.deepEqual(column(flat, 'ID'), column(nested, 'ID'))
  await want(own('GET', `/data/experiments/${session}/foo`), 404)
})

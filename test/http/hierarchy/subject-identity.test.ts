import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Caller } from '../../support/caller.ts'
import { type Cast, castOf, startSite, type TestSite } from '../../support/site.ts'
import { subjectXml } from './documents.ts'
import {
  column,
  itemAt,
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
const at = (label: string) => `/data/projects/IDN/subjects/${label}`

before(async () => {
  site = await startSite()
  cast = await castOf(site, 'IDN')
  own = cast.own
})
after(() => site?.close())

const numberOf = (id: string) => Number(/(\d+)$/.exec(id)![1])

test('hierarchy 109: the id prefix is the site id without blanks and marks, - becomes _', async () => {
  for (const [siteId, prefix] of [
    ['My-Site 1', 'My_Site1'],
    [`O'Neil "lab"^2`, 'ONeillab2'],
  ] as const) {
    const other = await startSite({ siteId })
    try {
      await makeProject(other.as('admin'), 'P')
      assert.equal(await makeSubject(other.as('admin'), 'P', 'S1'), `${prefix}_S00001`)
      assert.equal(await makeSession(other.as('admin'), 'P/S1/E1'), `${prefix}_E00001`)
    } finally {
      await other.close()
    }
  }
})

test('hierarchy 110: the id of a deleted subject is not given out again', async () => {
  const first = await makeSubject(own, 'IDN', 'DEL1')
  await want(own('DELETE', at('DEL1')), 200)
  const second = await makeSubject(own, 'IDN', 'DEL1')
  assert.equal(numberOf(second), numberOf(first) + 1)
  await want(own('GET', `/data/subjects/${first}`), 404)
})

test('hierarchy 110: nor the ids of subjects and sessions that went with their project', async () => {
  await makeProject(own, 'IDNGONE')
  const subject = await makeSubject(own, 'IDNGONE', 'S1')
  const session = await makeSession(own, 'IDNGONE/S1/E1')
  await want(own('DELETE', '/data/projects/IDNGONE?removeFiles=true'), 200)
  assert.ok(numberOf(await makeSubject(own, 'IDN', 'AFTER')) > numberOf(subject))
  assert.ok(numberOf(await makeSession(own, 'IDN/AFTER/E1')) > numberOf(session))
})

test('hierarchy 110: a generated id steps over one that was given by hand', async () => {
  const last = numberOf(await makeSubject(own, 'IDN', 'STEP1'))
  const given = `XNAT_S${String(last + 2).padStart(5, '0')}`
  await want(own('PUT', `${at('STEP2')}?ID=${given}`), 201)
  const ids = [given, await makeSubject(own, 'IDN', 'STEP3'), await makeSubject(own, 'IDN', 'STEP4')]
  assert.equal(new Set(ids).size, 3)
})

test('hierarchy 108: eight parallel creations of one label are one subject', async () => {
  const replies = await Promise.all(Array.from({ length: 8 }, () => own('PUT', at('RACE'))))
  assert.deepEqual(replies.map((reply) => reply.status).sort(), [200, 200, 200, 200, 200, 200, 200, 201])
  assert.equal(new Set(replies.map((reply) => reply.text)).size, 1)
  assert.equal((await rowsAt(own, '/data/projects/IDN/subjects?label=RACE')).length, 1)
})

test('hierarchy 111: eight parallel POSTs of one label are one subject', async () => {
  const replies = await Promise.all(
    Array.from({ length: 8 }, () => own('POST', '/data/projects/IDN/subjects?label=RACEPOST')),
  )
  assert.deepEqual(replies.map((reply) => reply.status).sort(), [200, 409, 409, 409, 409, 409, 409, 409])
})

test('hierarchy 107: eight parallel creations of different labels get different ids', async () => {
  const ids = await Promise.all(Array.from({ length: 8 }, (_, index) => makeSubject(own, 'IDN', `PAR${index}`)))
  assert.equal(new Set(ids).size, 8)
})

test('hierarchy 121: label=NEW renames: 200, empty body, the old label is gone', async () => {
  const id = await makeSubject(own, 'IDN', 'OLD')
  const reply = await want(own('PUT', `${at('OLD')}?label=NEW`), 200)
  assert.equal(reply.bytes.length, 0)
  await want(own('GET', at('OLD')), 404)
  assert.equal((await itemAt(own, at('NEW'))).data_fields.ID, id)
})

test('hierarchy 121: other values in the request are ignored', async () => {
  await makeSubject(own, 'IDN', 'REN1', { group: 'before' })
  await want(own('PUT', `${at('REN1')}?label=REN2&group=after`), 200)
  assert.equal((await itemAt(own, at('REN2'))).data_fields.group, 'before')
})

test('hierarchy 121: the same label again is 200 and nothing happens', async () => {
  await makeSubject(own, 'IDN', 'SAME')
  await want(own('PUT', `${at('SAME')}?label=SAME`), 200)
  await want(own('GET', at('SAME')), 200)
})

test('hierarchy 121: a bad new label is 417', async () => {
  await makeSubject(own, 'IDN', 'FINE')
  await want(own('PUT', `${at('FINE')}?label=not%20fine`), 417)
  await want(own('GET', at('FINE')), 200)
})

test('hierarchy 121: a rename by id works', async () => {
  const id = await makeSubject(own, 'IDN', 'BYID')
  await want(own('PUT', `/data/subjects/${id}?label=BYID2`), 200)
  assert.equal((await itemAt(own, at('BYID2'))).data_fields.ID, id)
})

test('hierarchy 122: a rename to a used label is 409', async () => {
  await makeSubject(own, 'IDN', 'USED1')
  await makeSubject(own, 'IDN', 'USED2')
  const reply = await want(own('PUT', `${at('USED1')}?label=USED2`), 409)
  assert.equal(reply.message(), 'Specified label is already in use.')
  await want(own('GET', at('USED1')), 200)
})

test('hierarchy 122: a label that only a shared-in subject has is used too', async () => {
  await makeProject(own, 'IDNQ', { accessibility: 'private' })
  await makeSubject(own, 'IDNQ', 'VISITOR')
  await want(own('PUT', '/data/projects/IDNQ/subjects/VISITOR/projects/IDN'), 200)
  await makeSubject(own, 'IDN', 'HOST')
  await want(own('PUT', `${at('HOST')}?label=VISITOR`), 409)
})

test('hierarchy 123: files are reachable under the new label', async () => {
  await makeSubject(own, 'IDN', 'FIL1')
  await makeSession(own, 'IDN/FIL1/FILMR')
  await storeFile(own, at('FIL1'), 'NOTES/files/a.txt', 'of the subject')
  await storeFile(own, sessionAt('IDN/FIL1/FILMR'), 'NOTES/files/b.txt', 'of the session')
  await want(own('PUT', `${at('FIL1')}?label=FIL2`), 200)
  assert.equal((await want(own('GET', `${at('FIL2')}/resources/NOTES/files/a.txt`), 200)).text, 'of the subject')
  const below = `${sessionAt('IDN/FIL2/FILMR')}/resources/NOTES/files/b.txt`
  assert.equal((await want(own('GET', below), 200)).text, 'of the session')
  await want(own('GET', `${at('FIL1')}/resources/NOTES/files/a.txt`), 404)
})

test('hierarchy 124: a change of the ID is 400', async () => {
  const id = await makeSubject(own, 'IDN', 'FIXED')
  await want(own('PUT', `${at('FIXED')}?ID=OTHER`), 400)
  await want(own('PUT', at('FIXED'), xmlBody(subjectXml('ID="OTHER" label="FIXED"', ''))), 400)
  assert.equal((await itemAt(own, at('FIXED'))).data_fields.ID, id)
})

test('hierarchy 124: a change of the project is 409 or 400', async () => {
  await makeProject(own, 'IDNOTHER')
  await makeSubject(own, 'IDN', 'STAYS')
  await want(own('PUT', `${at('STAYS')}?project=IDNOTHER`), 400, 409)
  assert.equal((await itemAt(own, at('STAYS'))).data_fields.project, 'IDN')
})

test('hierarchy 133: a collaborator may not create, edit or rename', async () => {
  await makeSubject(own, 'IDN', 'COLS')
  await want(cast.col('PUT', at('COLNEW')), 403)
  await want(cast.col('POST', '/data/projects/IDN/subjects?label=COLNEW'), 403)
  await want(cast.col('PUT', `${at('COLS')}?group=x`), 403)
  await want(cast.col('PUT', `${at('COLS')}?label=COLS2`), 403)
  assert.equal((await itemAt(own, at('COLS'))).data_fields.group, undefined)
  await want(own('GET', at('COLNEW')), 404)
})

test('hierarchy 133: a member may create and edit, not delete', async () => {
  await makeSubject(cast.mem, 'IDN', 'MEMS')
  await want(cast.mem('PUT', `${at('MEMS')}?group=x`), 200)
  await want(cast.mem('DELETE', at('MEMS')), 403)
  assert.equal((await itemAt(own, at('MEMS'))).data_fields.group, 'x')
})

test('hierarchy 134: subjects of private and protected projects are absent for a stranger', async () => {
  await makeProject(own, 'IDNPROT', { accessibility: 'protected' })
  for (const project of ['IDN', 'IDNPROT']) {
    const id = await makeSubject(own, project, 'HIDDEN')
    await want(cast.str('GET', `/data/projects/${project}/subjects/HIDDEN`), 404)
    await want(cast.str('GET', `/data/subjects/${id}`), 404)
  }
})

test('hierarchy 135: the list is 403 for a protected project and 404 for a private one', async () => {
  await makeProject(own, 'IDNPROT2', { accessibility: 'protected' })
  const reply = await want(cast.str('GET', '/data/projects/IDNPROT2/subjects'), 403)
  assert.equal(reply.message(), 'Unable to read subjects for Project: IDNPROT2')
  await want(cast.str('GET', '/data/projects/IDN/subjects'), 404)
})

test('hierarchy 136: a stranger to everything has an empty list of subjects', async () => {
  assert.deepEqual(await rowsAt(cast.str, '/data/subjects'), [])
  assert.deepEqual(await rowsAt(cast.str, '/data/experiments'), [])
})

test('hierarchy 126: the site list has the label of the owning project', async () => {
  const rows = await rowsAt(own, '/data/subjects?label=VISITOR')
  assert.deepEqual(column(rows, 'project'), ['IDNQ'])
})

test('hierarchy 110: a deletion takes sessions and assessors along', async () => {
  const subject = await makeSubject(own, 'IDN', 'WHOLE')
  const session = await makeSession(own, 'IDN/WHOLE/MR1')
  assert.equal((await want(own('DELETE', at('WHOLE')), 200)).text, '')
  await want(own('GET', `/data/subjects/${subject}`), 404)
  await want(own('GET', `/data/experiments/${session}`), 404)
})

test('hierarchy 205: deleting something unknown is 404', async () => {
  await want(own('DELETE', at('NOSUCH')), 404)
  await want(own('DELETE', '/data/subjects/XNAT_S99999'), 404)
})

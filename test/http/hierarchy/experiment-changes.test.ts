import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Caller } from '../../support/caller.ts'
import { type Cast, castOf, startSite, type TestSite } from '../../support/site.ts'
import { mrSessionXml } from './documents.ts'
import {
  childrenOf,
  column,
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
const at = (label: string) => sessionAt(`CHG/S1/${label}`)

before(async () => {
  site = await startSite()
  cast = await castOf(site, 'CHG')
  own = cast.own
  await makeProject(own, 'CHGQ', { accessibility: 'private' })
  await makeSubject(own, 'CHG', 'S1')
  await makeSubject(own, 'CHG', 'S2')
})
after(() => site?.close())

test('hierarchy 121: label=NEW renames a session: 200, empty body, other values ignored', async () => {
  const id = await makeSession(own, 'CHG/S1/OLD', { note: 'before' })
  const reply = await want(own('PUT', `${at('OLD')}?label=NEW&note=after`), 200)
  assert.equal(reply.bytes.length, 0)
  const { ID, note } = (await itemAt(own, at('NEW'))).data_fields
  assert.deepEqual([ID, note], [id, 'before'])
  await want(own('GET', at('OLD')), 404)
})

test('hierarchy 122: a rename to a used label is 409', async () => {
  for (const label of ['USED1', 'USED2']) await makeSession(own, `CHG/S1/${label}`)
  await want(own('PUT', `${at('USED1')}?label=USED2`), 409)
  await want(own('GET', at('USED1')), 200)
})

test('hierarchy 123: the files of session and scans follow a rename', async () => {
  await makeSession(own, 'CHG/S1/FIL1')
  await want(own('PUT', `${at('FIL1')}/scans/1?xsiType=xnat:mrScanData`), 200, 201)
  await storeFile(own, at('FIL1'), 'R/files/a.txt', 'session bytes')
  await storeFile(own, `${at('FIL1')}/scans/1`, 'R/files/b.txt', 'scan bytes')
  await want(own('PUT', `${at('FIL1')}?label=FIL2`), 200)
  assert.equal((await want(own('GET', `${at('FIL2')}/resources/R/files/a.txt`), 200)).text, 'session bytes')
  assert.equal((await want(own('GET', `${at('FIL2')}/scans/1/resources/R/files/b.txt`), 200)).text, 'scan bytes')
  await want(own('GET', `${at('FIL1')}/resources/R/files/a.txt`), 404)
})

test('hierarchy 121: who may not edit may not rename', async () => {
  await makeSession(own, 'CHG/S1/MINE')
  await want(cast.col('PUT', `${at('MINE')}?label=THEIRS`), 403, 417)
  await want(cast.str('PUT', `${at('MINE')}?label=THEIRS`), 404)
  await want(cast.mem('PUT', `${at('MINE')}?label=OURS`), 200)
  await want(own('GET', at('OURS')), 200)
})

test('hierarchy 124: a change of ID is 400, of the project 400 or 409', async () => {
  const id = await makeSession(own, 'CHG/S1/FIXED')
  assert.equal((await want(own('PUT', `${at('FIXED')}?ID=OTHER`), 400)).message(), 'ID cannot be modified')
  await want(own('PUT', `${at('FIXED')}?project=CHGQ`), 400, 409)
  const { ID, project } = (await itemAt(own, at('FIXED'))).data_fields
  assert.deepEqual([ID, project], [id, 'CHG'])
})

test('hierarchy 151: labels are unique over sessions and assessors of one project', async () => {
  await makeSession(own, 'CHG/S1/UNI1')
  await makeSession(own, 'CHG/S2/UNI2')
  await makeAssessor(own, 'CHG/S1/UNI1', 'UNIQC')
  await want(own('PUT', `${at('UNI1')}?label=UNIQC`), 409)
  await want(own('PUT', `${at('UNI1')}?label=UNI2`), 409)
  await want(own('POST', `${at('UNI1')}/assessors?xsiType=xnat:qcManualAssessorData&label=UNI2`), 409)
  await want(own('POST', '/data/projects/CHG/subjects/S1/experiments?xsiType=xnat:mrSessionData&label=UNIQC'), 409)
  const all = await rowsAt(own, '/data/experiments?label=UNI*')
  assert.deepEqual(column(all, 'label'), ['UNI1', 'UNI2', 'UNIQC'])
})

test('hierarchy 151: another project has its own labels', async () => {
  await makeSession(own, 'CHG/S1/EVERYWHERE')
  await makeSubject(own, 'CHGQ', 'S1')
  await makeSession(own, 'CHGQ/S1/EVERYWHERE')
  assert.equal((await rowsAt(own, '/data/experiments?label=EVERYWHERE')).length, 2)
})

test('hierarchy 152: subject_ID moves a session to another subject, by label and by id', async () => {
  const id = await makeSession(own, 'CHG/S1/MOVE', { visit_id: 'v1' })
  const [one, two] = [
    (await itemAt(own, '/data/projects/CHG/subjects/S1')).data_fields.ID,
    (await itemAt(own, '/data/projects/CHG/subjects/S2')).data_fields.ID,
  ]
  await want(own('PUT', `${at('MOVE')}?subject_ID=S2`), 200)
  assert.equal((await itemAt(own, sessionAt('CHG/S2/MOVE'))).data_fields.subject_ID, two)
  await want(own('GET', at('MOVE')), 404)
  await want(own('PUT', `/data/experiments/${id}?subject_ID=${one}`), 200)
  assert.equal((await itemAt(own, at('MOVE'))).data_fields.subject_ID, one)
})

test('hierarchy 152: a session put by its id below another subject moves there, by its label it does not', async () => {
  const id = await makeSession(own, 'CHG/S1/MOVE4', { note: 'kept' })
  await want(own('PUT', `${sessionAt('CHG/S2/MOVE4')}?note=n`), 409)
  assert.equal((await want(own('PUT', sessionAt(`CHG/S2/${id}`)), 200)).text, id)
  assert.equal((await itemAt(own, sessionAt('CHG/S2/MOVE4'))).data_fields.note, 'kept')
  await want(own('GET', at('MOVE4')), 404)
  await want(cast.col('PUT', sessionAt(`CHG/S1/${id}`)), 403)
  await want(own('PUT', sessionAt(`CHG/NONE/${id}`)), 409)
})

test('hierarchy 152: an unknown subject is created, and visit and protocol are cleared', async () => {
  await makeSession(own, 'CHG/S1/MOVE2', { visit: 'v1', protocol: 'p1' })
  await want(own('PUT', `${at('MOVE2')}?subject_ID=MADE`), 200)
  const { visit, protocol } = (await itemAt(own, sessionAt('CHG/MADE/MOVE2'))).data_fields
  assert.deepEqual([visit, protocol], [undefined, undefined])
})

test('hierarchy 152: files stay with a moved session', async () => {
  await makeSession(own, 'CHG/S1/MOVE3')
  await storeFile(own, at('MOVE3'), 'R/files/a.txt', 'moved bytes')
  await want(own('PUT', `${at('MOVE3')}?subject_ID=S2`), 200)
  const path = `${sessionAt('CHG/S2/MOVE3')}/resources/R/files/a.txt`
  assert.equal((await want(own('GET', path), 200)).text, 'moved bytes')
})

test('hierarchy 153: a different label in the document is 400', async () => {
  await makeSession(own, 'CHG/S1/LABEL')
  const reply = await want(own('PUT', at('LABEL'), xmlBody(mrSessionXml('label="OTHER" project="CHG"', ''))), 400)
  assert.equal(reply.message(), 'Label must be modified through separate URI.')
  await want(own('GET', at('LABEL')), 200)
  await want(own('GET', at('OTHER')), 404)
})

test('hierarchy 119: a document adds and updates, and removes only with allowDataDeletion=true', async () => {
  const first = mrSessionXml('label="MERGE"', '<xnat:note>kept</xnat:note>')
  await want(own('PUT', at('MERGE'), xmlBody(first)), 201)
  const small = mrSessionXml('label="MERGE"', '').replace(/<xnat:scan ID="2".*?<\/xnat:scan>/s, '')
  const state = async () => {
    const item = await itemAt(own, at('MERGE'))
    return [item.data_fields.note, childrenOf(item, 'scans/scan').map((scan) => scan.data_fields.ID)]
  }
  await want(own('PUT', at('MERGE'), xmlBody(small)), 200)
  assert.deepEqual(await state(), ['kept', ['1', '2']])
  await want(own('PUT', `/data/projects/CHG/experiments/MERGE?allowDataDeletion=1`, xmlBody(small)), 200)
  assert.deepEqual(await state(), ['kept', ['1', '2']])
  await want(own('PUT', `${at('MERGE')}?allowDataDeletion=true`, xmlBody(small)), 200)
  assert.deepEqual(await state(), [undefined, ['1']])
})

test('hierarchy 156: DELETE by id removes the session and its assessors', async () => {
  const id = await makeSession(own, 'CHG/S1/DEL')
  const assessor = await makeAssessor(own, 'CHG/S1/DEL', 'DELQC')
  assert.equal((await want(own('DELETE', `/data/experiments/${id}`), 200)).text, '')
  for (const gone of [id, assessor]) await want(own('GET', `/data/experiments/${gone}`), 404)
  await want(own('GET', at('DEL')), 404)
})

test('hierarchy 156: a member may not, a collaborator may not, a stranger finds nothing', async () => {
  const id = await makeSession(own, 'CHG/S1/DELNOT')
  for (const caller of [cast.mem, cast.col]) await want(caller('DELETE', `/data/experiments/${id}`), 403)
  await want(cast.str('DELETE', `/data/experiments/${id}`), 404)
  await want(own('GET', `/data/experiments/${id}`), 200)
})

/** A sweep condemns what nobody names; the next one removes it. */
async function sweepTwice(): Promise<void> {
  await site.sweep()
  await site.sweep()
}

test("hierarchy 157: a deletion leaves the neighbours' files intact", async () => {
  await makeSession(own, 'CHG/S1/EMPTY')
  for (const label of ['FULL', 'EMPTY2', 'EMPTYX']) {
    await makeSession(own, `CHG/S1/${label}`)
    await storeFile(own, at(label), 'R/files/a.txt', `neighbour ${label}`)
  }
  await want(own('DELETE', `${at('EMPTY')}?removeFiles=true`), 200)
  await site.sweep()
  for (const label of ['FULL', 'EMPTY2', 'EMPTYX']) {
    assert.equal((await want(own('GET', `${at(label)}/resources/R/files/a.txt`), 200)).text, `neighbour ${label}`)
  }
})

test('hierarchy 157: equal bytes of a neighbour survive, the last holder takes them along', async () => {
  for (const label of ['TWIN1', 'TWIN2']) {
    await makeSession(own, `CHG/S1/${label}`)
    await storeFile(own, at(label), 'R/files/a.txt', 'twin bytes')
  }
  await sweepTwice()
  const before = (await site.blobKeys()).length
  await want(own('DELETE', `${at('TWIN1')}?removeFiles=true`), 200)
  await sweepTwice()
  assert.equal((await want(own('GET', `${at('TWIN2')}/resources/R/files/a.txt`), 200)).text, 'twin bytes')
  assert.equal((await site.blobKeys()).length, before)
  await want(own('DELETE', `${at('TWIN2')}?removeFiles=true`), 200)
  await sweepTwice()
  assert.equal((await site.blobKeys()).length, before - 1)
})

test('hierarchy 158: status is active, quarantine=true hides the session from a member', async () => {
  const id = await makeSession(own, 'CHG/S1/QUA')
  assert.equal((await want(own('GET', `${at('QUA')}/status`), 200)).text, 'active')
  await want(own('PUT', `${at('QUA')}?quarantine=true`), 200)
  assert.equal((await want(own('GET', `/data/experiments/${id}/status`), 200)).text, 'quarantine')
  for (const caller of [cast.mem, cast.col]) {
    await want(caller('GET', `/data/experiments/${id}`), 404)
    await want(caller('GET', at('QUA')), 404)
    for (const flag of ['activate', 'quarantine']) await want(caller('PUT', `${at('QUA')}?${flag}=true`), 403, 404)
    assert.ok(!column(await rowsAt(caller, '/data/projects/CHG/experiments'), 'label').includes('QUA'))
    assert.ok(!column(await rowsAt(caller, '/data/experiments'), 'label').includes('QUA'))
  }
  await want(own('PUT', `${at('QUA')}?activate=true`), 200)
  await want(cast.mem('GET', at('QUA')), 200)
})

test('hierarchy 158: a member may not quarantine; the rest of the save is kept', async () => {
  await makeSession(own, 'CHG/S1/QUAMEM')
  await want(cast.mem('PUT', `${at('QUAMEM')}?note=saved&quarantine=true`), 403)
  assert.equal((await want(own('GET', `${at('QUAMEM')}/status`), 200)).text, 'active')
  assert.equal((await itemAt(own, at('QUAMEM'))).data_fields.note, 'saved')
})

test('hierarchy 158: subjects and assessors have a status too', async () => {
  await makeSession(own, 'CHG/S1/QUA2')
  await makeAssessor(own, 'CHG/S1/QUA2', 'QUAQC')
  for (const path of ['/data/projects/CHG/subjects/S2', `${at('QUA2')}/assessors/QUAQC`]) {
    assert.equal((await want(own('GET', `${path}/status`), 200)).text, 'active')
    await want(own('PUT', `${path}?quarantine=true`), 200)
    assert.equal((await want(own('GET', `${path}/status`), 200)).text, 'quarantine')
    await want(cast.mem('GET', path), 404)
    await want(own('PUT', `${path}?activate=true`), 200)
  }
})

test('hierarchy 158: what is posted to a list can begin in quarantine', async () => {
  const [subjects, mr] = ['/data/projects/CHG/subjects', 'xsiType=xnat:mrSessionData']
  await makeSession(own, 'CHG/S1/QUA3')
  for (const [list, values, there] of [
    [subjects, 'label=QPS', `${subjects}/QPS`],
    [`${subjects}/S1/experiments`, `label=QPE&${mr}`, at('QPE')],
    [`${at('QUA3')}/assessors`, 'label=QPA&xsiType=xnat:qcManualAssessorData', `${at('QUA3')}/assessors/QPA`],
  ] as const) {
    await want(own('POST', `${list}?${values}&quarantine=true`), 200)
    assert.equal((await want(own('GET', `${there}/status`), 200)).text, 'quarantine')
    await want(cast.mem('GET', there), 404)
  }
  await want(cast.mem('POST', `${subjects}?label=QPMEM&quarantine=true`), 403)
  assert.equal((await want(own('GET', `${subjects}/QPMEM/status`), 200)).text, 'active')
})

test('hierarchy 159: history is JSON and grows with changes', async () => {
  const id = await makeSession(own, 'CHG/S1/HIST')
  const first = await want(own('GET', `/data/experiments/${id}/history`), 200)
  assert.equal(first.type, 'application/json')
  await want(own('PUT', `${at('HIST')}?note=changed&event_reason=because`), 200)
  const second = await want(own('GET', `${at('HIST')}/history?includeDetails=true&includeFiles=true`), 200)
  assert.ok(JSON.stringify(second.json()).length > JSON.stringify(first.json()).length)
  await want(cast.str('GET', `/data/experiments/${id}/history`), 404)
  const dated = await want(own('GET', `/data/experiments/${id}/history?dateFormat=EEE%20dd.MM.yyyy%20'at'%20HH`), 200)
  assert.match(dated.json().history[0].date, /^[A-Z][a-z]{2} \d\d\.\d\d\.\d{4} at \d\d$/)
  await want(own('GET', `/data/experiments/${id}/history?dateFormat=bogus`), 400)
})

test('hierarchy 211: unknown children are 404', async () => {
  const id = await makeSession(own, 'CHG/S1/KIDS')
  for (const path of [`/data/experiments/${id}/foo`, `${at('KIDS')}/foo`, '/data/projects/CHG/subjects/S1/foo']) {
    await want(own('GET', path), 404)
  }
})

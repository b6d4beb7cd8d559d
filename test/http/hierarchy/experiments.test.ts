import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Caller, multipart } from '../../support/caller.ts'
import { type Cast, castOf, startSite, type TestSite } from '../../support/site.ts'
import { readXml } from '../../support/xml-tree.ts'
import { mrSessionXml, subjectXml } from './documents.ts'
import {
  childrenOf,
  column,
  elementAt,
  itemAt,
  makeProject,
  makeSession,
  makeSubject,
  query,
  rowsAt,
  sessionAt,
  want,
  xmlBody,
} from './stage.ts'

let site: TestSite
let cast: Cast
let own: Caller
const at = (label: string) => sessionAt(`EXP/S1/${label}`)
const mr = 'xsiType=xnat:mrSessionData'

before(async () => {
  site = await startSite()
  cast = await castOf(site, 'EXP')
  own = cast.own
  await makeSubject(own, 'EXP', 'S1')
  await makeSubject(own, 'EXP', 'S2')
})
after(() => site?.close())

test('hierarchy 138: PUT without a type is 417', async () => {
  const reply = await want(own('PUT', at('NOTYPE')), 417)
  assert.equal(reply.message(), 'Need PUT Contents')
  await want(own('GET', at('NOTYPE')), 404)
})

test('hierarchy 139: PUT with xsiType is 201 and the bare id', async () => {
  const reply = await want(own('PUT', `${at('MR1')}?${mr}`), 201)
  assert.match(reply.text, /^XNAT_E\d{5}$/)
  assert.equal(reply.type, 'text/plain')
  assert.equal((await itemAt(own, at('MR1'))).meta['xsi:type'], 'xnat:mrSessionData')
})

test('hierarchy 139: PUT again is 200 and the same id', async () => {
  const id = await makeSession(own, 'EXP/S1/MRAGAIN')
  const reply = await want(own('PUT', `${at('MRAGAIN')}?note=n`), 200)
  assert.equal(reply.text, id)
})

test('hierarchy 139: the type may come from a parameter name', async () => {
  await want(own('PUT', `${at('BYNAME')}${query({ 'xnat:petSessionData/date': '2000-01-01' })}`), 201)
  assert.equal((await itemAt(own, at('BYNAME'))).meta['xsi:type'], 'xnat:petSessionData')
})

for (const [given, type] of [
  ['xnat:MRSession', 'xnat:mrSessionData'],
  ['xnat:PETSession', 'xnat:petSessionData'],
] as const) {
  test(`hierarchy 140: xsiType=${given} is accepted`, async () => {
    const label = `BY${given.slice(5)}`
    await want(own('PUT', `${at(label)}?xsiType=${given}`), 201)
    assert.equal((await itemAt(own, at(label))).meta['xsi:type'], type)
  })
}

test('hierarchy 141: an unknown xsiType is 400', async () => {
  await want(own('PUT', `${at('BOGUS')}?xsiType=xnat:bogusSessionData`), 400)
  await want(own('GET', '/data/experiments?xsiType=xnat:bogusSessionData'), 400)
})

test('hierarchy 138: a type that is no subject assessor is 422', async () => {
  await want(own('PUT', `${at('WRONG')}?xsiType=xnat:qcManualAssessorData`), 422)
  await want(own('PUT', at('WRONG'), xmlBody(subjectXml('label="WRONG"', ''))), 422)
  await want(own('GET', at('WRONG')), 404)
})

test('hierarchy 142: an unknown subject is created', async () => {
  await want(own('PUT', `${sessionAt('EXP/FRESH/MRFRESH')}?${mr}`), 201)
  const subject = (await itemAt(own, '/data/projects/EXP/subjects/FRESH')).data_fields.ID
  assert.equal((await itemAt(own, sessionAt('EXP/FRESH/MRFRESH'))).data_fields.subject_ID, subject)
})

test('hierarchy 142: not by somebody who may not create it', async () => {
  await want(cast.col('PUT', `${sessionAt('EXP/FRESH2/MRFRESH2')}?${mr}`), 403)
  await want(own('GET', '/data/projects/EXP/subjects/FRESH2'), 404)
})

test('hierarchy 142: without a subject in the URL it comes from subject_ID', async () => {
  const id = String((await itemAt(own, '/data/projects/EXP/subjects/S1')).data_fields.ID)
  for (const [label, subject] of [
    ['BYSID', id],
    ['BYSLABEL', 'S1'],
  ] as const) {
    const path = `/data/projects/EXP/experiments/${label}`
    await want(own('PUT', `${path}?${mr}&subject_ID=${subject}`), 201)
    assert.equal((await itemAt(own, path)).data_fields.subject_ID, id)
  }
  await want(own('PUT', `/data/projects/EXP/experiments/BYSNEW?${mr}&subject_ID=SNEW`), 201)
  await want(own('GET', sessionAt('EXP/SNEW/BYSNEW')), 200)
})

test('hierarchy 142: a session without a subject is refused', async () => {
  const reply = await own('PUT', `/data/projects/EXP/experiments/NOSUBJ?${mr}`)
  assert.ok(reply.status >= 400 && reply.status < 500, String(reply.status))
  await want(own('PUT', `/data/experiments/NOPROJ?${mr}`), 422)
})

test('hierarchy 134: a change by an id that the caller does not see is 404', async () => {
  const id = await makeSession(own, 'EXP/S1/UNSEEN')
  await want(own('PUT', '/data/experiments/XNAT_E99999?note=n'), 404)
  await want(cast.str('PUT', `/data/experiments/${id}?note=n`), 404)
  await want(own('PUT', '/data/projects/EXP/subjects/S1/experiments/TYPELESS?note=n'), 417)
  assert.equal((await itemAt(own, `/data/experiments/${id}`)).data_fields.note, undefined)
})

test('hierarchy 143: a date round trips in JSON and XML', async () => {
  await makeSession(own, 'EXP/S1/DATED', { 'xnat:mrSessionData/date': '2000-01-01' })
  assert.equal((await itemAt(own, at('DATED'))).data_fields.date, '2000-01-01')
  const root = readXml((await want(own('GET', `${at('DATED')}?format=xml`), 200)).text)
  assert.equal(elementAt(root, 'xnat:date')?.text, '2000-01-01')
})

test('hierarchy 143: prefixes of ancestor types, dots and any letter case name the same field', async () => {
  await makeSession(own, 'EXP/S1/NAMES', {
    'xnat:experimentData/note': 'by ancestor',
    'xnat:imageSessionData/operator': 'by middle',
    'XNAT:mrsessiondata.COIL': 'by dot and case',
  })
  const { note, operator, coil } = (await itemAt(own, at('NAMES'))).data_fields
  assert.deepEqual([note, operator, coil], ['by ancestor', 'by middle', 'by dot and case'])
})

test('hierarchy 143: the short names of sessions round trip', async () => {
  const values = {
    date: '2001-02-03',
    note: 'n',
    visit_id: 'v1',
    scanner: 'Trio',
    operator: 'op',
    dcmAccessionNumber: 'acc',
    dcmPatientId: 'pid',
    dcmPatientName: 'pname',
    session_type: 'st',
    modality: 'MR',
    UID: '1.2.3',
    coil: 'c',
    fieldStrength: '3T',
    marker: 'm',
    validation_status: 'ok',
    pi_lastname: 'Byron',
  }
  await makeSession(own, 'EXP/S1/SHORTS', values)
  const columns = Object.keys(values).join()
  const list = `/data/experiments?xsiType=xnat:mrSessionData&label=SHORTS&columns=${columns}`
  const [row] = await rowsAt(own, list)
  assert.deepEqual(Object.fromEntries(Object.keys(values).map((key) => [key, row?.[key]])), values)
})

test('hierarchy 143: times are taken with and without colons', async () => {
  for (const [label, time] of [
    ['T1', '10:20:30'],
    ['T2', '102030'],
  ] as const) {
    await makeSession(own, `EXP/S1/${label}`, { time })
    assert.equal((await itemAt(own, at(label))).data_fields.time, '10:20:30')
  }
})

test('hierarchy 143: a document makes a session with its scans', async () => {
  const elements = '<xnat:date>2001-01-01</xnat:date><xnat:scanner>test</xnat:scanner>'
  await want(own('PUT', at('DOC'), xmlBody(mrSessionXml('label="DOC" project="EXP" modality="MRI"', elements))), 201)
  const session = await itemAt(own, at('DOC'))
  assert.deepEqual([session.data_fields.coil, session.data_fields.stabilization], ['test', 'test'])
  assert.deepEqual(
    childrenOf(session, 'scans/scan').map((scan) => [
      scan.data_fields.ID,
      scan.data_fields.type,
      scan.data_fields.quality,
    ]),
    [
      ['1', 'MPRAGE', 'usable'],
      ['2', 'BOLD', 'usable'],
    ],
  )
})

test('hierarchy 144: the date 2001 in a document is 400', async () => {
  const reply = await want(
    own('PUT', at('BADDATE'), xmlBody(mrSessionXml('label="BADDATE"', '<xnat:date>2001</xnat:date>'))),
    400,
  )
  assert.match(reply.message() ?? '', /date.*Must Be A Valid Date/)
  await want(own('GET', at('BADDATE')), 404)
})

test('hierarchy 144: the delay 12.5 in a document is 400', async () => {
  const reply = await want(
    own('PUT', at('BADINT'), xmlBody(mrSessionXml('label="BADINT"', '<xnat:delay>12.5</xnat:delay>'))),
    400,
  )
  assert.match(reply.message() ?? '', /delay.*Must Be A Valid Integer/)
  await want(own('GET', at('BADINT')), 404)
})

test('hierarchy 144: a text of more than 255 characters is 400', async () => {
  const reply = await want(own('PUT', `${at('LONG')}?${mr}&marker=${'x'.repeat(256)}`), 400)
  assert.match(reply.message() ?? '', /marker.*Must Be Less Than \d+ Characters : Current Length \(256\)/)
})

test('hierarchy 145: POST under an unknown subject is 404', async () => {
  await want(own('POST', `/data/projects/EXP/subjects/UNKNOWN/experiments?${mr}&label=X`), 404)
  await want(own('GET', '/data/projects/EXP/subjects/UNKNOWN'), 404)
})

test('hierarchy 145: POST to both lists is 200 with Location and an absolute URL', async () => {
  for (const [index, list] of [
    '/data/projects/EXP/subjects/S1/experiments',
    '/data/projects/EXP/experiments',
  ].entries()) {
    const reply = await want(own('POST', `${list}?${mr}&label=POSTED${index}&subject_ID=S1`), 200)
    assert.match(reply.text, /^https?:\/\/[^/]+\/data\/.*\/XNAT_E\d{5}$/)
    assert.equal(reply.headers.location, reply.text)
    const id = reply.text.split('/').at(-1)
    assert.equal((await itemAt(own, `/data/experiments/${id}`)).data_fields.label, `POSTED${index}`)
  }
})

test('hierarchy 145: POST of an existing label is 409, without a type 417, without a subject 422', async () => {
  await makeSession(own, 'EXP/S1/EXISTS')
  const lists = '/data/projects/EXP/subjects/S1/experiments'
  const reply = await want(own('POST', `${lists}?${mr}&label=EXISTS`), 409)
  assert.equal(reply.message(), 'Specified experiment already exists.')
  await want(own('POST', `${lists}?label=UNTYPED`), 417)
  await want(own('POST', `/data/projects/EXP/experiments?${mr}&label=UNBOUND`), 422)
})

test('hierarchy 145: POST of a multipart document works', async () => {
  const body = multipart([{ field: 'x', filename: 'e.xml', body: mrSessionXml('label="PARTS" project="EXP"', '') }])
  await want(own('POST', '/data/projects/EXP/subjects/S1/experiments', body), 200)
  assert.equal(childrenOf(await itemAt(own, at('PARTS')), 'scans/scan').length, 2)
})

test('hierarchy 139: eight parallel creations of one label are one session', async () => {
  const replies = await Promise.all(Array.from({ length: 8 }, () => own('PUT', `${at('RACE')}?${mr}`)))
  assert.deepEqual(replies.map((reply) => reply.status).sort(), [200, 200, 200, 200, 200, 200, 200, 201])
  assert.equal(new Set(replies.map((reply) => reply.text)).size, 1)
  assert.deepEqual(column(await rowsAt(own, '/data/projects/EXP/experiments?label=RACE'), 'label'), ['RACE'])
})

test('hierarchy 205: a label without a project is 404', async () => {
  await makeSession(own, 'EXP/S1/BARE')
  await want(own('GET', '/data/experiments/BARE'), 404)
  await want(own('DELETE', '/data/experiments/BARE'), 404)
})

test('hierarchy 205: an experiment is 404 under another existing subject or project', async () => {
  const id = await makeSession(own, 'EXP/S1/MINE')
  await makeProject(own, 'EXPQ', { accessibility: 'private' })
  await makeSubject(own, 'EXPQ', 'S1')
  const elsewhere = [sessionAt('EXP/S2/MINE'), sessionAt(`EXP/S2/${id}`), sessionAt(`EXPQ/S1/${id}`)]
  for (const path of [...elsewhere, `/data/projects/EXPQ/experiments/${id}`]) {
    await want(own('GET', path), 404)
    await want(own('DELETE', path), 404)
  }
  assert.equal((await want(own('GET', `/data/experiments/${id}`), 200)).status, 200)
  assert.equal(
    (await want(own('GET', '/data/experiments/NOSUCH'), 404)).message(),
    'Unable to find the specified experiment.',
  )
})

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Caller, multipart } from '../../support/caller.ts'
import { type Cast, castOf, startSite, type TestSite } from '../../support/site.ts'
import { doctypeXml, mrSessionXml, subjectWithSessionXml, subjectXml } from './documents.ts'
import {
  childrenOf,
  column,
  formBody,
  headerAt,
  itemAt,
  makeProject,
  makeSubject,
  query,
  rowsAt,
  want,
  xmlBody,
} from './stage.ts'

let site: TestSite
let cast: Cast
let own: Caller
const at = (label: string) => `/data/projects/SUB/subjects/${label}`

before(async () => {
  site = await startSite()
  cast = await castOf(site, 'SUB')
  own = cast.own
})
after(() => site?.close())

const demographicsAt = async (label: string) => childrenOf(await itemAt(own, at(label)), 'demographics')[0]?.data_fields

test('hierarchy 107: a new subject is 201 with its bare id', async () => {
  const reply = await want(own('PUT', at('FIRST')), 201)
  assert.equal(reply.text, 'XNAT_S00001')
  assert.equal(reply.type, 'text/plain')
})

test('hierarchy 108: PUT again is 200 with the same id', async () => {
  const id = await makeSubject(own, 'SUB', 'AGAIN')
  const reply = await want(own('PUT', at('AGAIN')), 200)
  assert.deepEqual([reply.text, reply.type], [id, 'text/plain'])
})

test('hierarchy 107: a given ID is kept, one with bad characters is 417', async () => {
  assert.equal((await want(own('PUT', `${at('GIVEN')}?ID=MY_ID-1`), 201)).text, 'MY_ID-1')
  await want(own('PUT', `${at('GIVEN2')}${query({ ID: 'my id' })}`), 417)
})

test('hierarchy 107: a bad label is 417', async () => {
  for (const label of ['bad%20label', 'a.b', 'b%C3%A4d']) await want(own('PUT', at(label)), 417)
  await want(own('PUT', `${at('x')}${query({ label: 'bad label' })}`), 417)
})

test('hierarchy 107: the segment is the label unless values give one', async () => {
  await want(own('PUT', `${at('SEGMENT')}?label=VALUE`), 201)
  assert.equal((await itemAt(own, at('VALUE'))).data_fields.label, 'VALUE')
  await want(own('GET', at('SEGMENT')), 404)
})

test('hierarchy 107: PUT /data/subjects/ID needs a project', async () => {
  await want(own('PUT', '/data/subjects/LOOSE'), 422)
  await want(own('PUT', '/data/subjects/LOOSE?project=SUB'), 201)
  assert.ok(
    column(await rowsAt(own, '/data/projects/SUB/subjects'), 'URI').some((uri) => uri?.startsWith('/data/subjects/')),
  )
})

test('hierarchy 111: POST is 200 with Location and an absolute URL', async () => {
  const reply = await want(own('POST', '/data/projects/SUB/subjects?label=POST1'), 200)
  assert.match(reply.text, /^https?:\/\/[^/]+\/data\/projects\/SUB\/subjects\/XNAT_S\d{5}$/)
  assert.equal(reply.headers.location, reply.text)
  assert.equal((await itemAt(own, at('POST1'))).data_fields.ID, reply.text.split('/').at(-1))
})

test('hierarchy 111: POST of a label in use is 409', async () => {
  await makeSubject(own, 'SUB', 'POST2')
  const reply = await want(own('POST', '/data/projects/SUB/subjects?label=POST2'), 409)
  assert.equal(reply.message(), 'Subject already exists.')
})

test('hierarchy 111: POST without a label uses the id', async () => {
  const id = (await want(own('POST', '/data/projects/SUB/subjects?group=g'), 200)).text.split('/').at(-1)!
  assert.equal((await itemAt(own, `/data/subjects/${id}`)).data_fields.label, id)
})

test('hierarchy 112: POST of a subject document with experiments is 422', async () => {
  await want(own('POST', '/data/projects/SUB/subjects', xmlBody(subjectWithSessionXml('SUB', 'WITH1', 'WITHMR1'))), 422)
  await want(own('GET', at('WITH1')), 404)
})

test('hierarchy 112: PUT of one is accepted', async () => {
  await want(own('PUT', at('WITH2'), xmlBody(subjectWithSessionXml('SUB', 'WITH2', 'WITHMR2'))), 201)
  assert.equal((await itemAt(own, `${at('WITH2')}/experiments/WITHMR2`)).data_fields.date, '2001-02-03')
})

test('hierarchy 113: PUT of a session document as subject is 422', async () => {
  const reply = await want(own('PUT', at('NOTMR'), xmlBody(mrSessionXml('label="NOTMR"', ''))), 422)
  assert.equal(reply.message(), 'Only xnat:Subject documents can be PUT to this address.')
  await want(own('GET', at('NOTMR')), 404)
})

test('hierarchy 114: id and label give the same item', async () => {
  const id = await makeSubject(own, 'SUB', 'BOTH', { group: 'g', gender: 'female' })
  const byLabel = await itemAt(own, at('BOTH'))
  assert.deepEqual(await itemAt(own, at(id)), byLabel)
  assert.deepEqual(await itemAt(own, `/data/subjects/${id}`), byLabel)
})

test('hierarchy 115: a label without a project is 404', async () => {
  await makeSubject(own, 'SUB', 'LABELONLY')
  await want(own('GET', '/data/subjects/LABELONLY'), 404)
})

test('hierarchy 116: gender is stored in the demographics and listed', async () => {
  await makeSubject(own, 'SUB', 'GEN', { gender: 'male' })
  assert.equal((await demographicsAt('GEN'))?.gender, 'male')
  assert.equal((await rowsAt(own, '/data/projects/SUB/subjects?label=GEN&columns=gender'))[0]?.gender, 'male')
})

test('hierarchy 116: the full path sets it too', async () => {
  const path = 'xnat:subjectData/demographics[@xsi:type=xnat:demographicData]/gender'
  await makeSubject(own, 'SUB', 'GEN2', { [path]: 'female' })
  assert.equal((await demographicsAt('GEN2'))?.gender, 'female')
})

test('hierarchy 117: the short names round trip', async () => {
  const values = {
    dob: '1990-02-03',
    handedness: 'left',
    group: 'control',
    src: '12',
    pi_firstname: 'Ada',
    pi_lastname: 'Byron',
    yob: '1990',
    age: '30',
    ses: '2',
    education: '12',
    educationDesc: 'school',
    race: 'r',
    ethnicity: 'e',
    weight: '70.5',
    height: '180.25',
  }
  await makeSubject(own, 'SUB', 'SHORT', values)
  const columns = Object.keys(values).join()
  const [row] = await rowsAt(own, `/data/projects/SUB/subjects?label=SHORT&columns=${columns}`)
  assert.deepEqual(Object.fromEntries(Object.keys(values).map((key) => [key, row?.[key]])), values)
})

test('hierarchy 117: dates are taken in every documented form', async () => {
  for (const [index, dob] of ['1990-02-03', '02/03/1990', '02.03.1990', '19900203'].entries()) {
    await makeSubject(own, 'SUB', `DOB${index}`, { dob })
    assert.equal((await demographicsAt(`DOB${index}`))?.dob, '1990-02-03', dob)
  }
})

test('hierarchy 117: values come by form body and by multipart document', async () => {
  await want(own('PUT', at('FORM'), formBody({ group: 'by form' })), 201)
  assert.equal((await itemAt(own, at('FORM'))).data_fields.group, 'by form')
  const document = subjectXml('label="PART" group="by part"', '<xnat:gender>male</xnat:gender>')
  await want(own('PUT', at('PART'), multipart([{ field: 'f', filename: 's.xml', body: document }])), 201)
  assert.equal((await itemAt(own, at('PART'))).data_fields.group, 'by part')
})

test('hierarchy 118: a weight that is no number is 400', async () => {
  const reply = await want(own('PUT', `${at('BADW')}?weight=abc`), 400)
  assert.match(reply.message() ?? '', /weight.*Must Be A Valid Float/)
  await want(own('GET', at('BADW')), 404)
})

test('hierarchy 118: a bad integer, date or enumerated value is 400, and the stored value stays', async () => {
  await makeSubject(own, 'SUB', 'GOOD', { education: '12', dob: '1990-01-01', gender: 'male' })
  for (const bad of ['education=12.5', 'education=x', 'dob=2001', 'dob=1990-13-01', 'gender=bogus']) {
    await want(own('PUT', `${at('GOOD')}?${bad}`), 400)
  }
  const { education, dob, gender } = (await demographicsAt('GOOD')) ?? {}
  assert.deepEqual([education, dob, gender], [12, '1990-01-01', 'male'])
})

test('hierarchy 119: a field absent from a second PUT stays', async () => {
  const [first, second] = [
    '<xnat:education>12</xnat:education><xnat:gender>male</xnat:gender>',
    '<xnat:gender>female</xnat:gender>',
  ]
  await want(own('PUT', at('MERGE'), xmlBody(subjectXml('label="MERGE" group="g"', first))), 201)
  await want(own('PUT', at('MERGE'), xmlBody(subjectXml('label="MERGE"', second))), 200)
  const { education, gender } = (await demographicsAt('MERGE')) ?? {}
  assert.deepEqual([education, gender], [12, 'female'])
  assert.equal(childrenOf(await itemAt(own, at('MERGE')), 'demographics').length, 1)
})

test('hierarchy 119: with allowDataDeletion=true and a document it is removed', async () => {
  const [first, second] = [
    '<xnat:education>12</xnat:education><xnat:gender>male</xnat:gender>',
    '<xnat:gender>male</xnat:gender>',
  ]
  await want(own('PUT', at('PRUNE'), xmlBody(subjectXml('label="PRUNE" group="g"', first))), 201)
  await want(own('PUT', `${at('PRUNE')}?allowDataDeletion=true`, xmlBody(subjectXml('label="PRUNE"', second))), 200)
  const { education, gender } = (await demographicsAt('PRUNE')) ?? {}
  assert.deepEqual([education, gender], [undefined, 'male'])
})

test('hierarchy 119: the value NULL clears a field', async () => {
  await makeSubject(own, 'SUB', 'NUL', { group: 'g', src: 's' })
  await want(own('PUT', `${at('NUL')}?group=NULL`), 200)
  const { group, src } = (await itemAt(own, at('NUL'))).data_fields
  assert.deepEqual([group, src], [undefined, 's'])
})

for (const [name, body] of [
  ['unparsable XML', '<xnat:Subject'],
  ['no XML at all', 'hello'],
] as const) {
  test(`hierarchy 120: ${name} is 422`, async () => {
    await want(own('PUT', at('BROKEN'), xmlBody(body)), 422)
    await want(own('GET', at('BROKEN')), 404)
  })
}

test('hierarchy 137: a document with a DOCTYPE is refused and nothing is read from disk', async () => {
  const sent = doctypeXml.replaceAll('xnat:Project', 'xnat:Subject').replaceAll('xnat:name', 'xnat:note')
  const reply = await own('PUT', at('DOCT'), xmlBody(sent))
  assert.ok(reply.status >= 400 && reply.status < 500, String(reply.status))
  await want(own('GET', at('DOCT')), 404)
})

test('hierarchy 125: the default columns of both lists', async () => {
  for (const list of ['/data/subjects', '/data/projects/SUB/subjects']) {
    assert.equal((await headerAt(own, list)).join(), 'ID,project,label,insert_date,insert_user,URI')
  }
})

test('hierarchy 125: the row of a subject', async () => {
  const ID = await makeSubject(own, 'SUB', 'ROW')
  const [row] = await rowsAt(own, '/data/projects/SUB/subjects?label=ROW')
  const { insert_date: _, ...rest } = row!
  assert.deepEqual(rest, { ID, project: 'SUB', label: 'ROW', insert_user: 'own', URI: `/data/subjects/${ID}` })
})

test('hierarchy 135: the subjects of an unknown project are 404', async () => {
  await want(own('GET', '/data/projects/NOSUCH/subjects'), 404)
  await want(own('PUT', '/data/projects/NOSUCH/subjects/S1'), 404, 422)
})

test('hierarchy 202: visits are an empty list', async () => {
  await makeSubject(own, 'SUB', 'VIS')
  const reply = await want(own('GET', `${at('VIS')}/visits?open=true`), 200)
  assert.deepEqual(reply.json(), [])
})

test('hierarchy 205: a subject of another project is 404 under this one', async () => {
  await makeProject(own, 'SUBX', { accessibility: 'private' })
  const id = await makeSubject(own, 'SUBX', 'THERE')
  for (const path of [at(id), at('THERE')]) await want(own('GET', path), 404)
  await want(own('DELETE', at(id)), 404)
  await want(own('GET', `/data/subjects/${id}`), 200)
})

test('hierarchy 113: a subject of another type is 422, of an unknown one 400', async () => {
  const at = '/data/projects/SUB/subjects/MISTYPED'
  await want(own('PUT', `${at}?xsiType=xnat:mrSessionData`), 422)
  await want(own('PUT', `${at}?ELEMENT_0=xnat:projectData`), 422)
  await want(own('POST', '/data/projects/SUB/subjects?xsiType=xnat:mrSessionData&label=MISTYPED'), 422)
  await want(own('PUT', `${at}?xsiType=xnat:nosuchData`), 400)
  await want(own('PUT', '/data/projects/SUBTYPED?xsiType=xnat:subjectData'), 422)
  await want(own('PUT', `${at}?xsiType=xnat:Subject`), 201)
})

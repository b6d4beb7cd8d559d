import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Caller } from '../../support/caller.ts'
import { startSite, type TestSite } from '../../support/site.ts'
import {
  column,
  headerAt,
  makeAssessor,
  makeProject,
  makeSession,
  makeSubject,
  query,
  rowsAt,
  sessionAt,
  storeFile,
  want,
  xmlBody,
} from './stage.ts'

let site: TestSite
let own: Caller

before(async () => {
  site = await startSite()
  await site.addUser('own')
  own = site.as('own')
  await makeProject(own, 'COL', { name: 'Columns', accessibility: 'private', alias: 'COLA' })
  await makeSubject(own, 'COL', 'S1', { group: 'control', gender: 'female' })
  await makeSession(own, 'COL/S1/MR1', {
    scanner: 'Trio',
    fieldStrength: '3T',
    'xnat:mrSessionData/fields/field[name=colour]/field': 'red',
  })
  await makeSession(own, 'COL/S1/PET1', { xsiType: 'xnat:petSessionData' })
  await makeAssessor(own, 'COL/S1/MR1', 'QC1')
})
after(() => site?.close())

const keysOf = (row: Record<string, string> | undefined) => Object.keys(row ?? {}).sort()
const listed = ['/data/projects', '/data/projects/COL/subjects', '/data/projects/COL/experiments', '/data/experiments']

test('hierarchy 25: columns=ID,label gives ID, label and URI', async () => {
  for (const list of ['/data/subjects', ...listed.slice(1)]) {
    for (const row of await rowsAt(own, `${list}?columns=ID,label`)) {
      assert.match(row.ID ?? '', /^XNAT_[SE]\d{5}$/)
      assert.ok(row.label)
      assert.match(row.URI ?? '', new RegExp(`^/data/(subjects|experiments)/${row.ID}$`))
    }
  }
})

test('hierarchy 25: a subject list has nothing but the asked columns, ID and URI', async () => {
  assert.deepEqual(await headerAt(own, '/data/projects/COL/subjects?columns=label,group'), [
    'ID',
    'label',
    'group',
    'URI',
  ])
})

test('hierarchy 25: columns repeated are given once', async () => {
  assert.deepEqual(await headerAt(own, '/data/projects/COL/subjects?columns=label,ID,label'), ['ID', 'label', 'URI'])
})

test('hierarchy 25: absent, empty and DEFAULT mean the default columns', async () => {
  for (const list of listed) {
    const usual = await headerAt(own, list)
    assert.deepEqual(await headerAt(own, `${list}?columns=`), usual)
    assert.deepEqual(await headerAt(own, `${list}?columns=DEFAULT`), usual)
  }
})

test('hierarchy 25: the value of columns is decoded twice', async () => {
  const [row] = await rowsAt(own, '/data/projects/COL/subjects?columns=ID%252Cgroup')
  assert.equal(row?.group, 'control')
})

test('hierarchy 26: an unknown short column is ignored', async () => {
  for (const list of listed) {
    const [row] = await rowsAt(own, `${list}?columns=ID,bogus`)
    assert.ok(row?.ID)
    assert.ok(!('bogus' in row))
  }
})

test('hierarchy 27: columns=ID,URI,label works on projects, subjects and experiments', async () => {
  for (const list of listed) {
    for (const row of await rowsAt(own, `${list}?columns=ID,URI,label`)) {
      assert.equal(row.URI, `/data/${list === '/data/projects' ? 'projects' : row.URI?.split('/')[2]}/${row.ID}`)
    }
    assert.equal((await headerAt(own, `${list}?columns=ID,URI,label`)).filter((key) => key === 'URI').length, 1)
  }
})

test('hierarchy 28: a path equal to a short name comes back under the short name', async () => {
  const list = '/data/experiments?columns=ID,xnat:subjectassessordata/subject_id'
  for (const row of (await rowsAt(own, list)).filter((one) => one.subject_ID !== '')) {
    assert.equal(row.subject_ID, 'XNAT_S00001')
  }
  assert.ok((await headerAt(own, list)).includes('subject_ID'))
  const [subject] = await rowsAt(own, '/data/projects/COL/subjects?columns=xnat:subjectData/group')
  assert.equal(subject?.group, 'control')
})

test('hierarchy 29: another path comes back in lower case', async () => {
  const [row] = await rowsAt(own, '/data/projects/COL/experiments?columns=ID,xnat:mrSessionData/fields/field/field')
  assert.equal(row?.['xnat:mrsessiondata/fields/field/field'], 'red')
})

test('hierarchy 29: fields of related types may be mixed in', async () => {
  const gender = 'xnat:subjectData/demographics[@xsi:type=xnat:demographicData]/gender'
  const columns = `ID,label,xnat:projectData/name,${gender}`
  const rows = await rowsAt(own, `/data/projects/COL/experiments${query({ columns })}`)
  const row = rows.find((one) => one.label === 'MR1')
  assert.equal(row?.['xnat:projectdata/name'], 'Columns')
  assert.ok(Object.entries(row!).some(([key, value]) => key.includes('gender') && value === 'female'))
})

test('hierarchy 29: a path of a subtype narrows the list to that type', async () => {
  const rows = await rowsAt(own, '/data/projects/COL/experiments?columns=ID,label,xnat:mrSessionData/scanner')
  assert.deepEqual(column(rows, 'label'), ['MR1'])
})

test('hierarchy 41: fields gives the table of short names', async () => {
  for (const list of listed) {
    const rows = await rowsAt(own, `${list}?fields=1`)
    for (const row of rows) assert.deepEqual(keysOf(row), ['key', 'xpath'])
    assert.ok(rows.some((row) => row.key === 'ID'))
  }
  const rows = await rowsAt(own, '/data/projects/COL/subjects?fields=1')
  assert.equal(rows.find((row) => row.key === 'group')?.xpath, 'xnat:subjectData/group')
})

test('hierarchy 146: lists carry a second id named after the root type', async () => {
  const [row] = await rowsAt(own, '/data/projects/COL/experiments?columns=label')
  assert.equal(row?.['xnat:subjectassessordata/id'], row?.ID)
  const [mr] = await rowsAt(own, '/data/projects/COL/experiments?xsiType=xnat:mrSessionData&columns=label')
  assert.equal(mr?.['xnat:mrsessiondata/id'], mr?.ID)
  const site = await headerAt(own, '/data/experiments?columns=label')
  assert.deepEqual(
    site.filter((key) => key.endsWith('/id')),
    [],
  )
})

test('hierarchy 146: the second id, asked for by its name, comes without the first', async () => {
  const columns = 'xnat:subjectassessordata/id,subject_label,label,project,xsiType,URI'
  assert.equal((await headerAt(own, `/data/projects/COL/experiments?columns=${columns}`)).join(), columns)
  const both = 'xnat:subjectassessordata/id,ID,URI'
  assert.equal(
    (await headerAt(own, `/data/projects/COL/experiments?columns=${both}`)).join().startsWith(both.slice(0, -4)),
    true,
  )
})

test('hierarchy 1.3: behind the key come the columns asked for, in their order, for scripts that count them', async () => {
  const heads = async (list: string): Promise<string> => (await headerAt(own, list)).join()
  const columns = 'subject_label,label,date'
  assert.equal(
    await heads(`/data/projects/COL/experiments?columns=${columns}`),
    `xnat:subjectassessordata/id,${columns},xsiType,project,ID,URI`,
  )
  assert.equal(await heads(`/data/experiments?columns=${columns}`), `ID,${columns},xsiType,project,URI`)
})

test('hierarchy 204: columns=label still gives ID and URI', async () => {
  for (const list of ['/data/subjects', ...listed.slice(1)]) {
    const header = await headerAt(own, `${list}?columns=label`)
    for (const key of ['ID', 'label', 'URI']) assert.ok(header.includes(key), `${list}: ${key}`)
    assert.equal(header.at(-1), 'URI')
  }
})

test('hierarchy 204: project and subject lists have no xsiType', async () => {
  for (const list of ['/data/projects', '/data/subjects', '/data/projects/COL/subjects']) {
    assert.ok(!(await headerAt(own, `${list}?columns=ID,xsiType`)).includes('xsiType'), list)
  }
})

test('hierarchy 204: experiment lists have xsiType on request', async () => {
  const rows = await rowsAt(own, '/data/experiments?columns=ID,xsiType')
  assert.deepEqual(column(rows, 'xsiType'), ['xnat:mrSessionData', 'xnat:petSessionData', 'xnat:qcManualAssessorData'])
})

test('hierarchy 29: a path that no type has is 400 with a message', async () => {
  for (const list of ['/data/projects/COL/experiments', '/data/experiments']) {
    const reply = await want(own('GET', `${list}?columns=ID,xnat:mrSessionData/no/such/path`), 400)
    assert.ok(reply.message())
  }
})

test('hierarchy 28: the columns that yaxil asks for are all there', async () => {
  const asked = 'xsiType,ID,label,project,subject_ID,subject_label,subject_project,date,time,fieldStrength'
  const id = (await rowsAt(own, '/data/projects/COL/experiments?label=MR1'))[0]!.ID!
  const [row] = await rowsAt(own, `/data/experiments?ID=${id}&columns=${asked}`)
  for (const key of asked.split(',')) assert.ok(key in row!, key)
  assert.deepEqual([row?.subject_label, row?.subject_project, row?.fieldStrength], ['S1', 'COL', '3T'])
})

test('hierarchy 25: filters and columns may come in a form body', async () => {
  const reply = await want(
    own('GET', '/data/projects/COL/subjects?req_format=form', {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'columns=ID%2Cgroup&label=S1',
    }),
    200,
  )
  assert.equal(reply.rows()[0]?.group, 'control')
})

test('hierarchy 25: repeated entries inside a single one repeat the row, and attributes have their joined names', async () => {
  const steps = ['young', 'old'].map(
    (name) => `<prov:processStep><prov:program version="${name}-1">${name}</prov:program>
      <prov:timestamp>2011-03-01T12:01:01</prov:timestamp><prov:user>u</prov:user><prov:machine>m</prov:machine>
      <prov:platform>p</prov:platform></prov:processStep>`,
  )
  const document = `<xnat:QCAssessment xmlns:xnat="http://nrg.wustl.edu/xnat" xmlns:prov="http://www.nbirn.net/prov">
    <xnat:provenance>${steps.join('')}</xnat:provenance></xnat:QCAssessment>`
  const list = '/data/projects/COL/subjects/S1/experiments/PET1/assessors'
  await want(own('PUT', `${list}/AUTO`, xmlBody(document)), 201)
  const paths = ['program', 'program_version', 'program_arguments', 'machine'].map(
    (name) => `xnat:qcAssessmentData/provenance/processStep/${name}`,
  )
  const rows = await rowsAt(own, `${list}?columns=${paths.join(',')}`)
  assert.deepEqual(
    rows.map((row) => paths.map((path) => row[path.toLowerCase()])),
    [
      ['young', 'young-1', '', 'm'],
      ['old', 'old-1', '', 'm'],
    ],
  )
})

test('hierarchy 150: folders of scans and of the record itself repeat the row, in their order, for dax', async () => {
  const at = sessionAt('COL/S1/PET1')
  for (const [scan, ...labels] of [['1', 'NIFTI', 'DICOM'], ['2']]) {
    await want(own('PUT', `${at}/scans/${scan}?xsiType=xnat:petScanData`), 200)
    for (const label of labels) await storeFile(own, `${at}/scans/${scan}`, `${label}/files/a.txt`, 'text')
  }
  await want(own('PUT', `${at}/resources/NOTES`), 200)
  const list = '/data/archive/experiments?project=COL&xsiType=xnat:petSessionData&columns=label'
  const [id, label] = ['xnat:imagescandata/id', 'xnat:imagescandata/file/label']
  const rows = await rowsAt(own, `${list},${id},${label},xnat:imagescandata/file/file_count`)
  assert.deepEqual(
    rows.map((row) => [row[id], row[label], row['xnat:imagescandata/file/file_count']]),
    [
      ['1', 'NIFTI', '1'],
      ['1', 'DICOM', '1'],
      ['2', '', ''],
    ],
  )
  assert.deepEqual(column(await rowsAt(own, `${list},${id}&xnat:imageScanData/file/label=DICOM`), id), ['1'])
  const ofSession = 'xnat:imagesessiondata/resources/resource/label'
  assert.deepEqual(column(await rowsAt(own, `${list},${ofSession}`), ofSession), ['NOTES'])
  await storeFile(own, `${at}/assessors/AUTO/out`, 'PDF/files/a.pdf', 'text')
  const out = 'xnat:qcassessmentdata/out/file/label'
  const assessors = '/data/experiments?project=COL&xsiType=xnat:qcAssessmentData&columns=label'
  assert.deepEqual(column(await rowsAt(own, `${assessors},${out}`), out), ['PDF'])
})

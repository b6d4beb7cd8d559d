import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Cast, castOf, startSite, type TestSite } from '../../support/site.ts'
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
  want,
} from './stage.ts'

let site: TestSite
let cast: Cast
const ids: Record<string, string> = {}

before(async () => {
  site = await startSite()
  cast = await castOf(site, 'LST')
  const { own } = cast
  await makeProject(own, 'LSTQ', { accessibility: 'private' })
  ids.S1 = await makeSubject(own, 'LST', 'S1', { gender: 'female' })
  await makeSubject(own, 'LST', 'S2')
  ids.MR1 = await makeSession(own, 'LST/S1/MR1', { date: '2000-01-01', fieldStrength: '3T' })
  ids.PET1 = await makeSession(own, 'LST/S1/PET1', { xsiType: 'xnat:petSessionData' })
  ids.MR2 = await makeSession(own, 'LST/S2/MR2')
  ids.QC1 = await makeAssessor(own, 'LST/S1/MR1', 'QC1')
  for (const [scan, type] of [
    ['1', 'T1'],
    ['2', 'BOLD'],
    ['3', 'BOLD'],
  ]) {
    await want(own('PUT', `${sessionAt('LST/S1/MR1')}/scans/${scan}?xsiType=xnat:mrScanData&type=${type}`), 200, 201)
  }
})
after(() => site?.close())

const usual = 'xnat:subjectassessordata/id,ID,project,date,xsiType,label,insert_date,URI'

test('hierarchy 146: the default columns of project and subject lists', async () => {
  for (const list of ['/data/projects/LST/experiments', '/data/projects/LST/subjects/S1/experiments']) {
    assert.equal((await headerAt(cast.own, list)).join(), usual)
  }
})

test('hierarchy 146: the row of a session', async () => {
  const [row] = await rowsAt(cast.own, '/data/projects/LST/experiments?label=MR1')
  const { insert_date: inserted, ...rest } = row!
  assert.match(inserted ?? '', /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+$/)
  assert.deepEqual(rest, {
    'xnat:subjectassessordata/id': ids.MR1,
    ID: ids.MR1,
    project: 'LST',
    date: '2000-01-01',
    xsiType: 'xnat:mrSessionData',
    label: 'MR1',
    URI: `/data/experiments/${ids.MR1}`,
  })
})

test('hierarchy 146: a subject list has only the sessions of that subject', async () => {
  const rows = await rowsAt(cast.own, '/data/projects/LST/subjects/S1/experiments')
  assert.deepEqual(column(rows, 'label'), ['MR1', 'PET1'])
  const byId = await rowsAt(cast.own, `/data/projects/LST/subjects/${ids.S1}/experiments`)
  assert.deepEqual(column(byId, 'label'), ['MR1', 'PET1'])
})

test('hierarchy 146: a subject by id alone has its list too', async () => {
  const rows = await rowsAt(cast.own, `/data/subjects/${ids.S1}/experiments`)
  assert.deepEqual(column(rows, 'label'), ['MR1', 'PET1'])
})

test('hierarchy 146: unknown project and unknown subject are 404, a protected project 403', async () => {
  await want(cast.own('GET', '/data/projects/NOSUCH/experiments'), 404)
  const reply = await want(cast.own('GET', '/data/projects/LST/subjects/NOSUCH/experiments'), 404)
  assert.equal(reply.message(), 'Unable to identify subject NOSUCH')
  await makeProject(cast.own, 'LSTPROT', { accessibility: 'protected' })
  await want(cast.str('GET', '/data/projects/LSTPROT/experiments'), 403)
  await want(cast.str('GET', '/data/projects/LST/experiments'), 404)
})

test('hierarchy 147: xsiType limits a list to that type', async () => {
  for (const list of ['/data/projects/LST/experiments', '/data/experiments']) {
    assert.deepEqual(column(await rowsAt(cast.own, `${list}?xsiType=xnat:petSessionData`), 'label'), ['PET1'])
    assert.deepEqual(column(await rowsAt(cast.own, `${list}?xsiType=xnat:imageSessionData`), 'label'), [
      'MR1',
      'MR2',
      'PET1',
    ])
  }
})

test('hierarchy 147: the site list of a type has subject columns', async () => {
  const [row] = await rowsAt(cast.own, '/data/experiments?xsiType=xnat:petSessionData')
  assert.deepEqual([row?.subject_ID, row?.subject_label], [ids.S1, 'S1'])
  assert.equal(row?.['xnat:petsessiondata/id'], ids.PET1)
})

for (const asked of ['subject_ID', 'xnat:subjectAssessorData/subject_ID']) {
  test(`hierarchy 147: the site list of a subject, by ${asked}, says whose its rows are`, async () => {
    const list = `/data/experiments?${asked}=${ids.S1}`
    const header = 'xnat:subjectassessordata/id,ID,project,date,xsiType,label,insert_date,subject_ID,subject_label,URI'
    assert.equal((await headerAt(cast.own, list)).join(), header)
    const rows = await rowsAt(cast.own, list)
    assert.deepEqual(column(rows, 'label'), ['MR1', 'PET1'])
    assert.deepEqual(column(rows, 'subject_ID'), [ids.S1, ids.S1])
    assert.deepEqual(column(await rowsAt(cast.own, `${list}&columns=label`), 'label'), ['MR1', 'PET1'])
  })
}

test('hierarchy 147: a filter by a field of one type adds the columns of that type', async () => {
  const [row] = await rowsAt(cast.own, '/data/experiments?xnat:mrSessionData/label=MR1')
  assert.deepEqual([row?.label, row?.subject_ID, row?.subject_label], ['MR1', ids.S1, 'S1'])
})

test('hierarchy 147: the site list without a type', async () => {
  const { ResultSet } = (await want(cast.own('GET', '/data/experiments'), 200)).json()
  assert.equal(ResultSet.title, 'Matching experiments')
  assert.equal(ResultSet.totalRecords, '4')
  assert.equal((await headerAt(cast.own, '/data/experiments')).join(), 'ID,project,date,xsiType,label,insert_date,URI')
})

test('hierarchy 147: the site list of an assessor type has session columns', async () => {
  const [row] = await rowsAt(cast.own, '/data/experiments?xsiType=xnat:qcManualAssessorData')
  assert.deepEqual([row?.ID, row?.session_ID, row?.session_label], [ids.QC1, ids.MR1, 'MR1'])
})

test('hierarchy 147: a type of something else is refused', async () => {
  for (const list of ['/data/experiments', '/data/projects/LST/experiments']) {
    const reply = await want(cast.own('GET', `${list}?xsiType=xnat:subjectData`), 400)
    const wanted = 'xsiType must be xnat:experimentData or a type derived from it, not xnat:subjectData.'
    assert.equal(reply.message(), wanted)
    await want(cast.own('GET', `${list}?xsiType=nothing`), 400)
  }
})

test('hierarchy 148: assessors are absent from project lists and present on request', async () => {
  assert.deepEqual(column(await rowsAt(cast.own, '/data/projects/LST/experiments'), 'label'), ['MR1', 'MR2', 'PET1'])
  for (const type of ['xnat:qcManualAssessorData', 'xnat:imageAssessorData']) {
    assert.deepEqual(column(await rowsAt(cast.own, `/data/projects/LST/experiments?xsiType=${type}`), 'label'), ['QC1'])
  }
})

test('hierarchy 148: the site list without a type contains assessors', async () => {
  assert.ok(column(await rowsAt(cast.own, '/data/experiments'), 'label').includes('QC1'))
})

for (const asked of ['xnat:subjectData/label', 'subject_label']) {
  test(`hierarchy 149: columns=${asked} gives subject_label`, async () => {
    for (const list of ['/data/projects/LST/experiments', '/data/experiments']) {
      const rows = await rowsAt(cast.own, `${list}?columns=ID,label,${asked}`)
      assert.equal(rows.find((row) => row.label === 'MR2')?.subject_label, 'S2', list)
    }
  })
}

test('hierarchy 149: session columns join an assessor to its session', async () => {
  const list = '/data/experiments?xsiType=xnat:imageAssessorData&columns=ID,session_ID,session_label,session_project'
  const [row] = await rowsAt(cast.own, list)
  assert.deepEqual([row?.session_ID, row?.session_label, row?.session_project], [ids.MR1, 'MR1', 'LST'])
})

test('hierarchy 150: columns across scans repeat rows', async () => {
  const list = '/data/projects/LST/experiments?label=MR1&columns=label,xnat:mrSessionData/scans/scan/type'
  const rows = await rowsAt(cast.own, list)
  assert.equal(rows.length, 3)
  const key = Object.keys(rows[0]!).find((one) => one.includes('scan/type'))!
  assert.equal(key, key.toLowerCase())
  assert.deepEqual(column(rows, key), ['BOLD', 'BOLD', 'T1'])
})

test('hierarchy 150: a session without scans keeps its row', async () => {
  const rows = await rowsAt(cast.own, '/data/projects/LST/experiments?columns=label,xnat:mrSessionData/scans/scan/type')
  assert.ok(column(rows, 'label').includes('MR2'))
})

test('hierarchy 150: the number of scans goes by a filter on their type', async () => {
  const rows = await rowsAt(cast.own, '/data/projects/LST/experiments?xnat:mrSessionData/scans/scan/type=BOLD')
  assert.deepEqual([...new Set(column(rows, 'label'))], ['MR1'])
})

test('hierarchy 146: a shared-in session shows the labels and project of the list it is in', async () => {
  await want(cast.own('PUT', `/data/subjects/${ids.S1}/projects/LSTQ?label=Sshared`), 200)
  await want(cast.own('PUT', `/data/experiments/${ids.MR1}/projects/LSTQ?label=MRshared`), 200)
  const rows = await rowsAt(cast.own, '/data/projects/LSTQ/experiments?columns=ID,label,project,subject_label')
  assert.deepEqual(
    rows.map((row) => [row.ID, row.label, row.project, row.subject_label]),
    [[ids.MR1, 'MRshared', 'LSTQ', 'Sshared']],
  )
  const [original] = await rowsAt(cast.own, '/data/projects/LST/experiments?label=MR1&columns=ID,label,project')
  assert.deepEqual([original?.label, original?.project], ['MR1', 'LST'])
})

test('hierarchy 146: rows one may not read are not listed', async () => {
  assert.deepEqual(await rowsAt(cast.str, '/data/experiments'), [])
  assert.deepEqual(column(await rowsAt(cast.col, '/data/experiments'), 'label'), ['MR1', 'MR2', 'PET1', 'QC1'])
})

test('hierarchy 147: a restricted caller learns nothing by filtering on a related type', async () => {
  assert.deepEqual(await rowsAt(cast.str, '/data/experiments?subject_label=S1'), [])
  assert.deepEqual(await rowsAt(cast.str, `/data/subjects?ID=${ids.S1}`), [])
})

test('hierarchy 146: an item and its row agree', async () => {
  const [row] = await rowsAt(cast.own, `/data/experiments?ID=${ids.PET1}`)
  const item = await itemAt(cast.own, row!.URI!)
  assert.equal(item.meta['xsi:type'], row?.xsiType)
})

test('clients 0.12: rows of lists of several types always have xsiType, those of one type do not', async () => {
  const header = async (parameters: string) => headerAt(cast.own, `/data/experiments?columns=ID${parameters}`)
  assert.deepEqual(await header(''), ['ID', 'xsiType', 'project', 'URI'])
  assert.ok((await header('&xsiType=xnat:subjectAssessorData')).includes('xsiType'))
  assert.ok(!(await header('&xsiType=xnat:mrSessionData')).includes('xsiType'))
})

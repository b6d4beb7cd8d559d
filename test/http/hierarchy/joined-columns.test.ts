import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Caller } from '../../support/caller.ts'
import { startSite, type TestSite } from '../../support/site.ts'
import { makeProject, makeSession, makeSubject, rowsAt, xmlBody } from './stage.ts'

let site: TestSite
let own: Caller
let two: Caller
let session = ''
let shared = ''
let hidden = ''

before(async () => {
  site = await startSite()
  await site.addUser('own')
  await site.addUser('two')
  own = site.as('own')
  two = site.as('two')
  await makeProject(own, 'MINE', { accessibility: 'private', description: 'secret plan' })
  await makeProject(own, 'THEIRS', { accessibility: 'private' })
  await own('PUT', '/data/projects/THEIRS/users/member/two')
  await makeSubject(own, 'MINE', 'S1', { group: 'secret', gender: 'female' })
  await makeSession(own, 'MINE/S1/MR1', { note: 'secret' })
  for (const label of ['QC1', 'QC2'])
    await own('PUT', `/data/projects/MINE/subjects/S1/experiments/MR1/assessors/${label}?xsiType=xnat:qcAssessmentData`)
  session = (await rowsAt(own, '/data/projects/MINE/experiments'))[0]?.ID ?? ''
  const assessors = await rowsAt(own, `/data/experiments/${session}/assessors`)
  shared = assessors.find((row) => row.label === 'QC1')?.ID ?? ''
  hidden = assessors.find((row) => row.label === 'QC2')?.ID ?? ''
  await own('PUT', `/data/experiments/${shared}/projects/THEIRS`)
})
after(() => site?.close())

const list = '/data/experiments?xsiType=xnat:qcAssessmentData'
const secrets = [
  'xnat:imageSessionData/note',
  'xnat:subjectData/group',
  'xnat:subjectData/demographics/gender',
  'xnat:projectData/description',
]

describe('columns and filters of records beside the listed one', () => {
  it('show nothing of a session, a subject and a project that the viewer may not read', async () => {
    for (const place of [list, '/data/projects/THEIRS/experiments?xsiType=xnat:qcAssessmentData']) {
      const [row] = await rowsAt(two, `${place}&columns=ID,session_ID,subject_label,${secrets.join(',')}`)
      assert.equal(row?.ID, shared)
      assert.equal(row?.session_ID, session)
      assert.doesNotMatch(JSON.stringify(row), /secret|female/)
    }
    const [row] = await rowsAt(own, `${list}&columns=ID,${secrets.join(',')}`)
    assert.match(JSON.stringify(row), /"secret".*"secret".*"female".*"secret plan"/)
  })

  it('do not let filters find out either', async () => {
    for (const filter of ['xnat:subjectData/group=secret', 'xnat:projectData/description=secret*']) {
      assert.deepEqual(await rowsAt(two, `${list}&columns=ID&${filter}`), [])
      assert.equal((await rowsAt(own, `${list}&columns=ID&${filter}`)).length, 2)
    }
  })

  it('name no assessor that the viewer may not read', async () => {
    await own('PUT', `/data/experiments/${session}/projects/THEIRS`)
    const path = '/data/experiments?xsiType=xnat:mrSessionData&columns=ID,xnat:mrSessionData/assessors/assessor/ID'
    assert.ok(!JSON.stringify(await rowsAt(two, path)).includes(hidden))
    assert.ok(JSON.stringify(await rowsAt(own, path)).includes(hidden))
  })

  it('are as silent in lists of scans', async () => {
    await own('PUT', `/data/experiments/${session}/scans/1?xsiType=xnat:mrScanData`)
    const path = `/data/experiments/${session}/scans?columns=ID,${secrets.slice(1).join(',')},xnat:subjectData/label`
    const [row] = await rowsAt(two, path)
    assert.equal(row?.['xnat:subjectdata/label'], 'S1')
    assert.doesNotMatch(JSON.stringify(row), /secret|female/)
    assert.match(JSON.stringify((await rowsAt(own, path))[0]), /secret.*female.*secret plan/)
  })
})

describe('rows that repeat', () => {
  it('come in the order in which the scans were made', async () => {
    await makeSession(own, 'THEIRS/S2/MR2')
    const scans = '/data/projects/THEIRS/experiments/MR2/scans'
    for (const id of ['3', '1', '2', '10']) await own('PUT', `${scans}/${id}?xsiType=xnat:mrScanData`)
    const path = '/data/projects/THEIRS/experiments?label=MR2&columns=ID,xnat:mrScanData/ID'
    const ids = async (more = '') => (await rowsAt(own, path + more)).map((row) => row['xnat:mrscandata/id'])
    assert.deepEqual(await ids(), ['3', '1', '2', '10'])
    assert.deepEqual(await ids('&limit=2&offset=1'), ['1', '2'])
  })
})

describe('folders and shares as columns', () => {
  const scans = '/data/projects/FOLDERS/experiments/MR1/scans'
  const typed = '/data/experiments?xsiType=xnat:imageSessionData&columns=ID,label'
  const scanId = 'xnat:imagescandata/id'
  const folder = 'xnat:imagescandata/file/label'
  const sharedInto = 'xnat:imagesessiondata/sharing/share/project'
  let mr = ''

  before(async () => {
    await makeProject(own, 'FOLDERS', { accessibility: 'private' })
    mr = await makeSession(own, 'FOLDERS/S1/MR1')
    await makeSession(own, 'FOLDERS/S1/MR2')
    for (const id of ['2', '1']) await own('PUT', `${scans}/${id}?xsiType=xnat:mrScanData`)
    for (const label of ['SNAPSHOTS', 'DICOM']) await own('PUT', `${scans}/1/resources/${label}`)
    await own('PUT', `${scans}/1/resources/DICOM/files/a.dcm?inbody=true`, { body: 'four' })
    await own('PUT', `/data/experiments/${mr}/resources/NOTES`)
    for (const project of ['THEIRS', 'MINE']) await own('PUT', `/data/experiments/${mr}/projects/${project}?label=F1`)
  })

  it('repeat the row once per folder of a scan, in order of creation', async () => {
    const rows = await rowsAt(own, `${typed},${scanId},${folder},xnat:imagescandata/file/file_size&project=FOLDERS`)
    assert.deepEqual(
      rows.map((row) => [row.label, row[scanId], row[folder], row['xnat:imagescandata/file/file_size']]),
      [
        ['MR1', '2', '', ''],
        ['MR1', '1', 'SNAPSHOTS', '0'],
        ['MR1', '1', 'DICOM', '4'],
        ['MR2', '', '', ''],
      ],
    )
  })

  it('filter by the label of a folder', async () => {
    const rows = await rowsAt(own, `${typed},${scanId}&${folder}=DICOM`)
    assert.deepEqual(
      rows.map((row) => [row.label, row[scanId]]),
      [['MR1', '1']],
    )
  })

  it('know the folders of sessions and subjects', async () => {
    const path = 'xnat:imagesessiondata/resources/resource/label'
    const rows = await rowsAt(own, `${typed},${path}&project=FOLDERS`)
    assert.deepEqual(
      rows.map((row) => row[path]),
      ['NOTES', ''],
    )
    await own('PUT', '/data/projects/FOLDERS/subjects/S1/resources/FORMS')
    const [subject] = await rowsAt(
      own,
      '/data/projects/FOLDERS/subjects?columns=label,xnat:subjectData/resources/resource/label',
    )
    assert.equal(subject?.['xnat:subjectdata/resources/resource/label'], 'FORMS')
  })

  it('name the projects into which a session is shared, beside its scans', async () => {
    const rows = await rowsAt(own, `${typed},${sharedInto},${scanId}&${scanId}=2&project=FOLDERS`)
    assert.deepEqual(
      rows.map((row) => [row.label, row[sharedInto], row[scanId]]),
      [
        ['MR1', 'MINE', '2'],
        ['MR1', 'THEIRS', '2'],
      ],
    )
    const sharing = await rowsAt(own, `${typed}&${sharedInto}=THEIRS,NOSUCH`)
    assert.ok(sharing.some((row) => row.ID === mr))
    assert.ok(!(await rowsAt(own, `${typed}&${sharedInto}=NOSUCH`)).length)
  })

  it('name no project that the viewer may not see', async () => {
    const rows = (await rowsAt(two, `${typed},${sharedInto}`)).filter((row) => row.ID === mr)
    assert.deepEqual(
      rows.map((row) => row[sharedInto]),
      ['THEIRS'],
    )
  })
})

describe('the extent of a list', () => {
  const subjects = '/data/projects/MINE/subjects'
  const form = (body: string) => ({ headers: { 'content-type': 'application/x-www-form-urlencoded' }, body })

  it('takes thousands of alternatives of one text', async () => {
    const texts = Array.from({ length: 9000 }, (_, at) => `g${at}`).join(',')
    const reply = await own('GET', subjects, form(`group=${texts},secret`))
    assert.equal(reply.status, 200)
    assert.equal(reply.rows().length, 1)
  })

  it('refuses what no statement could hold', async () => {
    const columns = Array.from({ length: 600 }, (_, at) => `xnat:subjectData/fields/field%5Bname%3Dn${at}%5D/field`)
    for (const body of [
      `group=${Array.from({ length: 2000 }, (_, at) => `a${at}*`)}`,
      `group=${Array.from({ length: 20_000 }, (_, at) => `a${at}`)}`,
      `group=*${'a'.repeat(60_000)}`,
      'group=secret&'.repeat(200),
      `columns=${columns.join(',')}`,
    ]) {
      assert.equal((await own('GET', subjects, form(body))).status, 400, body.slice(0, 30))
    }
  })

  it('does not multiply two lists inside the records', async () => {
    const fields = ['a', 'b'].map((name) => `<xnat:field name="${name}">v</xnat:field>`).join('')
    const document = `<xnat:Subject xmlns:xnat="http://nrg.wustl.edu/xnat" project="MINE" label="S1">
      <xnat:addID name="x">1</xnat:addID><xnat:fields>${fields}</xnat:fields></xnat:Subject>`
    assert.equal((await own('PUT', `${subjects}/S1`, xmlBody(document))).status, 200)
    const one = 'xnat:subjectData/fields/field/field'
    assert.equal((await rowsAt(own, `${subjects}?columns=ID,${one},xnat:subjectData/fields/field/name`)).length, 2)
    assert.equal((await own('GET', `${subjects}?columns=ID,${one},xnat:subjectData/addID/addID`)).status, 400)
  })

  it('has no bearing on how many names a project may take', async () => {
    const aliases = Array.from({ length: 40_000 }, (_, at) => `<xnat:alias>mine${at}</xnat:alias>`).join('')
    const document = `<xnat:Project xmlns:xnat="http://nrg.wustl.edu/xnat" ID="MINE"><xnat:aliases>${aliases}</xnat:aliases></xnat:Project>`
    assert.equal((await own('PUT', '/data/projects/MINE', xmlBody(document))).status, 200)
    assert.equal((await own('GET', '/data/projects/mine39999')).status, 200)
  })
})

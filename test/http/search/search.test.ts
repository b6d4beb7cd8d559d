import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Cast, castOf, startSite, type TestSite } from '../../support/site.ts'
import { makeAssessor, makeProject, makeSession, makeSubject, sessionAt, want, xmlBody } from '../hierarchy/stage.ts'
import { type Criteria, found, searchXml } from './documents.ts'

let site: TestSite
let cast: Cast
const ids: Record<string, string> = {}

/** Two projects: three subjects with MR and PET sessions, scans and a QC in one, one subject in the other. */
before(async () => {
  site = await startSite()
  cast = await castOf(site, 'P1')
  const { own } = cast
  await makeProject(own, 'P2', { accessibility: 'private', name: 'Second' })
  const people = {
    'P1/A': {
      gender: 'male',
      dob: '1980-06-15',
      group: 'control',
      [`xnat:subjectData/fields/field[name=Dose]/field`]: '10',
    },
    'P1/B': {
      gender: 'female',
      yob: '1990',
      group: 'patient',
      [`xnat:subjectData/fields/field[name=Dose]/field`]: '9.5',
    },
    'P1/C': { handedness: 'left' },
    'P2/D': { gender: 'female', group: 'patient' },
  }
  for (const [place, values] of Object.entries(people)) {
    const [project = '', label = ''] = place.split('/')
    ids[label] = await makeSubject(own, project, label, values)
  }
  const sessions = {
    'P1/A/MR1': { date: '2020-06-14', scanner: 'Trio', note: 'first, "one"' },
    'P1/A/MR2': { date: '2021-01-05', scanner: 'Prisma' },
    'P1/B/MR3': { date: '2022-03-04', 'xnat:mrSessionData/age': '31.5', scanner: 'Trio' },
    'P2/D/MR4': { date: '2023-05-06', scanner: 'Prisma' },
  }
  for (const [place, values] of Object.entries(sessions))
    ids[place.split('/')[2]!] = await makeSession(own, place, values)
  ids['PET1'] = await makeSession(own, 'P1/B/PET1', { xsiType: 'xnat:petSessionData', date: '2022-03-05' })
  const scans: Record<string, [string, string, string][]> = {
    'P1/A/MR1': [
      ['1', 'T1', 'usable'],
      ['2', 'T2', 'unusable'],
      ['10', 'T1', 'unusable'],
    ],
    'P1/A/MR2': [
      ['1', 'T1', 'unusable'],
      ['2', 'T2', 'usable'],
    ],
    'P1/B/MR3': [['1', 'T2', 'usable']],
  }
  for (const [place, list] of Object.entries(scans))
    for (const [id, type, quality] of list)
      await want(
        own(
          'PUT',
          `${sessionAt(place)}/scans/${id}?xsiType=xnat:mrScanData&type=${type}&quality=${quality}&xnat:mrScanData/parameters/tr=${id}00`,
        ),
        200,
      )
  ids['QC1'] = await makeAssessor(own, 'P1/A/MR1', 'QC1', { date: '2020-07-01' })
})
after(() => site?.close())

const labels = async (type: string, criteria: Criteria) =>
  (
    await found(
      cast.own,
      searchXml(type, [`${type}/${type === 'xnat:subjectData' ? 'SUBJECT_LABEL' : 'LABEL'}`], criteria),
    )
  )
    .flat()
    .sort()
    .join(' ')
const mr = 'xnat:mrSessionData'
const subject = 'xnat:subjectData'

test('hierarchy 188: POST /data/search with the example returns lower-case columns', async () => {
  const document = searchXml(
    subject,
    ['xnat:subjectData/SUBJECT_ID', 'xnat:subjectData/PROJECT'],
    [['xnat:subjectData/PROJECT', '=', 'P1'], 'AND'],
  )
  const reply = await want(cast.own('POST', '/data/search?format=csv', { body: document }), 200)
  const lines = ['A', 'B', 'C'].map((label) => `${ids[label]},P1,active`)
  assert.equal(reply.text, `subject_id,project,quarantine_status\n${lines.join('\n')}\n`)
  assert.equal(reply.type, 'text/csv')
})

test('hierarchy 188: every comparison finds what it says', async () => {
  const cases: readonly [type: string, criteria: Criteria, found: string][] = [
    [subject, [['xnat:subjectData/SUBJECT_LABEL', '=', 'B']], 'B'],
    [subject, [['xnat:subjectData/PROJECT', '!=', 'P1']], 'D'],
    [subject, [['xnat:subjectData.GENDER_TEXT', '=', 'F']], 'B D'],
    [subject, [['xnat:subjectData.HANDEDNESS_TEXT', '=', 'L']], 'C'],
    [subject, [['xnat:subjectData.HANDEDNESS_TEXT', '=', '']], 'A B D'],
    [subject, [['xnat:subjectData/SUB_GROUP', 'LIKE', 'PAT%']], 'B D'],
    [subject, [['xnat:subjectData/SUB_GROUP', ' LIKE ', '*ont*']], 'A'],
    [subject, [['xnat:subjectData/SUB_GROUP', 'NOT LIKE', 'pat%']], 'A'],
    [subject, [['xnat:subjectData/SUB_GROUP', 'IS NULL', '']], 'C'],
    [subject, [['xnat:subjectData/SUB_GROUP', 'IS', 'NULL']], 'C'],
    [subject, [['xnat:subjectData/SUB_GROUP', 'IS NOT NULL', '']], 'A B D'],
    [subject, [['xnat:subjectData/SUB_GROUP', 'is', 'not null']], 'A B D'],
    [subject, [['xnat:subjectData/SUBJECT_LABEL', 'IN', "A,'D'"]], 'A D'],
    [subject, [['xnat:subjectData/YOB', '<', '1985']], 'A'],
    [subject, [['xnat:subjectData/YOB', 'BETWEEN', '1980 AND 1990']], 'A B'],
    [subject, [['xnat:subjectData/DOB', '>', '1979']], 'A'],
    [subject, [['xnat:demographicData/handedness', '=', 'left']], 'C'],
    [subject, [['xnat:subjectData/XNAT_SUBJECTDATA_FIELD_MAP=dose', '>=', '10']], 'A'],
    [subject, [['xnat:subjectData/XNAT_SUBJECTDATA_FIELD_MAP=dose', '<', '10']], 'B'],
    [subject, [['xnat:subjectData/ID', 'LIKE', '%']], 'A B C D'],
    [mr, [['xnat:mrSessionData/date', '>=', '01/05/2021']], 'MR2 MR3 MR4'],
    [mr, [['xnat:mrSessionData/DATE', '>', '2021-01-05']], 'MR3 MR4'],
    [mr, [['xnat:mrSessionData/DATE', '<=', '2021-01-05']], 'MR1 MR2'],
    [mr, [['xnat:mrSessionData/DATE', 'BETWEEN', '2021-01-01 and 2022-12-31']], 'MR2 MR3'],
    [mr, [['xnat:mrSessionData/DATE', 'IN', '2020-06-14,03/04/2022']], 'MR1 MR3'],
    [mr, [['xnat:mrSessionData/INSERT_DATE', '>', '2024-01-01 10:30:00']], 'MR1 MR2 MR3 MR4'],
    [mr, [['xnat:mrSessionData/INSERT_DATE', '>', '2099-01-01']], ''],
    [mr, [['xnat:mrSessionData/age', '>', '5']], 'MR3'],
    [mr, [['xnat:mrSessionData/AGE', '=', '39']], 'MR1'],
    [mr, [['xnat:mrSessionData/AGE', '=', '40']], 'MR2'],
    [mr, [['xnat:mrSessionData/AGE', '=', '31']], 'MR3'],
    [mr, [['xnat:mrSessionData/SCANNER', '=', 'trio']], ''],
    [mr, [['xnat:mrSessionData/SUBJECT_LABEL', '=', 'A']], 'MR1 MR2'],
    [mr, [['xnat:mrSessionData/SUBJECT_ID', '=', ids['B'] ?? '']], 'MR3'],
    ['xnat:imageSessionData', [['xnat:imageSessionData/PROJECT', '=', 'P1']], 'MR1 MR2 MR3 PET1'],
    ['xnat:imageSessionData', [['xnat:petSessionData/ID', 'LIKE', '%']], 'PET1'],
    ['xnat:imageSessionData', [['xnat:petSessionData/LABEL', 'IS NULL', '']], 'MR1 MR2 MR3 MR4'],
    ['xnat:mrSessionData', [['xnat:imageSessionData/LABEL', '=', 'MR1']], 'MR1'],
  ]
  for (const [type, criteria, wanted] of cases)
    assert.equal(await labels(type, criteria), wanted, JSON.stringify(criteria))
})

test('hierarchy 188: criteria join projects, subjects, sessions, scans and assessors', async () => {
  const cases: readonly [type: string, criteria: Criteria, found: string][] = [
    [subject, [['xnat:mrSessionData/SCANNER', '=', 'Trio']], 'A B'],
    [subject, [['xnat:mrScanData/TYPE', '=', 'T1']], 'A'],
    [subject, [['xnat:petSessionData/ID', 'IS NULL', '']], 'A C D'],
    [subject, [['xnat:projectData/NAME', '=', 'Second']], 'D'],
    [subject, [['xnat:qcManualAssessorData/LABEL', '=', 'QC1']], 'A'],
    [mr, [['xnat:subjectData/GENDER_TEXT', '=', 'M']], 'MR1 MR2'],
    [mr, [['xnat:subjectData/SUBJECT_LABEL', '=', 'B']], 'MR3'],
    [mr, [['xnat:projectData/ID', '=', 'P2']], 'MR4'],
    [mr, [['xnat:mrScanData/TYPE', '=', 'T1'], ['xnat:mrScanData/QUALITY', '=', 'usable'], 'AND'], 'MR1'],
    [
      mr,
      [
        ['xnat:mrSessionData/scans/scan/type', '=', 'T1'],
        ['xnat:mrScanData/PARAMETERS_TR', '>', '500'],
      ],
      'MR1',
    ],
    [mr, [['xnat:imageScanData/ID', 'IS NULL', '']], 'MR4'],
    [mr, [['xnat:qcManualAssessorData/EXPT_ID', 'IS NULL', '']], 'MR2 MR3 MR4'],
    [mr, [['xnat:petSessionData/DATE', '=', '2022-03-05']], 'MR3'],
    [mr, [['xnat:mrSessionData/sharing/share/project', '=', 'P2']], ''],
    ['xnat:qcManualAssessorData', [['xnat:mrSessionData/LABEL', '=', 'MR1']], 'QC1'],
    [
      'xnat:qcManualAssessorData',
      [['xnat:qcManualAssessorData/SESSION_LABEL', '=', 'MR1'], ['xnat:subjectData/GENDER_TEXT', '=', 'M'], 'AND'],
      'QC1',
    ],
    ['xnat:qcManualAssessorData', [['xnat:mrScanData/TYPE', '=', 'T9']], ''],
  ]
  for (const [type, criteria, wanted] of cases)
    assert.equal(await labels(type, criteria), wanted, JSON.stringify(criteria))
})

test('hierarchy 188: AND and OR nest', async () => {
  const nested: Criteria = [
    ['xnat:mrSessionData/PROJECT', '=', 'P1'],
    [
      ['xnat:mrSessionData/SCANNER', '=', 'Prisma'],
      [['xnat:subjectData/GENDER_TEXT', '=', 'F'], ['xnat:mrScanData/TYPE', '=', 'T2'], 'AND'],
      'OR',
    ],
    'AND',
  ]
  assert.equal(await labels(mr, nested), 'MR2 MR3')
})

test('hierarchy 188: columns come from other records, under their type', async () => {
  const document = searchXml(
    mr,
    [`${mr}/LABEL`, 'xnat:subjectData/SUBJECT_LABEL', 'xnat:projectData/NAME', `${mr}/MR_SCAN_COUNT_AGG`],
    [['xnat:mrSessionData/LABEL', 'IN', 'MR1,MR4']],
  )
  const reply = await want(cast.own('POST', '/data/search?format=json', xmlBody(document)), 200)
  assert.deepEqual(reply.rows(), [
    {
      label: 'MR1',
      session_id: ids['MR1'],
      xnat_subjectdata_subject_label: 'A',
      xnat_projectdata_name: 'P1',
      mr_scan_count_agg: 'T1(2), T2(1)',
      quarantine_status: 'active',
    },
    {
      label: 'MR4',
      session_id: ids['MR4'],
      xnat_subjectdata_subject_label: 'D',
      xnat_projectdata_name: 'Second',
      mr_scan_count_agg: '',
      quarantine_status: 'active',
    },
  ])
  const { Columns, totalRecords, rootElementName } = reply.json().ResultSet
  assert.equal(totalRecords, '2')
  assert.equal(rootElementName, mr)
  assert.deepEqual(Columns[2], {
    key: 'xnat_subjectdata_subject_label',
    element_name: subject,
    id: 'SUBJECT_LABEL',
    xPATH: 'xnat:subjectData.SUBJECT_LABEL',
    header: 'xnat:subjectData/SUBJECT_LABEL',
    type: 'string',
  })
})

test('hierarchy 188: columns of scans and sessions repeat the rows', async () => {
  const scans = searchXml(
    mr,
    [`${mr}/LABEL`, 'xnat:mrScanData/ID', 'xnat:mrScanData/TYPE'],
    [['xnat:mrScanData/TYPE', '=', 'T1']],
  )
  assert.deepEqual(await found(cast.own, scans), [
    ['MR1', '1', 'T1'],
    ['MR1', '10', 'T1'],
    ['MR2', '1', 'T1'],
  ])
  const deep = searchXml(
    subject,
    [`${subject}/SUBJECT_LABEL`, 'xnat:mrScanData/ID', `${mr}/LABEL`],
    [['xnat:subjectData/SUBJECT_LABEL', '!=', 'D']],
  )
  assert.deepEqual(await found(cast.own, deep), [
    ['A', '1', 'MR1'],
    ['A', '2', 'MR1'],
    ['A', '10', 'MR1'],
    ['A', '1', 'MR2'],
    ['A', '2', 'MR2'],
    ['B', '1', 'MR3'],
    ['C', '', ''],
  ])
  const rooted = searchXml(
    'xnat:mrScanData',
    [
      'xnat:mrScanData/ID',
      `${mr}/LABEL`,
      'xnat:mrScanData/SUBJECT_LABEL',
      'xnat:mrScanData/PROJECT',
      'xnat:mrScanData/PARAMETERS_TR',
    ],
    [['xnat:mrScanData/QUALITY', '=', 'usable']],
  )
  assert.deepEqual(await found(cast.own, rooted, '&sortBy=id,xnat_mrsessiondata_label'), [
    ['1', 'MR1', 'A', 'P1', '100.0'],
    ['1', 'MR3', 'B', 'P1', '100.0'],
    ['2', 'MR2', 'A', 'P1', '200.0'],
  ])
})

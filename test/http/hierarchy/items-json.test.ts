import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Caller } from '../../support/caller.ts'
import { startSite, type TestSite } from '../../support/site.ts'
import { manualQcXml, projectXml } from './documents.ts'
import {
  childrenOf,
  itemAt,
  type JsonItem,
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
let own: Caller
let session: string
const at = sessionAt('JSN/S1/MR1')

before(async () => {
  site = await startSite()
  await site.addUser('own')
  own = site.as('own')
  await makeProject(own, 'JSN', { accessibility: 'private' })
  await makeProject(own, 'JSNQ', { accessibility: 'private' })
  await makeSubject(own, 'JSN', 'S1', {
    gender: 'male',
    dob: '1990-01-01',
    education: '12',
    weight: '70.5',
    group: 'g',
  })
  session = await makeSession(own, 'JSN/S1/MR1', {
    date: '2000-01-01',
    time: '10:20:30',
    scanner: 'Trio',
    'xnat:mrSessionData/scanner/model': 'MODEL-T',
    'xnat:mrSessionData/fields/field[name=test01]/field': '12',
  })
  await want(own('PUT', `${at}/scans/1?xsiType=xnat:mrScanData&type=T1`), 200, 201)
  await want(own('PUT', `${at}/assessors/QC1`, xmlBody(manualQcXml('label="QC1" project="JSN"'))), 201)
  await want(own('PUT', `${at}/projects/JSNQ?label=other`), 200)
})
after(() => site?.close())

/** Calls `look` with the item and everything below it. */
function walk(item: JsonItem, look: (item: JsonItem) => void): void {
  look(item)
  for (const child of item.children) for (const one of child.items) walk(one, look)
}

const paths = () => ['/data/projects/JSN', '/data/projects/JSN/subjects/S1', `/data/experiments/${session}`]

test('hierarchy 18: one item, not history', async () => {
  for (const path of paths()) assert.equal((await itemAt(own, path)).meta.isHistory, false)
})

test('hierarchy 19: empty fields are omitted at every level', async () => {
  for (const path of paths()) {
    walk(await itemAt(own, path), (item) => {
      for (const [name, value] of Object.entries(item.data_fields)) assert.ok(value !== null && value !== '', name)
    })
  }
})

test('hierarchy 20: meta carries xsi:type, create_event_id and start_date', async () => {
  const types = ['xnat:projectData', 'xnat:subjectData', 'xnat:mrSessionData']
  for (const [index, path] of paths().entries()) {
    const { meta } = await itemAt(own, path)
    assert.equal(meta['xsi:type'], types[index])
    assert.equal(typeof meta.create_event_id, 'number')
    assert.match(String(meta.start_date), /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d UTC \d{4}$/)
    assert.ok(Math.abs(Date.parse(String(meta.start_date)) - Date.now()) < 600_000)
  }
})

test('hierarchy 21: children have field and items, empty collections are absent', async () => {
  for (const path of paths()) {
    walk(await itemAt(own, path), (item) => {
      for (const child of item.children) {
        assert.deepEqual(Object.keys(child).sort(), ['field', 'items'])
        assert.ok(child.items.length > 0, child.field)
      }
    })
  }
})

test('hierarchy 24: Accept application/json gives the JSON document', async () => {
  for (const path of paths()) {
    const reply = await want(own('GET', path, { headers: { accept: 'application/json' } }), 200)
    assert.equal(reply.type, 'application/json')
    assert.equal(reply.json().items.length, 1)
  }
})

test('hierarchy 18: a subject document holds demographics as a typed child', async () => {
  const subject = await itemAt(own, '/data/projects/JSN/subjects/S1')
  const { ID, project, label, group } = subject.data_fields
  assert.deepEqual({ ID, project, label, group }, { ID: 'XNAT_S00001', project: 'JSN', label: 'S1', group: 'g' })
  const [demographics] = childrenOf(subject, 'demographics')
  assert.equal(demographics?.meta['xsi:type'], 'xnat:demographicData')
  const { xnat_abstractdemographicdata_id: key, ...fields } = demographics!.data_fields
  assert.equal(typeof key, 'number')
  assert.deepEqual(fields, { gender: 'male', dob: '1990-01-01', education: 12, weight: 70.5 })
})

test('hierarchy 21: a subject document contains its experiments with their scans', async () => {
  const subject = await itemAt(own, '/data/projects/JSN/subjects/S1')
  const [experiment] = childrenOf(subject, 'experiments/experiment')
  assert.equal(experiment?.meta['xsi:type'], 'xnat:mrSessionData')
  assert.equal(experiment?.data_fields.ID, session)
  assert.equal(childrenOf(experiment!, 'scans/scan').length, 1)
})

test('hierarchy 21: a project document does not contain subjects', async () => {
  const project = await itemAt(own, '/data/projects/JSN')
  assert.ok(project.children.every((child) => !child.field.startsWith('subjects')))
})

test('hierarchy 18: a session document has its fields by path, dates and times as text', async () => {
  const { data_fields: fields } = await itemAt(own, at)
  assert.equal(fields.ID, session)
  assert.equal(fields.subject_ID, 'XNAT_S00001')
  assert.equal(fields.date, '2000-01-01')
  assert.equal(fields.time, '10:20:30')
  assert.equal(fields.scanner, 'Trio')
  assert.equal(fields['scanner/model'], 'MODEL-T')
})

test('hierarchy 21: scans are children with their generated key', async () => {
  const [scan] = childrenOf(await itemAt(own, at), 'scans/scan')
  assert.equal(scan?.meta['xsi:type'], 'xnat:mrScanData')
  assert.equal(scan?.data_fields.ID, '1')
  assert.equal(typeof scan?.data_fields.xnat_imagescandata_id, 'number')
})

test('hierarchy 21: assessors are children of their session', async () => {
  const [assessor] = childrenOf(await itemAt(own, at), 'assessors/assessor')
  assert.equal(assessor?.meta['xsi:type'], 'xnat:qcManualAssessorData')
  assert.equal(assessor?.data_fields.label, 'QC1')
})

test('hierarchy 163: an assessor document keeps its typed children', async () => {
  const assessor = await itemAt(own, `${at}/assessors/QC1`)
  assert.equal(assessor.data_fields.imageSession_ID, session)
  assert.equal(assessor.data_fields.rater, 'The Radiologist')
  assert.equal(assessor.data_fields.comments, 'This is a test comment')
  const scans = childrenOf(assessor, 'scans/scan')
  assert.deepEqual(
    scans.map((scan) => [scan.meta['xsi:type'], scan.data_fields.imageScan_ID, scan.data_fields.comments]),
    [
      ['xnat:mrQcScanData', '4', 'hello world'],
      ['xnat:mrQcScanData', '5', 'steak'],
    ],
  )
  assert.equal(scans[0]?.data_fields.wrap, 'lots of wrap')
})

test('hierarchy 154: a share is a child with project and label', async () => {
  const [share] = childrenOf(await itemAt(own, at), 'sharing/share')
  assert.equal(share?.data_fields.project, 'JSNQ')
  assert.equal(share?.data_fields.label, 'other')
})

test('hierarchy 160: a custom variable is a child with name and field', async () => {
  const [field] = childrenOf(await itemAt(own, at), 'fields/field')
  assert.equal(field?.data_fields.name, 'test01')
  assert.equal(field?.data_fields.field, '12')
})

test('hierarchy 76: a project document read back has its investigator as child PI', async () => {
  await want(own('PUT', '/data/projects/JSNPI', xmlBody(projectXml('JSNPI'))), 200)
  const project = await itemAt(own, '/data/projects/JSNPI')
  assert.equal(project.data_fields.description, 'A project written as a document.')
  const [pi] = childrenOf(project, 'PI')
  const { title, firstname, lastname, institution, department, email } = pi!.data_fields
  assert.deepEqual(
    [title, firstname, lastname, institution, department, email],
    ['Dr.', 'Ada', 'Byron', 'Analytical Institute', 'Engines', 'ada@x.example'],
  )
})

test('hierarchy 78: aliases are children of a project', async () => {
  await makeProject(own, 'JSNAL', { alias: 'JSNALIAS' })
  const [alias] = childrenOf(await itemAt(own, '/data/projects/JSNAL'), 'aliases/alias')
  assert.equal(alias?.data_fields.alias, 'JSNALIAS')
})

test('hierarchy 18: includeHistory=true adds former versions after the present one', async () => {
  await makeSubject(own, 'JSN', 'HIST', { group: 'before' })
  await want(own('PUT', '/data/projects/JSN/subjects/HIST?group=after'), 200)
  const reply = await want(own('GET', '/data/projects/JSN/subjects/HIST?format=json&includeHistory=true'), 200)
  const items: JsonItem[] = reply.json().items
  const present = items.filter((item) => item.meta.isHistory === false)
  const former = items.filter((item) => item.meta.isHistory === true)
  assert.deepEqual(
    present.map((item) => item.data_fields.group),
    ['after'],
  )
  assert.ok(former.some((item) => item.data_fields.group === 'before'))
  assert.match(String(former[0]?.meta.end_date), /^[A-Z][a-z]{2} [A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d UTC \d{4}$/)
  assert.equal(typeof former[0]?.meta.modified_event_id, 'number')
})

test('hierarchy 18: includeHeaders=true adds headers', async () => {
  const reply = await want(own('GET', `${at}?format=json&includeHeaders=true`), 200)
  assert.ok(Array.isArray(reply.json().headers))
})

test('hierarchy section 1.2: handler=values gives a one-row table of field paths', async () => {
  const columns = 'xnat:mrSessionData/date,xnat:mrSessionData/label'
  const path = `${at}${query({ handler: 'values', columns, format: 'json' })}`
  const [row, ...more] = (await want(own('GET', path), 200)).rows()
  assert.equal(more.length, 0)
  assert.deepEqual(Object.values(row!).sort(), ['2000-01-01', 'MR1'])
})

test('hierarchy section 1.2: handler=values reaches what is inside a record', async () => {
  const deep = 'demographics/gender,xnat:subjectData/demographics[@xsi:type=xnat:demographicData]/gender,nosuch'
  await want(own('PUT', '/data/projects/JSN/subjects/DEEP?gender=female'), 201)
  const asked = `/data/projects/JSN/subjects/DEEP?handler=values&columns=${encodeURIComponent(deep)}`
  assert.deepEqual(Object.values((await rowsAt(own, asked))[0] ?? {}), ['female', 'female', ''])
})

test('hierarchy section 1.2: handler=values with asValue=true gives the bare value', async () => {
  const path = `${at}${query({ handler: 'values', columns: 'xnat:mrSessionData/date', asValue: 'true' })}`
  assert.equal((await want(own('GET', path), 200)).text, '2000-01-01')
})

test('hierarchy section 1.2: handler without columns, or unknown, is 400', async () => {
  await want(own('GET', `${at}?handler=values`), 400)
  assert.match(String((await want(own('GET', `${at}?handler=bogus`), 400)).message()), /^Invalid handler definition/)
})

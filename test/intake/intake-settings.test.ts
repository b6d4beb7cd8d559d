import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { scopeOf } from '../../src/archive/archive.ts'
import { putConfiguration } from '../../src/archive/configurations.ts'
import { putDicomMapping } from '../../src/archive/dicom-mappings.ts'
import { locateProject, type ProjectRow } from '../../src/archive/locate.ts'
import { noMemory } from '../../src/db/remember.ts'
import { readHeader } from '../../src/dicom/header.ts'
import { faultOf } from '../../src/errors.ts'
import { assign } from '../../src/intake/assign.ts'
import { intakeSettings } from '../../src/intake/intake-settings.ts'
import { receiveInstance } from '../../src/intake/receive.ts'
import { plainReception } from '../../src/intake/reception.ts'
import { admin, makeProject, openTestArchive, type TestArchive, why } from '../support/archive.ts'
import { instance, type Values } from '../support/dicom.ts'

let opened: TestArchive
let project: ProjectRow

before(async () => {
  opened = await openTestArchive()
  await makeProject(opened.archive, 'SET')
  project = (await locateProject(scopeOf(opened.archive, admin), { project: 'SET' }, 'read')).row
})
after(() => opened?.close())

const put = (tool: string, path: string, contents: string, of?: string) =>
  putConfiguration(opened.archive, admin, why, { at: { tool, path, ...(of && { project: of }) }, contents })
const disable = (tool: string, path: string, of?: string) =>
  putConfiguration(opened.archive, admin, why, { at: { tool, path, ...(of && { project: of }) }, enabled: false })
const headerOf = (values: Values, also: ReadonlyMap<string, string>) => readHeader(instance(values), { also })

test('nothing configured gives the standard rules, no filter and the standard names', async () => {
  const { rules, filters, petMr, quality, mappings, faults, template } = await intakeSettings(opened.archive, project)
  assert.deepEqual(
    [rules.project.length, filters, petMr, quality, mappings, faults],
    [5, [], 'petmr', undefined, [], []],
  )
  assert.equal(template.parts.filter((part) => typeof part !== 'string').length, 4)
})

test('import 90: rules of the receiver come first, blank ones leave it to those of the site', async () => {
  await put('dicom', 'projectRules', '(0010,0020):(.*)')
  await put('dicom', 'subjectRules', '(0028,0010):(.*)\nno rule at all')
  const values = { PatientID: 'site', Modality: 'receiver', StudyDescription: 'standard', Rows: 512 }
  const receiver = await intakeSettings(opened.archive, undefined, { project: '(0008,0060):(.*)', subject: '' })
  const header = headerOf(values, receiver.also)
  assert.deepEqual(assign(header, receiver.rules).projects, ['receiver', 'site', 'standard'])
  assert.equal(assign(header, receiver.rules).subject, '512')
  assert.equal(receiver.faults.length, 1)
  const plain = await intakeSettings(opened.archive, undefined)
  assert.deepEqual(assign(header, plain.rules).projects, ['site', 'standard'])
  await disable('dicom', 'projectRules')
  assert.deepEqual(assign(header, (await intakeSettings(opened.archive, undefined)).rules).projects, ['standard'])
})

test('import 148: the filter of the project is in force there alone, and only while it is on', async () => {
  const filter = (contents: object) => put('seriesImportFilter', 'config', JSON.stringify(contents), 'SET')
  const accepts = async (row: ProjectRow | undefined) => {
    const { filters, also } = await intakeSettings(opened.archive, row)
    return filters.every((each) => each.accepts(headerOf({ SeriesDescription: 'localizer' }, also)))
  }
  await filter({ enabled: 'true', mode: 'blacklist', list: 'LOCALIZER' })
  assert.deepEqual([await accepts(project), await accepts(undefined)], [false, true])
  await filter({ enabled: true, mode: 'whitelist', list: 't1' })
  assert.equal(await accepts(project), false)
  await filter({ enabled: 'true', mode: 'modalityMap', MR: "'#Modality#' == 'MR'" })
  assert.equal(await accepts(project), true)
  await filter({ enabled: 'false', mode: 'blacklist', list: 'LOCALIZER' })
  assert.equal(await accepts(project), true)
  await filter({ enabled: 'true', mode: 'blacklist', list: '(' })
  await assert.rejects(accepts(project), (error) => faultOf(error)?.kind === 'invalid')
  await disable('seriesImportFilter', 'config', 'SET')
  assert.equal(await accepts(project), true)
})

test('a project has its own word on PET/MR and quality, else the site', async () => {
  await put('scan-quality', 'labels', 'good, bad')
  assert.equal((await intakeSettings(opened.archive, project)).quality, 'good')
  await put('scan-quality', 'labels', 'fine\npoor', 'SET')
  await put('separatePETMR', 'config', '"separate"', 'SET')
  const { quality, petMr } = await intakeSettings(opened.archive, project)
  assert.deepEqual([quality, petMr], ['fine', 'separate'])
  assert.equal((await intakeSettings(opened.archive, undefined)).petMr, 'petmr')
})

test('import 121: mappings of the site and of the project are in force together, and their tags are read', async () => {
  const wish = { fieldName: 'f', fieldType: 'string', dicomTag: '0xF2151050', schemaElement: 'xnat:mrSessionData' }
  await putDicomMapping(opened.archive, admin, why, { ...wish, scope: 'Site' })
  await putDicomMapping(opened.archive, admin, why, { ...wish, scope: 'Project', project: 'SET', dicomTag: '00280010' })
  const { mappings, also } = await intakeSettings(opened.archive, project)
  assert.deepEqual(
    mappings.map(({ tag }) => tag),
    ['F2151050', '00280010'],
  )
  assert.deepEqual([also.get('F2151050'), also.get('00280010')], ['LO', 'US'])
  assert.deepEqual((await intakeSettings(opened.archive, undefined)).mappings.length, 1)
})

test('settings are read once while objects come in, and again as soon as something has changed', async (t) => {
  const { archive } = opened
  if (archive.db.remember === noMemory) return t.skip('others may change this catalog unnoticed')
  const before = await intakeSettings(archive, project)
  const bytes = (async function* () {
    yield instance({ PatientComments: 'Project:SET' })
  })()
  const received = await receiveInstance(archive, admin, plainReception, { path: 'a.dcm', bytes })
  assert.equal(received.outcome, 'stored')
  assert.equal(await intakeSettings(archive, project), before)
  await put('scan-quality', 'labels', 'changed', 'SET')
  assert.equal((await intakeSettings(archive, project)).quality, 'changed')
})

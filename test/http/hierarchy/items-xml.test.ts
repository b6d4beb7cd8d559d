import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Caller } from '../../support/caller.ts'
import { startSite, type TestSite } from '../../support/site.ts'
import { readXml, type XmlElement } from '../../support/xml-tree.ts'
import { manualQcXml, provenQcXml } from './documents.ts'
import { elementAt, itemAt, makeProject, makeSession, makeSubject, sessionAt, want, xmlBody } from './stage.ts'

let site: TestSite
let own: Caller
const at = sessionAt('XDOC/S1/MR1')
const xnat = 'http://nrg.wustl.edu/xnat'

before(async () => {
  site = await startSite()
  await site.addUser('own')
  own = site.as('own')
  await makeProject(own, 'XDOC', { accessibility: 'private', description: 'this & <that>' })
  await makeProject(own, 'XDOC2', { accessibility: 'private' })
  await makeSubject(own, 'XDOC', 'S1', { gender: 'male', weight: '12', group: 'control' })
  await makeSession(own, 'XDOC/S1/MR1', {
    date: '2000-01-01',
    scanner: 'Trio',
    modality: 'MR',
    UID: '1.2.3',
    'xnat:mrSessionData/fields/field[name=test01]/field': '12',
  })
  await want(own('PUT', `${at}/scans/1?xsiType=xnat:mrScanData&type=T1&quality=usable`), 200, 201)
  await want(own('PUT', `${at}/assessors/QC1`, xmlBody(manualQcXml('label="QC1" project="XDOC"'))), 201)
  await want(own('PUT', `${at}/reconstructions/R1?type=PVC`), 200)
  await want(own('PUT', `${at}/projects/XDOC2?label=other`), 200)
})
after(() => site?.close())

async function xmlAt(path: string, parameters = ''): Promise<XmlElement> {
  const reply = await want(own('GET', `${path}?format=xml${parameters}`), 200)
  assert.equal(reply.type, 'text/xml')
  assert.match(reply.text, /^<\?xml version="1.0" encoding="UTF-8"/)
  return readXml(reply.text)
}

const roots: readonly (readonly [string, string])[] = [
  ['/data/projects/XDOC', 'xnat:Project'],
  ['/data/projects/XDOC/subjects/S1', 'xnat:Subject'],
  [at, 'xnat:MRSession'],
  [`${at}/assessors/QC1`, 'xnat:QCManualAssessment'],
  [`${at}/reconstructions/R1`, 'xnat:ReconstructedImage'],
]
for (const [path, name] of roots) {
  test(`hierarchy 22: the root of ${path} is ${name}`, async () => {
    const root = await xmlAt(path)
    assert.deepEqual([root.name, root.uri], [name, xnat])
    assert.equal(root.attributes['xmlns:xnat'], xnat)
    assert.equal(root.attributes['xmlns:xsi'], 'http://www.w3.org/2001/XMLSchema-instance')
  })
}

const sessions: readonly (readonly [string, string])[] = [
  ['xnat:petSessionData', 'xnat:PETSession'],
  ['xnat:petmrSessionData', 'xnat:PETMRSession'],
  ['xnat:ctSessionData', 'xnat:CTSession'],
  ['xnat:crSessionData', 'xnat:CRSession'],
]
for (const [type, name] of sessions) {
  test(`hierarchy 22: ${type} has the root ${name}`, async () => {
    const label = name.slice('xnat:'.length)
    await makeSession(own, `XDOC/S1/${label}`, { xsiType: type })
    assert.equal((await xmlAt(sessionAt(`XDOC/S1/${label}`))).name, name)
  })
}

test('hierarchy 23: scans carry xsi:type', async () => {
  const scan = elementAt(await xmlAt(at), 'xnat:scans/xnat:scan')
  assert.equal(scan?.attributes['xsi:type'], 'xnat:mrScanData')
  assert.deepEqual([scan?.attributes.ID, scan?.attributes.type], ['1', 'T1'])
  assert.equal(elementAt(scan!, 'xnat:quality')?.text.trim(), 'usable')
})

test('hierarchy 23: demographics and assessors carry xsi:type, the investigator-free rest does not', async () => {
  const subject = await xmlAt('/data/projects/XDOC/subjects/S1')
  assert.equal(elementAt(subject, 'xnat:demographics')?.attributes['xsi:type'], 'xnat:demographicData')
  const session = await xmlAt(at)
  const assessor = elementAt(session, 'xnat:assessors/xnat:assessor')
  assert.equal(assessor?.attributes['xsi:type'], 'xnat:qcManualAssessorData')
  assert.equal(elementAt(session, 'xnat:fields/xnat:field')?.attributes['xsi:type'], undefined)
})

test('hierarchy 22: attributes of the schema are attributes, the rest elements in schema order', async () => {
  const root = await xmlAt(at)
  const { ID, project, label, modality, UID } = root.attributes
  assert.match(ID ?? '', /^XNAT_E\d{5}$/)
  assert.deepEqual([project, label, modality, UID], ['XDOC', 'MR1', 'MR', '1.2.3'])
  const known = ['sharing', 'fields', 'date', 'subject_ID', 'scanner', 'scans'].map((name) => `xnat:${name}`)
  assert.deepEqual(
    root.children.map((child) => child.name).filter((name) => known.includes(name)),
    known,
  )
})

test('hierarchy 22: empty fields are not written', async () => {
  const root = await xmlAt(at)
  assert.equal(elementAt(root, 'xnat:operator'), undefined)
  assert.ok(!('visit_id' in root.attributes))
})

test('hierarchy 22: shares and custom variables are written as shown', async () => {
  const root = await xmlAt(at)
  const share = elementAt(root, 'xnat:sharing/xnat:share')
  assert.deepEqual([share?.attributes.label, share?.attributes.project], ['other', 'XDOC2'])
  const field = elementAt(root, 'xnat:fields/xnat:field')
  assert.deepEqual([field?.attributes.name, field?.text.trim()], ['test01', '12'])
})

test('hierarchy 22: floats keep a fraction in XML', async () => {
  const subject = await xmlAt('/data/projects/XDOC/subjects/S1')
  assert.equal(elementAt(subject, 'xnat:demographics/xnat:weight')?.text.trim(), '12.0')
})

test('hierarchy 22: a hidden_fields comment on its own line follows the start tag of a record', async () => {
  const text = (await want(own('GET', `${at}?format=xml`), 200)).text
  assert.match(text, /<xnat:MRSession [^>]*>\n<!--hidden_fields\[[^\]]*\]-->/)
  assert.match(text, /<xnat:scan [^>]*>\n<!--hidden_fields\[[^\]]*xnat_imagescandata_id="\d+"[^\]]*\]-->/)
})

test('hierarchy 22: concealHiddenFields=true leaves those comments out', async () => {
  const text = (await want(own('GET', `${at}?format=xml&concealHiddenFields=true`), 200)).text
  assert.doesNotMatch(text, /hidden_fields/)
})

test('hierarchy 22: marks in values are escaped', async () => {
  const project = await xmlAt('/data/projects/XDOC')
  assert.equal(elementAt(project, 'xnat:description')?.text.trim(), 'this & <that>')
})

test('hierarchy 21: a subject document contains its experiments, a session its scans and reconstructions', async () => {
  const experiments = elementAt(await xmlAt('/data/projects/XDOC/subjects/S1'), 'xnat:experiments')
  const session = experiments?.children.find((one) => one.attributes.label === 'MR1')
  assert.equal(session?.attributes['xsi:type'], 'xnat:mrSessionData')
  assert.ok(elementAt(session!, 'xnat:scans/xnat:scan'))
  const reconstruction = elementAt(await xmlAt(at), 'xnat:reconstructions/xnat:reconstructedImage')
  assert.equal(reconstruction?.attributes.ID, 'R1')
})

test('hierarchy 119: a session document can be sent back as it came', async () => {
  const before = await itemAt(own, at)
  const text = (await want(own('GET', `${at}?format=xml`), 200)).text
  await want(own('PUT', at, xmlBody(text)), 200)
  assert.deepEqual((await itemAt(own, at)).data_fields, before.data_fields)
})

test('hierarchy 119: a subject document can be sent back as it came', async () => {
  const path = '/data/projects/XDOC/subjects/S1'
  const before = await itemAt(own, path)
  const text = (await want(own('GET', `${path}?format=xml`), 200)).text
  assert.equal((await want(own('PUT', path, xmlBody(text)), 200)).text, before.data_fields.ID)
  assert.deepEqual((await itemAt(own, path)).data_fields, before.data_fields)
})

test('hierarchy 143: a date-time is taken with T or a blank and written with T', async () => {
  const session = String((await itemAt(own, at)).data_fields.ID)
  for (const [label, sent] of [
    ['PROV1', '2017-01-02T12:30:45'],
    ['PROV2', '2017-01-02 12:30:45'],
    ['PROV3', '2017-01-02T12:30:45Z'],
  ] as const) {
    const sentXml = provenQcXml(`ID="" project="XDOC" label="${label}"`, session, sent)
    await want(own('PUT', `${at}/assessors/${label}`, xmlBody(sentXml)), 201)
    const root = await xmlAt(`${at}/assessors/${label}`)
    assert.equal(root.name, 'xnat:QCAssessment')
    const step = elementAt(root, 'xnat:provenance/prov:processStep')
    assert.match(elementAt(step!, 'prov:timestamp')?.text.trim() ?? '', /^2017-01-02T12:30:45(\.0+)?Z?$/)
    const program = elementAt(step!, 'prov:program')
    assert.deepEqual([program?.text.trim(), program?.attributes.arguments], ['recon-all -all', '-s -all'])
  }
})

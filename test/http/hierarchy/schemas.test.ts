import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { namespaces } from '../../../src/model/namespaces.ts'
import { schemaFile, schemas } from '../../../src/model/schemas.ts'
import type { Caller } from '../../support/caller.ts'
import { startSite, type TestSite } from '../../support/site.ts'
import { validated, withoutXmllint } from '../../support/xmllint.ts'
import {
  makeAssessor,
  makeProject,
  makeSession,
  makeSubject,
  query,
  sessionAt,
  storeFile,
  want,
  xmlBody,
} from './stage.ts'

let site: TestSite
let own: Caller
const without = await withoutXmllint()

before(async () => {
  site = await startSite()
  await site.addUser('own')
  own = site.as('own')
})
after(() => site?.close())

test('hierarchy 184: the schemas are listed, and each is served under its name', async () => {
  const listed = await want(own('GET', '/xapi/schemas?format=json'), 200)
  assert.equal(listed.type, 'application/json')
  const names: string[] = listed.json()
  for (const name of ['xnat', 'xdat', 'assessments', 'pipeline/workflow']) assert.ok(names.includes(name), name)
  assert.ok(names.length > 10)
  for (const name of names) {
    const schema = await want(own('GET', `/xapi/schemas/${name}`, { headers: { 'accept-encoding': 'identity' } }), 200)
    assert.equal(schema.type, 'application/xml')
    assert.equal(schema.headers['content-encoding'], undefined)
    assert.match(schema.text, /^<\?xml [^>]*>\n<xs:schema targetNamespace="/)
  }
  const twice = await want(own('GET', '/xapi/schemas/xnat/xnat'), 200)
  assert.equal(twice.text, (await want(own('GET', '/xapi/schemas/xnat'), 200)).text)
  for (const unknown of ['nothing', 'pipeline/nothing', 'pipeline', 'xnat/xdat'])
    await want(own('GET', `/xapi/schemas/${unknown}`), 404)
  await want(site.as(null)('GET', '/xapi/schemas'), 401)
})

test('hierarchy 184: documents name the address of their schema, which anybody may read', async () => {
  const anybody = site.as(null)
  const schema = await want(anybody('GET', '/schemas/xnat/xnat.xsd'), 200)
  assert.equal(schema.text, (await want(own('GET', '/xapi/schemas/xnat'), 200)).text)
  for (const [, place = ''] of schema.text.matchAll(/schemaLocation="\.\.(\/[^"]+)"/g))
    await want(anybody('GET', `/schemas${place}`), 200)
  await want(anybody('GET', '/schemas/pipeline/workflow.xsd'), 200)
  await want(anybody('GET', '/schemas/xnat/nothing.xsd'), 404)
  await want(anybody('GET', '/schemas/xnat/..%2f..%2fmain.ts'), 404)
})

test('hierarchy 184: the documents of a project satisfy the schemas', { skip: without }, async () => {
  await makeProject(own, 'XSD', { description: 'valid', alias: 'valid', pi_firstname: 'Ann', pi_lastname: 'Archer' })
  const protocol = `<xnat:Project xmlns:xnat="${namespaces['xnat']}" xmlns:xsi="${namespaces['xsi']}" ID="XSD">
    <xnat:studyProtocol xsi:type="xnat:datatypeProtocol" ID="XSD_subjectData" name="Subjects" data-type="xnat:subjectData">
    <xnat:definitions><xnat:definition ID="mine" data-type="xnat:subjectData"><xnat:fields><xnat:field name="cv" datatype="string">
    <xnat:possibleValues><xnat:possibleValue>a</xnat:possibleValue></xnat:possibleValues></xnat:field></xnat:fields></xnat:definition></xnat:definitions>
    </xnat:studyProtocol></xnat:Project>`
  await want(own('PUT', '/data/projects/XSD', xmlBody(protocol)), 200)
  await makeSubject(own, 'XSD', 'S1', {
    gender: 'female',
    yob: '1970',
    'xnat:subjectData/fields/field[name=cv]/field': 'a',
  })
  await makeSession(own, 'XSD/S1/MR1', { date: '2024-03-05', 'xnat:mrSessionData/fields/field[name=cv]/field': 'x' })
  await makeSession(own, 'XSD/S1/PET1', {
    xsiType: 'xnat:petSessionData',
    'xnat:petSessionData/tracer/startTime': '10:11:12',
  })
  const mr = sessionAt('XSD/S1/MR1')
  const scan = {
    xsiType: 'xnat:mrScanData',
    type: 'T1',
    'xnat:mrScanData/parameters/voxelRes/x': '0.9375',
    'xnat:mrScanData/parameters/addParam[name=foo]/addField': 'bar',
  }
  await want(own('PUT', `${mr}/scans/1${query(scan)}`), 200)
  await storeFile(own, `${mr}/scans/1`, 'DICOM/files/a.dcm', 'x')
  await makeAssessor(own, 'XSD/S1/MR1', 'QC1', { 'xnat:qcManualAssessorData/pass': 'true' })
  const places = [
    '/data/projects/XSD',
    '/data/projects/XSD/subjects/S1',
    mr,
    sessionAt('XSD/S1/PET1'),
    `${mr}/scans/1`,
    `${mr}/assessors/QC1`,
    '/data/projects/XSD/archive_spec',
    `${mr}/scans/1/resources/DICOM`,
  ]
  const documents: Record<string, string> = {}
  for (const [at, place] of places.entries())
    documents[`${at}.xml`] = (await want(own('GET', `${place}?format=xml`), 200)).text
  assert.match(documents['1.xml'] ?? '', /<xnat:field name="cv">/)
  const [texts, uris]: Record<string, string>[] = [{}, {}]
  for (const schema of schemas) {
    texts![schemaFile(schema)] = (await want(own('GET', `/schemas/${schemaFile(schema)}`), 200)).text
    uris![schemaFile(schema)] = /targetNamespace="([^"]+)"/.exec(texts![schemaFile(schema)]!)?.[1] ?? ''
  }
  const { code, said } = await validated(texts!, uris!, documents)
  assert.equal(code, 0, said)
})

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { file } from '../../dicom/encodings.ts'
import type { Caller } from '../../support/caller.ts'
import { MR_STORAGE } from '../../support/dicom.ts'
import { type Cast, castOf, startSite, type TestSite } from '../../support/site.ts'

let site: TestSite
let cast: Cast
let admin: Caller

before(async () => {
  site = await startSite()
  cast = await castOf(site, 'MAP')
  admin = cast.admin
})
after(() => site?.close())

const ROOT = '/xapi/dicom_mappings'
const WEIGHT = {
  scope: 'Site',
  fieldName: 'patientweight',
  fieldType: 'float',
  dicomTag: '0x00101030',
  schemaElement: 'xnat:mrSessionData',
}
const put = (call: Caller, mapping: object) =>
  call('PUT', `${ROOT}/update`, { headers: { 'content-type': 'application/json' }, body: JSON.stringify(mapping) })

test('import 121: mappings are for administrators', async () => {
  for (const call of [cast.own, cast.str]) {
    assert.equal((await call('GET', ROOT)).status, 403)
    assert.equal((await put(call, WEIGHT)).status, 403)
    assert.equal((await call('DELETE', `${ROOT}/1`)).status, 403)
  }
  assert.equal((await cast.anon('GET', ROOT)).status, 401)
})

test('import 121: mappings of site and project are made, changed, listed and removed', async () => {
  const made = await put(admin, WEIGHT)
  assert.equal(made.status, 200)
  const { id, ...values } = made.json()
  assert.deepEqual(values, { ...WEIGHT, scopeObjectId: null })
  const own = (await put(admin, { ...WEIGHT, scope: 'Project', scopeObjectId: 'MAP', fieldType: 'String' })).json()
  assert.deepEqual([own.scope, own.scopeObjectId, own.fieldType], ['Project', 'MAP', 'string'])
  const changed = await put(admin, { ...WEIGHT, id, fieldName: 'weight', schemaElement: 'xnat:ctScanData' })
  assert.equal(changed.status, 200)
  const listed = (await admin('GET', ROOT)).json()
  assert.deepEqual(listed, [
    { ...WEIGHT, id, scopeObjectId: null, fieldName: 'weight', schemaElement: 'xnat:ctScanData' },
    own,
  ])
  for (const each of [id, own.id]) assert.equal((await admin('DELETE', `${ROOT}/${each}`)).status, 200)
  assert.deepEqual((await admin('GET', ROOT)).json(), [])
  assert.equal((await admin('DELETE', `${ROOT}/${id}`)).status, 404)
  assert.equal((await put(admin, { ...WEIGHT, id })).status, 404)
})

test('a mapping of a project goes with it', async () => {
  await admin('PUT', '/data/projects/GONE')
  await put(admin, { ...WEIGHT, scope: 'Project', scopeObjectId: 'GONE' })
  assert.equal((await admin('DELETE', '/data/projects/GONE')).status, 200)
  assert.deepEqual((await admin('GET', ROOT)).json(), [])
})

test('import 122: a tag has 32 bits without sign, and what is wrong is named', async () => {
  const high = await put(admin, { ...WEIGHT, dicomTag: '0xF2151050' })
  assert.deepEqual([high.status, high.json().dicomTag], [200, '0xF2151050'])
  await admin('DELETE', `${ROOT}/${high.json().id}`)
  for (const [wrong, says] of [
    [{ dicomTag: '0x1F2151050' }, /tag/],
    [{ dicomTag: 'PatientWeight' }, /tag/],
    [{ schemaElement: 'xnat:subjectData' }, /xnat:subjectData/],
    [{ schemaElement: 'no:such' }, /no:such/],
    [{ scope: 'Project', scopeObjectId: 'NOBODY' }, /NOBODY/],
    [{ scope: 'Project' }, /project/],
    [{ scope: 'Planet' }, /Site or Project/],
    [{ fieldType: 'colour' }, /string, integer/],
    [{ fieldName: '' }, /name/],
  ] as const) {
    const reply = await put(admin, { ...WEIGHT, ...wrong })
    assert.equal(reply.status, 400, JSON.stringify(wrong))
    assert.match(reply.text, says)
  }
  assert.deepEqual((await admin('GET', ROOT)).json(), [])
  assert.equal((await put(admin, [])).status, 400)
})

test('import 121: pullDataFromHeaders makes the fields too, for the types that are named', async () => {
  const mappings = [
    { ...WEIGHT, fieldType: 'float' },
    { ...WEIGHT, fieldName: 'uid', fieldType: 'string', dicomTag: '00080018' },
    { ...WEIGHT, fieldName: 'ct', schemaElement: 'xnat:ctSessionData' },
    { ...WEIGHT, fieldName: 'secret', fieldType: 'string', dicomTag: '0x00091001', schemaElement: 'xnat:mrScanData' },
    { ...WEIGHT, fieldName: 'project', scope: 'Project', scopeObjectId: 'MAP', fieldType: 'integer' },
  ]
  for (const mapping of mappings) assert.equal((await put(admin, mapping)).status, 200)
  const path = '/data/projects/MAP/subjects/S1/experiments/PULL'
  await cast.own('PUT', `${path}?xsiType=xnat:mrSessionData`)
  await cast.own('PUT', `${path}/scans/1?xsiType=xnat:mrScanData`)
  for (const number of [1, 2]) {
    const body = file([
      ['00080016', 'UI', MR_STORAGE],
      ['00080018', 'UI', `1.2.${number}`],
      ['00091001', 'LO', 'hidden'],
      ['00101030', 'DS', '68.0388641550'],
      ['0020000D', 'UI', '1.2'],
      ['0020000E', 'UI', '1.2.9'],
    ])
    const headers = { 'content-type': 'application/octet-stream' }
    await cast.own('PUT', `${path}/scans/1/resources/DICOM/files/${number}.dcm?inbody=true`, { headers, body })
  }
  assert.equal((await cast.own('PUT', `${path}?pullDataFromHeaders=true`)).status, 200)
  const document = (await cast.own('GET', `${path}?format=json`)).json().items[0]
  const named = (field: string, children: { field: string; items: { data_fields: Record<string, string> }[] }[]) =>
    children.find((child) => child.field === field)?.items.map(({ data_fields }) => data_fields)
  assert.deepEqual(
    named('fields/field', document.children)?.map(({ name, field }) => [name, field]),
    [['patientweight', '68.038864155']],
  )
  const scan = (await cast.own('GET', `${path}/scans/1?format=json`)).json().items[0]
  assert.deepEqual(
    named('parameters/addParam', scan.children)?.map(({ name, addField }) => [name, addField]),
    [['secret', 'hidden']],
  )
})

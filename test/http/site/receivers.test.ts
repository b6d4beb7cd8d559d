import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Caller } from '../../support/caller.ts'
import { instance } from '../../support/dicom.ts'
import { startSite, type TestSite } from '../../support/site.ts'

let site: TestSite
let admin: Caller
let own: Caller

before(async () => {
  site = await startSite()
  await site.addUser('own')
  admin = site.as('admin')
  own = site.as('own')
})
after(() => site?.close())

const root = '/xapi/dicomscp'
const json = (value: unknown) => ({ headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) })
const make = (fields: object) => admin('POST', root, json(fields))

test('the receiver XNAT on port 8104 is there from the start', async () => {
  const [first, ...others] = (await own('GET', root)).json()
  assert.deepEqual(others, [])
  const { created, timestamp, ...rest } = first
  assert.ok(created > Date.parse('2024-01-01') && timestamp === created)
  assert.deepEqual(rest, {
    id: 1,
    aeTitle: 'XNAT',
    port: 8104,
    identifier: 'dicomObjectIdentifier',
    fileNamer: null,
    enabled: true,
    customProcessing: false,
    directArchive: false,
    anonymizationEnabled: true,
    whitelistEnabled: false,
    whitelist: [],
    routingExpressionsEnabled: false,
    projectRoutingExpression: null,
    subjectRoutingExpression: null,
    sessionRoutingExpression: null,
    disabled: 0,
    label: 'XNAT:8104',
  })
})

test('a receiver is made, read, changed in part, switched and removed; unknown keys are passed over', async () => {
  const made = await make({
    aeTitle: 'MADE',
    port: 28_501,
    host: 'x',
    id: 77,
    whitelist: ['A@10.0.0.0/8'],
    enabled: 'false',
  })
  assert.equal(made.status, 200)
  const { id } = made.json()
  assert.deepEqual([id !== 77, made.json().enabled, made.json().whitelist], [true, false, ['A@10.0.0.0/8']])
  assert.deepEqual((await admin('GET', `${root}/${id}`)).json(), made.json())
  assert.equal((await admin('GET', `${root}/title/MADE/28501`)).json().id, id)
  const changed = (await admin('PUT', `${root}/${id}`, json({ id: 1, directArchive: true, whitelist: null }))).json()
  assert.deepEqual([changed.id, changed.aeTitle, changed.directArchive, changed.whitelist], [id, 'MADE', true, []])
  assert.equal((await admin('PUT', `${root}/${id}/enabled/true`)).json().enabled, true)
  assert.equal((await admin('GET', `${root}/${id}/enabled`)).text, 'true')
  assert.equal((await admin('PUT', `${root}/${id}/enabled/maybe`)).status, 400)
  assert.deepEqual(
    [(await admin('DELETE', `${root}/${id}`)).status, (await admin('DELETE', `${root}/${id}`)).status],
    [200, 404],
  )
  for (const path of [`${root}/${id}`, `${root}/${id}/enabled`, `${root}/x`, `${root}/title/MADE/28501`])
    assert.equal((await admin('GET', path)).status, 404, path)
  assert.equal((await admin('PUT', `${root}/${id}`, json({}))).status, 404)
})

test('import 127: a title and port that are taken, a bad title and an unknown identifier are 400', async () => {
  const refused = async (fields: object, words: RegExp) => {
    const reply = await make({ aeTitle: 'FRESH', port: 28_502, ...fields })
    assert.equal(reply.status, 400, JSON.stringify(fields))
    assert.match(reply.text, words)
  }
  await refused({ aeTitle: 'XNAT', port: 8104 }, /XNAT:8104 already/)
  for (const aeTitle of ['', 'SEVENTEEN_LETTERS', ' A', 'A ', 'A\\B', 'Ä', 'A\tB'])
    await refused({ aeTitle }, /is no AE title/)
  for (const port of [65_536, 1.5, 'x', -1, null, undefined]) await refused({ port }, /port must be a number/)
  const silent = (await make({ aeTitle: 'SILENT', port: 0 })).json()
  assert.deepEqual([silent.port, silent.enabled, silent.label], [0, true, 'SILENT:0'], 'xnatctl counts on it')
  await admin('DELETE', `${root}/${silent.id}`)
  await refused({ identifier: 'unknownIdentifier' }, /unknown DICOM Object Identifier 'unknownIdentifier'/)
  await refused({ whitelist: ['10.1.2.3/33'] }, /whitelist item '10\.1\.2\.3\/33'/)
  await refused({ whitelist: 'A' }, /whitelist .* list of texts/)
  await refused({ enabled: 'perhaps' }, /enabled .* true or false/)
  await refused({ aeTitle: 5 }, /aeTitle .* text/)
  assert.equal((await make([] as never)).status, 400)
  const { id } = (await make({ aeTitle: 'OTHER', port: 8104 })).json()
  assert.equal((await admin('PUT', `${root}/${id}`, json({ aeTitle: 'XNAT' }))).status, 400)
  assert.equal(
    (await admin('PUT', `${root}/${id}`, json({ aeTitle: 'OTHER' }))).status,
    200,
    'its own title is not taken',
  )
  await admin('DELETE', `${root}/${id}`)
})

test('import 128: others than administrators only see what there is', async () => {
  assert.equal((await own('POST', root, json({ aeTitle: 'OWN', port: 28_503 }))).status, 403)
  const refused: readonly (readonly [string, string])[] = [
    ['PUT', `${root}/1`],
    ['DELETE', `${root}/1`],
    ['GET', `${root}/1`],
    ['GET', `${root}/title/XNAT/8104`],
    ['GET', `${root}/1/enabled`],
    ['PUT', `${root}/1/enabled/false`],
    ['PUT', `${root}/start`],
    ['PUT', `${root}/stop`],
    ['PUT', `${root}/identifiers`],
    ['PUT', `${root}/identifiers/default`],
  ]
  for (const [method, path] of refused) assert.equal((await own(method, path)).status, 403, `${method} ${path}`)
  assert.equal((await site.as(null)('GET', root)).status, 401)
  assert.equal((await own('GET', root)).json().length, 1)
})

test('the identifiers are listed with their names, and each tells its implementation', async () => {
  const name = 'dicomObjectIdentifier'
  const says = 'Default DICOM object identifier (ClassicDicomObjectIdentifier)'
  assert.deepEqual((await own('GET', `${root}/identifiers`)).json(), { [name]: says })
  for (const each of [name, 'default'])
    assert.equal(
      (await own('GET', `${root}/identifiers/${each}`)).json(),
      'org.nrg.dcm.id.ClassicDicomObjectIdentifier',
    )
  assert.equal((await own('GET', `${root}/identifiers/other`)).status, 404)
  assert.equal((await admin('PUT', `${root}/identifiers`)).status, 200)
  assert.equal((await admin('PUT', `${root}/identifiers/${name}`)).status, 200)
  assert.equal((await admin('PUT', `${root}/identifiers/other`)).status, 404)
})

test('a process that listens for no receivers starts and stops none', async () => {
  assert.deepEqual((await admin('PUT', `${root}/start`)).json(), [])
  assert.deepEqual((await admin('PUT', `${root}/stop`)).json(), [])
})

test('rules are looked at where they are in use; tags of the highest groups are tags', async () => {
  const routed = (projectRoutingExpression: string, routingExpressionsEnabled = true) =>
    make({ aeTitle: 'ROUTED', port: 28_504, projectRoutingExpression, routingExpressionsEnabled })
  for (const rules of ['(0008,0050)', '(0008,0050):[', '(1F215,1050):(.*)', 'rubbish'])
    assert.equal((await routed(rules)).status, 400, rules)
  const unused = await routed('rubbish', false)
  assert.equal(unused.status, 200)
  const path = `${root}/${unused.json().id}`
  assert.equal((await admin('PUT', path, json({ routingExpressionsEnabled: true }))).status, 400)
  const rules = '(F215,1050):(.*)\n(0008,0050):^[0-9]{4}(.*):1 t:6 r:X'
  const reply = await admin('PUT', path, json({ routingExpressionsEnabled: true, projectRoutingExpression: rules }))
  assert.deepEqual([reply.status, reply.json().projectRoutingExpression], [200, rules])
  await admin('DELETE', path)
})

test('import 91: rules of receivers count for nothing in an import over the web, and neither does having no receiver', async () => {
  for (const project of ['HEADER', 'RULED']) await admin('PUT', `/data/projects/${project}`)
  const rules = { routingExpressionsEnabled: true, projectRoutingExpression: '(0008,0050):(.*)' }
  assert.equal((await admin('PUT', `${root}/1`, json(rules))).status, 200)
  const uploaded = async (number: number) => {
    const values = { SOPInstanceUID: `1.2.3.${number}`, AccessionNumber: 'RULED', PatientComments: 'Project:HEADER' }
    const headers = { 'content-type': 'application/dicom' }
    const path = '/data/services/import?import-handler=gradual-DICOM&inbody=true'
    return (await admin('POST', path, { headers, body: instance(values) })).text
  }
  assert.match(await uploaded(1), /\/prearchive\/projects\/HEADER\//)
  assert.equal((await admin('DELETE', `${root}/1`)).status, 200)
  assert.deepEqual((await own('GET', root)).json(), [])
  assert.match(await uploaded(2), /\/prearchive\/projects\/HEADER\//)
})

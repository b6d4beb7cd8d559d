import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { commentsIn, findXml, readXml, type XmlElement } from '../../support/xml-tree.ts'
import { is, MR, openSetting, plain, query, type Session, type Setting } from './setting.ts'

let here: Setting
before(async () => {
  here = await openSetting()
})
after(() => here?.site.close())

const NAMESPACE = 'http://nrg.wustl.edu/xnat'
const SCHEMA_INSTANCE = 'http://www.w3.org/2001/XMLSchema-instance'

const xml = async (at: Session, scan = '1', more = ''): Promise<XmlElement> =>
  readXml((await here.own('GET', `${at.scans}/${scan}?format=xml${more}`)).text)

const FILLED = `${MR}&${query({
  type: 'T1',
  UID: '1.2.3',
  note: 'moved',
  quality: 'usable',
  series_description: 't1_mprage',
  fieldStrength: '3.0',
  frames: '176',
  'xnat:mrScanData/parameters/tr': '2300',
  'xnat:mrScanData/parameters/voxelRes/x': '1.0',
  'xnat:mrScanData/parameters/voxelRes/y': '0.9375',
  'xnat:mrScanData/parameters/fov/x': '240',
  'xnat:mrScanData/dcmValidation/status': 'true',
})}`

async function filled(): Promise<Session> {
  const at = await here.session()
  await here.put(at, '1', FILLED)
  return at
}

for (const [line, tail, accept, type] of [
  ['55', '', '*/*', 'text/html'],
  ['55', '?format=html', '*/*', 'text/html'],
  ['55', '', 'text/html,*/*;q=0.8', 'text/html'],
  ['66', '?format=xml', '*/*', 'text/xml'],
  ['66', '', 'text/xml', 'text/xml'],
  ['70', '?format=csv', '*/*', 'text/csv'],
  ['71', '?format=zip', '*/*', 'text/xml'],
  ['71', '?format=txt', '*/*', 'text/xml'],
  ['71', '?format=bogus', '*/*', 'text/xml'],
  ['section 3.1', '?format=json', 'text/html', 'application/json'],
  ['section 3.1', '?format=xml', 'application/json', 'text/xml'],
  ['section 3.1', '?format=application/json', '*/*', 'application/json'],
] as const) {
  // Titles: scans 55, 70, 71.
  test(`scans ${line}: one scan with ${tail || 'no format'} and Accept ${accept} answers ${type}`, async () => {
    const at = await here.sessionWith('1')
    const reply = await here.own('GET', `${at.scans}/1${tail}`, { headers: { accept } })
    is(reply, 200)
    assert.equal(reply.type, type)
  })
}

test('scans 55: the page names the type in its title and shows ID, type and description', async () => {
  const at = await filled()
  await here.own('PUT', `${at.scans}/1/resources/DICOM`)
  await here.own('PUT', `${at.scans}/1/resources/SNAPSHOTS`)
  const { text } = await here.own('GET', `${at.scans}/1`)
  assert.match(text, /^<!DOCTYPE/i)
  assert.ok(text.includes('<title>MRScan Details</title>'), text.slice(0, 300))
  for (const shown of ['T1', 't1_mprage', 'DICOM', 'SNAPSHOTS', 'series_description'])
    assert.ok(text.includes(shown), shown)
})

test('scans 55: the page escapes everything', async () => {
  const at = await here.session()
  await here.put(at, '1', `${MR}&note=${encodeURIComponent('<script>alert("x")</script>')}`)
  const { text } = await here.own('GET', `${at.scans}/1`)
  assert.ok(!text.includes('<script>alert'), 'the note is markup')
  assert.ok(plain(text).includes('<script>alert("x")</script>'), 'the note is missing')
})

test('scans 66: the XML root is the type with its namespace and the ID', async () => {
  const reply = await here.own('GET', `${(await filled()).scans}/1?format=xml`)
  assert.match(reply.text, /^<\?xml version="1\.0" encoding="UTF-8"/)
  const root = readXml(reply.text)
  assert.deepEqual([root.local, root.uri, root.name], ['MRScan', NAMESPACE, 'xnat:MRScan'])
  assert.equal(root.attributes['ID'], '1')
})

test('scans section 3.4: the root declares the prefixes that clients need and the place of the schema', async () => {
  const { attributes } = await xml(await filled())
  assert.equal(attributes['xmlns:xnat'], NAMESPACE)
  assert.equal(attributes['xmlns:xsi'], SCHEMA_INSTANCE)
  assert.match(
    attributes['xsi:schemaLocation'] ?? '',
    /(^| )http:\/\/nrg\.wustl\.edu\/xnat https?:\/\/\S+\/schemas\/\S+\.xsd/,
  )
})

test('scans 67: ID, type, UID and project are attributes, the rest elements', async () => {
  const at = await filled()
  const root = await xml(at)
  const { ID, type, UID, project } = root.attributes
  assert.deepEqual([ID, type, UID, project], ['1', 'T1', '1.2.3', 'PRJ1'])
  assert.equal(findXml(root, 'image_session_ID')?.text, at.id)
  assert.equal(findXml(root, 'note')?.text, 'moved')
  assert.equal(findXml(root, 'quality')?.text, 'usable')
  for (const name of ['type', 'UID', 'ID']) assert.equal(findXml(root, name), undefined, name)
  for (const name of ['note', 'quality', 'frames']) assert.equal(root.attributes[name], undefined, name)
})

test('scans 67: every element is in the namespace, under its prefix', async () => {
  const root = await xml(await filled())
  for (const element of root.children) assert.equal(element.name, `xnat:${element.local}`)
})

test('scans 68: elements stand in the order of the schema', async () => {
  const root = await xml(await filled())
  const order = ['image_session_ID', 'note', 'quality', 'series_description', 'frames', 'fieldStrength', 'parameters']
  assert.deepEqual(
    root.children.map((child) => child.local),
    [...order, 'dcmValidation'],
  )
})

test('scans section 3.4: numbers keep their text form and booleans are digits', async () => {
  const root = await xml(await filled())
  assert.equal(findXml(root, 'parameters', 'tr')?.text, '2300.0')
  assert.equal(findXml(root, 'fieldStrength')?.text, '3.0')
  assert.equal(findXml(root, 'frames')?.text, '176')
  const { x, y, z } = findXml(root, 'parameters', 'voxelRes')?.attributes ?? {}
  assert.deepEqual([x, y, z], ['1.0', '0.9375', undefined])
  assert.equal(findXml(root, 'parameters', 'fov')?.attributes['x'], '240')
  assert.equal(findXml(root, 'dcmValidation')?.attributes['status'], '1')
})

test('scans section 3.4: empty fields and containers are left out', async () => {
  const root = await xml(await here.sessionWith('1'))
  assert.deepEqual(
    root.children.map((child) => child.local),
    ['image_session_ID'],
  )
})

test('scans section 3.4: a resource is a file element with its type, before startTime', async () => {
  const at = await here.session()
  await here.put(at, '1', `${MR}&scanTime=10:12:33&frames=3`)
  await here.own('PUT', `${at.scans}/1/resources/DICOM?format=DICOM&content=RAW`)
  await here.store(at, '1', 'DICOM/files/a', 'four')
  const root = await xml(at)
  assert.deepEqual(
    root.children.map((child) => child.local),
    ['image_session_ID', 'frames', 'file', 'startTime'],
  )
  const { label, format, content, file_count, file_size, 'xsi:type': type } = findXml(root, 'file')?.attributes ?? {}
  assert.deepEqual([label, format, content, file_count, file_size], ['DICOM', 'DICOM', 'RAW', '1', '4'])
  assert.equal(type, 'xnat:resourceCatalog')
})

test('scans 69: concealHiddenFields leaves no comment', async () => {
  const at = await filled()
  await here.own('PUT', `${at.scans}/1/resources/DICOM`)
  assert.deepEqual(commentsIn(await xml(at, '1', '&concealHiddenFields=true')), [])
})

test('scans section 3.4: a record of its own begins with a newline and the comment of its hidden fields', async () => {
  const at = await filled()
  await here.own('PUT', `${at.scans}/1/resources/DICOM`)
  const root = await xml(at)
  for (const element of [root, findXml(root, 'file')]) {
    const [first, second] = element?.nodes ?? []
    assert.deepEqual(first, { text: '\n' })
    assert.match((second as { comment: string }).comment, /^hidden_fields\[.*\]$/)
  }
})

test('scans 143: the text of an addParam follows a newline and a comment', async () => {
  const at = await filled()
  await here.put(at, '1', `xnat:mrScanData/parameters/addParam[name=P]/addField=${encodeURIComponent('A>>P')}`)
  const parameter = findXml(await xml(at), 'parameters', 'addParam')
  assert.equal(parameter?.attributes['name'], 'P')
  const [newline, comment, value, ...more] = parameter?.nodes ?? []
  assert.deepEqual([newline, value, more], [{ text: '\n' }, { text: 'A>>P' }, []])
  assert.match((comment as { comment: string }).comment, /^hidden_fields\[/)
})

test('scans 143: concealed, an addParam is its bare value', async () => {
  const at = await filled()
  await here.put(at, '1', 'xnat:mrScanData/parameters/addParam[name=P]/addField=v')
  const parameter = findXml(await xml(at, '1', '&concealHiddenFields=true'), 'parameters', 'addParam')
  assert.deepEqual(parameter?.nodes, [{ text: 'v' }])
})

test('scans 132: markup in fields and attributes is escaped in the XML of one scan', async () => {
  const at = await here.session()
  const odd = `A&B <c> "d" 'e' ]]> -->`
  await here.put(at, '1', `${MR}&${query({ note: odd, type: odd })}`)
  const root = await xml(at)
  assert.equal(findXml(root, 'note')?.text, odd)
  assert.equal(root.attributes['type'], odd)
  assert.equal((await here.fields(at, '1'))['note'], odd)
})

test('scans 70: the CSV of one scan has the keys of its JSON and one line of values', async () => {
  const at = await here.session()
  await here.put(at, '1', `${MR}&${query({ note: 'a, "b"', frames: '12', type: 'T1' })}`)
  const reply = await here.own('GET', `${at.scans}/1?format=csv`)
  const [header, values, rest, ...more] = reply.text.split('\n')
  assert.deepEqual([rest, more], ['', []])
  const fields = await here.fields(at, '1')
  assert.deepEqual(header?.split(',').sort(), Object.keys(fields).sort())
  assert.ok(`,${values},`.includes(',"a, ""b""",') && `,${values},`.includes(',12,'), String(values))
  assert.equal((await here.own('GET', `${at.scans}/1?format=csv`)).text, reply.text)
})

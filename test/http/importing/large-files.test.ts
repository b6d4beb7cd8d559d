import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { tarOf, zipOf } from '../../support/archives.ts'
import type { Caller } from '../../support/caller.ts'
import { instance, UID_ROOT } from '../../support/dicom.ts'
import { startSite, type TestSite } from '../../support/site.ts'

let site: TestSite
let admin: Caller

before(async () => {
  site = await startSite()
  admin = site.as('admin')
  await admin('PUT', '/data/projects/LRG')
})
after(() => site?.close())

const MIB = 1024 ** 2
const send = (type: string, body: Uint8Array, query = '') =>
  admin('POST', `/data/services/import?import-handler=DICOM-zip&project=LRG&${query}`, {
    headers: { 'content-type': type },
    body,
  })

const noise = { name: 'noise.bin', body: randomBytes(20 * MIB) }
const object = { name: 'a.dcm', body: instance({ StudyInstanceUID: `${UID_ROOT}.9`, SeriesInstanceUID: '1.9' }) }

/** A sender reads the answer only when it got rid of all it has to say. */
const bounded = { timeout: 120_000 }

test('import 28: a large file that is no DICOM object is refused by name, in whatever it comes', bounded, async () => {
  const packed = await tarOf([noise, object])
  for (const [type, body] of [
    ['application/zip', zipOf([{ ...noise, method: 0 }, object])],
    ['application/zip', zipOf([object, noise])],
    ['application/x-tar', packed],
    ['application/x-gtar', gzipSync(packed, { level: 1 })],
    ['application/octet-stream', noise.body],
  ] as const) {
    const reply = await send(type, body, 'action=commit&Ignore-Unparsable=false')
    assert.equal(reply.status, 400, type)
    assert.match(reply.text, /unable to read DICOM object (noise\.bin|upload)/)
    assert.deepEqual((await admin('GET', '/data/prearchive?format=json')).rows(), [])
  }
})

test('import 28: it is passed over where the sender wishes so', bounded, async () => {
  const reply = await send('application/zip', zipOf([noise, object]), 'Ignore-Unparsable=true')
  assert.equal(reply.status, 200, reply.text)
  assert.match(reply.text, /^\/data\/prearchive\/projects\/LRG\/\d+_\d+\/S01\r\n$/)
})

test('objects with many pixels are taken while something after the pixels is mapped', bounded, async () => {
  const mapping = {
    scope: 'Site',
    fieldName: 'far',
    fieldType: 'string',
    dicomTag: '0xF2151050',
    schemaElement: 'xnat:mrSessionData',
  }
  const headers = { 'content-type': 'application/json' }
  await admin('PUT', '/xapi/dicom_mappings/update', { headers, body: JSON.stringify(mapping) })
  const body = instance({ PixelData: randomBytes(20 * MIB), PatientID: 'BIG' })
  const reply = await send('application/zip', zipOf([{ name: 'big.dcm', body, method: 0 }]), 'dest=/archive')
  assert.equal(reply.status, 200, reply.text)
  const rows = (await admin('GET', '/data/projects/LRG/experiments/BIG/scans/1/files?format=json')).rows()
  assert.deepEqual(
    rows.map((row) => [row['Name'], row['Size']]),
    [['big.dcm', String(body.length)]],
  )
})

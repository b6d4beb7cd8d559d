import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Caller, multipart } from '../../support/caller.ts'
import { instance, UID_ROOT } from '../../support/dicom.ts'
import { type Cast, castOf, startSite, type TestSite } from '../../support/site.ts'
import { doctypeXml, mrSessionXml, subjectXml } from './documents.ts'
import {
  bytesBody,
  childrenOf,
  column,
  itemAt,
  makeSession,
  makeSubject,
  rowsAt,
  sessionAt,
  storeFile,
  want,
  xmlBody,
} from './stage.ts'

let site: TestSite
let cast: Cast
let own: Caller
const at = sessionAt('UPL/S1/MR1')

before(async () => {
  site = await startSite()
  cast = await castOf(site, 'UPL')
  own = cast.own
  await makeSubject(own, 'UPL', 'S1')
  await makeSession(own, 'UPL/S1/MR1')
  await storeFile(own, at, 'KEPT/files/a.txt', 'kept')
})
after(() => site?.close())

test("hierarchy 208: a collaborator's upload is 200 and stores nothing", async () => {
  const before = await site.blobKeys()
  for (const file of [`${at}/resources/KEPT/files/c.txt`, `${at}/resources/NEW/files/c.txt`]) {
    const reply = await want(cast.col('PUT', `${file}?inbody=true`, bytesBody('unwanted')), 200)
    assert.equal(reply.text, '')
    await want(own('GET', file), 404)
  }
  assert.deepEqual(column(await rowsAt(own, `${at}/resources`), 'label'), ['KEPT'])
  await site.sweep()
  await site.sweep()
  assert.deepEqual((await site.blobKeys()).sort(), [...before].sort())
})

test("hierarchy 208: a collaborator's upload does not overwrite", async () => {
  const path = `${at}/resources/KEPT/files/a.txt`
  await want(cast.col('PUT', `${path}?inbody=true&overwrite=true`, bytesBody('changed')), 200)
  assert.equal((await want(own('GET', path), 200)).text, 'kept')
})

test("hierarchy 208: a collaborator's PUT of a folder is 403", async () => {
  await want(cast.col('PUT', `${at}/resources/FOLDER`), 403)
  assert.deepEqual(column(await rowsAt(own, `${at}/resources`), 'label'), ['KEPT'])
})

test("hierarchy 208: a member's DELETE of a file or folder is 403", async () => {
  await want(cast.mem('DELETE', `${at}/resources/KEPT/files/a.txt`), 403)
  await want(cast.mem('DELETE', `${at}/resources/KEPT`), 403)
  assert.equal((await want(own('GET', `${at}/resources/KEPT/files/a.txt`), 200)).text, 'kept')
})

test('hierarchy 208: a stranger finds nothing to write to', async () => {
  await want(cast.str('PUT', `${at}/resources/KEPT/files/s.txt?inbody=true`, bytesBody('x')), 404)
  await want(cast.str('PUT', `${at}/resources/S`), 404)
  await want(cast.str('DELETE', `${at}/resources/KEPT`), 404)
})

const upload = '/xapi/archive/upload/xml'

test('hierarchy 209: a document with a DOCTYPE is refused by name', async () => {
  const reply = await want(own('PUT', upload, xmlBody(doctypeXml)), 400)
  assert.match(reply.text, /DOCTYPE is disallowed/)
})

test('hierarchy 209: without one the change is stored', async () => {
  const id = await makeSubject(own, 'UPL', 'XML1', { education: '12' })
  const document = subjectXml(`ID="${id}" project="UPL" label="XML1" group="g"`, '<xnat:gender>male</xnat:gender>')
  await want(own('PUT', upload, xmlBody(document)), 200)
  const subject = await itemAt(own, `/data/subjects/${id}`)
  assert.equal(subject.data_fields.group, 'g')
  const { education, gender } = childrenOf(subject, 'demographics')[0]!.data_fields
  assert.deepEqual([education, gender], [12, 'male'])
})

test('hierarchy 209: allowDataDeletion=true removes what the document leaves out', async () => {
  const id = await makeSubject(own, 'UPL', 'XML2', { education: '12', gender: 'male' })
  const document = subjectXml(`ID="${id}" project="UPL" label="XML2"`, '<xnat:gender>male</xnat:gender>')
  await want(own('PUT', `${upload}?allowDataDeletion=true`, xmlBody(document)), 200)
  const { education, gender } = childrenOf(await itemAt(own, `/data/subjects/${id}`), 'demographics')[0]!.data_fields
  assert.deepEqual([education, gender], [undefined, 'male'])
})

test('hierarchy 209: sessions are found by their ID, and rights are asked for', async () => {
  const id = await makeSession(own, 'UPL/S1/XMLMR')
  const document = mrSessionXml(`ID="${id}" project="UPL" label="XMLMR"`, '<xnat:note>by document</xnat:note>')
  await want(cast.col('PUT', upload, xmlBody(document)), 403)
  assert.equal((await itemAt(own, `/data/experiments/${id}`)).data_fields.note, undefined)
  await want(own('PUT', upload, xmlBody(document)), 200)
  assert.equal((await itemAt(own, `/data/experiments/${id}`)).data_fields.note, 'by document')
})

const cache = '/data/user/cache/resources'

test('hierarchy 210: PUT of a file to the user cache is 200', async () => {
  await want(own('PUT', `${cache}/DROP/files/a/b.txt?inbody=true`, bytesBody('cached')), 200)
  assert.equal((await want(own('GET', `${cache}/DROP/files/a/b.txt`), 200)).text, 'cached')
})

test('hierarchy 210: POST is 201 and keeps the name of the part', async () => {
  await want(own('POST', `${cache}/DROP2/files`, multipart([{ field: 'f', filename: 'p.txt', body: 'posted' }])), 201)
  assert.equal((await want(own('GET', `${cache}/DROP2/files/p.txt`), 200)).text, 'posted')
})

test('hierarchy 210: another user does not see it', async () => {
  await want(own('PUT', `${cache}/SECRET/files/s.txt?inbody=true`, bytesBody('mine')), 200)
  await want(cast.str('GET', `${cache}/SECRET/files/s.txt`), 404)
})

/** A session with two scans of type Unknown whose headers tell more. */
async function unknownScans(label: string): Promise<string> {
  const path = sessionAt(`UPL/S1/${label}`)
  await makeSession(own, `UPL/S1/${label}`)
  for (const [scan, description] of [
    ['1', 'T1 MPRAGE'],
    ['2', 'BOLD rest'],
  ] as const) {
    await want(own('PUT', `${path}/scans/${scan}?xsiType=xnat:mrScanData&type=Unknown`), 200, 201)
    const file = instance({
      StudyInstanceUID: `${UID_ROOT}.5`,
      SeriesInstanceUID: `${UID_ROOT}.5.${scan}`,
      SOPInstanceUID: `${UID_ROOT}.5.${scan}.1`,
      SeriesDescription: description,
      SeriesNumber: Number(scan),
    })
    await want(own('PUT', `${path}/scans/${scan}/resources/DICOM?format=DICOM&content=RAW`), 200)
    const body = { headers: { 'content-type': 'application/octet-stream' }, body: file }
    await want(own('PUT', `${path}/scans/${scan}/resources/DICOM/files/1.dcm?inbody=true`, body), 200)
  }
  return path
}

test('hierarchy 212: pullDataFromHeaders=true gives unknown scans the type of their headers', async () => {
  const path = await unknownScans('PULL')
  await want(own('PUT', `${path}?pullDataFromHeaders=true`), 200)
  const rows = await rowsAt(own, `${path}/scans?sortBy=ID`)
  assert.deepEqual(
    rows.map((row) => [row.ID, row.type]),
    [
      ['1', 'T1 MPRAGE'],
      ['2', 'BOLD rest'],
    ],
  )
})

test('hierarchy 212: action=pullDataFromHeaders does the same, and the session takes its headers too', async () => {
  const path = await unknownScans('PULL2')
  await want(own('PUT', `${path}?action=pullDataFromHeaders`), 200)
  assert.deepEqual(column(await rowsAt(own, `${path}/scans`), 'type'), ['BOLD rest', 'T1 MPRAGE'])
  const { date, UID, label } = (await itemAt(own, path)).data_fields
  assert.deepEqual([date, UID, label], ['2024-03-05', `${UID_ROOT}.5`, 'PULL2'])
})

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { zipOf } from '../../support/archives.ts'
import type { Caller } from '../../support/caller.ts'
import { instance, UID_ROOT, type Values } from '../../support/dicom.ts'
import { startSite, type TestSite } from '../../support/site.ts'

let site: TestSite
let admin: Caller

before(async () => {
  site = await startSite()
  admin = site.as('admin')
  for (const project of ['SEP', 'MAN']) assert.equal((await admin('PUT', `/data/projects/${project}`)).status, 200)
  assert.equal((await admin('PUT', '/data/projects/MAN/prearchive_code/0')).status, 200)
  for (const project of ['SEP', 'MAN']) await separate(project, 'separate')
})
after(() => site?.close())

const separate = (project: string, word: string) =>
  admin('PUT', `/data/projects/${project}/config/separatePETMR/config?inbody=true`, {
    headers: { 'content-type': 'text/plain' },
    body: word,
  })

const PET = { SOPClassUID: '1.2.840.10008.5.1.4.1.1.128', Modality: 'PT' }
const kinds: readonly Values[] = [
  { SeriesDescription: 't1', SeriesNumber: 1 },
  { SeriesDescription: 'Head_MRAC', SeriesNumber: 2 },
  { SeriesDescription: 'WB', SeriesNumber: 3, ...PET },
  {
    SeriesDescription: 'contours',
    SeriesNumber: 4,
    SOPClassUID: '1.2.840.10008.5.1.4.1.1.481.3',
    Modality: 'RTSTRUCT',
  },
]
let studies = 0

/** A study with two objects of each series. */
function study(label: string, series: readonly Values[] = kinds): Buffer {
  studies += 1
  const root = `${UID_ROOT}.98.${studies}`
  const objects = series.flatMap((values) => [1, 2].map((number) => ({ ...values, InstanceNumber: number })))
  return zipOf(
    objects.map((values, index) => ({
      name: `${index}.dcm`,
      body: instance({
        StudyInstanceUID: root,
        SeriesInstanceUID: `${root}.${values.SeriesNumber}`,
        SOPInstanceUID: `${root}.${values.SeriesNumber}.${values.InstanceNumber}`,
        PatientName: 'Both',
        PatientID: label,
        ...values,
      }),
    })),
  )
}

async function imported(query: string, body: Buffer): Promise<readonly string[]> {
  const headers = { 'content-type': 'application/zip' }
  const reply = await admin('POST', `/data/services/import?import-handler=DICOM-zip&${query}`, { headers, body })
  assert.equal(reply.status, 200, reply.text)
  return reply.text.split('\r\n').filter((line) => line !== '')
}

const scansOf = async (uri: string) =>
  (await admin('GET', `${uri}/scans?format=json&sortBy=ID`))
    .rows()
    .map((row) => [row['ID'], row['xsiType']?.replace(/^xnat:|ScanData$/g, '')])
const typeOf = async (uri: string) => (await admin('GET', `${uri}?format=json`)).json().items[0]
const waiting = async () => (await admin('GET', '/data/prearchive/projects/MAN?format=json')).rows()

test('import 98: separate gives one session of MR and one of PET, of the same study', async () => {
  const [mr = '', pet = '', ...others] = await imported('dest=/archive/projects/SEP', study('A_PETMR'))
  assert.deepEqual(others, [])
  assert.match(mr, /^\/data\/archive\/projects\/SEP\/subjects\/Both\/experiments\/A_MR$/)
  assert.match(pet, /\/experiments\/A_PET$/)
  assert.deepEqual(await scansOf(mr), [
    ['1', 'mr'],
    ['4', 'rtImage'],
  ])
  assert.deepEqual(await scansOf(pet), [
    ['2', 'mr'],
    ['3', 'pet'],
  ])
  const [first, second] = [await typeOf(mr), await typeOf(pet)]
  assert.deepEqual(
    [first, second].map(({ meta }) => meta['xsi:type']),
    ['xnat:mrSessionData', 'xnat:petSessionData'],
  )
  assert.equal(first.data_fields.UID, second.data_fields.UID)
  for (const [uri, scan, label] of [
    [mr, '1', 'DICOM'],
    [mr, '4', 'secondary'],
    [pet, '3', 'DICOM'],
  ])
    assert.equal((await admin('GET', `${uri}/scans/${scan}/resources/${label}/files?format=json`)).rows().length, 2)
  assert.deepEqual((await admin('GET', '/data/prearchive?format=json')).rows(), [])
})

test('import 98: labels that are taken get a number', async () => {
  const uris = await imported('dest=/archive/projects/SEP', study('A_PETMR'))
  assert.deepEqual(
    uris.map((uri) => uri.replace(/.*\//, '')),
    ['A_MR1', 'A_PET1'],
  )
})

test('import 98: petmr and pet make one session; PET with its attenuation maps alone is plain PET', async () => {
  await separate('SEP', 'petmr')
  const [both = ''] = await imported('dest=/archive/projects/SEP', study('B_petmr'))
  assert.deepEqual(
    [both.replace(/.*\//, ''), (await typeOf(both)).meta['xsi:type']],
    ['B_petmr', 'xnat:petmrSessionData'],
  )
  await separate('SEP', 'pet')
  const [one = ''] = await imported('dest=/archive/projects/SEP', study('C_petmr'))
  assert.deepEqual([one.replace(/.*\//, ''), (await typeOf(one)).meta['xsi:type']], ['C_PET', 'xnat:petSessionData'])
  await separate('SEP', 'separate')
  const [plain = '', ...others] = await imported('dest=/archive/projects/SEP', study('D', [kinds[1]!, kinds[2]!]))
  assert.deepEqual([others, plain.replace(/.*\//, '')], [[], 'D'])
  assert.equal((await typeOf(plain)).meta['xsi:type'], 'xnat:petSessionData')
})

test('import 98: in a project that archives nothing by itself two entries are READY, and archived one by one', async () => {
  const uris = await imported('project=MAN&action=commit', study('E'))
  const rows = await waiting()
  assert.deepEqual(rows.map((row) => [row['name'], row['status'], `/data${row['url']}`]).sort(), [
    ['E_MR', 'READY', uris[0]],
    ['E_PET', 'READY', uris[1]],
  ])
  for (const uri of uris) {
    const built = await admin('POST', `${uri}?action=build`)
    assert.deepEqual([built.status, built.text], [200, uri])
    const committed = await admin('POST', `${uri}?action=commit&AA=true`)
    assert.equal(committed.status, 301, committed.text)
  }
  assert.deepEqual(await waiting(), [])
})

test('import 98: an entry is taken apart by its commit, and archived where that is wanted', async () => {
  const [entry = ''] = await imported('project=MAN', study('F'))
  const held = await admin('POST', `${entry}?action=commit`)
  assert.equal(held.status, 200)
  assert.deepEqual(
    held.text.split('\r\n').map((uri) => uri.replace(/.*\//, '')),
    ['F_MR', 'F_PET'],
  )
  const [other = ''] = await imported('project=MAN', study('G'))
  const gone = await admin('POST', `${other}?action=commit&AA=true`)
  assert.equal(gone.status, 301)
  assert.match(gone.text, /^\/data\/archive\/projects\/MAN\/\S+\/G_MR\r\n\/data\/archive\/projects\/MAN\/\S+\/G_PET$/)
})

test('import 98: what belongs to no project stays whole until it is built in one that separates', async () => {
  const [entry = ''] = await imported('dest=/prearchive', study('H'))
  assert.match(entry, /\/Unassigned\//)
  const moved = await admin('POST', `${entry}?action=move&newProject=MAN`)
  assert.equal(moved.status, 301)
  const refused = await admin('POST', `/data/services/archive?src=${moved.text}`)
  assert.notEqual(refused.status, 200)
  assert.match(refused.text, /separates PET and MR/)
  const built = await admin('POST', `${moved.text}?action=build`)
  assert.deepEqual(
    built.text.split('\r\n').map((uri) => uri.replace(/.*\//, '')),
    ['H_MR', 'H_PET'],
  )
})

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { zipOf } from '../../support/archives.ts'
import type { Caller } from '../../support/caller.ts'
import { instance, UID_ROOT, type Values } from '../../support/dicom.ts'
import { type Cast, castOf, startSite, type TestSite } from '../../support/site.ts'

let site: TestSite
let cast: Cast
let own: Caller
let admin: Caller

before(async () => {
  site = await startSite()
  cast = await castOf(site, 'IDP')
  ;({ own, admin } = cast)
  assert.equal((await own('PUT', '/data/projects/IDQ')).status, 200)
})
after(() => site?.close())

const ZIP = { 'content-type': 'application/zip' }
const json = (body: unknown) => ({ headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
let studies = 0

/** A study of its own, one object for each of these. */
function study(...objects: readonly Values[]): Buffer {
  studies += 1
  const root = `${UID_ROOT}.77.${studies}`
  return zipOf(
    objects.map((values, index) => ({
      name: `${index + 1}.dcm`,
      body: instance({
        StudyInstanceUID: root,
        SeriesInstanceUID: `${root}.1`,
        SOPInstanceUID: `${root}.1.${index + 1}`,
        InstanceNumber: index + 1,
        PatientName: `N${studies}`,
        PatientID: `I${studies}`,
        ...values,
      }),
    })),
  )
}

/** Imports a study; resolves to the addresses of what was made. */
async function imported(query: string, body: Buffer, call = own): Promise<readonly string[]> {
  const reply = await call('POST', `/data/services/import?import-handler=DICOM-zip&${query}`, { headers: ZIP, body })
  assert.equal(reply.status, 200, reply.text)
  return reply.text.split('\r\n').filter((line) => line !== '')
}

async function archived(body: Buffer, query = ''): Promise<string> {
  const [uri = ''] = await imported(`dest=/archive&${query}`, body)
  return uri
}

const scansOf = async (uri: string) => (await own('GET', `${uri}/scans?format=json&sortBy=ID`)).rows()
const documentOf = async (uri: string) => (await own('GET', `${uri}?format=json`)).json().items[0]
const namesIn = async (uri: string, scan: string) =>
  (await own('GET', `${uri}/scans/${scan}/files?format=json`)).rows().map((row) => row['Name'])
const ruled = (name: string, rules: string, status = 'enabled') =>
  admin('PUT', `/data/config/dicom/${name}`, json({ status, contents: rules }))

for (const values of [
  { PatientComments: 'Project:IDQ' },
  { StudyComments: 'note; project : IDQ' },
  { AdditionalPatientHistory: 'Project:IDP2 Project:IDQ' },
  { StudyDescription: 'IDQ' },
  { AccessionNumber: 'IDQ' },
] satisfies Values[]) {
  test(`import 84: ${JSON.stringify(values)} leads to its project`, async () => {
    const uri = await archived(study({ ...values, PatientName: 'Sample Patient', PatientID: `Sample ID ${studies}` }))
    assert.match(uri, /^\/data\/archive\/projects\/IDQ\/subjects\/Sample_Patient\/experiments\/Sample_ID_\d+$/)
  })
}

test('import 85: what names no project, or one that the sender may not add to, is passed over', async () => {
  await admin('PUT', '/data/projects/SECRET?accessibility=private')
  const comments = { PatientComments: 'Project:NOBODY', StudyComments: 'Project:SECRET', AccessionNumber: 'IDP' }
  assert.match(await archived(study(comments)), /projects\/IDP\//)
})

test('import 86: comments name subject and session too', async () => {
  const uri = await archived(study({ PatientComments: 'Project:IDP, SUBJECT : s1;Session:e86' }))
  assert.equal(uri, '/data/archive/projects/IDP/subjects/s1/experiments/e86')
})

test('import 88, 89, 91: rules of the site come first, line by line, and can be switched off', async () => {
  await ruled('projectRules', '(0008,0060):(XX)\n(0020,0010):(.*):1 t:6 r:Q')
  await ruled('subjectRules', '(0010,0020):(.*)_.*')
  await ruled('sessionRules', '(0008,0060):(XX)\n(0010,0020):.*_([\\w]+)')
  const values = { StudyID: 'ID6', PatientComments: 'Project:IDP Subject:other', PatientID: 'sub_ses88' }
  assert.equal(await archived(study(values)), '/data/archive/projects/IDQ/subjects/sub/experiments/ses88')
  for (const name of ['projectRules', 'subjectRules', 'sessionRules'])
    await admin('PUT', `/data/config/dicom/${name}?status=disabled`)
  assert.match(await archived(study(values)), /projects\/IDP\/subjects\/other\/experiments\/sub_ses88$/)
})

test('import 92: a subject is found by its label in whatever letter case', async () => {
  assert.equal((await own('PUT', '/data/projects/IDP/subjects/Case_92')).status, 201)
  const uri = await archived(study({ PatientName: 'cASE_92', PatientID: 'E92' }), 'project=IDP')
  assert.equal(uri, '/data/archive/projects/IDP/subjects/Case_92/experiments/E92')
  const subjects = (await own('GET', '/data/projects/IDP/subjects?format=json')).rows().map((row) => row['label'])
  assert.deepEqual(
    subjects.filter((label) => label?.toLowerCase() === 'case_92'),
    ['Case_92'],
  )
})

test('import 99, 101, 102: scans by number, or by UID; other kinds of objects lie in secondary', async () => {
  const structure = { SOPClassUID: '1.2.840.10008.5.1.4.1.1.481.3', Modality: 'RTSTRUCT', SeriesInstanceUID: '1.8' }
  const uri = await archived(
    study(
      { SeriesInstanceUID: '1.7', SeriesNumber: 4 },
      { SeriesInstanceUID: '1.6', SeriesNumber: 4 },
      { SeriesInstanceUID: '1.5', SeriesNumber: null },
      { ...structure, SeriesNumber: 5 },
    ),
    'project=IDP',
  )
  const scans = await scansOf(uri)
  assert.deepEqual(scans.map((row) => [row['ID'], row['xsiType']]).sort(), [
    ['1_5', 'xnat:mrScanData'],
    ['4-MR1', 'xnat:mrScanData'],
    ['4-MR2', 'xnat:mrScanData'],
    ['5', 'xnat:rtImageScanData'],
  ])
  const rows = (await own('GET', `${uri}/scans/5/resources?format=json`)).rows()
  assert.deepEqual(
    rows.map((row) => [row['label'], row['format'], row['content']]),
    [['secondary', 'DICOM', 'secondary']],
  )
  assert.equal((await documentOf(uri)).data_fields.modality, undefined)
})

test('import 103, 104, 105: names by the template, at once when it changes', async () => {
  const uid = '1.3.12.2.1107.5.2.32.35177.3.2006121409365951632817982'
  const values = { SOPInstanceUID: uid, StudyInstanceUID: '1.2.103', SeriesNumber: 4, InstanceNumber: null }
  const first = await archived(study(values), 'project=IDP&rename=true')
  assert.deepEqual(await namesIn(first, '4'), ['1.2.103-4-no-value-for-InstanceNumber-1qs88hj.dcm'])
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a template of the protocol, not of this language
  const template = '${PatientID}_${WindowCenter}'
  await admin('POST', '/xapi/siteConfig', json({ dicomFileNameTemplate: template }))
  const second = await archived(study({ PatientID: 'a b' }), 'project=IDP&rename=true')
  assert.deepEqual(await namesIn(second, '1'), ['a_b_no-value-for-WindowCenter.dcm'])
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a template of the protocol, not of this language
  const standard = '${StudyInstanceUID}-${SeriesNumber}-${InstanceNumber}-${HashSOPClassUIDWithSOPInstanceUID}'
  await admin('POST', '/xapi/siteConfig', json({ dicomFileNameTemplate: standard }))
})

test('import 40, 149: filters of site and project drop objects, all of them or some', async () => {
  const filter = { enabled: 'true', mode: 'blacklist', list: 'localizer\n[0009,1001]\nEXISTS' }
  assert.equal(
    (await own('PUT', '/data/projects/IDQ/config/seriesImportFilter/config?inbody=true', json(filter))).status,
    201,
  )
  assert.deepEqual(await imported('dest=/archive/projects/IDQ', study({ SeriesDescription: 'LOCALIZER 3' })), [])
  const mixed = study(
    { SeriesDescription: 'LOCALIZER 3', SeriesNumber: 1, SeriesInstanceUID: '1.40.1' },
    { SeriesDescription: 't1', SeriesNumber: 2, SeriesInstanceUID: '1.40.2' },
  )
  const [uri = ''] = await imported('dest=/archive/projects/IDQ', mixed)
  assert.deepEqual(
    (await scansOf(uri)).map((row) => row['ID']),
    ['2'],
  )
  await admin(
    'POST',
    '/xapi/siteConfig',
    json({
      enableSitewideSeriesImportFilter: true,
      sitewideSeriesImportFilterMode: 'whitelist',
      sitewideSeriesImportFilter: '[Modality]\nCT',
    }),
  )
  assert.deepEqual(await imported('dest=/archive/projects/IDP', study({ SeriesDescription: 't1' })), [])
  await admin('POST', '/xapi/siteConfig', json({ enableSitewideSeriesImportFilter: false }))
  assert.equal((await own('PUT', '/data/projects/IDQ/config/seriesImportFilter/config?status=disabled')).status, 200)
})

test('import 119, 118: types from history where the project maps them, quality usable', async () => {
  const first = await archived(study({ SeriesDescription: 'my t1' }), 'project=IDQ')
  assert.deepEqual(
    (await scansOf(first)).map((row) => [row['type'], row['quality']]),
    [['my t1', 'usable']],
  )
  await own('PUT', `${first}/scans/1?xnat:mrScanData/type=T1`)
  const second = await archived(study({ SeriesDescription: 'MY_T1*' }, { SeriesDescription: 'MY_T1*' }), 'project=IDQ')
  assert.deepEqual(
    (await scansOf(second)).map((row) => row['type']),
    ['T1'],
  )
  const third = await archived(study({}), 'project=IDQ')
  assert.deepEqual(
    (await scansOf(third)).map((row) => row['type']),
    ['unknown'],
  )
})

test('import 121: mapped attributes become fields, never those of single objects', async () => {
  const mapping = {
    scope: 'Site',
    fieldName: 'sex',
    fieldType: 'string',
    dicomTag: '0x00100040',
    schemaElement: 'xnat:mrSessionData',
  }
  const others = [
    { ...mapping, fieldName: 'uid', dicomTag: '00080018' },
    { ...mapping, fieldName: 'far', dicomTag: '0xF2151050' },
    {
      ...mapping,
      fieldName: 'weight',
      dicomTag: '00101030',
      fieldType: 'float',
      schemaElement: 'xnat:mrScanData',
      scope: 'Project',
      scopeObjectId: 'IDP',
    },
  ]
  for (const each of [mapping, ...others])
    assert.equal((await admin('PUT', '/xapi/dicom_mappings/update', json(each))).status, 200)
  const uri = await archived(study({ PatientSex: 'F', PatientWeight: '1.0010' }, { PatientSex: 'F' }), 'project=IDP')
  const children = (await documentOf(uri)).children as {
    field: string
    items: { data_fields: { name: string; field: string } }[]
  }[]
  const fields = children
    .find(({ field }) => field === 'fields/field')
    ?.items.map(({ data_fields }) => [data_fields.name, data_fields.field])
  assert.deepEqual(fields, [['sex', 'F']])
  const scan = (await own('GET', `${uri}/scans/1?format=json`)).json().items[0]
  assert.match(JSON.stringify(scan), /"name":"weight"[^}]*"addField":"1.001"|"addField":"1.001"[^}]*"name":"weight"/)
})

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Cast, castOf, startSite, type TestSite } from '../../support/site.ts'
import { column, headerAt, makeSession, makeSubject, rowsAt, sessionAt, want, xmlBody } from '../hierarchy/stage.ts'
import { found, searchXml } from './documents.ts'

let site: TestSite
let cast: Cast
const SUBJECTS = 30
const subject = 'xnat:subjectData'

before(async () => {
  site = await startSite()
  cast = await castOf(site, 'RES')
  for (let number = 1; number <= SUBJECTS; number += 1)
    await makeSubject(cast.own, 'RES', `S${number}`, number % 3 === 0 ? {} : { yob: String(1950 + (number % 7)) })
  await makeSession(cast.own, 'RES/S1/MR1', { date: '2020-01-01', 'xnat:mrSessionData/age': '41' })
  await want(cast.own('PUT', `${sessionAt('RES/S1/MR1')}/scans/1?xsiType=xnat:mrScanData&type=T1`), 200)
})
after(() => site?.close())

const listing = searchXml(subject, [`${subject}/SUBJECT_LABEL`, `${subject}/YOB`])

async function keep(parameters = ''): Promise<string> {
  const reply = await want(cast.own('POST', `/data/search?format=json&cache=true${parameters}`, xmlBody(listing)), 200)
  const { ID, totalRecords, rootElementName, Result, Columns } = reply.json().ResultSet
  assert.equal(totalRecords, String(SUBJECTS))
  assert.equal(rootElementName, subject)
  assert.deepEqual(Result, [])
  assert.equal(Columns.length, 3)
  return ID
}

test('hierarchy 190: cache=true returns an ID usable at /data/search/ID', async () => {
  const at = `/data/search/${await keep()}`
  const first = await rowsAt(cast.own, `${at}?offset=0&limit=12`)
  const second = await rowsAt(cast.own, `${at}?offset=12&limit=100`)
  assert.deepEqual([...column(first, 'subject_label'), ...column(second, 'subject_label')].length, SUBJECTS)
  assert.equal(first[0]?.['subject_label'], 'S1')
  assert.equal(second[0]?.['subject_label'], 'S13')
  assert.equal((await rowsAt(cast.own, at)).length, SUBJECTS)
  assert.deepEqual(await headerAt(cast.own, at), ['subject_label', 'yob', 'quarantine_status'])
})

test('hierarchy 190: with a limit the first rows come with the ID', async () => {
  const reply = await want(cast.own('POST', '/data/search?format=json&cache=true&limit=2', xmlBody(listing)), 200)
  assert.deepEqual(column(reply.rows(), 'subject_label'), ['S1', 'S2'])
  assert.equal(reply.json().ResultSet.totalRecords, String(SUBJECTS))
})

test('hierarchy 190: a kept result is paged through in another order, empty cells last', async () => {
  const at = `/data/search/${await keep()}`
  const years = (rows: Record<string, string>[]) => rows.map((row) => row['yob'])
  const sorted = years(await rowsAt(cast.own, `${at}?sortBy=yob&limit=25&offset=0`))
  assert.deepEqual(sorted.slice(0, 20), sorted.slice(0, 20).toSorted())
  assert.deepEqual(sorted.slice(20), ['', '', '', '', ''])
  const reversed = years(await rowsAt(cast.own, `${at}?sortBy=${subject}.YOB&sortOrder=DESC&limit=11&offset=0`))
  assert.deepEqual(reversed, [...Array(10).fill(''), '1956'])
})

test('hierarchy 190: /data/search/ID/COLUMN gives the different values', async () => {
  const at = `/data/search/${await keep()}`
  const rows = await rowsAt(cast.own, `${at}/YOB`)
  assert.deepEqual(
    rows.find((row) => row['values'] === ''),
    { values: '', count: '10' },
  )
  assert.equal(new Set(rows.map((row) => row['values'])).size, 8)
  await want(cast.own('GET', `${at}/nothing`), 404)
})

test('hierarchy 190: what is gone is 410, and only so many results are kept', async () => {
  await want(cast.own('GET', '/data/search/_NOTHING'), 410)
  const first = await keep()
  for (let more = 0; more < 20; more += 1) await keep()
  await want(cast.own('GET', `/data/search/${first}`), 410)
})

test('hierarchy 188: sort_by, sortBy and paging order and cut the rows of a search', async () => {
  const sorted = listing.replace(
    '</xdat:bundle>',
    `<xdat:sort_by><xdat:element_name>${subject}</xdat:element_name>
    <xdat:field_ID>SUBJECT_LABEL</xdat:field_ID></xdat:sort_by></xdat:bundle>`,
  )
  const names = (rows: string[][]) => rows.map(([label]) => label).join(' ')
  assert.equal(names(await found(cast.own, sorted, '&limit=3&offset=0')), 'S1 S10 S11')
  assert.equal(names(await found(cast.own, sorted, '&limit=2&offset=28')), 'S8 S9')
  assert.equal(names(await found(cast.own, listing, '&sortBy=SUBJECT_LABEL&sortOrder=DESC&limit=2')), 'S9 S8')
})

test('hierarchy 188: answers are JSON, CSV, XML or HTML', async () => {
  const ask = (format: string) =>
    want(cast.own('POST', `/data/search?format=${format}&limit=1&sortBy=yob`, xmlBody(listing)), 200)
  assert.equal((await ask('csv')).text, 'subject_label,yob,quarantine_status\nS7,1950,active\n')
  const xml = await ask('xml')
  assert.equal(xml.type, 'text/xml')
  assert.match(xml.text, /<ResultSet totalRecords="30" rootElementName="xnat:subjectData">/)
  assert.match(
    xml.text,
    /<column type="integer" xPATH="xnat:subjectData.YOB" element_name="xnat:subjectData" [^>]*id="YOB">yob<\/column>/,
  )
  assert.match(xml.text, /<row><cell>S7<\/cell><cell>1950<\/cell><cell>active<\/cell><\/row>/)
  const html = await ask('html')
  assert.match(html.text, /<th>yob<\/th>/)
  assert.equal((await cast.own('POST', '/data/search', xmlBody(listing))).type, 'application/json')
})

test('hierarchy 188: the document may come as a part of a form', async () => {
  const boundary = 'xyz'
  const part = `--${boundary}\r\nContent-Disposition: form-data; name="f"; filename="search.xml"\r\n\r\n${listing}\r\n--${boundary}--\r\n`
  const headers = { 'content-type': `multipart/form-data; boundary=${boundary}` }
  const reply = await want(cast.own('POST', '/data/search?format=json', { headers, body: part }), 200)
  assert.equal(reply.rows().length, SUBJECTS)
})

test('hierarchy 188: without columns the default listing of the type comes, with what xnatpy makes objects of', async () => {
  const header = async (type: string) => {
    const reply = await want(cast.own('POST', '/data/search?format=csv', xmlBody(searchXml(type, []))), 200)
    return (reply.text.split('\n')[0] ?? '').split(',')
  }
  const ofProjects = await header('xnat:projectData')
  for (const key of ['id', 'name_csv', 'description_csv']) assert.ok(ofProjects.includes(key), 'copyxnat reads them')
  const ofSubjects = await header(subject)
  for (const key of ['project', 'subjectid', 'subject_label', 'gender_text', 'xnat_col_subjectdatalabel', 'add_ids'])
    assert.ok(ofSubjects.includes(key))
  const sessions = searchXml(
    'xnat:mrSessionData',
    ['ID', 'project', 'subject_ID'].map((name) => `xnat:mrSessionData/xnat:mrSessionData/${name}`),
    [['xnat:mrSessionData/age', '>', '5']],
  )
  const reply = await want(cast.own('POST', '/data/search?format=csv', xmlBody(sessions)), 200)
  assert.match(reply.text, /^session_id,project,subject_id,quarantine_status\nXNAT_E\d+,RES,XNAT_S\d+,active\n$/)
})

test('hierarchy 188: ids that the original makes of paths are understood', async () => {
  const names = [
    'XNAT_COL_MRSESSIONDATAAGE',
    'XNAT_COL_MRSESSIONDATASCANNERMANUFACTURER',
    'XNAT_MRSESSIONDATA_FIELD_MAP=Dose',
    'MR_PROJECT_IDENTIFIER=RES',
    'XNAT_COL_MRSESSIONDATASHARINGSHAREPROJECT',
  ]
  const document = searchXml(
    'xnat:mrSessionData',
    names.map((name) => `xnat:mrSessionData/${name}`),
  )
  const reply = await want(cast.own('POST', '/data/search?format=json', xmlBody(document)), 200)
  assert.deepEqual(reply.rows(), [
    {
      xnat_col_mrsessiondataage: '41.0',
      xnat_col_mrsessiondatascannermanufacturer: '',
      xnat_mrsessiondata_field_map_dose: '',
      mr_project_identifier_res: 'MR1',
      xnat_col_mrsessiondatasharingshareproject: '',
      quarantine_status: 'active',
    },
  ])
})

test('hierarchy 188, clients 34: a path is called like its field, or as the original makes an id of it', async () => {
  const columns = ['PROJECT', 'xnat:mrSessionData/label', 'xnat:mrSessionData/date', 'xnat:mrSessionData/age']
  const document = searchXml('xnat:mrSessionData', [
    ...columns.map((name) => `xnat:mrSessionData/${name}`),
    'xnat:subjectData/xnat:subjectData/label',
  ])
  const { ResultSet } = (await want(cast.own('POST', '/data/search?format=json', xmlBody(document)), 200)).json()
  assert.deepEqual(ResultSet.Result, [
    {
      project: 'RES',
      xnat_col_mrsessiondatalabel: 'MR1',
      date: '2020-01-01',
      xnat_col_mrsessiondataage: '41.0',
      xnat_subjectdata_xnat_col_subjectdatalabel: 'S1',
      quarantine_status: 'active',
    },
  ])
  // Letter by letter what xnatpy's own test of its searches expects.
  assert.equal(
    JSON.stringify(ResultSet.Columns[1]),
    '{"key":"xnat_col_mrsessiondatalabel","type":"string","xPATH":"xnat:mrSessionData.XNAT_COL_MRSESSIONDATALABEL",' +
      '"element_name":"xnat:mrSessionData","header":"xnat:mrSessionData/xnat:mrSessionData/label",' +
      '"id":"XNAT_COL_MRSESSIONDATALABEL"}',
  )
  const projects = searchXml(
    'xnat:projectData',
    ['ID', 'name', 'secondary_ID'].map((name) => `xnat:projectData/${name}`),
  )
  const csv = await want(cast.own('POST', '/data/search?format=csv', xmlBody(projects)), 200)
  assert.equal(csv.text, 'id,name_csv,secondary_id,quarantine_status\nRES,RES,RES,active\n', 'as copyxnat reads it')
  const unasked = await want(cast.own('GET', '/data/search/elements/xnat:subjectData?format=json'), 200)
  assert.ok(column(unasked.rows(), 'FIELD_ID').includes('XNAT_COL_SUBJECTDATALABEL'))
})

test('hierarchy 188, clients 34: columns that lead to a record bring its id along, which Rxnat reads', async () => {
  await makeSession(cast.own, 'RES/S1/CT1', { xsiType: 'xnat:ctSessionData' })
  const asCsv = async (type: string, fields: readonly string[]) => {
    const body = searchXml(
      type,
      fields.map((field) => `${type}/${field}`),
      [[`${type}/LABEL`, 'IN', 'S1,MR1,CT1']],
    )
    // Curl's default for a body, as Rxnat sends it.
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const reply = await want(cast.own('POST', '/data/search?format=csv', { headers, body }), 200)
    return reply.text.trim().split('\n')
  }
  const id = async (at: string) => (await rowsAt(cast.own, `/data/projects/RES/${at}`))[0]?.['ID'] ?? ''
  const own = await id('subjects?label=S1')
  const mr = await id('experiments?label=MR1')
  const ct = await id('experiments?label=CT1')
  // Rxnat names the columns of subjects by their places.
  assert.deepEqual(await asCsv(subject, ['PROJECT', 'ID', 'LABEL', 'GENDER_TEXT']), [
    'project,subject_id,subjectid,xnat_col_subjectdatalabel,gender_text,quarantine_status',
    `RES,${own},${own},S1,U,active`,
  ])
  assert.deepEqual(await asCsv('xnat:mrSessionData', ['LABEL', 'SUBJECT_ID']), [
    'label,session_id,subject_id,quarantine_status',
    `MR1,${mr},${own},active`,
  ])
  assert.deepEqual(await asCsv('xnat:ctSessionData', ['LABEL', 'SUBJECT_ID']), [
    'label,expt_id,subject_id,quarantine_status',
    `CT1,${ct},${own},active`,
  ])
  assert.deepEqual(await asCsv('xnat:mrSessionData', ['SESSION_ID', 'LABEL']), [
    'session_id,label,quarantine_status',
    `${mr},MR1,active`,
  ])
})

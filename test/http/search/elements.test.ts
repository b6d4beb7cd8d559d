import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Cast, castOf, startSite, type TestSite } from '../../support/site.ts'
import { column, headerAt, makeProject, makeSession, makeSubject, rowsAt, want, xmlBody } from '../hierarchy/stage.ts'

let site: TestSite
let cast: Cast

before(async () => {
  site = await startSite()
  cast = await castOf(site, 'SEA')
  await makeSubject(cast.own, 'SEA', 'S1')
  await makeSession(cast.own, 'SEA/S1/MR1')
  await want(cast.own('PUT', '/data/projects/SEA/subjects/S1/experiments/MR1/scans/1?xsiType=xnat:mrScanData'), 200)
})
after(() => site?.close())

const elements = '/data/search/elements'
const fieldsOf = async (type: string) => rowsAt(cast.own, `${elements}/${type}`)
const ids = async (type: string) => (await fieldsOf(type)).map((row) => row.FIELD_ID)

test('hierarchy 186: search/elements has ELEMENT_NAME, SINGULAR, PLURAL, SECURED, COUNT', async () => {
  assert.deepEqual(await headerAt(cast.own, elements), ['ELEMENT_NAME', 'SINGULAR', 'PLURAL', 'SECURED', 'COUNT'])
  const rows = await rowsAt(cast.own, elements)
  const row = (type: string) => rows.find(({ ELEMENT_NAME }) => ELEMENT_NAME === type)
  const sessions = { ELEMENT_NAME: 'xnat:mrSessionData', SINGULAR: 'MR Session', PLURAL: 'MR Sessions' }
  assert.deepEqual(row('xnat:mrSessionData'), { ...sessions, SECURED: 'true', COUNT: '1' })
  assert.equal(row('xnat:mrScanData')?.COUNT, '1')
  assert.equal(row('xnat:mrScanData')?.SECURED, 'false')
  assert.equal(row('xnat:petSessionData')?.COUNT, '0')
  assert.ok(rows.every(({ ELEMENT_NAME }) => !ELEMENT_NAME?.startsWith('xdat:')))
  assert.equal(row('xnat:investigatorData'), undefined)
})

test('hierarchy 186: search/elements can leave out what is unused, open to all or counted for others', async () => {
  const used = column(await rowsAt(cast.own, `${elements}?used=true`), 'ELEMENT_NAME')
  assert.deepEqual(used, ['xnat:mrScanData', 'xnat:mrSessionData', 'xnat:projectData', 'xnat:subjectData'])
  const secured = column(await rowsAt(cast.own, `${elements}?used=true&secured=true`), 'ELEMENT_NAME')
  assert.deepEqual(secured, ['xnat:mrSessionData', 'xnat:projectData', 'xnat:subjectData'])
  assert.deepEqual(await rowsAt(cast.str, `${elements}?used=true&readable=true`), [])
  assert.equal((await rowsAt(cast.col, `${elements}?used=true&readable=true`)).length, 4)
})

test('hierarchy 187: search/elements/xnat:subjectData lists SUBJECT_ID', async () => {
  const header = await headerAt(cast.own, `${elements}/xnat:subjectData`)
  assert.deepEqual(header, ['FIELD_ID', 'HEADER', 'SUMMARY', 'TYPE', 'REQUIRES_VALUE', 'DESC', 'ELEMENT_NAME', 'SRC'])
  const [first] = await fieldsOf('xnat:subjectData')
  assert.deepEqual(first, {
    FIELD_ID: 'SUBJECT_ID',
    HEADER: 'Subject',
    SUMMARY: 'xnat:subjectData/ID',
    TYPE: 'string',
    REQUIRES_VALUE: 'false',
    DESC: 'Accession number of the subject',
    ELEMENT_NAME: 'xnat:subjectData',
    SRC: '0',
  })
})

/** What is to be supported first (hierarchy 7.5). */
const expected = {
  'xnat:subjectData':
    'SUBJECT_ID SUBJECT_LABEL PROJECT INSERT_DATE INSERT_USER GENDER_TEXT HANDEDNESS_TEXT DOB YOB AGE EDUC SES RACE ETHNICITY GROUP ADD_IDS PROJECTS DEMOGRAPHICS_WEIGHT',
  'xnat:mrSessionData':
    'SESSION_ID LABEL PROJECT SUBJECT_ID DATE AGE TYPE SCANNER INSERT_DATE INSERT_USER UID PROJECTS MR_SCAN_COUNT_AGG FIELDSTRENGTH SCANNER_MANUFACTURER',
  'xnat:projectData':
    'ID NAME DESCRIPTION SECONDARY_ID KEYWORDS PI PROJECT_INVS PROJECT_ACCESS INSERT_DATE INSERT_USER',
  'xnat:mrScanData': 'ID TYPE QUALITY IMAGE_SESSION_ID PARAMETERS_VOXELRES_X PARAMETERS_TR INSERT_DATE',
  'xnat:qcManualAssessorData': 'EXPT_ID LABEL SESSION_ID PROJECT DATE',
}

for (const [type, names] of Object.entries(expected)) {
  test(`hierarchy 187: search/elements/${type} lists its established and declared fields, each once`, async () => {
    const found = await ids(type)
    for (const name of names.split(' ')) assert.ok(found.includes(name), `${name} is missing`)
    assert.equal(new Set(found).size, found.length)
  })
}

test('hierarchy 187: search/elements/{type} lists custom variables and labels in projects of the caller', async () => {
  const definition = `<xnat:Project ID="SEA" xmlns:xnat="http://nrg.wustl.edu/xnat" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
    <xnat:studyProtocol ID="SEA_mr" name="MR" data-type="xnat:mrSessionData" xsi:type="xnat:datatypeProtocol"><xnat:definitions>
    <xnat:definition ID="d" data-type="xnat:mrSessionData"><xnat:fields>
    <xnat:field name="Dose" type="custom" datatype="float" required="0" sequence="0" xmlPath="xnat:mrSessionData/fields/field[name=dose]/field"/>
    <xnat:field name="LABEL" type="standard" datatype="string"/>
    </xnat:fields></xnat:definition></xnat:definitions></xnat:studyProtocol></xnat:Project>`
  await want(cast.own('PUT', '/data/projects/SEA', xmlBody(definition)), 200)
  const rows = await fieldsOf('xnat:mrSessionData')
  const variables = rows.filter(({ SRC }) => SRC === '1')
  assert.deepEqual(
    variables.map(({ FIELD_ID, TYPE, DESC }) => [FIELD_ID, TYPE, DESC]),
    [['XNAT_MRSESSIONDATA_FIELD_MAP=dose', 'float', 'Custom Field: Dose']],
  )
  const labels = rows.filter(({ SRC }) => SRC === '2')
  assert.deepEqual(
    labels.map(({ FIELD_ID, HEADER }) => [FIELD_ID, HEADER]),
    [['MR_PROJECT_IDENTIFIER=SEA', 'SEA']],
  )
  const bare = await rowsAt(cast.own, `${elements}/xnat:mrSessionData?showGenerated=false`)
  assert.ok(bare.every(({ SRC }) => SRC === '0'))
  const strange = await rowsAt(cast.str, `${elements}/xnat:mrSessionData`)
  assert.ok(strange.every(({ SRC }) => SRC === '0'))
})

test('hierarchy 187: search/elements/{type} answers XML unless asked, several types at once, and refuses others', async () => {
  await makeProject(cast.own, 'SEB')
  const xml = await want(cast.own('GET', `${elements}/xnat:subjectData`), 200)
  assert.equal(xml.type, 'text/xml')
  const json = await want(cast.own('GET', `${elements}/xnat:subjectData,xnat:mrSessionData?format=json`), 200)
  const { Result, title, element_name, versions } = json.json().ResultSet
  assert.equal(title, 'Search Fields')
  assert.equal(element_name, 'xnat:subjectData,xnat:mrSessionData')
  assert.equal(versions.versions[0].name, 'listing')
  const types = new Set(Result.map((row: Record<string, string>) => row['ELEMENT_NAME']))
  assert.deepEqual([...types], ['xnat:subjectData', 'xnat:mrSessionData'])
  for (const wrong of ['xnat:nothing', 'xnat:investigatorData', 'xdat:user']) {
    const refused = await want(cast.own('GET', `${elements}/${wrong}`), 400)
    assert.match(refused.message() ?? '', new RegExp(wrong))
  }
  const listing = await want(cast.own('GET', `${elements}/xnat:mrSessionData/versions`), 200)
  const names = listing.json().versions[0].fields.map((field: Record<string, string>) => field['id'])
  const wanted = 'LABEL,PROJECT,DATE,SUBJECT_LABEL,GENDER_TEXT,AGE,TYPE,SCANNER,MR_SCAN_COUNT_AGG'
  assert.equal(names.join(','), wanted)
})

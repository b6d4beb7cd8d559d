import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Cast, castOf, startSite, type TestSite } from '../../support/site.ts'
import { column, makeSession, makeSubject, rowsAt, want, xmlBody } from '../hierarchy/stage.ts'
import { searchXml } from './documents.ts'

let site: TestSite
let cast: Cast
const subject = 'xnat:subjectData'
const saved = '/data/search/saved'

before(async () => {
  site = await startSite()
  cast = await castOf(site, 'SAV')
  await makeSubject(cast.own, 'SAV', 'S1', { gender: 'female' })
  await makeSession(cast.own, 'SAV/S1/MR1', { date: '2020-01-01' })
})
after(() => site?.close())

const reader = (login: string) => `<xdat:allowed_user><xdat:login>${login}</xdat:login></xdat:allowed_user>`
const document = (more = '') =>
  searchXml(
    subject,
    [`${subject}/SUBJECT_LABEL`, `${subject}/GENDER_TEXT`],
    [['xnat:subjectData/GENDER_TEXT', '=', 'F & M'], 'OR', ['xnat:subjectData/GENDER_TEXT', '=', 'F']],
    more,
  )

test('hierarchy 188: a stored search is put, listed, read, run and deleted', async () => {
  const body = document().replace('brief-description=""', 'brief-description="women"')
  await want(cast.own('PUT', `${saved}/women?inbody=true`, { body }), 200)
  const [row] = await rowsAt(cast.own, saved)
  assert.equal(row?.['id'], 'women')
  assert.equal(row?.['brief_description'], 'women')
  assert.equal(row?.['root_element_name'], subject)
  const xml = await want(cast.own('GET', `${saved}/women`), 200)
  assert.equal(xml.type, 'text/xml')
  assert.match(xml.text, /<xdat:bundle ID="women"/)
  assert.match(xml.text, /<xdat:value>F &amp; M<\/xdat:value>/)
  // What was read can be sent again.
  const again = await want(cast.own('POST', '/data/search?format=csv', { body: xml.text }), 200)
  const results = await want(cast.own('GET', `${saved}/women/results?format=csv`), 200)
  assert.equal(results.text, 'subject_label,gender_text,quarantine_status\nS1,F,active\n')
  assert.equal(again.text, results.text)
  await want(cast.own('DELETE', `${saved}/women`), 200)
  await want(cast.own('GET', `${saved}/women`), 404)
  await want(cast.own('DELETE', `${saved}/women`), 404)
})

test('hierarchy 188: a stored search is for those it names, or for everybody; its rows are those of the caller', async () => {
  await want(cast.own('PUT', `${saved}/open`, { body: document() }), 200)
  await want(cast.own('PUT', `${saved}/mine`, { body: document(reader('own')) }), 200)
  await want(cast.own('PUT', `${saved}/ours`, { body: document(reader('own') + reader('str')) }), 200)
  const groups = '<xdat:allowed_groups><xdat:groupID>SAV_collaborator</xdat:groupID></xdat:allowed_groups>'
  await want(cast.own('PUT', `${saved}/group`, { body: document(groups) }), 200)
  await want(cast.own('PUT', `${saved}/secure`, { body: document().replace('secure="false"', 'secure="true"') }), 200)
  const seen = async (call: typeof cast.own) => column(await rowsAt(call, saved), 'id').join(' ')
  assert.equal(await seen(cast.own), 'group mine open ours secure')
  assert.equal(await seen(cast.str), 'open ours')
  assert.equal(await seen(cast.col), 'group open')
  await want(cast.str('GET', `${saved}/mine`), 404)
  await want(cast.str('GET', `${saved}/mine/results`), 404)
  assert.deepEqual(await rowsAt(cast.str, `${saved}/ours/results`), [])
  await want(cast.col('PUT', `${saved}/open`, { body: document() }), 403)
  await want(cast.col('DELETE', `${saved}/open`), 403)
  await want(cast.str('PUT', `${saved}/mine`, { body: document() }), 403)
  await want(cast.str('PUT', `${saved}/ours`, { body: document(reader('own') + reader('str')) }), 200)
  await want(cast.admin('DELETE', `${saved}/mine`), 200)
  assert.equal((await rowsAt(cast.admin, `${saved}?all=true`)).length, 4)
})

test('hierarchy 189: what cannot be stored is refused, and nothing is changed', async () => {
  const before = (await rowsAt(cast.own, saved)).length
  await want(cast.own('PUT', `${saved}/bad`, { body: '<a/>' }), 422)
  await want(cast.own('PUT', `${saved}/bad`), 422)
  await want(cast.own('PUT', `${saved}/bad`, { body: searchXml('xdat:user', []) }), 403)
  await want(cast.own('PUT', `${saved}/@xnat:subjectData`, { body: document() }), 403)
  assert.equal((await rowsAt(cast.own, saved)).length, before)
})

test('hierarchy 189: a search may name its type in an attribute, as xnatctl writes it', async () => {
  const body = `<xdat:stored_search ID="attr" allow-diff-columns="0" root_element_name="xnat:projectData"
    sort-by-element-name="xnat:projectData" xmlns:xdat="http://nrg.wustl.edu/security"><xdat:search_field>
    <xdat:element_name>xnat:projectData</xdat:element_name><xdat:field_ID>ID</xdat:field_ID></xdat:search_field>
    </xdat:stored_search>`
  await want(cast.own('PUT', `${saved}/attr?format=xml`, { body }), 200)
  assert.match(
    (await want(cast.own('GET', `${saved}/attr`), 200)).text,
    /<xdat:root_element_name>xnat:projectData<\/xdat:root_element_name>/,
  )
  assert.deepEqual(await rowsAt(cast.own, `${saved}/attr/results`), [{ id: 'SAV', quarantine_status: 'active' }])
  await want(cast.own('DELETE', `${saved}/attr`), 200)
})

test('hierarchy 188: @ and a data type is its default listing', async () => {
  const xml = await want(cast.own('GET', `${saved}/@xnat:mrSessionData`), 200)
  const ids = [...xml.text.matchAll(/<xdat:field_ID>([^<]*)</g)].map(([, id]) => id)
  assert.equal(ids.join(','), 'LABEL,PROJECT,DATE,SUBJECT_LABEL,GENDER_TEXT,AGE,TYPE,SCANNER,MR_SCAN_COUNT_AGG')
  const [row] = await rowsAt(cast.own, `${saved}/@xnat:mrSessionData/results`)
  assert.equal(row?.['label'], 'MR1')
  assert.equal(row?.['xnat_subjectdata_gender_text'], 'F')
  await want(cast.own('GET', `${saved}/@xnat:investigatorData`), 403)
  const posted = await want(cast.own('POST', '/data/search?format=json', xmlBody(xml.text)), 200)
  assert.deepEqual(posted.rows(), [row])
})

test('hierarchy 1.1: a project has the default listings of its own records, and searches of its own', async () => {
  const at = '/data/projects/SAV/searches'
  const xml = await want(cast.own('GET', `${at}/@xnat:mrSessionData`), 200)
  assert.match(xml.text, /<xdat:schema_field>xnat:mrSessionData\/sharing\/share\/project<\/xdat:schema_field>/)
  const posted = await want(cast.own('POST', '/data/search?format=json', xmlBody(xml.text)), 200)
  assert.deepEqual(
    posted.rows().map((row) => row['label']),
    ['MR1'],
  )
  await want(cast.str('GET', `${at}/@xnat:mrSessionData`), 404)
  await want(cast.own('PUT', `${at}/tagged`, { body: document() }), 200)
  assert.ok(!column(await rowsAt(cast.own, saved), 'id').includes('tagged'))
  assert.deepEqual(column(await rowsAt(cast.own, `${saved}?includeTag=SAV`), 'id'), ['tagged'])
  assert.match((await want(cast.own('GET', `${at}/tagged`), 200)).text, /tag="SAV"/)
  await want(cast.str('PUT', `${at}/other`, { body: document() }), 404)
})

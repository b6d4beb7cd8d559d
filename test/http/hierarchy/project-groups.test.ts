import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Caller } from '../../support/caller.ts'
import { type Cast, castOf, startSite, type TestSite } from '../../support/site.ts'
import { readXml } from '../../support/xml-tree.ts'
import {
  childrenOf,
  column,
  formBody,
  headerAt,
  itemAt,
  makeProject,
  makeSession,
  makeSubject,
  rowsAt,
  sessionAt,
  want,
} from './stage.ts'

let site: TestSite
let cast: Cast
let own: Caller
let reader: Caller
let editor: Caller
const groups = '/data/projects/GRP/groups'
const ids: Record<string, string> = {}

const flag = (type: string, right: string) => ({
  [`${type}_${type}/project_GRP_${right}`]: '1',
  [`${type}_${type}/project_GRP_${right}_wasSet`]: '1',
})

before(async () => {
  site = await startSite()
  cast = await castOf(site, 'GRP')
  own = cast.own
  for (const login of ['reader', 'editor']) await site.addUser(login)
  reader = site.as('reader')
  editor = site.as('editor')
  await makeSubject(own, 'GRP', 'S1')
  ids.mr = await makeSession(own, 'GRP/S1/MR1')
  ids.pet = await makeSession(own, 'GRP/S1/PET1', { xsiType: 'xnat:petSessionData' })
  await want(own('PUT', `${groups}/GRP_Readers`, readers()), 200, 201)
  await want(own('PUT', `${groups}/GRP_Editors`, editors()), 200, 201)
  await want(own('PUT', '/data/projects/GRP/users/GRP_Readers/reader'), 200)
  await want(own('PUT', '/data/projects/GRP/users/GRP_Editors/editor'), 200)
})
after(() => site?.close())

const readers = () =>
  formBody({
    'xdat:userGroup/displayName': 'Readers',
    ...flag('xnat:subjectData', 'R'),
    ...flag('xnat:mrSessionData', 'R'),
  })
const editors = () =>
  formBody({
    'xdat:userGroup/displayName': 'Editors',
    ...flag('xnat:subjectData', 'R'),
    ...flag('xnat:mrSessionData', 'E'),
  })

test('hierarchy 104: the columns of the group list', async () => {
  assert.equal((await headerAt(own, groups)).join(), 'id,displayname,tag,xdat_usergroup_id,users')
})

test('hierarchy 104: the group list is XML unless asked otherwise', async () => {
  assert.equal(readXml((await want(own('GET', groups), 200)).text).name, 'ResultSet')
})

test('hierarchy 104: the standard groups with their number of users', async () => {
  const rows = (await rowsAt(own, groups)).filter((row) => /_(owner|member|collaborator)$/.test(row.id ?? ''))
  assert.deepEqual(rows.map((row) => [row.id, row.displayname, row.tag, row.users]).sort(), [
    ['GRP_collaborator', 'Collaborators', 'GRP', '1'],
    ['GRP_member', 'Members', 'GRP', '1'],
    ['GRP_owner', 'Owners', 'GRP', '1'],
  ])
  for (const row of rows) assert.match(row.xdat_usergroup_id ?? '', /^\d+$/)
})

test('hierarchy 104: a custom group is listed under its made-up id', async () => {
  const row = (await rowsAt(own, groups)).find((one) => one.displayname === 'Readers')
  assert.deepEqual([row?.id, row?.tag, row?.users], ['GRP_Readers', 'GRP', '1'])
})

test('hierarchy 104: one group can be read', async () => {
  await want(own('GET', `${groups}/GRP_Readers`), 200)
  await want(own('GET', `${groups}/GRP_NoSuch`), 404)
})

for (const group of ['Owners', 'Members', 'Collaborators', 'GRP_owner', 'GRP_member', 'GRP_collaborator']) {
  test(`hierarchy 105: DELETE of the group ${group} is 403`, async () => {
    await want(own('DELETE', `${groups}/${group}`), 403)
    assert.deepEqual(column(await rowsAt(own, '/data/projects/GRP/users'), 'login').includes('own'), true)
  })
}

test('hierarchy 105: a custom group can be deleted, and its rights end', async () => {
  await want(
    own('POST', groups, formBody({ 'xdat:userGroup/displayName': 'Short lived', ...flag('xnat:subjectData', 'R') })),
    200,
    201,
  )
  assert.ok(column(await rowsAt(own, groups), 'id').includes('GRP_Shortlived'))
  await want(own('PUT', '/data/projects/GRP/users/GRP_Shortlived/str'), 200)
  await want(cast.str('GET', '/data/projects/GRP/subjects'), 200)
  await want(own('DELETE', `${groups}/GRP_Shortlived`), 200)
  assert.ok(!column(await rowsAt(own, groups), 'id').includes('GRP_Shortlived'))
  await want(cast.str('GET', '/data/projects/GRP/subjects'), 404)
})

test("hierarchy 105: another project's group cannot be changed through this one", async () => {
  await makeProject(cast.admin, 'GRPX', { accessibility: 'private' })
  const body = formBody({ 'xdat:userGroup/displayName': 'Owners', ...flag('xnat:subjectData', 'E') })
  for (const group of ['GRPX_owner', 'GRPX_member']) {
    await own('PUT', `${groups}/${group}`, body)
    await own('DELETE', `${groups}/${group}`)
  }
  const theirs = (await rowsAt(cast.admin, '/data/projects/GRPX/groups')).map((row) => [row.displayname, row.users])
  assert.deepEqual(theirs, [
    ['Owners', '1'],
    ['Members', '0'],
    ['Collaborators', '0'],
  ])
  await want(own('GET', '/data/projects/GRPX'), 404)
})

test('hierarchy 105: only owners and administrators change groups', async () => {
  for (const caller of [cast.mem, cast.col]) {
    await want(caller('PUT', `${groups}/GRP_Mine`, formBody({ 'xdat:userGroup/displayName': 'Mine' })), 403)
    await want(caller('DELETE', `${groups}/GRP_Readers`), 403)
  }
  await want(cast.admin('PUT', `${groups}/GRP_Theirs`, formBody({ 'xdat:userGroup/displayName': 'Theirs' })), 200, 201)
  await want(cast.admin('DELETE', `${groups}/GRP_Theirs`), 200)
})

test('hierarchy 105: a group needs a name, and one without an underscore', async () => {
  for (const body of [formBody({}), formBody({ 'xdat:userGroup/displayName': 'under_score' })]) {
    const reply = await own('PUT', `${groups}`, body)
    assert.ok(reply.status >= 400 && reply.status < 500, String(reply.status))
  }
  const named = column(await rowsAt(own, groups), 'displayname')
  assert.ok(!named.includes('under_score'))
})

test('hierarchy 106: read on MR sessions alone lists no PET sessions', async () => {
  assert.deepEqual(column(await rowsAt(reader, '/data/projects/GRP/experiments'), 'label'), ['MR1'])
  assert.deepEqual(column(await rowsAt(reader, '/data/projects/GRP/subjects/S1/experiments'), 'label'), ['MR1'])
  assert.deepEqual(column(await rowsAt(reader, '/data/experiments'), 'label'), ['MR1'])
})

test('hierarchy 106: the MR session is read, the PET session is absent', async () => {
  assert.equal((await itemAt(reader, `/data/experiments/${ids.mr}`)).data_fields.label, 'MR1')
  await want(reader('GET', `/data/experiments/${ids.pet}`), 404)
  await want(reader('GET', sessionAt('GRP/S1/PET1')), 404)
  await want(reader('GET', `/data/experiments/${ids.pet}/scans`), 404)
})

test('hierarchy 106: the subject list stays readable', async () => {
  assert.deepEqual(column(await rowsAt(reader, '/data/projects/GRP/subjects'), 'label'), ['S1'])
})

test('hierarchy 106: children one may not read are left out of the subject document', async () => {
  const labels = async (caller: Caller) =>
    childrenOf(await itemAt(caller, '/data/projects/GRP/subjects/S1'), 'experiments/experiment')
      .map((one) => one.data_fields.label)
      .sort()
  assert.deepEqual(await labels(reader), ['MR1'])
  assert.deepEqual(await labels(own), ['MR1', 'PET1'])
  const xml = (await want(reader('GET', '/data/projects/GRP/subjects/S1?format=xml'), 200)).text
  assert.doesNotMatch(xml, /PET1/)
})

test('hierarchy 106: reading does not let one write', async () => {
  await want(reader('PUT', `${sessionAt('GRP/S1/MR1')}?note=x`), 403)
  await want(reader('PUT', `${sessionAt('GRP/S1/MR9')}?xsiType=xnat:mrSessionData`), 403)
  await want(reader('DELETE', sessionAt('GRP/S1/MR1')), 403)
  await want(reader('PUT', '/data/projects/GRP/subjects/S1?group=x'), 403)
})

test('hierarchy 106: edit implies read, create and activate on that type alone', async () => {
  await want(editor('PUT', `${sessionAt('GRP/S1/MR1')}?note=edited`), 200)
  assert.equal((await itemAt(editor, sessionAt('GRP/S1/MR1'))).data_fields.note, 'edited')
  await makeSession(editor, 'GRP/S1/MR2')
  await want(editor('PUT', `${sessionAt('GRP/S1/MR2')}?quarantine=true`), 200)
  await want(editor('PUT', `${sessionAt('GRP/S1/MR2')}?activate=true`), 200)
  await want(editor('PUT', `${sessionAt('GRP/S1/PET2')}?xsiType=xnat:petSessionData`), 403)
  await want(editor('DELETE', sessionAt('GRP/S1/MR2')), 403)
  await want(own('DELETE', sessionAt('GRP/S1/MR2')), 200)
})

test('hierarchy 106: a group is changed by sending it again', async () => {
  const wider = formBody({
    'xdat:userGroup/displayName': 'Readers',
    'xdat:userGroup/ID': 'GRP_Readers',
    ...flag('xnat:subjectData', 'R'),
    ...flag('xnat:mrSessionData', 'R'),
    ...flag('xnat:petSessionData', 'R'),
  })
  await want(own('PUT', `${groups}/GRP_Readers`, wider), 200, 201)
  assert.deepEqual(column(await rowsAt(reader, '/data/projects/GRP/experiments'), 'label'), ['MR1', 'PET1'])
})

test('hierarchy 106: a group that gets another title keeps its rights, one whose boxes are cleared loses them', async () => {
  const visible = async () => column(await rowsAt(reader, '/data/projects/GRP/experiments'), 'label').length
  const titled = (title: string) => ({ 'xdat:userGroup/displayName': title, 'xdat:userGroup/ID': 'GRP_Readers' })
  await want(own('PUT', `${groups}/GRP_Readers`, formBody(titled('Lookers'))), 200)
  assert.equal(await visible(), 2)
  assert.ok(column(await rowsAt(own, groups), 'displayname').includes('Lookers'))
  const cleared = { ...titled('Readers'), 'xnat:mrSessionData_xnat:mrSessionData/project_GRP_wasSet': '1' }
  await want(own('PUT', `${groups}/GRP_Readers`, formBody(cleared)), 200)
  await want(reader('GET', '/data/projects/GRP/experiments'), 403, 404)
})

test('hierarchy (3.9): one group is a record, XML unless something else is asked for', async () => {
  for (const name of ['GRP_Readers', 'Readers']) {
    const reply = await want(own('GET', `${groups}/${name}`), 200)
    const root = readXml(reply.text)
    assert.deepEqual([reply.type, root.name], ['text/xml', 'xdat:UserGroup'])
    const { ID, displayName, tag } = root.attributes
    assert.deepEqual([ID, displayName, tag], ['GRP_Readers', 'Readers', 'GRP'])
  }
  const { meta, data_fields } = await itemAt(own, `${groups}/owner`)
  assert.equal(meta['xsi:type'], 'xdat:userGroup')
  assert.deepEqual([data_fields.ID, data_fields.displayName, data_fields.tag], ['GRP_owner', 'Owners', 'GRP'])
  await want(own('GET', `${groups}/nobody`), 404)
  await want(cast.mem('GET', `${groups}/owner`), 403)
})

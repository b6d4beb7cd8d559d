import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Cast, castOf, startSite, type TestSite } from '../../support/site.ts'
import { formBody, makeSession, makeSubject, want } from './stage.ts'

let site: TestSite
let cast: Cast
const root = '/xapi/schemas/datatypes'

before(async () => {
  site = await startSite()
  cast = await castOf(site, 'TYPES')
  await makeSubject(cast.own, 'TYPES', 'S1')
  await makeSession(cast.own, 'TYPES/S1/MR1')
})
after(() => site?.close())

const json = (body: unknown) => ({ headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
const names = (list: Record<string, unknown>[]) => list.map((one) => one['elementName'])

test('hierarchy 185: types are listed and described under their names with an underscore', async () => {
  const { mem } = cast
  const all: string[] = (await want(mem('GET', root), 200)).json()
  assert.ok(all.length > 50)
  assert.ok(all.includes('xnat:mrSessionData') && all.includes('icr:roiCollectionData'))
  const one = (await want(mem('GET', `${root}/elements/xnat:mrSessionData`), 200)).json()
  assert.deepEqual(Object.keys(one), ['xnat_mrSessionData'])
  const { properName, namespacePrefix, extensionType } = one.xnat_mrSessionData
  assert.deepEqual([properName, namespacePrefix, extensionType], ['MRSession', 'xnat', 'xnat:imageSessionData'])
  assert.deepEqual((await want(mem('GET', `${root}/elements/xnat_mrSessionData`), 200)).json(), one)
  const described = (await want(mem('GET', `${root}/elements/all`), 200)).json()
  assert.equal(Object.keys(described).length, all.length)
  await want(mem('GET', `${root}/elements/xnat:nothing`), 404)
  await want(cast.anon('GET', root), 401)
})

test('hierarchy 185: the names of types can be asked for one by one, several at once, or all', async () => {
  const { mem } = cast
  const mr = ['xnat:mrSessionData', 'MRSession', 'xnat:MRSession']
  assert.deepEqual((await want(mem('GET', `${root}/names/xnat:mrSessionData`), 200)).json(), { xnat_mrSessionData: mr })
  const every = (await want(mem('GET', `${root}/names/all`), 200)).json()
  assert.deepEqual(every.xnat_mrSessionData, mr)
  assert.match(every.timestamp[0], /^\d+$/)
  for (const body of [
    json({ dataTypes: ['MRSession', 'xnat:addField'] }),
    formBody({ dataTypes: 'MRSession,xnat:addField' }),
  ])
    assert.deepEqual((await want(mem('POST', `${root}/names`, body), 200)).json(), {
      xnat_mrSessionData: mr,
      xnat_addField: ['xnat:addField'],
    })
  const elements = (await want(mem('POST', `${root}/elements`, json({ dataType: 'xnat:subjectData' })), 200)).json()
  assert.equal(elements.xnat_subjectData.properName, 'Subject')
  await want(mem('POST', `${root}/names`, json({})), 400)
  await want(mem('POST', `${root}/names`, json({ dataTypes: ['nothing'] })), 404)
  const searchable: string[] = (await want(mem('GET', `${root}/searchable`), 200)).json()
  assert.ok(searchable.includes('xnat:mrSessionData') && !searchable.includes('xnat:addField'))
})

test('hierarchy section 7.4: everybody is told of their own roles, administrators of those of others', async () => {
  const roles = (await want(cast.mem('GET', '/xapi/access/projects'), 200)).json()
  assert.deepEqual(roles, [
    { ID: 'TYPES', secondary_ID: 'TYPES', name: 'TYPES', description: '', GROUP_ID: 'TYPES_member', role: 'Members' },
  ])
  assert.deepEqual((await want(cast.str('GET', '/xapi/access/projects'), 200)).json(), [])
  assert.deepEqual((await want(cast.admin('GET', '/xapi/access/mem/projects'), 200)).json(), roles)
  await want(cast.own('GET', '/xapi/access/mem/projects'), 403)
  await want(cast.admin('GET', '/xapi/access/nobody/projects'), 404)
  assert.deepEqual((await want(cast.mem('GET', '/xapi/users/projects'), 200)).json(), ['TYPES'])
  assert.deepEqual((await want(cast.mem('GET', '/xapi/users/authProviders'), 200)).json(), ['localdb'])
  assert.equal((await want(cast.mem('GET', '/xapi/users/authDetails/mem'), 200)).json()[0].authUser, 'mem')
  await want(cast.mem('GET', '/xapi/users/authDetails/own'), 403)
})

test('hierarchy section 7.4: lists of types follow what the caller may do', async () => {
  const list = async (caller: typeof cast.mem, name: string) =>
    names((await want(caller('GET', `/xapi/access/displays/${name}`), 200)).json())
  assert.deepEqual(await list(cast.col, 'browseable'), ['xnat:projectData', 'xnat:subjectData', 'xnat:mrSessionData'])
  assert.deepEqual(await list(cast.str, 'browseable'), [])
  assert.ok((await list(cast.mem, 'createable')).includes('xnat:petSessionData'))
  assert.deepEqual(await list(cast.mem, 'creatable'), await list(cast.admin, 'createable'))
  assert.deepEqual(await list(cast.col, 'createable'), [])
  assert.ok((await list(cast.str, 'searchable')).includes('xnat:subjectData'))
  assert.ok((await want(cast.str('GET', '/xapi/access/displays'), 200)).json().includes('browseable'))
  assert.equal(typeof (await want(cast.str('GET', '/xapi/access/displays/modified'), 200)).json(), 'number')
  await want(cast.str('GET', '/xapi/access/displays/nothing'), 400)
  await want(cast.str('DELETE', '/xapi/access/cache/flush'), 200)
  await want(cast.str('DELETE', '/xapi/access/cache/flush/str'), 200)
  await want(cast.str('DELETE', '/xapi/access/cache/flush/own'), 403)
})

test('hierarchy section 7.4: all projects are listed to administrators and the privileged', async () => {
  const ids = [{ id: 'TYPES' }]
  assert.deepEqual((await want(cast.admin('GET', '/xapi/role/projects'), 200)).json(), ids)
  await want(cast.str('GET', '/xapi/role/projects'), 403)
  await want(cast.admin('PUT', '/xapi/users/str/roles/Privileged'), 200)
  assert.deepEqual((await want(cast.str('GET', '/xapi/role/projects'), 200)).json(), ids)
  await want(cast.admin('DELETE', '/xapi/users/str/roles/Privileged'), 200)
  await want(cast.str('GET', '/xapi/role/projects'), 403)
  assert.deepEqual((await want(cast.str('GET', '/xapi/plugins/'), 200)).json(), {})
  await want(cast.str('GET', '/xapi/plugins/nothing'), 404)
})

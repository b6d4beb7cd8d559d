import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Caller } from '../../support/caller.ts'
import { type Cast, castOf, startSite, type TestSite } from '../../support/site.ts'
import { column, makeSession, makeSubject, rowsAt, sessionAt, setPreference, storeFile, want } from './stage.ts'

let site: TestSite
let cast: Cast
let reader: Caller
let keeper: Caller
const at = sessionAt('SGR/S1/MR1')
const groups = (login: string) => `/xapi/users/${login}/groups`
const json = (body: unknown) => ({ headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })

/** `reader` reads all data of the site, `keeper` does everything with them; neither belongs to a project. */
before(async () => {
  site = await startSite()
  cast = await castOf(site, 'SGR')
  for (const login of ['reader', 'keeper', 'both', 'boss', 'leaver']) await site.addUser(login)
  await want(cast.admin('PUT', `${groups('reader')}/ALL_DATA_ACCESS`), 200)
  await want(cast.admin('PUT', groups('keeper'), json(['ALL_DATA_ADMIN'])), 200)
  reader = site.as('reader')
  keeper = site.as('keeper')
  await makeSubject(cast.own, 'SGR', 'S1')
  await makeSession(cast.own, 'SGR/S1/MR1')
  await want(cast.own('PUT', `${at}/scans/1?xsiType=xnat:mrScanData&type=T1`), 200)
  await storeFile(cast.own, `${at}/scans/1`, 'DICOM/files/a.dcm', 'bytes')
})
after(() => site?.close())

const groupsOf = async (login: string) => (await want(cast.admin('GET', groups(login)), 200)).json()

test('hierarchy section 8: site-wide groups are listed with those of projects', async () => {
  await want(cast.admin('PUT', groups('both'), json(['ALL_DATA_ACCESS', 'ALL_DATA_ADMIN', 'SGR_member'])), 200)
  assert.deepEqual((await groupsOf('both')).sort(), ['ALL_DATA_ACCESS', 'ALL_DATA_ADMIN', 'SGR_member'])
  assert.deepEqual((await want(reader('GET', groups('reader')), 200)).json(), ['ALL_DATA_ACCESS'])
  await want(cast.admin('DELETE', groups('both'), json(['ALL_DATA_ADMIN', 'SGR_member'])), 200)
  assert.deepEqual(await groupsOf('both'), ['ALL_DATA_ACCESS'])
})

test('hierarchy section 8: a name that is no group is told, with 202', async () => {
  const reply = await want(cast.admin('PUT', groups('both'), json(['ALL_DATA_EVERYTHING', 'ALL_DATA_ACCESS'])), 202)
  assert.deepEqual(reply.json(), ['ALL_DATA_EVERYTHING'])
  await want(cast.admin('PUT', `${groups('both')}/toString`), 202)
})

test('hierarchy section 8: only administrators give and take site-wide groups', async () => {
  for (const caller of [cast.own, cast.str, reader, keeper]) {
    await want(caller('PUT', `${groups('str')}/ALL_DATA_ACCESS`), 403)
    await want(caller('DELETE', `${groups('both')}/ALL_DATA_ACCESS`), 403)
  }
  assert.deepEqual(await groupsOf('both'), ['ALL_DATA_ACCESS'])
  assert.deepEqual(await groupsOf('str'), [])
})

test('hierarchy section 8: the guest is in no group', async () => {
  await want(cast.admin('PUT', `${groups('guest')}/ALL_DATA_ACCESS`), 403)
  await want(cast.admin('PUT', `${groups('nobody')}/ALL_DATA_ACCESS`), 404)
})

test('hierarchy section 3.8: includeAllDataAccess adds who may read all data', async () => {
  const rows = await rowsAt(cast.own, '/data/projects/SGR/users?includeAllDataAccess=true')
  const named = rows.map((row) => `${row['login']} ${row['GROUP_ID']}`)
  for (const name of ['admin ALL_DATA_ADMIN', 'keeper ALL_DATA_ADMIN', 'reader ALL_DATA_ACCESS', 'own SGR_owner'])
    assert.ok(named.includes(name), `${name} is missing in ${named.join(', ')}`)
  const plain = await rowsAt(cast.own, '/data/projects/SGR/users')
  assert.deepEqual(column(plain, 'login'), ['col', 'mem', 'own'])
})

test('hierarchy section 8: who reads all data finds it in every list and at every address', async () => {
  for (const [list, key, expected] of [
    ['/data/projects?accessible=true', 'id', ['SGR']],
    ['/data/projects?data=readable', 'id', ['SGR']],
    ['/data/projects?permissions=read&dataType=xnat:subjectData', 'id', ['SGR']],
    ['/data/projects?permissions=edit&dataType=xnat:subjectData', 'id', []],
    ['/data/projects?restrict=edit', 'ID', []],
    ['/data/projects/SGR/subjects', 'label', ['S1']],
    ['/data/subjects', 'label', ['S1']],
    ['/data/projects/SGR/experiments', 'label', ['MR1']],
    [`${at}/scans`, 'ID', ['1']],
    [`${at}/scans/1/files`, 'Name', ['a.dcm']],
  ] as const) {
    assert.deepEqual(column(await rowsAt(reader, list), key), expected, list)
  }
  assert.equal((await want(reader('GET', `${at}/scans/1/resources/DICOM/files/a.dcm`), 200)).text, 'bytes')
})

test('hierarchy section 8: who reads all data changes none', async () => {
  await want(reader('PUT', `${at}/scans/2?xsiType=xnat:mrScanData`), 403)
  await want(reader('DELETE', `${at}/scans/1/resources/DICOM/files/a.dcm`), 403)
  await want(reader('PUT', '/data/projects/SGR/accessibility/public'), 403)
  await want(reader('PUT', '/data/projects/SGR/users/owner/reader'), 403)
  await want(reader('PUT', `${at}?quarantine=true`), 403)
  // The one write that is refused in silence.
  await want(reader('PUT', `${at}/scans/1/resources/DICOM/files/b.dcm?inbody=true`, { body: 'x' }), 200)
  assert.deepEqual(column(await rowsAt(cast.own, `${at}/scans/1/files`), 'Name'), ['a.dcm'])
})

test('hierarchy section 8: who does everything with all data is as an owner of every project', async () => {
  assert.deepEqual(column(await rowsAt(keeper, '/data/projects?data=writable'), 'id'), ['SGR'])
  assert.deepEqual(column(await rowsAt(keeper, '/data/projects?restrict=delete'), 'ID'), ['SGR'])
  assert.deepEqual(column(await rowsAt(keeper, '/data/projects?admin=true'), 'id'), ['SGR'])
  assert.deepEqual(column(await rowsAt(reader, '/data/projects?admin=true'), 'id'), [])
  await want(keeper('PUT', '/data/projects/SGR?description=kept'), 200)
  await want(keeper('PUT', '/data/projects/SGR/users/collaborator/str'), 200)
  await want(keeper('DELETE', '/data/projects/SGR/users/collaborator/str'), 200)
  await want(keeper('PUT', `${at}?quarantine=true`), 200)
  await want(reader('GET', at), 404)
  await want(keeper('GET', at), 200)
  await want(keeper('PUT', `${at}?activate=true`), 200)
  await want(reader('GET', at), 200)
})

test('hierarchy section 7.2: allowDataAdmins switched off leaves all data to the administrators', async () => {
  await setPreference(cast.admin, 'allowDataAdmins', 'false')
  await want(keeper('GET', at), 404)
  await want(reader('GET', at), 200)
  await want(cast.admin('GET', at), 200)
  await setPreference(cast.admin, 'allowDataAdmins', 'true')
  await want(keeper('GET', at), 200)
})

test('hierarchy section 8: administrators are in ALL_DATA_ADMIN as long as they are administrators', async () => {
  assert.deepEqual(await groupsOf('admin'), ['ALL_DATA_ADMIN'])
  await want(cast.admin('PUT', '/xapi/users/boss/roles/Administrator'), 200)
  assert.deepEqual(await groupsOf('boss'), ['ALL_DATA_ADMIN'])
  await want(cast.admin('DELETE', `${groups('boss')}/ALL_DATA_ADMIN`), 409)
  await want(cast.admin('DELETE', '/xapi/users/boss/roles/Administrator'), 200)
  assert.deepEqual(await groupsOf('boss'), [])
  await want(site.as('boss')('GET', at), 404)
})

test('hierarchy section 7.3: everybody may leave a group, and take nobody along', async () => {
  await want(cast.own('PUT', '/data/projects/SGR/users/member/leaver'), 200)
  await want(cast.admin('PUT', `${groups('leaver')}/ALL_DATA_ACCESS`), 200)
  const leaver = site.as('leaver')
  await want(leaver('DELETE', `${groups('mem')}/SGR_member`), 403)
  await want(leaver('DELETE', `${groups('leaver')}/SGR_member`), 200)
  assert.deepEqual(await groupsOf('leaver'), ['ALL_DATA_ACCESS'])
  await want(leaver('DELETE', `${groups('leaver')}/ALL_DATA_ACCESS`), 200)
  assert.deepEqual(await groupsOf('leaver'), [])
  await want(leaver('GET', '/data/projects/SGR'), 404)
  await want(leaver('PUT', `${groups('leaver')}/SGR_member`), 404)
})

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Caller, callerOf } from '../../support/caller.ts'
import { startSite, type TestSite } from '../../support/site.ts'

let site: TestSite
let admin: Caller
let own: Caller
let other: Caller

before(async () => {
  site = await startSite()
  for (const login of ['own', 'other', 'vain']) await site.addUser(login)
  admin = site.as('admin')
  own = site.as('own')
  other = site.as('other')
})
after(() => site?.close())

const json = (value: unknown) => ({ headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) })

test('hierarchy 182: people change their own profile, and the password only with the present one', async () => {
  const vain = site.as('vain')
  assert.equal((await vain('PUT', '/xapi/users/update', json({ firstName: 'Vera' }))).json().firstName, 'Vera')
  assert.equal((await vain('PUT', '/xapi/users/update', json({ firstName: 'Vera' }))).status, 304)
  assert.equal((await vain('PUT', '/xapi/users/update', json({ password: 'newer' }))).status, 401)
  assert.equal((await vain('PUT', '/xapi/users/update', json({ password: 'newer', currentPassword: 'x' }))).status, 401)
  const right = json({ password: 'newer', currentPassword: 'vain-password' })
  assert.equal((await vain('PUT', '/xapi/users/update', right)).status, 200)
  assert.equal((await vain('GET', '/data/auth')).status, 401)
  assert.equal((await callerOf(site.url, 'vain', 'newer')('GET', '/data/auth')).status, 200)
})

test('hierarchy 182: nobody gains rights through the own profile', async () => {
  const document = { lastName: 'Owner', admin: true, roles: ['Administrator'], siteGroups: ['ALL_DATA_ADMIN'] }
  assert.equal((await own('PUT', '/xapi/users/update', json({ ...document, username: 'other' }))).status, 400)
  assert.equal((await own('PUT', '/xapi/users/update', json({ ...document, username: 'own' }))).status, 200)
  assert.deepEqual((await own('GET', '/xapi/users/own/groups')).json(), [])
  assert.deepEqual((await own('GET', '/xapi/users/own/roles')).json(), [])
  assert.equal((await own('GET', '/xapi/users/active')).status, 403)
})

test('hierarchy 182: profiles are seen by whom the user list is', async () => {
  assert.equal((await own('GET', '/xapi/users/profile')).json().username, 'own')
  assert.equal((await own('GET', '/xapi/users/profile/other')).json().username, 'other')
  const logins = (await own('GET', '/xapi/users/current')).json().map((user: { username: string }) => user.username)
  assert.ok(logins.includes('other'))
})

test('hierarchy 182: documents with values of the wrong kind are 400', async () => {
  for (const body of [
    { username: 5 },
    { username: 'fine', enabled: 'yes' },
    { username: 'fine', email: 'nowhere' },
    [],
  ]) {
    assert.equal((await admin('POST', '/xapi/users', json(body))).status, 400, JSON.stringify(body))
  }
})

test('hierarchy 182: roles are given and taken by administrators, unknown ones are named with 202', async () => {
  assert.equal((await own('PUT', '/xapi/users/own/roles/Administrator')).status, 403)
  assert.deepEqual((await admin('PUT', '/xapi/users/other/roles/Administrator')).json(), [])
  assert.equal((await other('GET', '/xapi/users/active')).status, 200)
  assert.deepEqual((await admin('GET', '/xapi/users/roles/Administrator')).json(), ['admin', 'other'])
  assert.deepEqual((await admin('GET', '/xapi/users/rolemap')).json().Administrator, ['admin', 'other'])
  const mixed = await admin('PUT', '/xapi/users/other/roles', json(['non_expiring', 'Emperor']))
  assert.deepEqual([mixed.status, mixed.json()], [202, ['Emperor']])
  assert.deepEqual((await other('GET', '/xapi/users/other/roles')).json(), ['Administrator', 'non_expiring'])
  assert.equal((await admin('DELETE', '/xapi/users/other/roles', json(['Administrator', 'non_expiring']))).status, 200)
  assert.deepEqual((await other('GET', '/xapi/users/other/roles')).json(), [])
  assert.equal((await admin('POST', '/data/user/other/roles?roles=non_expiring')).status, 202)
  assert.deepEqual((await other('GET', '/xapi/users/other/roles')).json(), ['non_expiring'])
})

test('hierarchy 182: the last administrator stays one', async () => {
  assert.equal((await admin('DELETE', '/xapi/users/admin/roles/Administrator')).status, 409)
  assert.equal((await admin('PUT', '/xapi/users/admin/enabled/false')).status, 409)
})

test('hierarchy 182: owners of a project put people into its groups', async () => {
  await own('PUT', '/data/projects/GRP?accessibility=private')
  assert.equal((await other('PUT', '/xapi/users/other/groups/GRP_member')).status, 404)
  assert.equal((await own('PUT', '/xapi/users/other/groups/GRP_member')).status, 200)
  assert.deepEqual((await other('GET', '/xapi/users/other/groups')).json(), ['GRP_member'])
  assert.equal((await other('PUT', '/xapi/users/other/groups/GRP_owner')).status, 403)
  const mixed = await admin('PUT', '/xapi/users/other/groups', json(['GRP_collaborator', 'NOSUCH_owner']))
  assert.deepEqual([mixed.status, mixed.json()], [202, ['NOSUCH_owner']])
  assert.deepEqual((await other('GET', '/xapi/users/other/groups')).json(), ['GRP_collaborator'])
  assert.equal((await own('DELETE', '/xapi/users/other/groups/GRP_collaborator')).status, 200)
  assert.deepEqual((await other('GET', '/xapi/users/other/groups')).json(), [])
})

test('hierarchy 183: sessions are counted and ended under the old address, too', async () => {
  await site.addUser('busy')
  const busy = site.as('busy')
  await busy('GET', '/data/JSESSION')
  await busy('GET', '/data/JSESSION')
  assert.deepEqual((await admin('GET', '/data/user/busy/sessions')).json(), { busy: 2 })
  assert.equal((await other('DELETE', '/data/user/busy/sessions')).status, 403)
  assert.equal((await admin('DELETE', '/data/user/busy/sessions')).status, 200)
  assert.equal((await admin('GET', '/xapi/users/active/busy')).status, 304)
  assert.equal((await admin('GET', '/xapi/users/active/nosuch')).status, 304)
})

test('hierarchy 182: the guest can be neither changed into somebody nor signed in', async () => {
  assert.equal((await admin('PUT', '/xapi/users/guest', json({ password: 'x' }))).status, 403)
  assert.equal((await admin('PUT', '/xapi/users/guest/roles/Administrator')).status, 403)
  assert.equal((await admin('GET', '/data/services/tokens/issue/user/guest')).status, 403)
})

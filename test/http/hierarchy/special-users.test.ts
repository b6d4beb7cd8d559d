import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Caller, callerOf } from '../../support/caller.ts'
import { type Cast, castOf, passwordOf, startSite, type TestSite } from '../../support/site.ts'
import { column, itemAt, makeProject, makeSession, makeSubject, rowsAt, sessionAt, want } from './stage.ts'

let site: TestSite
let cast: Cast
let reader: Caller
let manager: Caller
const at = sessionAt('SPC/S1/MR1')
const json = (body: unknown) => ({ headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })

/** `reader` shall read all data of the site, `manager` do everything with them; neither belongs to SPC. */
before(async () => {
  site = await startSite()
  cast = await castOf(site, 'SPC')
  for (const login of ['reader', 'manager', 'boss', 'changer']) await site.addUser(login)
  reader = site.as('reader')
  manager = site.as('manager')
  await makeSubject(cast.own, 'SPC', 'S1')
  await makeSession(cast.own, 'SPC/S1/MR1')
})
after(() => site?.close())

const join = (login: string, group: string) => want(cast.admin('PUT', `/xapi/users/${login}/groups/${group}`), 200)

test('hierarchy section 8: ALL_DATA_ACCESS reads everything', async () => {
  await join('reader', 'ALL_DATA_ACCESS')
  assert.deepEqual(column(await rowsAt(reader, '/data/projects'), 'ID'), ['SPC'])
  assert.equal((await itemAt(reader, at)).data_fields.label, 'MR1')
  assert.deepEqual(column(await rowsAt(reader, '/data/experiments'), 'label'), ['MR1'])
})

test('hierarchy section 8: ALL_DATA_ACCESS writes nothing', async () => {
  await join('reader', 'ALL_DATA_ACCESS')
  await want(reader('PUT', `${at}?note=x`), 403)
  await want(reader('DELETE', at), 403)
  await want(reader('PUT', '/data/projects/SPC/subjects/NEW'), 403)
  await want(reader('PUT', '/data/projects/SPC?description=x'), 403)
  assert.equal((await itemAt(cast.own, at)).data_fields.note, undefined)
})

test('hierarchy section 8: ALL_DATA_ADMIN does everything with data', async () => {
  await join('manager', 'ALL_DATA_ADMIN')
  await want(manager('PUT', '/data/projects/SPC/subjects/BYMANAGER'), 201)
  await want(manager('PUT', `${at}?note=managed`), 200)
  await want(manager('DELETE', '/data/projects/SPC/subjects/BYMANAGER'), 200)
  assert.equal((await itemAt(cast.own, at)).data_fields.note, 'managed')
})

test('hierarchy section 8: ALL_DATA_ADMIN does not administer users', async () => {
  await join('manager', 'ALL_DATA_ADMIN')
  await want(manager('POST', '/xapi/users', json({ username: 'intruder', password: 'x', enabled: true })), 403)
  await want(manager('POST', '/xapi/siteConfig/siteDescriptionText', json('x')), 401, 403)
  await want(manager('PUT', '/xapi/users/manager/roles/Administrator'), 403)
})

test('hierarchy section 8: nobody gives themselves a site-wide group', async () => {
  await want(cast.str('PUT', '/xapi/users/str/groups/ALL_DATA_ADMIN'), 403)
  await want(cast.str('PUT', '/xapi/users/str/groups/SPC_owner'), 403, 404)
  await want(cast.mem('PUT', '/xapi/users/mem/groups/SPC_owner'), 403)
  await want(cast.str('GET', '/data/projects/SPC'), 404)
  assert.deepEqual((await want(cast.mem('GET', '/xapi/users/mem/groups'), 200)).json(), ['SPC_member'])
})

test('hierarchy section 8: the role Administrator makes an administrator, taking it away ends that', async () => {
  await want(cast.admin('PUT', '/xapi/users/boss/roles/Administrator'), 200)
  await want(site.as('boss')('GET', '/xapi/users/active'), 200)
  await want(cast.admin('DELETE', '/xapi/users/boss/roles/Administrator'), 200)
  await want(site.as('boss')('GET', '/xapi/users/active'), 403)
})

test('hierarchy section 8: leaving ALL_DATA_ACCESS ends reading at once', async () => {
  await join('reader', 'ALL_DATA_ACCESS')
  await want(cast.admin('DELETE', '/xapi/users/reader/groups/ALL_DATA_ACCESS'), 200)
  await want(reader('GET', at), 404)
})

test('hierarchy 182: a user changes the own password, knowing the current one', async () => {
  const caller = site.as('changer')
  const wrong = { username: 'changer', password: 'new password', currentPassword: 'wrong' }
  const reply = await caller('PUT', '/xapi/users/update', json(wrong))
  assert.ok(reply.status >= 400 && reply.status < 500, String(reply.status))
  await want(caller('GET', '/data/auth'), 200)
  await want(caller('PUT', '/xapi/users/update', json({ ...wrong, currentPassword: passwordOf('changer') })), 200)
  await want(caller('GET', '/data/auth'), 401)
  await want(callerOf(site.url, 'changer', 'new password')('GET', '/data/auth'), 200)
})

test("hierarchy 182: nobody changes another's password that way", async () => {
  const body = json({ username: 'mem', password: 'stolen', currentPassword: passwordOf('str') })
  await cast.str('PUT', '/xapi/users/update', body)
  await want(cast.mem('GET', '/data/auth'), 200)
  await want(callerOf(site.url, 'mem', 'stolen')('GET', '/data/auth'), 401)
})

test('hierarchy 101: an owner made a member is an owner no more', async () => {
  await makeProject(cast.own, 'SPC2', { accessibility: 'private' })
  await want(cast.own('PUT', '/data/projects/SPC2/users/owner/mem'), 200)
  await want(cast.mem('PUT', '/data/projects/SPC2?description=mine'), 200)
  await want(cast.own('PUT', '/data/projects/SPC2/users/member/mem'), 200)
  await want(cast.mem('PUT', '/data/projects/SPC2?description=again'), 403)
})

test('hierarchy 84: favourites are kept for each user and filter the list', async () => {
  await want(cast.own('PUT', '/data/users/favorites/Project/SPC'), 200, 201)
  const list = '/data/projects?favorite=true'
  assert.deepEqual(column(await rowsAt(cast.own, list), 'id'), ['SPC'])
  assert.deepEqual(column(await rowsAt(cast.mem, list), 'id'), [])
  await want(cast.own('DELETE', '/data/users/favorites/Project/SPC'), 200)
  assert.deepEqual(column(await rowsAt(cast.own, list), 'id'), [])
})

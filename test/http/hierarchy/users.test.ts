import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Caller, callerOf } from '../../support/caller.ts'
import { type Cast, castOf, startSite, type TestSite } from '../../support/site.ts'
import { column, headerAt, rowsAt, setPreference, want } from './stage.ts'

let site: TestSite
let cast: Cast
let admin: Caller

before(async () => {
  site = await startSite()
  cast = await castOf(site, 'PEO')
  admin = cast.admin
})
after(() => site?.close())

const json = (body: unknown) => ({ headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
const person = (username: string, more: object = {}) => ({
  username,
  password: `${username}-password`,
  firstName: 'New',
  lastName: 'Person',
  email: `${username}@x.example`,
  ...more,
})

for (const path of ['/data/version', '/data/uptime', '/data/buildInfo']) {
  test(`hierarchy 172: GET ${path} is 404 with an HTML page`, async () => {
    const reply = await want(cast.own('GET', path), 404)
    assert.equal(reply.type, 'text/html')
    assert.match(reply.text, /^<html>/)
  })
}

test('hierarchy 173: buildInfo is public and has a version', async () => {
  const reply = await want(cast.anon('GET', '/xapi/siteConfig/buildInfo'), 200)
  assert.equal(reply.type, 'application/json')
  assert.match(reply.json().version, /^1\.8\./)
  for (const value of Object.values(reply.json())) assert.equal(typeof value, 'string')
})

test('hierarchy 174: the bare version', async () => {
  const { version } = (await want(cast.anon('GET', '/xapi/siteConfig/buildInfo'), 200)).json()
  assert.equal((await want(cast.own('GET', '/xapi/siteConfig/buildInfo/version'), 200)).text, version)
})

test('hierarchy 179: the columns of the user list', async () => {
  const reply = await want(cast.own('GET', '/data/users'), 200)
  assert.equal(reply.type, 'application/json')
  assert.equal(reply.json().ResultSet.title, 'Projects')
  assert.equal((await headerAt(cast.own, '/data/users')).join(), 'xdat_user_id,login,firstname,lastname,email')
})

test('hierarchy 179: the list has the enabled users', async () => {
  const logins = column(await rowsAt(cast.own, '/data/users'), 'login')
  for (const login of ['admin', 'own', 'mem', 'col', 'str']) assert.ok(logins.includes(login), login)
  await site.addUser('asleep')
  await want(admin('PUT', '/xapi/users/asleep/enabled/false'), 200)
  assert.ok(!column(await rowsAt(cast.own, '/data/users'), 'login').includes('asleep'))
})

test('hierarchy 180: with the restriction on others get 403 and an empty table', async () => {
  await setPreference(admin, 'restrictUserListAccessToAdmins', 'true')
  try {
    const reply = await want(cast.str('GET', '/data/users?format=json'), 403)
    assert.deepEqual(reply.rows(), [])
    assert.doesNotMatch(reply.text, /admin|mem/)
    await want(cast.str('GET', '/xapi/users'), 403)
    assert.ok((await rowsAt(admin, '/data/users')).length > 0)
  } finally {
    await setPreference(admin, 'restrictUserListAccessToAdmins', 'false')
  }
})

test('hierarchy 181: the own name is bare text', async () => {
  const reply = await want(cast.own('GET', '/xapi/users/username'), 200)
  assert.deepEqual([reply.type, reply.text], ['text/plain', 'own'])
  await want(cast.anon('GET', '/xapi/users/username'), 401)
})

test('hierarchy 182: an administrator makes users', async () => {
  const reply = await want(admin('POST', '/xapi/users', json(person('made', { enabled: true, verified: true }))), 201)
  const user = reply.json()
  assert.equal(typeof user.id, 'number')
  assert.deepEqual(
    [user.username, user.firstName, user.lastName, user.email, user.enabled, user.verified],
    ['made', 'New', 'Person', 'made@x.example', true, true],
  )
  assert.equal((await want(site.as('made')('GET', '/data/auth'), 200)).text, "User 'made' is logged in")
})

test('hierarchy 182: others may not', async () => {
  for (const caller of [cast.own, cast.str]) {
    await want(caller('POST', '/xapi/users', json(person('unmade', { enabled: true }))), 403)
  }
  await want(cast.anon('POST', '/xapi/users', json(person('unmade'))), 401)
  await want(admin('GET', '/xapi/users/unmade'), 404)
})

test('hierarchy 182: a new user is disabled unless enabled is sent', async () => {
  assert.equal((await want(admin('POST', '/xapi/users', json(person('dormant'))), 201)).json().enabled, false)
  await want(site.as('dormant')('GET', '/data/auth'), 401)
})

test('hierarchy 182: an existing name is 409, bad values are 400', async () => {
  await want(admin('POST', '/xapi/users', json(person('own'))), 409)
  for (const bad of ['1digit', 'with blank', 'x'.repeat(65), '']) {
    await want(admin('POST', '/xapi/users', json(person(bad))), 400)
  }
})

test('hierarchy 182: a password is never returned', async () => {
  const replies = [
    await want(admin('POST', '/xapi/users', json(person('secretive', { enabled: true }))), 201),
    await want(admin('GET', '/xapi/users/secretive'), 200),
    await want(admin('GET', '/xapi/users/profiles'), 200),
  ]
  for (const reply of replies) assert.doesNotMatch(reply.text, /secretive-password|scrypt|\$2[aby]\$/)
  assert.equal(replies[1]!.json().password ?? null, null)
  assert.equal(replies[1]!.json().salt ?? null, null)
})

test('hierarchy 182: a user is seen by itself and by administrators', async () => {
  assert.equal((await want(cast.own('GET', '/xapi/users/own'), 200)).json().username, 'own')
  assert.equal((await want(admin('GET', '/xapi/users/own'), 200)).json().username, 'own')
  await want(cast.str('GET', '/xapi/users/own'), 403)
  await want(admin('GET', '/xapi/users/nosuchuser'), 404)
})

test('hierarchy 182: an administrator changes users', async () => {
  await want(admin('PUT', '/xapi/users/mem', json({ username: 'mem', lastName: 'Changed' })), 200)
  assert.equal((await want(admin('GET', '/xapi/users/mem'), 200)).json().lastName, 'Changed')
  await want(admin('PUT', '/xapi/users/mem', json({ username: 'mem', lastName: 'Changed' })), 304)
  await want(admin('PUT', '/xapi/users/mem', json({ username: 'col', lastName: 'Other' })), 400)
  await want(cast.own('PUT', '/xapi/users/mem', json({ username: 'mem', lastName: 'Mine' })), 403)
})

test('hierarchy 182: a new password replaces the old one', async () => {
  await site.addUser('renewed')
  await want(admin('PUT', '/xapi/users/renewed', json({ username: 'renewed', password: 'another one' })), 200)
  await want(site.as('renewed')('GET', '/data/auth'), 401)
  await want(callerOf(site.url, 'renewed', 'another one')('GET', '/data/auth'), 200)
})

test('hierarchy 182: enabling and disabling is for administrators', async () => {
  await site.addUser('switched')
  await want(cast.own('PUT', '/xapi/users/switched/enabled/false'), 403)
  await want(site.as('switched')('PUT', '/xapi/users/switched/enabled/false'), 403)
  assert.equal((await want(site.as('switched')('GET', '/xapi/users/switched/enabled'), 200)).text, 'true')
})

test('hierarchy 182: the list of names', async () => {
  const names: string[] = (await want(cast.own('GET', '/xapi/users'), 200)).json()
  for (const login of ['admin', 'guest', 'own']) assert.ok(names.includes(login), login)
})

test('hierarchy 182: the groups of a user', async () => {
  const groups: string[] = (await want(cast.mem('GET', '/xapi/users/mem/groups'), 200)).json()
  assert.deepEqual(groups, ['PEO_member'])
  await want(cast.str('GET', '/xapi/users/mem/groups'), 403)
})

test('hierarchy 182: errors of /xapi are plain text', async () => {
  const reply = await want(admin('POST', '/xapi/users', json(person('own'))), 409)
  assert.equal(reply.type, 'text/plain')
  assert.doesNotMatch(reply.text, /<html/)
})

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { type Caller, callerOf } from '../../support/caller.ts'
import { startSite, type TestSite } from '../../support/site.ts'
import { cookieOf, setPreference, want, withCookie } from './stage.ts'

let site: TestSite
let own: Caller
let other: Caller
let admin: Caller
const tokens = '/data/services/tokens'

before(async () => {
  site = await startSite()
  for (const login of ['own', 'other', 'leaver']) await site.addUser(login)
  own = site.as('own')
  other = site.as('other')
  admin = site.as('admin')
})
after(() => site?.close())

// biome-ignore lint/suspicious/noExplicitAny: a token as the wire has it
const issue = async (caller: Caller): Promise<any> => (await want(caller('GET', `${tokens}/issue`), 200)).json()
const bearer = (token: { alias: string; secret: string }) => callerOf(site.url, token.alias, token.secret)
const authOf = async (caller: Caller) => (await want(caller('GET', '/data/auth'), 200)).text

test('hierarchy 63: a token has a UUID alias and a secret of 64 letters and digits', async () => {
  const reply = await want(own('GET', `${tokens}/issue`), 200)
  assert.equal(reply.type, 'application/json')
  const { alias, secret } = reply.json()
  assert.match(alias, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
  assert.match(secret, /^[A-Za-z0-9]{64}$/)
})

test('hierarchy 63: a token says whose it is and how long it lives', async () => {
  const token = await issue(own)
  assert.equal(typeof token.id, 'number')
  assert.ok(Math.abs(token.created - Date.now()) < 60_000)
  assert.equal(token.estimatedExpirationTime - token.created, 2 * 86_400_000)
  const { enabled, singleUse, xdatUserId, validIPAddresses, disabled } = token
  assert.deepEqual(
    { enabled, singleUse, xdatUserId, validIPAddresses, disabled },
    { enabled: true, singleUse: false, xdatUserId: 'own', validIPAddresses: null, disabled: 0 },
  )
})

test('hierarchy 63: two tokens are different', async () => {
  const [first, second] = [await issue(own), await issue(own)]
  assert.notEqual(first.alias, second.alias)
  assert.notEqual(first.secret, second.secret)
})

test('hierarchy 64: alias and secret sign the owner in, again and again', async () => {
  const caller = bearer(await issue(own))
  assert.equal(await authOf(caller), "User 'own' is logged in")
  assert.equal(await authOf(caller), "User 'own' is logged in")
})

test('hierarchy 64: GET / with an alias sets a cookie for the owner', async () => {
  const session = cookieOf(await want(bearer(await issue(own))('GET', '/'), 200))
  const reply = await want(site.as(null)('GET', '/data/auth', { headers: withCookie(session) }), 200)
  assert.equal(reply.text, "User 'own' is logged in")
})

test('hierarchy 64: what the alias makes belongs to the owner', async () => {
  await want(bearer(await issue(own))('PUT', '/data/projects/ALIASMADE'), 200)
  const users = (await want(own('GET', '/data/projects/ALIASMADE/users'), 200)).rows()
  assert.deepEqual(
    users.map((row) => row.login),
    ['own'],
  )
})

test('hierarchy 65: a wrong secret is 401', async () => {
  const { alias, secret } = await issue(own)
  for (const wrong of ['', 'x', `${secret.slice(0, -1)}!`, secret.slice(0, -1), `${secret}x`, 'own-password']) {
    await want(callerOf(site.url, alias, wrong)('GET', '/data/auth'), 401)
  }
})

test('hierarchy 65: the secret of another token is 401', async () => {
  const [first, second] = [await issue(own), await issue(own)]
  await want(callerOf(site.url, first.alias, second.secret)('GET', '/data/auth'), 401)
})

test('hierarchy 66: a token for somebody is issued to an administrator and to that user', async () => {
  for (const caller of [admin, own]) {
    const token = (await want(caller('GET', `${tokens}/issue/user/own`), 200)).json()
    assert.equal(token.xdatUserId, 'own')
    assert.equal(await authOf(bearer(token)), "User 'own' is logged in")
  }
})

test('hierarchy 66: another user gets none', async () => {
  const reply = await want(other('GET', `${tokens}/issue/user/own`), 403)
  assert.doesNotMatch(reply.text, /secret/)
})

test('hierarchy 67: nobody gets 401 on a closed site', async () => {
  await want(site.as(null)('GET', `${tokens}/issue`), 401)
})

test('hierarchy 68: validate names the owner of the right pair', async () => {
  const { alias, secret } = await issue(own)
  assert.deepEqual((await want(own('GET', `${tokens}/validate/${alias}/${secret}`), 200)).json(), { valid: 'own' })
})

test('hierarchy 68: validate of a wrong secret names nobody', async () => {
  const { alias } = await issue(own)
  const answer = (await want(own('GET', `${tokens}/validate/${alias}/${'x'.repeat(64)}`), 200)).json()
  assert.equal(answer.valid ?? null, null)
})

test('hierarchy 69: invalidate ends a token', async () => {
  const token = await issue(own)
  const reply = await want(own('GET', `${tokens}/invalidate/${token.alias}`), 200)
  assert.equal(reply.text, '{"result": "OK"}')
  await want(bearer(token)('GET', '/data/auth'), 401)
})

test('hierarchy 69: invalidate takes the secret, and the number in place of the alias', async () => {
  const [first, second] = [await issue(own), await issue(own)]
  await want(own('GET', `${tokens}/invalidate/${first.alias}/${first.secret}`), 200)
  await want(own('GET', `${tokens}/invalidate/${second.id}`), 200)
  for (const token of [first, second]) await want(bearer(token)('GET', '/data/auth'), 401)
})

test('hierarchy 69: an unknown alias is 404', async () => {
  await want(own('GET', `${tokens}/invalidate/00000000-0000-4000-8000-000000000000`), 404)
})

test("hierarchy 69: somebody else's token is 403, unless for an administrator", async () => {
  const token = await issue(own)
  await want(other('GET', `${tokens}/invalidate/${token.alias}`), 403)
  assert.equal(await authOf(bearer(token)), "User 'own' is logged in")
  await want(admin('GET', `${tokens}/invalidate/${token.alias}`), 200)
  await want(bearer(token)('GET', '/data/auth'), 401)
})

test('hierarchy 69: show lists the active tokens of the caller', async () => {
  const [kept, ended] = [await issue(other), await issue(other)]
  await want(other('GET', `${tokens}/invalidate/${ended.alias}`), 200)
  const shown: { alias: string; xdatUserId: string }[] = (await want(other('GET', `${tokens}/show`), 200)).json()
  assert.deepEqual(
    shown.map((token) => [token.alias, token.xdatUserId]),
    [[kept.alias, 'other']],
  )
})

test('hierarchy 69: show/user is for that user and administrators', async () => {
  const token = await issue(own)
  const shown: { alias: string }[] = (await want(admin('GET', `${tokens}/show/user/own`), 200)).json()
  assert.ok(shown.some((one) => one.alias === token.alias))
  await want(other('GET', `${tokens}/show/user/own`), 403)
})

test('hierarchy 69: an unknown operation is 400', async () => {
  await want(own('GET', `${tokens}/bogus`), 400)
})

test('hierarchy 69: disabling a user disables the tokens', async () => {
  const token = await issue(site.as('leaver'))
  await want(admin('PUT', '/xapi/users/leaver/enabled/false'), 200)
  await want(bearer(token)('GET', '/data/auth'), 401)
})

test('hierarchy 69: an alias keeps up with the rights of its owner', async () => {
  const caller = bearer(await issue(other))
  await want(own('PUT', '/data/projects/ALIASR?accessibility=private'), 200)
  await want(caller('GET', '/data/projects/ALIASR'), 404)
  await want(own('PUT', '/data/projects/ALIASR/users/member/other'), 200)
  await want(caller('GET', '/data/projects/ALIASR'), 200)
})

test('hierarchy 69: a token ends after aliasTokenTimeout', async () => {
  await setPreference(admin, 'aliasTokenTimeout', '2 seconds')
  try {
    const token = await issue(own)
    assert.equal(token.estimatedExpirationTime - token.created, 2000)
    assert.equal(await authOf(bearer(token)), "User 'own' is logged in")
    await pause(2500)
    await want(bearer(token)('GET', '/data/auth'), 401)
  } finally {
    await setPreference(admin, 'aliasTokenTimeout', '2 days')
  }
})

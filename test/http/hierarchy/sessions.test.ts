import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { Caller } from '../../support/caller.ts'
import { passwordOf, startSite, type TestSite } from '../../support/site.ts'
import { cookieOf, form, setPreference, textBody, want, withCookie } from './stage.ts'

let site: TestSite
let anon: Caller
let own: Caller
let admin: Caller

before(async () => {
  site = await startSite()
  for (const login of ['own', 'other', 'many', 'gone', 'ended']) await site.addUser(login)
  anon = site.as(null)
  own = site.as('own')
  admin = site.as('admin')
})
after(() => site?.close())

/** Signs in and resolves to the session id. */
async function signIn(login: string): Promise<string> {
  const body = form({ username: login, password: passwordOf(login) })
  return (await want(anon('PUT', '/data/services/auth', textBody(body)), 200)).text
}
const auth = (session: string | undefined) => anon('GET', '/data/auth', { headers: withCookie(session) })

test('hierarchy 51: every login sets JSESSIONID, HttpOnly, on the root path', async () => {
  const body = form({ username: 'own', password: passwordOf('own') })
  const replies = [
    await want(own('GET', '/data/projects'), 200),
    await want(own('GET', '/data/JSESSION'), 200),
    await want(own('GET', '/data/auth'), 200),
    await want(anon('POST', '/data/services/auth', textBody(body)), 200),
  ]
  for (const reply of replies) {
    const line = reply.headers['set-cookie']?.find((one) => one.startsWith('JSESSIONID='))
    assert.match(line ?? '', /^JSESSIONID=[0-9A-F]{32};/)
    assert.match(line ?? '', /; *HttpOnly/i)
    assert.match(line ?? '', /; *Path=\/(;|$)/i)
  }
})

test('hierarchy 52: the cookie alone authenticates', async () => {
  const session = cookieOf(await want(own('GET', '/data/projects'), 200))
  assert.equal((await want(auth(session), 200)).text, "User 'own' is logged in")
})

test('hierarchy 52: a cookie that nobody issued does not', async () => {
  await want(auth('0123456789ABCDEF0123456789ABCDEF'), 401)
})

test('hierarchy 53: GET /data/JSESSION is the bare cookie value', async () => {
  const reply = await want(own('GET', '/data/JSESSION'), 200)
  assert.equal(reply.type, 'text/plain')
  assert.equal(reply.text, cookieOf(reply))
  const again = await want(anon('GET', '/data/JSESSION', { headers: withCookie(reply.text) }), 200)
  assert.equal(again.text, reply.text)
})

test('hierarchy 54: CSRF=true adds the token', async () => {
  const reply = await want(own('GET', '/data/JSESSION?CSRF=true'), 200)
  assert.match(reply.text, /^[0-9A-F]{32}; XNAT_CSRF=[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
  assert.equal(reply.text.slice(0, 32), cookieOf(reply))
})

test('hierarchy 54: the token stays the same within a session', async () => {
  const headers = withCookie(await signIn('own'))
  const first = await want(anon('GET', '/data/JSESSION?CSRF=true', { headers }), 200)
  const second = await want(anon('GET', '/data/auth?CSRF=true', { headers }), 200)
  assert.equal(second.text.split('XNAT_CSRF=')[1], first.text.split('XNAT_CSRF=')[1])
})

test('hierarchy 55: POST /data/JSESSION equals GET', async () => {
  const headers = withCookie(await signIn('own'))
  const get = await want(anon('GET', '/data/JSESSION', { headers }), 200)
  assert.equal((await want(anon('POST', '/data/JSESSION', { headers }), 200)).text, get.text)
  const made = await want(own('POST', '/data/JSESSION'), 200)
  assert.equal(made.text, cookieOf(made))
})

test('hierarchy 55: PUT /data/JSESSION is 405', async () => {
  await want(own('PUT', '/data/JSESSION'), 405)
})

test('hierarchy 56: DELETE /data/JSESSION ends the session', async () => {
  const session = await signIn('own')
  const reply = await want(anon('DELETE', '/data/JSESSION', { headers: withCookie(session) }), 200)
  assert.equal(reply.text, '')
  await want(auth(session), 401)
  await want(anon('GET', '/data/projects', { headers: withCookie(session) }), 401)
})

test('hierarchy 56: it ends that session alone', async () => {
  const [first, second] = [await signIn('own'), await signIn('own')]
  await want(anon('DELETE', '/data/JSESSION', { headers: withCookie(first) }), 200)
  await want(auth(second), 200)
})

test('hierarchy 51: a session id chosen before login is not the one after it', async () => {
  const chosen = 'ABCDEFABCDEFABCDEFABCDEFABCDEFAB'
  const body = form({ username: 'own', password: passwordOf('own') })
  const options = { headers: { ...withCookie(chosen), 'content-type': 'text/plain' }, body }
  assert.notEqual((await want(anon('PUT', '/data/services/auth', options), 200)).text, chosen)
  await want(auth(chosen), 401)
})

test('hierarchy 52: Basic of another user beside a cookie signs that user in', async () => {
  const session = await signIn('own')
  const reply = await want(site.as('other')('GET', '/data/auth', { headers: withCookie(session) }), 200)
  assert.equal(reply.text, "User 'other' is logged in")
})

test('hierarchy 62: SESSION_EXPIRATION_TIME is two integers in double quotes', async () => {
  const before = Date.now()
  for (const reply of [await own('GET', '/data/projects'), await own('PUT', '/data/projects/EXP')]) {
    const value = cookieOf(reply, 'SESSION_EXPIRATION_TIME')
    assert.match(value ?? '', /^"\d+,\d+"$/)
    const [now, timeout] = value!.slice(1, -1).split(',').map(Number)
    assert.ok(Math.abs(now! - before) < 60_000)
    assert.equal(timeout, 900_000)
    const line = reply.headers['set-cookie']?.find((one) => one.startsWith('SESSION_EXPIRATION_TIME'))
    assert.doesNotMatch(line!, /HttpOnly/i)
    assert.match(line!, /; *Path=\/(;|$)/i)
  }
})

test('hierarchy 62: sessionTimeout is the sliding lifetime', async () => {
  await setPreference(admin, 'sessionTimeout', '3 seconds')
  try {
    const session = await signIn('own')
    for (let count = 0; count < 3; count++) {
      await pause(1500)
      const reply = await want(auth(session), 200)
      assert.match(cookieOf(reply, 'SESSION_EXPIRATION_TIME') ?? '', /^"\d+,3000"$/)
    }
    await pause(4000)
    await want(auth(session), 401)
  } finally {
    await setPreference(admin, 'sessionTimeout', '15 minutes')
  }
})

test('hierarchy 183: ending the sessions of a user returns their ids', async () => {
  const sessions = [await signIn('ended'), await signIn('ended')]
  const active: string[] = (await want(admin('GET', '/xapi/users/active/ended'), 200)).json()
  for (const session of sessions) assert.ok(active.includes(session))
  const ended: string[] = (await want(admin('DELETE', '/xapi/users/active/ended'), 200)).json()
  assert.deepEqual([...ended].sort(), [...active].sort())
  for (const session of sessions) await want(auth(session), 401)
})

test('hierarchy 183: others may not end them', async () => {
  const session = await signIn('ended')
  await want(site.as('other')('DELETE', '/xapi/users/active/ended'), 403)
  await want(auth(session), 200)
})

test('hierarchy 183: the active users are for administrators', async () => {
  const session = await signIn('own')
  const map = (await want(admin('GET', '/xapi/users/active'), 200)).json()
  assert.ok(map.own.sessions.includes(session))
  assert.equal(map.own.count, map.own.sessions.length)
  await want(own('GET', '/xapi/users/active'), 403)
})

test('hierarchy 183: disabling a user ends what the user could do', async () => {
  const session = await signIn('gone')
  await want(admin('PUT', '/xapi/users/gone/enabled/false'), 200)
  assert.equal((await want(admin('GET', '/xapi/users/gone/enabled'), 200)).text, 'false')
  await want(site.as('gone')('GET', '/data/auth'), 401)
  await want(auth(session), 401)
  await want(admin('PUT', '/xapi/users/gone/enabled/false'), 304)
})

test('hierarchy 183: an enabled user is back', async () => {
  await admin('PUT', '/xapi/users/gone/enabled/false')
  await want(admin('PUT', '/xapi/users/gone/enabled/true'), 200)
  await want(site.as('gone')('GET', '/data/auth'), 200)
  assert.equal((await want(admin('GET', '/xapi/users/gone/enabled'), 200)).text, 'true')
})

test('hierarchy 51: one session more than concurrentMaxSessions is refused', async () => {
  const first = withCookie(await signIn('many'))
  await signIn('many')
  await setPreference(admin, 'concurrentMaxSessions', '2')
  const body = textBody(form({ username: 'many', password: passwordOf('many') }))
  await want(anon('PUT', '/data/services/auth', body), 401)
  await want(anon('DELETE', '/data/JSESSION', { headers: first }), 200)
  await want(anon('PUT', '/data/services/auth', body), 200)
})

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Caller, callerOf, type Reply } from '../../support/caller.ts'
import { startSite, type TestSite } from '../../support/site.ts'

let site: TestSite
let anon: Caller
let own: Caller
const mozilla = { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) Firefox/127.0' }

before(async () => {
  site = await startSite()
  await site.addUser('own')
  anon = site.as(null)
  own = site.as('own')
})
after(() => site?.close())

const cookieIn = (reply: Reply) => /JSESSIONID=(\w*)/.exec(reply.headers['set-cookie']?.join('\n') ?? '')?.[1]
const withSession = (id: string | undefined, more = {}) => ({
  headers: { cookie: `x=1; JSESSIONID=${id}; y=2`, ...more },
})
const form = (body: string) => ({ headers: { 'content-type': 'application/x-www-form-urlencoded', ...mozilla }, body })

test('hierarchy 48: a login may have its provider in front', async () => {
  assert.equal(
    (await callerOf(site.url, 'localdb/own', 'own-password')('GET', '/data/auth')).text,
    "User 'own' is logged in",
  )
  assert.equal((await callerOf(site.url, 'ldap/own', 'own-password')('GET', '/data/auth')).status, 401)
})

test('hierarchy 52: a session of the same user is believed without the password', async () => {
  const session = cookieIn(await own('GET', '/data/JSESSION'))
  const reply = await callerOf(site.url, 'own', 'forgotten')('GET', '/data/auth', withSession(session))
  assert.equal(reply.status, 200)
  assert.equal(cookieIn(reply), undefined)
})

test('hierarchy 51: requests with a password alone share a session, calls that ask for one get their own', async () => {
  const shared = [cookieIn(await own('GET', '/data/projects')), cookieIn(await own('GET', '/data/auth'))]
  assert.equal(shared[0], shared[1])
  const made = new Set([
    ...shared,
    cookieIn(await own('GET', '/data/JSESSION')),
    cookieIn(await own('GET', '/')),
    cookieIn(await own('POST', '/data/JSESSION')),
  ])
  assert.equal(made.size, 4)
})

test('hierarchy 56: whoever ends the shared session ends nobody else', async () => {
  const session = cookieIn(await own('GET', '/data/JSESSION'))
  assert.equal((await own('DELETE', '/data/JSESSION')).status, 200)
  assert.equal((await anon('GET', '/data/auth', withSession(session))).status, 200)
  assert.equal((await own('GET', '/data/auth')).status, 200)
})

test('hierarchy 61: the first page never replaces a living session', async () => {
  const session = cookieIn(await own('GET', '/data/JSESSION'))
  const reply = await own('GET', '/', withSession(session))
  assert.equal(reply.status, 200)
  assert.equal(cookieIn(reply), undefined)
})

test('hierarchy 61: the first page carries the token that writes of its session need', async () => {
  const session = cookieIn(await own('GET', '/data/JSESSION'))
  const page = (await anon('GET', '/', withSession(session))).text
  const token = /var csrfToken = '([0-9a-f-]{36})';/.exec(page)?.[1]
  const auth = await anon('GET', '/data/auth?CSRF=true', withSession(session))
  assert.equal(auth.text, `User 'own' is logged in; XNAT_CSRF=${token}`)
})

test('hierarchy 61: the first page of a closed site asks strangers to sign in, without redirecting', async () => {
  const reply = await anon('GET', '/', { headers: mozilla })
  assert.equal(reply.status, 200)
  assert.match(reply.text, /<form method="post" action="\/login">/)
  assert.doesNotMatch(reply.text, /user_info|csrfToken/)
})

test('hierarchy 50: people sign in at the login page and sign out again', async () => {
  const page = await anon('GET', '/app/template/Login.vm', { headers: mozilla })
  assert.match(page.text, /name="password"/)
  const reply = await anon('POST', '/login', form('username=own&password=own-password'))
  assert.deepEqual([reply.status, reply.headers.location], [302, '/'])
  const session = cookieIn(reply)
  assert.match((await anon('GET', '/', withSession(session, mozilla))).text, /Logged in as: &nbsp;<a [^>]*>own<\/a>/)
  const out = await anon('GET', '/app/action/LogoutUser', withSession(session, mozilla))
  assert.deepEqual([out.status, out.headers.location], [302, '/app/template/Login.vm'])
  assert.equal((await anon('GET', '/data/auth', withSession(session))).status, 401)
})

test('hierarchy 50: a failed sign-in shows the page again and says why', async () => {
  const reply = await anon('POST', '/login', form('username=own&password=%3Cb%3E'))
  assert.equal(reply.status, 401)
  assert.match(reply.text, /Login attempt failed\. Please try again\./)
  assert.equal(cookieIn(reply), undefined)
})

test('hierarchy 50: pages run no scripts but their own and stay in no cache', async () => {
  const { headers } = await own('GET', '/')
  assert.match(String(headers['content-security-policy']), /default-src 'none'.*frame-ancestors 'none'/)
  assert.equal(headers['cache-control'], 'no-store')
})

test('hierarchy 50: a page that fetches in the background gets 401, without a prompt', async () => {
  const reply = await anon('GET', '/data/projects', { headers: { ...mozilla, 'sec-fetch-dest': 'empty' } })
  assert.equal(reply.status, 401)
  assert.equal(reply.headers['www-authenticate'], undefined)
})

test('hierarchy 51: cookies do not travel with requests of other sites', async () => {
  const cookies = (await own('GET', '/data/JSESSION')).headers['set-cookie'] ?? []
  assert.equal(cookies.length, 2)
  for (const cookie of cookies) assert.match(cookie, /; SameSite=Lax/)
})

test('hierarchy 70: a browser cannot sign a session out without its token', async () => {
  const session = cookieIn(await own('GET', '/data/JSESSION'))
  assert.equal((await anon('DELETE', '/data/JSESSION', withSession(session, mozilla))).status, 403)
  assert.equal((await anon('GET', '/data/auth', withSession(session))).status, 200)
})

test('hierarchy 59: a browser that holds a session may sign in anew', async () => {
  const session = cookieIn(await own('GET', '/data/JSESSION'))
  const options = { ...withSession(session, mozilla), body: 'username=own&password=own-password' }
  const reply = await anon('PUT', '/data/services/auth', options)
  assert.equal(reply.status, 200)
  assert.notEqual(reply.text, session)
})

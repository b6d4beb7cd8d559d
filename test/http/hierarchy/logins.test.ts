import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Caller, callerOf } from '../../support/caller.ts'
import { passwordOf, startSite, type TestSite } from '../../support/site.ts'
import { cookieOf, form, rowsAt, setPreference, textBody, want, withCookie } from './stage.ts'

let site: TestSite
let anon: Caller
let own: Caller
const mozilla = { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36' }

before(async () => {
  site = await startSite()
  for (const login of ['own', 'clumsy', 'quick']) await site.addUser(login)
  anon = site.as(null)
  own = site.as('own')
})
after(() => site?.close())

const signIn = (login: string, password: string, method = 'PUT', names = ['username', 'password']) =>
  anon(method, '/data/services/auth', textBody(form({ [names[0]!]: login, [names[1]!]: password })))

test('hierarchy 48: the right password is 200', async () => {
  assert.deepEqual(await rowsAt(own, '/data/projects'), [])
})

test('hierarchy 48: a wrong password is 401 with a text', async () => {
  const reply = await want(callerOf(site.url, 'own', 'wrong')('GET', '/data/projects'), 401)
  assert.ok(reply.text.length > 0)
  assert.equal(reply.headers.location, undefined)
})

test('hierarchy 48: an unknown user is 401 like a wrong password', async () => {
  const known = await want(callerOf(site.url, 'own', 'wrong')('GET', '/data/projects'), 401)
  const unknown = await want(callerOf(site.url, 'nosuchuser', 'wrong')('GET', '/data/projects'), 401)
  assert.equal(unknown.text, known.text)
})

test('hierarchy 48: an empty password and a malformed header are refused', async () => {
  await want(callerOf(site.url, 'own', '')('GET', '/data/projects'), 401)
  for (const authorization of ['Basic', 'Basic !!!', `Basic ${btoa('own')}`, 'Bearer x']) {
    await want(anon('GET', '/data/projects', { headers: { authorization } }), 400, 401)
  }
})

test('hierarchy 48: wrong credentials are 401 also where everybody may read', async () => {
  await want(callerOf(site.url, 'own', 'wrong')('GET', '/xapi/siteConfig/buildInfo'), 401)
})

test('hierarchy 48: login names are told apart from passwords by the first colon', async () => {
  await want(callerOf(site.url, 'own', 'own-password:x')('GET', '/data/projects'), 401)
})

test('hierarchy 49: nobody is asked for Basic with the site id as realm', async () => {
  for (const path of ['/data/projects', '/REST/projects', '/data/nosuch', '/xapi/users', '/fs/nosuch']) {
    const reply = await want(anon('GET', path), 401)
    assert.equal(reply.headers['www-authenticate'], 'Basic realm="XNAT"', path)
  }
})

test('hierarchy 49: the 401 of /data is the status page', async () => {
  const reply = await want(anon('GET', '/data/projects'), 401)
  assert.equal(reply.message(), 'The request requires user authentication')
})

test('hierarchy 49: a program that names itself is answered the same', async () => {
  await want(anon('GET', '/data/projects', { headers: { 'user-agent': 'python-requests/2.31' } }), 401)
  await want(anon('GET', '/data/projects', { headers: { 'user-agent': 'XNATDesktopClient Mozilla/5.0' } }), 401)
})

test('hierarchy 50: a browser is sent to the login page', async () => {
  const reply = await want(anon('GET', '/data/projects', { headers: mozilla }), 302)
  assert.match(reply.headers.location ?? '', /\/app\/template\/Login\.vm$/)
})

test('hierarchy 50: a browser with a wrong password is 401, not redirected', async () => {
  const reply = await callerOf(site.url, 'own', 'wrong')('GET', '/data/projects', { headers: mozilla })
  assert.equal(reply.status, 401)
  assert.equal(reply.headers.location, undefined)
})

test('hierarchy 57: GET /data/auth names the user', async () => {
  const reply = await want(own('GET', '/data/auth'), 200)
  assert.equal(reply.type, 'text/plain')
  assert.equal(reply.text, "User 'own' is logged in")
})

test('hierarchy 57: with CSRF=true the token follows', async () => {
  const reply = await want(own('GET', '/data/auth?CSRF=true'), 200)
  assert.match(reply.text, /^User 'own' is logged in; XNAT_CSRF=[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
})

test('hierarchy 58: GET /data/auth with bad or no credentials is 401', async () => {
  await want(callerOf(site.url, 'own', 'wrong')('GET', '/data/auth'), 401)
  await want(anon('GET', '/data/auth'), 401)
})

test('hierarchy 59: PUT /data/services/auth answers the session id', async () => {
  const reply = await want(signIn('own', passwordOf('own')), 200)
  assert.equal(reply.type, 'text/plain')
  assert.match(reply.text, /^[0-9A-F]{32}$/)
  assert.equal(reply.text, cookieOf(reply))
  const auth = await want(anon('GET', '/data/auth', { headers: withCookie(reply.text) }), 200)
  assert.equal(auth.text, "User 'own' is logged in")
})

test('hierarchy 59: j_username and j_password work, whatever the Content-Type', async () => {
  await want(signIn('own', passwordOf('own'), 'PUT', ['j_username', 'j_password']), 200)
  const body = form({ username: 'own', password: passwordOf('own') })
  await want(anon('PUT', '/data/services/auth', { body }), 200)
  await want(anon('PUT', '/data/services/auth', { body, headers: { 'content-type': 'application/json' } }), 200)
})

test('hierarchy 60: POST works like PUT', async () => {
  const reply = await want(signIn('own', passwordOf('own'), 'POST'), 200)
  assert.equal(reply.text, cookieOf(reply))
})

test('hierarchy 60: a wrong password is 401 "Authentication failed."', async () => {
  for (const method of ['PUT', 'POST']) {
    const reply = await want(signIn('own', 'wrong', method), 401)
    assert.match(reply.text, /Authentication failed\./)
  }
})

test('hierarchy 60: an unknown provider is 400', async () => {
  const body = form({ username: 'own', password: passwordOf('own'), provider: 'nosuchprovider' })
  await want(anon('PUT', '/data/services/auth', textBody(body)), 400)
})

test('hierarchy 60: GET /data/services/auth is 404', async () => {
  await want(own('GET', '/data/services/auth'), 404)
})

test('hierarchy 61: GET / with Basic sets a cookie that authenticates', async () => {
  const reply = await want(own('GET', '/'), 200)
  const auth = await want(anon('GET', '/data/auth', { headers: withCookie(cookieOf(reply)) }), 200)
  assert.equal(auth.text, "User 'own' is logged in")
})

test('hierarchy 61: the root page names the user as clients look for it', async () => {
  const reply = await want(own('GET', '/'), 200)
  assert.match(reply.text, /<span id="user_info">Logged in as: &nbsp;<a [^>]*>own<\/a>/)
})

test('hierarchy 48: too many failures lock the user out, and nobody else', async () => {
  await setPreference(site.as('admin'), 'maxFailedLogins', '3')
  try {
    for (let count = 0; count < 3; count++) await want(callerOf(site.url, 'clumsy', 'wrong')('GET', '/data/auth'), 401)
    await want(site.as('clumsy')('GET', '/data/auth'), 401)
    await want(own('GET', '/data/auth'), 200)
  } finally {
    await setPreference(site.as('admin'), 'maxFailedLogins', '20')
  }
})

test('hierarchy 48: a success between failures starts the count again', async () => {
  await setPreference(site.as('admin'), 'maxFailedLogins', '3')
  try {
    for (const password of ['wrong', 'wrong', passwordOf('quick'), 'wrong', 'wrong']) {
      await callerOf(site.url, 'quick', password)('GET', '/data/auth')
    }
    await want(site.as('quick')('GET', '/data/auth'), 200)
  } finally {
    await setPreference(site.as('admin'), 'maxFailedLogins', '20')
  }
})

test('hierarchy 48: twenty logins at once all succeed', async () => {
  const replies = await Promise.all(Array.from({ length: 20 }, () => own('GET', '/data/auth')))
  assert.deepEqual([...new Set(replies.map((reply) => reply.text))], ["User 'own' is logged in"])
})

test('hierarchy 49: the realm is the site id', async () => {
  const other = await startSite({ siteId: 'My-Site' })
  try {
    const reply = await want(other.as(null)('GET', '/data/projects'), 401)
    assert.equal(reply.headers['www-authenticate'], 'Basic realm="My-Site"')
  } finally {
    await other.close()
  }
})

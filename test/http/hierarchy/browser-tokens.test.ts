import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Caller } from '../../support/caller.ts'
import { passwordOf, startSite, type TestSite } from '../../support/site.ts'
import { form, formBody, makeProject, setPreference, textBody, want } from './stage.ts'

let site: TestSite
let anon: Caller
let own: Caller
let cookie: string
let token: string
const mozilla = 'Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0'

before(async () => {
  site = await startSite()
  await site.addUser('own')
  anon = site.as(null)
  own = site.as('own')
  await makeProject(own, 'CSRF', { accessibility: 'private' })
  const body = form({ username: 'own', password: passwordOf('own') })
  cookie = `JSESSIONID=${(await want(anon('PUT', '/data/services/auth', textBody(body)), 200)).text}`
  token = (await want(anon('GET', '/data/JSESSION?CSRF=true', { headers: { cookie } }), 200)).text.split(
    'XNAT_CSRF=',
  )[1]!
})
after(() => site?.close())

let count = 0
/** Creates a subject with the session's cookie under an agent name; `given` follows the question mark. */
async function create(agent: string | undefined, given = '') {
  const path = `/data/projects/CSRF/subjects/S${++count}`
  const headers = { cookie, ...(agent === undefined ? {} : { 'user-agent': agent }) }
  const status = (await anon('PUT', `${path}?${given}`, { headers })).status
  const stored = (await own('GET', path)).status === 200
  return { status, stored }
}
const made = { status: 201, stored: true }
const refused = { status: 403, stored: false }

test('hierarchy 70: a browser session without XNAT_CSRF is refused and nothing is stored', async () => {
  assert.deepEqual(await create(mozilla), refused)
})

test('hierarchy 70: a wrong token is refused', async () => {
  assert.deepEqual(await create(mozilla, 'XNAT_CSRF=00000000-0000-0000-0000-000000000000'), refused)
  assert.deepEqual(await create(mozilla, 'XNAT_CSRF='), refused)
})

test('hierarchy 70: letters of the address that are escaped change nothing', async () => {
  for (const root of ['/%64ata', '/d%61ta', '/%52EST', '/data/%61rchive', '/%%36%34ata']) {
    const path = `${root}/projects/CSRF/subjects/ESCAPED`
    const reply = await anon('PUT', path, { headers: { cookie, 'user-agent': mozilla } })
    assert.ok(reply.status === 403 || reply.status === 400, `${root}: ${reply.status}`)
    assert.equal((await own('GET', '/data/projects/CSRF/subjects/ESCAPED')).status, 404)
  }
})

test('hierarchy 70: the right token passes as query parameter', async () => {
  assert.deepEqual(await create(mozilla, `XNAT_CSRF=${token}`), made)
})

test('hierarchy 70: the right token passes as form parameter', async () => {
  const path = '/data/projects/CSRF/subjects/FORM'
  const { headers, body } = formBody({ XNAT_CSRF: token, group: 'g1' })
  const reply = await anon('PUT', path, { headers: { ...headers, cookie, 'user-agent': mozilla }, body })
  assert.equal(reply.status, 201)
  assert.match((await own('GET', `${path}?format=json`)).text, /"group":"g1"/)
})

test('hierarchy 70: DELETE and POST are checked too', async () => {
  await want(own('PUT', '/data/projects/CSRF/subjects/KEEP'), 201)
  const headers = { cookie, 'user-agent': mozilla }
  await want(anon('DELETE', '/data/projects/CSRF/subjects/KEEP', { headers }), 403)
  await want(anon('POST', '/data/projects/CSRF/subjects?label=POSTED', { headers }), 403)
  await want(own('GET', '/data/projects/CSRF/subjects/KEEP'), 200)
  await want(own('GET', '/data/projects/CSRF/subjects/POSTED'), 404)
})

test('hierarchy 70: the method override does not slip past the check', async () => {
  const headers = { cookie, 'user-agent': mozilla }
  await want(anon('POST', '/data/projects/CSRF/subjects/TUNNEL?method=PUT', { headers }), 403)
  await want(own('GET', '/data/projects/CSRF/subjects/TUNNEL'), 404)
})

test('hierarchy 70: reading needs no token', async () => {
  await want(anon('GET', '/data/projects', { headers: { cookie, 'user-agent': mozilla } }), 200)
})

for (const agent of [undefined, '', 'python-requests/2.31', 'curl/8.5.0', 'XNATDesktopClient', 'JAVA/17']) {
  test(`hierarchy 70: the agent ${agent === undefined ? 'without a name' : `"${agent}"`} is exempt`, async () => {
    assert.deepEqual(await create(agent), made)
  })
}

test('hierarchy 70: an agent containing XNATDesktopClient or JAVA is exempt', async () => {
  assert.deepEqual(await create(`${mozilla} XNATDesktopClient/1.0`), made)
  assert.deepEqual(await create(`${mozilla} JAVA`), made)
})

test('hierarchy 70: Basic without a session is exempt', async () => {
  await want(own('PUT', '/data/projects/CSRF/subjects/BASIC', { headers: { 'user-agent': mozilla } }), 201)
})

test('hierarchy 70: the token of another session is refused', async () => {
  const other = (await want(own('GET', '/data/JSESSION?CSRF=true'), 200)).text.split('XNAT_CSRF=')[1]!
  assert.notEqual(other, token)
  assert.deepEqual(await create(mozilla, `XNAT_CSRF=${other}`), refused)
})

test('hierarchy 70: enableCsrfToken=false switches the check off', async () => {
  await setPreference(site.as('admin'), 'enableCsrfToken', 'false')
  assert.deepEqual(await create(mozilla), made)
  await setPreference(site.as('admin'), 'enableCsrfToken', 'true')
  assert.deepEqual(await create(mozilla), refused)
})

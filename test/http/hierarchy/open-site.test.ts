import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Caller, callerOf } from '../../support/caller.ts'
import { startSite, type TestSite } from '../../support/site.ts'
import {
  bytesBody,
  column,
  cookieOf,
  itemAt,
  makeProject,
  makeSession,
  makeSubject,
  rowsAt,
  sessionAt,
  storeFile,
  textBody,
  want,
} from './stage.ts'

let site: TestSite
let anon: Caller
let own: Caller
const projects = { OPUB: 'public', OPRO: 'protected', OPRI: 'private' }
const at = sessionAt('OPUB/S1/MR1')

before(async () => {
  site = await startSite({ requireLogin: false })
  await site.addUser('own')
  anon = site.as(null)
  own = site.as('own')
  for (const [project, accessibility] of Object.entries(projects)) {
    await makeProject(own, project, { accessibility })
    await makeSubject(own, project, 'S1')
    await makeSession(own, `${project}/S1/MR1`)
  }
  await want(own('PUT', `${at}/scans/1?xsiType=xnat:mrScanData&type=T1`), 200, 201)
  await want(own('PUT', `${at}/reconstructions/R1`), 200)
  await storeFile(own, at, 'NOTES/files/a.txt', 'for everybody')
})
after(() => site?.close())

test('hierarchy 200: the guest sees public and protected projects in the list', async () => {
  assert.deepEqual(column(await rowsAt(anon, '/data/projects'), 'ID'), ['OPRO', 'OPUB'])
})

test('hierarchy 200: the guest reads public data', async () => {
  assert.deepEqual(column(await rowsAt(anon, '/data/projects/OPUB/subjects'), 'label'), ['S1'])
  assert.equal((await itemAt(anon, at)).data_fields.label, 'MR1')
  const file = await want(anon('GET', `${at}/resources/NOTES/files/a.txt`), 200)
  assert.equal(file.text, 'for everybody')
})

test('hierarchy 200: the guest finds only public data in site lists', async () => {
  assert.deepEqual(column(await rowsAt(anon, '/data/subjects'), 'project'), ['OPUB'])
  assert.deepEqual(column(await rowsAt(anon, '/data/experiments'), 'project'), ['OPUB'])
})

test('hierarchy 200: the guest reads the descriptor of a protected project, not its data', async () => {
  assert.equal((await itemAt(anon, '/data/projects/OPRO')).data_fields.ID, 'OPRO')
  assert.equal((await want(anon('GET', '/data/projects/OPRO/accessibility'), 200)).text, 'protected')
  await want(anon('GET', '/data/projects/OPRO/subjects'), 403)
  await want(anon('GET', '/data/projects/OPRO/subjects/S1'), 404)
})

test('hierarchy 200: a private project is absent for the guest', async () => {
  await want(anon('GET', '/data/projects/OPRI'), 404)
  await want(anon('GET', '/data/projects/OPRI/subjects'), 404)
})

const writes: readonly (readonly [string, string])[] = [
  ['PUT', '/data/projects/GUESTMADE'],
  ['POST', '/data/projects?ID=GUESTMADE'],
  ['PUT', '/data/projects/OPUB?description=x'],
  ['DELETE', '/data/projects/OPUB'],
  ['PUT', '/data/projects/OPUB/accessibility/private'],
  ['PUT', '/data/projects/OPUB/users/owner/own'],
  ['PUT', '/data/projects/OPUB/prearchive_code/0'],
  ['PUT', '/data/projects/OPUB/subjects/NEW'],
  ['POST', '/data/projects/OPUB/subjects?label=NEW'],
  ['PUT', '/data/projects/OPUB/subjects/S1?group=x'],
  ['PUT', '/data/projects/OPUB/subjects/S1?label=RENAMED'],
  ['DELETE', '/data/projects/OPUB/subjects/S1'],
  ['PUT', `${sessionAt('OPUB/S1/NEW')}?xsiType=xnat:mrSessionData`],
  ['PUT', `${at}?note=x`],
  ['DELETE', at],
  ['PUT', `${at}?quarantine=true`],
  ['PUT', `${at}/assessors/NEW?xsiType=xnat:qcManualAssessorData`],
  ['PUT', `${at}/scans/2?xsiType=xnat:mrScanData`],
  ['PUT', `${at}/scans/1?xsiType=xnat:mrScanData&type=T2`],
  ['DELETE', `${at}/scans/1`],
  ['PUT', `${at}/reconstructions/NEW`],
  ['DELETE', `${at}/reconstructions/R1`],
  ['PUT', `${at}/resources/NEW`],
  ['DELETE', `${at}/resources/NOTES/files/a.txt`],
  ['DELETE', `${at}/resources/NOTES`],
  ['PUT', '/data/projects/OPUB/groups/NEW'],
]
for (const [method, path] of writes) {
  test(`hierarchy 200: the guest's ${method} ${path} is 403`, async () => {
    await want(anon(method, path), 403)
  })
}

test('hierarchy 200: none of those writes changed anything', async () => {
  assert.equal((await itemAt(own, at)).data_fields.note, undefined)
  assert.deepEqual(column(await rowsAt(own, '/data/projects/OPUB/subjects'), 'label'), ['S1'])
  assert.deepEqual(column(await rowsAt(own, `${at}/scans`), 'type'), ['T1'])
  assert.equal((await want(own('GET', '/data/projects/OPUB/accessibility'), 200)).text, 'public')
  await want(own('GET', '/data/projects/GUESTMADE'), 404)
})

test("hierarchy 200: the guest's upload is 200 and stores nothing", async () => {
  const reply = await want(anon('PUT', `${at}/resources/GUEST/files/g.txt?inbody=true`, bytesBody('x')), 200)
  assert.equal(reply.text, '')
  await want(own('GET', `${at}/resources/GUEST/files/g.txt`), 404)
  assert.deepEqual(column(await rowsAt(own, `${at}/resources`), 'label'), ['NOTES'])
})

test('hierarchy 67: the guest gets no token: 403', async () => {
  await want(anon('GET', '/data/services/tokens/issue'), 403)
})

test('hierarchy 180: the guest may not list users', async () => {
  await want(anon('GET', '/data/users'), 403)
})

test('hierarchy 53: the guest has a session on an open site', async () => {
  const reply = await want(anon('GET', '/data/JSESSION'), 200)
  assert.match(reply.text, /^[0-9A-F]{32}$/)
  assert.equal(reply.text, cookieOf(reply))
})

test('hierarchy 61: the root page calls the guest by the name clients look for', async () => {
  const reply = await want(anon('GET', '/'), 200)
  assert.ok(reply.text.includes('<span id="user_info">Logged in as: <span style="color:red;">Guest</span>'))
})

test('hierarchy 48: wrong credentials are 401 on an open site too', async () => {
  await want(callerOf(site.url, 'own', 'wrong')('GET', '/data/projects'), 401)
})

test('hierarchy 200: the guest has no password', async () => {
  for (const password of ['', 'guest']) await want(callerOf(site.url, 'guest', password)('GET', '/data/projects'), 401)
})

test('hierarchy section 7.2: the guest may not change site preferences', async () => {
  await want(anon('POST', '/xapi/siteConfig/siteDescription', textBody('mine')), 401, 403)
})

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Caller, Reply } from '../support/caller.ts'
import { instance, UID_ROOT } from '../support/dicom.ts'
import { startSite, type TestSite } from '../support/site.ts'
import { type Desktop, desktopOf } from './desktop.ts'

let site: TestSite
let own: Caller
let desktop: Desktop

before(async () => {
  site = await startSite()
  await site.addUser('own')
  own = site.as('own')
  desktop = desktopOf(site.url, 'own', 'own-password')
})
after(() => site?.close())

const fine = async (answer: Promise<Reply>): Promise<Reply> => {
  const reply = await answer
  assert.ok(reply.status >= 200 && reply.status < 300, `${reply.status} ${reply.text.slice(0, 300)}`)
  return reply
}

/** Text, or nothing, for what nobody set; a 404 where it takes that for none. */
const empty = async (path: string, ...others: number[]): Promise<void> => {
  const reply = await desktop.get(path)
  assert.ok([204, ...others].includes(reply.status), `${path}: ${reply.status}`)
  if (reply.status === 204) assert.equal(reply.text, '')
}

const contents = 'contents=true&accept-not-found=true'

/** Signs in and asks what it asks before an upload; resolves to the token. */
async function opened(project: string): Promise<string> {
  assert.match((await fine(desktop.get('/data/auth'))).text, /^User 'own' is logged in/)
  const token = await desktop.csrf()
  for (const name of ['allow-create-subject', 'require-date']) await empty(`/data/config/applet/${name}?${contents}`)
  await empty('/data/config/anon/script?format=json', 404)
  await empty(`/data/config/seriesImportFilter?${contents}`, 404)
  await empty(`/data/config/tracers/tracers?${contents}`)
  const projects = (await fine(desktop.get('/data/projects?permissions=edit&dataType=xnat:subjectData'))).rows()
  assert.ok(projects.some((row) => row['id'] === project && row['secondary_id'] === project))
  const at = `/data/projects/${project}`
  const subjects = await fine(desktop.get(`${at}/subjects?columns=group,insert_date,insert_user,project,label`))
  for (const row of subjects.rows()) assert.ok(row['ID'] && row['label'] && row['group'] !== undefined)
  const labels = ['allow-bulk-upload', 'default-subject-labeling-scheme', 'default-session-labeling-scheme']
  for (const name of ['allow-create-subject', 'require-date', ...labels])
    await empty(`${at}/config/applet/${name}?${contents}`)
  await empty(`${at}/config/anon/projects/${project}?format=json`, 404)
  await empty(`${at}/config/seriesImportFilter/config?format=json`, 404)
  await empty(`${at}/config/tracers/tracers?${contents}`)
  await fine(desktop.get(`${at}/experiments?columns=ID,label&format=json`))
  assert.match((await fine(desktop.get(`${at}/prearchive_code`))).text, /^\d$/)
  const item = (await fine(desktop.get(`${at}?format=json`))).json()
  assert.equal(item.items[0].data_fields.ID, project)
  await fine(desktop.get(`/data/prearchive/projects/${project}`))
  return token
}

/** Makes the subject as the client does; resolves to its id. */
async function newSubject(project: string, label: string, token: string): Promise<string> {
  const query = `group=&event_reason=XNAT+Application&XNAT_CSRF=${token}`
  const made = await fine(desktop.put(`/data/projects/${project}/subjects/${label}?${query}`))
  const listed = (await fine(desktop.get(`/data/projects/${project}/subjects`))).rows()
  assert.deepEqual(
    listed.filter((row) => row['ID'] === made.text).map((row) => row['label']),
    [label],
  )
  assert.deepEqual(
    JSON.parse((await fine(desktop.get(`/data/projects/${project}/subjects/${label}/visits?open=true`))).text),
    [],
  )
  return made.text
}

const SERIES = [1, 2, 3]
const filesOf = (series: number, study: number): readonly Buffer[] =>
  [1, 2].map((number) =>
    instance({
      StudyInstanceUID: `${UID_ROOT}.7.${study}`,
      SeriesInstanceUID: `${UID_ROOT}.7.${study}.${series}`,
      SOPInstanceUID: `${UID_ROOT}.7.${study}.${series}.${number}`,
      SeriesNumber: series,
      InstanceNumber: number,
    }),
  )

/** Sends three series at once and commits; resolves to the place where they all lie, and what the commit answered. */
async function uploaded(project: string, study: number, token: string): Promise<{ place: string; commit: Reply }> {
  const names = `PROJECT_ID=${project}&SUBJECT_ID=S1&EXPT_LABEL=E1&VISIT=&SUBTYPE=`
  const ways = 'overwrite=none&rename=true&prevent_anon=true&prevent_auto_commit=true&SOURCE=uploader'
  const query = `import-handler=DICOM-zip&${names}&${ways}&autoArchive=AutoArchive&XNAT_CSRF=${token}`
  const replies = await Promise.all(SERIES.map((series) => fine(desktop.sendSeries(query, filesOf(series, study)))))
  const places = new Set(replies.map(({ text }) => text.trim()))
  assert.equal(places.size, 1, `one session for all series, not ${[...places]}`)
  const [place = ''] = places
  assert.match(place, new RegExp(`^/data/prearchive/projects/${project}/\\d+_\\d+/E1$`))
  const commit = await desktop.post(`${place}?action=commit&SOURCE=uploader&XNAT_CSRF=${token}`, {})
  return { place, commit }
}

/** The bytes of every file of a session, in no order, as a reader without the client sees them. */
async function bytesOf(project: string): Promise<string[]> {
  const at = `/data/projects/${project}/subjects/S1/experiments/E1/scans/ALL/files`
  const rows = (await fine(own('GET', at))).rows()
  const files = await Promise.all(rows.map(async (row) => (await fine(own('GET', row['URI'] ?? ''))).bytes))
  return files.map((bytes) => bytes.toString('base64')).sort()
}

const sent = (study: number) =>
  SERIES.flatMap((series) => filesOf(series, study).map((bytes) => bytes.toString('base64'))).sort()

test('clients 23: the desktop client signs in, reads its settings and makes a subject', async () => {
  await own('PUT', '/data/projects/DC23?accessibility=private')
  const token = await opened('DC23')
  await newSubject('DC23', 'S1', token)
  await fine(desktop.get('/xapi/siteConfig/buildInfo'))
  assert.equal((await desktopOf(site.url, 'own', 'wrong').get('/data/auth')).status, 401)
  const out = await desktop.get('/app/action/LogoutUser')
  assert.ok(out.status === 200 || (out.status === 302 && out.headers.location), `${out.status}`)
})

test('clients 24: the desktop client sends three series at once, which wait as one session', async () => {
  await own('PUT', '/data/projects/DC24')
  await own('PUT', '/data/projects/DC24/prearchive_code/0')
  const token = await opened('DC24')
  await newSubject('DC24', 'S1', token)
  const { place, commit } = await uploaded('DC24', 24, token)
  assert.equal(commit.status, 200, commit.text)
  assert.ok(commit.text.includes(place))
  const [entry, ...others] = (await fine(desktop.get('/data/prearchive/projects/DC24'))).rows()
  assert.deepEqual([others, entry?.['name'], entry?.['status'], entry?.['subject']], [[], 'E1', 'READY', 'S1'])
  const archived = await fine(own('POST', `/data/services/archive?src=${place}`))
  assert.match(archived.text, /^\/data\/archive\/projects\/DC24\/subjects\/S1\/experiments\/E1/)
  assert.deepEqual(await bytesOf('DC24'), sent(24))
})

test('clients 25: where a project archives by itself, the commit says so without a redirection', async () => {
  await own('PUT', '/data/projects/DC25')
  await own('PUT', '/data/projects/DC25/prearchive_code/4')
  const token = await opened('DC25')
  assert.equal((await fine(desktop.get('/data/projects/DC25/prearchive_code'))).text, '4')
  await newSubject('DC25', 'S1', token)
  const { commit } = await uploaded('DC25', 25, token)
  assert.equal(commit.status, 301, commit.text)
  assert.equal(commit.headers.location, undefined)
  assert.match(commit.text, /^\/data\/archive\/projects\/DC25\/subjects\/S1\/experiments\/E1\s*$/)
  assert.deepEqual(await bytesOf('DC25'), sent(25))
  const page = await fine(desktop.get(`${commit.text.trim()}?format=html`))
  assert.equal(page.type, 'text/html')
  assert.deepEqual((await fine(desktop.get('/data/prearchive/projects/DC25'))).rows(), [])
})

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Cast, castOf, startSite, type TestSite } from '../../support/site.ts'
import { mrSessionXml } from './documents.ts'
import {
  makeAssessor,
  makeProject,
  makeSession,
  makeSubject,
  sessionAt,
  setPreference,
  storeFile,
  want,
  xmlBody,
} from './stage.ts'

let site: TestSite
let cast: Cast
const at = sessionAt('KEEP/S1/MR1')

/** One of everything that can be deleted, each with a file. */
const places = [
  '/data/projects/KEEP/resources/R/files/a.txt',
  '/data/projects/KEEP/resources/R',
  '/data/projects/KEEP/subjects/S1/resources/R/files/a.txt',
  `${at}/resources/R/files/a.txt`,
  `${at}/resources/R`,
  `${at}/scans/1/resources/R/files/a.txt`,
  `${at}/scans/1/resources/R`,
  `${at}/scans/1`,
  `${at}/reconstructions/REC`,
  `${at}/assessors/QC1`,
  at,
  '/data/projects/KEEP/subjects/S1',
  '/data/projects/KEEP',
]

before(async () => {
  site = await startSite()
  cast = await castOf(site, 'KEEP')
  const { own } = cast
  await makeSubject(own, 'KEEP', 'S1')
  await makeSession(own, 'KEEP/S1/MR1')
  await want(own('PUT', `${at}/scans/1?xsiType=xnat:mrScanData`), 200)
  await want(own('PUT', `${at}/reconstructions/REC`), 200)
  await makeAssessor(own, 'KEEP/S1/MR1', 'QC1')
  for (const parent of ['/data/projects/KEEP', '/data/projects/KEEP/subjects/S1', at, `${at}/scans/1`])
    await storeFile(own, parent, 'R/files/a.txt', 'kept')
})
after(() => site?.close())

test('hierarchy section 7.2: a site that prevents deletion keeps everything, from everybody', async () => {
  await setPreference(cast.admin, 'preventDataDeletion', 'true')
  for (const place of places)
    for (const caller of [cast.own, cast.admin])
      for (const query of ['', '?removeFiles=true']) await want(caller('DELETE', `${place}${query}`), 403)
  for (const place of places) await want(cast.own('GET', place), 200)
})

test('scans section 5: where the site prevents deletion the refusal says what it always says, and why', async () => {
  await setPreference(cast.admin, 'preventDataDeletion', 'true')
  const reply = await want(cast.own('DELETE', `${at}/scans/1`), 403)
  const words = "User account doesn't have permission to modify this session. This site prevents the deletion of data."
  assert.equal(reply.message(), words)
})

test('hierarchy section 7.2: nor does a document without scans take them away', async () => {
  await setPreference(cast.admin, 'preventDataDeletion', 'true')
  const document = mrSessionXml('label="MR1" project="KEEP"', '').replace('scan ID="1"', 'scan ID="9"')
  await want(cast.own('PUT', `${at}?allowDataDeletion=true`, xmlBody(document)), 403)
  await want(cast.own('GET', `${at}/scans/1`), 200)
})

test('hierarchy section 7.2: what is only shared can still be taken out of a project', async () => {
  await setPreference(cast.admin, 'preventDataDeletion', 'true')
  await makeProject(cast.own, 'KEEP2')
  await want(cast.own('PUT', `${at}/projects/KEEP2`), 200)
  await want(cast.own('DELETE', `${at}/projects/KEEP2`), 200)
})

test('hierarchy section 7.2: strangers still find nothing, and readers are told what they were told before', async () => {
  await setPreference(cast.admin, 'preventDataDeletion', 'true')
  await want(cast.str('DELETE', at), 404)
  await want(cast.str('DELETE', '/data/projects/KEEP'), 400)
  await want(cast.mem('DELETE', at), 403)
})

test('hierarchy section 7.2: without the setting all of it goes', async () => {
  await setPreference(cast.admin, 'preventDataDeletion', 'false')
  for (const place of places) await want(cast.own('DELETE', place), 200)
  assert.equal((await cast.own('GET', '/data/projects/KEEP')).status, 404)
})

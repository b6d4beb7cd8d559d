import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Caller } from '../../support/caller.ts'
import { type Cast, castOf, startSite, type TestSite } from '../../support/site.ts'

let site: TestSite
let cast: Cast
let own: Caller

before(async () => {
  site = await startSite()
  cast = await castOf(site, 'FIX')
  own = cast.own
})
after(() => site?.close())

type Scan = Readonly<{ description?: string; type?: string; frames?: number }>

/** A session with these scans, numbered from 1. */
async function sessionOf(project: string, label: string, scans: readonly Scan[]): Promise<string> {
  const path = `/data/projects/${project}/subjects/S1/experiments/${label}`
  assert.equal((await own('PUT', `${path}?xsiType=xnat:mrSessionData`)).status, 201)
  for (const [index, { description, type, frames }] of scans.entries()) {
    const query = new URLSearchParams({
      xsiType: 'xnat:mrScanData',
      ...(description && { series_description: description }),
      ...(type && { type }),
      ...(frames && { 'xnat:mrScanData/frames': String(frames) }),
    })
    assert.equal((await own('PUT', `${path}/scans/${index + 1}?${query}`)).status, 200)
  }
  return path
}

const typesOf = async (path: string): Promise<readonly (string | undefined)[]> =>
  (await own('GET', `${path}/scans?format=json&sortBy=ID`)).rows().map((row) => row['type'])

test('import 119: fixScanTypes names scans as others of the project with the same description are called', async () => {
  await sessionOf('FIX', 'OLD', [
    { description: 'T1 mpr-1mm', type: 'ANATOMY', frames: 9 },
    { description: 't1_MPR 1mm', type: 'SHORT', frames: 3 },
    { description: 'rest', type: 'unknown' },
  ])
  const path = await sessionOf('FIX', 'NEW', [
    { description: 'T1_MPR_1MM', frames: 3 },
    { description: 'T1 MPR 1MM*', frames: 5 },
    { description: 'rest' },
    {},
    { description: 'T1 mpr 1mm', type: 'MINE' },
  ])
  assert.equal((await cast.col('PUT', `${path}?fixScanTypes=true`)).status, 403)
  assert.equal((await own('PUT', `${path}?fixScanTypes=true`)).status, 200)
  assert.deepEqual(await typesOf(path), ['SHORT', 'ANATOMY', 'rest', 'unknown', 'MINE'])
  assert.equal((await own('PUT', `${path}?action=fixScanTypes&triggerPipelines=true`)).status, 200)
  assert.deepEqual(await typesOf(path), ['SHORT', 'ANATOMY', 'rest', 'unknown', 'MINE'])
})

test('import 119: a project without the mapping, and other projects, take the description', async () => {
  await own('PUT', '/data/projects/FIX2')
  const other = await sessionOf('FIX2', 'A', [{ description: 'T1 mpr-1mm' }])
  assert.equal((await own('PUT', `${other}?fixScanTypes=true`)).status, 200)
  assert.deepEqual(await typesOf(other), ['T1 mpr-1mm'])
  assert.equal((await own('PUT', '/data/projects/FIX2/scan_type_mapping/false')).status, 200)
  await sessionOf('FIX2', 'B', [{ description: 'rest', type: 'BOLD' }])
  const off = await sessionOf('FIX2', 'C', [{ description: 'rest' }])
  assert.equal((await own('PUT', `${off}?fixScanTypes=true`)).status, 200)
  assert.deepEqual(await typesOf(off), ['rest'])
})

test('fixScanTypes leaves experiments without scans as they are', async () => {
  const path = '/data/projects/FIX/subjects/S1/experiments/PLAIN'
  assert.equal((await own('PUT', `${path}?xsiType=xnat:subjectVariablesData&fixScanTypes=true`)).status, 201)
  const other = '/data/projects/FIX/subjects/S1/experiments/EMPTY'
  assert.equal((await own('PUT', `${other}?xsiType=xnat:mrSessionData&fixScanTypes=true`)).status, 201)
})

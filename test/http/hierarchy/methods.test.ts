import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Caller, Reply } from '../../support/caller.ts'
import { startSite, type TestSite } from '../../support/site.ts'
import { subjectXml } from './documents.ts'
import {
  childrenOf,
  itemAt,
  makeProject,
  makeSession,
  makeSubject,
  rowsAt,
  sessionAt,
  setPreference,
  want,
  xmlBody,
} from './stage.ts'

let site: TestSite
let own: Caller
let admin: Caller
const at = sessionAt('MET/S1/MR1')

before(async () => {
  site = await startSite()
  await site.addUser('own')
  own = site.as('own')
  admin = site.as('admin')
  await makeProject(own, 'MET', { accessibility: 'private' })
  await makeSubject(own, 'MET', 'S1')
  await makeSession(own, 'MET/S1/MR1')
})
after(() => site?.close())

const allowed = (reply: Reply) => (reply.headers.allow ?? '').split(/\s*,\s*/)

test('hierarchy 42: HEAD has the headers of GET and no body', async () => {
  for (const path of [
    '/data/projects',
    '/data/projects/MET/subjects',
    '/data/projects/MET?format=json',
    `${at}?format=xml`,
  ]) {
    const [get, head] = [await want(own('GET', path), 200), await want(own('HEAD', path), 200)]
    assert.equal(head.bytes.length, 0)
    assert.equal(head.headers['content-type'], get.headers['content-type'])
    assert.equal(head.headers['content-length'], get.headers['content-length'])
  }
})

test('hierarchy 42: HEAD of something unknown is 404 without a body', async () => {
  assert.equal((await want(own('HEAD', '/data/projects/NOSUCH'), 404)).bytes.length, 0)
})

test('hierarchy 43: OPTIONS lists the allowed methods', async () => {
  const list = allowed(await want(own('OPTIONS', '/data/projects'), 200))
  for (const method of ['GET', 'HEAD', 'POST', 'OPTIONS']) assert.ok(list.includes(method), method)
  assert.ok(!list.includes('DELETE'))
  const one = allowed(await want(own('OPTIONS', at), 200))
  for (const method of ['GET', 'PUT', 'DELETE']) assert.ok(one.includes(method), method)
})

test('hierarchy 44: POST /data/users is 405 with Allow', async () => {
  const reply = await want(own('POST', '/data/users'), 405)
  assert.ok(allowed(reply).includes('GET'))
  assert.ok(!allowed(reply).includes('POST'))
})

test('hierarchy 44: other methods a place does not know are 405', async () => {
  for (const [method, path] of [
    ['DELETE', '/data/projects'],
    ['PUT', '/data/projects'],
    ['POST', '/data/subjects'],
    ['POST', '/data/experiments'],
    ['DELETE', '/data/projects/MET/subjects'],
  ] as const) {
    assert.ok(allowed(await want(own(method, path), 405)).includes('GET'), `${method} ${path}`)
  }
})

test('hierarchy 45: POST with method=PUT acts as PUT', async () => {
  const made = await want(own('POST', '/data/projects/MET/subjects/TUN?method=PUT'), 201)
  assert.match(made.text, /^XNAT_S\d{5}$/)
  assert.equal((await itemAt(own, '/data/projects/MET/subjects/TUN')).data_fields.ID, made.text)
})

test('hierarchy 45: POST with method=DELETE acts as DELETE, method=GET as GET', async () => {
  await makeSubject(own, 'MET', 'TUN2')
  const read = await want(own('POST', '/data/projects/MET/subjects/TUN2?method=GET&format=json'), 200)
  assert.equal(read.json().items[0].data_fields.label, 'TUN2')
  await want(own('POST', '/data/projects/MET/subjects/TUN2?method=DELETE'), 200)
  await want(own('GET', '/data/projects/MET/subjects/TUN2'), 404)
})

test('hierarchy 45: in whatever letter case', async () => {
  await want(own('POST', '/data/projects/MET/subjects/TUN3?method=put'), 201)
  await want(own('POST', '/data/projects/MET/subjects/TUN3?method=Delete'), 200)
  await want(own('GET', '/data/projects/MET/subjects/TUN3'), 404)
})

test('hierarchy 211: an unknown child is 404 to GET, and 400 to PUT and DELETE, which change nothing', async () => {
  await makeSubject(own, 'MET', 'KIDS')
  const assessor = `${at}/assessors/QC`
  await want(own('PUT', `${assessor}?xsiType=xnat:qcManualAssessorData`), 201)
  for (const parent of ['/data/projects/MET/subjects/KIDS', at, '/data/projects/MET/experiments/MR1', assessor]) {
    await want(own('GET', `${parent}/foo`), 404)
    for (const method of ['PUT', 'DELETE'] as const) {
      const reply = await want(own(method, `${parent}/foo/bar?label=other&note=x`), 400)
      assert.equal(reply.message(), 'There is nothing to be changed under foo/bar.')
    }
    await want(own('GET', parent), 200)
  }
})

test('hierarchy 45: media= stands for Accept', async () => {
  assert.equal((await want(own('GET', '/data/projects?media=text/xml'), 200)).type, 'text/xml')
  assert.equal((await want(own('GET', '/data/projects?media=xml'), 200)).type, 'text/xml')
})

const reasons = 'event_reason=because&event_type=WEB_FORM&event_action=test&event_comment=none&event_id=7'

test('hierarchy 198: event parameters are accepted everywhere and change nothing', async () => {
  assert.equal((await want(own('PUT', `/data/projects/MET?${reasons}`), 200)).text, '')
  assert.match((await want(own('PUT', `/data/projects/MET/subjects/EV?${reasons}`), 201)).text, /^XNAT_S\d{5}$/)
  const session = `${sessionAt('MET/EV/MR9')}?xsiType=xnat:mrSessionData&${reasons}`
  assert.match((await want(own('PUT', session), 201)).text, /^XNAT_E\d{5}$/)
  assert.equal((await rowsAt(own, `/data/projects/MET/subjects?label=EV&${reasons}`)).length, 1)
  assert.equal((await want(own('DELETE', `/data/projects/MET/subjects/EV?${reasons}`), 200)).text, '')
})

test('hierarchy 198: a site that asks for a reason refuses a deletion without one', async () => {
  await makeSubject(own, 'MET', 'WHY')
  await setPreference(admin, 'requireChangeJustification', 'true')
  try {
    assert.ok((await want(own('DELETE', '/data/projects/MET/subjects/WHY'), 403)).message())
    await want(own('GET', '/data/projects/MET/subjects/WHY'), 200)
    await want(own('DELETE', '/data/projects/MET/subjects/WHY?event_reason=gone'), 200)
    await want(own('GET', '/data/projects/MET/subjects/WHY'), 404)
  } finally {
    await setPreference(admin, 'requireChangeJustification', 'false')
  }
})

test('hierarchy 199: unknown query parameters never cause errors', async () => {
  const odd = 'XNAT_CSRF=nothing&bogus=1&xnat:mrSessionData/nosuchfield=1&_=123&a%5B%5D=x&='
  const reads = ['/projects/MET', '/projects/MET/subjects/S1', '/projects/MET/experiments/MR1', '/projects/MET/users']
  for (const path of reads) await want(own('GET', `/data${path}?format=json&${odd}`), 200)
  await want(own('PUT', `/data/projects/MET?${odd}`), 200)
  await want(own('PUT', `/data/projects/MET/subjects/S1?${odd}`), 200)
  await want(own('PUT', `${at}?${odd}`), 200)
  assert.deepEqual((await itemAt(own, at)).data_fields.label, 'MR1')
})

test('hierarchy 199: unknown plain parameters do not filter lists', async () => {
  const rows = await rowsAt(own, '/data/projects/MET/subjects?bogus=1&_=17')
  assert.ok(rows.some((row) => row.label === 'S1'))
})

test('hierarchy 207: a bare allowDataDeletion counts as absent', async () => {
  await makeSubject(own, 'MET', 'EDU', { education: '12' })
  const path = '/data/projects/MET/subjects/EDU'
  await want(
    own('PUT', `${path}?allowDataDeletion`, xmlBody(subjectXml('label="EDU"', '<xnat:gender>male</xnat:gender>'))),
    200,
  )
  const [demographics] = childrenOf(await itemAt(own, path), 'demographics')
  assert.equal(demographics?.data_fields.education, 12)
  assert.equal(demographics?.data_fields.gender, 'male')
})

test('hierarchy 207: bare, false and 0 flags are not set', async () => {
  for (const flag of ['quarantine', 'quarantine=false', 'quarantine=0']) {
    await want(own('PUT', `${at}?${flag}`), 200)
    assert.equal((await want(own('GET', `${at}/status`), 200)).text, 'active', flag)
  }
  assert.match((await want(own('GET', `${at}?format=xml&concealHiddenFields`), 200)).text, /hidden_fields/)
})

test('hierarchy 207: an empty value sets a flag', async () => {
  await want(admin('PUT', `${at}?quarantine=`), 200)
  assert.equal((await want(admin('GET', `${at}/status`), 200)).text, 'quarantine')
  await want(admin('PUT', `${at}?activate=1`), 200)
  assert.equal((await want(own('GET', `${at}/status`), 200)).text, 'active')
})

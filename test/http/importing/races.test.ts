import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { sessionValues, zipped } from '../../support/arrivals.ts'
import type { Caller, Reply } from '../../support/caller.ts'
import { openImportSite } from '../../support/import-site.ts'
import type { TestSite } from '../../support/site.ts'

describe('imports that meet', () => {
  let site: TestSite
  let own: Caller
  before(async () => {
    const opened = await openImportSite()
    site = opened.site
    own = opened.cast.own
  })
  after(() => site.close())

  const post = (query: string, body: Uint8Array): Promise<Reply> =>
    own('POST', `/data/services/import?${query}`, { body, headers: { 'content-type': 'application/zip' } })
  const scansOf = async (label: string): Promise<string[]> =>
    (await own('GET', `/data/projects/PRJ1/experiments/${label}/scans?columns=ID`)).rows().map(({ ID = '' }) => ID)

  it('import weakness 1, 6: several importers of one session all succeed, and all of it is there', async () => {
    const numbers = [1, 2, 3, 4, 5, 6]
    const query = 'dest=/archive/projects/PRJ1&overwrite=append'
    for (const handler of ['SI', 'DICOM-zip']) {
      const label = `R1${handler.slice(0, 2)}`
      const answers = await Promise.all(
        numbers.map((number) => post(`import-handler=${handler}&${query}`, zipped(number, 3, sessionValues(label)))),
      )
      for (const answer of answers)
        assert.equal(answer.text, `/data/archive/projects/PRJ1/subjects/Doe_Jo/experiments/${label}\r\n`)
      assert.deepEqual(await scansOf(label), numbers.map(String))
      const files = (await own('GET', `/data/projects/PRJ1/experiments/${label}/scans/ALL/files`)).rows()
      assert.equal(files.length, 18)
    }
    assert.equal((await own('GET', '/data/prearchive')).rows().length, 0)
  })

  it('clients 5.4: series sent side by side come into one entry, which one commit then archives', async () => {
    const query =
      'import-handler=DICOM-zip&PROJECT_ID=PRJ1&SUBJECT_ID=SUB1&EXPT_LABEL=R2&overwrite=none&rename=true&prevent_anon=true&prevent_auto_commit=true&SOURCE=uploader&autoArchive=AutoArchive'
    const answers = await Promise.all(
      [1, 2, 3, 4].map((number) => post(query, zipped(number, 2, sessionValues('any')))),
    )
    const uris = new Set(answers.map(({ text }) => text.trim()))
    assert.equal(uris.size, 1)
    const [uri = ''] = uris
    assert.match(uri, /^\/data\/prearchive\/projects\/PRJ1\/\d{8}_\d{9}\/R2$/)
    const waits = await own('POST', `${uri}?action=commit&SOURCE=uploader`, {
      body: '{}',
      headers: { 'content-type': 'application/json' },
    })
    assert.deepEqual([waits.status, waits.text], [200, uri])
    await own('PUT', '/data/projects/PRJ1/prearchive_code/4')
    const archived = await own('POST', `${uri}?action=commit&SOURCE=uploader`, {
      body: '{}',
      headers: { 'content-type': 'application/json' },
    })
    assert.equal(archived.status, 301)
    assert.equal(archived.headers.location, undefined)
    assert.equal(archived.text, '/data/archive/projects/PRJ1/subjects/SUB1/experiments/R2')
    assert.deepEqual(await scansOf('R2'), ['1', '2', '3', '4'])
    await own('PUT', '/data/projects/PRJ1/prearchive_code/0')
  })

  it('two people who archive one entry at once make one session; one of them is told that it is taken', async () => {
    const uri = (await post('project=PRJ1&action=commit', zipped(1, 3, sessionValues('R3')))).text.trim()
    const answers = await Promise.all([1, 2, 3].map(() => own('POST', `/data/services/archive?src=${uri}`)))
    const statuses = answers.map(({ status }) => status)
    assert.equal(statuses.filter((status) => status === 200).length, 1, String(statuses))
    assert.ok(
      statuses.every((status) => [200, 403, 404, 409].includes(status)),
      String(statuses),
    )
    assert.deepEqual(await scansOf('R3'), ['1'])
  })

  it('import weakness 14, 17: rules reach tags behind the usual ones; only what names no project comes to Unassigned', async () => {
    const admin = site.as('admin')
    const headers = { 'content-type': 'application/json' }
    const rule = JSON.stringify({ status: 'enabled', contents: '(0028,0010):(.*):1 t:.+ r:PRJ1' })
    assert.ok((await admin('PUT', '/data/config/dicom/projectRules', { body: rule, headers })).status < 300)
    const routed = await post('', zipped(1, 1, sessionValues('R4')))
    await admin('PUT', '/data/config/dicom/projectRules?status=disabled')
    assert.match(routed.text, /\/PRJ1\/\d{8}_\d{9}\/R4/)
    const loose = await post('', zipped(1, 1, sessionValues('R5')))
    assert.match(loose.text, /Unassigned/)
  })
})

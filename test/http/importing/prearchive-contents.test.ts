import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { readZip } from '../../support/archives.ts'
import { image, sessionValues, zipped } from '../../support/arrivals.ts'
import type { Values } from '../../support/dicom.ts'
import { openImportSite } from '../../support/import-site.ts'
import type { Cast, TestSite } from '../../support/site.ts'

/** Name to bytes of the members of a zip. */
const zipEntries = async (zip: Buffer) => new Map((await readZip(zip)).map(({ name, bytes }) => [name, bytes]))

const ZIP = { 'content-type': 'application/zip' }

describe('what is in an entry of the prearchive', () => {
  let site: TestSite
  let cast: Cast
  before(async () => {
    ;({ site, cast } = await openImportSite(['PRJ1', 'PRJ2']))
  })
  after(() => site.close())

  async function send(query: string, number: number, values: Values): Promise<string> {
    const answer = await cast.own('POST', `/data/services/import?${query}`, {
      body: zipped(number, 2, values),
      headers: ZIP,
    })
    assert.equal(answer.status, 200, answer.text)
    return answer.text.trim()
  }
  /** A built entry of two scans with two images each. */
  async function entry(name: string): Promise<string> {
    await send('project=PRJ1', 1, { ...sessionValues(name), SeriesDescription: 'localizer' })
    const uri = await send('project=PRJ1', 2, { ...sessionValues(name), SeriesDescription: 't1' })
    assert.equal((await cast.own('POST', `${uri}?action=build`)).status, 200)
    return uri
  }
  /** Until nothing is queued or under way any more; the server works through the queue by itself as well. */
  async function worked(): Promise<void> {
    for (let look = 0; look < 100; look++) {
      await site.workRound()
      const rows = (await cast.own('GET', '/data/prearchive')).rows()
      if (!rows.some(({ status }) => /^QUEUED|ING$/.test(status ?? '') && status !== 'RECEIVING')) return
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
  const statusOf = async (uri: string) => (await cast.own('GET', `${uri}?format=json`)).rows()[0]?.['status']

  it('import 52, 53: lists scans, resources and files, whose addresses lead to the bytes that came', async () => {
    const uri = await entry('C52')
    // Without a total, which no other list of scans lacks (scans 6.7).
    const Result = [
      { ID: '1', xsiType: 'xnat:mrScanData', series_description: 'localizer' },
      { ID: '2', xsiType: 'xnat:mrScanData', series_description: 't1' },
    ]
    assert.deepEqual((await cast.own('GET', `${uri}/scans?format=json`)).json(), { ResultSet: { Result } })
    const size = String(2 * image(1, 1, { ...sessionValues('C52'), SeriesDescription: 'localizer' }).length)
    assert.deepEqual((await cast.own('GET', `${uri}/scans/1/resources`)).rows(), [
      { label: 'DICOM', file_count: '2', file_size: size },
    ])
    const all = (await cast.own('GET', `${uri}/resources`)).rows()
    assert.deepEqual(
      all.map(({ category, cat_id, label }) => [category, cat_id, label]),
      [
        ['scans', '1', 'DICOM'],
        ['scans', '2', 'DICOM'],
      ],
    )
    const files = (await cast.own('GET', `${uri}/scans/1/resources/DICOM/files`)).rows()
    assert.deepEqual(
      files.map(({ Name }) => Name),
      ['1-1.dcm', '1-2.dcm'],
    )
    const sent = image(1, 1, { ...sessionValues('C52'), SeriesDescription: 'localizer' })
    assert.equal(files[0]?.['Size'], String(sent.length))
    const got = await cast.own('GET', files[0]?.['URI'] ?? '')
    assert.deepEqual(got.bytes, sent)
    const pretty = await cast.own('GET', `${uri}/scans/1/resources/DICOM/files?prettyPrint=true`)
    assert.match(pretty.rows()[0]?.['Size'] ?? '', / (B|KB)$/)
    const refused = await Promise.all([
      cast.own('GET', `${uri}/scans/9/resources`),
      cast.own('GET', `${uri}/scans/1/resources/NII/files`),
      cast.own('GET', `${uri}/scans/1/resources/DICOM/files/none.dcm`),
      cast.col('GET', `${uri}/scans`),
    ])
    assert.deepEqual(
      refused.map(({ status }) => status),
      [404, 404, 404, 403],
    )
  })

  it('import 51: sends an entry, a scan or a resource as one zip, before the build as well', async () => {
    const early = await send('project=PRJ1', 1, sessionValues('C51E'))
    assert.equal((await cast.own('GET', `${early}/scans`)).status, 404)
    assert.equal((await zipEntries((await cast.own('GET', `${early}?format=zip`)).bytes)).size, 2)
    const uri = await entry('C51')
    const whole = await cast.own('GET', uri, { headers: { accept: 'application/zip' } })
    assert.equal(whole.type, 'application/zip')
    const entries = await zipEntries(whole.bytes)
    assert.deepEqual([...entries.keys()].sort(), [
      'C51/SCANS/1/DICOM/1-1.dcm',
      'C51/SCANS/1/DICOM/1-2.dcm',
      'C51/SCANS/2/DICOM/2-1.dcm',
      'C51/SCANS/2/DICOM/2-2.dcm',
    ])
    const values = { ...sessionValues('C51'), SeriesDescription: 't1' }
    assert.deepEqual(entries.get('C51/SCANS/2/DICOM/2-1.dcm'), image(2, 1, values))
    assert.equal((await zipEntries((await cast.own('GET', `${uri}/scans/1`)).bytes)).size, 2)
    assert.equal((await cast.own('GET', `${uri}/scans/2/resources/DICOM?format=tar.gz`)).type, 'application/x-gtar')
  })

  it('takes a scan out of an entry, which does not come back', async () => {
    const uri = await entry('CDEL')
    assert.equal((await cast.col('DELETE', `${uri}/scans/1`)).status, 403)
    assert.equal((await cast.own('DELETE', `${uri}/scans/1`)).status, 200)
    assert.equal((await cast.own('DELETE', `${uri}/scans/1`)).status, 404)
    await cast.own('POST', `${uri}?action=build`)
    assert.deepEqual(
      (await cast.own('GET', `${uri}/scans`)).rows().map(({ ID }) => ID),
      ['2'],
    )
    assert.doesNotMatch((await cast.own('GET', uri)).text, /localizer/)
  })

  it('keeps files beside the scans, which travel along into the archive', async () => {
    const uri = await entry('CRES')
    const place = `${uri}/resources/NOTES/files/sub/a.txt`
    assert.equal((await cast.own('PUT', `${place}?inbody=true`, { body: 'first' })).status, 200)
    assert.equal((await cast.own('PUT', `${place}?inbody=true`, { body: 'second' })).status, 200)
    assert.equal((await cast.own('PUT', `${uri}/resources/NOTES/files/b.txt?inbody=true`, { body: 'b' })).status, 200)
    assert.equal((await cast.own('PUT', place)).status, 400)
    assert.equal((await cast.own('PUT', `${uri}/resources/NOTES/files/..%2Fx?inbody=true`, { body: 'b' })).status, 400)
    assert.equal((await cast.col('PUT', `${place}?inbody=true`, { body: 'x' })).status, 403)
    assert.equal((await cast.own('GET', place)).text, 'second')
    assert.equal((await cast.own('DELETE', `${uri}/resources/NOTES/files/b.txt`)).status, 200)
    assert.equal((await cast.own('DELETE', `${uri}/resources/NONE`)).status, 404)
    const rows = (await cast.own('GET', `${uri}/resources`)).rows()
    assert.deepEqual(rows.at(-1), {
      category: 'resources',
      cat_id: '',
      label: 'NOTES',
      file_count: '1',
      file_size: '6',
    })
    const archived = await cast.own('POST', `${uri}?action=commit&AA=true`)
    assert.equal(archived.status, 301, archived.text)
    assert.equal((await cast.own('GET', `${archived.text}/resources/NOTES/files/sub/a.txt`)).text, 'second')
  })

  it('import 80: tells what happened to an entry', async () => {
    const uri = await send('project=PRJ1', 1, sessionValues('C80'))
    await cast.own('POST', `${uri}?action=set-status&status=ERROR`)
    const rows = (await cast.own('GET', `${uri}/logs?format=json`)).rows()
    const last = rows.at(-1)!
    assert.deepEqual(Object.keys(last), ['id', 'date', 'entry'])
    assert.match(last['entry'] ?? '', /^Status set to ERROR by /)
    assert.equal((await cast.own('GET', `${uri}/logs/last`)).text, last['entry'])
    assert.equal((await cast.own('GET', `${uri}/logs/${last['id']}`)).text, last['entry'])
    assert.equal((await cast.own('GET', `${uri}/logs/0`)).status, 404)
  })

  it('import 62, 63: moves, rebuilds and deletes several entries at once', async () => {
    const uris = [await entry('C62A'), await entry('C62B')]
    const src = uris.map((uri) => `src=${encodeURIComponent(uri.replace('/data', ''))}`).join('&')
    const rebuilt = await cast.own('POST', `/data/services/prearchive/rebuild?${src}&async=false`)
    assert.deepEqual(
      rebuilt.rows().map(({ status }) => status),
      ['QUEUED_BUILDING', 'QUEUED_BUILDING'],
    )
    await worked()
    // Nothing is archived after a rebuild, whatever the project does by itself.
    assert.deepEqual(await Promise.all(uris.map(statusOf)), ['READY', 'READY'])
    const form = { 'content-type': 'application/x-www-form-urlencoded' }
    const moved = await cast.own('POST', '/data/services/prearchive/move', {
      body: `${src}&newProject=PRJ2`,
      headers: form,
    })
    assert.equal(moved.rows().length, 2, moved.text)
    await worked()
    const there = (await cast.own('GET', '/data/prearchive/projects/PRJ2')).rows()
    assert.deepEqual(there.map(({ name }) => name).sort(), ['C62A', 'C62B'])
    const urls = there.map(({ url }) => `src=${url}`).join('&')
    assert.equal((await cast.col('POST', `/data/services/prearchive/delete?${urls}`)).status, 404)
    assert.equal((await cast.own('POST', `/data/services/prearchive/delete?${urls}`)).rows().length, 2)
    await worked()
    assert.equal((await cast.own('GET', '/data/prearchive/projects/PRJ2')).rows().length, 0)
    const bad = [
      'src=/nowhere',
      '',
      `src=/prearchive/projects/PRJ1/20200101_000000000/none`,
      'src=/prearchive/projects/NONE/2/x',
    ]
    const statuses: number[] = []
    for (const one of bad) statuses.push((await cast.own('POST', `/data/services/prearchive/delete?${one}`)).status)
    assert.deepEqual(statuses, [400, 400, 404, 404])
    assert.equal((await cast.own('PUT', '/data/prearchive')).status, 403)
    assert.equal((await cast.admin('PUT', '/data/prearchive')).status, 200)
  })

  it('import 37, 38, 83: writes past the prearchive what is asked to be archived directly', async () => {
    const answer = await send('project=PRJ1&Direct-Archive=true', 1, sessionValues('C37'))
    const study = sessionValues('C37').StudyInstanceUID
    assert.equal(answer, `/xapi/direct-archive/PRJ1/${study}/C37`)
    const listed = await cast.own('POST', '/xapi/direct-archive', { body: '{"page":1,"size":50}' })
    assert.deepEqual(
      listed.json().map(({ project, name, tag, status }: Record<string, string>) => [project, name, tag, status]),
      [['PRJ1', 'C37', study, 'RECEIVING']],
    )
    const elsewhere = { body: JSON.stringify({ filters: { project: { value: 'PRJ2' } } }) }
    assert.deepEqual((await cast.own('POST', '/xapi/direct-archive', elsewhere)).json(), [])
    assert.equal((await cast.own('GET', answer)).json().name, 'C37')
    assert.equal((await cast.col('POST', answer)).status, 403)
    const done = await cast.own('POST', answer)
    assert.equal(done.status, 200, done.text)
    assert.equal((await cast.own('GET', `${done.text}/scans`)).rows().length, 1)
    assert.deepEqual((await cast.own('POST', '/xapi/direct-archive')).json(), [])
    await send('project=PRJ1&Direct-Archive=true', 1, sessionValues('C38'))
    const [{ id }] = (await cast.own('POST', '/xapi/direct-archive')).json()
    assert.equal((await cast.col('DELETE', `/xapi/direct-archive/${id}`)).status, 403)
    assert.equal((await cast.own('DELETE', `/xapi/direct-archive/${id}`)).status, 200)
    assert.equal((await cast.own('DELETE', `/xapi/direct-archive/${id}`)).status, 404)
  })

  it('import 37: archives at once what is asked to be archived directly at a place in the archive', async () => {
    const place = '/archive/projects/PRJ1/subjects/S37/experiments/P37'
    const answer = await send(`dest=${place}&Direct-Archive=True&overwrite=True`, 1, sessionValues('C37A'))
    assert.equal(answer, `/data${place}`)
    assert.equal((await cast.own('GET', `${answer}/scans`)).rows().length, 1)
    assert.deepEqual((await cast.own('POST', '/xapi/direct-archive')).json(), [])
  })

  it('import 54, 76: refuses to build what somebody works on; what is empty cannot be archived and says so', async () => {
    const uri = await entry('C76')
    await site.whileBuilt('C76', async () => {
      for (const action of ['build', 'reset-status', 'set-status&status=READY', 'move&newProject=PRJ2'])
        assert.equal((await cast.own('POST', `${uri}?action=${action}`)).status, 409, action)
      assert.equal((await cast.own('DELETE', uri)).status, 409)
      assert.equal((await cast.own('DELETE', `${uri}/scans/1`)).status, 409)
      assert.equal((await cast.own('POST', `/data/services/archive?src=${uri}`)).status, 403)
    })
    const work = await cast.own('POST', `${uri}?action=set-status&status=BUILDING`)
    assert.equal(work.status, 400)
    assert.match(work.message() ?? '', /write one of RECEIVING, READY, CONFLICT, ERROR/)
    assert.equal((await cast.own('POST', `${uri}?action=reset-status`)).status, 200)
    for (const scan of ['1', '2']) assert.equal((await cast.own('DELETE', `${uri}/scans/${scan}`)).status, 200)
    const refused = await cast.own('POST', `/data/services/archive?src=${uri}`)
    assert.equal(refused.status, 500)
    assert.match(refused.message() ?? '', /Empty sessions cannot be archived/)
    assert.equal(await statusOf(uri), 'ERROR')
  })

  it('import 82: what cannot be archived directly waits in the prearchive, and its log says so', async () => {
    const label = 'C82'
    await send('project=PRJ1&Direct-Archive=true', 1, { ...sessionValues(label), InstitutionName: 'x'.repeat(300) })
    // Somebody else makes a session of this label meanwhile.
    await cast.own('PUT', `/data/projects/PRJ1/subjects/S82/experiments/${label}?xsiType=xnat:mrSessionData`)
    const direct = await cast.own('POST', `/xapi/direct-archive/PRJ1/${sessionValues(label).StudyInstanceUID}/${label}`)
    assert.equal(direct.status, 409)
    const row = (await cast.own('GET', '/data/prearchive/projects/PRJ1')).rows().find(({ name }) => name === label)
    assert.equal(row?.['status'], 'CONFLICT')
    const log = await cast.own('GET', `/data${row?.['url']}/logs?format=json`)
    assert.match(log.text, /Attempt to direct-archive failed/)
  })

  it('import 81: leaves for the prearchive what a session of the archive is in the way of', async () => {
    const first = await send('project=PRJ1&dest=/archive/projects/PRJ1', 1, sessionValues('C81'))
    assert.match(first, /^\/data\/archive/)
    const again = await send('project=PRJ1&Direct-Archive=true', 1, sessionValues('C81'))
    assert.match(again, /^\/data\/prearchive\/projects\/PRJ1\//)
    const refused = await cast.own('POST', `${again}?action=commit&AA=true`)
    assert.ok(refused.status >= 400, refused.text)
    assert.equal(await statusOf(again), 'CONFLICT')
  })

  it('dumps the header of what waits and of what is archived', async () => {
    const uri = await entry('CDMP')
    const src = uri.replace('/data', '')
    const dump = (of: string, fields = '') => cast.own('GET', `/data/services/dicomdump?src=${of}${fields}&format=json`)
    const some = await dump(`${src}/scans/2`, '&field=PatientName&field=00200011')
    assert.deepEqual(some.rows(), [
      { tag1: '(0010,0010)', tag2: '', vr: 'PN', value: 'Doe^Jo', desc: 'Patient Name' },
      { tag1: '(0020,0011)', tag2: '', vr: 'IS', value: '2', desc: 'Series Number' },
    ])
    const all = (await dump(src)).rows()
    assert.ok(all.some(({ tag1, value }) => tag1 === '(0008,0060)' && value === 'MR'))
    assert.ok(all.some(({ tag1, value }) => tag1 === '(0002,0010)' && value === '1.2.840.10008.1.2.1'))
    const archived = (await cast.own('POST', `${uri}?action=commit&AA=true`)).text.replace('/data', '')
    assert.deepEqual((await dump(`${archived}/scans/2`, '&field=PatientName')).rows()[0]?.['value'], 'Doe^Jo')
    assert.equal((await dump(archived)).rows().length, all.length)
    assert.equal((await dump(`${archived}/scans/9`)).status, 404)
    // frametree leaves two steps of an address out, whatever they are.
    const shortened = await dump(archived.replace('/archive', ''))
    assert.equal(shortened.status, 200)
    assert.deepEqual(shortened.rows(), (await dump(archived)).rows())
    assert.equal((await dump('/elsewhere')).status, 400)
    assert.equal((await dump('/elsewhere/X/experiments/CDMP')).status, 400)
    assert.equal((await dump(archived, '&field=Nonsense')).status, 400)
    assert.equal((await cast.str('GET', `/data/services/dicomdump?src=${archived}`)).status, 404)
  })
})

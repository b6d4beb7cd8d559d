import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { zipOf } from '../../support/archives.ts'
import { image, series, sessionValues as session, zipped } from '../../support/arrivals.ts'
import { type Cast, castOf, startSite, type TestSite } from '../../support/site.ts'
import { stagedCopies } from '../../support/staged-copies.ts'

const IMPORT = '/data/services/import'
const zip = { 'content-type': 'application/zip' }

describe('the import service', () => {
  let site: TestSite
  let cast: Cast
  before(async () => {
    site = await startSite()
    cast = await castOf(site, 'PRJ1')
  })
  after(() => site.close())
  const post = (query: string, body: Uint8Array, headers: Record<string, string> = zip) =>
    cast.own('POST', `${IMPORT}?${query}`, { body, headers })

  it('import 1: a request without a file is refused with 400', async () => {
    assert.equal((await cast.own('POST', IMPORT)).status, 400)
    const nowhere = '/user/cache/resources/X/files/none.zip'
    assert.equal((await cast.own('POST', `${IMPORT}?src=${nowhere}`)).status, 404)
  })

  it('import 3, 4: GET is answered with 405, an unknown importer with 404', async () => {
    assert.equal((await cast.own('GET', IMPORT)).status, 405)
    const answer = await post('import-handler=Nobody', zipped(1, 1))
    assert.equal(answer.status, 404)
    assert.match(answer.message() ?? '', /Nobody/)
  })

  it('import 5, 9, 10, 29: a zip in the body waits in the prearchive, and the next of its study joins it', async () => {
    const first = await post('project=PRJ1', zipped(1, 2, session('A5')))
    assert.equal(first.status, 200)
    assert.equal(first.headers['content-type'], 'text/uri-list')
    assert.match(first.text, /^\/data\/prearchive\/projects\/PRJ1\/\d{8}_\d{9}\/A5\r\n$/)
    const second = await post('project=PRJ1', zipped(2, 2, session('A5')))
    assert.equal(second.text, first.text)
  })

  it('import 8: a zip of unknown length is taken as it comes', async () => {
    const body = zipped(1, 2, session('A8'))
    const answer = await cast.own('POST', `${IMPORT}?dest=/archive/projects/PRJ1`, {
      body,
      headers: zip,
      chunked: true,
    })
    assert.equal(answer.text, '/data/archive/projects/PRJ1/subjects/Doe_Jo/experiments/A8\r\n')
  })

  it('resources (9.2): the catalog of what is archived is one of DICOM objects', async () => {
    await post('dest=/archive/projects/PRJ1', zipped(1, 2, session('CAT')))
    const catalog = await cast.own('GET', '/data/projects/PRJ1/experiments/CAT/scans/1/resources/DICOM?format=json')
    assert.match(catalog.text, /^<\?xml version="1.0" encoding="UTF-8"\?>\n<cat:DCMCatalog /)
    const objects = [
      ...catalog.text.matchAll(/<cat:entry xsi:type="cat:dcmEntry" [^>]*UID="([^"]+)" [^>]*instanceNumber="(\d)"/g),
    ]
    assert.deepEqual(
      objects.map(([, , number]) => number),
      ['1', '2'],
    )
    assert.equal(new Set(objects.map(([, uid]) => uid)).size, 2)
  })

  it('import 42: of a zip that breaks off nothing stays', async () => {
    const whole = zipped(1, 3, session('A42'))
    for (const length of [whole.length - 30, Math.floor(whole.length / 2)]) {
      const answer = await post('project=PRJ1', whole.subarray(0, length))
      assert.equal(answer.status, 400)
    }
    const again = await post('project=PRJ1', zipped(2, 1, session('A42')))
    const uri = again.text.trim()
    assert.match(uri, /A42$/)
  })

  it('import 28: files that are no DICOM objects are refused by name, or passed over', async () => {
    const mixed = zipOf([
      ...Object.entries(series(1, 6, session('A28'))).map(([name, body]) => ({ name, body })),
      { name: 'notes/read me.txt', body: 'no image' },
    ])
    for (const ignore of ['', '&Ignore-Unparsable=false']) {
      const answer = await post(`project=PRJ1${ignore}`, mixed)
      assert.equal(answer.status, 400)
      assert.match(answer.message() ?? '', /unable to read DICOM object notes\/read me\.txt/)
    }
    assert.equal((await post('project=PRJ1&Ignore-Unparsable=true', mixed)).status, 200)
    const none = zipOf([{ name: 'notes/read me.txt', body: 'no image' }])
    for (const query of ['import-handler=SI', 'Ignore-Unparsable=true', 'import-handler=gradual-DICOM']) {
      const answer = await post(`project=PRJ1&${query}`, none)
      assert.equal(answer.status, 400, query)
      assert.match(answer.message() ?? '', /unable to read DICOM object notes\/read me\.txt/, query)
    }
  })

  it('import 42: a zip that is cut is refused wherever the cut is, and nothing of it stays', async () => {
    const names = ['1.dcm', '2.dcm', '3.dcm']
    for (const method of [0, 8] as const) {
      const whole = zipOf(names.map((name, at) => ({ name, body: image(1, at + 1, session('CUT42')), method })))
      for (const part of [0.1, 0.5, 0.8]) {
        const answer = await post('project=PRJ1', whole.subarray(0, whole.length * part))
        assert.equal(answer.status, 400, `${method} ${part} ${answer.text}`)
        assert.match(answer.message() ?? '', /broke off|is damaged/)
      }
    }
    const waiting = (await cast.own('GET', '/data/prearchive/projects/PRJ1')).rows().map(({ name }) => name)
    assert.ok(!waiting.includes('CUT42'))
  })

  it('import 42: a zip with a damaged object is refused by its name, also behind the header and where it is not wanted', async () => {
    const values = session('HURT42')
    const filter = '/data/projects/PRJ1/config/seriesImportFilter/config'
    const dropped = { enabled: 'true', mode: 'blacklist', list: 'unwanted' }
    await cast.own('PUT', `${filter}?inbody=true`, { body: JSON.stringify(dropped) })
    const unwanted = image(1, 1, { ...values, SeriesDescription: 'unwanted' })
    const filtered = await post('project=PRJ1', zipOf([{ name: 'hurt.dcm', body: unwanted, claimedCrc: 1 }]))
    assert.match(`${filtered.status} ${filtered.message()}`, /^400 .*hurt\.dcm.* is damaged/)
    const whole = await post('project=PRJ1', zipOf([{ name: 'fine.dcm', body: unwanted }]))
    assert.deepEqual([whole.status, whole.text], [200, ''])
    await cast.own('PUT', `${filter}?status=disabled`)
    for (const wish of ['', '&Ignore-Unparsable=true', '&import-handler=SI']) {
      const body = zipOf([
        { name: 'fine.dcm', body: image(1, 1, values) },
        { name: 'hurt.dcm', body: image(1, 2, values), claimedCrc: 1 },
        { name: 'more.dcm', body: image(1, 3, values) },
      ])
      const answer = await post(`project=PRJ1${wish}`, body)
      assert.equal(answer.status, 400, answer.text)
      assert.match(answer.message() ?? '', /hurt\.dcm.* is damaged/)
      const begun = Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), Buffer.alloc(500, 'no header')])
      const unreadable = await post(`project=PRJ1${wish}`, zipOf([{ name: 'hurt.dcm', body: begun, claimedCrc: 1 }]))
      assert.equal(unreadable.status, 400)
      assert.match(unreadable.message() ?? '', /hurt\.dcm.* is damaged/)
    }
    const waiting = (await cast.own('GET', '/data/prearchive/projects/PRJ1')).rows().map(({ name }) => name)
    assert.ok(!waiting.includes('HURT42'))
  })

  it('import 42: of a zip with a second session too many not even a copy stays', async () => {
    const body = zipOf([
      { name: 'one.dcm', body: image(1, 1, session('ONE42')) },
      { name: 'two.dcm', body: image(1, 1, session('TWO42')) },
    ])
    const answer = await post('project=PRJ1&import-handler=SI', body)
    assert.match(`${answer.status} ${answer.message()}`, /^400 .*multiple imaging sessions/)
    assert.deepEqual(await stagedCopies(site.folder), [])
  })

  it('import 107: objects whose files have one name in one upload are all kept', async () => {
    const values = session('A107')
    const body = zipOf([
      { name: 'a/1.dcm', body: image(1, 1, values) },
      { name: 'b/1.dcm', body: image(1, 2, values) },
      { name: 'c/1.dcm', body: image(1, 3, values) },
      { name: 'd/1.dcm', body: image(1, 1, values) },
    ])
    const uri = (await post('project=PRJ1&import-handler=SI&dest=/prearchive/projects/PRJ1', body)).text.trim()
    const names = (await cast.own('GET', `${uri}/scans/1/resources/DICOM/files`)).rows().map(({ Name }) => Name)
    assert.deepEqual(names.sort(), ['1-1.dcm', '1-2.dcm', '1.dcm'])
  })

  it('import 35, 36: one object without an importer, gzipped or not, comes to Unassigned', async () => {
    const headers = { 'content-type': 'application/dicom' }
    const answer = await cast.admin('POST', `${IMPORT}?dest=/prearchive`, { body: image(1, 1), headers })
    assert.match(answer.text, /^\/data\/prearchive\/projects\/Unassigned\/\d{8}_\d{9}\/S01\r\n$/)
    const packed = await post('project=PRJ1', gzipSync(image(1, 1, session('A36'))), {
      'content-type': 'application/x-gzip',
    })
    assert.match(packed.text, /PRJ1.*A36/)
  })

  it('import 152: an unknown project is 404, one that may only be read 403, and nothing comes to Unassigned', async () => {
    const body = zipped(1, 1, session('A152'))
    for (const query of ['project=NOPE', 'dest=/archive/projects/NOPE', 'dest=/prearchive/projects/NOPE'])
      assert.equal((await post(query, body)).status, 404, query)
    const reader = await cast.col('POST', `${IMPORT}?project=PRJ1`, { body, headers: zip })
    assert.equal(reader.status, 403)
    const stranger = await cast.str('POST', `${IMPORT}?project=PRJ1`, { body, headers: zip })
    assert.equal(stranger.status, 404)
  })
})

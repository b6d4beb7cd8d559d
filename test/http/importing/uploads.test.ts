import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { pack } from 'tar-stream'
import { zipOf } from '../../support/archives.ts'
import { image, series, sessionValues, zipped } from '../../support/arrivals.ts'
import { multipart } from '../../support/caller.ts'
import { openImportSite } from '../../support/import-site.ts'
import { openBelow } from '../../support/open-files.ts'
import type { Cast, TestSite } from '../../support/site.ts'

const IMPORT = '/data/services/import'
const ARCHIVE = 'dest=/archive/projects/PRJ1'

/** A tar of these files. */
async function tarOf(files: Readonly<Record<string, Uint8Array>>): Promise<Buffer> {
  const tar = pack()
  for (const [name, body] of Object.entries(files)) tar.entry({ name }, Buffer.from(body))
  tar.finalize()
  return Buffer.concat(await Array.fromAsync(tar as AsyncIterable<Buffer>))
}

describe('what the import service takes', () => {
  let site: TestSite
  let cast: Cast
  before(async () => {
    ;({ site, cast } = await openImportSite())
  })
  after(() => site.close())
  const zip = { 'content-type': 'application/zip' }
  const filesAt = async (label: string) =>
    (await cast.own('GET', `/data/projects/PRJ1/experiments/${label}/scans/ALL/resources/DICOM/files`)).rows()

  it('import 2, 6: a form brings one file, with parameters before it', async () => {
    const file = { field: 'image_archive', filename: 'C:\\temp\\scan.zip', body: zipped(1, 2, sessionValues('U6')) }
    const one = multipart([
      { field: 'dest', body: '/archive/projects/PRJ1' },
      { field: 'import-handler', body: 'SI' },
      file,
    ])
    const answer = await cast.own('POST', IMPORT, one)
    assert.equal(answer.text, '/data/archive/projects/PRJ1/subjects/Doe_Jo/experiments/U6\r\n')
    const before = (await cast.own('GET', '/data/prearchive')).text
    const two = await cast.own('POST', `${IMPORT}?project=PRJ1`, multipart([file, file]))
    assert.equal(two.status, 400)
    // Long enough that its import has begun when the parameter comes.
    const long = { ...file, body: zipOf([{ name: 'x', body: Buffer.concat([image(1, 1), randomBytes(4_000_000)]) }]) }
    const late = await cast.own('POST', `${IMPORT}?project=PRJ1`, multipart([long, { field: 'session', body: 'LATE' }]))
    assert.equal(late.status, 400)
    assert.match(late.message() ?? '', /before the file: session/)
    const behind = multipart([
      { ...file, body: zipped(1, 2, sessionValues('U6')) },
      { field: 'session', body: 'BEHIND' },
      { field: 'import-handler', body: 'SI' },
      { field: 'dest', body: '/archive/projects/PRJ1' },
    ])
    assert.match((await cast.own('POST', IMPORT, behind)).text, /\/experiments\/BEHIND\r\n$/)
    assert.equal((await cast.own('POST', `${IMPORT}?inbody=true`, multipart([file]))).status, 406)
    assert.equal((await cast.own('POST', IMPORT, multipart([{ field: 'dest', body: '/archive' }]))).status, 400)
    assert.equal((await cast.own('GET', '/data/prearchive')).text, before)
  })

  it('import 6: a form that names a file of the server is refused in these words, also behind its file', async () => {
    // Short, and still so long that it comes in several pieces.
    const body = zipOf([{ name: 'x', body: Buffer.concat([image(1, 1), randomBytes(400_000)]) }])
    const file = { field: 'image_archive', filename: 'scan.zip', body }
    const before = (await cast.own('GET', '/data/prearchive')).text
    const behind = multipart([file, { field: 'reference', body: '/etc/passwd' }])
    const answer = await cast.own('POST', `${IMPORT}?project=PRJ1`, behind)
    assert.deepEqual([answer.status, answer.message()], [400, 'Files on the disk of the server cannot be referred to.'])
    assert.equal((await cast.own('GET', '/data/prearchive')).text, before)
  })

  it('import 6: the end of a form may come after the end of its archive', async () => {
    const { headers, body } = multipart([
      { field: 'import-handler', body: 'SI' },
      { field: 'file', filename: 'late.zip', body: zipped(1, 2, sessionValues('U8')) },
    ])
    const end = body.lastIndexOf('\r\n--isocenter-boundary')
    const slowly = async function* (): AsyncGenerator<Uint8Array> {
      yield body.subarray(0, end)
      await setTimeout(300)
      yield body.subarray(end)
    }
    const answer = await cast.own('POST', `${IMPORT}?dest=/archive/projects/PRJ1`, { headers, body: slowly() })
    assert.equal(answer.text, '/data/archive/projects/PRJ1/subjects/Doe_Jo/experiments/U8\r\n')
    assert.equal((await filesAt('U8')).length, 2)
  })

  it('import 7: tars, gzipped or not and whatever they are said to be, and archives in archives', async () => {
    const tar = await tarOf(series(1, 2, sessionValues('U7a')))
    const plain = await cast.own('POST', `${IMPORT}?${ARCHIVE}`, {
      body: tar,
      headers: { 'content-type': 'application/x-tar' },
    })
    assert.match(plain.text, /U7a\r\n$/)
    const packed = gzipSync(await tarOf(series(1, 2, sessionValues('U7b'))))
    // One client says tar, and sends gzip.
    const lying = await cast.own('POST', `${IMPORT}?${ARCHIVE}`, {
      body: packed,
      headers: { 'content-type': 'application/x-tar' },
    })
    assert.match(lying.text, /U7b\r\n$/)
    for (const [name, filename] of [
      ['U7c', 'x.tgz'],
      ['U7d', 'x.tar.gz'],
    ] as const) {
      const body = gzipSync(await tarOf(series(1, 2, sessionValues(name))))
      const answer = await cast.own('POST', `${IMPORT}?${ARCHIVE}`, multipart([{ field: 'f', filename, body }]))
      assert.match(answer.text, new RegExp(`${name}\\r\\n$`))
    }
    const inner = zipOf([
      { name: 'inner.zip', body: zipped(1, 2, sessionValues('U7e')) },
      { name: '__MACOSX/._inner.zip', body: 'junk' },
      { name: 'empty/', body: '' },
    ])
    const nested = await cast.own('POST', `${IMPORT}?${ARCHIVE}`, { body: inner, headers: zip })
    assert.match(nested.text, /U7e\r\n$/)
    assert.equal((await filesAt('U7e')).length, 2)
  })

  it("import 30: the progress can be followed by an id of one's own, also as JSON", async () => {
    const answer = await cast.own('POST', `${IMPORT}?import-handler=SI&${ARCHIVE}&http-session-listener=mine`, {
      body: zipped(1, 2, sessionValues('U30')),
      headers: zip,
    })
    assert.equal(answer.status, 200)
    const [messages] = (await cast.own('GET', '/data/status/mine?format=json')).json().msgs
    assert.deepEqual(messages.at(-1), {
      status: 'COMPLETED',
      msg: 'Archive:/archive/projects/PRJ1/subjects/Doe_Jo/experiments/U30',
      terminal: true,
    })
    const progress = (await cast.own('GET', '/xapi/imports/mine')).json()
    assert.deepEqual([progress.state, progress.received, progress.filtered], ['completed', 2, 0])
    assert.ok(progress.bytes > 0)
  })

  it('import 31, 32: a file of the cache is imported in the background; nobody else can follow it', async () => {
    await cast.own('PUT', '/data/user/cache/resources/UP/files/a.zip?inbody=true', {
      body: zipped(1, 2, sessionValues('U31')),
    })
    const src = 'src=/user/cache/resources/UP/files/a.zip'
    const answer = await cast.own('POST', `${IMPORT}?${src}&${ARCHIVE}&http-session-listener=later`)
    assert.equal(answer.status, 200)
    const ended = async () => {
      for (;;) {
        const tracked = await cast.own('GET', '/xapi/event_tracking/later')
        if (tracked.status === 200 && tracked.json().succeeded !== null) return tracked.json()
        await setTimeout(20)
      }
    }
    const { succeeded, finalMessage } = await ended()
    assert.deepEqual(
      [succeeded, finalMessage],
      [true, 'Archive:/archive/projects/PRJ1/subjects/Doe_Jo/experiments/U31'],
    )
    for (const path of ['/xapi/event_tracking/later', '/data/status/later', '/xapi/imports/later'])
      assert.equal((await cast.mem('GET', path)).status, 404, path)
    assert.equal((await cast.own('POST', `${IMPORT}?src=/somewhere/else`)).status, 400)
    assert.equal((await cast.own('POST', `${IMPORT}?${src}&import-handler=NONE`)).status, 404)
    assert.deepEqual(await openBelow(join(site.folder, 'blobs')), [])
  })

  it('import 39: files keep their names, or get those of the template', async () => {
    const values = sessionValues('U39')
    const body = zipOf([{ name: 'deep/own name.dcm', body: image(1, 1, values) }])
    await cast.own('POST', `${IMPORT}?${ARCHIVE}`, { body, headers: zip })
    assert.deepEqual(
      (await filesAt('U39')).map((row) => row['Name']),
      ['own_name.dcm'],
    )
    const renamed = sessionValues('U39b')
    await cast.own('POST', `${IMPORT}?${ARCHIVE}&rename=true`, { body: zipped(4, 1, renamed), headers: zip })
    const [row] = await filesAt('U39b')
    assert.match(row?.['Name'] ?? '', new RegExp(`^${renamed.StudyInstanceUID}-4-1-[0-9a-z]+\\.dcm$`))
  })

  it('import 40: what a filter drops leaves an empty answer, and is counted', async () => {
    const admin = site.as('admin')
    const headers = { 'content-type': 'application/json' }
    const filter = {
      enableSitewideSeriesImportFilter: true,
      sitewideSeriesImportFilterMode: 'blacklist',
      sitewideSeriesImportFilter: 'LOCALIZER',
    }
    await admin('POST', '/xapi/siteConfig', { body: JSON.stringify(filter), headers })
    const values = { ...sessionValues('U40'), SeriesDescription: 'localizer 3 plane' }
    const answer = await cast.own('POST', `${IMPORT}?${ARCHIVE}&http-session-listener=dropped`, {
      body: zipped(1, 3, values),
      headers: zip,
    })
    assert.deepEqual([answer.status, answer.text], [200, ''])
    const { filtered, received } = (await cast.own('GET', '/xapi/imports/dropped')).json()
    await admin('POST', '/xapi/siteConfig', {
      body: JSON.stringify({ enableSitewideSeriesImportFilter: false }),
      headers,
    })
    assert.deepEqual([filtered, received], [3, 0])
  })

  it('import 41: an imported session can begin in quarantine', async () => {
    await cast.own('POST', `${IMPORT}?${ARCHIVE}&quarantine=true`, {
      body: zipped(1, 1, sessionValues('U41')),
      headers: zip,
    })
    assert.equal((await cast.own('GET', '/data/projects/PRJ1/experiments/U41/status')).text, 'quarantine')
  })

  it('import 4: what lies in the inbox is imported by administrators alone, and removed where they say so', async () => {
    const admin = site.as('admin')
    const inbox = join(site.folder, 'inbox')
    await mkdir(join(inbox, 'day1'))
    await writeFile(join(inbox, 'day1', 'a.zip'), zipped(1, 2, sessionValues('U4')))
    await writeFile(join(inbox, 'day1', 'read me.txt'), 'no image')
    await symlink('/etc', join(inbox, 'day1', 'elsewhere'))
    await mkdir(join(inbox, 'day1', '__MACOSX'))
    await writeFile(join(inbox, 'day1', '__MACOSX', 'a'), 'not looked at')
    const query = `import-handler=inbox&${ARCHIVE}&path=day1&cleanupAfterImport=true`
    assert.equal((await cast.own('POST', `${IMPORT}?${query}`)).status, 403)
    for (const path of ['..', '/etc', 'day1/elsewhere'])
      assert.equal((await admin('POST', `${IMPORT}?import-handler=inbox&path=${path}`)).status, 400, path)
    assert.equal((await admin('POST', `${IMPORT}?import-handler=inbox&path=day2`)).status, 404)
    const answer = await admin('POST', `${IMPORT}?${query}`)
    assert.match(answer.text, /^\/xapi\/dicom\/[\w-]+$/)
    for (;;) {
      const progress = await admin('GET', answer.text)
      if (progress.status === 200 && progress.json().state !== 'running') break
      await setTimeout(20)
    }
    assert.equal((await filesAt('U4')).length, 2)
    while ((await readdir(inbox)).length > 0) await setTimeout(20)
    assert.deepEqual(await openBelow(inbox), [])
    assert.equal((await admin('POST', `${IMPORT}?import-handler=XAR`, { body: 'x' })).status, 415)
  })
})

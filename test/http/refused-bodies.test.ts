import assert from 'node:assert/strict'
import fs from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { zipOf } from '../support/archives.ts'
import { multipart } from '../support/caller.ts'
import { startSite, type TestSite } from '../support/site.ts'
import { stagedCopies } from '../support/staged-copies.ts'
import { rawExchange, rawHead } from './resources/checks.ts'

const MOST = 6_000_000
/** Longer than what the system, Node and the parser of forms hold together. */
const long = Buffer.alloc(24_000_000, 'not at all an image ')
const files = '/data/projects/REF/resources/R/files'

let free: TestSite
let held: TestSite
before(async () => {
  free = await startSite()
  held = await startSite({ maxUploadBytes: MOST })
  for (const site of [free, held]) assert.equal((await site.as('admin')('PUT', '/data/projects/REF')).status, 200)
})
after(async () => {
  await free?.close()
  await held?.close()
})

type Sent = Readonly<{ headers: Record<string, string>; body: Buffer }>

/** The statuses of a request and of one behind it on the same connection, which are read when all has been sent. */
async function statuses(site: TestSite, method: string, target: string, { headers, body }: Sent): Promise<number[]> {
  const chunked = headers['transfer-encoding'] === 'chunked'
  const framed = chunked ? [`${body.length.toString(16)}\r\n`, body, '\r\n0\r\n\r\n'] : [body]
  const length: Record<string, string> = chunked ? {} : { 'content-length': String(body.length) }
  const head = rawHead(method, target, 'admin', { connection: 'keep-alive', ...headers, ...length })
  const request = [head, ...framed, rawHead('GET', '/data/projects/REF?format=json', 'admin')]
  const { text } = await rawExchange(site.url, Buffer.concat(request.map((part) => Buffer.from(part))))
  return [...text.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, status]) => Number(status))
}

const raw = (type: string): Sent => ({ headers: { 'content-type': type }, body: long })
const octets = raw('application/octet-stream')
const form = (name: string, body: Buffer = long): Sent => multipart([{ field: 'f', filename: name, body }])
const zip = zipOf([{ name: 'a', body: long, method: 0 }])
const chunked = ({ headers, body }: Sent): Sent => ({ headers: { ...headers, 'transfer-encoding': 'chunked' }, body })
const importing = '/data/services/import?import-handler'
const damagedForm = Buffer.concat([
  form('a.xml').body.subarray(0, 200),
  Buffer.from('\r\n--isocenter-boundary-7f3a\r\n\r\n'),
  long,
])

describe('a long body that is refused passes, and its connection stays', () => {
  const cases: readonly (readonly [what: string, method: string, target: string, sent: Sent, status: number])[] = [
    [
      'import 1.5: a form for nobody’s project',
      'POST',
      `${importing}=SI&dest=/archive/projects/NO`,
      form('a.zip'),
      404,
    ],
    ['import 1.5: a form for an unknown importer', 'POST', `${importing}=NONE`, form('a.zip'), 404],
    ['import 1.5: a form without images', 'POST', `${importing}=DICOM-zip`, form('a.zip', zip), 400],
    [
      'import 1.5: for an unknown project',
      'POST',
      `${importing}=SI&dest=/archive/projects/NO`,
      raw('application/zip'),
      404,
    ],
    ['resources 7: a form for an unknown project', 'PUT', '/data/projects/NO/resources/R/files', form('a.bin'), 404],
    ['resources 7: a form with inbody', 'PUT', `${files}?inbody=true`, form('a.bin'), 400],
    ['resources 7: for an unknown project', 'PUT', '/data/projects/NO/resources/R/files/a.bin', octets, 404],
    [
      'hierarchy 1.10: a damaged form',
      'PUT',
      '/data/projects/REF/subjects/S',
      { ...form('a.xml'), body: damagedForm },
      400,
    ],
    ['hierarchy 1.9: with a method that is not offered', 'DELETE', '/data/services/import', octets, 405],
  ]
  for (const [what, method, target, sent, status] of cases) {
    test(what, async () => assert.deepEqual(await statuses(free, method, target, sent), [status, 200]))
    test(`${what}, in chunks and bounded`, async () => {
      const [first, second] = await statuses(held, method, target, chunked(sent))
      // What is read first is the archive's own affair: the sentence, or the bound.
      assert.ok(first === status || first === 413, `${first}`)
      assert.equal(second, 200)
    })
  }

  test('resources 7.6: an archive that breaks off as soon as it begins', async (t) => {
    const { open } = fs
    // A disk under load.
    t.mock.method(fs, 'open', (...args: Parameters<typeof open>) => setTimeout(() => open(...args), 50))
    const headers = { 'content-type': 'application/zip', 'transfer-encoding': 'chunked' }
    const head = rawHead('PUT', `${files}/a.zip?extract=true`, 'admin', headers)
    assert.equal((await rawExchange(free.url, `${head}no chunk\r\n`)).status, 400)
    await wait(300)
  })

  test('and nothing of them stays', async () => {
    for (const site of [free, held]) {
      assert.deepEqual(await stagedCopies(site.folder), [])
      assert.deepEqual(await readdir(join(site.folder, 'scratch')), [])
    }
  })
})

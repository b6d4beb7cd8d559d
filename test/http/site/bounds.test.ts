import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { zipOf } from '../../support/archives.ts'
import { type Caller, callerOf, multipart, type Options } from '../../support/caller.ts'
import { startSite, type TestSite } from '../../support/site.ts'

const MOST = 200_000
let site: TestSite
let admin: Caller
const files = '/data/projects/BND/resources/R/files'
const bytes = { 'content-type': 'application/octet-stream' }

before(async () => {
  site = await startSite({ maxUploadBytes: MOST })
  admin = site.as('admin')
  assert.equal((await admin('PUT', '/data/projects/BND')).status, 200)
})
after(() => site?.close())

const pieces = async function* (size: number): AsyncGenerator<Uint8Array> {
  for (let left = size; left > 0; left -= 10_000) yield Buffer.alloc(Math.min(left, 10_000), 'x')
}

async function refused(options: Options, path = `${files}/a.bin`): Promise<void> {
  const reply = await admin('PUT', path, options)
  assert.equal(reply.status, 413)
  assert.match(reply.message() ?? '', /more than the 200000 bytes/)
  assert.deepEqual((await admin('GET', '/data/projects/BND/files')).rows(), [])
  assert.deepEqual(await site.blobKeys(), [])
}

test('a body that says it is too large is 413 and nothing is stored', async () => {
  await refused({ headers: bytes, body: Buffer.alloc(MOST + 1) }, `${files}/a.bin?inbody=true`)
  await refused({ headers: bytes, body: Buffer.alloc(50 * MOST) }, `${files}/a.bin?inbody=true`)
})

test('a body that turns out to be too large is 413 and nothing is stored', async () => {
  await refused({ headers: bytes, body: pieces(MOST + 1), chunked: true }, `${files}/a.bin?inbody=true`)
  await refused({ headers: bytes, body: pieces(40 * MOST), chunked: true }, `${files}/a.bin?inbody=true`)
})

test('a form that turns out to be too large is 413 and nothing is stored', async () => {
  const { headers, body } = multipart([{ field: 'f', filename: 'a.bin', body: Buffer.alloc(MOST) }])
  await refused({ headers, body, chunked: true })
})

test('an archive that turns out to be too large is 413 and nothing is stored', async () => {
  const body = zipOf([{ name: 'a.bin', body: Buffer.alloc(MOST), method: 0 }])
  await refused({ headers: bytes, body, chunked: true }, `${files}/a.zip?inbody=true&extract=true`)
})

test('a document that turns out to be too large is 413', async () => {
  const body = `<xnat:Subject xmlns:xnat="http://nrg.wustl.edu/xnat">${' '.repeat(MOST)}</xnat:Subject>`
  const headers = { 'content-type': 'text/xml' }
  const reply = await admin('PUT', '/data/projects/BND/subjects/S', { headers, body, chunked: true })
  assert.equal(reply.status, 413)
  const { headers: form, body: parts } = multipart([{ field: 'f', filename: 'a.xml', body }])
  const sent = { headers: form, body: parts, chunked: true }
  assert.equal((await admin('POST', '/data/projects/BND/subjects', sent)).status, 413)
})

test('a body of exactly that size is taken', async () => {
  const body = Buffer.alloc(MOST, 'y')
  assert.equal((await admin('PUT', `${files}/b.bin?inbody=true`, { headers: bytes, body })).status, 200)
  assert.equal((await admin('PUT', `${files}/c.bin?inbody=true`, { headers: bytes, body: pieces(MOST) })).status, 200)
  assert.equal((await admin('GET', `${files}/c.bin`)).bytes.length, MOST)
})

test('without a server in front that is believed, nobody can claim an address', async () => {
  const told = await uriOf(site, { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'evil.example' })
  assert.ok(told.startsWith(site.url), told)
})

test('behind one, its words about address and protocol are believed', async () => {
  const behind = await startSite({ trustedProxies: 1 })
  try {
    await behind.addUser('guessed')
    await behind.as('admin')('PUT', '/data/projects/BND')
    const told = await uriOf(behind, { 'x-forwarded-proto': 'https', host: 'x.example' })
    assert.ok(told.startsWith('https://x.example/data/'), told)
    await behind.as('admin')('POST', '/xapi/siteConfig/maxFailedLogins', { body: '3' })
    const guess = (from: string) =>
      callerOf(behind.url, 'guessed', 'wrong')('GET', '/data/auth', { headers: { 'x-forwarded-for': from } })
    for (let round = 0; round < 3; round++) await guess(`198.51.100.${round}, 203.0.113.1`)
    const right = (from: string) => behind.as('guessed')('GET', '/data/auth', { headers: { 'x-forwarded-for': from } })
    // What the guesser wrote into the header before the server in front added its own entry counts for nothing.
    assert.equal((await right('198.51.100.9, 203.0.113.1')).status, 401)
    assert.equal((await right('203.0.113.2')).status, 200)
  } finally {
    await behind.close()
  }
})

async function uriOf(asked: TestSite, headers: Record<string, string>): Promise<string> {
  const path = `/data/projects/BND/subjects?ID=B${Math.random().toString(36).slice(2)}`
  return (await asked.as('admin')('POST', path, { headers })).text
}

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, test } from 'node:test'
import { zipOf } from '../../support/archives.ts'
import { type Caller, multipart } from '../../support/caller.ts'
import { startSite, type TestSite } from '../../support/site.ts'
import { bytesBody, column, headerAt, rowsAt, want } from './stage.ts'

const cache = '/data/user/cache/resources'
let site: TestSite
let ada: Caller
let bob: Caller

before(async () => {
  site = await startSite()
  for (const login of ['ada', 'bob']) await site.addUser(login)
  ada = site.as('ada')
  bob = site.as('bob')
})
after(() => site?.close())

const put = (call: Caller, place: string, body: string) =>
  want(call('PUT', `${cache}/${place}?inbody=true`, bytesBody(body)), 200)
const text = async (call: Caller, place: string) => (await want(call('GET', `${cache}/${place}`), 200)).text
const zipped = (files: Record<string, string>) =>
  bytes(zipOf(Object.entries(files).map(([name, body]) => ({ name, body }))))
const bytes = (body: Uint8Array) => ({ headers: { 'content-type': 'application/octet-stream' }, body })
const keyOf = (content: string) => createHash('sha256').update(content).digest('hex')

test('hierarchy 197: a file goes in, is listed, comes back and is deleted', async () => {
  await put(ada, 'ROUND/files/a/b.txt', 'hello')
  await put(ada, 'ROUND/files/c.txt', 'world!')
  assert.deepEqual(await headerAt(ada, `${cache}/ROUND/files`), ['Name', 'Size', 'URI'])
  for (const place of [`${cache}/ROUND`, `${cache}/ROUND/files`, '/REST/user/cache/resources/ROUND/files'])
    assert.deepEqual(await rowsAt(ada, place), [
      { Name: 'a/b.txt', Size: '5', URI: `${cache}/ROUND/files/a/b.txt` },
      { Name: 'c.txt', Size: '6', URI: `${cache}/ROUND/files/c.txt` },
    ])
  assert.equal(await text(ada, 'ROUND/files/a/b.txt'), 'hello')
  await want(ada('DELETE', `${cache}/ROUND/files/a/b.txt`), 200)
  await want(ada('GET', `${cache}/ROUND/files/a/b.txt`), 404)
  await want(ada('DELETE', `${cache}/ROUND`), 200)
  await want(ada('GET', `${cache}/ROUND/files/c.txt`), 404)
  await want(ada('GET', `${cache}/ROUND`), 404)
  await want(ada('DELETE', `${cache}/ROUND`), 404)
})

test('hierarchy 197: another user sees nothing of it, not even an administrator', async () => {
  await put(ada, 'MINE/files/f.txt', "ada's")
  for (const other of [bob, site.as('admin')]) {
    assert.ok(!column(await rowsAt(other, cache), 'Resource').includes('MINE'))
    for (const place of ['MINE', 'MINE/files', 'MINE/files/f.txt']) await want(other('GET', `${cache}/${place}`), 404)
    for (const place of ['MINE', 'MINE/files/f.txt']) await want(other('DELETE', `${cache}/${place}`), 404)
  }
  await put(bob, 'MINE/files/f.txt', "bob's")
  assert.deepEqual([await text(ada, 'MINE/files/f.txt'), await text(bob, 'MINE/files/f.txt')], ["ada's", "bob's"])
  await want(site.as(null)('GET', `${cache}/MINE/files/f.txt`), 401)
})

test('hierarchy 197: PUT of a resource makes it, once', async () => {
  await want(ada('PUT', `${cache}/EMPTY`), 200)
  assert.deepEqual(await rowsAt(ada, `${cache}/EMPTY`), [])
  await want(ada('PUT', `${cache}/EMPTY`), 412)
  assert.deepEqual(
    (await rowsAt(ada, cache)).filter((row) => row.Resource === 'EMPTY'),
    [{ Resource: 'EMPTY', URI: `${cache}/EMPTY` }],
  )
})

test('hierarchy 197: a second file of the same name takes the place of the first', async () => {
  await put(ada, 'TWICE/files/f.txt', 'first')
  await put(ada, 'TWICE/files/f.txt', 'second')
  assert.equal(await text(ada, 'TWICE/files/f.txt'), 'second')
  assert.equal((await rowsAt(ada, `${cache}/TWICE`)).length, 1)
})

test('hierarchy 197: several files of a comma list are deleted, or none when one is missing', async () => {
  for (const name of ['a.txt', 'b.txt', 'c,d.txt']) await put(ada, `COMMA/files/${name}`, name)
  await want(ada('DELETE', `${cache}/COMMA/files/a.txt,none.txt`), 404)
  await want(ada('DELETE', `${cache}/COMMA/files/c,d.txt`), 200)
  assert.deepEqual(column(await rowsAt(ada, `${cache}/COMMA`), 'Name'), ['a.txt', 'b.txt'])
  await want(ada('DELETE', `${cache}/COMMA/files/a.txt,b.txt`), 200)
  assert.deepEqual(await rowsAt(ada, `${cache}/COMMA`), [])
})

test('hierarchy 197: forms keep the names of their parts, archives are unpacked where asked', async () => {
  const parts = ['x.txt', 'y.txt'].map((name) => ({ field: 'f', filename: name, body: name }))
  await want(ada('POST', `${cache}/FORM/files`, multipart(parts)), 201)
  assert.deepEqual(column(await rowsAt(ada, `${cache}/FORM`), 'Name'), ['x.txt', 'y.txt'])
  const packed = zipped({ 'd/1.txt': 'one', '2.txt': 'two' })
  await want(ada('PUT', `${cache}/OUT/files/p.zip?inbody=true&extract=true`, packed), 200)
  assert.deepEqual(column(await rowsAt(ada, `${cache}/OUT`), 'Name'), ['2.txt', 'd/1.txt'])
  await want(ada('PUT', `${cache}/KEPT/files/p.zip?inbody=true`, packed), 200)
  assert.deepEqual(column(await rowsAt(ada, `${cache}/KEPT`), 'Name'), ['p.zip'])
})

test('hierarchy 197: a resource comes back as a zip', async () => {
  await put(ada, 'ZIP/files/a/b.txt', 'packed')
  const reply = await want(ada('GET', `${cache}/ZIP?format=zip`), 200)
  assert.equal(reply.type, 'application/zip')
  await want(bob('PUT', `${cache}/BACK/files/z.zip?inbody=true&extract=true`, bytes(reply.bytes)), 200)
  assert.equal(await text(bob, 'BACK/files/a/b.txt'), 'packed')
})

test('hierarchy 197: an upload that is refused stores none of its files', async () => {
  const hostile = zipped({ 'good.txt': 'good', '../evil.txt': 'evil' })
  await want(ada('PUT', `${cache}/BAD/files/p.zip?inbody=true&extract=true`, hostile), 400)
  await want(ada('GET', `${cache}/BAD`), 404)
  await want(ada('PUT', `${cache}/BAD/files/a/%2e%2e/b?inbody=true`, bytesBody('x')), 400)
  await want(ada('PUT', `${cache}/a%2Fb`), 400)
  await want(ada('PUT', `${cache}/BAD/files/nothing.txt`), 400)
})

test('hierarchy 197: the sweep keeps the bytes as long as some cache names them', async () => {
  const [shared, alone] = ['in two caches', 'in one cache']
  await put(ada, 'SWEEP/files/s.txt', shared)
  await put(bob, 'SWEEP/files/s.txt', shared)
  await put(ada, 'SWEEP/files/a.txt', alone)
  await site.sweep()
  await want(ada('DELETE', `${cache}/SWEEP`), 200)
  await site.sweep()
  const keys = await site.blobKeys()
  assert.deepEqual([keys.includes(keyOf(shared)), keys.includes(keyOf(alone))], [true, false])
  assert.equal(await text(bob, 'SWEEP/files/s.txt'), shared)
})

test('hierarchy 197: uploads at once into one new resource all arrive', async () => {
  const names = ['1', '2', '3', '4', '5', '6']
  await Promise.all(names.map((name) => put(ada, `RACE/files/${name}`, `content ${name}`)))
  assert.deepEqual(column(await rowsAt(ada, `${cache}/RACE`), 'Name'), names)
  await Promise.all(names.map((name) => put(ada, 'RACE/files/1', `content ${name}`)))
  assert.match(await text(ada, 'RACE/files/1'), /^content \d$/)
})

test('hierarchy 197: files answer to ranges and conditions', async () => {
  await put(ada, 'RANGE/files/r.txt', '0123456789')
  const part = await want(ada('GET', `${cache}/RANGE/files/r.txt`, { headers: { range: 'bytes=2-4' } }), 206)
  assert.equal(part.text, '234')
  const etag = String((await ada('HEAD', `${cache}/RANGE/files/r.txt`)).headers.etag)
  await want(ada('GET', `${cache}/RANGE/files/r.txt`, { headers: { 'if-none-match': etag } }), 304)
})

test('hierarchy 197: the guest of an open site has no cache', async () => {
  const open = await startSite({ requireLogin: false })
  try {
    const guest = open.as(null)
    await want(guest('GET', cache), 403)
    await want(guest('PUT', `${cache}/X/files/f.txt?inbody=true`, bytesBody('x')), 403)
    await want(guest('PUT', `${cache}/X`), 403)
  } finally {
    await open.close()
  }
})

import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { tarOf, zipOf } from '../../support/archives.ts'
import { multipart } from '../../support/caller.ts'
import { contentsOf, done, duplicates, is, labelsOf, octets, rowsOf, store, totals } from './checks.ts'
import { openScenery, type Scenery, type Session } from './scenery.ts'

let scene: Scenery
let mr: Session
let files: string

const members = [
  { name: 'mr_1/1.dcm', body: 'first' },
  { name: 'mr_1/deep/2.dcm', body: 'second' },
  { name: 'top.txt', body: 'third' },
]
const extracted = Object.fromEntries(members.map(({ name, body }) => [name, body]))
const zip = zipOf(members)
let tar: Buffer

before(async () => {
  scene = await openScenery()
  tar = await tarOf(members)
})
after(() => scene?.close())

beforeEach(async () => {
  mr = await scene.session()
  files = `${mr.R}/Z/files`
})

const form = (filename: string, body: Uint8Array) => multipart([{ field: 'archive', filename, body }])
const holds = async (expected: Record<string, string>) => assert.deepEqual(await contentsOf(scene.own, files), expected)

describe('kinds of archives', () => {
  for (const [line, name, bytes] of [
    ['102', 'x.zip', () => zip],
    ['103', 'x.tar', () => tar],
    ['104', 'x.tar.gz', () => gzipSync(tar)],
    ['105', 'x.tgz', () => gzipSync(tar)],
    ['(7.6)', 'x.zar', () => zip],
    ['(7.6)', 'x.xar', () => tar],
    ['(7.6)', 'X.ZIP', () => zip],
    ['(7.6)', 'X.Tar.GZ', () => gzipSync(tar)],
  ] as const) {
    // Titles: resources 102, 103, 104, 105, 106.
    it(`resources ${line}: ${name} in a form is extracted, itself not kept`, async () => {
      done(await scene.own('POST', `${files}?extract=true`, form(name, bytes())))
      await holds(extracted)
    })

    it(`resources ${line === '104' ? '106' : '(7.6)'}: ${name} in the body is extracted`, async () => {
      done(await scene.own('PUT', `${files}/upload${name.slice(1)}?extract=true`, octets(bytes())))
      await holds(extracted)
    })
  }

  it('resources 107: y.txt.gz becomes y.txt', async () => {
    done(await scene.own('PUT', `${files}/y.txt.gz?extract=true`, octets(gzipSync('unpacked'))))
    await holds({ 'y.txt': 'unpacked' })
  })

  it('resources 108: directories of the address are ignored', async () => {
    done(await scene.own('PUT', `${files}/sub/x.zip?extract=true`, octets(zip)))
    await holds(extracted)
  })

  it('resources 109: a plain file is stored as it is', async () => {
    done(await scene.own('PUT', `${files}/plain.txt?extract=true`, octets('plain')))
    await holds({ 'plain.txt': 'plain' })
  })

  it('resources 110: without extract a zip is one file', async () => {
    await store(scene.own, `${files}/x.zip`, zip)
    assert.deepEqual((await scene.own('GET', `${files}/x.zip`)).bytes, zip)
    assert.deepEqual(await totals(scene.own, mr.R, 'Z'), ['1', String(zip.length)])
  })

  it('resources (7.2): a nameless zip body is extracted by its type', async () => {
    const reply = await scene.own('PUT', `${files}?overwrite=true&extract=true`, {
      headers: { 'content-type': 'application/zip' },
      body: zip,
    })
    done(reply)
    await holds(extracted)
  })

  it('resources 88: a chunked archive', async () => {
    done(await scene.own('PUT', `${files}/x.zip?extract=true`, { ...octets(zip), chunked: true }))
    await holds(extracted)
  })

  it('resources (7.6): members that are stored, not deflated', async () => {
    done(
      await scene.own(
        'PUT',
        `${files}/x.zip?extract=true`,
        octets(zipOf([{ name: 's.txt', body: 'stored', method: 0 }])),
      ),
    )
    await holds({ 's.txt': 'stored' })
  })

  it('resources (7.6): several archives and a plain file in one form', async () => {
    const parts = [
      { field: 'a', filename: 'x.zip', body: zip },
      { field: 'b', filename: 'y.tar', body: await tarOf([{ name: 'from-tar.txt', body: 'tar' }]) },
      { field: 'c', filename: 'plain.txt', body: 'plain' },
    ]
    done(await scene.own('POST', `${files}?extract=true`, multipart(parts)))
    await holds({ ...extracted, 'from-tar.txt': 'tar', 'plain.txt': 'plain' })
  })
})

describe('what becomes of the members', () => {
  it('resources 115: the count is that of regular members, the size their sum', async () => {
    const body = zipOf([{ name: 'dir/' }, ...members, { name: 'dir/empty/' }, { name: 'dir/nil.txt' }])
    done(await scene.own('PUT', `${files}/x.zip?extract=true`, octets(body)))
    assert.deepEqual(await totals(scene.own, mr.R, 'Z'), ['4', '16'])
  })

  it('resources 206: leading / and ./ are dropped, directories leave nothing', async () => {
    const odd = [{ name: 'dir/' }, { name: '/dir/a.txt', body: 'a' }, { name: './b.txt', body: 'b' }, { name: './' }]
    done(await scene.own('PUT', `${files}/x.zip?extract=true`, octets(zipOf(odd))))
    await holds({ 'b.txt': 'b', 'dir/a.txt': 'a' })
    assert.deepEqual(await totals(scene.own, mr.R, 'Z'), ['2', '2'])
  })

  it('resources 206: in a tar as xnatpy makes it, with its root directory', async () => {
    const odd = await tarOf([
      { name: './', type: 'directory' },
      { name: './sub/', type: 'directory' },
      { name: './sub/c.txt', body: 'c' },
      { name: '/abs/d.txt', body: 'd' },
    ])
    done(await scene.own('PUT', `${files}/upload.tar.gz?extract=true`, octets(gzipSync(odd))))
    await holds({ 'abs/d.txt': 'd', 'sub/c.txt': 'c' })
  })

  it('resources (7.6): long and Unicode member names', async () => {
    const name = `${'long-name/'.repeat(20)}Größe 日本.txt`
    done(await scene.own('PUT', `${files}/x.tar?extract=true`, octets(await tarOf([{ name, body: 'tar' }]))))
    done(await scene.own('PUT', `${files}/x.zip?extract=true`, octets(zipOf([{ name: `z/${name}`, body: 'zip' }]))))
    await holds({ [name]: 'tar', [`z/${name}`]: 'zip' })
  })

  it('resources (7.6): each member gets the descriptors of the query', async () => {
    done(await scene.own('PUT', `${files}/x.zip?extract=true&format=DICOM&content=RAW&tags=t`, octets(zip)))
    const rows = await rowsOf(scene.own, files)
    assert.equal(rows.length, 3)
    for (const row of rows)
      assert.deepEqual([row['file_format'], row['file_content'], row['file_tags']], ['DICOM', 'RAW', 't'])
  })

  it('resources (7.6): catalogs in an archive are not files', async () => {
    const body = zipOf([
      ...members,
      { name: 'Z_catalog.xml', body: '<x/>' },
      { name: 'old/scan_1_catalog.xml', body: '<x/>' },
    ])
    done(await scene.own('PUT', `${files}/x.zip?extract=true`, octets(body)))
    await holds(extracted)
  })

  it('resources 111: a second extraction names every member and changes nothing', async () => {
    done(await scene.own('PUT', `${files}/x.zip?extract=true`, octets(zip)))
    const changed = zipOf(members.map(({ name }) => ({ name, body: 'changed' })))
    const reply = await scene.own('PUT', `${files}/x.zip?extract=true`, octets(changed))
    is(reply, 200)
    assert.deepEqual(reply.json().duplicates.sort(), Object.keys(extracted).sort())
    await holds(extracted)
  })

  it('resources 111: only those that exist are skipped', async () => {
    await store(scene.own, `${files}/top.txt`, 'older')
    duplicates(await scene.own('PUT', `${files}/x.zip?extract=true`, octets(zip)), ['top.txt'])
    await holds({ ...extracted, 'top.txt': 'older' })
    assert.deepEqual(await totals(scene.own, mr.R, 'Z'), ['3', '16'])
  })

  it('resources 112: with overwrite they are replaced, the count stays', async () => {
    done(await scene.own('PUT', `${files}/x.zip?extract=true`, octets(zip)))
    const changed = zipOf(members.map(({ name }) => ({ name, body: 'changed' })))
    done(await scene.own('PUT', `${files}/x.zip?extract=true&overwrite=true`, octets(changed)))
    await holds(Object.fromEntries(members.map(({ name }) => [name, 'changed'])))
    assert.deepEqual(await totals(scene.own, mr.R, 'Z'), ['3', '21'])
  })

  it('resources (7.6): a viewer extracts nothing', async () => {
    done(await scene.col('PUT', `${files}/x.zip?extract=true`, octets(zip)))
    assert.deepEqual(await labelsOf(scene.own, mr.R), [])
  })

  it('resources 102: two hundred members', async () => {
    const many = Array.from({ length: 200 }, (_, at) => ({ name: `d${at % 7}/f${at}.txt`, body: `body ${at}` }))
    done(await scene.own('PUT', `${files}/x.tgz?extract=true`, octets(gzipSync(await tarOf(many)))))
    const rows = await rowsOf(scene.own, files)
    assert.equal(rows.length, 200)
    const size = many.reduce((sum, { body }) => sum + body.length, 0)
    assert.deepEqual(await totals(scene.own, mr.R, 'Z'), ['200', String(size)])
  })
})

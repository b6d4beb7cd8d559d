import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { overlappingZip, type TarMember, tarOf, type ZipMember, zipOf } from '../../support/archives.ts'
import { multipart } from '../../support/caller.ts'
import { contentsOf, is, labelsOf, namesBelow, octets, sha256 } from './checks.ts'
import { openScenery, type Scenery, type Session } from './scenery.ts'

let scene: Scenery
let mr: Session

before(async () => {
  scene = await openScenery()
  mr = await scene.session()
})
after(() => scene?.close())

const EVIL = 'evil bytes that must not stay'
const good = { name: 'good.txt', body: 'good bytes that must not stay either' }

/** The upload is refused with this status and leaves no folder, no file and no blob. */
async function nothingStays(name: string, body: Uint8Array, status = 400): Promise<void> {
  const keys = (await scene.site.blobKeys()).sort()
  is(await scene.own('PUT', `${mr.R}/H/files/${name}?extract=true`, octets(body)), status)
  assert.deepEqual(await labelsOf(scene.own, mr.R), [])
  await scene.site.sweep()
  const left = (await scene.site.blobKeys()).sort()
  assert.deepEqual(left, keys)
  for (const bytes of [EVIL, good.body]) assert.ok(!left.includes(sha256(bytes)))
}

const escapes = [
  '../evil',
  '../../../../../../tmp/isocenter-evil',
  'a/../../evil',
  'a/../evil',
  'a/..',
  '..',
  '..\\evil',
  'a\\..\\..\\evil',
  'C:\\evil',
  'C:/evil',
  '/../evil',
  './../evil',
  'a\u0001b',
  'a\nb',
  'a\u007fb',
]

describe('members that would escape', () => {
  for (const name of escapes) {
    it(`resources 113: ${JSON.stringify(name)} in a zip`, async () => {
      await nothingStays('x.zip', zipOf([good, { name, body: EVIL }]))
    })

    it(`resources 113: ${JSON.stringify(name)} in a tar`, async () => {
      await nothingStays('x.tar.gz', gzipSync(await tarOf([good, { name, body: EVIL }])))
    })
  }

  it('resources 113: a NUL in a zip member name', async () => {
    await nothingStays('x.zip', zipOf([good, { name: 'a\u0000.txt', body: EVIL }]))
  })

  it('resources 113: by form as well', async () => {
    const zip = zipOf([good, { name: '../evil', body: EVIL }])
    is(
      await scene.own(
        'POST',
        `${mr.R}/H/files?extract=true`,
        multipart([{ field: 'f', filename: 'x.zip', body: zip }]),
      ),
      400,
    )
    assert.deepEqual(await labelsOf(scene.own, mr.R), [])
  })

  const links: [string, TarMember][] = [
    ['a symbolic link', { name: 'link', type: 'symlink', linkname: '/etc/passwd' }],
    ['a symbolic link to a neighbour', { name: 'link', type: 'symlink', linkname: 'good.txt' }],
    ['a hard link', { name: 'link', type: 'link', linkname: 'good.txt' }],
    ['a character device', { name: 'dev', type: 'character-device' }],
    ['a block device', { name: 'dev', type: 'block-device' }],
    ['a named pipe', { name: 'pipe', type: 'fifo' }],
  ]
  for (const [what, member] of links) {
    it(`resources (10): ${what} in a tar`, async () => nothingStays('x.tar', await tarOf([good, member])))
  }

  it('resources (10): a symbolic link in a zip', async () => {
    await nothingStays('x.zip', zipOf([good, { name: 'link', body: '/etc/passwd', mode: 0o120777 }]))
  })

  it('resources (10): a link and then a member through it', async () => {
    const through = await tarOf([
      { name: 'd', type: 'symlink', linkname: '/tmp' },
      { name: 'd/isocenter-evil', body: EVIL },
    ])
    await nothingStays('x.tar', through)
  })

  it('resources 113: nothing was written in or beside the data folder', async () => {
    const { folder } = scene.site
    const places = ['evil', '../evil', '../../evil', '/tmp/isocenter-evil', '/evil'].map((place) =>
      resolve(folder, place),
    )
    for (const place of places) assert.doesNotMatch(await readFile(place, 'utf8').catch(() => ''), /evil bytes/, place)
    assert.deepEqual(
      (await namesBelow(folder)).filter((name) => name.includes('evil')),
      [],
    )
  })
})

describe('damaged archives', () => {
  const zip = zipOf([good, { name: 'b.txt', body: 'b'.repeat(5000), method: 0 }])
  const flipped = Buffer.from(zip)
  flipped.writeUInt8((zip[zip.indexOf('bbbb') + 2] ?? 0) ^ 1, zip.indexOf('bbbb') + 2)
  const gz = gzipSync(Array.from({ length: 20_000 }, (_, at) => at * at).join(' '))

  const damaged: [string, string, Uint8Array][] = [
    ['a zip without its end', 'x.zip', zip.subarray(0, zip.length - 30)],
    ['a zip cut in the middle', 'x.zip', zip.subarray(0, 2000)],
    ['a zip with a changed byte', 'x.zip', flipped],
    ['a zip that is text', 'x.zip', Buffer.from('this is no zip')],
    ['an empty zip file', 'x.zip', Buffer.alloc(0)],
    ['an empty tar file', 'x.tar', Buffer.alloc(0)],
    ['a tar.gz of nothing', 'x.tar.gz', gzipSync('')],
    ['a zip with a wrong checksum', 'x.zip', zipOf([good, { name: 'b', body: EVIL, claimedCrc: 1 }])],
    ['a zip that claims less than it holds', 'x.zip', zipOf([good, { name: 'b', body: EVIL, claimedSize: 3 }])],
    ['a zip that claims more than it holds', 'x.zip', zipOf([good, { name: 'b', body: EVIL, claimedSize: 9999 }])],
    ['an encrypted zip', 'x.zip', zipOf([good, { name: 'b', body: EVIL, encrypted: true }])],
    ['a zip with broken deflate bytes', 'x.zip', zipOf([good, { name: 'b', body: EVIL, packed: Buffer.from('zzzz') }])],
    ['a gzip cut short', 'x.txt.gz', gz.subarray(0, gz.length - 20)],
    ['a gzip with a wrong checksum', 'x.txt.gz', Buffer.concat([gz.subarray(0, -8), Buffer.alloc(8)])],
    ['a gzip that is text', 'x.txt.gz', Buffer.from('this is no gzip')],
    ['a tgz whose inside is text', 'x.tgz', gzipSync('this is no tar '.repeat(100))],
    ['a tar that is text', 'x.tar', Buffer.from('this is no tar '.repeat(100))],
  ]
  for (const [what, name, bytes] of damaged) it(`resources 114: ${what}`, () => nothingStays(name, bytes))

  it('resources 114: a tar cut in a member', async () => {
    const tar = await tarOf([good, { name: 'b.txt', body: 'b'.repeat(5000) }])
    await nothingStays('x.tar', tar.subarray(0, 3000))
  })

  it('resources 114: a tar header with a wrong checksum', async () => {
    const tar = await tarOf([good, { name: 'b.txt', body: 'b' }])
    tar.write('999999', 1024 + 148)
    await nothingStays('x.tar', tar)
  })

  it('resources 114: an existing folder is unchanged', async () => {
    const other = await scene.session()
    is(await scene.own('PUT', `${other.R}/H/files/good.txt`, octets('old')), 200)
    is(await scene.own('PUT', `${other.R}/H/files/x.zip?extract=true&overwrite=true`, octets(flipped)), 400)
    assert.deepEqual(await contentsOf(scene.own, `${other.R}/H/files`), { 'good.txt': 'old' })
  })
})

describe('bombs', () => {
  const zeros = Buffer.alloc(128 << 20)
  const bombs: [string, string, () => Uint8Array | Promise<Uint8Array>][] = [
    ['a zip of 128 MiB of zeros', 'x.zip', () => zipOf([good, { name: 'zeros', body: zeros }])],
    ['a gzip of 128 MiB of zeros', 'zeros.bin.gz', () => gzipSync(zeros)],
    ['a tgz of 128 MiB of zeros', 'x.tgz', async () => gzipSync(await tarOf([good, { name: 'zeros', body: zeros }]))],
    ['a zip of 6000 members', 'x.zip', () => zipOf(Array.from({ length: 6000 }, (_, at) => ({ name: `f${at}` })))],
    ['65000 members over the same 10 MiB', 'x.zip', () => overlappingZip(65_000, zeros.subarray(0, 10 << 20))],
  ]
  for (const [what, name, bytes] of bombs) {
    it(`resources (10): ${what} is too large`, async () => nothingStays(name, await bytes(), 413))
  }
})

describe('one name twice in an archive', () => {
  const twice: ZipMember[] = [
    { name: 'a.txt', body: 'first' },
    { name: 'a.txt', body: 'second' },
    { name: './a.txt', body: 'third' },
  ]
  it('resources (7.4): the first counts, the others are duplicates', async () => {
    for (const [folder, name, bytes] of [
      ['ZIPTWICE', 'x.zip', zipOf(twice)],
      ['TARTWICE', 'x.tar', await tarOf(twice)],
    ] as const) {
      const other = await scene.session()
      const reply = await scene.own('PUT', `${other.R}/${folder}/files/${name}?extract=true`, octets(bytes))
      is(reply, 200)
      assert.deepEqual([...new Set(reply.json().duplicates)], ['a.txt'])
      assert.deepEqual(await contentsOf(scene.own, `${other.R}/${folder}/files`), { 'a.txt': 'first' })
    }
  })
})

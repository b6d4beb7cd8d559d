import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { crc32, gzipSync, inflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import { filesWithin } from '../../src/formats/container-stream.ts'
import { streamZip } from '../../src/formats/zip-stream.ts'
import { overlappingZip, type ZipMember, zipOf } from '../support/archives.ts'
import { GENEROUS } from './packing.ts'

/** The bytes in pieces of this size, as a network would give them. */
async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function contentsOf(zip: Buffer, size = 4096, limits = GENEROUS): Promise<Record<string, Buffer>> {
  const contents: Record<string, Buffer> = {}
  for await (const { name, bytes } of streamZip(inPieces(zip, size), limits)) contents[name] = await buffer(bytes)
  return contents
}

async function namesWithin(path: string, bytes: Buffer): Promise<string[]> {
  const names: string[] = []
  for await (const file of filesWithin({ path, bytes: inPieces(bytes, 1000) }, GENEROUS)) {
    names.push(`${file.path} ${(await buffer(file.bytes)).length}`)
  }
  return names
}

const noise = randomBytes(3000)
const signed = Buffer.concat([Buffer.from('PK\x07\x08'), noise, Buffer.from('PK\x07\x08PK\x03\x04')])
const members: readonly ZipMember[] = [
  { name: 'deflated', body: Buffer.alloc(200_000, 'DICM') },
  { name: 'stored', body: signed, method: 0 },
  { name: 'streamed', body: noise, streamed: true },
  { name: 'streamed and stored', body: signed, method: 0, streamed: true },
  { name: 'folder/', body: '', method: 0 },
  { name: 'folder/empty', body: '', method: 0 },
]

describe('the files of an archive', () => {
  const zip = zipOf(['a', 'b', 'c'].map((name) => ({ name, body: randomBytes(10_000), method: 0 })))
  /** The zip in pieces; how many of its bytes were asked for. */
  function watched() {
    const asked = { bytes: 0, closed: false }
    async function* bytes(): AsyncGenerator<Uint8Array> {
      try {
        for await (const piece of inPieces(zip, 1000)) {
          asked.bytes += piece.length
          yield piece
        }
      } finally {
        asked.closed = true
      }
    }
    return { asked, files: filesWithin({ path: 'x.zip', bytes: bytes() }, GENEROUS) }
  }

  it('are read one ahead of whoever works on a small one, and no further', async () => {
    const { asked, files } = watched()
    await files.next()
    while (asked.bytes < 20_000) await setTimeout(1)
    await setTimeout(50)
    assert.ok(asked.bytes >= 20_000 && asked.bytes < 25_000, `${asked.bytes} bytes were read`)
  })

  it('are let go of by whoever stops early, and what is ahead of him with them', async () => {
    const { asked, files } = watched()
    for await (const { path } of files) {
      assert.equal(path, 'a')
      break
    }
    assert.equal(asked.closed, true)
  })

  it('are all given before the fault that ends them', async () => {
    const names: string[] = []
    const cut = inPieces(zip.subarray(0, 25_000), 1000)
    const reading = async () => {
      for await (const { path } of filesWithin({ path: 'x.zip', bytes: cut }, GENEROUS)) {
        await setTimeout(20)
        names.push(path)
      }
    }
    await assert.rejects(reading, /broke off/)
    assert.deepEqual(names, ['a', 'b'])
  })
})

describe('a zip that is read as it comes', () => {
  it('gives every file, however its bytes are cut', async () => {
    const zip = zipOf(members)
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 30, max: 100_000 }), async (size) => {
        const contents = await contentsOf(zip, size)
        assert.deepEqual(
          Object.keys(contents),
          members.map(({ name }) => name).filter((name) => !name.endsWith('/')),
        )
        for (const { name, body } of members)
          if (!name.endsWith('/')) assert.ok(contents[name]!.equals(Buffer.from(body as Buffer)), name)
      }),
      { numRuns: 15 },
    )
  })

  it('passes over what nobody reads, wholly or in part', async () => {
    const names: string[] = []
    for await (const { name, bytes } of streamZip(inPieces(zipOf(members), 500), GENEROUS)) {
      names.push(name)
      if (names.length % 2 === 0) continue
      for await (const _ of bytes) break
    }
    assert.equal(names.length, 5)
  })

  it('gives small DICOM objects packed as well, to be read as often as one likes', async () => {
    const object = Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), noise])
    const zip = zipOf([
      { name: 'a/1.dcm', body: object },
      { name: 'a/2.dcm', body: object, method: 0 },
      { name: 'a/3.dcm', body: object, streamed: true },
      { name: 'a/4.txt', body: noise },
      { name: '__MACOSX/a/1.dcm', body: object },
    ])
    const files = await Array.fromAsync(filesWithin({ path: 'all.zip', bytes: inPieces(zip, 500) }, GENEROUS))
    assert.deepEqual(
      files.map(({ path, packed }) => [path, packed !== undefined]),
      [
        ['a/1.dcm', true],
        ['a/2.dcm', false],
        ['a/3.dcm', false],
        ['a/4.txt', false],
      ],
    )
    const [{ bytes, packed } = assert.fail()] = files
    for (const _ of [1, 2]) assert.ok(Buffer.concat(await Array.fromAsync(bytes)).equals(object))
    assert.ok(inflateRawSync(packed!.deflated).equals(object))
    assert.deepEqual([packed!.size, packed!.crc32], [object.length, crc32(object)])
  })

  it('refuses every zip that ends before its end', async () => {
    const zip = zipOf(members)
    for (const length of [10, 100, 5000, zip.length - 200, zip.length - 10, zip.length - 1])
      await assert.rejects(contentsOf(zip.subarray(0, length)), /broke off|damaged/, String(length))
  })

  it('refuses damage, lies, passwords and unknown packing, naming the member', async () => {
    const bad: readonly (readonly [ZipMember, RegExp])[] = [
      [{ name: 'a', body: noise, claimedCrc: 1 }, /"a" is damaged/],
      [{ name: 'b', body: noise, claimedSize: 5 }, /"b" is damaged/],
      [{ name: 'c', body: noise, encrypted: true }, /"c" is encrypted/],
      [{ name: 'd', body: noise, packed: noise }, /"d" is damaged/],
    ]
    for (const [member, message] of bad) await assert.rejects(contentsOf(zipOf([member])), message)
    // What stands before a member and what stands behind it differ.
    const announced = zipOf([{ name: 'e', body: noise, streamed: true }])
    for (const at of [18, 22]) announced.writeUInt32LE(5, at)
    await assert.rejects(contentsOf(announced), /"e" is damaged/)
    const [one, other] = [zipOf([{ name: 'x', body: 'one' }]), zipOf([{ name: 'x', body: 'two' }])]
    // The members of one zip with the directory of another.
    const mixed = Buffer.concat([
      one.subarray(0, one.indexOf('PK\x01\x02')),
      other.subarray(other.indexOf('PK\x01\x02')),
    ])
    await assert.rejects(contentsOf(mixed), /damaged/)
    await assert.rejects(contentsOf(overlappingZip(20, noise)), /damaged/)
  })

  it('refuses a directory that describes its members otherwise than they do, whatever bit of it is wrong', async () => {
    const zip = zipOf([
      { name: 'a/1.dcm', body: noise },
      { name: 'a/2.dcm', body: 'streamed', streamed: true },
    ])
    assert.equal(Object.keys(await contentsOf(zip)).length, 2)
    const [record, end] = [zip.lastIndexOf('PK\x01\x02'), zip.lastIndexOf('PK\x05\x06')]
    // That it is encrypted, packing, checksum, sizes, lengths, offset and name; counts, bytes and offset of the directory.
    const inRecord = [8, 10, 11, 16, 20, 24, 28, 30, 42, 43, 46, 50]
    const places = [...inRecord.map((at) => record + at), ...[8, 10, 12, 16, 17, 20].map((at) => end + at)]
    for (const at of places) {
      const wrong = Buffer.from(zip)
      wrong[at]! ^= 1
      await assert.rejects(contentsOf(wrong), /damaged|broke off/, `byte ${at}`)
    }
    const renamed = Buffer.from(zip)
    renamed[30 + 'a/'.length]! ^= 2
    await assert.rejects(contentsOf(renamed), /damaged/)
  })

  it('import 42: refuses damage also where nobody takes what is damaged, and around archives within it', async () => {
    const within = zipOf([{ name: 'b.txt', body: 'b' }])
    const bad: readonly ZipMember[] = [
      { name: 'folder/', body: noise, claimedCrc: 1 },
      { name: '__MACOSX/._a', body: noise, claimedCrc: 1 },
      { name: 'in.zip', body: within, claimedCrc: 1 },
      { name: 'in.zip', body: Buffer.concat([within, noise]), claimedCrc: 1 },
    ]
    for (const member of bad) {
      const zip = zipOf([member, { name: 'c.txt', body: 'c' }])
      const reading = Array.fromAsync(filesWithin({ path: 'x.zip', bytes: inPieces(zip, 500) }, GENEROUS))
      await assert.rejects(reading, { message: `The member ${JSON.stringify(member.name)} is damaged.` })
    }
  })

  it('stops at the limits', async () => {
    const zip = zipOf([
      { name: 'bomb', body: Buffer.alloc(5_000_000) },
      { name: 'more', body: 'x' },
    ])
    await assert.rejects(contentsOf(zip, 4096, { ...GENEROUS, maxRatio: 100 }), /times its size/)
    await assert.rejects(contentsOf(zip, 4096, { ...GENEROUS, maxBytes: 1000 }), /more than 1000 bytes/)
    await assert.rejects(contentsOf(zip, 4096, { ...GENEROUS, maxEntries: 1 }), /more than 1 members/)
  })
})

describe('what is sent, taken apart', () => {
  it('looks at the bytes, not at the name', async () => {
    const zip = zipOf([{ name: 'a/b.dcm', body: noise }])
    assert.deepEqual(await namesWithin('upload.tar', zip), ['a/b.dcm 3000'])
    assert.deepEqual(await namesWithin('upload.unsupported', gzipSync(zip)), ['a/b.dcm 3000'])
    assert.deepEqual(await namesWithin('x.zip', Buffer.from('plain')), ['x.zip 5'])
  })

  it('opens archives in archives, but not without end', async () => {
    let nested = zipOf([{ name: 'deepest.dcm', body: noise }])
    for (let depth = 0; depth < 3; depth++) nested = zipOf([{ name: `${depth}.zip`, body: nested, method: 0 }])
    assert.deepEqual(await namesWithin('n.zip', nested), ['deepest.dcm 3000'])
    for (let depth = 0; depth < 8; depth++) nested = zipOf([{ name: `${depth}.zip`, body: nested, method: 0 }])
    const [name = ''] = await namesWithin('n.zip', nested)
    assert.match(name, /\.zip \d+$/)
  })

  it('takes an object whose preamble looks like an archive for what it is', async () => {
    const object = Buffer.concat([Buffer.from('PK\x03\x04'), Buffer.alloc(124), Buffer.from('DICM'), noise])
    assert.deepEqual(await namesWithin('a.dcm', object), [`a.dcm ${object.length}`])
  })

  it('leaves out what macOS adds', async () => {
    const zip = zipOf([
      { name: '__MACOSX/._a.dcm', body: 'x' },
      { name: 'a.dcm', body: noise },
    ])
    assert.deepEqual(await namesWithin('a.zip', zip), ['a.dcm 3000'])
  })
})

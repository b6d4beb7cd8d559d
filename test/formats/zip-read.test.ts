import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { describe, it } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import { ArchiveError, faultOf } from '../../src/errors.ts'
import type { ArchiveEntry } from '../../src/formats/archive-entry.ts'
import { readArchive } from '../../src/formats/archive-read.ts'
import { type RandomAccess, readRanges } from '../../src/formats/random-access.ts'
import { deflateZip } from '../../src/formats/zip-deflate.ts'
import { findZipMember, listZip, readZip } from '../../src/formats/zip-read.ts'
import { writeZip } from '../../src/formats/zip-write.ts'
import { overlappingZip, type ZipMember, zipOf } from '../support/archives.ts'
import { anyFiles, contents, GENEROUS, opened, scratch, session, unpacked } from './packing.ts'

const file = scratch()

const read = async (members: readonly ZipMember[]) => unpacked(readZip(await file(zipOf(members)), GENEROUS))

async function assertRefused(members: readonly ZipMember[], because: RegExp, kind = 'invalid'): Promise<void> {
  await assertFault(await file(zipOf(members)), because, kind)
}

/** Refused as a whole: not one entry comes. */
async function assertFault(path: string, because: RegExp, kind = 'invalid'): Promise<void> {
  const seen: ArchiveEntry[] = []
  const reading = async () => {
    for await (const entry of readZip(path, GENEROUS)) seen.push(entry)
  }
  await assert.rejects(reading, (error: Error) => faultOf(error)?.kind === kind && because.test(error.message))
  assert.deepEqual(seen, [])
}

/** As a store of blobs gives it: by ranges. */
async function blobOf(bytes: Uint8Array): Promise<RandomAccess> {
  const path = await file(bytes)
  const range = async ({ start, end }: { start: number; end: number }): Promise<Readable> =>
    createReadStream(path, { start, end })
  return readRanges((await stat(path)).size, range)
}

describe('readZip', () => {
  it('reads stored and deflated members', async () => {
    for (const zip of [writeZip(session, opened), deflateZip(session, opened)]) {
      assert.deepEqual(await unpacked(readZip(await file(zip), GENEROUS)), contents(session))
    }
  })

  it('reads any files', async () => {
    await fc.assert(
      fc.asyncProperty(anyFiles, async (files) => {
        const path = await file(deflateZip(files, opened))
        assert.deepEqual(await unpacked(readArchive({ path, kind: 'zip', name: 'x.zip' }, GENEROUS)), contents(files))
      }),
      { numRuns: 20 },
    )
  })

  it('lets members be read after the last was taken, and several at once', async () => {
    const entries = await Array.fromAsync(readZip(await blobOf(await buffer(writeZip(session, opened))), GENEROUS))
    const path = await file(writeZip(session, opened))
    const begun: Promise<Buffer>[] = []
    for await (const entry of readZip(path, GENEROUS)) begun.push(entry.open().then((content) => buffer(content)))
    const expected = session.map(({ content }) => content)
    assert.deepEqual(await Promise.all(begun), expected)
    assert.deepEqual(await Promise.all(entries.map(async (entry) => buffer(await entry.open()))), expected)
  })

  it('drops leading slashes and dots, and skips folders', async () => {
    const members = ['/abs/a', './dot/b', '//c', 'x/./y//z', 'folder/', './']
    assert.deepEqual(Object.keys(await read(members.map((name) => ({ name })))), ['abs/a', 'dot/b', 'c', 'x/y/z'])
  })

  it('skips a folder that only its mode tells', async () => {
    assert.deepEqual(await read([{ name: 'folder', mode: 0o040755 }, { name: 'a' }]), { a: Buffer.alloc(0) })
  })

  it('reads the folders of packers that write backslashes', async () => {
    assert.deepEqual(Object.keys(await read([{ name: 'scans\\1\\a.dcm' }, { name: 'empty\\' }])), ['scans/1/a.dcm'])
  })

  it('reads an empty zip', async () => {
    assert.deepEqual(await read([]), {})
  })

  it('resources 10: refuses names that lead elsewhere', async () => {
    const names = ['../x', 'a/../../x', 'a/..', '/../x', '..', '..\\x', 'a\\..\\..\\x', 'C:/x', 'c:x', '/C:/x', 'C:\\x']
    for (const name of names) {
      await assertRefused([{ name: 'fine.txt' }, { name }], /leads out of the archive|names a drive/)
    }
  })

  it('refuses control characters and names that are none', async () => {
    for (const name of ['a\0b', 'a\nb', 'a\u007f', 'a\u0085b', 'a\ufffeb'])
      await assertRefused([{ name }], /control characters/)
    await assertRefused([{ name: '' }], /has no name/)
  })

  it('refuses links and devices, naming the member', async () => {
    for (const mode of [0o120777, 0o020666, 0o060666, 0o010666, 0o140777]) {
      await assertRefused([{ name: 'fine.txt' }, { name: 'odd', mode }], /"odd" is neither a file nor a folder/)
    }
  })

  it('refuses encrypted members and unknown packing', async () => {
    await assertRefused([{ name: 'secret', encrypted: true }], /"secret" is encrypted/)
    await assertRefused([{ name: 'odd', method: 12 as 8, packed: new Uint8Array(3), body: 'abc' }], /unknown way/)
  })

  it('gives a name that is there twice both times', async () => {
    const entries = await Array.fromAsync(readZip(await file(zipOf([{ name: 'a/b' }, { name: './a//b' }])), GENEROUS))
    assert.deepEqual(
      entries.map(({ path }) => path),
      ['a/b', 'a/b'],
    )
  })

  it('refuses more than the limits allow', async () => {
    const path = await file(zipOf([{ name: 'a', body: Buffer.alloc(2_000_000) }, { name: 'b/' }, { name: 'c' }]))
    for (const limit of [{ maxEntries: 2 }, { maxBytes: 1_999_999 }, { maxRatio: 100 }]) {
      const reading = unpacked(readZip(path, { ...GENEROUS, ...limit }))
      await assert.rejects(reading, (error) => faultOf(error)?.kind === 'too-large')
    }
    assert.equal(
      Object.keys(await unpacked(readZip(path, { ...GENEROUS, maxEntries: 3, maxBytes: 2_000_000 }))).length,
      2,
    )
  })

  it('refuses members that share their bytes to seem many', async () => {
    await assertFault(await file(overlappingZip(200, Buffer.alloc(1_000_000))), /times its size/, 'too-large')
  })

  it('refuses what is no zip', async () => {
    for (const bytes of [new Uint8Array(0), Buffer.from('no zip'), Buffer.alloc(100_000, 'x')]) {
      await assertFault(await file(bytes), /damaged/)
    }
    const whole = zipOf([{ name: 'a', body: 'echo' }])
    await assertFault(await file(whole.subarray(0, -1)), /damaged/)
  })

  it('refuses content with another size or checksum than announced', async () => {
    for (const body of [Buffer.from('echo'), Buffer.alloc(3_000_000, 'echo')]) {
      for (const lie of [{ claimedSize: body.length - 1 }, { claimedSize: body.length + 1 }, { claimedCrc: 7 }]) {
        const members = [{ name: 'liar', body, ...lie }]
        await assert.rejects(read(members), (error: Error) => {
          return (
            faultOf(error)?.kind === 'invalid' && /"liar" is damaged/.test(error.message) && error.cause !== undefined
          )
        })
      }
    }
  })

  it('gives a fault, never another error, for a zip with any byte changed', async () => {
    const whole = zipOf([
      { name: 'a/b.txt', body: 'echo echo echo' },
      { name: 'c', body: 'x', method: 0 },
    ])
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.nat(255), async (at, byte) => {
        const changed = Buffer.from(whole)
        changed[at] = byte
        const source = readRanges(changed.length, async ({ start, end }) =>
          Readable.from([changed.subarray(start, end + 1)]),
        )
        await unpacked(readZip(source, GENEROUS)).catch((error) => assert.ok(error instanceof ArchiveError, error))
      }),
      { numRuns: 1500 },
    )
  })
})

describe('a zip that is stored', () => {
  it('lists its files', async () => {
    const source = await blobOf(zipOf([{ name: 'a/' }, { name: '/a/b', body: 'echo' }, { name: '../c', body: 'x' }]))
    assert.deepEqual(await listZip(source), [
      { name: 'a/b', size: 4 },
      { name: '../c', size: 1 },
    ])
  })

  it('gives one of its files', async () => {
    const source = await blobOf(await buffer(deflateZip(session, opened)))
    for (const entry of session) {
      const found = await findZipMember(source, `/${entry.name}`)
      assert.equal(found?.size, entry.size)
      assert.ok(found && (await buffer(await found.open())).equals(entry.content))
    }
    assert.equal(await findZipMember(source, 'MR1/nothing'), undefined)
    assert.equal(await findZipMember(source, ''), undefined)
  })

  it('is closed where one of its files is not read after all', async () => {
    for (const method of [0, 8] as const) {
      const zip = zipOf([{ name: 'long', body: randomBytes(2_000_000), method }])
      const streams: Readable[] = []
      const source = readRanges(zip.length, async ({ start, end }) => {
        streams.push(Readable.from([zip.subarray(start, end + 1)], { objectMode: false }))
        return streams.at(-1)!
      })
      const content = await (await findZipMember(source, 'long'))?.open()
      ;(content as Readable).destroy()
      await setImmediate()
      assert.deepEqual(
        streams.map((stream) => stream.destroyed),
        streams.map(() => true),
      )
    }
  })

  it('is unsupported when it is none', async () => {
    const source = await blobOf(Buffer.from('plain text'))
    for (const ask of [() => listZip(source), () => findZipMember(source, 'a')])
      await assert.rejects(ask(), (error) => faultOf(error)?.kind === 'unsupported')
  })
})

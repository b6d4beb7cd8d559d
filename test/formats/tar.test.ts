import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { buffer } from 'node:stream/consumers'
import { describe, it } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { ArchiveError, faultOf, refuse } from '../../src/errors.ts'
import { type ArchiveKind, archiveKind, sniffArchive } from '../../src/formats/archive-kind.ts'
import { readArchive } from '../../src/formats/archive-read.ts'
import { gunzip } from '../../src/formats/gunzip.ts'
import { readTar } from '../../src/formats/tar-read.ts'
import { tarLength, writeTar, writeTarGz } from '../../src/formats/tar-write.ts'
import { readTar as readStrictly, type TarMember, tarOf, zipOf } from '../support/archives.ts'
import { anyFiles, contents, GENEROUS, opened, packed, scratch, session, unpacked } from './packing.ts'

const file = scratch()

async function* inPieces(bytes: Uint8Array, length = 10_000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length)
}

const read = async (members: readonly TarMember[]) => unpacked(readTar(inPieces(await tarOf(members)), GENEROUS))

const isFault =
  (kind: string, because = /./) =>
  (error: Error) =>
    faultOf(error)?.kind === kind && because.test(error.message)

const long = packed(`MR1/${'very long folder name/'.repeat(12)}file.dcm`, 'long')
const longest = packed(`${'x'.repeat(120)}/${'y'.repeat(140)}`, 'longest')

describe('writeTar', () => {
  it('writes what strict readers read, of the announced length', async () => {
    const files = [...session, long, longest]
    const bytes = await buffer(writeTar(files, opened))
    assert.equal(bytes.length, tarLength(files))
    assert.deepEqual(
      (await readStrictly(bytes)).map(({ name, bytes, type, time }) => ({ name, bytes, type, time })),
      files.map(({ name, content, modified }) => ({ name, bytes: content, type: 'file', time: modified })),
    )
  })

  it('writes what tar accepts, gzipped too', async () => {
    const files = [...session, long, longest]
    for (const tar of [writeTar(files, opened), writeTarGz(files, opened)]) {
      const { stdout } = await promisify(execFile)('tar', ['--quoting-style=literal', '-tf', await file(tar)])
      assert.equal(stdout, files.map(({ name }) => `${name}\n`).join(''))
    }
  })

  it('writes sizes beyond 8 GiB', async () => {
    const entries = [
      { name: 'huge.bin', size: 2 ** 33 + 1, modified: new Date(0) },
      { name: 'big.bin', size: 2 ** 33 - 1, modified: new Date(0) },
    ]
    const seen: number[] = []
    for (const entry of entries) {
      const head: Uint8Array[] = []
      for await (const piece of writeTar([entry], () => inPieces(Buffer.alloc(64 * 1024)))) {
        head.push(piece)
        break
      }
      for await (const found of readTar(inPieces(Buffer.concat(head)), { ...GENEROUS, maxBytes: 2 ** 40 })) {
        seen.push(found.size ?? 0)
        break
      }
    }
    assert.deepEqual(seen, [2 ** 33 + 1, 2 ** 33 - 1])
    assert.equal(tarLength(entries.slice(1)), 512 + 2 ** 33 + 1024)
  })

  it('breaks off when a file has another size than announced', async () => {
    const wrong = { ...packed('a.txt', 'echo'), size: 5 }
    await assert.rejects(buffer(writeTar([wrong], opened)), /a\.txt has another size/)
    await assert.rejects(buffer(writeTarGz([wrong], opened)), /a\.txt has another size/)
  })
})

describe('readTar', () => {
  it('reads any files', async () => {
    await fc.assert(
      fc.asyncProperty(anyFiles, fc.integer({ min: 1, max: 5000 }), async (files, length) => {
        const tar = await buffer(writeTar(files, opened))
        assert.deepEqual(await unpacked(readTar(inPieces(tar, length), GENEROUS)), contents(files))
      }),
      { numRuns: 40 },
    )
  })

  it('reads what tar writes', async () => {
    const { stdout } = await promisify(execFile)('tar', ['-cf', '-', '-C', import.meta.dirname, 'packing.ts'], {
      encoding: 'buffer',
    })
    assert.deepEqual(Object.keys(await unpacked(readTar(inPieces(stdout), GENEROUS))), ['packing.ts'])
  })

  it('drops leading slashes and dots, and skips folders', async () => {
    const names = ['/abs/a', './dot/b', './']
    const found = await read([...names.map((name) => ({ name })), { name: 'folder', type: 'directory' }])
    assert.deepEqual(Object.keys(found), ['abs/a', 'dot/b'])
  })

  it('goes on after files that were not read, or not to their end', async () => {
    const tar = await buffer(writeTar(session, opened))
    const seen: string[] = []
    for await (const entry of readTar(inPieces(tar), GENEROUS)) {
      seen.push(entry.path)
      if (seen.length % 2 === 0) continue
      for await (const piece of await entry.open()) {
        assert.ok(piece.length > 0)
        break
      }
    }
    assert.deepEqual(
      seen,
      session.map(({ name }) => name),
    )
  })

  it('resources 10: refuses names that lead elsewhere', async () => {
    for (const name of ['../x', 'a/../../x', '/../x', 'C:/x', 'c:x', 'a\\b', '..\\x']) {
      await assert.rejects(read([{ name: 'fine' }, { name }]), isFault('invalid', /leads out|drive|backslash/))
    }
    await assert.rejects(read([{ name: 'a\nb' }]), isFault('invalid', /control characters/))
  })

  it('refuses links and devices, naming the member', async () => {
    for (const type of ['symlink', 'link', 'character-device', 'block-device', 'fifo'] as const) {
      const odd = { name: 'odd', type, linkname: 'fine' }
      await assert.rejects(read([{ name: 'fine' }, odd]), isFault('invalid', /"odd" is neither a file nor a folder/))
    }
  })

  it('gives a name that is there twice both times', async () => {
    const entries = await Array.fromAsync(readTar(inPieces(await tarOf([{ name: 'a' }, { name: './a' }])), GENEROUS))
    assert.deepEqual(
      entries.map(({ path }) => path),
      ['a', 'a'],
    )
  })

  it('refuses more than the limits allow', async () => {
    const tar = await tarOf([
      { name: 'a', body: Buffer.alloc(1000) },
      { name: 'b', body: Buffer.alloc(1000) },
    ])
    for (const limit of [{ maxEntries: 1 }, { maxBytes: 1999 }]) {
      await assert.rejects(unpacked(readTar(inPieces(tar), { ...GENEROUS, ...limit })), isFault('too-large'))
    }
  })

  it('refuses what is damaged or cut short', async () => {
    const tar = await buffer(writeTar(session, opened))
    for (const bytes of [Buffer.alloc(5000, 'x'), tar.subarray(0, 700), tar.subarray(0, 100_000)]) {
      await assert.rejects(unpacked(readTar(inPieces(bytes), GENEROUS)), isFault('invalid', /damaged/))
    }
  })

  it('tells a source that fails from damage, and lets its faults pass', async () => {
    const tar = await buffer(writeTar(session, opened))
    const broken = async function* (end: () => unknown) {
      yield* inPieces(tar.subarray(0, 150_000))
      end()
    }
    const reset = () => {
      throw new Error('connection reset')
    }
    await assert.rejects(unpacked(readTar(broken(reset), GENEROUS)), isFault('broken-off'))
    const full = () => refuse({ kind: 'too-large', what: 'body', because: 'Enough.' })
    await assert.rejects(unpacked(readTar(broken(full), GENEROUS)), isFault('too-large', /Enough/))
  })

  it('ends its source when the taker stops', async () => {
    let ended = false
    const source = async function* () {
      try {
        yield* inPieces(await buffer(writeTar(session, opened)))
      } finally {
        ended = true
      }
    }
    for await (const entry of readTar(source(), GENEROUS)) {
      assert.equal(entry.path, session[0]?.name)
      break
    }
    await pause(10)
    assert.ok(ended)
  })

  it('gives a fault, never another error, for a tar with any byte changed', async () => {
    const whole = await tarOf([
      { name: 'a/b.txt', body: 'echo echo echo' },
      { name: 'c'.repeat(200), body: 'x' },
    ])
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.nat(255), async (at, byte) => {
        const changed = Buffer.from(whole)
        changed[at] = byte
        const reading = unpacked(readTar(inPieces(changed, 700), GENEROUS))
        await reading.catch((error) => assert.ok(error instanceof ArchiveError, error))
      }),
      { numRuns: 1000 },
    )
  })
})

describe('gunzip', () => {
  it('gives the bytes back', async () => {
    const bytes = Buffer.alloc(300_000, 'echo')
    assert.ok((await buffer(gunzip(inPieces(gzipSync(bytes), 100), GENEROUS))).equals(bytes))
  })

  it('refuses what is damaged or cut short', async () => {
    const gzip = gzipSync(Buffer.alloc(300_000, 'echo'))
    for (const bytes of [
      Buffer.from('no gzip'),
      gzip.subarray(0, -5),
      Buffer.concat([gzip.subarray(0, -8), gzip.subarray(0, 8)]),
    ]) {
      await assert.rejects(buffer(gunzip(inPieces(bytes), GENEROUS)), isFault('invalid', /damaged/))
    }
  })

  it('refuses more than the limits allow before it has unpacked all', async () => {
    const gzip = gzipSync(Buffer.alloc(50_000_000))
    for (const limit of [{ maxBytes: 1_000_000 }, { maxRatio: 100 }]) {
      let size = 0
      const reading = async () => {
        for await (const piece of gunzip(inPieces(gzip, 1000), { ...GENEROUS, ...limit })) size += piece.length
      }
      await assert.rejects(reading, isFault('too-large'))
      assert.ok(size < 10_000_000)
    }
  })
})

describe('readArchive', () => {
  it('reads every kind by its name', async () => {
    const tar = await tarOf([{ name: 'a/b', body: 'echo' }])
    const archives = {
      'x.zip': zipOf([{ name: 'a/b', body: 'echo' }]),
      'x.tar': tar,
      'x.tar.gz': gzipSync(tar),
      'x.tgz': gzipSync(tar),
    }
    for (const [name, bytes] of Object.entries(archives)) {
      const archive = { name, path: await file(bytes), kind: archiveKind(name) as ArchiveKind }
      assert.deepEqual(await unpacked(readArchive(archive, GENEROUS)), { 'a/b': Buffer.from('echo') }, name)
    }
    const single = { name: 'T1.nii.gz', path: await file(gzipSync('echo')), kind: 'gz' } as const
    assert.deepEqual(await unpacked(readArchive(single, GENEROUS)), { 'T1.nii': Buffer.from('echo') })
  })

  it('refuses a gzip of another file where a tar is announced', async () => {
    const archive = { name: 'x.tgz', path: await file(gzipSync('echo')), kind: 'tgz' } as const
    await assert.rejects(unpacked(readArchive(archive, GENEROUS)), isFault('invalid'))
  })
})

describe('archiveKind', () => {
  it('resources 7.6: follows the suffix, upper or lower case', () => {
    const names = ['a.zip', 'a.ZAR', 'a.tar', 'a.xar', 'a.Tar.Gz', 'a.tgz', 'a.nii.gz', 'a.dcm', 'zip', 'a.zip.txt']
    assert.deepEqual(names.map(archiveKind), [
      'zip',
      'zip',
      'tar',
      'tar',
      'tgz',
      'tgz',
      'gz',
      undefined,
      undefined,
      undefined,
    ])
  })

  it('sniffs the first bytes', async () => {
    const kinds = [zipOf([]), zipOf([{ name: 'a' }]), await tarOf([{ name: 'a' }]), gzipSync('a'), Buffer.from('PK')]
    assert.deepEqual(kinds.map(sniffArchive), ['zip', 'zip', 'tar', 'gz', undefined])
  })
})

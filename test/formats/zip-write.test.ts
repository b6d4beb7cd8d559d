import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { open, stat } from 'node:fs/promises'
import { buffer } from 'node:stream/consumers'
import { describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import type { Span } from '../../src/formats/concatenation.ts'
import { deflateZip } from '../../src/formats/zip-deflate.ts'
import { readZip } from '../../src/formats/zip-read.ts'
import type { ZipEntry } from '../../src/formats/zip-records.ts'
import { writeZip, zipLength } from '../../src/formats/zip-write.ts'
import { readZip as readStrictly } from '../support/archives.ts'
import { anyFiles, GENEROUS, opened, packed, scratch, session } from './packing.ts'

const run = promisify(execFile)
const file = scratch()

/** Whether the tool says yes; undefined where it is not installed. */
async function tool(command: string, ...parameters: readonly string[]): Promise<string | undefined> {
  try {
    return (await run(command, parameters)).stdout
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

const ZEROS = Buffer.alloc(256 * 1024)

async function* zeros(size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < size; at += ZEROS.length) yield ZEROS.subarray(0, Math.min(ZEROS.length, size - at))
}

describe('writeZip', () => {
  it('writes what strict readers read, of the announced length', async () => {
    const bytes = await buffer(writeZip(session, opened))
    assert.equal(bytes.length, zipLength(session))
    const found = await readStrictly(bytes)
    assert.deepEqual(
      found.map(({ name, bytes, method, time }) => ({ name, bytes, method, time })),
      session.map(({ name, content, modified }) => ({ name, bytes: content, method: 0, time: modified })),
    )
  })

  it('writes what other programs accept', async () => {
    for (const zip of [writeZip(session, opened), deflateZip(session, opened)]) {
      const path = await file(zip)
      const said = await tool('unzip', '-t', path)
      if (said !== undefined) assert.match(said, /No errors detected/)
      const python =
        'import sys,zipfile;z=zipfile.ZipFile(sys.argv[1]);assert z.testzip() is None;print(len(z.namelist()))'
      assert.equal((await tool('python3', '-c', python, path)) ?? '5\n', '5\n')
    }
  })

  it('gives any stretch of the same bytes', async () => {
    const whole = await buffer(writeZip(session, opened))
    const last = whole.length - 1
    await fc.assert(
      fc.asyncProperty(fc.nat(last), fc.nat(last), async (one, other) => {
        const [start, end] = one < other ? [one, other] : [other, one]
        assert.ok((await buffer(writeZip(session, opened, { start, end }))).equals(whole.subarray(start, end + 1)))
      }),
      { numRuns: 40 },
    )
  })

  it('opens only what a stretch touches', async () => {
    const asked: string[] = []
    const open = (entry: (typeof session)[number], span?: { start: number; end: number }) => {
      asked.push(`${entry.name} ${span?.start}-${span?.end}`)
      return opened(entry, span)
    }
    await buffer(writeZip(session, open, { start: 0, end: 1000 }))
    assert.equal(asked.length, 1)
    assert.match(asked[0] ?? '', /1\.dcm 0-9\d\d$/)
  })

  it('writes any files so that they can be read again', async () => {
    await fc.assert(
      fc.asyncProperty(anyFiles, async (files) => {
        for (const zip of [writeZip(files, opened), deflateZip(files, opened)]) {
          const found = await readStrictly(await buffer(zip))
          assert.deepEqual(
            found.map(({ name, bytes, time }) => ({ name, bytes, time })),
            files.map(({ name, content, modified }) => ({ name, bytes: content, time: modified })),
          )
        }
      }),
      { numRuns: 30 },
    )
  })

  it('keeps times of any year', async () => {
    const moments = ['1970-01-01T00:00:00Z', '1850-05-05T00:00:00Z', '2500-05-05T00:00:00Z']
    const files = moments.map((moment) => packed(moment.replaceAll(':', ''), 'x', new Date(moment)))
    const found = await readStrictly(await buffer(writeZip(files, opened)))
    assert.equal(found[0]?.time.toISOString(), '1970-01-01T00:00:00.000Z')
    assert.equal(found[1]?.time.getFullYear(), 1980)
    assert.equal(found[2]?.time.getFullYear(), 2107)
  })

  it('writes 70,000 members', async () => {
    const files = Array.from({ length: 70_000 }, (_, number) => packed(`f/${number}.txt`, String(number)))
    const path = await file(writeZip(files, opened))
    const python = 'import sys,zipfile;z=zipfile.ZipFile(sys.argv[1]);print(len(z.namelist()), z.read("f/69999.txt"))'
    assert.equal((await tool('python3', '-c', python, path)) ?? "70000 b'69999'\n", "70000 b'69999'\n")
    assert.equal((await tool('unzip', '-p', path, 'f/65536.txt')) ?? '65536', '65536')
  })

  it('breaks off when a file has another size than announced', async () => {
    for (const size of [3, 5]) {
      const wrong = { ...packed('a.txt', 'echo'), size }
      await assert.rejects(buffer(writeZip([wrong], opened)), /a\.txt has another size/)
      await assert.rejects(buffer(deflateZip([wrong], opened)), /a\.txt has another size/)
    }
  })

  it('passes on what opening a file throws', async () => {
    const open = async (entry: (typeof session)[number]) => {
      if (entry.name.endsWith('t1.nii')) throw new Error('no such blob')
      return opened(entry)
    }
    await assert.rejects(buffer(writeZip(session, open)), /no such blob/)
    await assert.rejects(buffer(deflateZip(session, open)), /no such blob/)
  })

  it('closes what it has opened when the reader goes away', async () => {
    let open = 0
    const counted = async function* (entry: (typeof session)[number]) {
      open++
      try {
        yield* opened(entry)
      } finally {
        open--
      }
    }
    for (const zip of [writeZip(session, counted), deflateZip(session, counted)]) {
      for await (const piece of zip) {
        assert.ok(piece.length > 0)
        break
      }
      while (open > 0) await setTimeout(1)
      assert.equal(open, 0)
    }
  })
})

describe('writeZip beyond 4 GiB', () => {
  const large = 2 ** 32 + 5
  const files = (): ZipEntry[] => {
    let sum = 0
    for (let at = 0; at < large; at += ZEROS.length)
      sum = crc32(ZEROS.subarray(0, Math.min(ZEROS.length, large - at)), sum)
    const modified = new Date('2024-02-29T12:34:56Z')
    return [
      { name: 'large.bin', size: large, crc32: sum, modified },
      { name: 'after.txt', size: 4, crc32: crc32('\0\0\0\0'), modified },
    ]
  }

  it('writes long sizes and offsets', async () => {
    const entries = files()
    const length = zipLength(entries)
    const path = await file(new Uint8Array(0))
    await writeSparse(
      path,
      writeZip(entries, (entry) => zeros(entry.size)),
    )
    assert.equal((await stat(path)).size, length)
    const listed = await tool('unzip', '-l', path)
    if (listed !== undefined) assert.match(listed, new RegExp(`${large} .* large\\.bin\n +4 .* after\\.txt`))
    const python = 'import sys,zipfile;print(zipfile.ZipFile(sys.argv[1]).read("after.txt"))'
    assert.equal((await tool('python3', '-c', python, path)) ?? AFTER, AFTER)
    const sizes: Record<string, number | undefined> = {}
    for await (const entry of readZip(path, GENEROUS)) {
      sizes[entry.path] = entry.size
      if (entry.size === 4) assert.deepEqual(await buffer(await entry.open()), Buffer.alloc(4))
    }
    assert.deepEqual(sizes, { 'large.bin': large, 'after.txt': 4 })
  })

  it('gives a stretch from the end without reading what lies before', async () => {
    const entries = files()
    const length = zipLength(entries)
    const open = (_: ZipEntry, span?: Span) => zeros(span ? span.end - span.start + 1 : 0)
    const tail = await buffer(writeZip(entries, open, { start: length - 300, end: length - 1 }))
    assert.equal(tail.length, 300)
    assert.equal(tail.readUInt32LE(tail.length - 6), 0xffffffff)
  })
})

const AFTER = "b'\\x00\\x00\\x00\\x00'\n"

/** Writes all but the zeros, which need no room on disk. */
async function writeSparse(path: string, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  const target = await open(path, 'w')
  let at = 0
  for await (const piece of bytes) {
    if (ZEROS.compare(piece, 0, piece.length, 0, piece.length) !== 0) await target.write(piece, 0, piece.length, at)
    at += piece.length
  }
  await target.truncate(at)
  await target.close()
}

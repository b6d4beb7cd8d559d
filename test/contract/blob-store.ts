import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import { crc32 } from 'node:zlib'
import type { BlobKey, BlobStore } from '../../src/blobs/blob-store.ts'
import { ArchiveError, faultOf } from '../../src/errors.ts'

const MIB = 1024 * 1024

/** What every BlobStore does; `open` gives an empty one each time. */
export function blobStoreContract(name: string, open: () => Promise<BlobStore>): void {
  describe(`${name} keeps the BlobStore contract`, () => {
    describeDigests(open)
    describeKeeping(open)
    describeReading(open)
    describeRefusals(open)
  })
}

/** `bytes` in pieces of `length`, as a socket would give them. */
export async function* inPieces(bytes: Uint8Array, length = 64 * 1024): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length)
}

/** A source that fails after so many bytes. */
export async function* brokenAfter(size: number, error: Error = new Error('connection reset')) {
  yield* inPieces(new Uint8Array(size))
  throw error
}

/** Stages, keeps and releases. */
export async function storeBytes(store: BlobStore, bytes: Uint8Array): Promise<BlobKey> {
  const staged = await store.stage(inPieces(bytes))
  await staged.keep()
  await staged.release()
  return staged.digest.key
}

async function keysOf(store: BlobStore): Promise<BlobKey[]> {
  return (await Array.fromAsync(store.list())).map((blob) => blob.key).sort()
}

/** All bytes under a key, or a range of them. */
export async function readAll(store: BlobStore, key: BlobKey, start?: number, end?: number): Promise<Buffer> {
  const range = start === undefined || end === undefined ? undefined : { start, end }
  return Buffer.concat(await Array.fromAsync(await store.read(key, range)))
}

function describeDigests(open: () => Promise<BlobStore>): void {
  const sizes = [
    0,
    1,
    1000,
    4095,
    4096,
    4097,
    132_386,
    256 * 1024,
    256 * 1024 + 1,
    MIB,
    3 * MIB,
    3 * MIB + 17,
    64 * MIB,
  ]
  for (const size of sizes) {
    it(`gives ${size} bytes back with all their sums`, async () => {
      const store = await open()
      const bytes = randomBytes(size)
      const staged = await store.stage(inPieces(bytes, 100_000), size)
      const sum = (name: string): string => createHash(name).update(bytes).digest('hex')
      assert.deepEqual(staged.digest, { key: sum('sha256'), md5: sum('md5'), crc32: crc32(bytes), size })
      await staged.keep()
      await staged.release()
      assert.ok((await readAll(store, staged.digest.key)).equals(bytes))
      await store.close()
    })
  }
  it('takes pieces of any size', async () => {
    const store = await open()
    const bytes = randomBytes(5 * MIB)
    for (const length of [997, bytes.length]) {
      const staged = await store.stage(inPieces(bytes, length))
      assert.equal(staged.digest.key, createHash('sha256').update(bytes).digest('hex'))
      await staged.release()
    }
    await store.close()
  })
  it('takes many large bodies at once', async () => {
    const store = await open()
    const bodies = Array.from({ length: 12 }, () => randomBytes(2 * MIB + 5))
    const keys = await Promise.all(bodies.map((bytes) => storeBytes(store, bytes)))
    const sums = bodies.map((bytes) => createHash('sha256').update(bytes).digest('hex'))
    assert.deepEqual(keys, sums)
    assert.deepEqual(await keysOf(store), sums.sort())
    await store.close()
  })
}

function describeKeeping(open: () => Promise<BlobStore>): void {
  it('knows nothing of what was not kept', async () => {
    const store = await open()
    const staged = await store.stage(inPieces(Buffer.from('echo')))
    assert.equal(await store.size(staged.digest.key), undefined)
    await staged.release()
    assert.deepEqual(await keysOf(store), [])
  })
  it('gives equal content one key and one blob', async () => {
    const store = await open()
    const keys = [await storeBytes(store, Buffer.from('echo')), await storeBytes(store, Buffer.from('echo'))]
    assert.equal(keys[0], keys[1])
    assert.deepEqual(await keysOf(store), [keys[0]])
  })
  it('takes equal content from many at once', async () => {
    const store = await open()
    const keys = await Promise.all(Array.from({ length: 16 }, () => storeBytes(store, Buffer.alloc(1000, 7))))
    assert.equal(new Set(keys).size, 1)
    assert.equal((await readAll(store, keys[0] ?? '')).length, 1000)
  })
  for (const size of [4, 132_386, MIB])
    it(`keeps ${size} bytes that come alone, again when they are removed, and beside equal ones`, async () => {
      const store = await open()
      const bytes = randomBytes(size)
      const copies = [
        await store.stage(inPieces(Buffer.from(bytes)), size, {}),
        await store.stage(inPieces(Buffer.from(bytes)), size, {}),
      ]
      for (const { keep } of copies) await keep()
      const [copy] = copies
      assert.ok(copy)
      await store.remove(copy.digest.key)
      await copy.keep()
      for (const { release } of copies) await release()
      assert.deepEqual(await keysOf(store), [createHash('sha256').update(bytes).digest('hex')])
      assert.ok((await readAll(store, copy.digest.key)).equals(bytes))
    })
  it('keeps again what was removed in between', async () => {
    const store = await open()
    const staged = await store.stage(inPieces(Buffer.from('echo')))
    await staged.keep()
    await store.remove(staged.digest.key)
    assert.equal(await store.size(staged.digest.key), undefined)
    await staged.keep()
    await staged.release()
    assert.equal((await readAll(store, staged.digest.key)).toString(), 'echo')
  })
  it('releases twice without complaint, and the blob stays', async () => {
    const store = await open()
    const staged = await store.stage(inPieces(Buffer.from('echo')))
    await staged.keep()
    await staged.release()
    await staged.release()
    assert.equal(await store.size(staged.digest.key), 4)
  })
  it('removes a blob, and again', async () => {
    const store = await open()
    const key = await storeBytes(store, Buffer.from('echo'))
    await store.remove(key)
    await store.remove(key)
    assert.deepEqual(await keysOf(store), [])
  })
  it('lists blobs with the time they were last kept', async () => {
    const store = await open()
    const before = Date.now() - 1000
    const key = await storeBytes(store, Buffer.from('echo'))
    const [blob, ...others] = await Array.fromAsync(store.list())
    assert.deepEqual(others, [])
    assert.equal(blob?.key, key)
    const keptAt = blob?.keptAt.getTime() ?? 0
    assert.ok(keptAt >= before && keptAt <= Date.now() + 1000)
  })
}

function describeReading(open: () => Promise<BlobStore>): void {
  it('reads ranges, their ends included', async () => {
    const store = await open()
    const bytes = randomBytes(700_000)
    const key = await storeBytes(store, bytes)
    for (const [start, end] of [
      [0, 0],
      [1, 10],
      [0, bytes.length - 1],
      [300_000, 650_000],
      [bytes.length - 1, bytes.length - 1],
    ] as const) {
      assert.ok((await readAll(store, key, start, end)).equals(bytes.subarray(start, end + 1)), `${start}-${end}`)
    }
  })
  it('gives no range that a blob does not have to its end', async () => {
    const store = await open()
    const key = await storeBytes(store, Buffer.from('0123456789'))
    assert.equal((await readAll(store, key, 7, 9)).toString(), '789')
    await assert.rejects(store.read(key, { start: 7, end: 10 }), (error) => faultOf(error)?.kind === 'not-found')
    await assert.rejects(store.read(key, { start: 10, end: 100 }), (error) => faultOf(error)?.kind === 'not-found')
  })
  it('reads a small blob at once', async () => {
    const store = await open()
    const key = await storeBytes(store, Buffer.from('echo'))
    assert.equal(Buffer.from(await store.readSmall(key, 4)).toString(), 'echo')
    assert.equal((await store.readSmall(await storeBytes(store, new Uint8Array(0)), 0)).length, 0)
  })
  it('goes on reading a blob that is removed meanwhile', async () => {
    const store = await open()
    const bytes = randomBytes(2 * MIB)
    const key = await storeBytes(store, bytes)
    const reading = await store.read(key)
    await store.remove(key)
    assert.ok(Buffer.concat(await Array.fromAsync(reading)).equals(bytes))
  })
  it('lets a reader stop early', async () => {
    const store = await open()
    const reading = await store.read(await storeBytes(store, randomBytes(2 * MIB)))
    for await (const piece of reading) {
      assert.ok(piece.length > 0)
      break
    }
    assert.ok(reading.destroyed)
  })
  it('finds nothing under a key that nothing has', async () => {
    const store = await open()
    const key = createHash('sha256').update('never stored').digest('hex')
    assert.equal(await store.size(key), undefined)
    for (const reading of [() => store.read(key), () => store.readSmall(key, 4)]) {
      await assert.rejects(reading, (error) => faultOf(error)?.kind === 'not-found')
    }
  })
}

function describeRefusals(open: () => Promise<BlobStore>): void {
  const isBrokenOff = (error: unknown): boolean => faultOf(error)?.kind === 'broken-off'
  for (const size of [0, 1024, 3 * MIB]) {
    it(`leaves nothing behind when the source breaks off after ${size} bytes`, async () => {
      const store = await open()
      const cause = new Error('connection reset')
      await assert.rejects(store.stage(brokenAfter(size, cause)), (error: Error) => {
        return isBrokenOff(error) && error.cause === cause
      })
      await assertEmpty(store)
    })
    it(`refuses ${size} bytes where another number was announced`, async () => {
      const store = await open()
      await assert.rejects(store.stage(inPieces(new Uint8Array(size)), size + 1), isBrokenOff)
      if (size > 0) await assert.rejects(store.stage(inPieces(new Uint8Array(size)), size - 1), isBrokenOff)
      await assertEmpty(store)
    })
  }
  it("passes a source's own fault on", async () => {
    const store = await open()
    const fault = new ArchiveError({ kind: 'too-large', what: 'file', because: 'The file is too large.' })
    await assert.rejects(store.stage(brokenAfter(10, fault)), (error) => error === fault)
    await assertEmpty(store)
  })
  it('stages on after a broken source', async () => {
    const store = await open()
    await assert.rejects(store.stage(brokenAfter(3 * MIB)), isBrokenOff)
    const bytes = randomBytes(3 * MIB)
    assert.equal(await storeBytes(store, bytes), createHash('sha256').update(bytes).digest('hex'))
    await store.close()
  })
}

/** Closes a store that has neither blobs nor staged copies. */
export async function assertEmpty(store: BlobStore): Promise<void> {
  assert.deepEqual(await keysOf(store), [])
  assert.equal(await store.dropAbandoned(new Date(Date.now() + 60_000), 'everywhere'), 0)
  await store.close()
}

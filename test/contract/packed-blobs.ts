import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import { crc32, deflateRawSync } from 'node:zlib'
import type { BlobStore } from '../../src/blobs/blob-store.ts'
import { faultOf } from '../../src/errors.ts'
import { assertEmpty, readAll } from './blob-store.ts'

const MIB = 1024 * 1024

/** What every BlobStore does with small packed bytes; `open` gives an empty one each time. */
export function packedBlobsContract(name: string, open: () => Promise<BlobStore>): void {
  describe(`${name} unpacks what it stores`, () => {
    describeUnpacking(open)
  })
}

function describeUnpacking(open: () => Promise<BlobStore>): void {
  for (const size of [0, 1, 4096, 132_386, MIB])
    it(`unpacks ${size} bytes, with their sums`, async () => {
      const store = await open()
      const bytes = randomBytes(size)
      const packed = { deflated: deflateRawSync(bytes, { level: 0 }), size, crc32: crc32(bytes) }
      // What cannot be packed is longer packed.
      const fits = packed.deflated.length <= MIB
      const staging = store.stagePacked(packed, {})
      if (!fits) return assert.rejects(staging, RangeError)
      const staged = await staging
      const sum = (name: string): string => createHash(name).update(bytes).digest('hex')
      assert.deepEqual(staged.digest, { key: sum('sha256'), md5: sum('md5'), crc32: crc32(bytes), size })
      await staged.keep()
      await staged.release()
      assert.ok((await readAll(store, staged.digest.key)).equals(bytes))
      await store.remove(staged.digest.key)
      await assertEmpty(store)
    })
  it('refuses packed bytes that are not what was announced, and leaves nothing', async () => {
    const store = await open()
    const bytes = randomBytes(5000)
    const right = { deflated: deflateRawSync(bytes), size: 5000, crc32: crc32(bytes) }
    const wrong = [
      { ...right, size: 4999 },
      { ...right, size: 5001 },
      { ...right, crc32: right.crc32 ^ 1 },
      { ...right, deflated: right.deflated.subarray(0, -10) },
      { ...right, deflated: Buffer.concat([right.deflated, Buffer.from('x')]) },
      { ...right, deflated: bytes },
      { ...right, deflated: deflateRawSync(Buffer.alloc(64 * MIB)) },
    ]
    for (const packed of wrong)
      for (const atOnce of [{}, undefined])
        await assert.rejects(store.stagePacked(packed, atOnce), (error) => faultOf(error)?.kind === 'unreadable')
    await assertEmpty(store)
  })
}

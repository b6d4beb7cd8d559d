import assert from 'node:assert/strict'
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { appendFile, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { crc32 } from 'node:zlib'
import type { BlobStore } from '../../src/blobs/blob-store.ts'
import { faultOf } from '../../src/errors.ts'
import { assertEmpty, readAll, storeBytes } from './blob-store.ts'

const MIB = 1024 * 1024

/** What every BlobStore does with files of its machine; `open` gives an empty one each time. */
export function blobFilesContract(name: string, open: () => Promise<BlobStore>): void {
  describe(`${name} takes in files`, () => describeFiles(open))
}

function describeFiles(open: () => Promise<BlobStore>): void {
  const folder = mkdtempSync(join(tmpdir(), 'blob-store-files-'))
  after(() => rm(folder, { recursive: true }))
  const fileOf = async (bytes: Uint8Array): Promise<string> => {
    const path = join(folder, randomUUID())
    await writeFile(path, bytes)
    return path
  }

  for (const taking of ['link', 'copy'] as const) {
    for (const size of [0, 1000, 256 * 1024, 256 * 1024 + 1, MIB, 3 * MIB + 17]) {
      it(`takes in a file of ${size} bytes by ${taking}, with all its sums`, async () => {
        const store = await open()
        const bytes = randomBytes(size)
        const path = await fileOf(bytes)
        const staged = await store.stageFile(path, taking)
        const sum = (name: string): string => createHash(name).update(bytes).digest('hex')
        assert.deepEqual(staged.digest, { key: sum('sha256'), md5: sum('md5'), crc32: crc32(bytes), size })
        await staged.keep()
        await staged.release()
        assert.ok((await readFile(path)).equals(bytes))
        await rm(path)
        assert.ok((await readAll(store, staged.digest.key)).equals(bytes))
        await store.close()
      })
    }
    it(`takes no file by ${taking} that changed after it was read`, async () => {
      const store = await open()
      const path = await fileOf(Buffer.from('before'))
      const staged = await store.stageFile(path, taking)
      await appendFile(path, ' and after')
      if (staged.linked) await assert.rejects(staged.keep(), (error) => faultOf(error)?.kind === 'broken-off')
      else await staged.keep()
      await staged.release()
      assert.equal(await store.size(staged.digest.key), staged.linked ? undefined : 6)
      assert.equal((await readFile(path)).toString(), 'before and after')
    })
    it(`takes by ${taking} nothing but regular files, and leaves nothing`, async () => {
      const store = await open()
      const link = join(folder, randomUUID())
      await symlink(await fileOf(Buffer.from('echo')), link)
      for (const path of [link, folder])
        await assert.rejects(store.stageFile(path, taking), (error) => faultOf(error)?.kind === 'unreadable')
      await assert.rejects(store.stageFile(join(folder, 'missing'), taking), { code: 'ENOENT' })
      await assertEmpty(store)
    })
    it(`keeps again what was taken in by ${taking} and removed in between`, async () => {
      const store = await open()
      const path = await fileOf(Buffer.from('echo'))
      const staged = await store.stageFile(path, taking)
      await staged.keep()
      await store.remove(staged.digest.key)
      await staged.keep()
      await staged.release()
      assert.equal((await readAll(store, staged.digest.key)).toString(), 'echo')
      await store.remove(staged.digest.key)
      assert.equal((await readFile(path)).toString(), 'echo')
    })
  }
  it('knows a file that is one with a blob, and takes no other for it', async () => {
    const store = await open()
    const [path, other] = [await fileOf(Buffer.from('echo')), await fileOf(Buffer.from('echo'))]
    const staged = await store.stageFile(path, 'link')
    await staged.keep()
    await staged.release()
    const { key } = staged.digest
    assert.equal(await store.isOneWith(key, path), staged.linked)
    assert.equal(await store.isOneWith(key, other), false)
    assert.equal(await store.isOneWith(createHash('sha256').update('never').digest('hex'), path), false)
    await store.close()
  })
  it('counts an old file as kept when it was taken in', async () => {
    const store = await open()
    const path = await fileOf(Buffer.from('old'))
    await utimes(path, 1000, 1000)
    const before = Date.now() - 1000
    const staged = await store.stageFile(path, 'link')
    assert.equal(await store.dropAbandoned(new Date(before), 'everywhere'), 0)
    await staged.keep()
    await storeBytes(store, Buffer.from('old'))
    await staged.release()
    const [blob] = await Array.fromAsync(store.list())
    assert.ok((blob?.keptAt.getTime() ?? 0) >= before)
    assert.equal((await stat(path)).mtimeMs, 1_000_000)
  })
}

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { mkdir, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import type { BlobStore } from '../../src/blobs/blob-store.ts'
import { openFsBlobs } from '../../src/blobs/fs-blobs.ts'
import { blobFilesContract } from '../contract/blob-files.ts'
import { blobStoreContract, inPieces, storeBytes } from '../contract/blob-store.ts'
import { packedBlobsContract } from '../contract/packed-blobs.ts'

const root = mkdtempSync(join(tmpdir(), 'fs-blobs-'))
after(() => rm(root, { recursive: true }))

/** More than is written in one go. */
const LARGE = Buffer.alloc(512 * 1024, 'echo')
const staged = (directory: string) => join(directory, 'staged')

let opened = 0
async function openEmpty(): Promise<Readonly<{ store: BlobStore; directory: string }>> {
  const directory = join(root, String(++opened), 'blobs')
  return { directory, store: await openFsBlobs(directory, 'as-needed') }
}

blobStoreContract('fs-blobs', async () => (await openEmpty()).store)
blobFilesContract('fs-blobs', async () => (await openEmpty()).store)
packedBlobsContract('fs-blobs', async () => (await openEmpty()).store)

describe('fs-blobs', () => {
  it('makes its folders with the first opening, and the missing ones with the next', async () => {
    const directory = join(root, 'whole')
    await openFsBlobs(directory)
    assert.equal((await readdir(directory)).length, 4097)
    await rm(join(directory, 'abc'), { recursive: true })
    const store = await openFsBlobs(directory)
    assert.ok((await stat(join(directory, 'abc'))).isDirectory())
    assert.deepEqual(await Array.fromAsync(store.list()), [])
  })

  it('lays a blob as a read-only file into the folder of its first three digits', async () => {
    const { store, directory } = await openEmpty()
    const key = await storeBytes(store, Buffer.from('echo'))
    const { mode, nlink } = await stat(join(directory, key.slice(0, 3), key))
    assert.equal(mode & 0o777, 0o444)
    assert.equal(nlink, 1)
  })

  it('gives a file of its own file system a second name that nobody may write to', async () => {
    const { store, directory } = await openEmpty()
    const path = join(root, 'a file')
    await writeFile(path, 'echo', { mode: 0o640 })
    const before = await stat(path)
    const staged = await store.stageFile(path, 'link')
    assert.equal(staged.linked, true)
    await staged.keep()
    await staged.release()
    const { key } = staged.digest
    const [file, blob] = [await stat(path), await stat(join(directory, key.slice(0, 3), key))]
    assert.deepEqual([blob.ino, blob.dev, blob.nlink], [before.ino, before.dev, 2])
    // Who may read the file stays as it was.
    assert.deepEqual([file.mode & 0o777, file.mtimeMs], [0o440, before.mtimeMs])
  })

  it('leaves the file as it is where it is copied', async () => {
    const { store, directory } = await openEmpty()
    const path = join(root, 'another file')
    await writeFile(path, 'echo', { mode: 0o640 })
    const staged = await store.stageFile(path, 'copy')
    await staged.keep()
    await staged.release()
    const { key } = staged.digest
    const [file, blob] = [await stat(path), await stat(join(directory, key.slice(0, 3), key))]
    assert.deepEqual([staged.linked, file.nlink, file.mode & 0o777], [false, 1, 0o640])
    assert.equal(blob.mode & 0o222, 0)
  })

  it('marks a blob as fresh when the same content is kept again', async () => {
    const { store, directory } = await openEmpty()
    const key = await storeBytes(store, Buffer.from('echo'))
    await utimes(join(directory, key.slice(0, 3), key), 0, 0)
    await storeBytes(store, Buffer.from('echo'))
    const [blob] = await Array.fromAsync(store.list())
    assert.ok(Date.now() - (blob?.keptAt.getTime() ?? 0) < 60_000)
  })

  it('drops abandoned copies by age', async () => {
    const { store, directory } = await openEmpty()
    const small = await store.stage(inPieces(Buffer.from('old')))
    const beside = join(directory, small.digest.key.slice(0, 3))
    await store.stage(inPieces(LARGE))
    const [[one], [two]] = [await readdir(beside), await readdir(staged(directory))]
    await utimes(join(beside, one ?? ''), 1000, 1000)
    await utimes(join(staged(directory), two ?? ''), 1000, 1000)
    const young = await store.stage(inPieces(Buffer.from('young')))
    assert.equal(await store.dropAbandoned(new Date(2_000_000), 'at-hand'), 1)
    assert.equal(await store.dropAbandoned(new Date(2_000_000), 'everywhere'), 1)
    await young.keep()
    assert.equal(await store.dropAbandoned(new Date(2_000_000), 'everywhere'), 0)
    assert.deepEqual([await readdir(beside), await readdir(staged(directory))], [[], []])
  })

  it('leaves alone what lies beside the folders of blobs', async () => {
    const { store, directory } = await openEmpty()
    const kept = await storeBytes(store, Buffer.from('echo'))
    const found = join(directory, 'lost+found', '#17')
    await mkdir(join(directory, 'lost+found'))
    await writeFile(found, 'found')
    await writeFile(join(directory, 'NOTE'), 'not a folder')
    await utimes(found, 1000, 1000)
    assert.equal(await store.dropAbandoned(new Date(2_000_000), 'everywhere'), 0)
    assert.deepEqual(await Array.fromAsync(store.list(), ({ key }) => key), [kept])
    assert.equal(await readFile(found, 'utf8'), 'found')
  })

  it('refuses what is no key rather than look for it', async () => {
    const { store } = await openEmpty()
    for (const key of ['', '../../etc/passwd', 'A'.repeat(64), `${'a'.repeat(64)}/`]) {
      await assert.rejects(async () => store.size(key), RangeError)
    }
  })

  it('fails an upload whose threads were ended, and leaves nothing', async () => {
    const { store, directory } = await openEmpty()
    const endless = async function* () {
      for (let count = 0; ; count++) {
        if (count === 100) await store.close()
        yield randomBytes(64 * 1024)
      }
    }
    await assert.rejects(store.stage(endless()), /digest thread ended/)
    assert.deepEqual(await readdir(staged(directory)), [])
    const bytes = randomBytes(1024 * 1024)
    assert.equal((await store.readSmall(await storeBytes(store, bytes), bytes.length)).length, bytes.length)
    await store.close()
  })

  it('says so when the folder for arrivals is gone', async () => {
    const { store, directory } = await openEmpty()
    await rm(staged(directory), { recursive: true })
    await assert.rejects(store.stage(inPieces(LARGE)), { code: 'ENOENT' })
    await mkdir(staged(directory))
    await storeBytes(store, LARGE)
  })
})

import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { BlobStore } from '../../src/blobs/blob-store.ts'
import { openFsBlobs } from '../../src/blobs/fs-blobs.ts'
import { withRecent } from '../../src/blobs/recent-blobs.ts'
import { faultOf } from '../../src/errors.ts'
import { blobStoreContract } from '../contract/blob-store.ts'

let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'isocenter-recent-'))
})
after(() => rm(folder, { recursive: true, force: true }))

const limits = { total: 1000, single: 400 }
let stores = 0
const open = async (): Promise<BlobStore> =>
  withRecent(await openFsBlobs(join(folder, String(++stores)), 'as-needed'), limits)

blobStoreContract('withRecent', open)

async function stored(store: BlobStore, text: string): Promise<string> {
  const staged = await store.stage(
    (async function* () {
      yield Buffer.from(text)
    })(),
  )
  await staged.keep()
  await staged.release()
  return staged.digest.key
}

describe('blobs kept in memory', () => {
  it('are read once from the store below', async () => {
    const below = await openFsBlobs(join(folder, String(++stores)), 'as-needed')
    const store = withRecent(below, limits)
    const key = await stored(store, 'echo')
    assert.equal(Buffer.from(await store.readSmall(key, 4)).toString(), 'echo')
    await below.remove(key)
    assert.equal(Buffer.from(await store.readSmall(key, 4)).toString(), 'echo')
    await store.close()
  })

  it('are forgotten when they are removed', async () => {
    const store = await open()
    const key = await stored(store, 'echo')
    await store.readSmall(key, 4)
    await store.remove(key)
    await assert.rejects(store.readSmall(key, 4), (error) => faultOf(error)?.kind === 'not-found')
    await store.close()
  })

  it('make room for those read later, and large ones are not kept', async () => {
    const below = await openFsBlobs(join(folder, String(++stores)), 'as-needed')
    const store = withRecent(below, limits)
    const keys: string[] = []
    for (const letter of 'abcd') keys.push(await stored(store, letter.repeat(300)))
    const large = await stored(store, 'L'.repeat(500))
    for (const key of keys) await store.readSmall(key, 300)
    await store.readSmall(large, 500)
    for (const key of [...keys, large]) await below.remove(key)
    await assert.rejects(store.readSmall(keys[0]!, 300))
    await assert.rejects(store.readSmall(large, 500))
    assert.equal((await store.readSmall(keys[3]!, 300)).length, 300)
    await store.close()
  })
})

import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import type { Archive } from '../../src/archive/archive.ts'
import { deleteFiles } from '../../src/archive/file-deletion.ts'
import { putFiles } from '../../src/archive/files.ts'
import { sweep, sweepKnown } from '../../src/archive/sweep.ts'
import type { ParentAddress } from '../../src/model/address.ts'
import { admin, makeProject, openTestArchive, sent, type TestArchive, why } from '../support/archive.ts'

let test: TestArchive
let archive: Archive
let time = Date.parse('2024-01-01T00:00:00Z')
const hour = 3_600_000

const parent: ParentAddress = { kind: 'project', at: { project: 'P' } }

before(async () => {
  test = await openTestArchive(() => new Date(time))
  archive = test.archive
  await makeProject(archive, 'P')
})
after(() => test?.close())

async function put(path: string, text: string): Promise<void> {
  const described = { tags: [] }
  const files = (async function* () {
    yield { path, bytes: sent(text) }
  })()
  const done = await putFiles(archive, admin, why, { parent, folder: 'F', files, overwrite: true, described })
  assert.equal(done.refused, false)
}

const remove = (path: string, removeFiles = true) =>
  deleteFiles(archive, admin, why, { parent, folder: 'F', path, removeFiles })

const keys = async () => (await Array.fromAsync(archive.blobs.list())).map(({ key }) => key)

/** Paths of files whose bytes are not in the store. */
async function lost(): Promise<string[]> {
  const rows = await archive.db.reads.selectFrom('files').select(['path', 'blob']).execute()
  const missing: string[] = []
  for (const { path, blob } of rows) if ((await archive.blobs.size(blob)) === undefined) missing.push(path)
  return missing
}

describe('a sweep', () => {
  afterEach(async () => {
    await remove('')
    await sweep(archive, 0)
    assert.deepEqual(await keys(), [])
  })

  it('condemns first and removes after the grace', async () => {
    await put('a', 'bytes of a')
    await remove('a')
    assert.deepEqual(await sweep(archive, hour), { condemned: 1, removed: 0, abandoned: 0 })
    assert.equal((await keys()).length, 1)
    time += hour
    assert.equal((await sweep(archive, hour)).removed, 1)
    assert.deepEqual(await keys(), [])
  })

  it('lets what was named again meanwhile alone', async () => {
    await put('a', 'wanted again')
    await remove('a')
    await sweep(archive, hour)
    await put('b', 'wanted again')
    time += hour
    assert.equal((await sweep(archive, hour)).removed, 0)
    assert.deepEqual(await lost(), [])
  })

  it('keeps left files', async () => {
    await put('a', 'left behind')
    await remove('a', false)
    await sweep(archive, 0)
    assert.equal((await keys()).length, 1)
    await archive.db.change((db) => db.deleteFrom('left_files').execute())
  })

  it('keeps what another file names', async () => {
    await put('a', 'the same')
    await put('b', 'the same')
    await remove('a')
    await sweep(archive, 0)
    assert.deepEqual(await lost(), [])
  })

  it('takes orphans only after the grace, and they can be stored again', async () => {
    const staged = await archive.blobs.stage(sent('an orphan'))
    await staged.keep()
    await staged.release()
    time = Date.now()
    assert.equal((await sweep(archive, hour)).removed, 0)
    time += hour + 1000
    assert.equal((await sweep(archive, hour)).removed, 1)
    await put('a', 'an orphan')
    assert.deepEqual(await lost(), [])
  })

  it('takes over removals that were broken off', async () => {
    await put('a', 'half removed')
    await remove('a')
    const since = new Date(time).toISOString().slice(0, 23).replace('T', ' ')
    await archive.db.change((db) =>
      db.updateTable('blobs').set({ state: 'removing', since }).where('state', '=', 'kept').execute(),
    )
    assert.equal((await sweep(archive, 0)).removed, 0)
    time += hour
    assert.equal((await sweep(archive, 0)).removed, 1)
  })

  it('stores again what a broken-off removal holds', async () => {
    await put('a', 'half removed, then wanted')
    await remove('a')
    const since = new Date(time).toISOString().slice(0, 23).replace('T', ' ')
    await archive.db.change((db) =>
      db.updateTable('blobs').set({ state: 'removing', since }).where('state', '=', 'kept').execute(),
    )
    time += hour
    await put('b', 'half removed, then wanted')
    assert.deepEqual(await lost(), [])
  })

  it('forgets removals after a day', async () => {
    await put('a', 'to be forgotten')
    await remove('a')
    await sweep(archive, 0)
    time += 25 * hour
    await sweep(archive, 0)
    assert.equal((await archive.db.reads.selectFrom('blobs').select('key').execute()).length, 0)
  })
})

describe('sweeps beside uploads', () => {
  it('never take the bytes of a listed file, in 200 rounds over equal content', async () => {
    time = Date.now()
    for (let round = 0; round < 200; round++) {
      // The clock stands still otherwise, and a removal is told from another by its time as well.
      time += 1
      const text = `content ${round % 3}`
      const name = `${round % 5}`
      const storage = round % 10 === 0 ? [sweep(archive, 0)] : []
      const swept = [sweepKnown(archive, 0), sweepKnown(archive, 0), ...storage]
      await Promise.all([put(name, text), ...swept, put(`${name}x`, text), remove('').catch(() => undefined)])
      assert.deepEqual(await lost(), [], `round ${round}`)
    }
  })
})

import assert from 'node:assert/strict'
import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { type Database, openDatabase } from '../../src/db/open.ts'

const folder = mkdtempSync(join(tmpdir(), 'remember-'))
let db: Database
let other: Database
before(async () => {
  db = await openDatabase({ folder })
  other = await openDatabase({ folder })
})
after(async () => {
  await db.close()
  await other.close()
  await rm(folder, { recursive: true })
})

const put = (to: Database, name: string, value: string) =>
  to.change((tx) =>
    tx
      .insertInto('settings')
      .values({ name, value })
      .onConflict((on) => on.column('name').doUpdateSet({ value }))
      .execute(),
  )

let readings = 0
const ask = (name: string) =>
  db.remember(
    name,
    async () => {
      readings++
      const query = db.reads.selectFrom('settings').select('value').where('name', '=', name)
      return (await query.executeTakeFirst())?.value
    },
    (value) => value !== undefined,
  )

describe('what is remembered', () => {
  it('is read once while nothing changes', async () => {
    await put(db, 'a', '1')
    readings = 0
    assert.deepEqual([await ask('a'), await ask('a'), readings], ['1', '1', 1])
  })

  it('is read again after a change here', async () => {
    await put(db, 'a', '2')
    assert.equal(await ask('a'), '2')
  })

  it('is read again after a change by another process', async () => {
    await put(other, 'a', '3')
    assert.equal(await ask('a'), '3')
  })

  it('is not what was read while a change was under way', async () => {
    let change: Promise<unknown> | undefined
    const value = await db.remember(
      'b',
      async () => {
        change = put(db, 'b', 'new')
        return 'old'
      },
      () => true,
    )
    await change
    assert.deepEqual([value, await ask('b')], ['old', 'new'])
  })

  it('is not what was read between the writing and the commit of a change', async () => {
    await put(db, 'c', 'old')
    let seen: string | undefined
    await db.change(async (tx) => {
      await tx.updateTable('settings').set({ value: 'new' }).where('name', '=', 'c').execute()
      seen = await ask('c')
    })
    assert.deepEqual([seen, await ask('c')], ['old', 'new'])
  })

  it('outlives changes of files only', async () => {
    await put(db, 'd', '1')
    await ask('d')
    readings = 0
    await db.change(async (tx) => void (await tx.selectFrom('files').selectAll().limit(1).execute()), 'files')
    assert.deepEqual([await ask('d'), readings], ['1', 0])
  })

  it('of files is read again after any change, here or elsewhere, and once while there is none', async () => {
    let reads = 0
    const askFiles = () => db.rememberFiles('files', async () => ++reads, Boolean)
    assert.deepEqual([await askFiles(), await askFiles()], [1, 1])
    await db.change(async () => undefined, 'files')
    assert.deepEqual([await askFiles(), await askFiles()], [2, 2])
    await put(db, 'e', '1')
    assert.deepEqual([await askFiles(), await askFiles()], [3, 3])
    await put(other, 'e', '2')
    assert.deepEqual([await askFiles(), await askFiles()], [4, 4])
    const during = await db.change(() => askFiles(), 'files')
    assert.deepEqual([during, await askFiles()], [5, 6])
  })

  it('is nothing that is not worth it', async () => {
    readings = 0
    assert.deepEqual([await ask('none'), await ask('none'), readings], [undefined, undefined, 2])
  })
})

import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { sql } from 'kysely'
import { type Opened, openSqlite } from '../../src/db/sqlite.ts'

type Tables = { t: { x: number; y: number } }
let folder: string
let here: Opened<Tables>
let elsewhere: Opened<Tables>
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sqlite-'))
  here = openSqlite(join(folder, 'catalog.sqlite'))
  elsewhere = openSqlite(join(folder, 'catalog.sqlite'))
})
after(async () => {
  for (const { writer, reads } of [here, elsewhere]) await Promise.all([writer.destroy(), reads.destroy()])
  await rm(folder, { recursive: true })
})

describe('rows of SQLite', () => {
  it('are named rightly also when another process has added a column since the statement was prepared', async () => {
    await sql`create table t (x, y)`.execute(here.writer)
    await sql`insert into t values (1, 2)`.execute(here.writer)
    const ask = async () => (await sql`select a.*, b.x as last from t as a, t as b`.execute(here.reads)).rows
    assert.deepEqual(await ask(), [{ x: 1, y: 2, last: 1 }])
    await sql`alter table t add column z default 9`.execute(elsewhere.writer)
    assert.deepEqual(await ask(), [{ x: 1, y: 2, z: 9, last: 1 }])
  })
})

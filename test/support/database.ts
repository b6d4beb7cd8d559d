import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { Client } from 'pg'
import { type Database, type DatabasePlace, openDatabase } from '../../src/db/open.ts'
import { type Postgres, startPostgres } from './postgres.ts'

/** An empty catalog of its own; `close` removes it. */
export type TestDatabase = Readonly<{ db: Database; place: DatabasePlace; close: () => Promise<void> }>

/** A place for a catalog that nobody has opened yet; `remove` deletes its folder. */
export type TestPlace = Readonly<{ place: DatabasePlace; remove: () => Promise<void> }>

export const onPostgres = process.env['ISOCENTER_TEST_DATABASE'] === 'postgres'

/**
 * A fresh, migrated catalog: SQLite in a temporary folder, or a new database on this process's PostgreSQL when
 * ISOCENTER_TEST_DATABASE is `postgres`.
 */
export async function openTestDatabase(): Promise<TestDatabase> {
  const { place, remove } = await testPlace()
  const db = await openDatabase(place)
  return {
    db,
    place,
    close: async () => {
      await db.close()
      await remove()
    },
  }
}

/** A temporary folder, on PostgreSQL with a new empty database beside it. */
export async function testPlace(): Promise<TestPlace> {
  const folder = await mkdtemp(join(tmpdir(), 'isocenter-'))
  const fresh = onPostgres ? await freshDatabase() : undefined
  inUse += 1
  const remove = async () => {
    await fresh?.drop()
    await rm(folder, { recursive: true, force: true })
    inUse -= 1
    await stopWhenUnused()
  }
  return { place: fresh ? { folder, url: fresh.url } : { folder }, remove }
}

// A whole run brings its server along (test/run.ts); a file that is run alone starts one, which takes seconds.
let server: Promise<Postgres> | undefined
let databases = 0

const given = process.env['ISOCENTER_TEST_POSTGRES_URL']

function serverOfThisRun(): Promise<Postgres> {
  if (given) return Promise.resolve({ url: given, stop: async () => {} })
  server ??= startPostgres()
  return server
}

// This runs before the `after` of the test file, whose databases must still be there for it.
let ending = false
let inUse = 0

if (onPostgres) {
  after(async () => {
    ending = true
    await stopWhenUnused()
  })
}

async function stopWhenUnused(): Promise<void> {
  if (ending && inUse === 0) await (await server)?.stop()
}

type FreshDatabase = Readonly<{ url: string; drop: () => Promise<void> }>

async function freshDatabase(): Promise<FreshDatabase> {
  const { url } = await serverOfThisRun()
  const name = `isocenter_${process.pid}_${++databases}`
  await command(url, `create database ${name}`)
  return { url: `${url}/${name}`, drop: () => command(url, `drop database ${name} with (force)`) }
}

async function command(url: string, sql: string): Promise<void> {
  const client = new Client(`${url}/postgres`)
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}

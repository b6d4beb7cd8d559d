import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Kysely } from 'kysely'
import { type Dialect, postgresDialect, sqliteDialect } from './dialect-sql.ts'
import { migrate } from './migrate.ts'
import { openPostgres } from './postgres.ts'
import { type Memories, memoriesOf, noMemory } from './remember.ts'
import type { Tables } from './schema.ts'
import { openSqlite } from './sqlite.ts'
import { groupedChanges, separateChanges, type Writer } from './transaction.ts'

/** The open catalog: `reads` for queries outside a change, `change` for everything that writes. */
export type Database = Readonly<{
  reads: Kysely<Tables>
  dialect: Dialect
  change: Writer['change']
  /** Does work that a change follows at once, so that commits can be shared. */
  soon: Writer['soon']
  isAsAt: Writer['isAsAt']
  close: () => Promise<void>
}> &
  Memories

/** Where the catalog is: a folder for SQLite's file, or the address of a PostgreSQL database. */
export type DatabasePlace = Readonly<{ folder: string; url?: string }>

/** Opens the catalog and brings it to the newest schema. */
export async function openDatabase(place: DatabasePlace): Promise<Database> {
  return place.url ? openOnPostgres(place.url) : openOnSqlite(place.folder)
}

async function openOnSqlite(folder: string): Promise<Database> {
  mkdirSync(folder, { recursive: true })
  const { writer, reads, others } = openSqlite<Tables>(join(folder, 'catalog.sqlite'))
  await migrate(writer, sqliteDialect)
  const changes = groupedChanges(writer, others)
  return {
    reads,
    dialect: sqliteDialect,
    ...changes,
    ...memoriesOf(changes),
    close: async () => {
      await reads.destroy()
      await writer.destroy()
    },
  }
}

async function openOnPostgres(url: string): Promise<Database> {
  const pool = openPostgres<Tables>(url)
  await migrate(pool, postgresDialect)
  const changes = separateChanges(pool)
  const memories = { remember: noMemory, rememberFiles: noMemory, moment: () => changes.moment() }
  return { reads: pool, dialect: postgresDialect, ...changes, ...memories, close: () => pool.destroy() }
}

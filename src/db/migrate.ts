import { type Kysely, sql } from 'kysely'
import type { Dialect } from './dialect-sql.ts'
import { migrations } from './migrations/all.ts'

/** Key of the advisory lock that keeps two nodes from migrating one PostgreSQL database at once. */
const MIGRATION_LOCK = 7_215_001

/**
 * Runs the steps that the database has not seen, each step and its mark in one transaction.
 * @throws Error when the database was written by a newer version, whose steps are unknown here
 */
export async function migrate<DB>(db: Kysely<DB>, dialect: Dialect): Promise<void> {
  await db.connection().execute(async (connection) => {
    if (dialect.name === 'postgres') await sql`select pg_advisory_lock(${MIGRATION_LOCK})`.execute(connection)
    try {
      await runSteps(connection as unknown as Kysely<unknown>, dialect)
    } finally {
      if (dialect.name === 'postgres') await sql`select pg_advisory_unlock(${MIGRATION_LOCK})`.execute(connection)
    }
  })
}

async function runSteps(connection: Kysely<unknown>, dialect: Dialect): Promise<void> {
  await sql`create table if not exists migrations (name text primary key, at text not null)`.execute(connection)
  const { rows } = await sql<{ name: string }>`select name from migrations`.execute(connection)
  const done = new Set(rows.map((row) => row.name))
  const known = new Set(migrations.map((step) => step.name))
  for (const name of done) {
    if (!known.has(name)) throw new Error(`The catalog was written by a newer version of Isocenter (step ${name}).`)
  }
  for (const step of migrations.filter(({ name }) => !done.has(name))) {
    await sql.raw(dialect.name === 'sqlite' ? 'begin immediate' : 'begin').execute(connection)
    try {
      await step.up(connection, dialect)
      await sql`insert into migrations (name, at) values (${step.name}, ${new Date().toISOString()})`.execute(
        connection,
      )
      await sql`commit`.execute(connection)
    } catch (error) {
      await sql`rollback`.execute(connection)
      throw error
    }
  }
}

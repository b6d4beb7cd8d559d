import { type Kysely, sql } from 'kysely'

/** Work that is done once in a while, by one process for all: when it ended last, and who is at it. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const table = `create table chores (name text primary key, ended_at text not null, lease_owner text, lease_until text)`
  await sql.raw(table).execute(db)
}

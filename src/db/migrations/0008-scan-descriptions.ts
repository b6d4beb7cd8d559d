import type { Kysely } from 'kysely'
import { sql } from 'kysely'
import type { Dialect } from '../dialect-sql.ts'

/**
 * Finds scans of a session by their series description as `mappedScanType` compares it: in capitals, without blanks
 * and the signs `_`, `-` and `*`.
 */
export async function up(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const text =
    dialect.name === 'sqlite' ? `json_extract(doc, '$."series_description"')` : `(doc #>> '{"series_description"}')`
  const bare = `upper(replace(replace(replace(replace(${text}, ' ', ''), '_', ''), '-', ''), '*', ''))`
  await sql.raw(`create index scans_description on scans(session_id, (${bare}))`).execute(db)
}

import type { Kysely } from 'kysely'
import { sql } from 'kysely'
import type { Dialect } from '../dialect-sql.ts'

/** The table of attributes of which administrators make fields. */
export async function up(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const key =
    dialect.name === 'sqlite' ? 'integer primary key autoincrement' : 'bigint generated always as identity primary key'
  const big = dialect.name === 'sqlite' ? 'integer' : 'bigint'
  const statements = [
    `create table dicom_mappings (id ${key}, project_id ${big} references projects(id) on delete cascade,
      field_name text not null, field_type text not null, tag text not null, schema_element text not null)`,
    'create index dicom_mappings_project on dicom_mappings(project_id)',
  ]
  for (const statement of statements) await sql.raw(statement).execute(db)
}

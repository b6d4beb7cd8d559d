import { type Kysely, sql } from 'kysely'
import type { Dialect } from '../dialect-sql.ts'

/** Names on the network under which DICOM objects are taken in, and the one that every site begins with (import 5.1). */
export async function up(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const key =
    dialect.name === 'sqlite' ? 'integer primary key autoincrement' : 'bigint generated always as identity primary key'
  const table = `create table receivers (id ${key}, ae_title text not null, port integer not null,
    identifier text not null, file_namer text, enabled integer not null, custom_processing integer not null,
    direct_archive integer not null, anonymization integer not null, whitelist_enabled integer not null,
    whitelist text not null, routing_enabled integer not null, project_rules text, subject_rules text,
    session_rules text, created_at text not null, modified_at text not null)`
  await sql.raw(table).execute(db)
  await sql.raw('create unique index receivers_title on receivers(ae_title, port)').execute(db)
  const now = new Date().toISOString().slice(0, 23).replace('T', ' ')
  const first = `insert into receivers (ae_title, port, identifier, enabled, custom_processing, direct_archive,
    anonymization, whitelist_enabled, whitelist, routing_enabled, created_at, modified_at)
    values ('XNAT', 8104, 'dicomObjectIdentifier', 1, 0, 0, 1, 0, '[]', 0, '${now}', '${now}')`
  await sql.raw(first).execute(db)
}

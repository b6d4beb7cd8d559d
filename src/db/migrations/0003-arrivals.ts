import type { Kysely } from 'kysely'
import { sql } from 'kysely'
import type { Dialect } from '../dialect-sql.ts'

/** What comes in and waits to be archived, as `db/arrival-tables.ts` describes it, and what files know of DICOM. */
export async function up(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const key =
    dialect.name === 'sqlite' ? 'integer primary key autoincrement' : 'bigint generated always as identity primary key'
  const big = dialect.name === 'sqlite' ? 'integer' : 'bigint'
  for (const statement of [...arrivals(key, big), ...arrivedFiles(key, big), ...filesOfDicom(big)])
    await sql.raw(statement).execute(db)
}

function arrivals(key: string, big: string): string[] {
  return [
    `create table imports (id ${key}, user_id ${big} not null references users(id) on delete cascade, listener text,
      state text not null, messages text not null, received ${big} not null, filtered ${big} not null,
      failed ${big} not null, bytes ${big} not null, started_at text not null, changed_at text not null,
      lease_owner text not null, lease_until text not null)`,
    'create index imports_listener on imports(user_id, listener)',
    'create index imports_state on imports(state, lease_until)',
    `create table arrivals (id ${key}, place text not null, project_id ${big} references projects(id) on delete cascade,
      timestamp text not null, folder text not null, name text not null, study_uid text not null, slot text not null,
      subject text not null, scan_date text, scan_time text, status text not null, stale integer not null,
      lease_owner text, lease_until text, task text, uploaded_at text not null, modified_at text not null,
      user_id ${big} references users(id) on delete set null, received ${big} not null, filtered ${big} not null,
      rejected ${big} not null, failed ${big} not null, auto_code integer, prevent_anon integer not null,
      prevent_auto_commit integer not null, source text not null, visit text not null, protocol text not null,
      timezone text not null, sender text not null, wishes text not null, document text, direct integer not null)`,
    'create unique index arrivals_study on arrivals(place, study_uid, name, slot)',
    'create unique index arrivals_folder on arrivals(place, timestamp, folder)',
    'create index arrivals_status on arrivals(status, modified_at)',
    'create index arrivals_tag on arrivals(study_uid)',
    'create index arrivals_project on arrivals(project_id)',
    'create index arrivals_user on arrivals(user_id)',
    `create table arrival_logs (id ${key}, arrival_id ${big} not null references arrivals(id) on delete cascade,
      at text not null, entry text not null)`,
    'create index arrival_logs_arrival on arrival_logs(arrival_id, id)',
  ]
}

function arrivedFiles(key: string, big: string): string[] {
  return [
    `create table arrived_files (id ${key}, arrival_id ${big} references arrivals(id) on delete cascade,
      import_id ${big} references imports(id) on delete cascade, target integer not null, scan text not null,
      label text not null, name text not null, size ${big} not null, blob text not null references blobs(key),
      md5 text not null, crc32 ${big} not null, series_uid text not null, sop_class text not null,
      sop_uid text not null, instance_number ${big}, spare text, header text)`,
    'create unique index arrived_files_name on arrived_files(arrival_id, scan, label, name)',
    'create index arrived_files_sop on arrived_files(arrival_id, sop_uid)',
    'create index arrived_files_import on arrived_files(import_id, target, id) where import_id is not null',
    'create index arrived_files_blob on arrived_files(blob)',
  ]
}

/** Columns that are null where nobody read the header yet; subjects that arrive are found whatever the letter case. */
function filesOfDicom(big: string): string[] {
  const columns = ['sop_class text', 'sop_uid text', `instance_number ${big}`]
  return [
    ...columns.map((column) => `alter table files add column ${column}`),
    'create index subject_labels_folded on subject_projects(project_id, lower(label))',
  ]
}

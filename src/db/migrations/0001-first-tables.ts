import type { Kysely } from 'kysely'
import { sql } from 'kysely'
import type { Dialect } from '../dialect-sql.ts'

/** The tables of version 0.1, as `db/schema.ts` describes them. Statements are plain SQL that both databases take. */
export async function up(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const key =
    dialect.name === 'sqlite' ? 'integer primary key autoincrement' : 'bigint generated always as identity primary key'
  const doc = dialect.name === 'sqlite' ? 'text' : 'jsonb'
  const big = dialect.name === 'sqlite' ? 'integer' : 'bigint'
  for (const statement of statements({ key, doc, big })) await sql.raw(statement).execute(db)
}

type Words = Readonly<{ key: string; doc: string; big: string }>

function statements({ key, doc, big }: Words): string[] {
  const recorded = `created_at text not null, created_by text not null, modified_at text not null, event_id ${big} not null`
  return [
    ...siteTables(key, big),
    ...placeTables({ key, doc, big }, recorded),
    ...fileTables({ key, doc, big }),
    ...historyTables({ key, doc, big }),
  ]
}

function siteTables(key: string, big: string): string[] {
  return [
    'create table settings (name text primary key, value text not null)',
    `create table users (id ${key}, login text not null unique, first_name text not null, last_name text not null,
      email text not null, password text, password_at text, roles text not null, site_groups text not null, enabled integer not null, verified integer not null, admin integer not null,
      created_at text not null, modified_at text not null, last_login_at text)`,
    `create table logins (digest text primary key, user_id ${big} not null references users(id) on delete cascade,
      csrf text not null, created_at text not null, seen_at text not null, implicit integer not null)`,
    'create index logins_user on logins(user_id, implicit)',
    'create index logins_seen on logins(seen_at)',
    `create table tokens (id ${key}, alias text not null unique, secret text not null,
      user_id ${big} not null references users(id) on delete cascade, created_at text not null, expires_at text not null,
      single_use integer not null)`,
    'create index tokens_user on tokens(user_id)',
    `create table counters (name text primary key, value ${big} not null)`,
  ]
}

function placeTables({ key, doc, big }: Words, recorded: string): string[] {
  const places = (noun: string) => [
    `create table ${noun}_projects (${noun}_id ${big} not null references ${noun}s(id) on delete cascade,
      project_id ${big} not null references projects(id) on delete cascade, label text not null, owner integer not null,
      share_label text, created_at text not null, primary key (${noun}_id, project_id))`,
    `create unique index ${noun}_labels on ${noun}_projects(project_id, label)`,
  ]
  return [
    `create table projects (id ${key}, name text not null unique, accessibility text not null,
      prearchive_code integer not null, quarantine_code integer not null, current_arc text not null,
      scan_type_mapping integer not null, doc ${doc} not null, ${recorded})`,
    `create table project_words (folded text primary key, project_id ${big} not null references projects(id) on delete cascade)`,
    'create index project_words_project on project_words(project_id)',
    'create table burnt_projects (folded text primary key, burnt_at text not null)',
    `create table groups (id ${key}, project_id ${big} not null references projects(id) on delete cascade,
      name text not null unique, display_name text not null, role text not null)`,
    'create index groups_project on groups(project_id)',
    `create table group_rights (group_id ${big} not null references groups(id) on delete cascade, xsi_type text not null,
      can_read integer not null, can_create integer not null, can_edit integer not null, can_delete integer not null,
      can_activate integer not null, primary key (group_id, xsi_type))`,
    `create table group_members (group_id ${big} not null references groups(id) on delete cascade,
      user_id ${big} not null references users(id) on delete cascade, primary key (group_id, user_id))`,
    'create index group_members_user on group_members(user_id)',
    `create table user_projects (user_id ${big} not null references users(id) on delete cascade,
      project_id ${big} not null references projects(id) on delete cascade, visited_at text, favorite integer not null,
      primary key (user_id, project_id))`,
    'create index user_projects_project on user_projects(project_id)',
    `create table subjects (id ${key}, accession text not null unique,
      project_id ${big} not null references projects(id) on delete cascade, status text not null, doc ${doc} not null, ${recorded})`,
    'create index subjects_project on subjects(project_id)',
    ...places('subject'),
    `create table experiments (id ${key}, accession text not null unique,
      project_id ${big} not null references projects(id) on delete cascade,
      subject_id ${big} references subjects(id) on delete cascade,
      session_id ${big} references experiments(id) on delete cascade,
      xsi_type text not null, status text not null, doc ${doc} not null, ${recorded})`,
    'create index experiments_project on experiments(project_id)',
    'create index experiments_subject on experiments(subject_id)',
    'create index experiments_session on experiments(session_id)',
    ...places('experiment'),
    'create index experiment_projects_label on experiment_projects(label)',
    `create table scans (id ${key}, session_id ${big} not null references experiments(id) on delete cascade,
      scan_id text not null, xsi_type text not null, doc ${doc} not null, ${recorded}, unique (session_id, scan_id))`,
    `create table scan_projects (scan_id ${big} not null references scans(id) on delete cascade,
      project_id ${big} not null references projects(id) on delete cascade, label text, primary key (scan_id, project_id))`,
    `create table reconstructions (id ${key}, session_id ${big} not null references experiments(id) on delete cascade,
      reconstruction_id text not null, xsi_type text not null, doc ${doc} not null, ${recorded},
      unique (session_id, reconstruction_id))`,
  ]
}

function fileTables({ key, doc, big }: Words): string[] {
  const described = `size ${big} not null, blob text not null references blobs(key), md5 text not null, crc32 ${big} not null,
    format text, content text, description text, tags ${doc} not null`
  return [
    `create table blobs (key text primary key, size ${big} not null, state text not null, since text not null)`,
    'create index blobs_state on blobs(state, since)',
    `create table resources (id ${key}, parent text not null,
      project_id ${big} references projects(id) on delete cascade, subject_id ${big} references subjects(id) on delete cascade,
      experiment_id ${big} references experiments(id) on delete cascade, scan_id ${big} references scans(id) on delete cascade,
      reconstruction_id ${big} references reconstructions(id) on delete cascade, direction text, label text, format text,
      content text, description text, tags ${doc} not null, file_count ${big} not null default 0,
      file_size ${big} not null default 0, uncounted integer not null default 0, created_at text not null, created_by text not null, event_id ${big} not null)`,
    'create unique index resources_label on resources(parent, label)',
    ...['project', 'subject', 'experiment', 'scan', 'reconstruction'].map(
      (noun) => `create index resources_${noun} on resources(${noun}_id)`,
    ),
    `create table files (id ${key}, resource_id ${big} not null references resources(id) on delete cascade, path text not null,
      ${described}, created_at text not null, created_by text not null, created_event ${big} not null,
      modified_at text not null, modified_by text, modified_event ${big}, unique (resource_id, path))`,
    'create index files_order on files(resource_id, id)',
    'create index files_blob on files(blob)',
    `create table left_files (id ${key}, resource_id ${big} not null, project text not null, place text not null,
      path text not null, ${described}, left_at text not null, left_by text not null)`,
    'create index left_files_resource on left_files(resource_id)',
    'create index left_files_blob on left_files(blob)',
    `create table cache_folders (id ${key}, user_id ${big} not null references users(id) on delete cascade,
      name text not null, created_at text not null, unique (user_id, name))`,
    `create table cache_files (id ${key}, folder_id ${big} not null references cache_folders(id) on delete cascade,
      path text not null, size ${big} not null, blob text not null references blobs(key), md5 text not null,
      crc32 ${big} not null, modified_at text not null, unique (folder_id, path))`,
    'create index cache_files_blob on cache_files(blob)',
  ]
}

function historyTables({ key, doc, big }: Words): string[] {
  return [
    `create table events (id ${key}, at text not null, login text not null, action text not null, reason text, comment text,
      type text not null, noun text not null, noun_id ${big} not null, detail text)`,
    'create index events_noun on events(noun, noun_id)',
    `create table versions (id ${key}, noun text not null, noun_id ${big} not null, xsi_type text not null, doc ${doc} not null,
      from_at text not null, until_at text not null, created_event ${big} not null, modified_event ${big} not null)`,
    'create index versions_noun on versions(noun, noun_id)',
    `create table configurations (id ${key}, place text not null, project_id ${big} references projects(id) on delete cascade,
      tool text not null, path text not null, version integer not null, contents text not null, status text not null,
      unversioned integer not null, login text not null, reason text, created_at text not null,
      unique (place, tool, path, version))`,
    'create index configurations_project on configurations(project_id)',
  ]
}

import type { Kysely } from 'kysely'
import { sql } from 'kysely'
import type { Dialect } from '../dialect-sql.ts'

/** Stored searches, kept results, and what counting by data type needs. Statements are plain SQL that both databases take. */
export async function up(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const key =
    dialect.name === 'sqlite' ? 'integer primary key autoincrement' : 'bigint generated always as identity primary key'
  const big = dialect.name === 'sqlite' ? 'integer' : 'bigint'
  for (const statement of statements(key, big)) await sql.raw(statement).execute(db)
}

const statements = (key: string, big: string): readonly string[] => [
  `create table stored_searches (id ${key}, name text not null unique, owner text not null, open integer not null,
    xsi_type text not null, tag text not null, document text not null, created_at text not null, modified_at text not null)`,
  'create index stored_searches_owner on stored_searches(owner)',
  `create table search_readers (search_id ${big} not null references stored_searches(id) on delete cascade,
    reader text not null, primary key (search_id, reader))`,
  'create index search_readers_reader on search_readers(reader)',
  `create table search_results (id text primary key, login text not null, document text not null, width integer not null,
    row_count ${big} not null, created_at text not null, used_at text not null)`,
  'create index search_results_login on search_results(login, used_at)',
  'create index search_results_used on search_results(used_at)',
  `create table search_result_rows (result_id text not null references search_results(id) on delete cascade,
    portion integer not null, numbers text not null, primary key (result_id, portion))`,
  // What is asked of the experiments of a project, subject or session is nearly always asked of one type.
  'drop index experiments_project',
  'create index experiments_project on experiments(project_id, xsi_type)',
  'drop index experiments_subject',
  'create index experiments_subject on experiments(subject_id, xsi_type)',
  'drop index experiments_session',
  'create index experiments_session on experiments(session_id, xsi_type)',
  'create index scans_type on scans(xsi_type)',
  'create index subject_projects_label on subject_projects(label)',
]

import type { GeneratedAlways } from 'kysely'
import type { ArrivalLogsTable, ArrivalsTable, ArrivedFilesTable, ImportsTable } from './arrival-tables.ts'
import type { DicomMappingsTable } from './dicom-tables.ts'
import type { BlobsTable, Document, FilesTable, LeftFilesTable, ResourcesTable } from './file-tables.ts'
import type { SearchTables } from './search-tables.ts'
import type {
  CacheFilesTable,
  CacheFoldersTable,
  InvestigatorsTable,
  LoginsTable,
  ReceiversTable,
  TokensTable,
  UserProjectsTable,
  UsersTable,
} from './user-tables.ts'

/**
 * The tables. Times are text, `yyyy-MM-dd HH:mm:ss.SSS` in UTC, so that both databases compare them alike; flags are
 * 0 or 1; documents are JSON text (`jsonb` on PostgreSQL, read back as text).
 * Beside each table stands the one module that writes it.
 */
export type Tables = SearchTables & {
  /** jobs/due.ts: work that one process does for all, once in a while */
  chores: { name: string; ended_at: string; lease_owner: string | null; lease_until: string | null }
  /** site/settings.ts */
  settings: { name: string; value: string }
  /** site/users.ts */
  users: UsersTable
  /** site/logins.ts */
  logins: LoginsTable
  /** site/tokens.ts */
  tokens: TokensTable
  /** site/receivers.ts */
  receivers: ReceiversTable
  /** archive/projects.ts */
  projects: ProjectsTable
  /** archive/project-words.ts: ids, titles and aliases share one namespace, compared without letter case */
  project_words: { folded: string; project_id: number }
  /** archive/projects.ts: ids of deleted projects */
  burnt_projects: { folded: string; burnt_at: string }
  /** archive/members.ts */
  groups: GroupsTable
  /** archive/members.ts: what a custom group may do with one data type */
  group_rights: GroupRightsTable
  /** archive/members.ts */
  group_members: { group_id: number; user_id: number }
  /** archive/favorites.ts */
  user_projects: UserProjectsTable
  /** archive/investigators.ts */
  investigators: InvestigatorsTable
  /** archive/subjects.ts */
  subjects: SubjectsTable
  /** archive/sharing.ts, archive/foreign-experiments.ts: the projects a subject is seen in, with its label there */
  subject_projects: PlacesTable<'subject_id'>
  /** archive/experiments.ts */
  experiments: ExperimentsTable
  /** archive/sharing.ts */
  experiment_projects: PlacesTable<'experiment_id'>
  /** archive/scans.ts */
  scans: ScansTable
  /** archive/sharing.ts */
  scan_projects: { scan_id: number; project_id: number; label: string | null }
  /** archive/reconstructions.ts */
  reconstructions: ReconstructionsTable
  /** archive/resources.ts */
  resources: ResourcesTable
  /** archive/files.ts */
  files: FilesTable
  /** archive/blobs.ts */
  blobs: BlobsTable
  /** archive/left-files.ts: files whose record was deleted without their bytes */
  left_files: LeftFilesTable
  /** archive/user-cache.ts */
  cache_folders: CacheFoldersTable
  /** archive/user-cache.ts: files that a user put aside, seen by that user alone */
  cache_files: CacheFilesTable
  /** intake/imports.ts: requests that bring files, and their progress */
  imports: ImportsTable
  /** intake/arrivals.ts: what waits to be archived */
  arrivals: ArrivalsTable
  /** intake/arrived-files.ts */
  arrived_files: ArrivedFilesTable
  /** intake/arrival-logs.ts */
  arrival_logs: ArrivalLogsTable
  /** archive/configurations.ts: every version of every entry */
  configurations: ConfigurationsTable
  /** archive/dicom-mappings.ts: attributes of which administrators make fields */
  dicom_mappings: DicomMappingsTable
  /** archive/history.ts */
  events: EventsTable
  /** archive/history.ts: former versions of documents */
  versions: VersionsTable
  /** archive/numbers.ts: how many ids of each kind were ever given out */
  counters: { name: string; value: number }
}

type Recorded = {
  created_at: string
  created_by: string
  modified_at: string
  /** The event that wrote the current version. */
  event_id: number
}

type ProjectsTable = Recorded & {
  id: GeneratedAlways<number>
  /** The project's ID as people write it. */
  name: string
  accessibility: string
  prearchive_code: number
  quarantine_code: number
  current_arc: string
  scan_type_mapping: number
  doc: Document
}

type GroupsTable = {
  id: GeneratedAlways<number>
  project_id: number
  /** The group id, e.g. `P1_owner`. */
  name: string
  display_name: string
  /** owner, member, collaborator or custom. */
  role: string
}

type GroupRightsTable = {
  group_id: number
  xsi_type: string
  can_read: number
  can_create: number
  can_edit: number
  can_delete: number
  can_activate: number
}

type SubjectsTable = Recorded & {
  id: GeneratedAlways<number>
  accession: string
  project_id: number
  /** active, quarantine, locked or obsolete. */
  status: string
  doc: Document
}

type PlacesTable<Key extends string> = { [key in Key]: number } & {
  project_id: number
  /** The label valid in this project. */
  label: string
  /** 1 for the project that owns the record. */
  owner: number
  /** The label given when sharing; null: the owner's label was kept. */
  share_label: string | null
  created_at: string
}

type ExperimentsTable = Recorded & {
  id: GeneratedAlways<number>
  accession: string
  project_id: number
  /** Null for image assessors, which have their session instead. */
  subject_id: number | null
  /** The imaging session of an image assessor. */
  session_id: number | null
  xsi_type: string
  status: string
  doc: Document
}

type ScansTable = Recorded & {
  id: GeneratedAlways<number>
  session_id: number
  scan_id: string
  xsi_type: string
  doc: Document
}

type ReconstructionsTable = Recorded & {
  id: GeneratedAlways<number>
  session_id: number
  reconstruction_id: string
  xsi_type: string
  doc: Document
}

type ConfigurationsTable = {
  id: GeneratedAlways<number>
  /** What it is for, as text: `site`, or `p7` for a project. */
  place: string
  project_id: number | null
  tool: string
  /** Empty: of the tool itself. */
  path: string
  /** Counted from 1 within its entry. */
  version: number
  contents: string
  /** enabled or disabled. */
  status: string
  /** 1: the next contents take its place instead of becoming a version of their own. */
  unversioned: number
  login: string
  reason: string | null
  created_at: string
}

type EventsTable = {
  id: GeneratedAlways<number>
  at: string
  login: string
  action: string
  reason: string | null
  comment: string | null
  type: string
  /** What changed: project, subject, experiment (of a scan or file: its session); setting, with the number 0, of the site. */
  noun: string
  noun_id: number
  /** What was touched below it, for people: `scan 4`, `resource DICOM, a.dcm`. */
  detail: string | null
}

type VersionsTable = {
  id: GeneratedAlways<number>
  noun: string
  noun_id: number
  xsi_type: string
  doc: Document
  from_at: string
  until_at: string
  created_event: number
  modified_event: number
}

import type { GeneratedAlways } from 'kysely'

/** What waits until it is archived (import 2); which module writes each table stands in `db/schema.ts`. */
export type ArrivalsTable = {
  id: GeneratedAlways<number>
  /** `p7` for a project, empty for Unassigned: what unique keys can hold. */
  place: string
  project_id: number | null
  /** Folder name of the moment it came, `yyyyMMdd_HHmmssSSS`. */
  timestamp: string
  folder: string
  /** Label of the session it may become. */
  name: string
  /** Study Instance UID of what came first; empty when it has none. */
  study_uid: string
  /** Empty: objects of the same study, label and place join it; else something of its own, and they do not. */
  slot: string
  /** Label of the subject it may belong to. */
  subject: string
  scan_date: string | null
  scan_time: string | null
  status: string
  /** 1: something came in since the document was made. */
  stale: number
  /** Who works on it, and until when that counts; null: nobody. */
  lease_owner: string | null
  lease_until: string | null
  /** JSON of what is to be done with a queued entry. */
  task: string | null
  uploaded_at: string
  modified_at: string
  /** On whose behalf it is archived when nobody asks. */
  user_id: number | null
  received: number
  filtered: number
  rejected: number
  failed: number
  /** Its own auto-archive code; null: as the project has it. */
  auto_code: number | null
  prevent_anon: number
  prevent_auto_commit: number
  source: string
  visit: string
  protocol: string
  timezone: string
  /** Who sent it and to what, for people, e.g. `CT1@10.0.0.5 to XNAT:8104`. */
  sender: string
  /** JSON of what the sender wants for the archived session: values by XML path, quarantine, triggers. */
  wishes: string
  /** JSON of the session with its scans; null: not built. */
  document: string | null
  /** 1: it is a direct arrival (import 2.10). */
  direct: number
}

export type ArrivedFilesTable = {
  id: GeneratedAlways<number>
  /** Null: it belongs to a request that has not ended. */
  arrival_id: number | null
  import_id: number | null
  /** Which of the sessions of the request it goes to; 0 where there is no request. */
  target: number
  /** Folder of the scan; empty for a resource of the session itself. */
  scan: string
  /** Label of the resource. */
  label: string
  name: string
  /** Bytes. */
  size: number
  blob: string
  md5: string
  crc32: number
  series_uid: string
  sop_class: string
  sop_uid: string
  instance_number: number | null
  /** The name it gets where its own is taken, until it belongs to an arrival; then null. */
  spare: string | null
  /** JSON of the header fields that were kept; null for what is no DICOM object. */
  header: string | null
}

export type ArrivalLogsTable = {
  id: GeneratedAlways<number>
  arrival_id: number
  at: string
  entry: string
}

/** Requests that bring many files, with their progress. */
export type ImportsTable = {
  id: GeneratedAlways<number>
  user_id: number
  /** The id that the caller chose to follow it by; null: none. */
  listener: string | null
  /** running, completed or failed. */
  state: string
  /** JSON list of what a follower is told: status and text. */
  messages: string
  received: number
  filtered: number
  failed: number
  /** Bytes received. */
  bytes: number
  started_at: string
  changed_at: string
  lease_owner: string
  /** A running one whose time is over was broken off. */
  lease_until: string
}

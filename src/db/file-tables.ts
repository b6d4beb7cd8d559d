import type { ColumnType, Generated, GeneratedAlways } from 'kysely'

/** JSON text. */
export type Document = ColumnType<string, string, string>

export type ResourcesTable = {
  id: GeneratedAlways<number>
  /** What the folder hangs on, as text: `p7`, `s7`, `e7`, `c7` (scan) or `r7`; with `/in` or `/out` where it has a direction. */
  parent: string
  project_id: number | null
  subject_id: number | null
  experiment_id: number | null
  scan_id: number | null
  reconstruction_id: number | null
  /** in or out for image assessors and reconstructions, else null. */
  direction: string | null
  label: string | null
  format: string | null
  content: string | null
  description: string | null
  /** JSON list of texts, a named tag as `name=tag`. */
  tags: Document
  file_count: Generated<number>
  /** Bytes. */
  file_size: Generated<number>
  /** 1: an upload left the totals as they were (`update-stats=false`), so that the next change counts anew. */
  uncounted: Generated<number>
  created_at: string
  created_by: string
  event_id: number
}

export type FilesTable = {
  id: GeneratedAlways<number>
  resource_id: number
  path: string
  /** Bytes. */
  size: number
  blob: string
  md5: string
  crc32: number
  format: string | null
  content: string | null
  description: string | null
  tags: Document
  created_at: string
  created_by: string
  created_event: number
  modified_at: string
  modified_by: string | null
  modified_event: number | null
  /** What its header says; null where nobody read it yet, or where it is no DICOM object. */
  sop_class: Generated<string | null>
  sop_uid: Generated<string | null>
  instance_number: Generated<number | null>
}

export type BlobsTable = {
  key: string
  size: number
  /** kept, condemned (named by no row, to be removed later), removing (its bytes are going) or removed (they are gone). */
  state: string
  /** When it came into this state; for removals followed by a random word that tells one from another. */
  since: string
}

export type LeftFilesTable = {
  id: GeneratedAlways<number>
  /** Id of the folder it belonged to; that folder may be gone. */
  resource_id: number
  project: string
  /** Where it was, for people: `MR01/SCANS/1/DICOM/a.dcm`. */
  place: string
  path: string
  size: number
  blob: string
  md5: string
  crc32: number
  format: string | null
  content: string | null
  description: string | null
  tags: Document
  left_at: string
  left_by: string
}

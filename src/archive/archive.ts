import type { Kysely } from 'kysely'
import type { BlobStore } from '../blobs/blob-store.ts'
import type { Database } from '../db/open.ts'
import type { Tables } from '../db/schema.ts'
import { timeText } from '../db/time.ts'
import type { Viewer } from '../model/access.ts'
import type { Dictionary } from '../model/dictionary.ts'

/** Named limits of uploaded containers (resources 10). */
export type ContainerLimits = Readonly<{ maxEntries: number; maxBytes: number; maxRatio: number }>

/** What administrators decide about everything that is imported. */
export type ImportRules = Readonly<{
  fileNameTemplate: string
  seriesFilter: Readonly<{ enabled: boolean; mode: string; text: string }>
  /** What becomes of studies with PET and MR images. */
  petMr: string
  /** Routing rules for projects that come after the standard ones. */
  lastProjectRules: string
}>

/** What administrators may switch and operations must respect; read afresh for every request. */
export type ArchiveRules = Readonly<{
  justificationRequired: boolean
  nonAdminsCreateProjects: boolean
  openProjectsAllowed: boolean
  autoArchiveAllowed: boolean
  defaultAutoArchive: number
  usersListed: 'everybody' | 'administrators'
  deletionPrevented: boolean
  imports: ImportRules
  /** DICOM objects are the same when their SOP Instance UIDs are; else when their files have one name (import 2.8). */
  uidIdentifiesDicom: boolean
  crossModalityMergePrevented: boolean
  /** Groups that may do everything with all data count. */
  dataAdminsAllowed: boolean
  /** Minutes without anything new after which what is received counts as whole (import 2.11). */
  idleMinutes: number
}>

/** Everything the domain operations stand on, opened once. */
export type Archive = Readonly<{
  db: Database
  blobs: BlobStore
  types: Dictionary
  /** What new accession ids begin with, as administrators have it now. */
  siteId: () => string
  /** Ids of deleted projects may be given again. */
  reuseProjectIds: boolean
  limits: ContainerLimits
  rules: () => Promise<ArchiveRules>
  /** A folder on the disk of the blobs for containers that must be whole before they are read. */
  scratch: string
  now: () => Date
}>

/** Why something is changed, as the caller put it (hierarchy 1.11). */
export type Reason = Readonly<{ reason?: string; comment?: string; action?: string; type: string }>

/** Somebody looking at the archive: queries go through `db`. */
export type Scope = Readonly<{ archive: Archive; db: Kysely<Tables>; viewer: Viewer }>

/** A Scope inside one transaction; everything in it carries the same time and reason. */
export type Change = Scope & Readonly<{ why: Reason; at: string }>

export const scopeOf = (archive: Archive, viewer: Viewer): Scope => ({ archive, db: archive.db.reads, viewer })

/**
 * Runs `act` in one transaction; when the promise resolves the change is on disk. The act may run more than once
 * (PostgreSQL asks for another try when two meet), so it must do nothing but query.
 */
export function change<T>(archive: Archive, viewer: Viewer, why: Reason, act: ChangeAct<T>): Promise<T> {
  return archive.db.change((db) => act(changeIn(archive, db, { viewer, why })))
}

/** The same for an act that writes folders, files and what waits in the prearchive only. */
export function changeFiles<T>(archive: Archive, viewer: Viewer, why: Reason, act: ChangeAct<T>): Promise<T> {
  return archive.db.change((db) => act(changeIn(archive, db, { viewer, why })), 'files')
}

type ChangeAct<T> = (change: Change) => Promise<T>

const changeIn = (archive: Archive, db: Kysely<Tables>, by: Pick<Change, 'viewer' | 'why'>): Change => ({
  archive,
  db,
  ...by,
  at: timeText(archive.now()),
})

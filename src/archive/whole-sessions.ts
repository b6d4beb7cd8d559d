import { type RawBuilder, type Selectable, sql } from 'kysely'
import { pause } from '../db/pause.ts'
import { portions, VALUES_PER_STATEMENT } from '../db/portions.ts'
import type { Tables } from '../db/schema.ts'
import { emptyItem, type Item, itemToDocument } from '../model/item.ts'
import { patchOf } from '../model/patch.ts'
import type { Change } from './archive.ts'
import { numbered } from './documents.ts'
import { recountTotals } from './folder-totals.ts'
import { keepVersion } from './history.ts'
import { patched } from './identity.ts'
import type { LocatedExperiment, ScanRow } from './locate.ts'

/** A scan that comes with its session, checked like any other: its ID, and its record. */
export type ComingScan = Readonly<{ id: string; item: Item }>

/** What is written belongs to this session and is filed under this event. */
export type Filed = Readonly<{ session: LocatedExperiment<'edit'>; event: number }>

/**
 * Adds many new scans to a session at once.
 * @returns the row ids by scan ID
 * @throws ArchiveError 'invalid' with one line for each value that its field does not take
 */
export async function insertScans(
  tx: Change,
  { session, event }: Filed,
  scans: readonly ComingScan[],
): Promise<ReadonlyMap<string, number>> {
  const ids = new Map<string, number>()
  for (const portion of portions(await checkedScans(tx, scans))) {
    const rows = portion.map(({ id, item }) => ({
      session_id: session.row.id,
      scan_id: id,
      xsi_type: item.type,
      doc: itemToDocument(tx.archive.types, item),
      created_at: tx.at,
      created_by: tx.viewer.login,
      modified_at: tx.at,
      event_id: event,
    }))
    const made = await tx.db.insertInto('scans').values(rows).returning(['id', 'scan_id']).execute()
    for (const row of made) ids.set(row.scan_id, row.id)
    await pause()
  }
  return ids
}

/** The records as they are stored; whatever inside them has a number of its own gets one, all in one go. */
async function checkedScans(tx: Change, scans: readonly ComingScan[]): Promise<readonly ComingScan[]> {
  const { types } = tx.archive
  const items = scans.map(({ item }) => patched(types, emptyItem(item.type), patchOf(item)).item)
  const { children } = await numbered(tx, { ...emptyItem('xnat:imageSessionData'), children: { 'scans/scan': items } })
  return (children['scans/scan'] ?? []).map(({ id: _, ...item }, at) => ({ id: scans[at]!.id, item }))
}

/** Replaces the document of a scan that got more files. */
export async function replaceScan(
  tx: Change,
  { event }: Filed,
  { stored, item }: Readonly<{ stored: ScanRow; item: Item }>,
): Promise<void> {
  await keepVersion(tx, { noun: 'scan', row: stored, xsiType: stored.xsi_type, endedBy: event })
  const doc = itemToDocument(tx.archive.types, item)
  await tx.db
    .updateTable('scans')
    .set({ doc, modified_at: tx.at, event_id: event })
    .where('id', '=', stored.id)
    .execute()
}

/** A folder that many files are about to come into. */
export type ComingFolder = Readonly<{
  scan: number | undefined
  label: string
  format: string | null
  content: string | null
}>

/** What `resources.parent` says of a folder of a scan, or of the session itself. */
export const folderKey = (session: LocatedExperiment, scan: number | undefined): string =>
  scan === undefined ? `e${session.row.id}` : `c${scan}`

/** Makes folders that are not there yet. @returns the row ids by `parent/label` */
export async function insertFolders(
  tx: Change,
  { session, event }: Filed,
  folders: readonly ComingFolder[],
): Promise<ReadonlyMap<string, number>> {
  const ids = new Map<string, number>()
  for (const portion of portions(folders)) {
    const rows = portion.map(({ scan, label, format, content }) => ({
      parent: folderKey(session, scan),
      experiment_id: scan === undefined ? session.row.id : null,
      scan_id: scan ?? null,
      label,
      format,
      content,
      tags: '[]',
      created_at: tx.at,
      created_by: tx.viewer.login,
      event_id: event,
    }))
    const made = await tx.db.insertInto('resources').values(rows).returning(['id', 'parent', 'label']).execute()
    for (const { id, parent, label } of made) ids.set(`${parent}/${label}`, id)
  }
  return ids
}

/** Files whose blobs are named already, as the columns of a query; the folder's descriptors are theirs too. */
export type FilesQuery = Readonly<{
  folder: number
  event: number
  format: string | null
  content: string | null
  /** Selects path, size, blob, md5, crc32, sop_class, sop_uid, instance_number of at most `limit` from `offset` on. */
  query: (limit: number, offset: number) => RawBuilder<unknown>
  count: number
}>

/** Files of one statement: they are copied inside the database, so that there may be more than values. */
const FILES_PER_STATEMENT = 4 * VALUES_PER_STATEMENT

/** Writes the rows of many files of a folder, whose totals are counted by `countFolders`. */
export async function insertFilesFrom(
  tx: Change,
  { folder, event, format, content, query, count }: FilesQuery,
): Promise<void> {
  for (let offset = 0; offset < count; offset += FILES_PER_STATEMENT) {
    await sql`insert into files (resource_id, path, size, blob, md5, crc32, sop_class, sop_uid, instance_number, format,
        content, description, tags, created_at, created_by, created_event, modified_at, modified_by, modified_event)
      select cast(${folder} as bigint), f.path, f.size, f.blob, f.md5, f.crc32, f.sop_class, f.sop_uid, f.instance_number,
        cast(${format} as text), cast(${content} as text), null, '[]', cast(${tx.at} as text),
        cast(${tx.viewer.login} as text), cast(${event} as bigint), cast(${tx.at} as text), null, null
      from (${query(FILES_PER_STATEMENT, offset)}) as f`.execute(tx.db)
    if (count > FILES_PER_STATEMENT) await pause()
  }
}

/** Removes files that others take the place of. */
export async function dropFiles(tx: Change, ids: readonly number[]): Promise<void> {
  for (const portion of portions(ids)) await tx.db.deleteFrom('files').where('id', 'in', portion).execute()
}

/** Counts the files of folders anew, after they were filled. */
export async function countFolders(tx: Change, folders: readonly number[]): Promise<void> {
  for (const [at, folder] of folders.entries()) {
    await recountTotals(tx, folder)
    if (at % VALUES_PER_STATEMENT === 0) await pause()
  }
}

/** What the header of a file says of its object; `blob` is what was read. */
export type KnownFile = Readonly<{ id: number; blob: string }> &
  Pick<Selectable<Tables['files']>, 'sop_class' | 'sop_uid' | 'instance_number'>

/** Keeps it, where nobody had read the header yet. */
export async function setIdentity(tx: Change, { id, blob, ...known }: KnownFile): Promise<void> {
  // Unless the file was replaced meanwhile.
  await tx.db.updateTable('files').set(known).where('id', '=', id).where('blob', '=', blob).execute()
}

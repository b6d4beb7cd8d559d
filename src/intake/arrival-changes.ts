import { type Archive, type Change, change, type Reason, scopeOf } from '../archive/archive.ts'
import { receiveFiles } from '../archive/arrivals.ts'
import { keepAndName, nameBlobs } from '../archive/blobs.ts'
import { portions } from '../db/portions.ts'
import { refuse } from '../errors.ts'
import type { Viewer } from '../model/access.ts'
import type { IncomingFile } from '../model/incoming-file.ts'
import { checkFilePath } from '../model/label.ts'
import { builtOf, checkScan, locateBuilt, type Spot } from './arrival-contents.ts'
import { logArrival } from './arrival-logs.ts'
import { type ArrivalAddress, lockArrival, refuseLocked } from './arrivals.ts'
import { documentText } from './session-document.ts'

/**
 * Takes a scan out of an entry, with its files and out of its document (import 2.5).
 * @throws ArchiveError 'not-found', 'forbidden', 'conflict' while somebody works on the entry
 */
export function deleteWaitingScan(
  archive: Archive,
  viewer: Viewer,
  why: Reason,
  { at, scan }: Readonly<{ at: ArrivalAddress; scan: string }>,
): Promise<void> {
  return change(archive, viewer, why, async (tx) => {
    const built = builtOf(await lockArrival(tx, at, 'edit'))
    checkScan(built, scan)
    refuseLocked(built.row)
    await tx.db.deleteFrom('arrived_files').where('arrival_id', '=', built.row.id).where('scan', '=', scan).execute()
    const scans = built.document.scans.filter(({ id }) => id !== scan)
    const document = documentText({ ...built.document, scans })
    await tx.db.updateTable('arrivals').set({ document, modified_at: tx.at }).where('id', '=', built.row.id).execute()
    await logArrival(tx, built.row.id, `Scan ${scan} was deleted by ${viewer.login}.`)
  })
}

/**
 * Puts files beside the scans of an entry, in a resource of the session; they travel along when it is archived. What
 * has the same name is replaced.
 * @throws ArchiveError 'not-found', 'forbidden', 'invalid' for a label or path that cannot be, 'conflict' while
 * somebody works on the entry
 */
export async function putWaitingFiles(
  archive: Archive,
  viewer: Viewer,
  why: Reason,
  { at, label, files }: Readonly<{ at: ArrivalAddress; label: string; files: AsyncIterable<IncomingFile> }>,
): Promise<void> {
  const { row } = await locateBuilt(scopeOf(archive, viewer), at, 'edit')
  refuseLocked(row)
  checkedPart('resource', label.includes('/') ? '' : label)
  const { arrivals } = await receiveFiles(archive, files, { isTaken: isNeverTaken, overwrite: true })
  const staged = arrivals.map((arrival) => arrival.staged)
  await keepAndName(archive.db, staged, (removals) =>
    change(archive, viewer, why, async (tx) => {
      await nameBlobs(
        tx,
        staged.map(({ digest }) => digest),
        removals,
      )
      const { row: now } = builtOf(await lockArrival(tx, at, 'edit'))
      refuseLocked(now)
      const paths = arrivals.map(({ path }) => path)
      await removeNamed(tx, now.id, { scan: '', label }, paths)
      const rows = arrivals.map(({ path, staged: { digest } }) => ({
        ...nothingKnown,
        arrival_id: now.id,
        label,
        name: path,
        size: digest.size,
        blob: digest.key,
        md5: digest.md5,
        crc32: digest.crc32,
      }))
      for (const portion of portions(rows)) await tx.db.insertInto('arrived_files').values(portion).execute()
    }),
  )
}

/** Of a file that is no object of a scan. */
const nothingKnown = {
  import_id: null,
  target: 0,
  scan: '',
  series_uid: '',
  sop_class: '',
  sop_uid: '',
  instance_number: null,
  spare: null,
  header: null,
}

async function isNeverTaken(path: string): Promise<false> {
  checkedPart('path', path)
  return false
}

function checkedPart(field: string, text: string): void {
  const because = checkFilePath(text)
  if (because) refuse({ kind: 'invalid', field, because })
}

async function removeNamed(tx: Change, arrival: number, spot: Spot, paths: readonly string[]): Promise<void> {
  for (const portion of portions(paths))
    await tx.db
      .deleteFrom('arrived_files')
      .where('arrival_id', '=', arrival)
      .where('scan', '=', spot.scan)
      .where('label', '=', spot.label)
      .where('name', 'in', portion)
      .execute()
}

/**
 * Deletes a resource of the session of an entry, or one file of it.
 * @throws ArchiveError 'not-found', 'forbidden', 'conflict' while somebody works on the entry
 */
export function deleteWaitingFiles(
  archive: Archive,
  viewer: Viewer,
  why: Reason,
  { at, label, path }: Readonly<{ at: ArrivalAddress; label: string; path?: string }>,
): Promise<void> {
  return change(archive, viewer, why, async (tx) => {
    const { row } = await lockArrival(tx, at, 'edit')
    refuseLocked(row)
    let query = tx.db.deleteFrom('arrived_files').where('arrival_id', '=', row.id).where('scan', '=', '')
    query = query.where('label', '=', label)
    if (path !== undefined) query = query.where('name', '=', path)
    const { numDeletedRows } = await query.executeTakeFirst()
    if (numDeletedRows > 0n) return
    refuse(
      path === undefined
        ? { kind: 'not-found', noun: 'resource', name: label }
        : { kind: 'not-found', noun: 'file', name: path },
    )
  })
}

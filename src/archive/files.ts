import type { Insertable, Selectable } from 'kysely'
import type { Digest, Staged } from '../blobs/blob-store.ts'
import { pacedPortions } from '../db/portions.ts'
import { first, prepared } from '../db/prepared.ts'
import type { Tables } from '../db/schema.ts'
import { refuse } from '../errors.ts'
import type { Viewer } from '../model/access.ts'
import type { ParentAddress } from '../model/address.ts'
import type { IncomingFile } from '../model/incoming-file.ts'
import { checkFilePath } from '../model/label.ts'
import { type Archive, type Change, changeFiles, type Reason, type Scope, scopeOf } from './archive.ts'
import { receiveFiles } from './arrivals.ts'
import { keepAndName, nameBlobs, type Removals } from './blobs.ts'
import { addToTotals, leaveUncounted, type Totals } from './folder-totals.ts'
import {
  columnsOf,
  type Descriptors,
  type Folder,
  fillDescriptors,
  folderForUpload,
  folderTags,
  folderToFill,
  insertFolder,
  tagsOf,
} from './folders.ts'
import { recordEvent } from './history.ts'
import { locateParent, type Parent, withRight } from './parents.ts'
import { touched } from './touched.ts'

export type FileRow = Selectable<Tables['files']>

/** An upload: files for one folder of one parent. */
export type Upload = Readonly<{
  parent: ParentAddress
  /** Label or number; undefined means the parent's first folder. */
  folder: string | undefined
  files: AsyncIterable<IncomingFile>
  /** Replace files whose names are taken. */
  overwrite: boolean
  /** Of each file, and of the folder where it has none yet. */
  described: Descriptors
  /** Leave count and size of a folder that is there already as they are. */
  keepTotals?: boolean
}>

/** What became of an upload: what was refused left nothing behind, duplicates were there before and are untouched. */
export type Uploaded =
  | Readonly<{ refused: true }>
  | Readonly<{ refused: false; stored: number; duplicates: readonly string[] }>

const refused: Uploaded = { refused: true }

/**
 * Stores files, all or none, and makes the folder where it is missing (resources 7). Bytes arrive before a
 * transaction opens; names are looked at before bytes are kept, and again inside.
 * @throws ArchiveError 'not-found' for an unknown parent or folder number, 'invalid' for a path or label that cannot be
 */
export async function putFiles(archive: Archive, viewer: Viewer, why: Reason, upload: Upload): Promise<Uploaded> {
  const scope = scopeOf(archive, viewer)
  const moment = archive.db.moment()
  const parent = withRight(await locateParent(scope, upload.parent, 'read'), 'edit')
  if (!parent) return refused
  const folder = await folderForUpload(scope, parent, upload.folder)
  const isTaken = (path: string): Promise<boolean> => isName(scope, { folder, label: upload.folder }, path)
  const reception = { isTaken, overwrite: upload.overwrite }
  const { arrivals, duplicates } = await receiveFiles(archive, upload.files, reception)
  if (arrivals.length === 0) return { refused: false, stored: 0, duplicates }
  const staged = arrivals.map((arrival) => arrival.staged)
  const write = async (tx: Change, removals: Removals): Promise<Uploaded> => {
    const still = archive.db.isAsAt(moment)
    const at = still ? parent : withRight(await locateParent(tx, upload.parent, 'read'), 'edit')
    if (!at) return refused
    const written = await writeArrivals(tx, { parent: at, upload, arrivals, removals })
    return { refused: false, stored: arrivals.length - written.length, duplicates: [...duplicates, ...written] }
  }
  return keepAndName(archive.db, staged, (removals) => changeFiles(archive, viewer, why, (tx) => write(tx, removals)))
}

/**
 * Why a file cannot have that path in a folder of that label, or undefined when it can: the name under which the
 * original keeps a folder's catalog is nobody's to give (resources 10).
 */
export function pathFault(path: string, label: string | undefined): string | undefined {
  if (label !== undefined && path === `${label}_catalog.xml`)
    return 'A file cannot have the name of the catalog of its folder.'
  return checkFilePath(path)
}

const fileNamed = prepared<{ folder: number; path: string }, FileRow>((db, at, dialect) =>
  dialect.forUpdate(
    db.selectFrom('files').selectAll().where('resource_id', '=', at('folder')).where('path', '=', at('path')),
  ),
)

const brief = (path: string): string => (path.length > 80 ? `${path.slice(0, 80)}…` : path)

type Goal = Readonly<{ folder: Folder | undefined; label: string | undefined }>

/** Whether a file of the folder has that path. @throws ArchiveError 'invalid' when none can have it */
async function isName(scope: Scope, { folder, label }: Goal, path: string): Promise<boolean> {
  const because = pathFault(path, folder?.row.label ?? label)
  // An upload may bring many files: the sentence says which one it is about.
  if (because) refuse({ kind: 'invalid', field: 'path', because: `${brief(path)}: ${because}` })
  return folder !== undefined && (await first(fileNamed, scope.db, { folder: folder.row.id, path })) !== undefined
}

/** Files whose bytes are kept, or are there already. */
type Kept = Readonly<{ path: string; staged: Pick<Staged, 'digest'>; described?: IncomingFile['described'] }>
type Writing = Readonly<{
  parent: Parent<'edit'>
  upload: Pick<Upload, 'folder' | 'described' | 'overwrite' | 'keepTotals'>
  arrivals: readonly Kept[]
  removals: Removals
}>

/** Writes the rows, and the folder where it is missing; returns the paths that are taken, unless they are overwritten. */
export async function writeArrivals(
  tx: Change,
  { parent, upload, arrivals, removals }: Writing,
): Promise<readonly string[]> {
  const { described, overwrite } = upload
  const known = await folderToFill(tx, parent, upload.folder)
  const former = known ? await formerFiles(tx, known, arrivals) : new Map<string, FileRow>()
  const stored = overwrite ? arrivals : arrivals.filter(({ path }) => !former.has(path))
  if (stored.length > 0) {
    await nameBlobs(
      tx,
      stored.map(({ staged }) => staged.digest),
      removals,
    )
    const detail = touched(parent, upload.folder, stored.length === 1 ? stored[0]?.path : `${stored.length} files`)
    const event = await recordEvent(tx, {
      ...holderOf(parent),
      action: former.size > 0 && overwrite ? 'Modified File' : 'Uploaded File',
      detail,
    })
    const tags = folderTags(described.tags)
    const folder =
      known ?? (await insertFolder(tx, { parent, label: upload.folder, described: { ...described, tags }, event }))
    if (known) await fillDescriptors(tx, known, { ...described, tags })
    const totals = await writeFiles(tx, { folder, event, described, former }, stored)
    if (known && upload.keepTotals) await leaveUncounted(tx, folder.row.id)
    else await addToTotals(tx, folder.row.id, totals)
  }
  return overwrite ? [] : arrivals.map(({ path }) => path).filter((path) => former.has(path))
}

const holderOf = ({ holder }: Parent) => ({ noun: holder.noun, id: holder.id })

async function formerFiles(tx: Change, folder: Folder, arrivals: readonly Kept[]): Promise<Map<string, FileRow>> {
  const former = new Map<string, FileRow>()
  const [only] = arrivals
  if (only && arrivals.length === 1) {
    const row = await first(fileNamed, tx.db, { folder: folder.row.id, path: only.path })
    return row ? former.set(row.path, row) : former
  }
  for await (const portion of pacedPortions(arrivals)) {
    const paths = portion.map(({ path }) => path)
    const query = tx.db
      .selectFrom('files')
      .selectAll()
      .where('resource_id', '=', folder.row.id)
      .where('path', 'in', paths)
    // Two that replace the same file must not both subtract its size.
    for (const row of await tx.archive.db.dialect.forUpdate(query).execute()) former.set(row.path, row)
  }
  return former
}

type Target = Readonly<{ folder: Folder; event: number; described: Descriptors; former: ReadonlyMap<string, FileRow> }>

async function writeFiles(tx: Change, target: Target, stored: readonly Kept[]): Promise<Totals> {
  const fresh = stored.filter(({ path }) => !target.former.has(path))
  for await (const portion of pacedPortions(fresh)) await insertFiles(tx, target, portion)
  const replaced = stored.flatMap((file): Replacement[] => {
    const row = target.former.get(file.path)
    return row ? [{ row, file }] : []
  })
  for await (const portion of pacedPortions(replaced)) await replaceFiles(tx, target, portion)
  const bytes = stored.reduce((sum, { staged }) => sum + staged.digest.size, 0)
  return { count: fresh.length, bytes: replaced.reduce((sum, { row }) => sum - row.size, bytes) }
}

async function insertFiles(tx: Change, target: Target, files: readonly Kept[]): Promise<void> {
  const rows = files.map(({ path, staged, described }) => ({
    resource_id: target.folder.row.id,
    path,
    ...bytesOf(staged.digest),
    ...columnsOf({ ...target.described, ...described }),
    created_at: tx.at,
    created_by: tx.viewer.login,
    created_event: target.event,
    modified_at: tx.at,
    modified_by: null,
    modified_event: null,
  }))
  const [only] = rows
  if (only && rows.length === 1) await newFile(tx.db, only)
  else await tx.db.insertInto('files').values(rows).execute()
}

type NewFile = Insertable<Tables['files']>

/** The usual upload brings one file. */
const newFile = prepared<NewFile, unknown>((db, at) =>
  db.insertInto('files').values(Object.fromEntries(newFileColumns.map((name) => [name, at(name)])) as NewFile),
)

const newFileColumns = [
  'resource_id',
  'path',
  'blob',
  'size',
  'md5',
  'crc32',
  'format',
  'content',
  'description',
  'tags',
  'created_at',
  'created_by',
  'created_event',
  'modified_at',
  'modified_by',
  'modified_event',
] as const

const bytesOf = ({ key, size, md5, crc32 }: Digest) => ({ blob: key, size, md5, crc32 })

type Replacement = Readonly<{ row: FileRow; file: Kept }>

async function replaceFiles(tx: Change, target: Target, files: readonly Replacement[]): Promise<void> {
  await tx.db
    .insertInto('files')
    .values(files.map((each) => replacedRow(tx, target, each)))
    .onConflict((on) =>
      on
        .columns(['resource_id', 'path'])
        .doUpdateSet((eb) => Object.fromEntries(replacedColumns.map((name) => [name, eb.ref(`excluded.${name}`)]))),
    )
    .execute()
}

/** Other bytes under the same name: descriptors change only where given, tags are added (resources 7.5). */
function replacedRow(
  tx: Change,
  { event, described }: Target,
  { row, file }: Replacement,
): Insertable<Tables['files']> {
  const { id: _, ...former } = row
  const given = columnsOf({ ...described, ...file.described })
  return {
    ...former,
    ...bytesOf(file.staged.digest),
    // What the former bytes said of themselves.
    sop_class: null,
    sop_uid: null,
    instance_number: null,
    format: given.format ?? row.format,
    content: given.content ?? row.content,
    description: given.description ?? row.description,
    tags: JSON.stringify([...new Set([...tagsOf(row.tags), ...described.tags])]),
    modified_at: tx.at,
    modified_by: tx.viewer.login,
    modified_event: event,
  }
}

const replacedColumns = [
  'blob',
  'size',
  'md5',
  'crc32',
  'sop_class',
  'sop_uid',
  'instance_number',
  'format',
  'content',
  'description',
  'tags',
  'modified_at',
  'modified_by',
  'modified_event',
] as const

import type { Readable } from 'node:stream'
import type { ByteRange, Once, Pump } from '../blobs/blob-store.ts'
import { portions } from '../db/portions.ts'
import { first, prepared } from '../db/prepared.ts'
import { faultOf, refuse } from '../errors.ts'
import type { Viewer } from '../model/access.ts'
import type { ParentAddress } from '../model/address.ts'
import { type Archive, type Scope, scopeOf } from './archive.ts'
import { type Folder, findFolders, foldersOf } from './folders.ts'
import { locateParents, type Parent } from './parents.ts'

/** Where the bytes of a file are; `size` in bytes. */
export type StoredBytes = Readonly<{ path: string; blob: string; size: number }>

/** What an answer with a file needs to know of it. */
export type StoredFile = StoredBytes & Readonly<{ parent: Parent; md5: string; crc32: number; modified_at: string }>

/** Where one file is looked for: in one folder, or without a name in all of the parent's own, the oldest first. */
export type FilePlace = Readonly<{ parent: ParentAddress; folder: string | undefined }>

/** Up to this size, in bytes, a file is answered in one piece. */
export const SMALL_BYTES = 512 * 1024

/**
 * The first of these paths that is a file of the place, or undefined when there is none.
 * @throws ArchiveError 'not-found' for an unknown parent or folder
 */
export async function findFile(
  archive: Archive,
  viewer: Viewer,
  place: FilePlace,
  paths: readonly string[],
): Promise<StoredFile | undefined> {
  const scope = scopeOf(archive, viewer)
  const parents = await locateParents(scope, place.parent, 'read')
  const found = await fileNamed(scope, parents, place.folder, paths)
  if (found) return found
  if (place.folder === undefined) return undefined
  const folders = await findFolders(scope, parents, place.folder)
  if (folders.length === 0) refuse({ kind: 'not-found', noun: 'resource', name: place.folder })
  return undefined
}

const columns = ['f.path', 'f.size', 'f.md5', 'f.crc32', 'f.blob', 'f.modified_at'] as const

type Found = Pick<StoredFile, 'path' | 'size' | 'md5' | 'crc32' | 'blob' | 'modified_at'>

/** What nearly every download asks. */
const fileOfFolder = prepared<{ path: string; parent: string; label: string }, Found>((db, at) =>
  db
    .selectFrom('resources as r')
    .innerJoin('files as f', 'f.resource_id', 'r.id')
    .select(columns)
    .where('r.parent', '=', at('parent'))
    .where('r.label', '=', at('label'))
    .where('f.path', '=', at('path')),
)

async function fileNamed(
  scope: Scope,
  parents: readonly Parent[],
  folder: string | undefined,
  paths: readonly string[],
): Promise<StoredFile | undefined> {
  const [parent] = parents
  const [path] = paths
  if (!parent || path === undefined) return undefined
  if (parents.length === 1 && paths.length === 1 && folder !== undefined && isPlain(folder)) {
    const place = { path, parent: parent.key, label: folder }
    const key = JSON.stringify(['file', parent.key, folder, path])
    const read = () => first(fileOfFolder, scope.db, place)
    const row = await scope.archive.db.rememberFiles(key, read, Boolean)
    return row && { ...row, parent }
  }
  const folders = folder === undefined ? await foldersOf(scope, parents) : await findFolders(scope, parents, folder)
  const rows = await filesAmong(scope, folders, paths)
  // Of several the one of the first parent, then the first of the paths, then the oldest folder.
  for (const at of parents)
    for (const each of paths) {
      const row = rows.find((one) => one.path === each && one.parent === at)
      if (row) return row
    }
  return undefined
}

async function filesAmong(
  scope: Scope,
  folders: readonly Folder[],
  paths: readonly string[],
): Promise<readonly StoredFile[]> {
  const found: StoredFile[] = []
  const byId = new Map(folders.map(({ row, parent }) => [row.id, parent]))
  for (const ids of portions([...byId.keys()])) {
    const rows = await scope.db
      .selectFrom('files as f')
      .select([...columns, 'f.resource_id'])
      .where('f.resource_id', 'in', ids)
      .where('f.path', 'in', paths)
      .orderBy('f.resource_id')
      .execute()
    for (const { resource_id, ...row } of rows) found.push({ ...row, parent: byId.get(resource_id)! })
  }
  return found
}

/** A label and nothing else: no number, list or NULL. */
const isPlain = (folder: string): boolean => !/^\d+$|,|^null$|^\s|\s$/i.test(folder)

/**
 * The bytes of a file, or some of them: as many as its size says, for that was or will be announced to whoever reads.
 * @throws ArchiveError 'not-found' when they are gone from the storage, in part or altogether
 */
export function readFile(archive: Archive, file: StoredBytes, range?: ByteRange): Promise<Readable> {
  return orMissing(file, archive.blobs.read(file.blob, range ?? { start: 0, end: file.size - 1 }))
}

/** The bytes of a file, or some of them, for a long download. @throws ArchiveError 'not-found' as above */
export function pumpFile(archive: Archive, file: StoredBytes, range?: ByteRange): Promise<Pump> {
  return orMissing(file, archive.blobs.pump(file.blob, range ?? { start: 0, end: file.size - 1 }))
}

/** The whole of a file of no more than SMALL_BYTES. @throws ArchiveError 'not-found' as above */
export function readSmallFile(archive: Archive, file: StoredBytes): Promise<Uint8Array> {
  return orMissing(file, archive.blobs.readSmall(file.blob, file.size))
}

/** The same, to be sent once. @throws ArchiveError 'not-found' as above */
export function readFileOnce(archive: Archive, file: StoredBytes): Promise<Once> {
  return orMissing(file, archive.blobs.readOnce(file.blob, file.size))
}

async function orMissing<T>({ path }: Readonly<{ path: string }>, bytes: Promise<T>): Promise<T> {
  try {
    return await bytes
  } catch (error) {
    if (faultOf(error)?.kind !== 'not-found') throw error
    return refuse({ kind: 'not-found', noun: 'file', name: path, because: 'Unable to find file.' }, error)
  }
}

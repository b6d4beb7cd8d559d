import type { Selectable } from 'kysely'
import { portions } from '../db/portions.ts'
import type { Tables } from '../db/schema.ts'
import { type Noun, refuse } from '../errors.ts'
import type { Viewer } from '../model/access.ts'
import type { IncomingFile } from '../model/incoming-file.ts'
import { checkFilePath, checkSoughtPath } from '../model/label.ts'
import { type Archive, type Change, change, type Reason, type Scope, scopeOf } from './archive.ts'
import { type Arrival, receiveFiles } from './arrivals.ts'
import { keepAndName, nameBlobs } from './blobs.ts'
import { forbid } from './locate.ts'

/** A file of the viewer's cache: the folder it lies in, and its path there. */
export type CachePlace = Readonly<{ folder: string; path: string }>

export type CacheFileRow = Selectable<Tables['cache_files']>
type FolderRow = Selectable<Tables['cache_folders']>

const missing = (noun: Noun, name: string): never => refuse({ kind: 'not-found', noun, name })

/** The names of the viewer's folders (hierarchy 7.8). @throws ArchiveError 'forbidden' for guests, as everything here */
export async function listCache(archive: Archive, viewer: Viewer): Promise<readonly string[]> {
  const scope = ownScope(scopeOf(archive, viewer))
  const rows = await scope.db
    .selectFrom('cache_folders')
    .select('name')
    .where('user_id', '=', viewer.id)
    .orderBy('name')
    .execute()
  return rows.map(({ name }) => name)
}

/** The files of one of the viewer's folders, by path. @throws ArchiveError 'not-found' */
export async function listCacheFiles(archive: Archive, viewer: Viewer, name: string): Promise<readonly CacheFileRow[]> {
  const scope = scopeOf(archive, viewer)
  const folder = (await folderNamed(scope, name)) ?? missing('resource', name)
  return scope.db.selectFrom('cache_files').selectAll().where('folder_id', '=', folder.id).orderBy('path').execute()
}

/** One file of the viewer's. @throws ArchiveError 'not-found' */
export function findCacheFile(archive: Archive, viewer: Viewer, place: CachePlace): Promise<CacheFileRow> {
  return cacheFile(scopeOf(archive, viewer), place)
}

/** The same inside a change. @throws ArchiveError 'not-found' */
export async function cacheFile(scope: Scope, { folder, path }: CachePlace): Promise<CacheFileRow> {
  const { id } = (await folderNamed(scope, folder)) ?? missing('resource', folder)
  const [row] = await filesNamed(scope, id, [path])
  return row ?? missing('file', path)
}

/** Makes an empty folder. @throws ArchiveError 'precondition' when it is there already, 'invalid' for its name */
export async function makeCacheFolder(archive: Archive, viewer: Viewer, why: Reason, name: string): Promise<void> {
  checkName(name)
  await change(archive, viewer, why, async (tx) => {
    if (await folderNamed(tx, name))
      refuse({ kind: 'precondition', what: 'resource', because: `There is a resource ${name} already.` })
    await insertFolder(tx, name)
  })
}

/**
 * Stores files, all or none, in a folder that is made where it is missing; what has the same path is replaced.
 * @throws ArchiveError 'invalid' for a name or path that cannot be, and whatever reading the files brings
 */
export async function putCacheFiles(
  archive: Archive,
  viewer: Viewer,
  why: Reason,
  upload: Readonly<{ folder: string; files: AsyncIterable<IncomingFile> }>,
): Promise<void> {
  ownScope(scopeOf(archive, viewer))
  checkName(upload.folder)
  const reception = { isTaken: checkedPath, overwrite: true }
  const { arrivals } = await receiveFiles(archive, upload.files, reception)
  const staged = arrivals.map((arrival) => arrival.staged)
  await keepAndName(archive.db, staged, (removals) =>
    change(archive, viewer, why, async (tx) => {
      const digests = staged.map(({ digest }) => digest)
      await nameBlobs(tx, digests, removals)
      const { id } = (await folderNamed(tx, upload.folder)) ?? (await insertFolder(tx, upload.folder))
      await removeNamed(
        tx,
        id,
        arrivals.map(({ path }) => path),
      )
      await insertFiles(tx, id, arrivals)
    }),
  )
}

/** No path is taken here: what has the same one is replaced. @throws ArchiveError 'invalid' for one that cannot be */
async function checkedPath(path: string): Promise<false> {
  const because = checkFilePath(path)
  if (because) refuse({ kind: 'invalid', field: 'path', because })
  return false
}

/** Deletes a folder with its files; their bytes go with a later sweep. @throws ArchiveError 'not-found' */
export async function deleteCacheFolder(archive: Archive, viewer: Viewer, why: Reason, name: string): Promise<void> {
  await change(archive, viewer, why, async (tx) => {
    const { id } = (await folderNamed(tx, name)) ?? missing('resource', name)
    await tx.db.deleteFrom('cache_folders').where('id', '=', id).execute()
  })
}

/**
 * Deletes one file, or the files of a comma list where no file bears all of it as its name; all or none.
 * @throws ArchiveError 'not-found' when the folder or a file is missing
 */
export async function deleteCacheFiles(
  archive: Archive,
  viewer: Viewer,
  why: Reason,
  { folder, path }: CachePlace,
): Promise<void> {
  await change(archive, viewer, why, async (tx) => {
    const { id } = (await folderNamed(tx, folder)) ?? missing('resource', folder)
    const whole = await filesNamed(tx, id, [path])
    const paths = whole.length > 0 ? [path] : [...new Set(path.split(','))]
    const found = new Set((await filesNamed(tx, id, paths)).map((row) => row.path))
    for (const each of paths) if (!found.has(each)) missing('file', each)
    await removeNamed(tx, id, paths)
  })
}

/** Takes a file out of the cache inside a change; false when it went meanwhile. */
export async function removeCacheFile(tx: Change, { id }: CacheFileRow): Promise<boolean> {
  const gone = await tx.db.deleteFrom('cache_files').where('id', '=', id).returning('id').executeTakeFirst()
  return gone !== undefined
}

/** Guests have no account, so nothing of their own. */
function ownScope<S extends Scope>(scope: S): S {
  return scope.viewer.guest ? forbid(scope, 'user', scope.viewer.login) : scope
}

function folderNamed(scope: Scope, name: string): Promise<FolderRow | undefined> {
  const { db, viewer } = ownScope(scope)
  if (nameFault(name) !== undefined) return Promise.resolve(undefined)
  return db
    .selectFrom('cache_folders')
    .selectAll()
    .where('user_id', '=', viewer.id)
    .where('name', '=', name)
    .executeTakeFirst()
}

async function filesNamed(scope: Scope, folder: number, paths: readonly string[]): Promise<readonly CacheFileRow[]> {
  const found: CacheFileRow[] = []
  const usable = paths.filter((path) => checkSoughtPath(path) === undefined)
  for (const portion of portions(usable)) {
    const query = scope.db.selectFrom('cache_files').selectAll().where('folder_id', '=', folder)
    found.push(...(await query.where('path', 'in', portion).execute()))
  }
  return found
}

async function removeNamed(tx: Change, folder: number, paths: readonly string[]): Promise<void> {
  for (const portion of portions(paths))
    await tx.db.deleteFrom('cache_files').where('folder_id', '=', folder).where('path', 'in', portion).execute()
}

const nameFault = (name: string): string | undefined =>
  name.includes('/') ? 'The name of a resource cannot contain a slash.' : checkFilePath(name)

function checkName(name: string): void {
  const because = nameFault(name)
  if (because) refuse({ kind: 'invalid', field: 'resource', because })
}

function insertFolder(tx: Change, name: string): Promise<FolderRow> {
  const row = { user_id: tx.viewer.id, name, created_at: tx.at }
  return tx.db.insertInto('cache_folders').values(row).returningAll().executeTakeFirstOrThrow()
}

async function insertFiles(tx: Change, folder: number, arrivals: readonly Arrival[]): Promise<void> {
  const rows = arrivals.map(({ path, staged: { digest } }) => ({
    folder_id: folder,
    path,
    size: digest.size,
    blob: digest.key,
    md5: digest.md5,
    crc32: digest.crc32,
    modified_at: tx.at,
  }))
  for (const portion of portions(rows)) await tx.db.insertInto('cache_files').values(portion).execute()
}

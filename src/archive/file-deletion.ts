import { type RawBuilder, sql } from 'kysely'
import { refuse } from '../errors.ts'
import type { Viewer } from '../model/access.ts'
import type { ParentAddress } from '../model/address.ts'
import { checkSoughtPath } from '../model/label.ts'
import { type Archive, type Change, change, type Reason } from './archive.ts'
import { admitDeletion } from './deletion.ts'
import { addToTotals } from './folder-totals.ts'
import { type Folder, findFolder, placeOfFolder } from './folders.ts'
import { recordEvent } from './history.ts'
import { folderName } from './layout.ts'
import { leaveRows } from './left-files.ts'
import { locateParent } from './parents.ts'
import { touched } from './touched.ts'

/** Which files of a folder are to go. */
export type FileRemoval = Readonly<{
  parent: ParentAddress
  folder: string
  /** A file, a directory, or a beginning with `*` at its end; empty for all. */
  path: string
  /** False: the bytes stay, as left files that a refresh brings back. */
  removeFiles: boolean
}>

/**
 * Deletes files and keeps their folder (resources 8.2); their bytes go with a later sweep.
 * @throws ArchiveError 'not-found' for an unknown folder or when nothing matches, 'forbidden', 'invalid'
 */
export async function deleteFiles(archive: Archive, viewer: Viewer, why: Reason, removal: FileRemoval): Promise<void> {
  const path = removal.path.replace(/\/$/, '')
  const because = path === '' ? undefined : checkSoughtPath(path)
  if (because) refuse({ kind: 'invalid', field: 'path', because })
  await change(archive, viewer, why, async (tx) => {
    const folder = await findFolder(tx, await locateParent(tx, removal.parent, 'read'), removal.folder)
    const { holder } = await locateParent(tx, removal.parent, 'delete')
    await admitDeletion(tx, holder)
    const which = await matching(tx, folder, path)
    if (!removal.removeFiles) await leaveRows(tx, { project: holder.project, place: placeOfFolder(folder), which })
    const gone = await tx.db.deleteFrom('files').where(which).returning('size').execute()
    // Another deletion was faster: what it found is gone.
    if (gone.length === 0 && path !== '') noMatch(path)
    await addToTotals(tx, folder.row.id, { count: -gone.length, bytes: -gone.reduce((sum, { size }) => sum + size, 0) })
    const detail = touched(folder.parent, folderName(folder.row), path === '' ? 'all files' : path)
    await recordEvent(tx, { noun: holder.noun, id: holder.id, action: 'Removed File', detail })
  })
}

/** The file of that path; else those of that directory; else, with a star, those that begin so. */
async function matching(tx: Change, { row }: Folder, path: string): Promise<RawBuilder<boolean>> {
  const own = sql<boolean>`resource_id = ${row.id}`
  if (path === '') return own
  const ways = [sql<boolean>`${own} and path = ${path}`, sql<boolean>`${own} and ${startsWith(`${path}/`)}`]
  if (path.endsWith('*')) ways.push(sql<boolean>`${own} and ${startsWith(path.slice(0, -1))}`)
  for (const way of ways) {
    if (await tx.db.selectFrom('files').select('id').where(way).limit(1).executeTakeFirst()) return way
  }
  return noMatch(path)
}

const noMatch = (path: string): never =>
  refuse({ kind: 'not-found', noun: 'file', name: path, because: 'No matched files' })

/** SQL for paths that begin so; lengths count characters, as both databases do. */
export const startsWith = (prefix: string): RawBuilder<boolean> =>
  sql`substr(path, 1, ${[...prefix].length}) = ${prefix}`

import { sql } from 'kysely'
import type { Viewer } from '../model/access.ts'
import type { ParentAddress } from '../model/address.ts'
import { type Archive, type Change, change, type Reason, type Scope, scopeOf } from './archive.ts'
import { addToTotals, recountTotals } from './folder-totals.ts'
import { type Folder, findFolder, foldersOf } from './folders.ts'
import { recordEvent } from './history.ts'
import { folderName } from './layout.ts'
import { forbid } from './locate.ts'
import { locateParent } from './parents.ts'
import { takeBack } from './recovery.ts'
import { withInside } from './resources.ts'
import { touched } from './touched.ts'

/** Files looked up in the storage between two pauses. */
const PAGE_ROWS = 500

/** A parent with all its folders, or one of them. */
export type RefreshTarget = Readonly<{ parent: ParentAddress; folder?: string }>

/** What to do: bring left files back, drop files without bytes, count anew. Checksums are those of every upload. */
export type RefreshOptions = Readonly<{ append: boolean; delete: boolean; populateStats: boolean }>

/**
 * Brings catalogs and storage together again (resources 9.4). A session covers everything inside it.
 * @throws ArchiveError 'not-found', 'forbidden'
 */
export async function refreshCatalogs(
  archive: Archive,
  viewer: Viewer,
  why: Reason,
  wish: RefreshOptions & Readonly<{ targets: readonly RefreshTarget[] }>,
): Promise<void> {
  const scope = scopeOf(archive, viewer)
  const folders: Folder[] = []
  for (const target of wish.targets) folders.push(...(await foldersAt(scope, target)))
  for (const folder of folders) {
    const lost = wish.delete || wish.populateStats ? await lostFiles(scope, folder) : []
    await change(archive, viewer, why, async (tx) => {
      if (wish.append) await takeBack(tx, folder, sql`resource_id = ${folder.row.id}`)
      if (wish.delete) await dropLost(tx, folder, lost)
      if (!wish.populateStats && (!wish.delete || lost.length === 0)) return
      await recountTotals(tx, folder.row.id)
      // What is listed but not there does not count (resources 9.3).
      if (!wish.delete) await addToTotals(tx, folder.row.id, { count: -lost.length, bytes: -sizeOf(lost) })
    })
  }
}

async function foldersAt(scope: Scope, { parent: at, folder }: RefreshTarget): Promise<readonly Folder[]> {
  const parent = await locateParent(scope, at, 'read')
  if (!parent.holder.may('edit')) forbid(scope, parent.holder.noun, parent.holder.name)
  if (folder !== undefined) return [await findFolder(scope, parent, folder)]
  return foldersOf(scope, at.kind === 'experiment' ? await withInside(scope, at.at, ['out', 'in']) : [parent])
}

type Lost = Readonly<{ id: number; blob: string; size: number }>

const sizeOf = (files: readonly Lost[]): number => files.reduce((sum, { size }) => sum + size, 0)

async function dropLost(tx: Change, folder: Folder, lost: readonly Lost[]): Promise<void> {
  if (lost.length === 0) return
  for (const { id, blob } of lost)
    await tx.db.deleteFrom('files').where('id', '=', id).where('blob', '=', blob).execute()
  await recordRefresh(tx, folder, `${lost.length} files without bytes dropped`)
}

/** Files of the folder whose bytes are not in the storage. */
async function lostFiles(scope: Scope, { row }: Folder): Promise<readonly Lost[]> {
  const lost: Lost[] = []
  for (let after = 0; ; ) {
    const page = await scope.db
      .selectFrom('files')
      .select(['id', 'blob', 'size'])
      .where('resource_id', '=', row.id)
      .where('id', '>', after)
      .orderBy('id')
      .limit(PAGE_ROWS)
      .execute()
    for (const file of page) if ((await scope.archive.blobs.size(file.blob)) === undefined) lost.push(file)
    const last = page.at(-1)
    if (!last) return lost
    after = last.id
  }
}

function recordRefresh(tx: Change, { row, parent }: Folder, what: string): Promise<number> {
  const { noun, id } = parent.holder
  return recordEvent(tx, {
    noun,
    id,
    action: 'Refreshed Catalog',
    detail: touched(parent, folderName(row), what),
  })
}

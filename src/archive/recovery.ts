import { type RawBuilder, sql } from 'kysely'
import { portions, VALUES_PER_STATEMENT } from '../db/portions.ts'
import { timeText } from '../db/time.ts'
import { refuse } from '../errors.ts'
import type { Viewer } from '../model/access.ts'
import type { ParentAddress } from '../model/address.ts'
import { type Archive, type Change, change, type Reason } from './archive.ts'
import { recountTotals } from './folder-totals.ts'
import { type Folder, folderForUpload, insertFolder } from './folders.ts'
import { recordEvent } from './history.ts'
import { folderName } from './layout.ts'
import { locateParent } from './parents.ts'
import { touched } from './touched.ts'

/** A file whose record is gone and whose bytes are not; `place` is where the original would have it. */
export type LeftFile = Readonly<{
  id: number
  project: string
  place: string
  size: number
  left_at: string
  left_by: string
}>

/** Left files in pages, oldest first. @param project only those that were in it */
export async function* listLeft(archive: Archive, project?: string): AsyncGenerator<readonly LeftFile[]> {
  for (let after = 0; ; ) {
    const query = archive.db.reads
      .selectFrom('left_files')
      .select(['id', 'project', 'place', 'size', 'left_at', 'left_by'])
      .where('id', '>', after)
      .orderBy('id')
      .limit(VALUES_PER_STATEMENT)
    const page = await (project === undefined ? query : query.where('project', '=', project)).execute()
    const last = page.at(-1)
    if (!last) return
    yield page
    after = last.id
  }
}

/**
 * Makes left files of a folder files of it again, the latest of each path, unless the path has been given since;
 * returns how many.
 * @param which SQL that chooses among the left files
 */
export async function takeBack(tx: Change, folder: Folder, which: RawBuilder<unknown>): Promise<number> {
  const { id } = folder.row
  const { rows } = await sql<{ id: number }>`select max(id) as id from left_files
    where ${which} and path not in (select path from files where resource_id = ${id}) group by path`.execute(tx.db)
  if (rows.length === 0) return 0
  const event = await recordReturn(tx, folder, rows.length)
  for (const portion of portions(rows)) {
    const ids = sql.join(portion.map((row) => row.id))
    await sql`insert into files (resource_id, path, size, blob, md5, crc32, format, content, description, tags,
        created_at, created_by, created_event, modified_at)
      select cast(${id} as bigint), path, size, blob, md5, crc32, format, content, description, tags,
        cast(${tx.at} as text), cast(${tx.viewer.login} as text), cast(${event} as bigint), cast(${tx.at} as text)
      from left_files where id in (${ids}) order by id`.execute(tx.db)
    await sql`delete from left_files where id in (${ids})`.execute(tx.db)
  }
  await recountTotals(tx, id)
  return rows.length
}

function recordReturn(tx: Change, { row, parent }: Folder, count: number): Promise<number> {
  const { noun, id } = parent.holder
  const detail = touched(parent, folderName(row), `${count} files brought back`)
  return recordEvent(tx, { noun, id, action: 'Refreshed Catalog', detail })
}

/** Where left files are to come back to: a folder, made where it is missing. */
export type Return = Readonly<{ ids: readonly number[]; parent: ParentAddress; folder: string }>

/**
 * Brings left files back into a folder; returns how many. Those whose path is taken there stay left files.
 * @throws ArchiveError 'not-found', 'forbidden', 'invalid'
 */
export function restoreLeft(
  archive: Archive,
  viewer: Viewer,
  why: Reason,
  { ids, parent: at, folder: name }: Return,
): Promise<number> {
  if (ids.length === 0) refuse({ kind: 'invalid', field: 'id', because: 'Name the left files to be restored.' })
  return change(archive, viewer, why, async (tx) => {
    const parent = await locateParent(tx, at, 'edit')
    const known = await folderForUpload(tx, parent, name)
    const { noun, id } = parent.holder
    const made = async (): Promise<Folder> => {
      const event = await recordEvent(tx, { noun, id, action: 'Created Resource', detail: touched(parent, name) })
      return insertFolder(tx, { parent, label: name, described: { tags: [] }, event })
    }
    return takeBack(tx, known ?? (await made()), sql`id in (${sql.join(ids)})`)
  })
}

/** Which left files are to be given up: those of these numbers, or all that were left before a point in time. */
export type Purge = Readonly<{ ids: readonly number[] }> | Readonly<{ before: Date }>

/** Gives left files up; their bytes go with a later sweep. Returns how many. */
export async function purgeLeft(archive: Archive, purge: Purge): Promise<number> {
  const gone = await archive.db.change((db) => {
    const query = db.deleteFrom('left_files')
    const chosen =
      'ids' in purge ? query.where('id', 'in', purge.ids) : query.where('left_at', '<', timeText(purge.before))
    return chosen.executeTakeFirst()
  })
  return Number(gone.numDeletedRows)
}

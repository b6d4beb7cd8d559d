import { sql } from 'kysely'
import { prepared } from '../db/prepared.ts'
import type { Change } from './archive.ts'

/** How many files a folder has and how many bytes they are together, or by how much either changes. */
export type Totals = Readonly<{ count: number; bytes: number }>

/** Adds to the totals of a folder; two changes at once both count. */
export async function addToTotals(change: Change, folder: number, { count, bytes }: Totals): Promise<void> {
  if (count === 0 && bytes === 0) return
  const counted = await addition(change.db, { folder, count, bytes })
  if (counted.length === 0) await recountTotals(change, folder)
}

/** Remembers that the totals of a folder are not those of its files until something changes it again. */
export async function leaveUncounted(change: Change, folder: number): Promise<void> {
  await change.db.updateTable('resources').set({ uncounted: 1 }).where('id', '=', folder).execute()
}

const addition = prepared<{ folder: number; count: number; bytes: number }, { id: number }>((db, at) =>
  db
    .updateTable('resources')
    .set((eb) => ({ file_count: eb('file_count', '+', at('count')), file_size: eb('file_size', '+', at('bytes')) }))
    .where('id', '=', at('folder'))
    .where('uncounted', '=', 0)
    .returning('id'),
)

/** Counts the files of a folder anew. */
export async function recountTotals(change: Change, folder: number): Promise<void> {
  const files = sql`from files where files.resource_id = resources.id`
  await change.db
    .updateTable('resources')
    .set({
      file_count: sql<number>`(select count(*) ${files})`,
      file_size: sql<number>`(select cast(coalesce(sum(files.size), 0) as bigint) ${files})`,
      uncounted: 0,
    })
    .where('id', '=', folder)
    .execute()
}

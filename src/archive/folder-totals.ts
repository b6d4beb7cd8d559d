import { sql } from 'kysely'
import type { Change } from './archive.ts'

/** How many files a folder has and how many bytes they are together, or by how much either changes. */
export type Totals = Readonly<{ count: number; bytes: number }>

/** Adds to the totals of a folder; two changes at once both count. */
export async function addToTotals(change: Change, folder: number, { count, bytes }: Totals): Promise<void> {
  if (count === 0 && bytes === 0) return
  await change.db
    .updateTable('resources')
    .set((eb) => ({ file_count: eb('file_count', '+', count), file_size: eb('file_size', '+', bytes) }))
    .where('id', '=', folder)
    .execute()
}

/** Counts the files of a folder anew. */
export async function recountTotals(change: Change, folder: number): Promise<void> {
  const files = sql`from files where files.resource_id = resources.id`
  await change.db
    .updateTable('resources')
    .set({
      file_count: sql<number>`(select count(*) ${files})`,
      file_size: sql<number>`(select cast(coalesce(sum(files.size), 0) as bigint) ${files})`,
    })
    .where('id', '=', folder)
    .execute()
}

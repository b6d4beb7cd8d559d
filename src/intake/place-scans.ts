import type { Change } from '../archive/archive.ts'
import type { Draft } from './draft.ts'

/** Objects move to the folder of the scan that they turned out to belong to (import 3.6). */
export async function placeScans(tx: Change, arrival: number, { scans }: Pick<Draft, 'scans'>): Promise<void> {
  const folders = await tx.db
    .selectFrom('arrived_files')
    .select(['series_uid', 'scan'])
    .distinct()
    .where('arrival_id', '=', arrival)
    .where('header', 'is not', null)
    .execute()
  const ids = new Map(scans.map(({ series, id }) => [series, id]))
  for (const { series_uid: series, scan } of folders) {
    const id = ids.get(series)
    if (id === undefined || id === scan) continue
    await tx.db
      .updateTable('arrived_files')
      .set({ scan: id })
      .where('arrival_id', '=', arrival)
      .where('scan', '=', scan)
      .where('series_uid', '=', series)
      .execute()
  }
}

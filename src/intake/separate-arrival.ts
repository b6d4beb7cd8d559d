import type { Change } from '../archive/archive.ts'
import type { ProjectRow } from '../archive/locate.ts'
import { experimentByLabel } from '../archive/located-rows.ts'
import { portions } from '../db/portions.ts'
import { first } from '../db/prepared.ts'
import { logArrival } from './arrival-logs.ts'
import { freeSlot } from './arrival-slots.ts'
import type { ArrivalRow } from './arrivals.ts'
import type { Draft, OpenDraft } from './draft.ts'
import { petMrParts } from './petmr-parts.ts'
import { placeScans } from './place-scans.ts'
import { namedScans } from './scan-names.ts'
import { documentOfDraft, documentText } from './session-document.ts'

/** The headers of an entry, read, and the project whose rules hold for it; undefined for Unassigned. */
export type Drafting = Readonly<{ project: ProjectRow | undefined; open: OpenDraft }>

/**
 * Takes an entry with PET and MR images apart into one entry for each, in one change (import 9): afterwards there are
 * the two, built, and the entry itself is gone.
 * @param row the entry, locked
 * @returns the two entries; none where nothing is to be taken apart, and nothing has changed then
 */
export async function separateArrival(
  tx: Change,
  row: ArrivalRow,
  { project, open, draft }: Drafting & Readonly<{ draft: Draft }>,
): Promise<readonly ArrivalRow[]> {
  // Without a project nobody says what becomes of it.
  if (!project) return []
  const parts = await petMrParts(draft, (label) => isTaken(tx, { project: project.id, place: row.place, label }))
  const entries: ArrivalRow[] = []
  for (const part of parts) {
    const drafted = await namedScans(tx, project, open.finish(part))
    const entry = await insertPart(tx, entries.length === 0 ? row : { ...row, ...nothingUntaken }, drafted)
    await takeObjects(tx, { from: row.id, to: entry.id, series: [...part.series] })
    await placeScans(tx, entry.id, drafted)
    await logArrival(tx, entry.id, `Separated from ${row.timestamp}/${row.folder}.`, ...drafted.log)
    entries.push(entry)
  }
  const [mr] = entries
  if (!mr) return []
  // What belongs to no series, such as notes beside the images, stays with the MR session.
  await tx.db.updateTable('arrived_files').set({ arrival_id: mr.id }).where('arrival_id', '=', row.id).execute()
  await tx.db.deleteFrom('arrivals').where('id', '=', row.id).execute()
  return entries
}

/** Objects that were not taken are counted once. */
const nothingUntaken = { filtered: 0, rejected: 0, failed: 0 }

type Wanted = Readonly<{ project: number; place: string; label: string }>

async function isTaken(tx: Change, { project, place, label }: Wanted): Promise<boolean> {
  if (await first(experimentByLabel, tx.db, { project, label })) return true
  const waiting = await tx.db
    .selectFrom('arrivals')
    .select('id')
    .where('place', '=', place)
    .where('name', '=', label)
    .executeTakeFirst()
  return waiting !== undefined
}

async function insertPart(tx: Change, row: ArrivalRow, draft: Draft): Promise<ArrivalRow> {
  const { id: _, ...columns } = row
  const name = draft.label
  const { folder, slot } = await freeSlot(tx, { ...row, name, folder: name, direct: 0 })
  return tx.db
    .insertInto('arrivals')
    .values({
      ...columns,
      name,
      folder,
      slot,
      status: 'READY',
      stale: 0,
      // Also what would go past the prearchive goes through it (import 2.10).
      direct: 0,
      lease_owner: null,
      lease_until: null,
      task: null,
      modified_at: tx.at,
      received: draft.scans.reduce((sum, { instances }) => sum + instances, 0),
      document: documentText(documentOfDraft(draft)),
    })
    .returningAll()
    .executeTakeFirstOrThrow()
}

type Taking = Readonly<{ from: number; to: number; series: readonly string[] }>

async function takeObjects(tx: Change, { from, to, series }: Taking): Promise<void> {
  for (const portion of portions(series))
    await tx.db
      .updateTable('arrived_files')
      .set({ arrival_id: to })
      .where('arrival_id', '=', from)
      .where('header', 'is not', null)
      .where('series_uid', 'in', portion)
      .execute()
}

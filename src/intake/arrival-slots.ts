import type { Change, Scope } from '../archive/archive.ts'
import { first, prepared } from '../db/prepared.ts'
import { type ArrivalRow, arrivalAt } from './arrivals.ts'

/** What objects that join one entry have in common. */
export type StudyKey = Readonly<{ place: string; study: string; name: string; slot: string }>

/** Objects of one kind of entry meet in the same slot. */
export const slotOf = (direct: number): string => (direct ? 'direct' : '')

/** The entry in a slot. */
export const openStudy = prepared<StudyKey, Pick<ArrivalRow, 'id' | 'status'>>((db, at) =>
  db
    .selectFrom('arrivals')
    .select(['id', 'status'])
    .where('place', '=', at('place'))
    .where('study_uid', '=', at('study'))
    .where('name', '=', at('name'))
    .where('slot', '=', at('slot')),
)

/** `yyyyMMdd_HHmmssSSS`, UTC (import 2.1). */
export const stampOf = (now: Date): string =>
  now
    .toISOString()
    .replaceAll(/[-:.Z]/g, '')
    .replace('T', '_')

/** The label, or with `_1`, `_2` … where the same moment brought another one (import 2.1). */
export async function freeFolder(tx: Scope, place: string, timestamp: string, label: string): Promise<string> {
  for (let number = 0; ; number++) {
    const folder = number === 0 ? label : `${label}_${number}`
    if (!(await first(arrivalAt, tx.db, { place, timestamp, folder }))) return folder
  }
}

/** Folder and slot under which an entry can lie at a place: its own where they are free there. */
export async function freeSlot(tx: Change, at: SlotOwner): Promise<Readonly<{ folder: string; slot: string }>> {
  const { place, timestamp, name } = at
  const folder = (await first(arrivalAt, tx.db, { place, timestamp, folder: at.folder }))
    ? await freeFolder(tx, place, timestamp, name)
    : at.folder
  return { folder, slot: await openSlot(tx, { ...at, folder }) }
}

/** The slot in which objects of the study meet, where no other entry has it; else one of its own. */
export async function openSlot(
  tx: Scope,
  { place, timestamp, folder, name, study_uid, direct, id }: SlotOwner,
): Promise<string> {
  const slot = slotOf(direct)
  const holder = await first(openStudy, tx.db, { place, study: study_uid, name, slot })
  return holder && holder.id !== id ? `${timestamp}/${folder}` : slot
}

type SlotOwner = Pick<ArrivalRow, 'id' | 'place' | 'timestamp' | 'folder' | 'name' | 'study_uid' | 'direct'>

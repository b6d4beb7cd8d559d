import { type Archive, type Change, change, type Reason, scopeOf } from '../archive/archive.ts'
import type { LocatedProject } from '../archive/locate.ts'
import { timeText } from '../db/time.ts'
import type { Viewer } from '../model/access.ts'
import type { Table } from '../model/table.ts'
import { listChosen } from './arrival-list.ts'
import { openSlot } from './arrival-slots.ts'
import { type ArrivalState, isClosed } from './arrival-states.ts'
import { type ArrivalAddress, type ArrivalRow, checkPlaces, lockArrival, refuseLocked } from './arrivals.ts'
import type { Task } from './work.ts'

/** What is to be done with several entries, one after the other (import 2.6). */
export type Errand =
  | Readonly<{ kind: 'move'; to: LocatedProject }>
  | Readonly<{ kind: 'delete' }>
  /** `overrideLock` takes entries also that say somebody works on them, once nobody has for a while. */
  | Readonly<{ kind: 'rebuild'; overrideLock: boolean }>

const stateFor: Readonly<Record<Errand['kind'], ArrivalState>> = {
  move: 'QUEUED_MOVING',
  delete: 'QUEUED_DELETING',
  rebuild: 'QUEUED_BUILDING',
}

/**
 * Puts entries into the queue, all or none.
 * @returns their rows as they stand there
 * @throws ArchiveError 'not-found', 'forbidden', 'conflict' while somebody works on one of them
 */
export async function queueErrand(
  archive: Archive,
  viewer: Viewer,
  why: Reason,
  { places, errand }: Readonly<{ places: readonly ArrivalAddress[]; errand: Errand }>,
): Promise<Table> {
  const ids = await change(archive, viewer, why, async (tx) => {
    await checkPlaces(tx, places)
    const ids = new Set<number>()
    for (const at of places) {
      const { row } = await lockArrival(tx, at, 'edit')
      if (ids.has(row.id)) continue
      const leased = row.lease_until !== null && row.lease_until >= timeText(archive.now())
      if (errand.kind !== 'rebuild' || !errand.overrideLock || leased) refuseLocked(row)
      await enqueue(tx, row, { state: stateFor[errand.kind], task: taskOf(viewer, errand) })
      ids.add(row.id)
    }
    return [...ids]
  })
  return listChosen(scopeOf(archive, viewer), ids)
}

/** Puts an entry that is locked by this change into the queue; what comes in from now on meets it in its slot, or not. */
export async function enqueue(
  tx: Change,
  row: ArrivalRow,
  { state, task }: Readonly<{ state: ArrivalState; task: Task }>,
): Promise<void> {
  // It is about to go elsewhere, or away: what comes in now makes an entry of its own (import 2.2).
  const slot = isClosed(state) ? `${row.timestamp}/${row.folder}` : await openSlot(tx, row)
  await tx.db
    .updateTable('arrivals')
    .set({ status: state, slot, task: JSON.stringify(task), lease_owner: null, lease_until: null })
    .where('id', '=', row.id)
    .execute()
}

function taskOf(viewer: Viewer, errand: Errand): Task {
  if (errand.kind === 'move') return { user: viewer.id, project: errand.to.row.name }
  // A person asked for the build: nothing is archived after it.
  return errand.kind === 'rebuild' ? { user: viewer.id, rebuild: true } : { user: viewer.id }
}

import { type Archive, change, type Reason, scopeOf } from '../archive/archive.ts'
import type { LocatedProject } from '../archive/locate.ts'
import { timeText } from '../db/time.ts'
import { refuse } from '../errors.ts'
import type { Viewer } from '../model/access.ts'
import type { Table } from '../model/table.ts'
import { listChosen } from './arrival-list.ts'
import { type ArrivalState, isLocked } from './arrival-states.ts'
import { type ArrivalAddress, locateArrival } from './arrivals.ts'
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
    const ids: number[] = []
    for (const at of places) {
      const { row } = await locateArrival(tx, at, 'edit')
      const name = `${at.timestamp}/${at.folder}`
      const leased = row.lease_until !== null && row.lease_until >= timeText(archive.now())
      if (isLocked(row.status) && !(errand.kind === 'rebuild' && errand.overrideLock && !leased))
        refuse({
          kind: 'conflict',
          noun: 'arrival',
          name,
          because: `The prearchive entry ${name} is locked: ${row.status}.`,
        })
      const columns = { status: stateFor[errand.kind], task: JSON.stringify(taskOf(viewer, errand)) }
      await tx.db
        .updateTable('arrivals')
        .set({ ...columns, lease_owner: null, lease_until: null })
        .where('id', '=', row.id)
        .execute()
      ids.push(row.id)
    }
    return ids
  })
  return listChosen(scopeOf(archive, viewer), ids)
}

function taskOf(viewer: Viewer, errand: Errand): Task {
  if (errand.kind === 'move') return { user: viewer.id, project: errand.to.row.name }
  // A person asked for the build: nothing is archived after it.
  return errand.kind === 'rebuild' ? { user: viewer.id, rebuild: true } : { user: viewer.id }
}

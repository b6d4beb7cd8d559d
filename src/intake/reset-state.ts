import { type Archive, change, type Reason } from '../archive/archive.ts'
import { timeText } from '../db/time.ts'
import { refuse } from '../errors.ts'
import type { Viewer } from '../model/access.ts'
import { logArrival } from './arrival-logs.ts'
import { type ArrivalState, workingStates } from './arrival-states.ts'
import { type ArrivalAddress, type ArrivalRow, locateArrival } from './arrivals.ts'

/** Sets the state of an entry to what its document says: READY with one, RECEIVING without (import 2.5). */
export function resetState(archive: Archive, viewer: Viewer, why: Reason, at: ArrivalAddress): Promise<void> {
  return put(archive, viewer, why, { at, state: ({ document }) => (document === null ? 'RECEIVING' : 'READY') })
}

/** Sets the state of an entry by hand. @throws ArchiveError 'conflict' while somebody works on it */
export function setState(
  archive: Archive,
  viewer: Viewer,
  why: Reason,
  { at, state }: Readonly<{ at: ArrivalAddress; state: ArrivalState }>,
): Promise<void> {
  return put(archive, viewer, why, { at, state: () => state })
}

type Putting = Readonly<{ at: ArrivalAddress; state: (row: ArrivalRow) => ArrivalState }>

function put(archive: Archive, viewer: Viewer, why: Reason, { at, state }: Putting): Promise<void> {
  return change(archive, viewer, why, async (tx) => {
    const { row } = await locateArrival(tx, at, 'edit')
    const busy = (workingStates as readonly string[]).includes(row.status)
    if (busy && (row.lease_until ?? '') >= timeText(archive.now()))
      refuse({ kind: 'conflict', noun: 'arrival', name: row.folder, because: `The entry is locked: ${row.status}.` })
    await tx.db
      .updateTable('arrivals')
      .set({ status: state(row), task: null, lease_owner: null, lease_until: null })
      .where('id', '=', row.id)
      .where('status', '=', row.status)
      .execute()
    await logArrival(tx, row.id, `Status set to ${state(row)} by ${viewer.login}.`)
  })
}

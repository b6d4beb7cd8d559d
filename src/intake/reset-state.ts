import { type Archive, change, type Reason } from '../archive/archive.ts'
import { timeText } from '../db/time.ts'
import { refuse } from '../errors.ts'
import type { Viewer } from '../model/access.ts'
import { logArrival } from './arrival-logs.ts'
import { openSlot } from './arrival-slots.ts'
import { type ArrivalState, restingStates } from './arrival-states.ts'
import { type ArrivalAddress, type ArrivalRow, lockArrival, refuseLocked } from './arrivals.ts'

/** Sets the state of an entry to what its document says: READY with one, RECEIVING without (import 2.5). */
export function resetState(archive: Archive, viewer: Viewer, why: Reason, at: ArrivalAddress): Promise<void> {
  return put(archive, viewer, why, { at, state: ({ document }) => (document === null ? 'RECEIVING' : 'READY') })
}

/**
 * Sets the state of an entry by hand.
 * @throws ArchiveError 'conflict' while somebody works on it, 'invalid' for a state that comes only with work
 */
export async function setState(
  archive: Archive,
  viewer: Viewer,
  why: Reason,
  { at, state }: Readonly<{ at: ArrivalAddress; state: string }>,
): Promise<void> {
  const known = restingStates.find((one) => one === state)
  if (known) return put(archive, viewer, why, { at, state: () => known })
  const because = `An entry cannot be given the status ${state}: write one of ${restingStates.join(', ')}.`
  return refuse({ kind: 'invalid', field: 'status', because })
}

type Putting = Readonly<{ at: ArrivalAddress; state: (row: ArrivalRow) => ArrivalState }>

function put(archive: Archive, viewer: Viewer, why: Reason, { at, state }: Putting): Promise<void> {
  return change(archive, viewer, why, async (tx) => {
    const { row } = await lockArrival(tx, at, 'edit')
    // What somebody works on is theirs while they show that they do; what only waits for its turn is taken out.
    if (row.lease_until !== null && row.lease_until >= timeText(archive.now())) refuseLocked(row)
    const status = state(row)
    const slot = await openSlot(tx, row)
    await tx.db
      .updateTable('arrivals')
      .set({ status, slot, task: null, lease_owner: null, lease_until: null })
      .where('id', '=', row.id)
      .execute()
    await logArrival(tx, row.id, `Status set to ${status} by ${viewer.login}.`)
  })
}

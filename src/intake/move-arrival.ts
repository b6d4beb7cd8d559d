import { type Archive, change, type Reason } from '../archive/archive.ts'
import type { LocatedProject } from '../archive/locate.ts'
import type { Viewer } from '../model/access.ts'
import { logArrival } from './arrival-logs.ts'
import { freeSlot } from './arrival-slots.ts'
import type { ArrivalAddress } from './arrivals.ts'
import { claimed, claimedRow } from './claims.ts'

export type MoveRequest = Readonly<{ id: number; to: LocatedProject; queued?: true }>

/**
 * Hands an entry to another project: nothing but its row changes. It has to be built again there.
 * @returns its new address
 * @throws ArchiveError 'conflict' when it is locked
 */
export function moveArrival(
  archive: Archive,
  viewer: Viewer,
  why: Reason,
  { id, to, queued }: MoveRequest,
): Promise<ArrivalAddress> {
  return claimed(archive, viewer, { id, work: 'MOVING', ...(queued ? { queued } : {}) }, (claim) =>
    change(archive, viewer, why, async (tx) => {
      const row = await claimedRow(tx, claim)
      const place = `p${to.row.id}`
      const { folder, slot } = await freeSlot(tx, { ...row, place })
      await tx.db
        .updateTable('arrivals')
        .set({
          place,
          project_id: to.row.id,
          folder,
          slot,
          status: row.document === null ? 'RECEIVING' : 'READY',
          // Types of scans and mappings are those of the project.
          stale: 1,
          lease_owner: null,
          lease_until: null,
          task: null,
          modified_at: tx.at,
        })
        .where('id', '=', id)
        .execute()
      await logArrival(tx, id, `Moved to project ${to.row.name} by ${viewer.login}.`)
      return { project: to.row.name, timestamp: row.timestamp, folder }
    }),
  )
}

/** Drops an entry with all that waits in it; the bytes go with a later sweep. @throws ArchiveError 'conflict' when it is locked */
export function deleteArrival(
  archive: Archive,
  viewer: Viewer,
  why: Reason,
  { id, queued }: Omit<MoveRequest, 'to'>,
): Promise<void> {
  return claimed(archive, viewer, { id, work: 'DELETING', ...(queued ? { queued } : {}) }, (claim) =>
    change(archive, viewer, why, async (tx) => {
      await claimedRow(tx, claim)
      await tx.db.deleteFrom('arrivals').where('id', '=', id).execute()
    }),
  )
}

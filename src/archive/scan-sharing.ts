import { refuse } from '../errors.ts'
import type { Viewer } from '../model/access.ts'
import type { ScanAddress } from '../model/address.ts'
import { type Archive, type Change, change, type Reason } from './archive.ts'
import { recordEvent } from './history.ts'
import {
  forbid,
  type LocatedProject,
  type LocatedScan,
  locateScan,
  locateSession,
  mayInProject,
  orNothing,
} from './locate.ts'
import { addPlace, targetProject } from './sharing.ts'

/**
 * Shows one scan in another project too; its session is shared there first, without its other scans (scans 6.6).
 * @param wish `target` is the ID or an alias of the other project
 * @throws ArchiveError 'nothing-sent' (no such session or scan), 'not-found' (project), 'forbidden', 'conflict' (there already)
 */
export function shareScan(
  archive: Archive,
  viewer: Viewer,
  why: Reason,
  wish: { at: ScanAddress; target: string },
): Promise<void> {
  return change(archive, viewer, why, async (tx) => {
    if (viewer.guest) forbid(tx, 'scan', wish.at.scan)
    const scan = await scanToShare(tx, wish.at)
    const target = await targetProject(tx, wish.target)
    const { session } = scan
    if (!mayInProject(tx, target, session.row.xsi_type, 'create')) forbid(tx, 'project', wish.target)
    await refuseSharedTwice(tx, scan, target, wish.target)
    if (!session.places.some((place) => place.project.id === target.row.id)) {
      await addPlace(tx, 'experiment', session.row.id, { project: target.row.id, label: session.place.label })
    }
    await tx.db
      .insertInto('scan_projects')
      .values({ scan_id: scan.row.id, project_id: target.row.id, label: null })
      .execute()
    const detail = `scan ${scan.row.scan_id}, ${target.row.name}`
    await recordEvent(tx, { noun: 'experiment', id: session.row.id, action: 'Configured Project Sharing', detail })
  })
}

async function scanToShare(tx: Change, at: ScanAddress): Promise<LocatedScan> {
  const missing = (noun: string) => refuse({ kind: 'nothing-sent', field: noun, because: `Could not load ${noun}` })
  const scan = await orNothing(locateScan(tx, at, 'read'))
  if (scan) return scan
  return (await orNothing(locateSession(tx, at, 'read'))) ? missing('scan') : missing('session')
}

async function refuseSharedTwice(
  tx: Change,
  { row, session }: LocatedScan,
  target: LocatedProject,
  asked: string,
): Promise<void> {
  const share = await tx.db
    .selectFrom('scan_projects')
    .select('scan_id')
    .where('scan_id', '=', row.id)
    .where('project_id', '=', target.row.id)
    .executeTakeFirst()
  if (!share && session.owner.id !== target.row.id) return
  refuse({ kind: 'conflict', noun: 'scan', name: row.scan_id, because: `Already assigned to project: ${asked}` })
}

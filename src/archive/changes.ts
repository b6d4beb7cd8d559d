import type { Viewer } from '../model/access.ts'
import type { ExperimentAddress } from '../model/address.ts'
import { type Archive, scopeOf } from './archive.ts'
import { isoTime } from './documents.ts'
import { locateExperiment } from './locate.ts'

/** One entry of an experiment's history. */
export type ChangeEntry = Readonly<{
  id: number
  /** ISO 8601, UTC. */
  date: string
  user: string
  action: string
  type: string
  reason: string
  comment: string
  detail: string
}>

/** Who changed the experiment or anything below it, when and why; oldest first (hierarchy 1.11). */
export async function listChanges(
  archive: Archive,
  viewer: Viewer,
  at: ExperimentAddress,
): Promise<readonly ChangeEntry[]> {
  const scope = scopeOf(archive, viewer)
  const found = await locateExperiment(scope, at, 'read')
  const rows = await scope.db
    .selectFrom('events')
    .selectAll()
    .where('noun', '=', 'experiment')
    .where('noun_id', '=', found.row.id)
    .orderBy('id')
    .execute()
  return rows.map((row) => ({
    id: row.id,
    date: isoTime(row.at),
    user: row.login,
    action: row.action,
    type: row.type,
    reason: row.reason ?? '',
    comment: row.comment ?? '',
    detail: row.detail ?? '',
  }))
}

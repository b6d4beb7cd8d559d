import type { Viewer } from '../model/access.ts'
import type { ExperimentAddress } from '../model/address.ts'
import type { Item } from '../model/item.ts'
import { patchOf } from '../model/patch.ts'
import { type Archive, type Reason, scopeOf } from './archive.ts'
import { putExperiment } from './experiments.ts'
import { locateExperiment } from './locate.ts'
import { mappedScanType } from './scan-types.ts'
import { isCalled } from './scans.ts'

/**
 * Gives the scans of a session that nobody named a type, as an import would have (import 4.8).
 * @throws ArchiveError 'not-found', 'forbidden'
 */
export async function fixScanTypes(
  archive: Archive,
  viewer: Viewer,
  why: Reason,
  at: ExperimentAddress,
): Promise<void> {
  const scope = scopeOf(archive, viewer)
  const { row, owner } = await locateExperiment(scope, at, 'edit')
  const rows = await scope.db
    .selectFrom('scans')
    .select(['scan_id', 'xsi_type', 'doc'])
    .where('session_id', '=', row.id)
    .orderBy('id')
    .execute()
  const named: Item[] = []
  for (const { scan_id, xsi_type, doc } of rows) {
    const known = JSON.parse(doc) as { type?: string; series_description?: string; frames?: number }
    if (isCalled(known.type)) continue
    const type = await mappedScanType(scope, owner, {
      description: known.series_description,
      frames: known.frames ?? 0,
    })
    named.push({ type: xsi_type, fields: { ID: scan_id, type }, children: {} })
  }
  if (named.length === 0) return
  const document: Item = { type: row.xsi_type, fields: {}, children: { 'scans/scan': named } }
  await putExperiment(archive, viewer, why, { home: { segment: row.accession }, patch: patchOf(document) })
}

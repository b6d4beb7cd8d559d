import type { Scope } from '../archive/archive.ts'
import type { ProjectRow } from '../archive/locate.ts'
import { mappedScanType } from '../archive/scan-types.ts'
import type { Item } from '../model/item.ts'
import type { Draft, DraftScan } from './draft.ts'

/**
 * A draft whose scans all have a type: what headers and request leave open, scans of the project with the same
 * description tell (import 4.8).
 * @param project undefined where the session belongs to none yet
 */
export async function namedScans(scope: Scope, project: ProjectRow | undefined, draft: Draft): Promise<Draft> {
  const scans: DraftScan[] = []
  for (const scan of draft.scans) {
    const { fields } = scan.item
    if (fields['type'] !== undefined) scans.push(scan)
    else {
      const type = await nameOf(scope, project, scan)
      scans.push({ ...scan, item: { ...scan.item, fields: { ...fields, type } } })
    }
  }
  const session: Item = {
    ...draft.session,
    children: { ...draft.session.children, 'scans/scan': scans.map(({ item }) => item) },
  }
  return { ...draft, scans, session }
}

async function nameOf(scope: Scope, project: ProjectRow | undefined, scan: DraftScan): Promise<string> {
  const { description, frames } = scan
  if (project) return mappedScanType(scope, project, { description, frames })
  return description || 'unknown'
}

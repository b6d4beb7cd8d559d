import type { Item } from '../model/item.ts'
import type { Scope } from './archive.ts'
import { type Columns, formerVersions, resourceItems, storedItem, withChildren } from './documents.ts'
import type { ExperimentRow, LocatedScan, ScanRow } from './locate.ts'

/** What a scan must know of its imaging session. */
type Session = Pick<ExperimentRow, 'id' | 'accession'>

/** The fields of a scan that its document does not hold. @param project ID of the project that owns the session */
export const scanColumns = (row: ScanRow, session: Session, project: string): Columns => ({
  ID: row.scan_id,
  image_session_ID: session.accession,
  project,
})

/**
 * Every scan of a session as a whole record with its folders and shares, in order of creation.
 * @param project ID of the project that owns the session
 */
export async function scanItems(scope: Scope, session: Session, project: string): Promise<Item[]> {
  const rows = await scope.db
    .selectFrom('scans')
    .selectAll()
    .where('session_id', '=', session.id)
    .orderBy('id')
    .execute()
  return wholeItems(scope, rows, { session, project })
}

/** One scan as a whole record, and its former versions for those who ask for them. */
export async function scanItem(
  scope: Scope,
  { row, session }: LocatedScan,
): Promise<{ item: Item; history: () => Promise<Item[]> }> {
  const project = session.owner.name
  const [item] = await wholeItems(scope, [row], { session: session.row, project })
  return { item: item!, history: () => formerVersions(scope, 'scan', row, scanColumns(row, session.row, project)) }
}

type Home = Readonly<{ session: Session; project: string }>

async function wholeItems(scope: Scope, rows: readonly ScanRow[], { session, project }: Home): Promise<Item[]> {
  if (rows.length === 0) return []
  const folders = await resourceItems(
    scope.db,
    rows.map((row) => `c${row.id}`),
    project,
  )
  const shares = await shareItems(scope, session, rows.length === 1 ? rows[0]!.id : undefined)
  return rows.map((row) =>
    withChildren(storedItem(row.xsi_type, row, scanColumns(row, session, project)), {
      'sharing/share': shares.get(row.id) ?? [],
      file: folders.get(`c${row.id}`) ?? [],
    }),
  )
}

/** The projects that scans of a session are shared into, by scan. */
async function shareItems(
  scope: Scope,
  session: Session,
  only: number | undefined,
): Promise<ReadonlyMap<number, Item[]>> {
  const all = scope.db
    .selectFrom('scan_projects as h')
    .innerJoin('scans as c', 'c.id', 'h.scan_id')
    .innerJoin('projects as p', 'p.id', 'h.project_id')
    .select(['h.scan_id', 'p.name', 'h.label'])
    .where('c.session_id', '=', session.id)
    .orderBy('h.project_id')
  const rows = await (only === undefined ? all : all.where('h.scan_id', '=', only)).execute()
  const found = new Map<number, Item[]>()
  for (const { scan_id, name, label } of rows) {
    const fields: Item['fields'] = label === null ? { project: name } : { label, project: name }
    found.set(scan_id, [...(found.get(scan_id) ?? []), { type: 'xnat:imageScanData_share', fields, children: {} }])
  }
  return found
}

import { type RawBuilder, sql } from 'kysely'
import { portions } from '../db/portions.ts'
import type { Item } from '../model/item.ts'
import type { Scope } from './archive.ts'
import { type Columns, formerVersions, resourceItems, storedItem, withChildren } from './documents.ts'
import type { LocatedScan, ScanRow } from './locate.ts'

/** What a scan must know of its imaging session; `project` is the ID of the project that owns it. */
type Home = Readonly<{ id: number; accession: string; project: string }>

/** The fields of a scan that its document does not hold. */
const scanColumns = (row: ScanRow, { accession, project }: Home): Columns => ({
  ID: row.scan_id,
  image_session_ID: accession,
  project,
})

/** Every scan of these sessions as a whole record with its folders and shares, by session, in order of creation. */
export async function scanItems(scope: Scope, sessions: readonly Home[]): Promise<ReadonlyMap<number, Item[]>> {
  const found = new Map<number, Item[]>()
  for (const portion of portions(sessions)) {
    const ids = portion.map(({ id }) => id)
    const rows = await scope.db.selectFrom('scans').selectAll().where('session_id', 'in', ids).orderBy('id').execute()
    const shares = await shareItems(scope, sql<boolean>`c.session_id in (${sql.join(ids)})`)
    for (const [id, items] of await wholeItems(scope, rows, { homes: portion, shares })) found.set(id, items)
  }
  return found
}

/** One scan as a whole record, and its former versions for those who ask for them. */
export async function scanItem(
  scope: Scope,
  { row, session }: LocatedScan,
): Promise<{ item: Item; history: () => Promise<Item[]> }> {
  const { id, accession } = session.row
  const home = { id, accession, project: session.owner.name }
  const shares = await shareItems(scope, sql<boolean>`h.scan_id = ${row.id}`)
  const items = await wholeItems(scope, [row], { homes: [home], shares })
  return { item: items.get(id)![0]!, history: () => formerVersions(scope, 'scan', row, scanColumns(row, home)) }
}

type Known = Readonly<{ homes: readonly Home[]; shares: ReadonlyMap<number, Item[]> }>

/** Scans as records, by session. */
async function wholeItems(
  scope: Scope,
  rows: readonly ScanRow[],
  { homes, shares }: Known,
): Promise<ReadonlyMap<number, Item[]>> {
  const byId = new Map(homes.map((home) => [home.id, home]))
  const homeOf = (row: ScanRow): Home => byId.get(row.session_id)!
  const folders = await resourceItems(scope.db, new Map(rows.map((row) => [`c${row.id}`, homeOf(row).project])))
  const items = new Map<number, Item[]>(homes.map(({ id }) => [id, []]))
  for (const row of rows) {
    const item = withChildren(storedItem(row.xsi_type, row, scanColumns(row, homeOf(row))), {
      'sharing/share': shares.get(row.id) ?? [],
      file: folders.get(`c${row.id}`) ?? [],
    })
    items.get(row.session_id)!.push(item)
  }
  return items
}

/** The projects that scans are shared into, by scan. @param which SQL that chooses scans (`c`) or shares (`h`) */
async function shareItems(scope: Scope, which: RawBuilder<boolean>): Promise<ReadonlyMap<number, Item[]>> {
  const rows = await scope.db
    .selectFrom('scan_projects as h')
    .innerJoin('scans as c', 'c.id', 'h.scan_id')
    .innerJoin('projects as p', 'p.id', 'h.project_id')
    .select(['h.scan_id', 'p.name', 'h.label'])
    .where(which)
    .orderBy('h.project_id')
    .execute()
  const found = new Map<number, Item[]>()
  for (const { scan_id, name, label } of rows) {
    const fields: Item['fields'] = label === null ? { project: name } : { label, project: name }
    found.set(scan_id, [...(found.get(scan_id) ?? []), { type: 'xnat:imageScanData_share', fields, children: {} }])
  }
  return found
}

import { type RawBuilder, sql } from 'kysely'
import { refuse } from '../errors.ts'
import type { Table } from '../model/table.ts'
import type { Scope } from './archive.ts'
import { locateProject, type ProjectRow } from './locate.ts'
import { visibleSql } from './visibility.ts'

/** What the lists of types and scanners can be asked for, by the name of the original's table in lower case. */
const scanTables: Readonly<Record<string, string>> = {
  xnat_mrscandata: 'xnat:mrScanData',
  xnat_petscandata: 'xnat:petScanData',
}
const sessionTables: Readonly<Record<string, string>> = {
  xnat_mrsessiondata: 'xnat:mrSessionData',
  xnat_petsessiondata: 'xnat:petSessionData',
  xnat_ctsessiondata: 'xnat:ctSessionData',
}

/** Which records are looked at: those of one table, of one project (shares included) or of all that are readable. */
export type Looked = Readonly<{ project?: string; table?: string }>

/**
 * Every type of scan in readable sessions, with the descriptions of its series (scans 6.1).
 * @throws ArchiveError 'not-found' (project), 'forbidden' (another table)
 */
export async function listScanTypes(scope: Scope, { project, table = 'xnat_mrScanData' }: Looked): Promise<Table> {
  const xsiType = typeOf(scanTables, table)
  const { jsonText } = scope.archive.db.dialect
  const [type, description] = [jsonText(sql.ref('c.doc'), ['type']), jsonText(sql.ref('c.doc'), ['series_description'])]
  const found = await sql<{ type: string; description: string | null }>`
    select distinct ${type} as type, ${description} as description
    from ${await readable(scope, project)} join scans c on c.session_id = e.id
    where c.xsi_type = ${xsiType} and ${type} is not null and ${visibleSql(scope, 'experiment', undefined)}
    order by 1, 2`.execute(scope.db)
  const descriptions = new Map<string, string>()
  for (const row of found.rows) {
    const before = descriptions.get(row.type) ?? ''
    descriptions.set(row.type, row.description === null ? before : `${before}${row.description},`)
  }
  const rows = [...descriptions].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, list]) => [list, name])
  return tableOf(['series_descriptions', 'type'], rows, 'Scan Types')
}

/** Every scanner that readable sessions of one kind name (scans 6.1). @throws ArchiveError 'not-found', 'forbidden' */
export async function listScanners(scope: Scope, { project, table = 'xnat_mrSessionData' }: Looked): Promise<Table> {
  const xsiType = typeOf(sessionTables, table)
  const scanner = scope.archive.db.dialect.jsonText(sql.ref('e.doc'), ['scanner'])
  const found = await sql<{
    scanner: string
  }>`select distinct ${scanner} as scanner from ${await readable(scope, project)}
    where e.xsi_type = ${xsiType} and ${scanner} is not null and ${visibleSql(scope, 'experiment', undefined)}`.execute(
    scope.db,
  )
  return tableOf(['scanner'], found.rows.map((row) => [row.scanner]).sort(), 'Scanners')
}

function typeOf(tables: Readonly<Record<string, string>>, table: string): string {
  const type = tables[table.toLowerCase()]
  return type ?? refuse({ kind: 'forbidden', noun: 'path', name: table, because: `There is no such list of ${table}.` })
}

/** Every experiment once: of the site, or of a project that the viewer may see. */
async function readable(scope: Scope, project: string | undefined): Promise<RawBuilder<unknown>> {
  if (project === undefined) return sql`experiments e`
  const { row } = await locateProject(scope, { project }, 'read')
  return sql`experiments e join experiment_projects l on l.experiment_id = e.id and l.project_id = ${row.id}`
}

const tableOf = (names: readonly string[], rows: readonly string[][], title: string): Table => ({
  columns: names.map((key) => ({ key, kind: 'string' as const })),
  rows,
  metadata: { totalRecords: String(rows.length), title },
})

/** What the headers of a series say that its type can be found by. */
export type Series = Readonly<{ description: string | undefined; frames: number }>

/** Sessions of a project, newest first, in which scans with the same description are looked for. */
const SESSIONS_ASKED = 2000

/**
 * The type of a scan that nobody named (import 4.8): what other scans of the project with the same description are
 * called where the project wants that, else the description itself; `unknown` without one.
 * @param project the project that owns the session
 */
export async function mappedScanType(
  scope: Scope,
  project: ProjectRow,
  { description, frames }: Series,
): Promise<string> {
  if (description === undefined || description === '') return 'unknown'
  if (project.scan_type_mapping === 0) return description
  const { rows } = await alikeSql(scope, project.id, normalised(description)).execute(scope.db)
  const alike = rows.find((row) => row.frames !== null && Number(row.frames) === frames)
  return (alike ?? rows[0])?.type ?? description
}

const normalised = (description: string): string => description.replaceAll(/[ _*-]/g, '').toUpperCase()

/** What scans with that description are called, those that came first at first; the index `scans_description` has them. */
export function alikeSql(
  { archive }: Scope,
  project: number,
  description: string,
): RawBuilder<{ type: string; frames: string | null }> {
  const field = (name: string) => archive.db.dialect.jsonText(sql.ref('c.doc'), [name])
  const bare = [' ', '_', '-', '*'].reduce<RawBuilder<unknown>>(
    (text, sign) => sql`replace(${text}, ${sql.lit(sign)}, '')`,
    field('series_description'),
  )
  return sql`
    select ${field('type')} as type, cast(${field('frames')} as text) as frames, min(c.id) as first
    from (select id from experiments where project_id = ${project} order by id desc limit ${sql.lit(SESSIONS_ASKED)}) e
    join scans c on c.session_id = e.id and upper(${bare}) = ${description}
    where lower(${field('type')}) <> 'unknown'
    group by 1, 2 order by 3`
}

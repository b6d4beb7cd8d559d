import { type RawBuilder, sql } from 'kysely'
import { refuse } from '../errors.ts'
import type { Cell, Column, Table } from '../model/table.ts'
import type { XmlPath } from '../model/xml-path.ts'
import type { Scope } from './archive.ts'
import { filterSql } from './list-filters.ts'
import { type FieldSource, type Joins, type ListedField, listedField, type Root } from './listed-fields.ts'
import { joinedVisibleSql, visibleSql } from './visibility.ts'

/** A column as the caller will see it, and the path it comes from. */
export type AskedColumn = Readonly<{ header: string; path: XmlPath }>
export type AskedFilter = Readonly<{ path: XmlPath; value: string }>
export type Page = Readonly<{ limit: number; offset: number }>

export type Listing = Readonly<{
  root: Root
  /** Only records of this type and those derived from it. */
  rootType: string
  columns: readonly AskedColumn[]
  filters: readonly AskedFilter[]
  /** The project through which the records are seen: its members and shares, under its labels. */
  project?: number
  subject?: number
  /** The imaging session whose assessors are listed, also those that `project` does not see. */
  session?: number
  /** A further condition of the noun's own. */
  only?: RawBuilder<boolean>
  page?: Page
  metadata?: Table['metadata']
}>

const homes: Readonly<Record<Root, string>> = { project: 'projects', subject: 'subjects', experiment: 'experiments' }

/**
 * The records a viewer may see, as one query (hierarchy 1.5): columns and filters across joined types, in order of
 * creation. The last column is `URI`; without a page, `totalRecords` tells the number of rows.
 * @throws ArchiveError 'invalid' for a column whose path no type has
 */
export async function listRecords(scope: Scope, listing: Listing): Promise<Table> {
  const joins: Joins = new Map()
  const { dialect } = scope.archive.db
  const source: FieldSource = {
    dialect,
    types: scope.archive.types,
    root: listing.root,
    rootType: listing.rootType,
    joins,
    readable: (alias) => joinedVisibleSql(scope, listing.root, alias),
  }
  checkExtent(listing)
  const fields = listing.columns.map((column) => fieldOf(source, column))
  const conditions = [...narrowing(scope, listing), visibleSql(scope, listing.root, listing.project)]
  for (const { path, value } of listing.filters) {
    const field = filteredField(source, path) ?? unlessForeign(source, path)
    if (field && value !== '') conditions.push(filterSql(dialect, field, { path, value }))
  }
  checkSpread(joins)
  const selected = [...fields.map((field) => field.expression), identity(listing.root)].map(
    (one, at) => sql`${one} as ${sql.ref(`c${at}`)}`,
  )
  const query = sql<
    Record<string, Cell>
  >`select ${sql.join(selected)} from ${origin(listing)} ${sql.join([...joins.values()], sql` `)}
    where ${sql.join(conditions, sql` and `)} order by ${sql.join(orderOf(listing.root, joins))}
    ${listing.page ? sql`limit ${listing.page.limit} offset ${listing.page.offset}` : sql``}`
  const { rows } = await query.execute(scope.db)
  return tableOf(listing, fields, rows)
}

/** What one statement can hold in either database, and nobody needs more of. */
const MAX_COLUMNS = 500
const MAX_FILTERS = 100

function checkExtent({ columns, filters }: Listing): void {
  if (columns.length > MAX_COLUMNS)
    refuse({ kind: 'invalid', field: 'columns', because: `A list cannot have more than ${MAX_COLUMNS} columns.` })
  if (filters.length > MAX_FILTERS)
    refuse({ kind: 'invalid', field: 'filters', because: `A list cannot have more than ${MAX_FILTERS} filters.` })
}

/**
 * Rows repeat once per entry of a list inside the record. Two such lists would multiply, without bounds.
 * Entries of lists inside scans repeat the scans themselves.
 */
function checkSpread(joins: Joins): void {
  const lists = [...joins.keys()].filter((alias) => alias.includes(':') || alias in repeating)
  const spread = lists.some((alias) => alias.startsWith('c:')) ? lists.filter((alias) => alias !== 'c') : lists
  if (spread.length < 2) return
  const because = 'Columns and filters of one table can name the entries of one list only; ask for the others apart.'
  refuse({ kind: 'invalid', field: 'columns', because })
}

function fieldOf(source: FieldSource, column: AskedColumn): ListedField {
  return (
    listedField(source, column.path) ??
    refuse({ kind: 'invalid', field: 'columns', because: `No field is known under the path ${column.header}.` })
  )
}

/** A filter on a field that no row has would be passed over, and show what was to be left out. */
function unlessForeign({ types }: FieldSource, path: XmlPath): undefined {
  // Parameters of something else may have a slash in their name, too.
  if (!types.findFolded(path.type)) return undefined
  const name = `${path.type}/${path.steps.map((step) => step.name).join('/')}`
  return refuse({ kind: 'invalid', field: 'filter', because: `No field is known under the path ${name}.` })
}

/** A subject is found by the label its owner gave it, also in lists that show the one of a share (hierarchy 4.1). */
function filteredField(source: FieldSource, path: XmlPath): ListedField | undefined {
  const bySubjectLabel =
    source.root === 'subject' && path.steps.length === 1 && path.steps[0]?.name.toLowerCase() === 'label'
  if (!bySubjectLabel) return listedField(source, path)
  const owned = sql`(select ol.label from subject_projects ol where ol.subject_id = s.id and ol.owner = 1)`
  return { expression: owned, kind: 'string' }
}

const rootAlias: Readonly<Record<Root, string>> = { project: 'p', subject: 's', experiment: 'e' }

/** What repeats the row of a record, as tables: scans, assessors, folders, shares. */
const repeating = { c: 'c.id', a: 'a.id', 'c:resources': 'cf.id', 'e:resources': 'ef.id', 's:resources': 'sf.id' }
const shares = { eh: 'ehp.id', sh: 'shp.id' }

/** Records in order of creation, and likewise what repeats their rows. */
const orderOf = (root: Root, joins: Joins): RawBuilder<unknown>[] =>
  [`${rootAlias[root]}.id`]
    .concat(Object.entries({ ...repeating, ...shares }).flatMap(([join, id]) => (joins.has(join) ? [id] : [])))
    .map((id) => sql.ref(id))

const identity = (root: Root): RawBuilder<unknown> =>
  sql.ref(root === 'project' ? 'p.name' : `${rootAlias[root]}.accession`)

function origin({ root, project, session }: Listing): RawBuilder<unknown> {
  if (root === 'project') return sql`projects p`
  const place = placeOf(project, session !== undefined)
  if (root === 'subject') {
    return sql`subject_projects l join subjects s on s.id = l.subject_id and ${place}
      join projects p on p.id = l.project_id join projects op on op.id = s.project_id`
  }
  return sql`experiment_projects l join experiments e on e.id = l.experiment_id and ${place} join projects p on p.id = l.project_id`
}

/** The place that each record is shown in: that project or, where it is not `lenient`, the owner. */
const placeOf = (project: number | undefined, lenient: boolean): RawBuilder<unknown> => {
  if (project === undefined) return sql`l.owner = 1`
  if (!lenient) return sql`l.project_id = ${project}`
  return sql`(l.project_id = ${project} or l.owner = 1 and not exists (select 1 from experiment_projects q
    where q.experiment_id = e.id and q.project_id = ${project}))`
}

function narrowing(scope: Scope, listing: Listing): RawBuilder<unknown>[] {
  const conditions: RawBuilder<unknown>[] = []
  if (listing.root === 'experiment' && listing.rootType !== 'xnat:experimentData') {
    const types = [...scope.archive.types.types.values()].filter((type) => type.lineage.includes(listing.rootType))
    conditions.push(sql`e.xsi_type in (${sql.join(types.map((type) => sql.lit(type.name)))})`)
  }
  if (listing.subject !== undefined) conditions.push(sql`e.subject_id = ${listing.subject}`)
  if (listing.session !== undefined) conditions.push(sql`e.session_id = ${listing.session}`)
  if (listing.only) conditions.push(listing.only)
  return conditions
}

function tableOf(listing: Listing, fields: readonly ListedField[], rows: readonly Record<string, Cell>[]): Table {
  const columns: Column[] = listing.columns.map((column, at) => ({ key: column.header, kind: fields[at]!.kind }))
  const last = `c${fields.length}`
  const home = homes[listing.root]
  return {
    columns: [...columns, { key: 'URI', kind: 'string' }],
    rows: rows.map((row) => [...fields.map((field, at) => cellOf(field, row[`c${at}`])), `/data/${home}/${row[last]}`]),
    metadata: { ...listing.metadata, ...(listing.page ? {} : { totalRecords: String(rows.length) }) },
  }
}

/** Both drivers' idea of a value, as the field's kind has it. */
export function cellOf(field: Pick<ListedField, 'kind' | 'stamp'>, value: Cell | undefined): Cell {
  if (value === null || value === undefined || value === '') return null
  if (field.stamp) return stampText(String(value))
  if (field.kind === 'integer' || field.kind === 'float')
    return Number.isNaN(Number(value)) ? String(value) : Number(value)
  if (field.kind === 'boolean') return value === true || value === 1 || value === 'true' || value === '1'
  return String(value)
}

/** A stored time as tables show it: `yyyy-MM-dd HH:mm:ss.S`, no more digits of the second than needed. */
export const stampText = (stored: string): string => stored.replace(/(\.\d+?)0+$/, '$1')

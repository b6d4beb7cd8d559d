import { type RawBuilder, sql } from 'kysely'
import { pause } from '../db/pause.ts'
import type { ShownColumn } from './search-columns.ts'
import { type Level, type Node, type SearchSource, typeIn } from './search-nodes.ts'
import type { SearchValue } from './search-values.ts'
import { visibleAs } from './visibility.ts'

/**
 * Which rows a search found, in order: `width` numbers each, those of the records that make a row; 0 for none. They
 * are all that is held of a result; cells are read page by page.
 */
export type RowKeys = Readonly<{ width: number; flat: readonly number[] }>

/** How many rows these are. */
export const rowCount = ({ width, flat }: RowKeys): number => flat.length / width

/** How rows are sorted. */
export type Order = Readonly<{ value: SearchValue; descending: boolean }>
/** A search as it is run. */
export type Plan = Readonly<{
  source: SearchSource
  shown: readonly ShownColumn[]
  order: readonly Order[]
  condition: RawBuilder<boolean>
}>

export const rowTables: Readonly<Record<Level, RawBuilder<unknown>>> = {
  project: sql`projects p`,
  subject: sql`subjects s`,
  experiment: sql`experiments e`,
  // A cross join is SQLite's word for this order: each session's rights are looked at once, not for each of its scans.
  scan: sql`experiments e cross join scans c`,
}

/** The numbers that make a row: scans after their session, so that its rights are looked at once. */
function keyColumns({ root, chain }: SearchSource): readonly RawBuilder<number>[] {
  const own = root.level === 'scan' ? ['e', 'c'] : [root.alias]
  return [
    ...own.map((alias) => sql.ref<number>(`${alias}.id`)),
    ...chain.map(({ alias }) => sql<number>`coalesce(${sql.ref(`${alias}.id`)}, 0)`),
  ]
}

export function joinText({ link }: Node, on?: RawBuilder<unknown>): RawBuilder<unknown> {
  const { from, paired, inner, key, where } = link!
  return sql`left join ${paired ? sql`(${from})` : from} on ${on ?? sql`${inner} = ${key}`} ${where ? sql`and ${where}` : sql``}`
}

/** Records beside the row that have one at most, each once. */
export function singlesOf(values: readonly SearchValue[]): readonly Node[] {
  const nodes = new Map<string, Node>()
  for (const { node } of values) if (node.link && !node.many) nodes.set(node.alias, node)
  return [...nodes.values()]
}

/** What the viewer may see of the rows at all. */
export function readableSql({ scope, root }: SearchSource): RawBuilder<boolean> {
  return root.level === 'project' || root.level === 'subject'
    ? visibleAs(scope, root.level, root.alias)
    : visibleAs(scope, 'experiment', 'e')
}

/** Rows of the type that is searched, and of those derived from it. */
function ofType({ scope, root }: SearchSource): RawBuilder<boolean> {
  const { name } = root.type
  if (root.level === 'project' || root.level === 'subject') return sql<boolean>`1 = 1`
  const every = name === 'xnat:imageScanData' || name === 'xnat:experimentData'
  const typed = every ? sql<boolean>`1 = 1` : typeIn(scope, root.alias, name)
  return root.level === 'scan' ? sql<boolean>`c.session_id = e.id and ${typed}` : typed
}

type KeyRow = Readonly<Record<string, number>>

function keysQuery(plan: Plan, more: RawBuilder<unknown>, end: RawBuilder<unknown>): RawBuilder<KeyRow> {
  const { source, order, condition } = plan
  const keys = keyColumns(source).map((key, at) => sql`${key} as ${sql.ref(`k${at}`)}`)
  const joins = [...source.chain, ...singlesOf(order.map(({ value }) => value))].map((node) => joinText(node))
  return sql<KeyRow>`select ${sql.join(keys)} from ${rowTables[source.root.level]} ${sql.join(joins, sql` `)}
    where ${ofType(source)} and ${more} and ${condition} and ${readableSql(source)} ${end}`
}

const byKeys = (plan: Plan): readonly RawBuilder<unknown>[] =>
  keyColumns(plan.source).map((_, at) => sql`${sql.ref(`k${at}`)}`)

/**
 * The rows that fit, in the order asked for, else by their numbers. Without an order the numbers are gone through range
 * by range where a statement blocks, and other requests have their turn between two of them.
 */
export function findKeys(plan: Plan): Promise<RowKeys> {
  return plan.order.length > 0 ? sortedKeys(plan) : keysByRanges(plan)
}

async function sortedKeys(plan: Plan): Promise<RowKeys> {
  const terms = plan.order.flatMap((order) => orderTerms(plan, order))
  const end = sql`order by ${sql.join([...terms, ...byKeys(plan)])}`
  const { rows } = await keysQuery(plan, sql`1 = 1`, end).execute(plan.source.scope.db)
  return { width: keyColumns(plan.source).length, flat: numbersOf(plan, rows) }
}

/** Numbers by size, texts by their characters' codes, empty ones last, as all tables sort (scans 2.5). */
function orderTerms({ source }: Plan, { value, descending }: Order): readonly RawBuilder<unknown>[] {
  const { dialect } = source.scope.archive.db
  const { expression, kind } = value
  const numeric = kind === 'integer' || kind === 'float'
  const sorted = numeric ? dialect.number(expression) : dialect.byCode(sql`cast(${expression} as text)`)
  const way = descending ? sql`desc` : sql`asc`
  return [sql`(${expression} is null) ${way}`, sql`${sorted} ${way}`]
}

/** Numbers in the first range. */
const FIRST_RANGE = 2000
const MIN_RANGE = 100
/** How long a statement should take: a range that took less than half of that is doubled, one that took more is halved. */
const STATEMENT_MS = 16

async function keysByRanges(plan: Plan): Promise<RowKeys> {
  const { scope, root } = plan.source
  const id = keyColumns(plan.source)[0]!
  const table = root.level === 'scan' ? sql`experiments e` : rowTables[root.level]
  const found = await sql<{ last: number | null }>`select max(${id}) as last from ${table}`.execute(scope.db)
  const last = Number(found.rows[0]?.last ?? 0)
  const flat: number[] = []
  for (let [from, range] = [0, scope.archive.db.dialect.blocks ? FIRST_RANGE : last]; from < last; ) {
    const began = performance.now()
    const to = from + range
    const within = sql`${id} > ${from} and ${id} <= ${to}`
    const { rows } = await keysQuery(plan, within, sql`order by ${sql.join(byKeys(plan))}`).execute(scope.db)
    for (const number of numbersOf(plan, rows)) flat.push(number)
    from = to
    range = nextRange(range, performance.now() - began)
    await pause()
  }
  return { width: keyColumns(plan.source).length, flat }
}

function nextRange(range: number, ms: number): number {
  if (ms < STATEMENT_MS / 2) return range * 2
  return ms > STATEMENT_MS ? Math.max(MIN_RANGE, Math.floor(range / 2)) : range
}

/** The keys of rows, one after the other. */
function numbersOf(plan: Plan, rows: readonly KeyRow[]): number[] {
  const width = keyColumns(plan.source).length
  const flat: number[] = []
  for (const row of rows) for (let at = 0; at < width; at += 1) flat.push(Number(row[`k${at}`]))
  return flat
}

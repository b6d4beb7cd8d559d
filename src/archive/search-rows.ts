import { type RawBuilder, sql } from 'kysely'
import { pause } from '../db/pause.ts'
import { refuse } from '../errors.ts'
import type { Search, SearchSort } from '../model/search.ts'
import type { Cell, Column } from '../model/table.ts'
import type { Scope } from './archive.ts'
import { cellOf } from './listing.ts'
import { type ShownColumn, shownColumns, statusColumn } from './search-columns.ts'
import { criteriaSql } from './search-criteria.ts'
import { familySql, type Level, type Node, type SearchSource, searchSource } from './search-nodes.ts'
import { namedValue, type SearchValue } from './search-values.ts'
import { visibleAs } from './visibility.ts'

/**
 * Which rows a search found, in order: `width` numbers each, those of the records that make a row; 0 for none. They
 * are all that is held of a result; cells are read page by page.
 */
export type RowKeys = Readonly<{ width: number; flat: readonly number[] }>

export type PreparedSearch = Readonly<{
  /** The type of the rows. */
  type: string
  columns: readonly Column[]
  /** The rows that are there now. */
  find: () => Promise<RowKeys>
  /** Cells of rows found before, in their order; those that are gone or hidden by now are left out. */
  read: (keys: RowKeys, from: number, to: number) => Promise<Cell[][]>
}>

export const rowCount = ({ width, flat }: RowKeys): number => flat.length / width

/**
 * A search ready to run, for what the viewer may see (hierarchy 7.5).
 * @param sort wins over the order that the search itself asks for
 * @throws ArchiveError 'forbidden' for a type that cannot be searched, 'unreadable' for fields and values that make no
 * sense
 */
export function prepareSearch(scope: Scope, search: Search, sort: readonly SearchSort[] = []): PreparedSearch {
  const source = searchSource(scope, search.root)
  const shown = [...shownColumns(source, search.columns), statusColumn(source)]
  const order = orderOf(source, shown, sort.length > 0 ? sort : search.sort ? [search.sort] : [])
  const plan: Plan = { source, shown, order, condition: criteriaSql(source, search.where) }
  return {
    type: source.root.type.name,
    columns: shown.map(({ column }) => column),
    find: () => (order.length > 0 ? sortedKeys(plan) : keysInPortions(plan)),
    read: (keys, from, to) => readRows(plan, keys, { from, to }),
  }
}

type Order = Readonly<{ value: SearchValue; descending: boolean }>
type Plan = Readonly<{
  source: SearchSource
  shown: readonly ShownColumn[]
  order: readonly Order[]
  condition: RawBuilder<boolean>
}>

/** A column of the table by its name, else any field that has one value for each row. */
function orderOf(source: SearchSource, shown: readonly ShownColumn[], sort: readonly SearchSort[]): readonly Order[] {
  return sort.map(({ element, field, descending }) => {
    const named = shown.find(({ column }) => column.key === field.toLowerCase())
    const value = named?.value ?? namedValue(source, element, field).value
    if (value.node.many && !source.chain.includes(value.node)) {
      const because = `Rows cannot be sorted by ${field}, of which each may have several.`
      refuse({ kind: 'unreadable', what: 'search', because })
    }
    return { value, descending: descending ?? false }
  })
}

const baseTables: Readonly<Record<Level, RawBuilder<unknown>>> = {
  project: sql`projects p`,
  subject: sql`subjects s`,
  experiment: sql`experiments e`,
  scan: sql`experiments e join scans c on c.session_id = e.id`,
}

/** The numbers that make a row: scans after their session, so that its rights are looked at once. */
function keyColumns({ root, chain }: SearchSource): readonly RawBuilder<number>[] {
  const own = root.level === 'scan' ? ['e', 'c'] : [root.alias]
  return [...own, ...chain.map(({ alias }) => alias)].map(
    (alias) => sql<number>`coalesce(${sql.ref(`${alias}.id`)}, 0)`,
  )
}

function joinText({ link }: Node, on?: RawBuilder<unknown>): RawBuilder<unknown> {
  const { from, paired, inner, key, where } = link!
  return sql`left join ${paired ? sql`(${from})` : from} on ${on ?? sql`${inner} = ${key}`} ${where ? sql`and ${where}` : sql``}`
}

/** Records beside the row that have one at most, each once. */
function singlesOf(values: readonly SearchValue[]): readonly Node[] {
  const nodes = new Map<string, Node>()
  for (const { node } of values) if (node.link && !node.many) nodes.set(node.alias, node)
  return [...nodes.values()]
}

function visible({ scope, root }: SearchSource): RawBuilder<boolean> {
  if (root.level === 'project' || root.level === 'subject') return visibleAs(scope, root.level, root.alias)
  const { name } = root.type
  const family = () => familySql(scope, name)
  const narrowed =
    root.level === 'scan'
      ? name !== 'xnat:imageScanData' && sql`c.xsi_type in (${family()})`
      : name !== 'xnat:experimentData' && sql`e.xsi_type in (${family()})`
  const readable = visibleAs(scope, 'experiment', 'e')
  return narrowed ? sql<boolean>`${narrowed} and ${readable}` : readable
}

type KeyRow = Readonly<Record<string, number>>

function keysQuery(plan: Plan, more: RawBuilder<unknown>, end: RawBuilder<unknown>): RawBuilder<KeyRow> {
  const { source, order, condition } = plan
  const keys = keyColumns(source).map((key, at) => sql`${key} as ${sql.ref(`k${at}`)}`)
  const joins = [...source.chain, ...singlesOf(order.map(({ value }) => value))].map((node) => joinText(node))
  return sql<KeyRow>`select ${sql.join(keys)} from ${baseTables[source.root.level]} ${sql.join(joins, sql` `)}
    where ${visible(source)} and ${condition} ${more} ${end}`
}

const byKeys = (plan: Plan): readonly RawBuilder<unknown>[] =>
  keyColumns(plan.source).map((_, at) => sql`${sql.ref(`k${at}`)}`)

async function sortedKeys(plan: Plan): Promise<RowKeys> {
  const terms = plan.order.flatMap((order) => orderTerms(plan, order))
  const { rows } = await keysQuery(plan, sql``, sql`order by ${sql.join([...terms, ...byKeys(plan)])}`).execute(
    plan.source.scope.db,
  )
  return keysOf(plan, rows)
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

/** Rows of one statement; between two of them other requests have their turn. */
const KEYS_PER_STATEMENT = 5000

async function keysInPortions(plan: Plan): Promise<RowKeys> {
  const flat: number[] = []
  let last: readonly number[] | undefined
  for (;;) {
    const more = last ? sql`and ${after(keyColumns(plan.source), last)}` : sql``
    const end = sql`order by ${sql.join(byKeys(plan))} limit ${KEYS_PER_STATEMENT}`
    const { rows } = await keysQuery(plan, more, end).execute(plan.source.scope.db)
    const found = keysOf(plan, rows)
    for (const key of found.flat) flat.push(key)
    if (rows.length < KEYS_PER_STATEMENT) return { width: found.width, flat }
    last = flat.slice(-found.width)
    await pause()
  }
}

/** Rows behind the last one; the first comparison is what an index helps with. */
function after(keys: readonly RawBuilder<number>[], last: readonly number[]): RawBuilder<boolean> {
  const [first, ...others] = keys
  const [value, ...rest] = last
  const bare = sql`${first} > ${value}`
  if (others.length === 0) return sql<boolean>`${bare}`
  return sql<boolean>`(${first} >= ${value} and (${bare} or ${after(others, rest)}))`
}

function keysOf(plan: Plan, rows: readonly KeyRow[]): RowKeys {
  const width = keyColumns(plan.source).length
  const flat: number[] = []
  for (const row of rows) for (let at = 0; at < width; at += 1) flat.push(Number(row[`k${at}`]))
  return { width, flat }
}

async function readRows(
  plan: Plan,
  { width, flat }: RowKeys,
  { from, to }: { from: number; to: number },
): Promise<Cell[][]> {
  const wanted: (readonly number[])[] = []
  for (let at = from * width; at < Math.min(to * width, flat.length); at += width)
    wanted.push(flat.slice(at, at + width))
  if (wanted.length === 0) return []
  const { rows } = await rowsQuery(plan, wanted).execute(plan.source.scope.db)
  const found = new Map(rows.map((row) => [keyText(width, row), row]))
  return wanted.flatMap((key) => {
    const row = found.get(key.join(' '))
    return row
      ? [plan.shown.map(({ value, column }, at) => cellOf({ kind: column.kind, stamp: value.stamp }, row[`c${at}`]))]
      : []
  })
}

function keyText(width: number, row: Readonly<Record<string, Cell>>): string {
  let text = String(row['k0'])
  for (let at = 1; at < width; at += 1) text += ` ${row[`k${at}`]}`
  return text
}

function rowsQuery({ source, shown }: Plan, wanted: readonly (readonly number[])[]): RawBuilder<Record<string, Cell>> {
  const { dialect } = source.scope.archive.db
  const key = (at: number) => sql`cast(${dialect.jsonText(sql.ref('k.value'), [at])} as bigint)`
  const own = source.root.level === 'scan' ? 2 : 1
  const keys = wanted[0]!.map((_, at) => sql`${key(at)} as ${sql.ref(`k${at}`)}`)
  const cells = shown.map(({ value }, at) => sql`${value.expression} as ${sql.ref(`c${at}`)}`)
  const rows: RawBuilder<unknown> =
    source.root.level === 'scan'
      ? sql`experiments e on e.id = ${key(0)} join scans c on c.id = ${key(1)}`
      : sql`${baseTables[source.root.level]} on ${sql.ref(`${source.root.alias}.id`)} = ${key(0)}`
  const joins = [
    ...source.chain.map((node, at) => joinText(node, sql`${sql.ref(`${node.alias}.id`)} = ${key(own + at)}`)),
    ...singlesOf(shown.map(({ value }) => value)).map((node) => joinText(node)),
  ]
  return sql<Record<string, Cell>>`select ${sql.join([...keys, ...cells])}
    from ${dialect.entriesOf(JSON.stringify(wanted))} as k join ${rows} ${sql.join(joins, sql` `)} where ${visible(source)}`
}

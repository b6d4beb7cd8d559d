import { type RawBuilder, sql } from 'kysely'
import { refuse } from '../errors.ts'
import type { Search, SearchSort } from '../model/search.ts'
import type { Cell, Column } from '../model/table.ts'
import type { Scope } from './archive.ts'
import { cellOf } from './listing.ts'
import { type ShownColumn, shownColumns, statusColumn } from './search-columns.ts'
import { criteriaSql } from './search-criteria.ts'
import {
  findKeys,
  joinText,
  type Order,
  type Plan,
  type RowKeys,
  readableSql,
  rowTables,
  singlesOf,
} from './search-keys.ts'
import { type SearchSource, searchSource } from './search-nodes.ts'
import { namedValue } from './search-values.ts'

/** A search that makes sense, for one viewer. */
export type PreparedSearch = Readonly<{
  /** The type of the rows. */
  type: string
  columns: readonly Column[]
  /** The rows that are there now. */
  find: () => Promise<RowKeys>
  /** Cells of rows found before, in their order; those that are gone or hidden by now are left out. */
  read: (keys: RowKeys, from: number, to: number) => Promise<Cell[][]>
}>

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
    find: () => findKeys(plan),
    read: (keys, from, to) => readRows(plan, keys, { from, to }),
  }
}

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
      : sql`${rowTables[source.root.level]} on ${sql.ref(`${source.root.alias}.id`)} = ${key(0)}`
  const joins = [
    ...source.chain.map((node, at) => joinText(node, sql`${sql.ref(`${node.alias}.id`)} = ${key(own + at)}`)),
    ...singlesOf(shown.map(({ value }) => value)).map((node) => joinText(node)),
  ]
  return sql<Record<string, Cell>>`select ${sql.join([...keys, ...cells])}
    from ${dialect.entriesOf(JSON.stringify(wanted))} as k join ${rows} ${sql.join(joins, sql` `)} where ${readableSql(source)}`
}

import { type RawBuilder, sql } from 'kysely'
import type { Kind } from '../model/dictionary.ts'
import type { Search, SearchColumn } from '../model/search.ts'
import { columnsUnasked } from '../model/search-fields.ts'
import { splitTyped } from '../model/search-lookup.ts'
import type { Column, ColumnKind } from '../model/table.ts'
import { kindWord } from './search-elements.ts'
import { depthOf, joinNode, levelOf, type Node, type SearchSource } from './search-nodes.ts'
import { namedValue, type SearchValue } from './search-values.ts'

/** A column of the table of a search, and where its cells come from. */
export type ShownColumn = Readonly<{ column: Column; value: SearchValue }>

/**
 * The columns of a search: those it asks for, or the default listing of its type, each once (hierarchy 7.5). What
 * repeats rows is joined to the source.
 * @throws ArchiveError 'unreadable' for a column that nobody knows
 */
export function shownColumns(source: SearchSource, asked: Search['columns']): readonly ShownColumn[] {
  const wanted: readonly SearchColumn[] =
    asked.length > 0
      ? withIds(source, asked)
      : columnsUnasked(source.root.type).map(({ element, id }) => ({ element, field: id }))
  const placed = wanted.map((one, at) => ({ one, at, depth: depthIn(source, one) }))
  const found: [number, ShownColumn][] = []
  // What is above comes first: scans hang on the sessions that the same table shows.
  for (const { one, at } of placed.toSorted((a, b) => a.depth - b.depth)) {
    const shown = shownColumn(source, one)
    if (shown.value.node.link) joinNode(source, shown.value.node)
    found.push([at, shown])
  }
  const columns = found.sort(([a], [b]) => a - b).map(([, shown]) => shown)
  return columns.filter(({ column }, at) => columns.findIndex((other) => other.column.key === column.key) === at)
}

/**
 * The column that leads to the record, `ID` of subjects and `LABEL` of experiments, is followed by the id for that, where
 * this is not asked for itself (hierarchy 7.5).
 */
function withIds({ root }: SearchSource, asked: Search['columns']): readonly SearchColumn[] {
  const [leading, id] = leadingOf(root)
  const own = (one: SearchColumn) => one.element.toLowerCase() === root.type.name.toLowerCase()
  const at = asked.findIndex((one) => own(one) && one.field === leading)
  const known = asked.some((one) => own(one) && one.field.toUpperCase() === id)
  return at < 0 || known ? asked : asked.toSpliced(at + 1, 0, { element: root.type.name, field: id })
}

function leadingOf({ level, type }: SearchSource['root']): readonly [column: string, id: string] {
  if (level === 'subject') return ['ID', 'SUBJECTID']
  if (level !== 'experiment') return ['', '']
  return ['LABEL', type.lineage.includes('xnat:mrSessionData') ? 'SESSION_ID' : 'EXPT_ID']
}

function depthIn({ scope }: SearchSource, { element, field }: SearchColumn): number {
  const type = scope.archive.types.findFolded(splitTyped(field)?.element ?? element)
  const level = type && levelOf(type)
  return level ? depthOf({ level, type }) : 0
}

function shownColumn(source: SearchSource, { element, field, header, hidden }: SearchColumn): ShownColumn {
  const { value, found, type } = namedValue(source, element, field)
  const own = type.name === source.root.type.name
  const key = own ? found.key : `${type.name.replace(':', '_').toLowerCase()}_${found.key}`
  const properties = {
    type: kindWord(value.kind),
    xPATH: `${type.name}.${found.field.id}`,
    element_name: type.name,
    header: header ?? found.field.header,
    id: found.field.id,
    ...(hidden && { visible: 'false' }),
    ...linkOf(value.node, found.field.from, key),
  }
  return { column: { key, kind: columnKind(value.kind), properties }, value }
}

const columnKind = (kind: Kind): ColumnKind => (kind === 'text' ? 'string' : kind)

const homes: Readonly<Record<Node['level'], string>> = {
  project: 'projects',
  subject: 'subjects',
  experiment: 'experiments',
  scan: '',
}

/** Ids lead to what they name: the address, with the column whose cell completes it. */
function linkOf(node: Node, from: object, key: string): Readonly<Record<string, string>> {
  const home = homes[node.level]
  if (home === '' || !('path' in from) || from.path !== 'ID' || 'of' in from) return {}
  const inserts = [{ name: 'ID', value: key }]
  return { clickable: 'true', linkProps: JSON.stringify([{ name: 'href', value: `/data/${home}/@ID`, inserts }]) }
}

/** The state of the row's record, which every table of a search ends with. */
export function statusColumn({ root }: SearchSource): ShownColumn {
  const expression: RawBuilder<unknown> =
    root.level === 'project' ? sql`'active'` : sql.ref(`${root.level === 'scan' ? 'e' : root.alias}.status`)
  return {
    column: { key: 'quarantine_status', kind: 'string', properties: {} },
    value: { node: root, kind: 'string', expression },
  }
}

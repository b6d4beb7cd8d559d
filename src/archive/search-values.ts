import { type RawBuilder, sql } from 'kysely'
import { refuse } from '../errors.ts'
import type { DataType, Kind } from '../model/dictionary.ts'
import type { SearchField } from '../model/search-fields.ts'
import { type FoundField, findField, resolved, splitTyped } from '../model/search-lookup.ts'
import type { ResolvedPath } from '../model/xml-path.ts'
import { jsonSteps, recordField, repetitionIn, storedValue } from './listed-fields.ts'
import { derivedSql } from './search-derived.ts'
import { type Level, type Link, levelOf, type Node, nodeOf, type SearchSource, subjectKey } from './search-nodes.ts'
import { visibleAs } from './visibility.ts'

/** A value of a node's record. */
export type SearchValue = Readonly<{
  node: Node
  kind: Kind
  /** A time as tables store it. */
  stamp?: true
  /** The one value, or all of them as one text. */
  expression: RawBuilder<unknown>
  /** Kept in rows of another table: how to get there, and the value in such a row. */
  kept?: Link & Readonly<{ value: RawBuilder<unknown>; many: boolean }>
  /** Kept in the entries of a list inside the document: the list, and the value in an entry. */
  entries?: Readonly<{ from: RawBuilder<unknown>; value: RawBuilder<unknown> }>
}>

export type NamedValue = Readonly<{ value: SearchValue; found: FoundField; type: DataType }>

/**
 * The value that a search names.
 * @param element the data type that is named beside the field; one in front of the field itself wins
 * @throws ArchiveError 'unreadable' for a type or field that nobody knows
 */
export function namedValue(source: SearchSource, element: string, text: string): NamedValue {
  const { types } = source.scope.archive
  const typed = splitTyped(text)
  const type = types.findFolded(typed?.element ?? element)
  if (!type) return unknown(`${typed?.element ?? element} is no data type.`)
  const found = findField(types, type, typed?.rest ?? text, typed !== undefined)
  if (!found) return unknown(`No field of ${type.name} is called ${typed?.rest ?? text}.`)
  return { value: ofItsType(fieldValue(source, type, found.field)), found, type }
}

const unknown = (because: string): never => refuse({ kind: 'unreadable', what: 'search', because })

function fieldValue(source: SearchSource, type: DataType, { from, kind }: SearchField): SearchValue {
  const { scope } = source
  if ('path' in from) {
    const owner = from.of === undefined ? type : scope.archive.types.find(from.of)!
    return pathValue(source, owner, { path: from.path, kind })
  }
  const node = nodeOf(source, type)
  if ('labelIn' in from) return labelIn(source, node, from.labelIn)
  const expression = derivedSql[from.derived]({ scope, node, about: from.about })
  return guarded({ node, kind, expression })
}

type Sought = Readonly<{ path: string; kind: Kind }>

function pathValue(source: SearchSource, type: DataType, sought: Sought): SearchValue {
  const { types } = source.scope.archive
  if (!levelOf(type)) {
    const place = holderOf(source, type)
    return place
      ? pathValue(source, place.type, { ...sought, path: `${place.path}/${sought.path}` })
      : unknown(`Fields of ${type.name} cannot be searched by themselves; name them by the path below their record.`)
  }
  const found = resolved(types, type, sought.path)
  const [first] = found?.through ?? []
  if (found && first && ['scans', 'assessors', 'experiments'].includes(first.child.rows ?? '')) {
    const rest = [...found.through.slice(1).map((step) => step.child.path), found.field.path].join('/')
    return pathValue(source, first.type, { ...sought, path: rest })
  }
  const node = nodeOf(source, type)
  return identity(source, node, sought) ?? guarded(plainValue(source, node, { ...sought, found }))
}

/** The record that holds records of a type, one at most: demographics in subjects. */
function holderOf(source: SearchSource, type: DataType): Readonly<{ type: DataType; path: string }> | undefined {
  const { types } = source.scope.archive
  for (const holder of [source.root.type, types.find('xnat:subjectData')!]) {
    for (const member of holder.members.values())
      if ('child' in member && !member.many && type.lineage.includes(member.child))
        return { type: holder, path: member.path }
  }
  return undefined
}

/** A value that only those see who may read the record. */
const guarded = (value: SearchValue): SearchValue => onlyWhere(value.node.guard, value)

/** A value that only records of the named type have. */
const ofItsType = (value: SearchValue): SearchValue => onlyWhere(value.node.typed, value)

function onlyWhere(condition: RawBuilder<boolean> | undefined, value: SearchValue): SearchValue {
  if (!condition) return value
  const { kept: _kept, entries: _entries, ...bare } = value
  return { ...bare, expression: sql`case when ${condition} then ${value.expression} end` }
}

const ref = (node: Node, column: string): RawBuilder<unknown> => sql.ref(`${node.alias}.${column}`)

const idColumns: Readonly<Record<Level, string>> = {
  project: 'name',
  subject: 'accession',
  experiment: 'accession',
  scan: 'scan_id',
}

/** Names and numbers, which stand in columns of their own; undefined for other fields. */
function identity(source: SearchSource, node: Node, { path, kind }: Sought): SearchValue | undefined {
  const name = path.toLowerCase()
  const { level } = node
  if (name === 'id') return { node, kind, expression: ref(node, idColumns[level]) }
  if (name === 'extension_item/element_name') {
    const typed = level === 'experiment' || level === 'scan'
    return { node, kind, expression: typed ? ref(node, 'xsi_type') : sql`${sql.lit(node.type.name)}` }
  }
  if (level === 'scan') return scanIdentity(node, name)
  if (level === 'project') return undefined
  if (name === 'label') return kept(node, labelRows(node))
  if (name === 'project') return kept(node, projectRow(node))
  if (name === 'sharing/share/project' || name === 'sharing/share/label')
    return kept(node, shareRows(source, node, name.endsWith('label')))
  return level === 'experiment' ? experimentIdentity(node, name) : undefined
}

function experimentIdentity(node: Node, name: string): SearchValue | undefined {
  if (name === 'subject_id') return kept(node, keyedRow('subjects', subjectKey(node.type, node.alias)))
  return name === 'imagesession_id' ? kept(node, keyedRow('experiments', ref(node, 'session_id'))) : undefined
}

function scanIdentity(node: Node, name: string): SearchValue | undefined {
  const session = keyedRow('experiments', ref(node, 'session_id'))
  if (name === 'image_session_id') return kept(node, session)
  const from = sql`experiments vx join projects vy on vy.id = vx.project_id`
  return name === 'project' ? kept(node, { ...session, from, value: sql`vy.name` }) : undefined
}

type Kept = NonNullable<SearchValue['kept']>

/** A text of another table: by itself the first of them, or all where there may be many. */
function kept(node: Node, rows: Kept): SearchValue {
  const shown = rows.many ? sql`string_agg(${rows.value}, ', ' order by ${rows.value})` : rows.value
  const where = rows.where ? sql`and ${rows.where}` : sql``
  const expression = sql`(select ${shown} from ${rows.from} where ${rows.inner} = ${rows.key} ${where})`
  return { node, kind: 'string', expression, kept: rows }
}

const nounOf = (node: Node): 'subject' | 'experiment' => (node.level === 'subject' ? 'subject' : 'experiment')

function labelRows(node: Node): Kept {
  const noun = nounOf(node)
  return {
    from: sql`${sql.table(`${noun}_projects`)} vx`,
    inner: sql.ref(`vx.${noun}_id`),
    key: ref(node, 'id'),
    where: sql<boolean>`vx.owner = 1`,
    value: sql`vx.label`,
    many: false,
  }
}

const projectRow = (node: Node): Kept => ({
  from: sql`projects vx`,
  inner: sql`vx.id`,
  key: ref(node, 'project_id'),
  value: sql`vx.name`,
  many: false,
})

const keyedRow = (table: 'subjects' | 'experiments', key: RawBuilder<unknown>): Kept => ({
  from: sql`${sql.table(table)} vx`,
  inner: sql`vx.id`,
  key,
  value: sql`vx.accession`,
  many: false,
})

/** The other projects in which the record is seen, as far as the viewer sees them. */
function shareRows({ scope }: SearchSource, node: Node, label: boolean): Kept {
  return {
    ...placeRows(node),
    where: sql<boolean>`vx.owner = 0 and ${visibleAs(scope, 'project', 'vy')}`,
    value: label ? sql`vx.label` : sql`vy.name`,
    many: true,
  }
}

/** The projects in which a subject or experiment is seen. */
function placeRows(node: Node): Link {
  const noun = nounOf(node)
  const from = sql`${sql.table(`${noun}_projects`)} vx join projects vy on vy.id = vx.project_id`
  return { from, inner: sql.ref(`vx.${noun}_id`), key: ref(node, 'id') }
}

/** The label that the record has in a project that the viewer sees. */
function labelIn({ scope }: SearchSource, node: Node, project: string): SearchValue {
  if (node.level !== 'subject' && node.level !== 'experiment')
    return unknown(`Records of ${node.type.name} have no labels in projects.`)
  return kept(node, {
    ...placeRows(node),
    where: sql<boolean>`vy.name = ${project} and ${visibleAs(scope, 'project', 'vy')}`,
    value: sql`vx.label`,
    many: false,
  })
}

function plainValue(
  source: SearchSource,
  node: Node,
  { path, kind, found }: Sought & Readonly<{ found: ResolvedPath | undefined }>,
): SearchValue {
  const name = path.toLowerCase()
  if (name === 'meta/status')
    return { node, kind, expression: node.level === 'project' ? sql`'active'` : ref(node, 'status') }
  const noted = recordField(node.alias, name)
  if (noted) return { node, kind, expression: noted.expression, ...(noted.stamp && { stamp: true }) }
  if (!found) return unknown(`${node.type.name} has no field ${path}.`)
  const { dialect } = source.scope.archive.db
  const doc = ref(node, 'doc')
  const repeated = repetitionIn(found)
  if (repeated < 0) return { node, kind, expression: storedValue(dialect, doc, found).expression }
  const list = [...jsonSteps(found.through.slice(0, repeated)), found.through[repeated]!.child.path]
  const within = [...jsonSteps(found.through.slice(repeated + 1)), found.field.path]
  const value = dialect.jsonText(sql.ref('ve.value'), within)
  const from = sql`${dialect.jsonEach(doc, list)} as ve`
  const expression = sql`(select string_agg(${value}, ', ') from ${from})`
  return { node, kind, expression, entries: { from, value } }
}

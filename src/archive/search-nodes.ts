import { type RawBuilder, sql } from 'kysely'
import { refuse } from '../errors.ts'
import type { DataType } from '../model/dictionary.ts'
import { searchRootOf } from '../model/search-fields.ts'
import type { Scope } from './archive.ts'
import { visibleAs } from './visibility.ts'

/** What the rows of a search, and the records joined to them, are. */
export type Level = 'project' | 'subject' | 'experiment' | 'scan'

/** How records are reached from a row: those of `from` whose `inner` equals the row's `key`. */
export type Link = Readonly<{
  from: RawBuilder<unknown>
  /** `from` is two tables. */
  paired?: true
  inner: RawBuilder<unknown>
  key: RawBuilder<unknown>
  where?: RawBuilder<boolean>
}>

/** A record that fields are taken from: that of the row itself (without a link), or one that hangs together with it. */
export type Node = Readonly<{
  /** Under which its row is known in queries. */
  alias: string
  level: Level
  /** The data type by which its paths are understood. */
  type: DataType
  /** Whether a row may have several. */
  many: boolean
  link?: Link
  /** Whether the viewer may read more of it than its name; absent: that is known. */
  guard?: RawBuilder<boolean>
  /** Whether it has the type; absent: that is known. Rows of sessions of any kind have fields of MR sessions in some. */
  typed?: RawBuilder<boolean>
}>

/** A search on its way to become a query. */
export type SearchSource = Readonly<{
  scope: Scope
  root: Node
  /** By data type; the record of the row is not among them. */
  nodes: Map<string, Node>
  /** Records that repeat the rows of the table, each hanging on the one before or on the row. */
  chain: Node[]
}>

const levels: Readonly<Record<string, Level>> = {
  'xnat:projectData': 'project',
  'xnat:subjectData': 'subject',
  'xnat:experimentData': 'experiment',
  'xnat:imageScanData': 'scan',
}
export const rootAlias: Readonly<Record<Level, string>> = { project: 'p', subject: 's', experiment: 'e', scan: 'c' }

/** The beginning of a search for records of a type. @throws ArchiveError 'forbidden' for one that cannot be searched */
export function searchSource(scope: Scope, name: string): SearchSource {
  const type = scope.archive.types.find(name) ?? scope.archive.types.findFolded(name)
  const level = type && levels[searchRootOf(type) ?? '']
  if (!level)
    return refuse({ kind: 'forbidden', noun: 'path', name, because: `Records of ${name} cannot be searched.` })
  return { scope, root: { alias: rootAlias[level], level, type, many: false }, nodes: new Map(), chain: [] }
}

const isSession = (type: DataType): boolean => type.lineage.includes('xnat:imageSessionData')
const isAssessor = (type: DataType): boolean => type.lineage.includes('xnat:imageAssessorData')
const related = (a: DataType, b: DataType): boolean => a.lineage.includes(b.name) || b.lineage.includes(a.name)

/** The record of a row that a field of this type belongs to. */
export function nodeOf(source: SearchSource, type: DataType): Node {
  const { root } = source
  if (related(type, root.type)) return nodeAs(source.scope, root, type)
  // The query of scans has their session beside them.
  if (root.level === 'scan' && related(type, sessionType(source)))
    return nodeAs(source.scope, sessionOfScan(source), type)
  const known = source.nodes.get(type.name)
  if (known) return known
  const node = reached(source, type, `n${source.nodes.size}`)
  source.nodes.set(type.name, node)
  return node
}

/** The node as one of that type, where its records may be of others. */
const nodeAs = (scope: Scope, node: Node, type: DataType): Node =>
  node.type.lineage.includes(type.name)
    ? { ...node, type }
    : { ...node, type, typed: typeIn(scope, node.alias, type.name) }

const sessionType = ({ scope }: SearchSource): DataType => scope.archive.types.find('xnat:imageSessionData')!

const sessionOfScan = (source: SearchSource): Node => ({
  alias: 'e',
  level: 'experiment',
  type: sessionType(source),
  many: false,
})

const ref = (alias: string, column: string): RawBuilder<unknown> => sql.ref(`${alias}.${column}`)

function reached(source: SearchSource, type: DataType, alias: string): Node {
  const level = levels[searchRootOf(type) ?? '']
  if (level === 'project') return projectNode(source, type, alias)
  if (level === 'subject') return subjectNode(source, type, alias)
  if (level === 'experiment') return experimentNode(source, type, alias)
  if (level === 'scan') return scanNode(source, type, alias)
  const because = `Fields of ${type.name} cannot be searched beside ${source.root.type.name}.`
  return refuse({ kind: 'unreadable', what: 'search', because })
}

/** The row that stands for everything below a project in queries of that level. */
const ownerAlias = ({ root }: SearchSource): string => (root.level === 'scan' ? 'e' : root.alias)

function projectNode(source: SearchSource, type: DataType, alias: string): Node {
  const link = { from: from('projects', alias), inner: ref(alias, 'id'), key: ref(ownerAlias(source), 'project_id') }
  return { alias, level: 'project', type, many: false, link, guard: visibleAs(source.scope, 'project', alias) }
}

function subjectNode(source: SearchSource, type: DataType, alias: string): Node {
  const tables = from('subjects', alias)
  const visible = visibleAs(source.scope, 'subject', alias)
  const node = { alias, level: 'subject', type } as const
  if (source.root.level === 'project') {
    const link = { from: tables, inner: ref(alias, 'project_id'), key: ref('p', 'id'), where: visible }
    return { ...node, many: true, link }
  }
  const link = { from: tables, inner: ref(alias, 'id'), key: subjectKey(source.root.type, ownerAlias(source)) }
  return { ...node, many: false, link, guard: visible }
}

/** The subject of an experiment; assessors have that of their session. */
export function subjectKey(type: DataType, alias: string): RawBuilder<unknown> {
  if (type.lineage.includes('xnat:subjectAssessorData') || type.lineage.includes('xnat:imageScanData'))
    return ref(alias, 'subject_id')
  return sql`coalesce(${ref(alias, 'subject_id')}, (select kx.subject_id from experiments kx where kx.id = ${ref(alias, 'session_id')}))`
}

/** Whether a row has a type or one derived from it. Its place is found by other columns: there are few types. */
export function typeIn(scope: Scope, alias: string, name: string): RawBuilder<boolean> {
  const family = [...scope.archive.types.types.values()].filter((type) => type.lineage.includes(name))
  const names = sql.join(family.map((type) => sql.lit(type.name)))
  return sql<boolean>`coalesce(${sql.ref(`${alias}.xsi_type`)}, '') in (${names})`
}

const from = (table: string, alias: string): RawBuilder<unknown> => sql`${sql.table(table)} as ${sql.ref(alias)}`

function experimentNode(source: SearchSource, type: DataType, alias: string): Node {
  const { scope, root } = source
  const visible = visibleAs(scope, 'experiment', alias)
  const narrowed = typeIn(scope, alias, type.name)
  const node = { alias, level: 'experiment', type } as const
  if (isAssessor(root.type) && isSession(type)) {
    const link = {
      from: from('experiments', alias),
      inner: ref(alias, 'id'),
      key: ref('e', 'session_id'),
      where: narrowed,
    }
    return { ...node, many: false, link, guard: visible }
  }
  const where = sql<boolean>`${narrowed} and ${visible}`
  const place = isAssessor(type) ? assessorPlace(source, alias) : besidePlace(source, alias)
  return { ...node, many: true, link: { from: from('experiments', alias), ...place, where } }
}

type Place = Pick<Link, 'inner' | 'key' | 'paired'> & Partial<Pick<Link, 'from'>>

/** Experiments of the subject or project, or, where a table shows subjects of a project, of those. */
function besidePlace({ root, chain }: SearchSource, alias: string): Place {
  const subject = chain.find(({ level }) => level === 'subject')
  if (subject) return { inner: ref(alias, 'subject_id'), key: ref(subject.alias, 'id') }
  if (root.level === 'project') return { inner: ref(alias, 'project_id'), key: ref('p', 'id') }
  const key = root.level === 'subject' ? ref('s', 'id') : subjectKey(root.type, 'e')
  return { inner: ref(alias, 'subject_id'), key }
}

function assessorPlace(source: SearchSource, alias: string): Place {
  const session = sessionAbove(source)
  if (session) return { inner: ref(alias, 'session_id'), key: session }
  const through = `${alias}s`
  const tables = sql`${from('experiments', alias)} join ${from('experiments', through)} on ${ref(through, 'id')} = ${ref(alias, 'session_id')}`
  return { from: tables, paired: true, ...ownerPlace(source, through) }
}

/** The number of the session that scans and assessors hang on, where the row or the table has one. */
function sessionAbove({ root, chain }: SearchSource): RawBuilder<unknown> | undefined {
  const joined = chain.find((node) => node.level === 'experiment' && isSession(node.type))
  if (joined) return ref(joined.alias, 'id')
  if (root.level === 'scan') return ref('c', 'session_id')
  if (root.level !== 'experiment') return undefined
  return isAssessor(root.type) ? ref('e', 'session_id') : ref('e', 'id')
}

/** Sessions known as `through`, below the subject or project that a row is of. */
const ownerPlace = ({ root }: SearchSource, through: string): Pick<Place, 'inner' | 'key'> =>
  root.level === 'project'
    ? { inner: ref(through, 'project_id'), key: ref('p', 'id') }
    : { inner: ref(through, 'subject_id'), key: ref('s', 'id') }

function scanNode(source: SearchSource, type: DataType, alias: string): Node {
  const { scope } = source
  const narrowed = type.name === 'xnat:imageScanData' ? sql<boolean>`1 = 1` : typeIn(scope, alias, type.name)
  const node = { alias, level: 'scan', type, many: true } as const
  const session = sessionAbove(source)
  // Scans are as visible as their session, which a row or the table has unless it lists assessors.
  if (session && !isAssessor(source.root.type))
    return {
      ...node,
      link: { from: from('scans', alias), inner: ref(alias, 'session_id'), key: session, where: narrowed },
    }
  const through = `${alias}s`
  const tables = sql`${from('scans', alias)} join ${from('experiments', through)} on ${ref(through, 'id')} = ${ref(alias, 'session_id')}`
  const place = session ? { inner: ref(through, 'id'), key: session } : ownerPlace(source, through)
  const where = sql<boolean>`${narrowed} and ${visibleAs(scope, 'experiment', through)}`
  return { ...node, link: { from: tables, paired: true, ...place, where } }
}

/**
 * Lets a node repeat the rows. Records above come first: scans hang on the sessions of the same table.
 * @throws ArchiveError 'unreadable' when something else repeats them already
 */
export function joinNode(source: SearchSource, node: Node): void {
  if (!node.many || source.chain.includes(node)) return
  const beside = source.chain.find((joined) => depthOf(joined) >= depthOf(node))
  if (beside) {
    const because = `A table can have columns of ${beside.type.name} or of ${node.type.name} beside ${source.root.type.name}, not of both; ask for them apart.`
    refuse({ kind: 'unreadable', what: 'search', because })
  }
  source.chain.push(node)
}

const depths: Readonly<Record<Level, number>> = { project: 0, subject: 1, experiment: 2, scan: 3 }
/** How far below the project: assessors stand beside scans. */
export const depthOf = ({ level, type }: Pick<Node, 'level' | 'type'>): number => (isAssessor(type) ? 3 : depths[level])

/** The level of a data type that fields are taken from; undefined for what is no record of its own. */
export const levelOf = (type: DataType): Level | undefined => levels[searchRootOf(type) ?? '']

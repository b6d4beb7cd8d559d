import { type RawBuilder, sql } from 'kysely'
import type { Dialect } from '../db/dialect-sql.ts'
import type { Dictionary } from '../model/dictionary.ts'
import type { ColumnKind } from '../model/table.ts'
import { type ResolvedPath, resolvePath, type XmlPath } from '../model/xml-path.ts'

/** What the rows of a listing are. */
export type Root = 'project' | 'subject' | 'experiment'

/** A field as SQL: what to select, and how it is compared and shown. */
export type ListedField = Readonly<{ expression: RawBuilder<unknown>; kind: ColumnKind; stamp?: true }>

/** The joins that the chosen fields need, by alias, in the order they were asked for. */
export type Joins = Map<string, RawBuilder<unknown>>

/** Everything needed to turn a path into SQL for one listing. */
export type FieldSource = Readonly<{
  dialect: Dialect
  types: Dictionary
  root: Root
  rootType: string
  joins: Joins
  /** Whether the viewer may read the record joined under an alias; undefined where that is known. */
  readable: (alias: string) => RawBuilder<boolean> | undefined
}>

const ref = (alias: string, column: string): RawBuilder<unknown> => sql.ref(`${alias}.${column}`)

/** How each record's rows are reached from the root's: `l` is the place the listing shows, `p` its project. */
const joinTexts: Readonly<Record<string, { needs?: string; on: string }>> = {
  ss: { on: 'left join experiments ss on ss.id = e.session_id' },
  ssl: {
    needs: 'ss',
    on: 'left join experiment_projects ssl on ssl.experiment_id = ss.id and ssl.project_id = l.project_id',
  },
  sso: { needs: 'ss', on: 'left join experiment_projects sso on sso.experiment_id = ss.id and sso.owner = 1' },
  ssp: { needs: 'ss', on: 'left join projects ssp on ssp.id = ss.project_id' },
  s: { needs: 'ss', on: 'left join subjects s on s.id = coalesce(e.subject_id, ss.subject_id)' },
  sl: { needs: 's', on: 'left join subject_projects sl on sl.subject_id = s.id and sl.project_id = l.project_id' },
  so: { needs: 's', on: 'left join subject_projects so on so.subject_id = s.id and so.owner = 1' },
  sp: { needs: 's', on: 'left join projects sp on sp.id = s.project_id' },
  c: { on: 'left join scans c on c.session_id = e.id' },
  a: { on: 'left join experiments a on a.session_id = e.id' },
}

function join(source: FieldSource, alias: string): void {
  if (source.joins.has(alias)) return
  const text = joinTexts[alias]
  // The subject is the root of its own listing and needs no join there.
  if (!text || (source.root === 'subject' && alias === 's')) return
  if (text.needs) join(source, text.needs)
  source.joins.set(alias, sql.raw(text.on))
}

/** The field a path names, with the joins it needs added; undefined when the listing does not know it. */
export function listedField(source: FieldSource, path: XmlPath): ListedField | undefined {
  const type = source.types.findFolded(path.type)
  if (!type) return undefined
  if (source.types.isA(type.name, 'xnat:experimentData')) {
    return source.root === 'experiment' ? experimentField(source, path, type.name) : undefined
  }
  if (type.name === 'xnat:subjectData') return source.root === 'project' ? undefined : subjectField(source, path)
  if (type.name === 'xnat:projectData') return projectField(source, path)
  if (source.types.isA(type.name, 'xnat:imageScanData')) return scanField(source, path, type.name)
  return undefined
}

const names = (path: XmlPath): string => path.steps.map((step) => step.name.toLowerCase()).join('/')

/** What the archive knows of every record: who made it and when, and its data type. */
export function recordField(alias: string, name: string): ListedField | undefined {
  if (name === 'meta/insert_date') return { expression: ref(alias, 'created_at'), kind: 'datetime', stamp: true }
  if (name === 'meta/last_modified') return { expression: ref(alias, 'modified_at'), kind: 'datetime', stamp: true }
  if (name === 'meta/insert_user/login') return { expression: ref(alias, 'created_by'), kind: 'string' }
  return undefined
}

const text = (expression: RawBuilder<unknown>): ListedField => ({ expression, kind: 'string' })

/** A value of a joined record, null where the viewer may not read that. */
function guarded(source: FieldSource, alias: string, field: ListedField | undefined): ListedField | undefined {
  const readable = field && source.readable(alias)
  return readable ? { ...field, expression: sql`case when ${readable} then ${field.expression} end` } : field
}

function experimentField(source: FieldSource, path: XmlPath, type: string): ListedField | undefined {
  const name = names(path)
  const ofAssessors = source.types.isA(source.rootType, 'xnat:imageAssessorData')
  if (source.types.isA(type, 'xnat:imageSessionData') && (ofAssessors || type === 'xnat:imageSessionData')) {
    const field = sessionField(source, name)
    if (field) return field
    if (ofAssessors) {
      join(source, 'ss')
      return guarded(source, 'ss', documentField(source, 'ss', resolvePath(source.types, type, path.steps)))
    }
  }
  if (name === 'id') return text(ref('e', 'accession'))
  if (name === 'label') return text(ref('l', 'label'))
  if (name === 'project') return text(ref('p', 'name'))
  if (name === 'status' || name === 'meta/status') return text(ref('e', 'status'))
  if (name === 'extension_item/element_name') return text(ref('e', 'xsi_type'))
  if (name === 'subject_id') {
    join(source, 's')
    return text(ref('s', 'accession'))
  }
  if (name === 'imagesession_id') {
    join(source, 'ss')
    return text(ref('ss', 'accession'))
  }
  return recordField('e', name) ?? documentField(source, 'e', resolvePath(source.types, type, path.steps))
}

/** The identity of the imaging session: of an assessor's own session, or the row itself. */
function sessionField(source: FieldSource, name: string): ListedField | undefined {
  if (name === 'id') {
    join(source, 'ss')
    return text(sql`coalesce(ss.accession, e.accession)`)
  }
  if (name === 'label') {
    join(source, 'ssl')
    join(source, 'sso')
    return text(sql`coalesce(ssl.label, sso.label, l.label)`)
  }
  if (name === 'project') {
    join(source, 'ssp')
    return text(sql`coalesce(ssp.name, p.name)`)
  }
  return undefined
}

function subjectField(source: FieldSource, path: XmlPath): ListedField | undefined {
  const name = names(path)
  const own = source.root === 'subject'
  join(source, 's')
  if (name === 'id') return text(ref('s', 'accession'))
  if (name === 'label') {
    if (own) return text(ref('l', 'label'))
    join(source, 'sl')
    join(source, 'so')
    return text(sql`coalesce(sl.label, so.label)`)
  }
  if (name === 'project') {
    // A list of subjects names the project that owns them, also where they are only shared (hierarchy 4.1).
    if (own) return text(ref('op', 'name'))
    join(source, 'sp')
    return text(ref('sp', 'name'))
  }
  if (name === 'extension_item/element_name') return text(sql`'xnat:subjectData'`)
  const field = documentField(source, 's', resolvePath(source.types, 'xnat:subjectData', path.steps))
  return guarded(source, 's', recordField('s', name) ?? field)
}

function projectField(source: FieldSource, path: XmlPath): ListedField | undefined {
  const name = names(path)
  if (name === 'id') return text(ref('p', 'name'))
  const field = documentField(source, 'p', resolvePath(source.types, 'xnat:projectData', path.steps))
  return guarded(source, 'p', recordField('p', name) ?? field)
}

/** Fields of scans repeat the row of their session once per scan. */
function scanField(source: FieldSource, path: XmlPath, type: string): ListedField | undefined {
  if (source.root !== 'experiment') return undefined
  const name = names(path)
  join(source, 'c')
  if (name === 'id') return text(ref('c', 'scan_id'))
  if (name === 'extension_item/element_name') return text(ref('c', 'xsi_type'))
  return recordField('c', name) ?? documentField(source, 'c', resolvePath(source.types, type, path.steps))
}

/** A field inside the JSON document of `alias`, or of the records it goes through. */
function documentField(source: FieldSource, alias: string, found: ResolvedPath | undefined): ListedField | undefined {
  if (!found) return undefined
  const [first, ...deeper] = found.through
  if (!first) return storedValue(source.dialect, ref(alias, 'doc'), found)
  if (first.child.rows === 'scans' && alias === 'e') {
    join(source, 'c')
    if (found.field.path === 'ID') return text(ref('c', 'scan_id'))
    return documentField(source, 'c', { ...found, through: deeper })
  }
  if (first.child.rows === 'assessors' && alias === 'e' && found.field.path === 'ID') {
    join(source, 'a')
    return guarded(source, 'a', text(ref('a', 'accession')))
  }
  if (first.child.rows === 'resources' || first.child.rows === 'out') return folderField(source, alias, found)
  if (first.child.rows === 'shares') return shareField(source, alias, found)
  if (first.child.rows) return undefined
  const repeated = repetitionIn(found)
  if (repeated >= 0) return repeatedField(source, alias, { found, repeated })
  return storedValue(source.dialect, ref(alias, 'doc'), found)
}

/** What folders hang on, by alias. Joins with a colon in their name repeat rows. */
const folderParents: Readonly<Record<string, string>> = { c: 'scan_id', e: 'experiment_id', s: 'subject_id' }
const folderColumns: Readonly<Record<string, ColumnKind>> = {
  label: 'string',
  file_count: 'integer',
  file_size: 'integer',
}

/** A field of the folders of a record: the row comes once per folder, and once where there is none. */
function folderField(source: FieldSource, alias: string, { through, field }: ResolvedPath): ListedField | undefined {
  const [parent, kind] = [folderParents[alias], folderColumns[field.path]]
  if (!parent || !kind || through.length > 1 || through[0]?.selector) return undefined
  const folder = `${alias}f`
  const own = sql`${ref(folder, parent)} = ${ref(alias, 'id')} and coalesce(${ref(folder, 'direction')}, 'out') = 'out'`
  source.joins.set(`${alias}:resources`, sql`left join resources ${sql.raw(folder)} on ${own}`)
  return { expression: ref(folder, field.path), kind }
}

/** How often a record is shared is few, so that these rows may repeat beside others. */
const shareTables: Readonly<Record<string, Readonly<{ table: string; id: string }>>> = {
  e: { table: 'experiment_projects', id: 'experiment_id' },
  s: { table: 'subject_projects', id: 'subject_id' },
}

/** Project or label of the shares of a record into projects that the viewer sees: one row each, one where there are none. */
function shareField(source: FieldSource, alias: string, { through, field }: ResolvedPath): ListedField | undefined {
  const shares = shareTables[alias]
  if (!shares || through.length > 1 || through[0]?.selector || !['project', 'label'].includes(field.path))
    return undefined
  const [share, project] = [`${alias}h`, `${alias}hp`]
  const own = sql`${ref(share, shares.id)} = ${ref(alias, 'id')} and ${ref(share, 'owner')} = 0`
  const seen = source.readable(project) ?? sql`1 = 1`
  source.joins.set(
    share,
    sql`left join (${sql.raw(`${shares.table} ${share} join projects ${project} on ${project}.id = ${share}.project_id`)})
      on ${own} and ${seen}`,
  )
  return text(field.path === 'project' ? ref(project, 'name') : ref(share, 'label'))
}

/** The step of a path at which a record may have several entries, none of them chosen; -1 for at most one value. */
export const repetitionIn = ({ through }: ResolvedPath): number =>
  through[0]?.selector?.where ? -1 : through.findIndex((step) => step.child.many && step.selector?.index === undefined)

/** The one value that a document has at a path. */
export function storedValue(dialect: Dialect, doc: RawBuilder<unknown>, found: ResolvedPath): ListedField {
  if (found.through[0]?.selector?.where) return keyedField(dialect, doc, found)
  return jsonField(dialect, doc, [...jsonSteps(found.through), found.field.path], found.field.kind)
}

export const jsonSteps = (through: ResolvedPath['through']): (string | number)[] =>
  through.flatMap((step) => [step.child.path, step.selector?.index ?? 0])

function jsonField(
  dialect: Dialect,
  doc: RawBuilder<unknown>,
  path: readonly (string | number)[],
  kind: string,
): ListedField {
  return { expression: dialect.jsonText(doc, path), kind: kind === 'text' ? 'string' : (kind as ColumnKind) }
}

/** `fields/field[name=x]/field`: one value, or null where no entry has that key. */
function keyedField(dialect: Dialect, doc: RawBuilder<unknown>, found: ResolvedPath): ListedField {
  const { child, selector } = found.through[0]!
  const entry = sql.ref('entry.value')
  const key = dialect.jsonText(entry, [selector!.where!.field])
  const value = dialect.jsonText(entry, [found.field.path])
  // Names of custom variables are compared without letter case: searches store them in lower case.
  const expression = sql`(select ${value} from ${dialect.jsonEach(doc, [child.path])} as entry
    where lower(${key}) = ${selector!.where!.value.toLowerCase()} limit 1)`
  return { expression, kind: found.field.kind === 'text' ? 'string' : (found.field.kind as ColumnKind) }
}

type Repetition = Readonly<{ found: ResolvedPath; repeated: number }>

/** A field of repeated entries, the step at `repeated`: the row comes once per entry, and once where there is none. */
function repeatedField(source: FieldSource, alias: string, { found, repeated }: Repetition): ListedField {
  const entries = [...jsonSteps(found.through.slice(0, repeated)), found.through[repeated]!.child.path]
  const key = `${alias}:${entries.join('/')}`
  const repetitions = [...source.joins.keys()].filter((name) => name.includes(':'))
  const known = repetitions.indexOf(key)
  const name = `each_${known >= 0 ? known : repetitions.length}`
  if (known < 0) {
    source.joins.set(
      key,
      sql`left join ${source.dialect.jsonEach(ref(alias, 'doc'), entries)} as ${sql.raw(name)} on true`,
    )
  }
  const within = [...jsonSteps(found.through.slice(repeated + 1)), found.field.path]
  return jsonField(source.dialect, sql.ref(`${name}.value`), within, found.field.kind)
}

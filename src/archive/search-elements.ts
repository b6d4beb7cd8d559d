import { type RawBuilder, sql } from 'kysely'
import { refuse } from '../errors.ts'
import type { DataType, Dictionary, Kind } from '../model/dictionary.ts'
import {
  defaultColumns,
  labelField,
  type SearchField,
  searchableTypes,
  searchFieldsOf,
  searchRootOf,
  variableField,
} from '../model/search-fields.ts'
import type { Cell, Column, Table } from '../model/table.ts'
import type { Scope } from './archive.ts'
import { visibleSql } from './visibility.ts'

/** Which types a list of them shows: secured ones, those with records; counted are all records or the readable ones. */
export type ElementFilters = Readonly<{ secured: boolean; used: boolean; readable: boolean }>

/** Every type that can be searched, with the number of its records (hierarchy 7.5). */
export async function listSearchElements(scope: Scope, filters: ElementFilters): Promise<Table> {
  const counts = await countsByType(scope, filters.readable)
  const shown = searchableTypes(scope.archive.types).filter(
    (type) => (!filters.secured || isSecured(type)) && (!filters.used || counts.has(type.name)),
  )
  return {
    columns: ['ELEMENT_NAME', 'SINGULAR', 'PLURAL', 'SECURED', 'COUNT'].map((key) => ({
      key,
      kind: key === 'COUNT' ? 'integer' : 'string',
    })),
    rows: shown.map((type) => [
      type.name,
      type.singular,
      type.plural,
      String(isSecured(type)),
      counts.get(type.name) ?? 0,
    ]),
    metadata: { title: 'Data-Types', totalRecords: String(shown.length) },
  }
}

/** Scans follow the rights of their session; everything else has its own. */
const isSecured = (type: DataType): boolean => searchRootOf(type) !== 'xnat:imageScanData'

type Counted = Readonly<{ type: string; records: number }>

/** Types without records are absent. */
async function countsByType(scope: Scope, readable: boolean): Promise<ReadonlyMap<string, number>> {
  const where = (root: 'project' | 'subject' | 'experiment') => (readable ? visibleSql(scope, root, undefined) : always)
  const queries: RawBuilder<Counted>[] = [
    sql`select 'xnat:projectData' as type, count(*) as records from projects p where ${where('project')}`,
    sql`select 'xnat:subjectData' as type, count(*) as records from subjects s where ${where('subject')}`,
    sql`select e.xsi_type as type, count(*) as records from experiments e where ${where('experiment')} group by e.xsi_type`,
    readable
      ? sql`select c.xsi_type as type, count(*) as records from experiments e join scans c on c.session_id = e.id
          where ${where('experiment')} group by c.xsi_type`
      : sql`select c.xsi_type as type, count(*) as records from scans c group by c.xsi_type`,
  ]
  const found = new Map<string, number>()
  for (const query of queries) {
    const { rows } = await query.execute(scope.db)
    for (const { type, records } of rows) if (Number(records) > 0) found.set(type, Number(records))
  }
  return found
}

const always = sql<boolean>`1 = 1`

/** What a list of fields leaves out. */
export type FieldFilters = Readonly<{ generated: boolean }>

/**
 * Every field by which records of these types can be searched: established and declared ones, custom variables that
 * projects define, labels in the caller's projects (hierarchy 7.5).
 * @param names data types, in the order wanted
 * @throws ArchiveError 'invalid' for a type that is unknown or cannot be searched
 */
export async function listSearchFields(scope: Scope, names: readonly string[], filters: FieldFilters): Promise<Table> {
  const { types } = scope.archive
  const asked = (names.length > 0 ? names : ['']).map((name) => searchableNamed(types, name))
  const rows: Cell[][] = []
  const labels: Cell[][] = []
  for (const type of asked) {
    for (const field of searchFieldsOf(types, type)) if (!field.unlisted) rows.push(rowOf(type, field, 0))
    if (!filters.generated) continue
    for (const field of await variablesOf(scope, type)) rows.push(rowOf(type, field, 1))
    for (const field of await labelsOf(scope, type)) labels.push(rowOf(type, field, 2))
  }
  const all = [...rows, ...labels]
  const metadata = { title: 'Search Fields', element_name: names.join(','), versions: versionsOf(asked.at(-1)!) }
  return { columns: fieldColumns, rows: all, metadata: { ...metadata, totalRecords: String(all.length) } }
}

/** @throws ArchiveError 'invalid' */
function searchableNamed(types: Dictionary, name: string): DataType {
  const type = types.find(name)
  if (type && searchRootOf(type)) return type
  return refuse({ kind: 'invalid', field: 'ELEMENT_NAME', because: `Records of ${name} cannot be searched.` })
}

const fieldColumns: readonly Column[] = [
  'FIELD_ID',
  'HEADER',
  'SUMMARY',
  'TYPE',
  'REQUIRES_VALUE',
  'DESC',
  'ELEMENT_NAME',
  'SRC',
].map((key) => ({ key, kind: 'string' }))

/** Kinds by the words that lists of fields use for them. */
const kindWords: Readonly<Partial<Record<Kind, string>>> = { text: 'string', datetime: 'date' }
export const kindWord = (kind: Kind): string => kindWords[kind] ?? kind

function rowOf(type: DataType, field: SearchField, source: 0 | 1 | 2): Cell[] {
  const summary = source === 0 ? summaryOf(type, field) : field.says
  return [field.id, field.header, summary, kindWord(field.kind), 'false', field.says, type.name, String(source)]
}

/** Where the value comes from: its path, or in words what is derived. */
const summaryOf = (type: DataType, { from, says }: SearchField): string =>
  'path' in from ? `${from.of ?? type.name}/${from.path}` : says

/** The named sets of columns of a type, as JSON text; there is one, that of the default listing. */
function versionsOf(type: DataType): string {
  const fields = defaultColumns(type).map(({ element, id }) => ({ element_name: element, id }))
  return JSON.stringify({ versions: [{ name: 'listing', element_name: type.name, fields }] })
}

/** The same on its own. @throws ArchiveError 'invalid' for a type that is unknown or cannot be searched */
export const searchVersions = (types: Dictionary, name: string): string => versionsOf(searchableNamed(types, name))

type Definition = Readonly<{ 'data-type'?: string; 'definitions/definition'?: readonly Group[] }>
type Group = Readonly<{ 'fields/field'?: readonly Readonly<{ name?: string; type?: string; datatype?: string }>[] }>

const variableKinds: readonly Kind[] = ['integer', 'float', 'date', 'time', 'boolean']

/** Custom variables of the type that visible projects define, each once. */
async function variablesOf(scope: Scope, type: DataType): Promise<readonly SearchField[]> {
  const protocols = scope.archive.db.dialect.jsonText(sql.ref('p.doc'), ['studyProtocol'])
  const { rows } = await sql<{ protocols: string }>`select ${protocols} as protocols from projects p
    where ${protocols} is not null and ${visibleSql(scope, 'project', undefined)} order by p.id`.execute(scope.db)
  const found = new Map<string, SearchField>()
  for (const row of rows) {
    for (const protocol of JSON.parse(row.protocols) as Definition[]) {
      if (protocol['data-type'] !== type.name) continue
      const fields = (protocol['definitions/definition'] ?? []).flatMap((group) => group['fields/field'] ?? [])
      for (const { name, type: origin, datatype } of fields) {
        if (origin !== 'custom' || !name) continue
        const field = variableField(type, name, variableKinds.find((kind) => kind === datatype) ?? 'string')
        if (!found.has(field.id)) found.set(field.id, field)
      }
    }
  }
  return [...found.values()]
}

/** Projects that the caller has a role in: others would make the list as long as the site. */
async function labelsOf(scope: Scope, type: DataType): Promise<readonly SearchField[]> {
  const root = searchRootOf(type)
  if (scope.viewer.guest || (root !== 'xnat:subjectData' && root !== 'xnat:experimentData')) return []
  const { rows } = await sql<{ name: string }>`select p.name from projects p
    where p.id in (select g.project_id from group_members m join groups g on g.id = m.group_id
      where m.user_id = ${scope.viewer.id}) order by p.name`.execute(scope.db)
  return rows.map(({ name }) => labelField(type, name))
}

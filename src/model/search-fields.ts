import { type DataType, type Dictionary, type Field, isChild, type Kind } from './dictionary.ts'
import { type Derived, type SearchDecl, type StandardField, searchDecls } from './types/search.ts'
import { parseXmlPath, resolvePath } from './xml-path.ts'

/** A field that searches know by an id: where its value lies below the record, or how it is derived. */
export type SearchField = Readonly<{
  /** As clients write it, e.g. `SUBJECT_LABEL`, `PARAMETERS_TR`, `XNAT_SUBJECTDATA_FIELD_MAP=dose`. */
  id: string
  header: string
  /** One line for people. */
  says: string
  kind: Kind
  unlisted?: true
  /** Established for exactly the value at its path: a column for that path is called like it. */
  plain?: true
  from: Readonly<{ path: string; of?: string } | { derived: Derived; about?: string } | { labelIn: string }>
}>

/** The types whose records can be searched, by what they derive from. */
const roots = ['xnat:projectData', 'xnat:subjectData', 'xnat:experimentData', 'xnat:imageScanData'] as const
export type SearchRoot = (typeof roots)[number]

/** What a search over records of this type lists; undefined for types that are no records of their own. */
export const searchRootOf = (type: DataType): SearchRoot | undefined =>
  roots.find((root) => type.lineage.includes(root))

/** The types that can be searched and have documents of their own, in the dictionary's order (hierarchy 7.5). */
export const searchableTypes = (types: Dictionary): readonly DataType[] =>
  [...types.types.values()].filter((type) => searchRootOf(type) !== undefined && !type.abstract)

/**
 * Every field of a type by id: the established ones, then whatever else the dictionary declares, under its path in
 * upper case joined by `_`. Entries of lists are left out: they have no single value.
 */
export function searchFieldsOf(types: Dictionary, type: DataType): readonly SearchField[] {
  const known = fieldsByType.get(type)
  if (known) return known
  const fields = collectFields(types, type)
  fieldsByType.set(type, fields)
  return fields
}

/** Each search asks for every of its columns; collecting them anew took a quarter of a listing of 1,000 subjects. */
const fieldsByType = new WeakMap<DataType, readonly SearchField[]>()

function collectFields(types: Dictionary, type: DataType): readonly SearchField[] {
  const found = new Map<string, SearchField>()
  for (const decl of declsOf(type)) {
    for (const standard of decl.fields) {
      const field = standardField(types, type, standard)
      if (field && !found.has(field.id)) found.set(field.id, field)
    }
  }
  for (const { path, worded } of declsOf(type).flatMap(({ fields }) => fields)) {
    if (worded && path !== undefined) addOwn(type, found, path)
  }
  const covered = new Set([...found.values()].map(({ from }) => ('path' in from && !from.of ? from.path : '')))
  for (const { path, field } of plainFields(types, type)) {
    const id = idOf(path)
    if (!found.has(id) && !covered.has(path)) found.set(id, dictionaryField(id, path, field))
  }
  return [...found.values()]
}

/** A field for the path of one that is worded, where no other is established for it. */
function addOwn(type: DataType, found: Map<string, SearchField>, path: string): void {
  const there = [...found.values()].filter(({ from }) => 'path' in from && !from.of && from.path === path)
  const [first] = there
  if (!first || there.some(({ plain }) => plain)) return
  const id = generatedId(type, path)
  found.set(id, { ...first, id, plain: true })
}

const declsOf = (type: DataType): readonly SearchDecl[] =>
  searchDecls.filter((decl) => type.lineage.includes(decl.of)).toReversed()

const idOf = (path: string): string => path.replaceAll('/', '_').toUpperCase()

/** The id that the original makes of a path that no field is established for: `XNAT_COL_MRSESSIONDATALABEL`. */
export const generatedId = (type: DataType, path: string): string =>
  `${type.name.replace(':', '_COL_')}${path.replaceAll(/\[[^\]]*\]|\W/g, '')}`.toUpperCase()

/** The word that ids of a type begin with: `MR` of MR sessions, `SUB` of subjects. */
export function wordOf(type: DataType): string {
  if (type.name === 'xnat:subjectData') return 'SUB'
  return (type.root ?? type.local.replace(/Data$/, '')).replace(/Session$/i, '').toUpperCase()
}

function standardField(types: Dictionary, type: DataType, standard: StandardField): SearchField | undefined {
  const { header, says, path, of, derived, about } = standard
  const id = standard.id.replace('*', wordOf(type))
  const unlisted = standard.unlisted ? ({ unlisted: true } as const) : {}
  if (derived)
    return {
      id,
      header,
      says,
      kind: standard.kind ?? 'string',
      ...unlisted,
      from: about ? { derived, about } : { derived },
    }
  if (path === undefined) return undefined
  const kind = standard.kind ?? kindAt(types, of ?? type.name, path)
  const plain = of || standard.worded ? {} : ({ plain: true } as const)
  return kind && { id, header, says, kind, ...plain, from: of ? { path, of } : { path } }
}

function kindAt(types: Dictionary, type: string, path: string): Kind | undefined {
  const parsed = parseXmlPath(`${type}/${path}`)
  return parsed && resolvePath(types, type, parsed.steps)?.field.kind
}

const dictionaryField = (id: string, path: string, field: Field): SearchField => {
  const name = field.steps.at(-1) ?? path
  const unit = field.unit ? ` (${field.unit})` : ''
  return { id, header: field.label ?? name, says: `${field.label ?? name}${unit}`, kind: field.kind, from: { path } }
}

type Plain = Readonly<{ path: string; field: Field }>

/** Fields with at most one value, those of single records inside included; `within` keeps types from recurring. */
export function* plainFields(types: Dictionary, type: DataType, within: readonly string[] = []): Generator<Plain> {
  for (const member of type.members.values()) {
    if (!isChild(member)) {
      yield { path: [...within, member.path].join('/'), field: member }
      continue
    }
    if (member.many || member.rows || within.length > 0) continue
    for (const inner of familyOf(types, member.child)) yield* plainFields(types, inner, [...within, member.path])
  }
}

/** A type and those derived from it: what the place of an abstract type may hold. */
const familyOf = (types: Dictionary, name: string): readonly DataType[] =>
  [...types.types.values()].filter((type) => type.lineage.includes(name))

/** `XNAT_SUBJECTDATA_FIELD_MAP=name`: a custom variable, its name in lower case (hierarchy 5.6). */
export const variableField = (type: DataType, name: string, kind: Kind = 'string'): SearchField => ({
  id: `${type.name.replace(':', '_').toUpperCase()}_FIELD_MAP=${name.toLowerCase()}`,
  header: name,
  says: `Custom Field: ${name}`,
  kind,
  from: { path: `fields/field[name=${name.toLowerCase()}]/field` },
})

/** `SUB_PROJECT_IDENTIFIER=P`: the label that the record has in a project. */
export const labelField = (type: DataType, project: string): SearchField => ({
  id: `${wordOf(type)}_PROJECT_IDENTIFIER=${project}`,
  header: project,
  says: `Label within the ${project} project.`,
  kind: 'string',
  from: { labelIn: project },
})

/** A column of a default listing: the type it is of and the field's id. */
export type DefaultColumn = Readonly<{ element: string; id: string }>

/** The columns of the default listing of a type. */
export const defaultColumns = (type: DataType): readonly DefaultColumn[] =>
  (declsOf(type)[0]?.listing ?? []).map((name) => columnOf(type, name))

/** What a search shows that asks for no columns: the listing, and what programs look records up by. */
export const columnsUnasked = (type: DataType): readonly DefaultColumn[] => [
  ...defaultColumns(type),
  ...(declsOf(type)[0]?.also ?? []).map((name) => columnOf(type, name)),
]

function columnOf(type: DataType, name: string): DefaultColumn {
  const slash = name.indexOf('/')
  const id = name.slice(slash + 1).replace('*', wordOf(type))
  return { element: slash < 0 ? type.name : name.slice(0, slash), id }
}

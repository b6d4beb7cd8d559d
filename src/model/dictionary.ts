import { refuse } from '../errors.ts'

/** Kinds of values; `text` is a string without the usual limit of 255 characters. */
export type Kind = 'string' | 'text' | 'integer' | 'float' | 'date' | 'time' | 'datetime' | 'boolean'

/** A stored value: integers and floats as numbers (NaN and infinities as their names), dates and times as text. */
export type Scalar = string | number | boolean

/** One field of a type. The path it is declared under is relative to the type and joined with `/`. */
export type FieldDecl = Readonly<{
  kind: Kind
  /** Written as an XML attribute of the element that the path before the last step names. */
  attribute?: true
  /** Longest value in characters; 255 for `string` unless said otherwise. */
  max?: number
  min?: number
  values?: readonly string[]
  required?: true
  /** Decided by the archive (identity, labels, totals): never set by a document or a parameter. */
  readonly?: true
  label?: string
  unit?: string
  /** The DICOM attribute it is filled from, as eight hexadecimal digits. */
  dicom?: string
  /** Of a `datetime`: a time of day without a date will do. */
  timeAlone?: true
}>

/** A field whose values are records of a type of their own. */
export type ChildDecl = Readonly<{
  child: string
  many: boolean
  /** Fields of the child that tell two entries apart when documents are merged. */
  key?: readonly string[]
  /** Kept as rows of their own, not inside the document of their parent. */
  rows?: 'scans' | 'resources' | 'assessors' | 'reconstructions' | 'shares' | 'experiments' | 'in' | 'out'
}>

export type TypeDecl = Readonly<{
  /** `prefix:localName`, e.g. `xnat:mrScanData`. */
  name: string
  extends?: string
  /** Root element of a document of this type, without prefix, e.g. `MRScan`. Absent: no document of its own. */
  root?: string
  singular?: string
  plural?: string
  abstract?: true
  /** Generated integer key shown to clients, e.g. `xnat_imageScanData_id`. Inherited. */
  key?: string
  /** The field that is the element's own text, for types such as `xnat:addField`. */
  text?: string
  /** The field by which people and clients tell records of this type apart (clients 1.2). */
  identifier?: string
  /** In document order; those of the parent type come first. */
  fields: Readonly<Record<string, FieldDecl | ChildDecl>>
}>

export type Field = Readonly<{ path: string; steps: readonly string[]; declaredBy: string }> & FieldDecl
export type Child = Readonly<{ path: string; steps: readonly string[]; declaredBy: string }> & ChildDecl
export type Member = Field | Child

export type DataType = Readonly<{
  name: string
  prefix: string
  local: string
  /** Root element without prefix, or undefined. */
  root: string | undefined
  singular: string
  plural: string
  abstract: boolean
  key: string | undefined
  text: string | undefined
  /** Not inherited. */
  identifier: string | undefined
  /** Own name first, then every ancestor. */
  lineage: readonly string[]
  /** Every field and child, inherited ones first, in document order, by exact path. */
  members: ReadonlyMap<string, Member>
  /** The same members by lower-cased path. */
  folded: ReadonlyMap<string, Member>
}>

export type Dictionary = Readonly<{
  types: ReadonlyMap<string, DataType>
  /** By type name or root element name (`xnat:MRScan`), exact; undefined when unknown. */
  find: (name: string) => DataType | undefined
  /** Like `find`, ignoring letter case. */
  findFolded: (name: string) => DataType | undefined
  /** Whether `name` is `ancestor` or derives from it; false for unknown names. */
  isA: (name: string, ancestor: string) => boolean
}>

export const isChild = (member: Member): member is Child => 'child' in member

/** Declares a data type; only fixes the literal's type. */
export function dataType(decl: TypeDecl): TypeDecl {
  return decl
}

/**
 * The dictionary of the declared types, resolved: lineage and inherited members of each.
 * @throws ArchiveError 'invalid' when a type is declared twice or extends one that is not declared
 */
export function makeDictionary(decls: readonly TypeDecl[]): Dictionary {
  const declared = new Map(decls.map((decl) => [decl.name, decl]))
  if (declared.size !== decls.length)
    refuse({ kind: 'invalid', field: 'types', because: 'A data type is declared twice.' })
  const types = new Map<string, DataType>()
  for (const decl of decls) resolve(decl, declared, types)
  const names = new Map<string, DataType>()
  for (const type of types.values()) {
    names.set(type.name, type)
    if (type.root) names.set(`${type.prefix}:${type.root}`, type)
  }
  const folded = new Map([...names].map(([name, type]) => [name.toLowerCase(), type]))
  return Object.freeze({
    types,
    find: (name: string) => names.get(name),
    findFolded: (name: string) => folded.get(name.toLowerCase()),
    isA: (name: string, ancestor: string) => names.get(name)?.lineage.includes(ancestor) ?? false,
  })
}

function resolve(decl: TypeDecl, declared: ReadonlyMap<string, TypeDecl>, types: Map<string, DataType>): DataType {
  const known = types.get(decl.name)
  if (known) return known
  const parent = decl.extends ? resolve(parentOf(decl, declared), declared, types) : undefined
  const members = new Map(parent?.members)
  for (const [path, member] of Object.entries(decl.fields)) {
    members.set(path, Object.freeze({ ...member, path, steps: path.split('/'), declaredBy: decl.name }))
  }
  const [prefix = '', local = ''] = decl.name.split(':')
  const type: DataType = Object.freeze({
    name: decl.name,
    prefix,
    local,
    root: decl.root,
    singular: decl.singular ?? decl.root ?? local,
    plural: decl.plural ?? `${decl.singular ?? decl.root ?? local}s`,
    abstract: decl.abstract ?? false,
    key: decl.key ?? parent?.key,
    text: decl.text ?? parent?.text,
    identifier: decl.identifier,
    lineage: [decl.name, ...(parent?.lineage ?? [])],
    members,
    folded: new Map([...members].map(([path, member]) => [path.toLowerCase(), member])),
  })
  types.set(decl.name, type)
  return type
}

function parentOf(decl: TypeDecl, declared: ReadonlyMap<string, TypeDecl>): TypeDecl {
  return (
    declared.get(decl.extends!) ??
    refuse({ kind: 'invalid', field: decl.name, because: `${decl.name} extends the unknown type ${decl.extends}.` })
  )
}

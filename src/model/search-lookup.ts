import { type DataType, type Dictionary, isChild, type Kind } from './dictionary.ts'
import {
  generatedId,
  labelField,
  plainFields,
  type SearchField,
  searchFieldsOf,
  variableField,
} from './search-fields.ts'
import { parseXmlPath, type ResolvedPath, resolvePath } from './xml-path.ts'

/** A field as a search names it: what it is, and the heading of its column. */
export type FoundField = Readonly<{ field: SearchField; key: string }>

/** A data type in front of the rest: `xnat:mrSessionData/age`, `xnat:mrSessionData.LABEL`. */
export function splitTyped(text: string): Readonly<{ element: string; rest: string }> | undefined {
  const [, element = '', rest = ''] = /^(\w+:\w+)[/.](.+)$/s.exec(text) ?? []
  return element === '' ? undefined : { element, rest }
}

/**
 * The field that a search names: by id, by path below the type, or by the id that the original makes of a path
 * (`XNAT_COL_MRSESSIONDATATIME`). An id in its own letter case comes first, then a path, then an id in any case.
 * A path is called like the field that is established for it (hierarchy 7.5).
 * @param text without the data type
 * @param typed the document named the type in front: a path without an established field has the id that the original
 * makes of it, and else only its words joined, by which pyxnat finds its columns
 */
export function findField(types: Dictionary, type: DataType, text: string, typed = false): FoundField | undefined {
  const generated = generatedField(type, text)
  if (generated) return named(generated)
  const fields = searchFieldsOf(types, type)
  const known = fields.find(({ id }) => id === text)
  if (known) return named(known)
  const folded = fields.find(({ id }) => id === text.toUpperCase())
  const path = folded && !type.members.has(text) ? undefined : pathField(types, type, text)
  if (!path) return named(folded ?? columnField(types, type, text))
  const established = fields.find(({ plain, from }) => plain && samePath(from, path.from))
  return named(established ?? (typed ? { ...path, id: generatedId(type, path.from.path) } : path))
}

const named = (field: SearchField | undefined): FoundField | undefined => field && { field, key: keyOf(field.id) }

/** Column names are the ids in lower case, with nothing that a column of a table could not be called. */
const keyOf = (id: string): string => id.toLowerCase().replaceAll(/\W+/g, '_')

const samePath = (a: SearchField['from'], b: SearchField['from']): boolean =>
  'path' in a && 'path' in b && a.of === b.of && a.path.toLowerCase() === b.path.toLowerCase()

function generatedField(type: DataType, text: string): SearchField | undefined {
  const [, name = '', value = ''] = /^(\w+)=(.+)$/s.exec(text) ?? []
  if (/_FIELD_MAP$/i.test(name)) return variableField(type, value)
  return /PROJECT_IDENTIFIER$/i.test(name) ? labelField(type, value) : undefined
}

/** What is known of every record beside its fields; the kinds of those that are no texts. */
const noted: ReadonlyMap<string, Kind> = new Map([
  ['meta/insert_date', 'datetime'],
  ['meta/last_modified', 'datetime'],
  ['meta/insert_user/login', 'string'],
  ['meta/status', 'string'],
  ['extension_item/element_name', 'string'],
])

type PathField = SearchField & Readonly<{ from: Readonly<{ path: string }> }>

function pathField(types: Dictionary, type: DataType, path: string): PathField | undefined {
  const kind = noted.get(path.toLowerCase()) ?? resolved(types, type, path)?.field.kind
  if (!kind) return undefined
  const id = path
    .replaceAll(/\[[^\]]*\]/g, '')
    .replaceAll(/[/.@]/g, '_')
    .toUpperCase()
  return { id, header: path, says: path, kind, from: { path } }
}

/** The field of the dictionary at a path below a type. */
export function resolved(types: Dictionary, type: DataType, path: string): ResolvedPath | undefined {
  const parsed = parseXmlPath(`${type.name}/${path}`)
  return parsed && resolvePath(types, type.name, parsed.steps)
}

/** `XNAT_COL_`, the type and the path in capitals without anything between. */
function columnField(types: Dictionary, type: DataType, text: string): SearchField | undefined {
  if (!/^XNAT_COL_/i.test(text)) return undefined
  const bare = text.slice('XNAT_COL_'.length).toUpperCase()
  const locals = type.lineage.map((name) => name.slice(name.indexOf(':') + 1).toUpperCase())
  const local = locals.find((name) => bare.startsWith(name))
  if (local === undefined) return undefined
  const name = bare.slice(local.length)
  const path = plainFields(types, type).find((plain) => squeezed(plain.path) === squeezed(name))?.path
  const found = pathField(types, type, path ?? listPath(types, type, name) ?? '')
  return found && { ...found, id: text.toUpperCase() }
}

const squeezed = (path: string): string => path.replaceAll(/[/_-]/g, '').toUpperCase()

/** Fields of lists inside the record: `SHARINGSHAREPROJECT`. */
function listPath(types: Dictionary, type: DataType, name: string): string | undefined {
  for (const member of type.members.values()) {
    if (!isChild(member) || !name.startsWith(squeezed(member.path))) continue
    const rest = name.slice(squeezed(member.path).length)
    const field = types
      .find(member.child)
      ?.members.values()
      .find(({ path }) => squeezed(path) === squeezed(rest))
    if (field) return `${member.path}/${field.path}`
  }
  return undefined
}

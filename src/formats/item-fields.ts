import { type DataType, type Dictionary, isChild, type Kind, type Scalar } from '../model/dictionary.ts'
import type { Item } from '../model/item.ts'

/** A value that a record shows, under the path relative to its type. */
export type ShownField = Readonly<{ path: string; kind: Kind; value: Scalar }>

/** The generated keys, then every field with a value, in dictionary order (scans 3.3). */
export function shownFields(dictionary: Dictionary, type: DataType, item: Item): readonly ShownField[] {
  const shown: ShownField[] = keyNames(dictionary, type).flatMap((path) =>
    item.id === undefined ? [] : [{ path, kind: 'integer' as const, value: item.id }],
  )
  for (const member of type.members.values()) {
    const value = item.fields[member.path]
    if (value !== undefined && !isChild(member)) shown.push({ path: member.path, kind: member.kind, value })
  }
  return shown
}

/** The generated key as the type spells it, and in lower case where it is inherited: clients read either. */
function keyNames(dictionary: Dictionary, type: DataType): readonly string[] {
  if (!type.key) return []
  const column = keyColumn(dictionary, type)
  return column === type.key ? [type.key] : [type.key, column]
}

/** The key as the database of the original names it: an inherited one in lower case. */
export function keyColumn(dictionary: Dictionary, type: DataType): string {
  const key = type.key ?? ''
  const inherited = type.lineage.slice(1).some((name) => dictionary.find(name)?.key === key)
  return inherited ? key.toLowerCase() : key
}

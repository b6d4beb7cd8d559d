import type { DataType, Dictionary } from '../model/dictionary.ts'
import { namespaceOf } from '../model/namespaces.ts'

/** The name of a type where a colon cannot stand: `xnat_mrSessionData`. */
export const typeKey = ({ name }: DataType): string => name.replace(':', '_')

/** The names that a type goes by: its own, and that of its root element with and without prefix. */
export const typeNames = ({ name, prefix, root }: DataType): readonly string[] =>
  root === undefined ? [name] : [name, root, `${prefix}:${root}`]

/** What programs want to know of a type (hierarchy 7.4). */
export function typeJson(type: DataType): Readonly<Record<string, unknown>> {
  const [, base] = type.lineage
  return {
    name: type.name,
    formattedName: typeKey(type),
    properName: type.root ?? type.local,
    localType: type.local,
    namespacePrefix: type.prefix,
    namespaceURI: namespaceOf(type.prefix),
    singular: type.singular,
    plural: type.plural,
    extension: base !== undefined,
    extensionType: base ?? null,
    abstract: type.abstract,
  }
}

/** A type as menus of user interfaces show it. */
export function displayJson(types: Dictionary, type: DataType): Readonly<Record<string, unknown>> {
  return {
    elementName: type.name,
    properName: type.root ?? type.local,
    singular: type.singular,
    plural: type.plural,
    isExperiment: types.isA(type.name, 'xnat:experimentData'),
    isSubjectAssessor: types.isA(type.name, 'xnat:subjectAssessorData'),
    isImageSession: types.isA(type.name, 'xnat:imageSessionData'),
    isImageAssessor: types.isA(type.name, 'xnat:imageAssessorData'),
    isImageScan: types.isA(type.name, 'xnat:imageScanData'),
  }
}

import type { Dictionary } from './dictionary.ts'
import { assign, type Item, merge, replaceWith } from './item.ts'
import type { XmlPath } from './xml-path.ts'

/** What a request asks a record to become: a document, single assignments on top of it, or both (hierarchy 1.10). */
export type Patch = Readonly<{
  document?: Item
  /** Lines about values in the document that its types do not take. */
  faults: readonly string[]
  /** The type that a document's root, `ELEMENT_0` or `xsiType` names. */
  namedType?: string
  /** The type that the first path among the assignments begins with. */
  impliedType?: string
  assignments: readonly Assignment[]
  /** `allowDataDeletion=true`: what the document does not hold is removed. */
  removesAbsent: boolean
}>

export type Assignment = Readonly<{ path: XmlPath; value: string }>

/** What a document alone asks for: nothing that it does not hold is removed. */
export const patchOf = (document: Item): Patch => ({
  document,
  faults: [],
  namedType: document.type,
  assignments: [],
  removesAbsent: false,
})

/** Whether anything at all was sent that could change a record. */
export const isEmptyPatch = (patch: Patch): boolean => !patch.document && patch.assignments.length === 0

/**
 * The record as the patch leaves it. Values of other types are passed over in silence, as clients rely on.
 * @returns the record and one line for each value that its field does not take
 */
export function applyPatch(types: Dictionary, base: Item, patch: Patch): { item: Item; faults: readonly string[] } {
  const faults = [...patch.faults]
  let item = base
  if (patch.document) {
    const document = { ...patch.document, type: base.type }
    item = patch.removesAbsent ? replaceWith(types, base, document) : merge(types, base, document)
  }
  for (const { path, value } of patch.assignments) {
    const outcome = assign(types, item, path, value)
    if (outcome === 'unknown') continue
    if ('fault' in outcome) faults.push(outcome.fault)
    else item = outcome.item
  }
  return { item, faults }
}

import type { Dictionary } from '../model/dictionary.ts'
import type { Item } from '../model/item.ts'
import { cellText } from '../model/values.ts'
import { typeNamed } from './element-plan.ts'
import { shownFields } from './item-fields.ts'
import { csvLine } from './table-csv.ts'

/** A record as two lines: the names of its fields with a value, in dictionary order, and the values (scans 3.1). */
export function itemToCsv(dictionary: Dictionary, item: Item): string {
  const fields = shownFields(dictionary, typeNamed(dictionary, item.type), item)
  return csvLine(fields.map(({ path }) => path)) + csvLine(fields.map(({ kind, value }) => cellText(kind, value)))
}

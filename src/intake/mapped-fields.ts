import type { DicomMapping, MappedKind } from '../archive/dicom-mappings.ts'
import { agreed, joinedText, top } from '../dicom/agreement.ts'
import type { DicomHeader } from '../dicom/header.ts'
import type { Tag } from '../dicom/tags.ts'
import { readDate, readTime } from '../model/dates.ts'
import type { Item } from '../model/item.ts'

/** What a mapping says, wherever it is kept. */
export type Mapping = Pick<DicomMapping, 'fieldName' | 'fieldType' | 'tag' | 'schemaElement'>

/** The tags that mappings read. */
export const mappedTags = (mappings: readonly Mapping[]): ReadonlySet<Tag> => new Set(mappings.map(({ tag }) => tag))

/** A record with the fields that mappings make of the headers that belong to it; only those of its very type. */
export function withMappings(record: Item, headers: readonly DicomHeader[], mappings: readonly Mapping[]): Item {
  const items = mappings
    .filter(({ schemaElement }) => schemaElement === record.type)
    .flatMap((mapping) => {
      const text = agreed(headers, top(mapping.tag), (texts) => converters[mapping.fieldType](joinedText(texts) ?? ''))
      return text === undefined ? [] : [{ name: mapping.fieldName, text }]
    })
  if (items.length === 0) return record
  const isSession = record.type.endsWith('SessionData')
  const path = isSession ? 'fields/field' : 'parameters/addParam'
  const [type, key] = isSession ? ['xnat:experimentData_field', 'field'] : ['xnat:addField', 'addField']
  const added = items.map(({ name, text }): Item => ({ type, fields: { name, [key]: text }, children: {} }))
  const names = new Set(items.map(({ name }) => name))
  const before = (record.children[path] ?? []).filter(({ fields }) => !names.has(String(fields['name'])))
  return { ...record, children: { ...record.children, [path]: [...before, ...added] } }
}

/** What the text of an attribute is as a value of each kind; undefined for what is none. */
const converters: Readonly<Record<MappedKind, (text: string) => string | undefined>> = {
  string: (text) => text || undefined,
  integer: (text) => (/^[+-]?\d{1,15}$/.test(text) ? String(Number(text)) : undefined),
  float: plainDecimal,
  boolean: (text) => (/^(?:true|false)$/i.test(text) ? text.toLowerCase() : undefined),
  date: (text) => readDate(text.replace(/^(\d{4})\.(\d\d)\.(\d\d)$/, '$1-$2-$3')),
  time: (text) => readTime(text.replace(/^(\d{6})\.\d*$/, '$1')),
}

/** A decimal number without exponent. */
function plainDecimal(text: string): string | undefined {
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:E[+-]?\d+)?$/i.test(text)) return undefined
  const value = Number(text)
  if (!Number.isFinite(value)) return undefined
  const written = String(value)
  return written.includes('e') ? value.toFixed(20).replace(/\.?0+$/, '') : written
}

import { type Dictionary, type Field, isChild, type Scalar } from '../model/dictionary.ts'
import type { Item } from '../model/item.ts'
import { readValue } from '../model/values.ts'
import { agreed, chain, decimal, joinedText, type Report } from './agreement.ts'
import type { DicomHeader } from './header.ts'
import { type Gathered, scanSpecials, sessionSpecials, sessionTags } from './special-fields.ts'
import type { Tag } from './tags.ts'

/**
 * What the headers of one series say of their scan: every field of the type that has a DICOM attribute, and the few
 * that need more than one (import 4.3 to 4.5). Its ID, type and quality are none of theirs.
 * @param headers one per instance; a field on which they differ is absent
 * @param report told the fields that are absent because headers differ or say what the field cannot hold
 */
export function scanRecord(
  types: Dictionary,
  type: string,
  headers: readonly DicomHeader[],
  report: Report = ignore,
): Item {
  return recordOf(types, type, { headers, report, special: scanSpecials })
}

/** What the headers of a study say of their imaging session (import 4.2). */
export function sessionRecord(
  types: Dictionary,
  type: string,
  headers: readonly DicomHeader[],
  report: Report = ignore,
): Item {
  return recordOf(types, type, { headers, report, special: sessionSpecials })
}

const ignore: Report = () => undefined

/**
 * One header of each kind that differs in what it says of the session, so that those of long series need not be kept.
 * What `sessionRecord` makes of them is the same.
 * @param kind the type of the session, and further tags that fields are made of
 */
export function distinctForSession(
  types: Dictionary,
  { type, also = [] }: Readonly<{ type: string; also?: readonly Tag[] }>,
  headers: readonly DicomHeader[],
): readonly DicomHeader[] {
  const members = [...(types.find(type)?.members.values() ?? [])]
  const declared = members.flatMap((member) => (isChild(member) ? [] : (member.dicom ?? [])))
  const tags = [...declared, ...sessionTags, ...also]
  const key = (header: DicomHeader): string =>
    JSON.stringify(tags.map((tag) => header.values.get(tag) ?? header.items.get(tag)?.map((item) => [...item.values])))
  return [...new Map(headers.map((header) => [key(header), header])).values()]
}

type Said = Readonly<{
  headers: readonly DicomHeader[]
  report: Report
  special: (type: string, headers: readonly DicomHeader[], report: Report) => Gathered
}>

function recordOf(types: Dictionary, type: string, said: Said): Item {
  const members = types.find(type)?.members ?? new Map<string, never>()
  const gathered = said.special(type, said.headers, (path, values) => {
    if (members.has(path)) said.report(path, values)
  })
  const fields: Record<string, Scalar> = {}
  for (const member of members.values()) {
    if (isChild(member)) continue
    const special = member.path in gathered.fields
    const value = special ? gathered.fields[member.path] : declared(member, said)
    const read = checked(member, value)
    if (read !== undefined) fields[member.path] = read
    else if (value !== undefined) said.report(member.path, [String(value)])
  }
  const children = Object.entries(gathered.children ?? {}).filter(
    ([path, items]) => members.has(path) && items.length > 0,
  )
  return { type, fields, children: Object.fromEntries(children) }
}

function declared(field: Field, { headers, report }: Said): Scalar | undefined {
  if (field.dicom === undefined) return undefined
  const reading = chain(field.dicom, groupSequences[field.dicom])
  const convert = (texts: readonly string[]): string | number | undefined => {
    const value = valueFor(field, texts)
    if (value === undefined) report(field.path, texts)
    return value
  }
  return agreed(headers, reading, convert, (values) => report(field.path, values))
}

/** A value that its field cannot hold is left out, never an error (import 4.1). */
function checked(field: Field, value: Scalar | undefined): Scalar | undefined {
  if (value === undefined) return undefined
  const read = readValue(field, String(value))
  return 'value' in read ? read.value : undefined
}

/** The value for a field of this kind: days and times of DICOM as the archive writes them. */
function valueFor({ kind }: Field, texts: readonly string[]): string | number | undefined {
  if (kind === 'date') return dayOf(texts[0] ?? '')
  if (kind === 'time') return timeOf(texts[0] ?? '')
  if (kind === 'integer' || kind === 'float') return texts.length === 1 ? decimal(texts[0]) : undefined
  return joinedText(texts)
}

const dayOf = (text: string): string | undefined => /^(\d{4})\.?(\d\d)\.?(\d\d)$/.exec(text)?.slice(1).join('-')
const timeOf = (text: string): string | undefined => /^(\d\d):?(\d\d):?(\d\d)/.exec(text)?.slice(1).join(':')

/** Where objects with several frames keep an attribute: the sequence within their functional groups (import 4.4, 4.5). */
const groupSequences: Readonly<Record<Tag, Tag>> = {
  '00180080': '00189112',
  '00180082': '00189112',
  '00181314': '00189112',
  '00180095': '00189006',
  '00181250': '00189042',
  '00189087': '00189117',
  '00189075': '00189117',
  '00189089': '00189117',
  '00189147': '00189117',
  '00281052': '00289145',
  '00281053': '00289145',
  '00180060': '00189325',
  '00181160': '00189325',
  '00180090': '00189304',
  '00181120': '00189304',
  '00181130': '00189304',
  '00189306': '00189304',
  '00189307': '00189304',
  '00181110': '00189312',
  '00181210': '00189314',
  '00189309': '00189308',
  '00189310': '00189308',
  '00189311': '00189308',
  '00189324': '00189321',
  '00189323': '00189321',
  '00189345': '00189321',
}

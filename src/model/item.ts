import { type Child, type DataType, type Dictionary, type Field, isChild, type Scalar } from './dictionary.ts'
import { namespaceOf } from './namespaces.ts'
import { openPartners } from './partners.ts'
import { readValue } from './values.ts'
import { type ChildStep, resolvePath, type XmlPath } from './xml-path.ts'

/** What is known of one version of a record besides its values. */
export type ItemMeta = Readonly<{
  /** The change that wrote this version. */
  createEventId: number
  /** When this version began, ISO 8601 in UTC. */
  startDate: string
  isHistory: boolean
  modifiedEventId?: number
  endDate?: string
}>

/**
 * A record and everything below it. `fields` maps a path relative to the type (`parameters/tr`) to its value; fields
 * without a value are absent. `children` maps a path (`parameters/addParam`) to records of their own.
 */
export type Item = Readonly<{
  type: string
  fields: Readonly<Record<string, Scalar>>
  children: Readonly<Record<string, readonly Item[]>>
  /** Generated integer key (the type's `key`), for records that have one. */
  id?: number
  meta?: ItemMeta
}>

type List = readonly Item[]

/** What became of one assignment: the record as it is now, a whole line of complaint, or a path it does not know. */
export type Assigned = Readonly<{ item: Item }> | Readonly<{ fault: string }> | 'unknown'

/** A record of this type without any value. */
export function emptyItem(type: string): Item {
  return { type, fields: {}, children: {} }
}

/**
 * One line about a value that a field does not take; clients read the quoted parts (hierarchy 1.10).
 * @param type name of the data type that the element is of
 * @param tail what `readValue` says, e.g. `Must Be A Valid Date`
 */
export function faultLine(type: string, path: string, tail: string): string {
  const namespace = namespaceOf(type.split(':')[0] ?? '') ?? ''
  return `The content of element '${type}' is not complete. '{"${namespace}":${path}}' ${tail}`
}

/**
 * The record with one field set by path (scans 4.2, hierarchy 1.10). `NULL` clears it, empty text and fields that the
 * archive decides leave all as it is; records on the way are made where they are missing.
 * @returns 'unknown' when the path is of an unrelated type or no field
 */
export function assign(dictionary: Dictionary, item: Item, path: XmlPath, text: string): Assigned {
  const type = dictionary.findFolded(path.type)
  if (!type || !dictionary.isA(item.type, type.name)) return 'unknown'
  const found = resolvePath(dictionary, item.type, path.steps)
  if (!found) return 'unknown'
  const way = placesOf(found.through)
  if (way === 'unknown' || 'fault' in way) return way
  const { field, owner } = found
  if (text === '' || field.readonly) return { item }
  if (text === 'NULL') return { item: clear(dictionary, item, way, field) }
  const read = readValue(field, text)
  if ('fault' in read) return { fault: faultLine(owner.name, field.path, read.fault) }
  return { item: put(dictionary, item, way, (target) => withField(target, field.path, read.value)) }
}

/** Which entry of a list of children is meant. */
type Place = Readonly<{ child: Child; type: DataType; typed: boolean; index?: number; where?: [string, Scalar] }>

function placesOf(through: readonly ChildStep[]): readonly Place[] | { fault: string } | 'unknown' {
  const places: Place[] = []
  for (const step of through) {
    const place = placeOf(step)
    if (place === 'unknown' || 'fault' in place) return place
    places.push(place)
  }
  return places
}

function placeOf({ child, type, selector = {} }: ChildStep): Place | { fault: string } | 'unknown' {
  const place: Place = { child, type, typed: selector.type !== undefined, index: selector.index }
  if (!selector.where) return place
  const field = type.folded.get(selector.where.field.toLowerCase())
  if (!field || isChild(field)) return 'unknown'
  const read = readValue(field, selector.where.value)
  if ('fault' in read) return { fault: faultLine(type.name, field.path, read.fault) }
  return { ...place, where: [field.path, read.value] }
}

/** Position of the entry in the list, or the length of the list when there is none. */
function positionIn(dictionary: Dictionary, list: List, place: Place): number {
  const { child, index, typed, type, where } = place
  if (!child.many) return 0
  if (index !== undefined) return Math.min(index, list.length)
  if (!where && !typed) return 0
  const at = list.findIndex(
    (entry) => (!where || entry.fields[where[0]] === where[1]) && (!typed || dictionary.isA(entry.type, type.name)),
  )
  return at < 0 ? list.length : at
}

function put(dictionary: Dictionary, item: Item, way: readonly Place[], change: (target: Item) => Item): Item {
  const [place, ...rest] = way
  if (!place) return change(item)
  const list = item.children[place.child.path] ?? []
  const at = positionIn(dictionary, list, place)
  const entry = list[at] ?? newEntry(place)
  // A record of a type that lacks the field becomes one of the type that has it.
  const fitting = dictionary.isA(entry.type, place.type.name) ? entry : { ...entry, type: place.type.name }
  return withChildren(item, place.child.path, replaceAt(list, at, put(dictionary, fitting, rest, change)))
}

function newEntry({ type, where }: Place): Item {
  const entry = emptyItem(type.name)
  return where ? withField(entry, where[0], where[1]) : entry
}

function clear(dictionary: Dictionary, item: Item, way: readonly Place[], field: Field): Item {
  const [place, ...rest] = way
  if (!place) return withField(item, field.path, undefined)
  const list = item.children[place.child.path] ?? []
  const at = positionIn(dictionary, list, place)
  const entry = list[at]
  if (!entry) return item
  const cleared = clear(dictionary, entry, rest, field)
  const spent = rest.length === 0 && isSpent(cleared, place, field)
  return withChildren(item, place.child.path, spent ? list.toSpliced(at, 1) : replaceAt(list, at, cleared))
}

/** Nothing is left to keep: no value at all, or only the key of an entry whose own text was cleared. */
function isSpent(entry: Item, { child, type }: Place, cleared: Field): boolean {
  if (Object.keys(entry.children).length > 0) return false
  const left = Object.keys(entry.fields)
  return left.length === 0 || (type.text === cleared.path && left.every((path) => child.key?.includes(path)))
}

function withField(item: Item, path: string, value: Scalar | undefined): Item {
  const { [path]: _, ...others } = item.fields
  return { ...item, fields: value === undefined ? others : { ...item.fields, [path]: value } }
}

function withChildren(item: Item, path: string, list: List): Item {
  const { [path]: _, ...others } = item.children
  return { ...item, children: list.length === 0 ? others : { ...item.children, [path]: list } }
}

function replaceAt(list: List, at: number, entry: Item): List {
  return at < list.length ? list.with(at, entry) : [...list, entry]
}

/**
 * Every complaint about a record as a whole: required fields without a value, values their fields do not take.
 * @returns whole lines, none when all is well (scans 4.8, hierarchy 1.10)
 */
export function validate(dictionary: Dictionary, item: Item): string[] {
  const lines: string[] = []
  for (const member of dictionary.find(item.type)?.members.values() ?? []) {
    if (isChild(member)) {
      for (const child of item.children[member.path] ?? []) lines.push(...validate(dictionary, child))
      continue
    }
    const tail = complaint(member, item.fields[member.path])
    if (tail !== undefined) lines.push(faultLine(item.type, member.path, tail))
  }
  return lines
}

function complaint(field: Field, value: Scalar | undefined): string | undefined {
  if (value === undefined) return field.required ? 'Required Field' : undefined
  const read = readValue(field, String(value))
  return 'fault' in read ? read.fault : undefined
}

/**
 * The stored record with what came laid over it: sent values overwrite, absent ones stay, children are matched by
 * their keys and added or updated, never removed (scans 4.10). A list whose entries have no key is replaced when sent.
 */
export function merge(dictionary: Dictionary, stored: Item, incoming: Item): Item {
  const type = laterType(dictionary, stored, incoming)
  const fields = { ...stored.fields, ...incoming.fields, ...decidedFields(dictionary, type, stored) }
  const children = { ...stored.children }
  for (const [path, list] of Object.entries(incoming.children)) {
    const child = childAt(dictionary, type, path)
    if (child) children[path] = mergeLists(dictionary, child, children[path] ?? [], list)
  }
  return { ...stored, type, fields, children }
}

/** Which record a document means is settled before it is merged, so that its absence there removes nothing. */
const identity = ['ID', 'project', 'label', 'subject_ID']

/**
 * What came, in the place of the stored record (`allowDataDeletion`): fields and children that were not sent are
 * removed. Identity, fields that the archive decides and children that are rows of their own stay.
 */
export function replaceWith(dictionary: Dictionary, stored: Item, incoming: Item): Item {
  const type = laterType(dictionary, stored, incoming)
  const kept = Object.entries(stored.fields).filter(([path]) => identity.includes(path))
  const fields = { ...Object.fromEntries(kept), ...incoming.fields, ...decidedFields(dictionary, type, stored) }
  const rows = Object.entries(stored.children).filter(([path]) => childAt(dictionary, type, path)?.rows)
  const children: Record<string, List> = Object.fromEntries(rows)
  for (const [path, list] of Object.entries(incoming.children)) {
    const child = childAt(dictionary, type, path)
    if (!child) continue
    const before = stored.children[path] ?? []
    const partners = openPartners(child, before)
    children[path] = child.rows
      ? mergeLists(dictionary, child, before, list)
      : list.map((entry) => replaceEntry(dictionary, before[partners.of(entry)], entry))
  }
  return { ...stored, type, fields, children }
}

function replaceEntry(dictionary: Dictionary, before: Item | undefined, entry: Item): Item {
  const type = before ? laterType(dictionary, before, entry) : entry.type
  return before?.id === undefined ? { ...entry, type } : { ...entry, type, id: before.id }
}

/** A document need not repeat the subtype of what it changes; a more telling or another type wins. */
function laterType(dictionary: Dictionary, stored: Item, incoming: Item): string {
  return dictionary.isA(stored.type, incoming.type) ? stored.type : incoming.type
}

function childAt(dictionary: Dictionary, type: string, path: string): Child | undefined {
  const member = dictionary.find(type)?.members.get(path)
  return member && isChild(member) ? member : undefined
}

function decidedFields(dictionary: Dictionary, type: string, stored: Item): Item['fields'] {
  const decided = Object.entries(stored.fields).filter(([path]) => {
    const member = dictionary.find(type)?.members.get(path)
    return member && !isChild(member) && member.readonly
  })
  return Object.fromEntries(decided)
}

function mergeLists(dictionary: Dictionary, child: Child, stored: List, incoming: List): List {
  if (child.many && !child.key) return incoming
  const merged = [...stored]
  const partners = openPartners(child, stored)
  for (const entry of incoming) {
    const found = child.many ? partners.of(entry) : Math.min(merged.length, 1) - 1
    const before = merged[found]
    const at = before ? found : merged.length
    merged[at] = before ? merge(dictionary, before, entry) : entry
    partners.put(merged[at], at)
  }
  return merged
}

/**
 * The stored form of a record: JSON with fields flat by path and children as lists under theirs, each with its
 * `@type` and, where it has one, its generated key as `#`. Children that are rows of their own are left out, and so
 * are those without any content.
 */
export function itemToDocument(dictionary: Dictionary, item: Item): string {
  return JSON.stringify(documentOf(dictionary, item))
}

type Document = { [path: string]: Scalar | readonly Document[] }

function documentOf(dictionary: Dictionary, item: Item): Document {
  const document: Document = { ...item.fields }
  for (const [path, list] of Object.entries(item.children)) {
    if (childAt(dictionary, item.type, path)?.rows) continue
    const entries = list.map((child) => ({ type: child.type, id: child.id, inner: documentOf(dictionary, child) }))
    const filled = entries.filter(({ inner }) => Object.keys(inner).length > 0)
    if (filled.length === 0) continue
    document[path] = filled.map(({ type, id, inner }) => ({
      '@type': type,
      ...(id !== undefined && { '#': id }),
      ...inner,
    }))
  }
  return document
}

/** A record of this type from the JSON text that `itemToDocument` made. */
export function documentToItem(type: string, json: string): Item {
  return itemOf(type, JSON.parse(json) as Document)
}

function itemOf(type: string, document: Document): Item {
  const fields: Record<string, Scalar> = {}
  const children: Record<string, List> = {}
  for (const [path, value] of Object.entries(document)) {
    if (typeof value === 'object') children[path] = value.map((entry) => itemOf(String(entry['@type']), entry))
    else if (path !== '@type' && path !== '#') fields[path] = value
  }
  const id = document['#']
  return typeof id === 'number' ? { type, fields, children, id } : { type, fields, children }
}

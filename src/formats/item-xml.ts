import { refuse } from '../errors.ts'
import type { DataType, Dictionary, Field, Scalar } from '../model/dictionary.ts'
import { faultLine, type Item } from '../model/item.ts'
import { namespaces, prefixOf } from '../model/namespaces.ts'
import { readValue, xmlText } from '../model/values.ts'
import { type ChildPlan, type ElementPlan, isChildPlan, openPlans, type Plans } from './element-plan.ts'
import { keyColumn } from './item-fields.ts'
import { escapeAttribute, escapeText } from './xml.ts'
import { type XmlElement, type XmlName, XSI } from './xml-read.ts'

type Options = Readonly<{
  /** Leave out the comments with generated keys. */
  concealHidden?: boolean
  /** Where the schemas are served from, without a slash at its end. */
  siteUrl: string
}>

/** A record and all below it as a document whose root is the type's own element (scans 3.4, hierarchy 1.4). */
export function itemToXml(dictionary: Dictionary, item: Item, options: Options): string {
  const plans = openPlans(dictionary)
  const type = plans.named(item.type)
  const name = `${type.prefix}:${type.root ?? type.local}`
  const record = recordText(
    { plans, conceal: options.concealHidden ?? false },
    { item, name, after: rootText(options) },
  )
  return `<?xml version="1.0" encoding="UTF-8"?>\n${record}`
}

// Clients resolve paths with the root's own prefixes, so all of them are declared there.
function rootText({ siteUrl }: Options): string {
  const declared = Object.entries(namespaces).map(([prefix, uri]) => ` xmlns:${prefix}="${uri}"`)
  const location = escapeAttribute(`${namespaces['xnat']} ${siteUrl}/schemas/xnat/xnat.xsd`)
  return `${declared.join('')} xsi:schemaLocation="${location}"`
}

type Writing = Readonly<{ plans: Plans; conceal: boolean }>

type RecordElement = Readonly<{
  item: Item
  name: string
  /** Attributes that are not fields, written after them. */
  after: string
  /** Key of the record above, where this one is a row that points to it. */
  above?: string
}>

function recordText(writing: Writing, { item, name, after, above }: RecordElement): string {
  const type = writing.plans.named(item.type)
  const plan = writing.plans.of(type)
  const hidden = writing.conceal
    ? ''
    : `\n<!--hidden_fields[${keysText(writing.plans.dictionary, type, item, above)}]-->`
  const text = plan.text ? fieldText(plan.text, item) : ''
  const inner = innerText(writing, plan, item)
  const start = `<${name}${attributesText(plan, item)}${after}`
  if (hidden + text + inner === '') return `${start}/>`
  // The text follows the comment at once: some clients read it as what comes after the comment.
  const end = inner !== '' || text === '' ? '\n' : ''
  return `${start}>${hidden}${text}${inner}${end}</${name}>`
}

function innerText(writing: Writing, plan: ElementPlan, item: Item): string {
  let text = ''
  for (const inner of plan.inner.values()) {
    text += isChildPlan(inner) ? childrenText(writing, inner, item) : elementText(writing, inner, item)
  }
  return text
}

function elementText(writing: Writing, plan: ElementPlan, item: Item): string {
  const attributes = attributesText(plan, item)
  const text = plan.text ? fieldText(plan.text, item) : ''
  const inner = innerText(writing, plan, item)
  if (text + inner !== '') {
    return `\n<${plan.name}${attributes}>${text}${inner}${inner === '' ? '' : '\n'}</${plan.name}>`
  }
  return attributes === '' ? '' : `\n<${plan.name}${attributes}/>`
}

function childrenText(writing: Writing, { name, child }: ChildPlan, item: Item): string {
  const { dictionary } = writing.plans
  let text = ''
  for (const one of item.children[child.path] ?? []) {
    const typed = one.type !== child.child || dictionary.isA(one.type, 'xnat:abstractResource')
    const after = typed ? ` xsi:type="${escapeAttribute(one.type)}"` : ''
    const above = child.rows === 'resources' ? pointerText(writing.plans, item) : undefined
    text += `\n${recordText(writing, { item: one, name, after, above })}`
  }
  return text
}

function attributesText(plan: ElementPlan, item: Item): string {
  let text = ''
  for (const [name, field] of plan.attributes) {
    const value = item.fields[field.path]
    if (value !== undefined) text += ` ${name}="${escapeAttribute(xmlText(field.kind, value))}"`
  }
  return text
}

function fieldText(field: Field, item: Item): string {
  const value = item.fields[field.path]
  return value === undefined ? '' : escapeText(xmlText(field.kind, value))
}

function keysText(dictionary: Dictionary, type: DataType, item: Item, above: string | undefined): string {
  const own = item.id === undefined || !type.key ? undefined : `${keyColumn(dictionary, type)}="${item.id}"`
  return [above, own].filter(Boolean).join(',')
}

function pointerText({ named, dictionary }: Plans, parent: Item): string | undefined {
  const type = named(parent.type)
  if (parent.id === undefined || !type.key) return undefined
  const column = keyColumn(dictionary, type)
  return `${column.replace(/_id$/, '')}_${column}="${parent.id}"`
}

/**
 * The record that a document describes. Elements may stand in any order; empty ones count as not sent, comments and
 * generated keys as not there (scans 4.2, hierarchy 1.10).
 * @param options `expect` is a type that the document's must be or derive from
 * @returns the record, and a line for every value that its field cannot hold
 * @throws ArchiveError 'unreadable' when a type, element or attribute is unknown or the document is of another type
 */
export function xmlToItem(
  dictionary: Dictionary,
  root: XmlElement,
  options: Readonly<{ expect?: string }> = {},
): { item: Item; faults: readonly string[] } {
  const { expect } = options
  const type =
    (root.type ? typeOf(dictionary, root.type) : dictionary.find(prefixed(root))) ?? unknownName(root.type ?? root)
  if (expect !== undefined && !dictionary.isA(type.name, expect)) {
    refuse({ kind: 'unreadable', what: 'XML', because: `Expected: ${expect} Received: ${type.name}` })
  }
  const faults: string[] = []
  const plans = openPlans(dictionary)
  return { item: readRecord({ plans, faults }, withoutLabel(plans, root, type), type), faults }
}

/** pyxnat puts a label on whatever it sends, also on scans, which have none (clients 1.4). */
function withoutLabel(plans: Plans, root: XmlElement, type: DataType): XmlElement {
  if (plans.of(type).attributes.has('label')) return root
  return { ...root, attributes: root.attributes.filter(({ uri, local }) => uri !== '' || local !== 'label') }
}

type Reading = Readonly<{ plans: Plans; faults: string[] }>

type Growing = Readonly<{ type: DataType; fields: Record<string, Scalar>; children: Record<string, Item[]> }>

function readRecord(reading: Reading, element: XmlElement, type: DataType): Item {
  const record: Growing = { type, fields: {}, children: {} }
  readElement(reading, reading.plans.of(type), element, record)
  return { type: type.name, fields: record.fields, children: record.children }
}

function readElement(reading: Reading, plan: ElementPlan, element: XmlElement, record: Growing): void {
  for (const { uri, local, value } of element.attributes) {
    if (uri === XSI || uri === XML) continue
    const field = uri === '' ? plan.attributes.get(local) : undefined
    readField(reading, field ?? unknownName({ uri: uri || element.uri, local }), value, record)
  }
  if (plan.text) readField(reading, plan.text, element.text, record)
  for (const inner of element.children) {
    const known = plan.inner.get(prefixed(inner)) ?? unknownName(inner)
    if (isChildPlan(known)) readChild(reading, known, inner, record)
    else readElement(reading, known, inner, record)
  }
}

function readField(reading: Reading, field: Field, text: string, { type, fields }: Growing): void {
  if (text === '') return
  const read = readValue(field, text)
  if ('value' in read) fields[field.path] = read.value
  else reading.faults.push(faultLine(type.name, field.path, read.fault))
}

function readChild(reading: Reading, { child }: ChildPlan, element: XmlElement, { children }: Growing): void {
  const { dictionary, named } = reading.plans
  const type = element.type ? (typeOf(dictionary, element.type) ?? unknownName(element.type)) : named(child.child)
  if (!dictionary.isA(type.name, child.child)) unknownName(element)
  const record = readRecord(reading, element, type)
  if (Object.keys(record.fields).length + Object.keys(record.children).length === 0) return
  const known = children[child.path]
  if (known && child.many) known.push(record)
  else children[child.path] = [record]
}

const XML = 'http://www.w3.org/XML/1998/namespace'

const prefixed = ({ uri, local }: XmlName): string => `${prefixOf(uri) ?? ''}:${local}`

// Some documents name types with the usual prefix without declaring it.
const typeOf = (dictionary: Dictionary, name: XmlName): DataType | undefined =>
  dictionary.find(name.uri === '' ? `${name.prefix}:${name.local}` : prefixed(name))

function unknownName({ uri, local }: Pick<XmlName, 'uri' | 'local'>): never {
  const detail = `Invalid Element '${uri}:${local}'`
  const because = `An error occurred with the XML parser. Note that this doesn't mean that there is an issue with the XML itself: ${detail}`
  return refuse({ kind: 'unreadable', what: 'XML', because })
}

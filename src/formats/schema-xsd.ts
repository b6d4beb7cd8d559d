import { refuse } from '../errors.ts'
import {
  type Child,
  type DataType,
  type Dictionary,
  type Field,
  type FieldDecl,
  isChild,
  type Kind,
} from '../model/dictionary.ts'
import { namespaces } from '../model/namespaces.ts'
import { type Schema, schemaFile, schemas } from '../model/schemas.ts'
import { type ElementPlan, isChildPlan, planOf, typeNamed } from './element-plan.ts'
import { type Attributes, type Node, node, nodeText } from './xml-node.ts'

/** Namespace of the annotations that say how a record is told apart from its like. */
export const ANNOTATIONS = 'http://nrg.wustl.edu/xdat'

/** The only built-in types that clients convert; they take others for text (clients 1.2). */
const builtIn: Readonly<Record<Kind, string>> = {
  string: 'xs:string',
  text: 'xs:string',
  integer: 'xs:integer',
  float: 'xs:float',
  boolean: 'xs:boolean',
  date: 'xs:date',
  time: 'xs:time',
  datetime: 'xs:dateTime',
}

type Writing = Readonly<{ dictionary: Dictionary; prefix: string; parts: ReadonlySet<string> }>

/**
 * The types of one prefix as an XML schema that the documents of `item-xml` satisfy, in the form that clients can read:
 * one start tag with every prefix, no groups, no references, limits only where a field declares them (clients 1.2).
 * @param schema one with a prefix
 * @throws ArchiveError 'invalid' when a field is declared in a way that no such schema can say
 */
export function schemaXsd(dictionary: Dictionary, schema: Schema): string {
  const { prefix } = schema
  if (prefix === undefined) refuse({ kind: 'invalid', field: schema.name, because: 'It has no prefix of its own.' })
  const writing = { dictionary, prefix, parts: partsOf(dictionary) }
  const types = [...dictionary.types.values()].filter((type) => type.prefix === prefix)
  const named = types.filter((type) => !writing.parts.has(type.name))
  const content = [
    ...importsOf(types, prefix).map(importOf),
    ...named.flatMap((type) => rootOf(dictionary, type)),
    ...named.map((type) => typeNode(writing, type)),
  ]
  return `<?xml version="1.0" encoding="UTF-8"?>\n${nodeText(node('xs:schema', schemaAttributes(types, prefix), content))}`
}

// `xdat` is the usual prefix of the annotations, but in one schema it is that of the types.
function schemaAttributes(types: readonly DataType[], prefix: string): Attributes {
  const used = [prefix, ...importsOf(types, prefix)]
  return {
    targetNamespace: namespaces[prefix],
    ...Object.fromEntries(used.map((each) => [`xmlns:${each}`, namespaces[each]])),
    [`xmlns:${annotationPrefix(prefix)}`]: ANNOTATIONS,
    'xmlns:xs': 'http://www.w3.org/2001/XMLSchema',
    elementFormDefault: 'qualified',
    attributeFormDefault: 'unqualified',
  }
}

const annotationPrefix = (prefix: string): string => (prefix === 'xdat' ? 'note' : 'xdat')

/** Prefixes of the other schemas that these types name. */
function importsOf(types: readonly DataType[], prefix: string): readonly string[] {
  const named = types.flatMap((type) => [...type.lineage, ...ownMembers(type).flatMap(childName)])
  return [...new Set(named.map((name) => name.replace(/:.*/s, '')))].filter((other) => other !== prefix).sort()
}

const childName = (member: Field | Child): readonly string[] => (isChild(member) ? [member.child] : [])

function importOf(prefix: string): Node {
  const schema = schemas.find((each) => each.prefix === prefix)
  return node('xs:import', {
    namespace: namespaces[prefix],
    schemaLocation: schema && `../${schemaFile(schema)}`,
  })
}

/** Documents of types without a root element of their own, such as assessors of old kinds, begin with the type's name. */
function rootOf(dictionary: Dictionary, type: DataType): readonly Node[] {
  const fetched = !type.abstract && dictionary.isA(type.name, 'xnat:experimentData')
  const name = type.root ?? (fetched ? type.local : undefined)
  return name === undefined ? [] : [node('xs:element', { name, type: type.name })]
}

const ownMembers = (type: DataType): readonly (Field | Child)[] =>
  [...type.members.values()].filter((member) => member.declaredBy === type.name)

/** Types that stand in one place of another and are named after it, as `xnat:subjectData_field`: declared there. */
function partsOf(dictionary: Dictionary): ReadonlySet<string> {
  const named = [...dictionary.types.values()].flatMap((type) =>
    ownMembers(type).flatMap((member) =>
      isChild(member) && member.child === `${type.name}_${member.steps.at(-1)}` ? [member.child] : [],
    ),
  )
  return new Set(named)
}

function typeNode(writing: Writing, type: DataType): Node {
  const [, base] = type.lineage
  const content = contentOf(writing, planOf(type, ownMembers(type)), base)
  const { identifier, abstract } = type
  const noted = annotation(writing, { displayIdentifiers: identifier, abstract: abstract ? 'true' : undefined })
  const loose = abstract ? undefined : looseness(planOf(type, type.members.values()))
  return node('xs:complexType', { name: type.local, mixed: loose }, [...noted, ...content])
}

/** A record of attributes alone may still hold the comment with its key, and the line breaks around it. */
const looseness = ({ text, inner }: ElementPlan): 'true' | undefined => (text || inner.size > 0 ? undefined : 'true')

function annotation(writing: Writing, facts: Attributes, says = ''): readonly Node[] {
  const told = Object.values(facts).some((fact) => fact !== undefined)
  const fact = node(`${annotationPrefix(writing.prefix)}:element`, facts)
  const content = [
    ...(told ? [node('xs:appinfo', {}, [fact])] : []),
    ...(says ? [node('xs:documentation', {}, says)] : []),
  ]
  return content.length === 0 ? [] : [node('xs:annotation', {}, content)]
}

/** What stands in a complex type: text with attributes, or elements and attributes, on top of `base` when it has one. */
function contentOf(writing: Writing, plan: ElementPlan, base?: string): readonly Node[] {
  const attributes = [...plan.attributes].map(([name, field]) => attributeNode(writing, name, field))
  if (plan.text) {
    if (plan.inner.size > 0 || base)
      refuse({ kind: 'invalid', field: plan.name, because: 'Text cannot stand beside elements.' })
    return [node('xs:simpleContent', {}, [node('xs:extension', { base: xsType(plan.text) }, attributes)])]
  }
  const elements = [...plan.inner.values()].map((inner) =>
    isChildPlan(inner) ? childNode(writing, inner.child) : elementNode(writing, inner),
  )
  const content = [...(elements.length > 0 ? [node('xs:sequence', {}, elements)] : []), ...attributes]
  return base === undefined ? content : [node('xs:complexContent', {}, [node('xs:extension', { base }, content)])]
}

const localName = (name: string): string => name.slice(name.indexOf(':') + 1)

function elementNode(writing: Writing, plan: ElementPlan): Node {
  const named = { name: localName(plan.name), minOccurs: '0' }
  const { text, attributes, inner } = plan
  const noted = text ? annotation(writing, {}, documentation(text)) : []
  if (text && attributes.size + inner.size === 0) return valueNode('xs:element', named, text, noted)
  return node('xs:element', named, [...noted, node('xs:complexType', {}, contentOf(writing, plan))])
}

function attributeNode(writing: Writing, name: string, field: Field): Node {
  const named = { name, use: field.required ? 'required' : undefined }
  return valueNode('xs:attribute', named, field, annotation(writing, {}, documentation(field)))
}

function childNode(writing: Writing, child: Child): Node {
  const type = typeNamed(writing.dictionary, child.child)
  const named = { name: child.steps.at(-1), minOccurs: '0', maxOccurs: child.many ? 'unbounded' : undefined }
  if (!writing.parts.has(type.name)) return node('xs:element', { ...named, type: type.name })
  const plan = planOf(type, type.members.values())
  if (plan.text && plan.attributes.size === 0) return valueNode('xs:element', named, plan.text, [])
  const noted = annotation(writing, { displayIdentifiers: child.key?.[0] })
  return node('xs:element', named, [
    ...noted,
    node('xs:complexType', { mixed: looseness(plan) }, contentOf(writing, plan)),
  ])
}

/** An element or attribute that holds one value, with the limits that the field declares. */
function valueNode(name: string, attributes: Attributes, field: FieldDecl, noted: readonly Node[]): Node {
  const limits = limitsOf(field)
  const base = xsType(field)
  if (limits.length === 0) return node(name, { ...attributes, type: base }, noted)
  return node(name, attributes, [...noted, node('xs:simpleType', {}, [node('xs:restriction', { base }, limits)])])
}

// A field that may hold a time alone is neither date-time nor time.
const xsType = (field: FieldDecl): string => (field.timeAlone ? 'xs:string' : builtIn[field.kind])

function limitsOf({ max, min, values }: FieldDecl): readonly Node[] {
  return [
    ...(min === undefined ? [] : [node('xs:minInclusive', { value: String(min) })]),
    ...(max === undefined ? [] : [node('xs:maxLength', { value: String(max) })]),
    ...(values ?? []).map((value) => node('xs:enumeration', { value })),
  ]
}

/** What people read about a field: its name in words, its unit, where it comes from. */
function documentation({ label, unit, dicom }: FieldDecl): string {
  const source = dicom && `DICOM (${dicom.slice(0, 4)},${dicom.slice(4)})`
  return [label, unit && `in ${unit}`, source && `from ${source}`].filter(Boolean).join(', ')
}

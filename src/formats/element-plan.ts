import { refuse } from '../errors.ts'
import { type Child, type DataType, type Dictionary, type Field, isChild, type Member } from '../model/dictionary.ts'

/** What may stand inside an element that is no record of its own, e.g. `xnat:parameters` or `xnat:scanner`. */
export type ElementPlan = Readonly<{
  /** With the type's own prefix, e.g. `xnat:voxelRes`. */
  name: string
  /** The field that is the element's own text. */
  text: Field | undefined
  attributes: ReadonlyMap<string, Field>
  /** By name, in document order. */
  inner: ReadonlyMap<string, ElementPlan | ChildPlan>
}>

/** An element whose content is a record of its own. */
export type ChildPlan = Readonly<{ name: string; child: Child }>

/** Elements of each type, worked out once for a document. */
export type Plans = Readonly<{
  dictionary: Dictionary
  of: (type: DataType) => ElementPlan
  named: (name: string) => DataType
}>

type Growing = {
  name: string
  text: Field | undefined
  attributes: Map<string, Field>
  inner: Map<string, Growing | ChildPlan>
}

export const isChildPlan = (plan: ElementPlan | ChildPlan): plan is ChildPlan => 'child' in plan

/** Plans for the types of one document. */
export function openPlans(dictionary: Dictionary): Plans {
  const known = new Map<string, ElementPlan>()
  return Object.freeze({
    dictionary,
    named: (name: string) => typeNamed(dictionary, name),
    of: (type: DataType) => {
      const plan = known.get(type.name) ?? planOf(type, type.members.values())
      known.set(type.name, plan)
      return plan
    },
  })
}

/**
 * The declared type of that name.
 * @throws ArchiveError 'invalid' when it is not declared
 */
export function typeNamed(dictionary: Dictionary, name: string): DataType {
  const because = `Element not found: '${name}'`
  return dictionary.find(name) ?? refuse({ kind: 'invalid', field: name, because })
}

/** The elements and attributes that these members of a type are written with, in document order. */
export function planOf(type: DataType, members: Iterable<Member>): ElementPlan {
  const root = growing(type.name)
  for (const member of members) {
    if (isChild(member)) addChild(root, member)
    else if (member.path === type.text) root.text = member
    else addField(root, member)
  }
  return root
}

const growing = (name: string): Growing => ({ name, text: undefined, attributes: new Map(), inner: new Map() })

// An element lives in the namespace of the schema that declares it, whatever type inherits it.
const prefixOf = (member: Field | Child): string => member.declaredBy.split(':')[0] ?? ''

function addField(root: Growing, field: Field): void {
  const last = field.steps.at(-1) ?? ''
  if (field.attribute) elementAt(root, prefixOf(field), field.steps.slice(0, -1)).attributes.set(last, field)
  else elementAt(root, prefixOf(field), field.steps).text = field
}

function addChild(root: Growing, child: Child): void {
  const prefix = prefixOf(child)
  const name = `${prefix}:${child.steps.at(-1)}`
  elementAt(root, prefix, child.steps.slice(0, -1)).inner.set(name, { name, child })
}

function elementAt(root: Growing, prefix: string, steps: readonly string[]): Growing {
  let element = root
  for (const step of steps) {
    const name = `${prefix}:${step}`
    const known = element.inner.get(name)
    const next = known && !isChildPlan(known) ? known : growing(name)
    element.inner.set(name, next)
    element = next
  }
  return element
}

import { type Child, type DataType, type Dictionary, type Field, isChild, type Member } from './dictionary.ts'

/** What a predicate says about an entry: its place (from 0), its data type, or the value of one of its fields. */
export type Selector = Readonly<{ index?: number; type?: string; where?: Readonly<{ field: string; value: string }> }>

export type XmlStep = Readonly<{ name: string; selector?: Selector }>

/** `xnat:mrScanData/parameters/addParam[name=P]/addField`, taken apart; case as written. */
export type XmlPath = Readonly<{ type: string; steps: readonly XmlStep[] }>

/** One record on the way to a field, with the type it has or would be given. */
export type ChildStep = Readonly<{ child: Child; type: DataType; selector?: Selector }>

/** A field of the data model: the records to go through, then the field of the last one (its `owner`). */
export type ResolvedPath = Readonly<{ through: readonly ChildStep[]; field: Field; owner: DataType }>

/**
 * A path as clients write it (scans 4.2, hierarchy 1.10): separators `/`, `.` and `@`, except inside brackets.
 * @returns undefined when the text does not begin with a data type, names nothing below it or is malformed
 */
export function parseXmlPath(text: string): XmlPath | undefined {
  const [type = '', ...rest] = segmentsOf(text) ?? []
  if (!/^[A-Za-z_]\w*:[A-Za-z_]\w*$/.test(type) || rest.length === 0) return undefined
  const steps: XmlStep[] = []
  for (const segment of rest) {
    const step = readStep(segment)
    if (!step) return undefined
    steps.push(step)
  }
  return { type, steps }
}

/** The text between separators; undefined when a bracket does not close or closes twice. */
function segmentsOf(text: string): readonly string[] | undefined {
  const segments: string[] = []
  let [start, depth] = [0, 0]
  for (let at = 0; at <= text.length; at += 1) {
    const sign = text[at]
    if (sign === '[') depth += 1
    if (sign === ']') depth -= 1
    if (depth < 0 || depth > 1) return undefined
    if (sign !== undefined && (depth > 0 || !'/.@'.includes(sign))) continue
    if (at > start) segments.push(text.slice(start, at))
    start = at + 1
  }
  return depth === 0 ? segments : undefined
}

function readStep(segment: string): XmlStep | undefined {
  const [, name = '', place, predicates = ''] = /^([\w:-]+?)(?:__(\d{1,6}))?((?:\[[^[\]]*\])*)$/.exec(segment) ?? []
  if (!name) return undefined
  let selector: Selector | undefined = place === undefined ? undefined : { index: Number(place) }
  for (const [, predicate = ''] of predicates.matchAll(/\[([^\]]*)\]/g)) {
    const more = readPredicate(predicate.trim())
    if (!more) return undefined
    selector = { ...selector, ...more }
  }
  return selector ? { name, selector } : { name }
}

function readPredicate(text: string): Selector | undefined {
  if (/^\d{1,6}$/.test(text)) return { index: Number(text) }
  const [, field = '', quoted = ''] = /^@?([\w:/-]+)\s*=\s*(.*)$/s.exec(text) ?? []
  if (!field) return undefined
  const value = /^(["'])(.*)\1$/s.exec(quoted)?.[2] ?? quoted
  return field === 'xsi:type' ? { type: value } : { where: { field, value } }
}

/**
 * The field a path leads to, starting from a record of type `typeName`. Names match in any letter case. A predicate
 * may be missing: where the declared type of a record lacks the field, the first subtype that has it is taken.
 * A path that ends at a record with a text of its own (`aliases/alias`) means that text.
 */
export function resolvePath(
  dictionary: Dictionary,
  typeName: string,
  steps: readonly XmlStep[],
): ResolvedPath | undefined {
  const owner = dictionary.findFolded(typeName)
  return owner && resolveIn(dictionary, owner, steps)
}

function resolveIn(dictionary: Dictionary, owner: DataType, steps: readonly XmlStep[]): ResolvedPath | undefined {
  const names = steps.map((step) => step.name.toLowerCase())
  const exact = owner.folded.get(names.join('/')) ?? attributeNamed(owner, names)
  if (exact && !isChild(exact)) return { through: [], field: exact, owner }
  for (let taken = 1; taken <= steps.length; taken += 1) {
    const member = owner.folded.get(names.slice(0, taken).join('/'))
    if (!member || !isChild(member)) continue
    const found = resolveThrough(dictionary, member, steps.slice(taken - 1))
    if (found) return found
  }
  return undefined
}

/** The attribute of a field with a text of its own, by the name that clients join for it: `program_version`. */
function attributeNamed(owner: DataType, names: readonly string[]): Member | undefined {
  const name = names.join('/')
  for (const { index } of name.matchAll(/_/g)) {
    const member = owner.folded.get(`${name.slice(0, index)}/${name.slice(index + 1)}`)
    if (member && !isChild(member) && member.attribute && owner.folded.has(name.slice(0, index))) return member
  }
  return undefined
}

/** `steps` begin with the one that names the child itself. */
function resolveThrough(dictionary: Dictionary, child: Child, steps: readonly XmlStep[]): ResolvedPath | undefined {
  const [named, ...rest] = steps
  for (const type of candidates(dictionary, child, named?.selector?.type)) {
    const found = rest.length > 0 ? resolveIn(dictionary, type, rest) : ownText(type)
    if (!found) continue
    const step: ChildStep = named?.selector ? { child, type, selector: named.selector } : { child, type }
    return { ...found, through: [step, ...found.through] }
  }
  return undefined
}

function candidates(dictionary: Dictionary, child: Child, wanted: string | undefined): Iterable<DataType> {
  if (wanted !== undefined) {
    const type = dictionary.findFolded(wanted)
    return type && dictionary.isA(type.name, child.child) ? [type] : []
  }
  const declared = dictionary.find(child.child)
  return declared ? [declared, ...subtypes(dictionary, declared)] : []
}

/** Types that add something to this one; the others could not resolve what it cannot. */
function subtypes(dictionary: Dictionary, type: DataType): readonly DataType[] {
  return [...dictionary.types.values()].filter(
    (other) => other.members.size > type.members.size && other.lineage.includes(type.name),
  )
}

function ownText(type: DataType): ResolvedPath | undefined {
  const field = type.text === undefined ? undefined : type.members.get(type.text)
  return field && !isChild(field) ? { through: [], field, owner: type } : undefined
}

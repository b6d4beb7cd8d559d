import { refuse } from '../errors.ts'
import { namespaces } from '../model/namespaces.ts'
import { type Comparison, type CriteriaSet, type Criterion, comparisons, type Search } from '../model/search.ts'
import { escapeAttribute, escapeText } from './xml.ts'
import { readSentXml, type SentXml, type XmlElement, type XmlLimits } from './xml-read.ts'

/** Far more than any person or program writes, far less than would hurt. */
export const searchLimits: XmlLimits = Object.freeze({ bytes: 4 * 1024 * 1024, depth: 64, nodes: 100_000 })
const MAX_COLUMNS = 500
const MAX_CRITERIA = 300

const XDAT = namespaces['xdat']!
const rootNames = ['bundle', 'stored_search', 'search']

/**
 * A search document (hierarchy 7.5). Columns come in the order of their `sequence`.
 * @throws ArchiveError 'unreadable' when it is not well-formed, no search document, or says what no search can;
 * 'too-large' beyond `searchLimits`
 */
export function xmlToSearch(document: SentXml): Search {
  const root = readSentXml(document, searchLimits)
  if (root.uri !== XDAT || !rootNames.includes(root.local))
    wrong(
      `A search document begins with xdat:bundle, xdat:stored_search or xdat:search of ${XDAT}, not ${nameOf(root)}.`,
    )
  const type = rootTypeOf(root)
  if (type === '') wrong('The search does not say in root_element_name which data type it lists.')
  const sets = childrenOf(root, 'search_where').map(setOf)
  const where: CriteriaSet = sets.length === 1 ? sets[0]! : { method: 'AND', criteria: [], sets }
  if (countOf(where) > MAX_CRITERIA) wrong(`A search takes ${MAX_CRITERIA} criteria at most.`)
  return {
    id: attributeOf(root, 'ID'),
    briefDescription: attributeOf(root, 'brief-description'),
    description: attributeOf(root, 'description'),
    tag: attributeOf(root, 'tag'),
    secure: isTrue(attributeOf(root, 'secure')),
    allowsOtherColumns: isTrue(attributeOf(root, 'allow-diff-columns')),
    root: type,
    columns: columnsOf(root),
    where,
    ...sortOf(root, type),
    users: childrenOf(root, 'allowed_user').map((user) => textIn(user, 'login')),
    groups: childrenOf(root, 'allowed_groups').flatMap((groups) =>
      childrenOf(groups, 'groupID').map((group) => group.text),
    ),
  }
}

/** Programs write it as an attribute too, as XNAT takes it. */
const rootTypeOf = (root: XmlElement): string =>
  textIn(root, 'root_element_name') || attributeOf(root, 'root_element_name')

function sortOf(root: XmlElement, type: string): Pick<Search, 'sort'> {
  const sort = childrenOf(root, 'sort_by')[0]
  return sort ? { sort: { element: textIn(sort, 'element_name') || type, field: textIn(sort, 'field_ID') } } : {}
}

const wrong = (because: string): never => refuse({ kind: 'unreadable', what: 'search', because })

const nameOf = ({ prefix, local }: XmlElement): string => (prefix === '' ? local : `${prefix}:${local}`)
const isTrue = (text: string): boolean => text === '1' || text.toLowerCase() === 'true'

const childrenOf = (element: XmlElement, local: string): readonly XmlElement[] =>
  element.children.filter((child) => child.uri === XDAT && child.local === local)

const textIn = (element: XmlElement, local: string): string => childrenOf(element, local)[0]?.text ?? ''

const attributeOf = (element: XmlElement, local: string): string =>
  element.attributes.find((attribute) => attribute.local === local)?.value ?? ''

function columnsOf(root: XmlElement): Search['columns'] {
  const fields = childrenOf(root, 'search_field')
  if (fields.length > MAX_COLUMNS) wrong(`A search takes ${MAX_COLUMNS} columns at most.`)
  const placed = fields.map((element, at) => {
    const place = Number(textIn(element, 'sequence') || at)
    return { column: columnOf(root, element), place: Number.isFinite(place) ? place : at }
  })
  return placed.toSorted((a, b) => a.place - b.place).map(({ column }) => column)
}

function columnOf(root: XmlElement, element: XmlElement): Search['columns'][number] {
  const id = textIn(element, 'field_ID')
  if (id === '') wrong('A search_field does not say its field_ID.')
  const value = textIn(element, 'value')
  const [header, type] = [textIn(element, 'header'), textIn(element, 'type')]
  return {
    element: textIn(element, 'element_name') || rootTypeOf(root),
    // Fields that want a value have it in their id or beside it.
    field: value === '' || id.includes('=') ? id : `${id}=${value}`,
    ...(header !== '' && { header }),
    ...(type !== '' && { type }),
    ...(attributeOf(element, 'visible') === 'false' || textIn(element, 'visible') === 'false' ? { hidden: true } : {}),
  }
}

function setOf(element: XmlElement): CriteriaSet {
  const method = (attributeOf(element, 'method') || 'AND').trim().toUpperCase()
  if (method !== 'AND' && method !== 'OR') return wrong(`Criteria are joined by AND or OR, not by ${method}.`)
  return {
    method,
    criteria: gathered(method, childrenOf(element, 'criteria').map(criterionOf)),
    sets: childrenOf(element, 'child_set').map(setOf),
  }
}

/** As many values of one field as a statement compares at once, whatever their kind. */
const GATHERED = 200

/** pyxnat asks for all subjects that it has found, one by one: many equal fields are one of a list each. */
function gathered(method: CriteriaSet['method'], criteria: readonly Criterion[]): readonly Criterion[] {
  if (method === 'AND' || criteria.length <= GATHERED) return criteria
  const [plain, rest] = [criteria.filter(isPlainEquality), criteria.filter((one) => !isPlainEquality(one))]
  const lists = [...Map.groupBy(plain, ({ field }) => field)].flatMap(([field, equal]) =>
    Array.from({ length: Math.ceil(equal.length / GATHERED) }, (_, at): Criterion => {
      const values = equal.slice(at * GATHERED, (at + 1) * GATHERED).map(({ value }) => value)
      return { field, comparison: 'IN', value: values.join(',') }
    }),
  )
  return [...lists, ...rest]
}

const isPlainEquality = ({ comparison, value }: Criterion): boolean => comparison === '=' && /^[\w.-]+$/.test(value)

function criterionOf(element: XmlElement): Criterion {
  const field = textIn(element, 'schema_field')
  if (field === '') wrong('A criterion does not say its schema_field.')
  const written = textIn(element, 'comparison_type') || '='
  const comparison = comparisonOf(written, textIn(element, 'value'))
  if (!comparison)
    return wrong(`${field} cannot be compared by ${written}; what can be said is ${comparisons.join(', ')}.`)
  return { field, comparison, value: textIn(element, 'value') }
}

/** Clients write blanks around the sign, any letter case, and `IS` with `NOT NULL` as its value. */
function comparisonOf(written: string, value: string): Comparison | undefined {
  const sign = written.trim().replaceAll(/\s+/g, ' ').toUpperCase()
  if (sign === '<>') return '!='
  if (sign === '==') return '='
  if (sign === 'IS' && /^not\s+null$/i.test(value)) return 'IS NOT NULL'
  if (sign === 'IS' && /^null$/i.test(value)) return 'IS NULL'
  if (sign === 'IS NOT' && /^(null)?$/i.test(value)) return 'IS NOT NULL'
  return comparisons.find((known) => known === sign)
}

const countOf = (set: CriteriaSet): number =>
  set.criteria.length + set.sets.reduce((count, inner) => count + countOf(inner), 0)

/** The document of a search, as clients read it back. */
export function searchToXml(search: Search): string {
  const attributes = {
    ID: search.id,
    description: search.description,
    'allow-diff-columns': search.allowsOtherColumns ? '1' : '0',
    secure: search.secure ? '1' : '0',
    'brief-description': search.briefDescription,
    ...(search.tag !== '' && { tag: search.tag }),
  }
  const inner = [
    element('root_element_name', search.root),
    ...search.columns.map(columnXml),
    ...(isEmpty(search.where) ? [] : [setXml('search_where', search.where)]),
    ...(search.sort
      ? [nested('sort_by', [element('element_name', search.sort.element), element('field_ID', search.sort.field)])]
      : []),
    ...search.users.map((login) => nested('allowed_user', [element('login', login)])),
    ...(search.groups.length > 0
      ? [
          nested(
            'allowed_groups',
            search.groups.map((group) => element('groupID', group)),
          ),
        ]
      : []),
  ]
  const names = Object.entries(attributes).map(([name, value]) => ` ${name}="${escapeAttribute(value)}"`)
  return `<?xml version="1.0" encoding="UTF-8"?>
<xdat:bundle${names.join('')} xmlns:xdat="${XDAT}" xmlns:xsi="${namespaces['xsi']}">
${inner.join('\n')}
</xdat:bundle>
`
}

const element = (local: string, text: string): string => `<xdat:${local}>${escapeText(text)}</xdat:${local}>`
const nested = (local: string, inner: readonly string[], attributes = ''): string =>
  `<xdat:${local}${attributes}>${inner.join('')}</xdat:${local}>`

function columnXml(
  { element: type, field, header, type: kind, hidden }: Search['columns'][number],
  at: number,
): string {
  const [id = '', ...value] = field.split('=')
  return nested('search_field', [
    element('element_name', type),
    element('field_ID', field),
    element('sequence', String(at)),
    element('type', kind ?? 'string'),
    element('header', header ?? id),
    ...(value.length > 0 ? [element('value', value.join('='))] : []),
    ...(hidden ? [element('visible', 'false')] : []),
  ])
}

const isEmpty = (set: CriteriaSet): boolean => set.criteria.length === 0 && set.sets.every(isEmpty)

function setXml(local: string, set: CriteriaSet): string {
  const criteria = set.criteria.map(({ field, comparison, value }) =>
    nested(
      'criteria',
      [element('schema_field', field), element('comparison_type', comparison), element('value', value)],
      ' override_value_formatting="0"',
    ),
  )
  return nested(local, [...criteria, ...set.sets.map((inner) => setXml('child_set', inner))], ` method="${set.method}"`)
}

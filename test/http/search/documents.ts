import type { Caller } from '../../support/caller.ts'
import { want, xmlBody } from '../hierarchy/stage.ts'

type Written = string | readonly [field: string, comparison: string, value: string]
/** Criteria as pyxnat writes them: triples and sets in any order, with the joining word among them. */
export type Criteria = readonly (Written | Criteria)[]

const text = (value: string) => value.replaceAll('&', '&amp;').replaceAll('<', '&lt;')

const isTriple = (one: Written | Criteria): one is readonly [string, string, string] =>
  Array.isArray(one) &&
  one.length === 3 &&
  one.every((part) => typeof part === 'string') &&
  one[2] !== 'AND' &&
  one[2] !== 'OR'

function setXml(name: string, criteria: Criteria): string {
  const method = criteria.find((one): one is string => typeof one === 'string') ?? 'AND'
  const inner = criteria.map((one) => {
    if (typeof one === 'string') return ''
    if (!isTriple(one)) return setXml('child_set', one as Criteria)
    const [field, comparison, value] = one.map(text)
    return `<xdat:criteria override_value_formatting="0"><xdat:schema_field>${field}</xdat:schema_field>
      <xdat:comparison_type>${comparison}</xdat:comparison_type><xdat:value>${value}</xdat:value></xdat:criteria>`
  })
  return `<xdat:${name} method="${method}">${inner.join('')}</xdat:${name}>`
}

/** A search document: rows of a type, columns as `Type/FIELD_ID`, criteria. */
export function searchXml(type: string, columns: readonly string[], criteria: Criteria = [], more = ''): string {
  const fields = columns.map((column, at) => {
    const slash = column.indexOf('/')
    return `<xdat:search_field><xdat:element_name>${column.slice(0, slash)}</xdat:element_name>
      <xdat:field_ID>${column.slice(slash + 1)}</xdat:field_ID><xdat:sequence>${at}</xdat:sequence>
      <xdat:type>string</xdat:type><xdat:header>${column}</xdat:header></xdat:search_field>`
  })
  return `<xdat:bundle ID="@${type}" brief-description="" description="" allow-diff-columns="0" secure="false"
    xmlns:xdat="http://nrg.wustl.edu/security" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
    <xdat:root_element_name>${type}</xdat:root_element_name>${fields.join('')}
    ${setXml('search_where', criteria)}${more}</xdat:bundle>`
}

/** The rows that a search finds, as lists of the cells of what it asks for. */
export async function found(call: Caller, document: string, parameters = ''): Promise<string[][]> {
  const reply = await want(call('POST', `/data/search?format=json${parameters}`, xmlBody(document)), 200)
  const beside = ['quarantine_status', 'session_id', 'expt_id', 'subjectid'].filter(
    (key) => !document.includes(`<xdat:field_ID>${key.toUpperCase()}<`),
  )
  const cells = (row: Record<string, string>) => Object.entries(row).filter(([key]) => !beside.includes(key))
  return reply.rows().map((row) => cells(row).map(([, cell]) => cell))
}

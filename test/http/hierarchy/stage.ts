import assert from 'node:assert/strict'
import type { Caller, Reply } from '../../support/caller.ts'
import type { XmlElement } from '../../support/xml-tree.ts'

/** Waits for an answer and insists on one of these statuses. */
export async function want(answer: Promise<Reply>, ...statuses: number[]): Promise<Reply> {
  const reply = await answer
  const said = reply.message() ?? reply.text.slice(0, 300)
  assert.ok(statuses.includes(reply.status), `expected ${statuses.join(' or ')}, got ${reply.status}: ${said}`)
  return reply
}

/** `?name=value&...` with both sides percent-encoded; nothing for no pairs. */
export function query(pairs: Readonly<Record<string, string>>): string {
  const text = form(pairs)
  return text === '' ? '' : `?${text}`
}

/** The same pairs as a form body. */
export function form(pairs: Readonly<Record<string, string>>): string {
  return Object.entries(pairs)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join('&')
}

export const xmlBody = (body: string) => ({ headers: { 'content-type': 'text/xml' }, body })
export const textBody = (body: string) => ({ headers: { 'content-type': 'text/plain' }, body })
export const formBody = (pairs: Readonly<Record<string, string>>) => ({
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: form(pairs),
})
export const bytesBody = (body: string) => ({ headers: { 'content-type': 'application/octet-stream' }, body })

type Values = Readonly<Record<string, string>>

/** Makes a project; resolves to its address. */
export async function makeProject(call: Caller, project: string, values: Values = {}): Promise<string> {
  await want(call('PUT', `/data/projects/${project}${query(values)}`), 200)
  return `/data/projects/${project}`
}

/** Makes a subject; resolves to its id. */
export async function makeSubject(call: Caller, project: string, label: string, values: Values = {}): Promise<string> {
  const made = await want(call('PUT', `/data/projects/${project}/subjects/${label}${query(values)}`), 201)
  return made.text
}

/** Makes an imaging session (MR unless told) at `PROJECT/SUBJECT/LABEL`; resolves to its id. */
export async function makeSession(call: Caller, place: string, values: Values = {}): Promise<string> {
  const given = query({ xsiType: 'xnat:mrSessionData', ...values })
  return (await want(call('PUT', `${sessionAt(place)}${given}`), 201)).text
}

/** The full address of an experiment written as `PROJECT/SUBJECT/LABEL`. */
export function sessionAt(place: string): string {
  const [project, subject, label] = place.split('/')
  return `/data/projects/${project}/subjects/${subject}/experiments/${label}`
}

/** Makes an assessor (manual QC unless told) of the session at `PROJECT/SUBJECT/LABEL`; resolves to its id. */
export async function makeAssessor(call: Caller, place: string, label: string, values: Values = {}): Promise<string> {
  const given = query({ xsiType: 'xnat:qcManualAssessorData', ...values })
  return (await want(call('PUT', `${sessionAt(place)}/assessors/${label}${given}`), 201)).text
}

/** Stores a small text at `.../resources/FOLDER/files/NAME` below `parent`. */
export async function storeFile(call: Caller, parent: string, path: string, content: string): Promise<void> {
  await want(call('PUT', `${parent}/resources/${path}?inbody=true`, bytesBody(content)), 200)
}

/** Sets a site preference as administrator. */
export async function setPreference(call: Caller, name: string, value: string): Promise<void> {
  await want(call('POST', `/xapi/siteConfig/${name}`, textBody(value)), 200)
}

export type JsonItem = Readonly<{
  meta: Readonly<Record<string, unknown>>
  data_fields: Readonly<Record<string, unknown>>
  children: readonly Readonly<{ field: string; items: readonly JsonItem[] }>[]
}>

/** The one item of an item document read as JSON. */
export async function itemAt(call: Caller, path: string): Promise<JsonItem> {
  const joint = path.includes('?') ? '&' : '?'
  const reply = await want(call('GET', `${path}${joint}format=json`), 200)
  const items: JsonItem[] = reply.json().items
  assert.equal(items.length, 1)
  return items[0]!
}

/** The children of an item under one field. */
export function childrenOf(item: JsonItem, field: string): readonly JsonItem[] {
  return item.children.find((child) => child.field === field)?.items ?? []
}

/** The rows of a table asked for as JSON. */
export async function rowsAt(call: Caller, path: string): Promise<Record<string, string>[]> {
  const joint = path.includes('?') ? '&' : '?'
  return (await want(call('GET', `${path}${joint}format=json`), 200)).rows()
}

/** The header names of a table, in order. */
export async function headerAt(call: Caller, path: string): Promise<string[]> {
  const joint = path.includes('?') ? '&' : '?'
  const reply = await want(call('GET', `${path}${joint}format=csv`), 200)
  return (reply.text.split('\n')[0] ?? '').split(',')
}

/** One column of the rows, sorted. */
export function column(rows: readonly Record<string, string>[], key: string): (string | undefined)[] {
  return rows.map((row) => row[key]).sort()
}

/** The element at a path of element names below `element`, such as `xnat:scans/xnat:scan`. */
export function elementAt(element: XmlElement, path: string): XmlElement | undefined {
  const [first, ...rest] = path.split('/')
  const found = element.children.find((child) => child.name === first)
  return found && rest.length > 0 ? elementAt(found, rest.join('/')) : found
}

/** The session id that an answer set as cookie, if it did. */
export function cookieOf(reply: Reply, name = 'JSESSIONID'): string | undefined {
  const lines = reply.headers['set-cookie'] ?? []
  const line = lines.find((one) => one.startsWith(`${name}=`))
  return line?.slice(name.length + 1).split(';')[0]
}

/** Headers of a caller that holds a session. */
export const withCookie = (session: string | undefined) => ({ cookie: `JSESSIONID=${session}` })

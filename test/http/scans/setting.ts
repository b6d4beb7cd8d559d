import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import type { Caller, Reply } from '../../support/caller.ts'
import { type Cast, castOf, type SiteOptions, startSite, type TestSite } from '../../support/site.ts'

/** An imaging session of project PRJ1 and the addresses that lead to it. */
export type Session = Readonly<{
  label: string
  /** Accession id. */
  id: string
  /** `/data/projects/…/subjects/…/experiments/{label}`. */
  path: string
  /** The collection of scans through project and subject. */
  scans: string
  /** The same collection through the accession id. */
  byId: string
}>

export type SessionOptions = Readonly<{
  type?: string
  project?: string
  subject?: string
  label?: string
  query?: string
}>

// biome-ignore lint/suspicious/noExplicitAny: tests look into items of many shapes
export type ItemJson = any

/** A running site with the usual cast and the acts that most tests begin with, done as `own`. */
export type Setting = Cast &
  Readonly<{
    site: TestSite
    /** A new session without scans, whose label no other session bears unless one is given. */
    session: (options?: SessionOptions) => Promise<Session>
    /** Creates or changes a scan and is sure that it worked. */
    put: (session: Session, scan: string, query?: string) => Promise<void>
    /** A new session with MR scans of these IDs. */
    sessionWith: (...scans: string[]) => Promise<Session>
    rows: (session: Session, query?: string) => Promise<Record<string, string>[]>
    row: (session: Session, scan: string) => Promise<Record<string, string>>
    /** The scan IDs of the listing, in its order. */
    ids: (session: Session, query?: string) => Promise<string[]>
    item: (session: Session, scan: string) => Promise<ItemJson>
    fields: (session: Session, scan: string) => Promise<Record<string, string | number>>
    /** Stores a file with a scan; the resource is made when it is missing. */
    store: (session: Session, scan: string, file: string, body: string | Uint8Array) => Promise<void>
  }>

export const MR = 'xsiType=xnat:mrScanData'

/** Starts a site for one test file. */
export async function openSetting(options: SiteOptions = {}): Promise<Setting> {
  const site = await startSite(options)
  const cast = await castOf(site, 'PRJ1')
  return { site, ...cast, ...actsOf(cast.own) }
}

type Acts = Omit<Setting, keyof Cast | 'site'>

function actsOf(own: Caller): Acts {
  let made = 0
  const session: Acts['session'] = async (wanted = {}) => {
    made += 1
    return newSession(own, { label: `MR${String(made).padStart(2, '0')}`, ...wanted })
  }
  const put: Acts['put'] = async (at, scan, query = MR) => done(await own('PUT', `${at.scans}/${scan}?${query}`))
  const item: Acts['item'] = async (at, scan) => itemAt(own, `${at.scans}/${scan}`)
  const rows: Acts['rows'] = (at, query = '') => rowsAt(own, `${at.scans}?${query}`)
  return {
    session,
    put,
    item,
    rows,
    sessionWith: async (...scans) => {
      const at = await session()
      for (const scan of scans) await put(at, scan)
      return at
    },
    row: async (at, scan) => {
      const found = (await rows(at)).find((each) => each['ID'] === scan)
      assert.ok(found, `scan ${scan} is not listed`)
      return found
    },
    ids: async (at, query) => (await rows(at, query)).map((each) => each['ID'] ?? ''),
    fields: async (at, scan) => (await item(at, scan)).data_fields,
    store: async (at, scan, file, body) => {
      const headers = { 'content-type': 'application/octet-stream' }
      done(await own('PUT', `${at.scans}/${scan}/resources/${file}`, { headers, body }))
    },
  }
}

/** Makes an imaging session; by default an MR session of subject S01 in PRJ1. */
export async function newSession(by: Caller, options: SessionOptions & { label: string }): Promise<Session> {
  const { type = 'xnat:mrSessionData', project = 'PRJ1', subject = 'S01', label, query = '' } = options
  const path = `/data/projects/${project}/subjects/${subject}/experiments/${label}`
  const reply = await by('PUT', `${path}?xsiType=${type}${query && `&${query}`}`)
  is(reply, 201)
  const id = reply.text
  return { label, id, path, scans: `${path}/scans`, byId: `/data/experiments/${id}/scans` }
}

/** The rows of a listing that must succeed. */
export async function rowsAt(caller: Caller, path: string): Promise<Record<string, string>[]> {
  const reply = await caller('GET', path)
  is(reply, 200)
  return reply.rows()
}

/** The item of one record that must exist. @param path without query */
export async function itemAt(caller: Caller, path: string): Promise<ItemJson> {
  const reply = await caller('GET', `${path}?format=json`)
  is(reply, 200)
  return reply.json().items[0]
}

/** The status is the expected one; otherwise the failure shows the answer. */
export function is(reply: Reply, status: number): void {
  assert.equal(reply.status, status, `expected ${status}, got ${reply.status}: ${reply.text.slice(0, 400)}`)
}

/** 200 without a body. */
export function done(reply: Reply): void {
  is(reply, 200)
  assert.equal(reply.text, '')
}

/** The status, the error page, and where given the message in it. */
export function refused(reply: Reply, status: number, message?: string | RegExp): void {
  is(reply, status)
  assert.equal(reply.type, 'text/html')
  assert.ok(reply.text.startsWith('<html>'), `not an error page: ${reply.text.slice(0, 200)}`)
  const found = plain(reply.message() ?? '')
  if (typeof message === 'string') assert.equal(found, message)
  else if (message) assert.match(found, message)
  else assert.notEqual(found, '')
}

/** Text of which the HTML or XML escapes are undone. */
export function plain(text: string): string {
  const names: Record<string, string> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' }
  return text.replace(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (whole, decimal, hex, name) =>
    decimal
      ? String.fromCodePoint(+decimal)
      : hex
        ? String.fromCodePoint(Number.parseInt(hex, 16))
        : (names[name] ?? whole),
  )
}

/** A query string; values and square brackets are encoded. */
export function query(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name.replace('[', '%5B').replace(']', '%5D')}=${encodeURIComponent(value)}`)
    .join('&')
}

/** The key under which a blob store keeps these bytes. */
export const keyOf = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** Counts from 1 to `length`, for calls that run side by side. */
export const sideBySide = <T>(length: number, act: (at: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length }, (_, at) => act(at + 1)))

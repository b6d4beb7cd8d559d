import type { IncomingHttpHeaders } from 'node:http'
import type { Readable } from 'node:stream'
import type { Archive, Reason } from '../archive/archive.ts'
import type { Pictures } from '../intake/pictures.ts'
import type { Viewer } from '../model/access.ts'
import type { Site } from '../site/site.ts'
import type { Query } from './query.ts'

export type Method = 'GET' | 'PUT' | 'POST' | 'DELETE'

/** How the caller proved who they are; absent for guests. */
export type SignedInBy = Readonly<{ how: 'password' | 'token' | 'cookie'; session: string | undefined }>

/** One request, read as far as every route needs it. */
export type Call = Readonly<{
  method: Method
  /** The request was HEAD: answer as to GET, the body is dropped. */
  head: boolean
  /** The path as it came, percent-encoded, under `/data` whatever prefix was used; no query. */
  path: string
  /** The same path under the prefix that was used, for addresses in the answer. */
  askedPath: string
  /** Path parameters, decoded once. `*` is the rest of the path. */
  params: Readonly<Record<string, string>>
  query: Query
  headers: IncomingHttpHeaders
  /** The unread body, or undefined when none was sent. */
  body: Readable | undefined
  viewer: Viewer
  signedInBy: SignedInBy | undefined
  /** From `event_reason` and friends. */
  why: Reason
  /** Address of the site as clients reach it, without a trailing slash, e.g. `https://x.example`. */
  siteUrl: string
  /** Network address of the caller. */
  address: string
  archive: Archive
  site: Site
  /** Folder from which administrators import; undefined: there is none. */
  inbox: string | undefined
  /**
   * Does work after the answer was sent; what it throws is logged. When the server stops it gives the signal, and waits
   * for the work to end.
   */
  later: (work: (signal: AbortSignal) => Promise<unknown>) => void
  pictures: Pictures
}>

/** What goes back. A `length` makes Content-Length exact for streams. */
export type Answer = Readonly<{
  status: number
  headers?: Readonly<Record<string, string | readonly string[]>>
  body?: string | Buffer | Readable | Iterable<string> | AsyncIterable<Uint8Array> | Send
  length?: number
}>

/** A body that writes itself, part by part; a part may be overwritten when its write has resolved. */
export type Send = (write: (bytes: Uint8Array) => Promise<void>) => Promise<void>

export type Respond = (call: Call) => Promise<Answer>

/** A query parameter or path parameter as the OpenAPI document shows it. */
export type Parameter = Readonly<{
  name: string
  in: 'path' | 'query'
  says: string
  required?: true
  values?: readonly string[]
}>

/** One operation of a place: what it does, and what does it. */
export type Operation = Readonly<{
  says: string
  respond: Respond
  parameters?: readonly Parameter[]
  /** Media types of a body that is read. */
  takes?: readonly string[]
  /** Media types of the answer; `application/json` unless said. */
  gives?: readonly string[]
  /** Statuses besides 200 that a caller must expect, with their meaning. */
  statuses?: Readonly<Record<number, string>>
}>

/**
 * A place under `/data` (or `/xapi`, or the root). Methods that are not listed answer 405 with `Allow`; HEAD follows
 * GET; OPTIONS answers by itself. `paths` are spellings of the same place, with `:name` parameters and a final `*`.
 */
export type Route = Readonly<{
  /** The heading under which the OpenAPI document shows it. */
  page: string
  paths: readonly string[]
  /** Answered without a sign-in even where the site asks for one. */
  open?: true
  GET?: Operation
  PUT?: Operation
  POST?: Operation
  DELETE?: Operation
}>

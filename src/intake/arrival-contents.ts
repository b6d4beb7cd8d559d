import { type Archive, type Scope, scopeOf } from '../archive/archive.ts'
import type { StoredBytes } from '../archive/stored-files.ts'
import { refuse } from '../errors.ts'
import type { Action, Viewer } from '../model/access.ts'
import { type ArrivalAddress, type ArrivalRow, type LocatedArrival, locateArrival } from './arrivals.ts'
import { documentOf, type SessionDocument } from './session-document.ts'

/** An entry that was built, with the session it would become. */
export type BuiltArrival<A extends Action = 'read'> = Readonly<{
  located: LocatedArrival<A>
  row: ArrivalRow
  document: SessionDocument
}>

/**
 * An entry whose session can be looked into.
 * @throws ArchiveError 'not-found', also when it was not built yet (import 2.5), 'forbidden'
 */
export async function locateBuilt<A extends Action>(
  scope: Scope,
  at: ArrivalAddress,
  action: A,
): Promise<BuiltArrival<A>> {
  return builtOf(await locateArrival(scope, at, action))
}

/** An entry with its session. @throws ArchiveError 'not-found' when it was not built yet */
export function builtOf<A extends Action>(located: LocatedArrival<A>): BuiltArrival<A> {
  const { row } = located
  const document = documentOf(row)
  const because = 'The session has not been built yet.'
  if (!document) return refuse({ kind: 'not-found', noun: 'arrival', name: row.folder, because })
  return { located, row, document }
}

/** Where files of an entry lie: in the resource `label` of a scan, or of the session itself where `scan` is empty. */
export type Spot = Readonly<{ scan: string; label: string }>

/** A resource of an entry with its totals; bytes. */
export type WaitingResource = Spot & Readonly<{ count: number; size: number }>

/** A file of an entry, with what it takes to send it; `path` is its name in its resource. */
export type WaitingFile = Spot & StoredBytes & Readonly<{ md5: string; crc32: number; modified_at: string }>

/** The scans of the session that an entry would become. */
export async function waitingScans(archive: Archive, viewer: Viewer, at: ArrivalAddress) {
  const { document } = await locateBuilt(scopeOf(archive, viewer), at, 'read')
  return document.scans.map(({ id, item }) => ({
    id,
    type: item.type,
    description: String(item.fields['series_description'] ?? ''),
  }))
}

/** The resources of an entry, those of its scans first; of one scan when it is named. @throws as `locateBuilt` */
export async function waitingResources(
  archive: Archive,
  viewer: Viewer,
  at: ArrivalAddress,
  scan?: string,
): Promise<readonly WaitingResource[]> {
  const scope = scopeOf(archive, viewer)
  const built = await locateBuilt(scope, at, 'read')
  if (scan !== undefined) checkScan(built, scan)
  let query = scope.db
    .selectFrom('arrived_files')
    .select((eb) => ['scan', 'label', eb.fn.countAll<number>().as('count'), eb.fn.sum<number>('size').as('size')])
    .where('arrival_id', '=', built.row.id)
    .groupBy(['scan', 'label'])
  if (scan !== undefined) query = query.where('scan', '=', scan)
  const rows = await query.execute()
  const resources = rows.map((row) => ({ ...row, count: Number(row.count), size: Number(row.size) }))
  const order = new Map(built.document.scans.map(({ id }, index) => [id, index]))
  const rank = ({ scan: id }: Spot): number => (id === '' ? order.size : (order.get(id) ?? order.size))
  return resources.sort((a, b) => rank(a) - rank(b) || (a.label < b.label ? -1 : 1))
}

/** @throws ArchiveError 'not-found' for a scan that the session does not have */
export function checkScan({ document }: Pick<BuiltArrival, 'document'>, scan: string): void {
  if (!document.scans.some(({ id }) => id === scan)) refuse({ kind: 'not-found', noun: 'scan', name: scan })
}

/** Which files of an entry: all, those of a scan, of a resource, or one. */
export type Part = Partial<Spot & Readonly<{ path: string }>>

/**
 * Files of an entry, in the order of their resources and names. What lies in no scan can be had before the build.
 * @throws ArchiveError 'not-found' when a scan or resource that is named is not there, 'forbidden'
 */
export async function waitingFiles(
  archive: Archive,
  viewer: Viewer,
  at: ArrivalAddress,
  part: Part = {},
): Promise<readonly WaitingFile[]> {
  const scope = scopeOf(archive, viewer)
  const row = await rowOf(scope, at, part)
  const found = await filesOf(scope, row, part)
  if (found.length === 0 && part.path !== undefined) refuse({ kind: 'not-found', noun: 'file', name: part.path })
  if (found.length === 0 && part.label !== undefined) refuse({ kind: 'not-found', noun: 'resource', name: part.label })
  return found
}

async function rowOf(scope: Scope, at: ArrivalAddress, part: Part): Promise<ArrivalRow> {
  if (part.scan === undefined) return (await locateArrival(scope, at, 'read')).row
  const built = await locateBuilt(scope, at, 'read')
  if (part.scan !== '') checkScan(built, part.scan)
  return built.row
}

async function filesOf(scope: Scope, row: ArrivalRow, { scan, label, path }: Part): Promise<readonly WaitingFile[]> {
  let query = scope.db
    .selectFrom('arrived_files')
    .select(['scan', 'label', 'name as path', 'size', 'blob', 'md5', 'crc32'])
    .where('arrival_id', '=', row.id)
  if (scan !== undefined) query = query.where('scan', '=', scan)
  if (label !== undefined) query = query.where('label', '=', label)
  if (path !== undefined) query = query.where('name', '=', path)
  const files = await query.orderBy('scan').orderBy('label').orderBy('name').execute()
  return files.map((file) => ({ ...file, modified_at: row.uploaded_at }))
}

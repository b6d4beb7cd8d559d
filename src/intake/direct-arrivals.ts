import { type Archive, type Reason, type Scope, scopeOf } from '../archive/archive.ts'
import { orNothing } from '../archive/locate.ts'
import { refuse } from '../errors.ts'
import type { Viewer } from '../model/access.ts'
import type { Admitted } from './admit.ts'
import { archiveArrival } from './archive-arrival.ts'
import { addressOfRow, type ListedArrival, listedArrivals, readablePlaces } from './arrival-list.ts'
import { locateArrival } from './arrivals.ts'
import { buildArrival } from './build.ts'
import { noMerge } from './merge-policy.ts'
import { deleteArrival } from './move-arrival.ts'

/** An arrival that is to become a session without a stay in the prearchive, by what it is. */
export type DirectAddress = Readonly<{ project: string; study: string; label: string }>

/** Which of the direct arrivals that the viewer may see: of one project, page `page` (from 1) of `size` rows. */
export type DirectPage = Readonly<{ project?: string; page: number; size: number }>

/** Direct arrivals, the oldest first (import 2.10). @throws ArchiveError 'not-found', 'forbidden' for a project that is named */
export async function listDirect(
  archive: Archive,
  viewer: Viewer,
  { project, page, size }: DirectPage,
): Promise<readonly ListedArrival[]> {
  const scope = scopeOf(archive, viewer)
  const places = await readablePlaces(scope, project === undefined ? undefined : [project])
  return listedArrivals(scope, places)
    .where('a.direct', '=', 1)
    .limit(size)
    .offset((page - 1) * size)
    .execute()
}

/** One of them. @throws ArchiveError 'not-found', 'forbidden' */
export async function findDirect(scope: Scope, at: DirectAddress): Promise<ListedArrival> {
  const places = await readablePlaces(scope, [at.project])
  const row = await listedArrivals(scope, places)
    .where('a.direct', '=', 1)
    .where('a.study_uid', '=', at.study)
    .where('a.name', '=', at.label)
    .limit(1)
    .executeTakeFirst()
  return row ?? refuse({ kind: 'not-found', noun: 'arrival', name: `${at.study}/${at.label}` })
}

/**
 * Builds and archives a direct arrival now; it is several sessions where it was taken apart. What cannot be archived becomes an entry of the prearchive (import 2.10).
 * @throws ArchiveError 'not-found', 'forbidden', 'conflict', 'failed'
 */
export async function archiveDirect(
  archive: Archive,
  viewer: Viewer,
  why: Reason,
  at: DirectAddress,
): Promise<readonly Admitted[]> {
  const scope = scopeOf(archive, viewer)
  const found = await findDirect(scope, at)
  const { row } = await locateArrival(scope, addressOfRow(found), 'edit')
  const { entries } = await buildArrival(archive, viewer, row.id)
  const sessions: Admitted[] = []
  const wish = { policy: noMerge, names: {} }
  for (const { id } of entries) sessions.push(await archiveArrival(archive, viewer, why, { id, wish }))
  return sessions
}

/**
 * Drops a direct arrival, by its number, with what came.
 * @throws ArchiveError 'not-found', 'forbidden', 'conflict' while somebody works on it
 */
export async function dropDirect(archive: Archive, viewer: Viewer, why: Reason, id: number): Promise<void> {
  const scope = scopeOf(archive, viewer)
  const row = await listedArrivals(scope, undefined).where('a.id', '=', id).where('a.direct', '=', 1).executeTakeFirst()
  // A number says nothing of projects to those who do not see them.
  const found = row && (await orNothing(locateArrival(scope, addressOfRow(row), 'edit')))
  if (!found) return refuse({ kind: 'not-found', noun: 'arrival', name: String(id) })
  await deleteArrival(archive, viewer, why, { id: found.row.id })
}

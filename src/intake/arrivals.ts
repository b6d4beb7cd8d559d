import type { Selectable } from 'kysely'
import type { Change, Scope } from '../archive/archive.ts'
import { forbid, type LocatedProject, locateProject } from '../archive/locate.ts'
import { first, prepared } from '../db/prepared.ts'
import type { Tables } from '../db/schema.ts'
import { faultOf, refuse } from '../errors.ts'
import { type Action, ownsAllData, readsAllData } from '../model/access.ts'
import { mayOnArrivals } from './arrival-rights.ts'
import { isLocked } from './arrival-states.ts'

export type ArrivalRow = Selectable<Tables['arrivals']>

/** The place of entries whose project nobody knows, as it stands in addresses. */
export const UNASSIGNED = 'Unassigned'

/** Where an entry is, as its address says (import 2.1). */
export type ArrivalAddress = Readonly<{ project: string; timestamp: string; folder: string }>

declare const proof: unique symbol

/** An entry, found for a viewer who may do `A` with it. Only this module makes one. */
export type LocatedArrival<A extends Action = 'read'> = Readonly<{
  [proof]: Readonly<Record<A | 'read', true>>
  row: ArrivalRow
  /** Undefined: Unassigned. */
  project: LocatedProject | undefined
}>

/**
 * An entry by its address, for somebody who may do `action` with it. What waits for a project is for those who may
 * edit there, what waits for none for those who own all data (import 2.4).
 * @throws ArchiveError 'not-found', 'forbidden'
 */
export async function locateArrival<A extends Action>(
  scope: Scope,
  at: ArrivalAddress,
  action: A,
): Promise<LocatedArrival<A>> {
  const project = await locatePlace(scope, at.project, action)
  const { timestamp, folder } = at
  const row = await first(arrivalAt, scope.db, { place: placeOf(project), timestamp, folder })
  return { row: row ?? missing(at), project } as LocatedArrival<A>
}

/**
 * The same, and nobody else changes the entry until the change ends: what is decided by its state then holds.
 * @throws ArchiveError as `locateArrival`
 */
export async function lockArrival<A extends Action>(
  tx: Change,
  at: ArrivalAddress,
  action: A,
): Promise<LocatedArrival<A>> {
  const located = await locateArrival(tx, at, action)
  const query = tx.db.selectFrom('arrivals').selectAll().where('id', '=', located.row.id)
  const row = await tx.archive.db.dialect.forUpdate(query).executeTakeFirst()
  return row?.place === located.row.place ? { ...located, row } : missing(at)
}

const nameOf = ({ timestamp, folder }: Pick<ArrivalAddress, 'timestamp' | 'folder'>): string => `${timestamp}/${folder}`

const missing = (at: ArrivalAddress): never =>
  refuse({
    kind: 'not-found',
    noun: 'arrival',
    name: nameOf(at),
    because: `There is no prearchive entry ${nameOf(at)}.`,
  })

/** @throws ArchiveError 'conflict' while somebody works on the entry, or it waits for its turn */
export function refuseLocked(row: Pick<ArrivalRow, 'status' | 'timestamp' | 'folder'>): void {
  const because = `The prearchive entry ${nameOf(row)} is locked: ${row.status}.`
  if (isLocked(row.status)) refuse({ kind: 'conflict', noun: 'arrival', name: nameOf(row), because })
}

/** @throws ArchiveError 'not-found', 'forbidden' naming all projects whose entries are not the viewer's to change (import 2.6) */
export async function checkPlaces(scope: Scope, places: readonly ArrivalAddress[]): Promise<void> {
  const refused: string[] = []
  for (const project of new Set(places.map((at) => at.project))) {
    try {
      await locatePlace(scope, project, 'edit')
    } catch (error) {
      if (faultOf(error)?.kind !== 'forbidden') throw error
      refused.push(project)
    }
  }
  const names = refused.join(', ')
  if (names !== '')
    forbid(scope, 'project', names, `User account doesn't have permission to modify sessions of ${names}.`)
}

/** A project whose waiting entries the viewer may see; undefined for Unassigned. @throws ArchiveError 'not-found', 'forbidden' */
export async function locatePlace(scope: Scope, name: string, action: Action): Promise<LocatedProject | undefined> {
  if (name === UNASSIGNED) {
    const may = action === 'read' ? readsAllData(scope.viewer) : ownsAllData(scope.viewer)
    return may ? undefined : forbid(scope, 'project', name)
  }
  const project = await locateProject(scope, { project: name }, 'read')
  // What waits is no data of the project yet: to see it takes the right to change it.
  const may = mayOnArrivals(scope, project, 'edit') || (action === 'read' && readsAllData(scope.viewer))
  return may ? project : forbid(scope, 'project', name)
}

/** The work on all entries, for administrators. @throws ArchiveError 'forbidden' */
export function locateWork(scope: Scope): void {
  if (!scope.viewer.admin) forbid(scope, 'project', UNASSIGNED)
}

export const placeOf = (project: Pick<LocatedProject, 'row'> | undefined): string =>
  project ? `p${project.row.id}` : ''

/** The entry at an address, whoever asks. */
export const arrivalAt = prepared<Readonly<{ place: string; timestamp: string; folder: string }>, ArrivalRow>(
  (db, at) =>
    db
      .selectFrom('arrivals')
      .selectAll()
      .where('place', '=', at('place'))
      .where('timestamp', '=', at('timestamp'))
      .where('folder', '=', at('folder')),
)

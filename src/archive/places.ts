import { portions } from '../db/portions.ts'
import type { Scope } from './archive.ts'
import * as rows from './located-rows.ts'

/** One project a record is seen in, with its label there. */
export type Place = Readonly<{ project: rows.ProjectRow; label: string; owner: boolean; shareLabel: string | null }>

/** Every project the record is seen in, the owner first, then in the order of sharing. */
export async function placesOf(scope: Scope, noun: 'subject' | 'experiment', id: number): Promise<Place[]> {
  const query = noun === 'subject' ? rows.placesOfSubject : rows.placesOfExperiment
  return (await query(scope.db, { id })).map(placeOf)
}

/** The same for many experiments, by their ids. */
export async function placesOfExperiments(
  scope: Scope,
  ids: readonly number[],
): Promise<ReadonlyMap<number, readonly Place[]>> {
  const found = new Map<number, Place[]>()
  for (const portion of portions(ids)) {
    for (const { experiment_id, ...row } of await rows.placesOfExperiments(scope.db, portion))
      found.set(experiment_id, [...(found.get(experiment_id) ?? []), placeOf(row)])
  }
  return found
}

/** The row itself is the project's: it has all of its columns, and copying them took longer than asking for them. */
const placeOf = (row: rows.PlaceRow): Place => ({
  project: row,
  label: row.label,
  owner: row.owner === 1,
  shareLabel: row.share_label,
})

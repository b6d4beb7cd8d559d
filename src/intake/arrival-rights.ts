import type { Scope } from '../archive/archive.ts'
import { type LocatedProject, locateProject, orNothing, termsOf } from '../archive/locate.ts'
import type { Action } from '../model/access.ts'
import { mayOnData } from '../model/access.ts'

const SESSION = 'xnat:imageSessionData'

/**
 * May the viewer do this to imaging sessions of some kind in the project? Custom groups have rights by data type: one
 * of them is enough, what a session turns out to be is looked at when it is archived.
 */
export function mayOnArrivals(scope: Scope, { row, grants }: LocatedProject, action: Action): boolean {
  const { types } = scope.archive
  const terms = termsOf(row, grants)
  if (mayOnData(scope.viewer, { ...terms, accessibility: 'private' }, SESSION, action)) return true
  return [...grants.custom].some(([type, actions]) => types.isA(type, SESSION) && actions.has(action))
}

/** A project that a header names: one that exists, by ID or alias, and in which the viewer may create sessions. */
export async function projectForArrival(scope: Scope, name: string): Promise<LocatedProject | undefined> {
  const { archive, db, viewer } = scope
  const locate = () => orNothing(locateProject(scope, { project: name }, 'read'))
  const key = `project for arrival ${JSON.stringify([viewer, name])}`
  const project = await (db === archive.db.reads ? archive.db.remember(key, locate, Boolean) : locate())
  return project && mayOnArrivals(scope, project, 'create') ? project : undefined
}

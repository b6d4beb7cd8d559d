import { first } from '../db/prepared.ts'
import { faultOf, type Noun, refuse } from '../errors.ts'
import {
  type Accessibility,
  type Action,
  type Grants,
  mayOnData,
  mayOnProject,
  noGrants,
  type Terms,
  type Viewer,
} from '../model/access.ts'
import type { ExperimentAddress, ProjectAddress, ScanAddress, SubjectAddress } from '../model/address.ts'
import type { Scope } from './archive.ts'
import * as rows from './located-rows.ts'
import { type Place, placesOf, placesOfExperiments } from './places.ts'
import { grantsIn } from './rights.ts'
import { mayWith, whySealed } from './standing.ts'

export type ProjectRow = rows.ProjectRow
export type SubjectRow = rows.SubjectRow
export type ExperimentRow = rows.ExperimentRow
export type ScanRow = rows.ScanRow

declare const proof: unique symbol

/** Carried by everything that was found for a viewer who may do `A` with it. Only this module makes one. */
export type Proof<A extends Action> = Readonly<{ [proof]: Readonly<Record<A | 'read', true>> }>

/** Answers further questions about rights on something located, without another query. */
type May = Readonly<{ may: (action: Action) => boolean }>

export type LocatedProject<A extends Action = 'read'> = Proof<A> & May & Readonly<{ row: ProjectRow; grants: Grants }>
/**
 * Where a record is seen: in the owning project first, then in the order of sharing. `place` is where it was looked
 * for: the addressed project, or the owning one when none was named.
 */
type Seen = Readonly<{ owner: ProjectRow; place: Place; places: readonly Place[] }>
export type LocatedSubject<A extends Action = 'read'> = Proof<A> & May & Seen & Readonly<{ row: SubjectRow }>
export type LocatedExperiment<A extends Action = 'read'> = Proof<A> & May & Seen & Readonly<{ row: ExperimentRow }>
export type LocatedScan<A extends Action = 'read'> = Proof<A> &
  Readonly<{ row: ScanRow; session: LocatedExperiment<A> }>

const proven = <T>(value: T): T & Proof<never> => value as T & Proof<never>

/**
 * A project by its ID or an alias, for somebody who may do `action` with its descriptor.
 * @throws ArchiveError 'not-found' when it is unknown or invisible, 'forbidden' when it is visible but not for this
 */
export async function locateProject<A extends Action>(
  scope: Scope,
  at: ProjectAddress,
  action: A,
): Promise<LocatedProject<A>> {
  const row = await projectNamed(scope, at.project)
  const grants = row && ((await grantsIn(scope.db, scope.viewer, [row.id])).get(row.id) ?? noGrants)
  const may = (asked: Action): boolean => row !== undefined && mayOnProject(scope.viewer, termsOf(row, grants), asked)
  if (!row || !grants || !may('read')) return refuse({ kind: 'not-found', noun: 'project', name: at.project })
  if (!may(action)) forbid(scope, 'project', at.project)
  return proven({ row, grants, may }) as LocatedProject<A>
}

/** The project with that ID, or else that alias, exactly; whoever asks. */
export async function projectNamed(scope: Scope, name: string): Promise<ProjectRow | undefined> {
  const row = await first(rows.projectByName, scope.db, { name })
  if (row) return row
  const word = await first(rows.projectByWord, scope.db, { folded: name.toLowerCase() })
  const aliases = word ? ((JSON.parse(word.doc)['aliases/alias'] ?? []) as { alias?: string }[]) : []
  return aliases.some((entry) => entry.alias === name) ? word : undefined
}

/** On what terms somebody with these grants meets a project. */
export const termsOf = (project: { accessibility: string }, grants: Grants = noGrants): Terms => ({
  accessibility: project.accessibility as Accessibility,
  grants,
})

/**
 * May the viewer do this to data of this type in the project? For acts on what is not there yet, such as creating.
 */
export function mayInProject(scope: Scope, project: LocatedProject, type: string, action: Action): boolean {
  return mayOnData(scope.viewer, termsOf(project.row, project.grants), type, action)
}

/** The same for somebody who may do `action` with it as well, or undefined. */
export function entitled<L extends May, A extends Action>(located: L, action: A): (L & Proof<A>) | undefined {
  return located.may(action) ? (located as L & Proof<A>) : undefined
}

/** An experiment that this change has just made, whose maker may go on with it even where it begins in quarantine. */
export function justMade(
  row: ExperimentRow,
  { row: project }: LocatedProject,
  label: string,
): LocatedExperiment<'edit'> {
  const place = { project, label, owner: true, shareLabel: null }
  return proven({
    row,
    owner: project,
    place,
    places: [place],
    may: () => true,
  }) as unknown as LocatedExperiment<'edit'>
}

/** @throws ArchiveError 'forbidden', in the words the protocol has for people who are not signed in */
export function forbid(scope: Scope, noun: Noun, name: string, because?: string): never {
  return refuse({
    kind: 'forbidden',
    noun,
    name,
    because: scope.viewer.guest ? 'No authenticated user found.' : because,
  })
}

/** Undefined where `located` refuses because there is nothing to be seen; other refusals stand. */
export async function orNothing<T>(located: Promise<T>): Promise<T | undefined> {
  try {
    return await located
  } catch (error) {
    if (faultOf(error)?.kind === 'not-found') return undefined
    throw error
  }
}

/**
 * A subject: by its label in the addressed project, or by id when it is seen there; by id alone without a project.
 * @throws ArchiveError 'not-found', 'forbidden'
 */
export async function locateSubject<A extends Action>(
  scope: Scope,
  at: SubjectAddress,
  action: A,
): Promise<LocatedSubject<A>> {
  const through = at.project === undefined ? undefined : await locateProject(scope, { project: at.project }, 'read')
  return subjectThrough(scope, { subject: at.subject, through }, action)
}

/** The same where the project is located already. */
async function subjectThrough<A extends Action>(
  scope: Scope,
  { subject, through }: { subject: string; through: LocatedProject | undefined },
  action: A,
): Promise<LocatedSubject<A>> {
  const row =
    (through && (await first(rows.subjectByLabel, scope.db, { project: through.row.id, label: subject }))) ??
    (await first(rows.subjectByAccession, scope.db, { accession: subject }))
  const found = row && (await admitted(scope, { noun: 'subject', row, type: 'xnat:subjectData' }, through))
  if (!found) return refuse({ kind: 'not-found', noun: 'subject', name: subject })
  if (!found.may(action)) forbid(scope, 'subject', subject, whySealed(found.row))
  return proven(found) as unknown as LocatedSubject<A>
}

/**
 * An experiment of any type: by id or label within the addressed project, by id alone without one. A subject in the
 * address must resolve and be the experiment's own.
 * @throws ArchiveError 'not-found', 'forbidden'
 */
export async function locateExperiment<A extends Action>(
  scope: Scope,
  at: ExperimentAddress,
  action: A,
): Promise<LocatedExperiment<A>> {
  const missing = (): never => refuse({ kind: 'not-found', noun: 'experiment', name: at.experiment })
  const through = at.project === undefined ? undefined : await locateProject(scope, { project: at.project }, 'read')
  const subject =
    at.subject === undefined ? undefined : await subjectThrough(scope, { subject: at.subject, through }, 'read')
  const found = await experimentNamed(scope, at, through)
  if (!found) return missing()
  if (subject && (await subjectOf(scope, found.row)) !== subject.row.id) return missing()
  if (!found.may(action)) forbid(scope, 'experiment', at.experiment, whySealed(found.row))
  return proven(found) as unknown as LocatedExperiment<A>
}

/** By id where it is seen at the addressed place, else by label: ids of other projects do not get in a label's way. */
async function experimentNamed(scope: Scope, at: ExperimentAddress, through: LocatedProject | undefined) {
  const label = at.experiment
  const byId = await first(rows.experimentByAccession, scope.db, { accession: label })
  const found = byId && (await admittedExperiment(scope, byId, through))
  if (found) return found
  if (through) {
    const row = await first(rows.experimentByLabel, scope.db, { project: through.row.id, label })
    return row && admittedExperiment(scope, row, through)
  }
  if (byId || !at.bareLabel) return undefined
  const row = await onlyReadable(scope, await rows.experimentsByLabel(scope.db, { label }))
  return row && admittedExperiment(scope, row, through)
}

const admittedExperiment = (scope: Scope, row: ExperimentRow, through: LocatedProject | undefined) =>
  admitted(scope, { noun: 'experiment', row, type: row.xsi_type }, through)

/** The one experiment of several that the viewer can read; undefined when there are none or more. */
async function onlyReadable(scope: Scope, bearers: readonly ExperimentRow[]): Promise<ExperimentRow | undefined> {
  const readable: ExperimentRow[] = []
  for (const row of bearers) {
    if (await admittedExperiment(scope, row, undefined)) readable.push(row)
  }
  return readable.length === 1 ? readable[0] : undefined
}

/** The id of the subject an experiment belongs to; that of its session for an image assessor. */
export async function subjectOf(scope: Scope, row: ExperimentRow): Promise<number | null> {
  if (row.session_id === null) return row.subject_id
  const session = await scope.db
    .selectFrom('experiments')
    .select('subject_id')
    .where('id', '=', row.session_id)
    .executeTakeFirst()
  return session?.subject_id ?? null
}

/**
 * An experiment that is an imaging session.
 * @throws ArchiveError 'not-found' also when it is of another kind (scans 2.10)
 */
export async function locateSession<A extends Action>(
  scope: Scope,
  at: ExperimentAddress,
  action: A,
): Promise<LocatedExperiment<A>> {
  const readable = await locateExperiment(scope, at, 'read')
  if (!scope.archive.types.isA(readable.row.xsi_type, 'xnat:imageSessionData')) {
    refuse({ kind: 'not-found', noun: 'session', name: at.experiment })
  }
  if (!readable.may(action)) forbid(scope, 'session', at.experiment, whySealed(readable.row))
  return readable as LocatedExperiment<A>
}

/** A scan by its exact id; rights are those of its session. @throws ArchiveError 'not-found', 'forbidden' */
export async function locateScan<A extends Action>(scope: Scope, at: ScanAddress, action: A): Promise<LocatedScan<A>> {
  const session = await locateSession(scope, at, 'read')
  const row = await first(rows.scanById, scope.db, { session: session.row.id, scan: at.scan })
  if (!row) return refuse({ kind: 'not-found', noun: 'scan', name: at.scan })
  if (!session.may(action)) forbid(scope, 'session', at.experiment, whySealed(session.row))
  return proven({ row, session: session as LocatedExperiment<A> }) as unknown as LocatedScan<A>
}

type Candidate<R> = Readonly<{ noun: 'subject' | 'experiment'; row: R; type: string }>

/** The record with its places and rights, or undefined when the viewer may not see it at the addressed place. */
async function admitted<R extends SubjectRow | ExperimentRow>(
  scope: Scope,
  candidate: Candidate<R>,
  through: LocatedProject | undefined,
) {
  const places = await placesOf(scope, candidate.noun, candidate.row.id)
  const grants = await grantsIn(scope.db, scope.viewer, projectsOf(places))
  return standing(scope.viewer, candidate, { places, grants, through })
}

const projectsOf = (places: readonly Place[]): number[] => [...new Set(places.map(({ project }) => project.id))]

type Met = Readonly<{
  places: readonly Place[]
  grants: ReadonlyMap<number, Grants>
  through: LocatedProject | undefined
}>

function standing<R extends SubjectRow | ExperimentRow>(
  viewer: Viewer,
  { row, type }: Candidate<R>,
  { places, grants, through }: Met,
) {
  const owner = places.find((place) => place.owner)
  const place = through ? places.find((one) => one.project.id === through.row.id) : owner
  if (!owner || !place) return undefined
  const allows = (at: Place, action: Action): boolean =>
    mayOnData(viewer, termsOf(at.project, grants.get(at.project.id)), type, action)
  const may = mayWith({ places, owner, place, status: row.status, allows })
  return may('read') ? { row, owner: owner.project, place, places, may } : undefined
}

/** Those of the experiments that the viewer may read, each where it belongs, in the same order; asked for together. */
export async function readableAmong(scope: Scope, found: readonly ExperimentRow[]): Promise<LocatedExperiment[]> {
  const places = await placesOfExperiments(
    scope,
    found.map((row) => row.id),
  )
  const grants = await grantsIn(scope.db, scope.viewer, projectsOf([...places.values()].flat()))
  return found.flatMap((row) => {
    const met = { places: places.get(row.id) ?? [], grants, through: undefined }
    const one = standing(scope.viewer, { noun: 'experiment', row, type: row.xsi_type }, met)
    return one ? [proven(one) as unknown as LocatedExperiment] : []
  })
}

import type { Expression } from 'kysely'
import { prepared } from '../db/prepared.ts'
import { faultOf, type Noun, refuse } from '../errors.ts'
import type { Action } from '../model/access.ts'
import type { Direction, ExperimentAddress, ParentAddress } from '../model/address.ts'
import type { Scope } from './archive.ts'
import {
  forbid,
  type LocatedExperiment,
  type LocatedProject,
  type LocatedSubject,
  locateExperiment,
  locateProject,
  locateSession,
  locateSubject,
  type Proof,
  readableAmong,
} from './locate.ts'
import { experimentsBelow } from './located-rows.ts'
import { choose } from './selection.ts'

/** What decides about rights on a parent's folders (the security item), as files are named and filed under it. */
export type Holder = Readonly<{
  noun: 'project' | 'subject' | 'experiment'
  id: number
  /** Project ID, or accession id. */
  name: string
  /** Label in the project where it was looked for. */
  label: string
  /** ID of that project. */
  project: string
  /** The project's archive sub-folder, e.g. `arc001`. */
  arc: string
  may: (action: Action) => boolean
}>

/** One thing that folders hang on, found for a viewer who may do `A` with its holder. */
export type Parent<A extends Action = 'read'> = Proof<A> &
  Readonly<{
    kind: ParentAddress['kind']
    /** Row id in the table of its kind. */
    id: number
    /** As `resources.parent` has it. */
    key: string
    direction: Direction | null
    /** Project ID, accession id, scan ID or reconstruction ID. */
    name: string
    /** Type of a scan or reconstruction, name of an assessor's data type for people; else empty. */
    type: string
    holder: Holder
  }>

/**
 * What an address of folders means: one parent, or several where scans, assessors, reconstructions or experiments are
 * chosen by type, list or wildcard (resources 1.4).
 * @throws ArchiveError 'not-found' for what is unknown or invisible, 'forbidden'
 */
export async function locateParents<A extends Action>(
  scope: Scope,
  at: ParentAddress,
  action: A,
): Promise<readonly Parent<A>[]> {
  const parents = await found(scope, at)
  for (const { holder } of parents) if (!holder.may(action)) forbid(scope, holder.noun, holder.name)
  return parents as unknown as readonly Parent<A>[]
}

/** Exactly one parent: whatever changes files wants to know whose. @throws ArchiveError 'not-found' for none or more */
export async function locateParent<A extends Action>(scope: Scope, at: ParentAddress, action: A): Promise<Parent<A>> {
  const parents = await found(scope, at)
  const [parent] = parents
  if (!parent || parents.length > 1)
    return refuse({ kind: 'not-found', noun: at.kind, name: '', because: `Unable to identify ${at.kind}` })
  if (!parent.holder.may(action)) forbid(scope, parent.holder.noun, parent.holder.name)
  return parent as unknown as Parent<A>
}

/** The same parent for somebody who may do `action` with its holder as well, or undefined. */
export function withRight<A extends Action>(parent: Parent, action: A): Parent<A> | undefined {
  return parent.holder.may(action) ? (parent as unknown as Parent<A>) : undefined
}

type Found = Omit<Parent<never>, keyof Proof<never>>

const proven = (found: Found): Parent => found as unknown as Parent

/** Refuses in the words that this part of the protocol has for what cannot be found (resources 1.4). */
async function found(scope: Scope, at: ParentAddress): Promise<readonly Parent[]> {
  try {
    const { archive, db, viewer } = scope
    if (db !== archive.db.reads) return await lookUp(scope, at)
    const key = `parents ${JSON.stringify([viewer, at])}`
    return await archive.db.remember(key, () => lookUp(scope, at), isShort)
  } catch (error) {
    const fault = faultOf(error)
    if (fault?.kind !== 'not-found') throw error
    return refuse({ ...fault, because: `Unable to identify ${words[fault.noun] ?? fault.noun}` }, error)
  }
}

/** Lists of parents that were chosen by a wildcard are not asked for so often as to be kept. */
const isShort = (parents: readonly Parent[]): boolean => parents.length < 8

const words: Readonly<Partial<Record<Noun, string>>> = { session: 'image session' }

async function lookUp(scope: Scope, at: ParentAddress): Promise<readonly Parent[]> {
  switch (at.kind) {
    case 'project':
      return [projectParent(await locateProject(scope, at.at, 'read'))]
    case 'subject':
      return [subjectParent(await locateSubject(scope, at.at, 'read'))]
    case 'experiment':
      return experiments(scope, at.at)
    case 'scan':
      return scansBelow(scope, at.at, at.scans)
    case 'reconstruction':
      return reconstructionsOf(scope, await locateSession(scope, at.at, 'read'), at.reconstructions, at.direction)
    case 'assessor': {
      const session = await locateSession(scope, at.at, 'read')
      return (await assessorsOf(scope, session, at.assessors)).map((assessor) =>
        assessorParent(scope, session, assessor, at.direction),
      )
    }
  }
}

function projectParent({ row, may }: LocatedProject): Parent {
  const holder = {
    noun: 'project',
    id: row.id,
    name: row.name,
    label: row.name,
    project: row.name,
    arc: row.current_arc,
    may,
  } as const
  return proven({ kind: 'project', id: row.id, key: `p${row.id}`, direction: null, name: row.name, type: '', holder })
}

function subjectParent({ row, place, may }: LocatedSubject): Parent {
  const holder = {
    noun: 'subject',
    id: row.id,
    name: row.accession,
    label: place.label,
    project: place.project.name,
    arc: place.project.current_arc,
    may,
  } as const
  return proven({
    kind: 'subject',
    id: row.id,
    key: `s${row.id}`,
    direction: null,
    name: row.accession,
    type: '',
    holder,
  })
}

/** The experiment itself as the parent of its own folders. */
export function experimentParent(experiment: LocatedExperiment): Parent {
  const { row } = experiment
  const rest = { direction: null, name: row.accession, type: '', holder: holderOf(experiment) }
  return proven({ kind: 'experiment', id: row.id, key: `e${row.id}`, ...rest })
}

const holderOf = ({ row, place, may }: LocatedExperiment): Holder => ({
  noun: 'experiment',
  id: row.id,
  name: row.accession,
  label: place.label,
  project: place.project.name,
  arc: place.project.current_arc,
  may,
})

async function experiments(scope: Scope, at: ExperimentAddress): Promise<readonly Parent[]> {
  const names = at.experiment.split(',')
  const parents: Parent[] = []
  for (const experiment of names)
    parents.push(experimentParent(await locateExperiment(scope, { ...at, experiment }, 'read')))
  return parents
}

/** All scans of an experiment that can have none are none: clients ask it of every experiment in a list. */
async function scansBelow(scope: Scope, at: ExperimentAddress, selection: string): Promise<readonly Parent[]> {
  const experiment = isEverything(selection) ? await locateExperiment(scope, at, 'read') : undefined
  if (experiment && !scope.archive.types.isA(experiment.row.xsi_type, 'xnat:imageSessionData')) return []
  return scansOf(scope, experiment ?? (await locateSession(scope, at, 'read')), selection)
}

/** The scans of a session that a selection means (scans 6.2). @throws ArchiveError 'not-found' when it means none */
export async function scansOf(scope: Scope, session: LocatedExperiment, selection: string): Promise<readonly Parent[]> {
  const exact = isEverything(selection) ? [] : await scanNamed(scope.db, { session: session.row.id, name: selection })
  const rows = exact.length > 0 ? exact : choose(selection, () => scanQuery(scope, session).orderBy('id').execute())
  return chosen(await rows, selection, 'scan').map(({ id, name, type }) =>
    proven({ kind: 'scan', id, key: `c${id}`, direction: null, name, type: type ?? '', holder: holderOf(session) }),
  )
}

const typeIn = (scope: Scope, doc: Expression<unknown>) => scope.archive.db.dialect.jsonText(doc, ['type']).as('type')

/** The usual case, asked by every upload and download. */
const scanNamed = prepared<{ session: number; name: string }, { id: number; name: string; type: string | null }>(
  (db, at, dialect) =>
    db
      .selectFrom('scans')
      .select((eb) => ['id', 'scan_id as name', dialect.jsonText(eb.ref('doc'), ['type']).as('type')])
      .where('session_id', '=', at('session'))
      .where('scan_id', '=', at('name')),
)

const scanQuery = (scope: Scope, session: LocatedExperiment) =>
  scope.db
    .selectFrom('scans')
    .select((eb) => ['id', 'scan_id as name', typeIn(scope, eb.ref('doc'))])
    .where('session_id', '=', session.row.id)

/** The same for reconstructions. */
export async function reconstructionsOf(
  scope: Scope,
  session: LocatedExperiment,
  selection: string,
  direction: Direction,
): Promise<readonly Parent[]> {
  const query = scope.db
    .selectFrom('reconstructions')
    .select((eb) => ['id', 'reconstruction_id as name', typeIn(scope, eb.ref('doc'))])
    .where('session_id', '=', session.row.id)
  const exact = isEverything(selection) ? [] : await query.where('reconstruction_id', '=', selection).execute()
  const rows = exact.length > 0 ? exact : choose(selection, () => query.orderBy('id').execute())
  return chosen(await rows, selection, 'reconstruction').map(({ id, name, type }) => {
    const rest = { direction, name, type: type ?? '', holder: holderOf(session) }
    return proven({ kind: 'reconstruction', id, key: `r${id}/${direction}`, ...rest })
  })
}

/** A selection of everything may be empty; any other must mean something. */
function chosen<T>(rows: readonly T[], selection: string, noun: Noun): readonly T[] {
  if (rows.length === 0 && !isEverything(selection)) refuse({ kind: 'not-found', noun, name: selection })
  return rows
}

const isEverything = (selection: string): boolean => selection === 'ALL' || selection === '*'

/**
 * The assessors of a session that a selection means, without those that the viewer may not read: by id, label, data
 * type, list or wildcard (resources 1.4). @throws ArchiveError 'not-found' when it means none
 */
export async function assessorsOf(
  scope: Scope,
  session: LocatedExperiment,
  selection: string,
): Promise<readonly LocatedExperiment[]> {
  const tokens = selection.split(',')
  const meant = ({ row, places }: LocatedExperiment): boolean =>
    isEverything(selection) ||
    tokens.some((token) => token === row.accession || scope.archive.types.isA(row.xsi_type, token)) ||
    // Labels count where the assessor belongs, and where its session was looked for.
    places.some(
      ({ owner, project, label }) => (owner || project.id === session.place.project.id) && tokens.includes(label),
    )
  const readable = await readableAmong(scope, await experimentsBelow(scope.db, 'session_id', [session.row.id]))
  return chosen(readable.filter(meant), selection, 'assessor')
}

/** An assessor as the parent of its folders; without a direction, of those that are neither in nor out. */
export function assessorParent(
  scope: Scope,
  session: LocatedExperiment,
  { row }: LocatedExperiment,
  direction: Direction | null,
): Parent {
  const type = scope.archive.types.find(row.xsi_type)?.singular ?? row.xsi_type
  const key = direction === null ? `e${row.id}` : `e${row.id}/${direction}`
  const rest = { direction, name: row.accession, type, holder: holderOfAssessor(session, row.status) }
  return proven({ kind: 'assessor', id: row.id, key, ...rest })
}

/** Rights are those of the session, but nobody changes an assessor that is locked itself. */
function holderOfAssessor(session: LocatedExperiment, status: string): Holder {
  const holder = holderOf(session)
  const locked = status === 'locked' || status === 'obsolete'
  return locked ? { ...holder, may: (action) => action === 'read' && holder.may(action) } : holder
}

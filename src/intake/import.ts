import { type Archive, type Reason, type Scope, scopeOf } from '../archive/archive.ts'
import {
  forbid,
  type LocatedProject,
  locateExperiment,
  locateProject,
  orNothing,
  subjectOf,
} from '../archive/locate.ts'
import { placesOf } from '../archive/places.ts'
import { faultOf, refuse } from '../errors.ts'
import type { Viewer } from '../model/access.ts'
import type { IncomingFile } from '../model/incoming-file.ts'
import type { Admitted } from './admit.ts'
import { archiveArrival } from './archive-arrival.ts'
import { mayOnArrivals } from './arrival-rights.ts'
import { type ArrivalAddress, type ArrivalRow, locatePlace, UNASSIGNED } from './arrivals.ts'
import { automaticCode } from './auto-archive.ts'
import { type Built, buildArrival } from './build.ts'
import { beginImport, type RunningImport } from './imports.ts'
import { automaticPolicy, type MergePolicy, noMerge } from './merge-policy.ts'
import { patiently } from './patience.ts'
import { type Delivered, receiveInstance } from './receive.ts'
import { receiveFiles } from './receive-files.ts'
import { plainReception, type Reception, type Wishes } from './reception.ts'
import { notDicom } from './take-in.ts'

/** Where a request wants its objects (import 1.4). */
export type Destination = Readonly<
  | { kind: 'prearchive'; project?: string; entry?: Readonly<{ timestamp: string; folder: string }> }
  | { kind: 'archive'; project?: string; subject?: string; experiment?: string }
>

/** A request to import files, its words understood (import 1.2 to 1.4). */
export type ImportRequest = Readonly<{
  importer: 'SI' | 'DICOM-zip' | 'gradual-DICOM'
  destination?: Destination
  project?: string
  subject?: string
  session?: string
  /** Undefined: the request says nothing of sessions that are there. */
  policy?: MergePolicy
  /** Build at once what has come, instead of waiting for more. */
  commit: boolean
  autoArchive?: boolean
  skipUnreadable: boolean
  rename: boolean
  preventAnon: boolean
  preventAutoCommit: boolean
  source: string
  visit: string
  protocol: string
  timezone: string
  direct: boolean
  transferSyntax?: string
  wishes: Wishes
  /** The id that the caller follows it by. */
  listener?: string
}>

/** Where objects of a request are now. */
export type Imported =
  | (Readonly<{ kind: 'prearchive' }> & ArrivalAddress)
  | (Readonly<{ kind: 'archive' }> & Admitted)
  | Readonly<{ kind: 'direct'; project: string; study: string; label: string }>

/**
 * Runs a whole import: receives all files or none, then builds and archives what the request or the project want.
 * @returns where the sessions are, one each; none when a filter dropped everything
 * @throws ArchiveError 'not-found' and 'forbidden' for a project that is named and cannot be written to; 'invalid' for
 * files that cannot be read; 'conflict' when a session cannot be archived: then it waits in the prearchive
 */
export async function importFiles(
  archive: Archive,
  viewer: Viewer,
  why: Reason,
  { request, files }: Readonly<{ request: ImportRequest; files: AsyncIterable<IncomingFile> }>,
): Promise<readonly Imported[]> {
  const scope = scopeOf(archive, viewer)
  if (viewer.guest) forbid(scope, 'project', request.project ?? '')
  const finished = request.commit || request.importer === 'SI' || request.destination !== undefined
  if (request.importer === 'gradual-DICOM' && !finished && request.listener === undefined)
    return importOne(archive, viewer, await receptionOf(scope, request), files)
  const running = await beginImport(archive, viewer, request.listener)
  try {
    const reception = await receptionOf(scope, request)
    const delivered = await receiveFiles(archive, viewer, { reception, files, running, ...strictness(request) })
    const imported: Imported[] = []
    // What goes past the prearchive waits for more all the same, unless the request says which place it is to have.
    const whole = (direct: boolean): boolean => finished && (!direct || request.destination?.kind === 'archive')
    for (const one of delivered)
      imported.push(...(whole(one.direct) ? await finish(scope, { why, request, running }, one) : [waitingIn(one)]))
    await running.tell({ status: 'COMPLETED', msg: finalMessage(imported), terminal: true })
    return imported
  } catch (error) {
    await running.tell({
      status: 'FAILED',
      msg: error instanceof Error ? error.message : 'The import failed.',
      terminal: true,
    })
    throw error
  } finally {
    running.close()
  }
}

const strictness = ({ importer, skipUnreadable, destination }: ImportRequest) => ({
  skipUnreadable: skipUnreadable || importer === 'SI',
  oneSession: importer === 'SI' && destination?.kind !== 'prearchive',
})

async function importOne(
  archive: Archive,
  viewer: Viewer,
  reception: Reception,
  files: AsyncIterable<IncomingFile>,
): Promise<readonly Imported[]> {
  for await (const file of files) {
    const received = await receiveInstance(archive, viewer, reception, file).catch((error) =>
      faultOf(error)?.kind === 'unreadable' ? notDicom(file.path, error) : Promise.reject(error),
    )
    return received.outcome === 'stored' ? [waitingIn(received)] : []
  }
  return refuse({ kind: 'invalid', field: 'file', because: 'The upload holds no DICOM objects.' })
}

function waitingIn({ direct, arrival, study }: Delivered): Imported {
  if (direct) return { kind: 'direct', project: arrival.project, study: study.studyUid, label: study.label }
  return { kind: 'prearchive', ...arrival }
}

type Finishing = Readonly<{ why: Reason; request: ImportRequest; running: RunningImport }>

/** Builds an entry, and archives what it is then where that is wanted. */
async function finish(scope: Scope, finishing: Finishing, delivered: Delivered): Promise<readonly Imported[]> {
  const { id, arrival } = delivered
  try {
    await finishing.running.tell({ status: 'PROCESSING', msg: `Building session ${arrival.folder}`, terminal: false })
    const { state, entries } = await builtWhole(scope, finishing.request, id)
    if (state !== 'READY') return [{ kind: 'prearchive', ...arrival }]
    const imported: Imported[] = []
    for (const entry of entries)
      imported.push(await archiveEntry(scope, finishing, { entry, project: arrival.project }))
    return imported
  } catch (error) {
    // Somebody whose objects came into the same entry at the same time has archived all of it.
    const fault = faultOf(error)
    const gone = fault?.kind === 'not-found' && fault.noun === 'arrival'
    const archived = gone ? await archivedMeanwhile(scope, delivered) : undefined
    return archived ? [archived] : Promise.reject(error)
  }
}

/** So often an entry is built that is to be archived at once while others still add to it. */
const MAX_BUILDS = 20

/** Others who add to an entry that is only to wait are welcome; one that is to be archived is built until it is whole. */
async function builtWhole({ archive, viewer }: Scope, { destination }: ImportRequest, id: number): Promise<Built> {
  for (let build = 1; ; build++) {
    const built = await patiently(() => buildArrival(archive, viewer, id))
    if (built.state === 'READY' || destination?.kind !== 'archive' || build === MAX_BUILDS) return built
  }
}

/** An entry that is built: archived where that is wanted, else where it waits. */
async function archiveEntry(
  scope: Scope,
  { why, request, running }: Finishing,
  { entry, project }: Readonly<{ entry: ArrivalRow; project: string }>,
): Promise<Imported> {
  const { archive, viewer } = scope
  const { id, timestamp, folder } = entry
  const code = await wantedCode(scope, request, id)
  if (code === undefined) return { kind: 'prearchive', project, timestamp, folder }
  await running.tell({ status: 'PROCESSING', msg: `Archiving session ${folder}`, terminal: false })
  const asked = request.policy ?? (request.destination?.kind === 'archive' ? noMerge : undefined)
  const wish = { policy: asked ?? automaticPolicy(code), names: {} }
  return { kind: 'archive', ...(await patiently(() => archiveArrival(archive, viewer, why, { id, wish }))) }
}

async function wantedCode(
  scope: Scope,
  { destination, autoArchive }: ImportRequest,
  id: number,
): Promise<number | undefined> {
  if (destination?.kind === 'prearchive') return undefined
  const row = await scope.db
    .selectFrom('arrivals')
    .select(['auto_code', 'project_id'])
    .where('id', '=', id)
    .executeTakeFirst()
  if (!row) return 4
  const wish = destination?.kind === 'archive' ? true : autoArchive
  if (wish && row.project_id === null)
    refuse({
      kind: 'invalid',
      field: 'project',
      because: 'Nothing says which project the session belongs to: it waits in Unassigned.',
    })
  return automaticCode(scope, row, wish)
}

async function archivedMeanwhile(scope: Scope, { study }: Delivered): Promise<Imported | undefined> {
  if (!study.project) return undefined
  const project = study.project.name
  const session = await orNothing(locateExperiment(scope, { project, experiment: study.label }, 'read'))
  const subject = session && (await subjectOf(scope, session.row))
  if (!session || subject === null || subject === undefined) return undefined
  const [place] = await placesOf(scope, 'subject', subject)
  return {
    kind: 'archive',
    project,
    subject: place?.label ?? '',
    experiment: study.label,
    id: session.row.accession,
    merged: true,
  }
}

/** How the objects of a request are taken in. @throws ArchiveError 'not-found', 'forbidden' */
async function receptionOf(scope: Scope, request: ImportRequest): Promise<Reception> {
  const { destination, importer, subject, session, autoArchive, transferSyntax } = request
  const entry = destination?.kind === 'prearchive' ? destination.entry : undefined
  const named = destination?.project ?? request.project
  if (entry && named === UNASSIGNED) await locatePlace(scope, named, 'edit')
  const given = named ?? (await homeOf(scope, destination))
  const project = given === undefined || given === UNASSIGNED ? undefined : await writableProject(scope, given)
  const target = destination?.kind === 'archive' ? await targetOf(scope, destination, project) : {}
  const names = { subject: target.subject ?? subject, session: target.session ?? session }
  const { rename, preventAnon, preventAutoCommit, source, visit, protocol, timezone, direct, wishes } = request
  return {
    ...plainReception,
    ...(project ? { project } : {}),
    ...(names.subject === undefined ? {} : { subject: names.subject }),
    ...(names.session === undefined ? {} : { session: names.session }),
    ...(entry ? { entry } : {}),
    ...(transferSyntax === undefined ? {} : { transferSyntax }),
    ...(autoArchive === undefined ? {} : { autoArchive }),
    anyStudy: importer === 'SI',
    onTaken: importer === 'SI' ? 'number' : 'template',
    rename: importer !== 'SI' && rename,
    preventAnon,
    preventAutoCommit,
    source,
    visit,
    protocol,
    timezone,
    direct,
    wishes,
  }
}

/** A project that is named is meant: nothing falls through to another one (import 1.4). */
async function writableProject(scope: Scope, name: string): Promise<LocatedProject> {
  const project = await locateProject(scope, { project: name }, 'read')
  return mayOnArrivals(scope, project, 'create') ? project : forbid(scope, 'project', name)
}

/** The project of an experiment that a destination names by its id alone. */
async function homeOf(scope: Scope, destination: Destination | undefined): Promise<string | undefined> {
  if (destination?.kind !== 'archive' || destination.experiment === undefined) return undefined
  return (await orNothing(locateExperiment(scope, { experiment: destination.experiment }, 'read')))?.place.project.name
}

type Target = Readonly<{ subject?: string; session?: string }>

/** An experiment that is there decides its subject; otherwise the names are those of a new one. */
async function targetOf(
  scope: Scope,
  { subject, experiment }: Destination & { kind: 'archive' },
  project: LocatedProject | undefined,
): Promise<Target> {
  const given = {
    ...(subject === undefined ? {} : { subject }),
    ...(experiment === undefined ? {} : { session: experiment }),
  }
  if (experiment === undefined) return given
  const session = await orNothing(locateExperiment(scope, { project: project?.row.name, experiment }, 'read'))
  const owner = session && (await subjectOf(scope, session.row))
  if (!session || owner === null || owner === undefined) return given
  const places = await placesOf(scope, 'subject', owner)
  const place = places.find((one) => one.project.id === project?.row.id) ?? places[0]
  return { subject: subject ?? place?.label ?? '', session: session.place.label }
}

/** What followers are told at the end (import 1.6). */
export function finalMessage(imported: readonly Imported[]): string {
  const archived = imported.length > 0 && imported.every(({ kind }) => kind === 'archive')
  return `${archived ? 'Archive' : 'Prearchive'}:${imported.map(importedUri).join(';')}`
}

/** The address without `/data`. */
export function importedUri(imported: Imported): string {
  if (imported.kind === 'archive') {
    const { project, subject, experiment } = imported
    return `/archive/projects/${project}/subjects/${subject}/experiments/${experiment}`
  }
  if (imported.kind === 'direct') return `/xapi/direct-archive/${imported.project}/${imported.study}/${imported.label}`
  return `/prearchive/projects/${imported.project}/${imported.timestamp}/${imported.folder}`
}

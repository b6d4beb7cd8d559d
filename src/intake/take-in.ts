import type { Archive, Scope } from '../archive/archive.ts'
import type { ProjectRow } from '../archive/locate.ts'
import type { Staged } from '../blobs/blob-store.ts'
import { fileName } from '../dicom/file-names.ts'
import { type DicomHeader, firstOf } from '../dicom/header.ts'
import { keptText } from '../dicom/kept-header.ts'
import { isPrimary } from '../dicom/modality.ts'
import { faultOf, refuse } from '../errors.ts'
import type { IncomingFile, Packed } from '../model/incoming-file.ts'
import { projectForArrival } from './arrival-rights.ts'
import type { ArrivedObject } from './arrived-files.ts'
import { type Assignment, assign } from './assign.ts'
import { type IntakeSettings, intakeSettings } from './intake-settings.ts'
import type { Study } from './join-arrival.ts'
import { cleanFileName } from './names.ts'
import { type Peeked, peek } from './peek.ts'
import type { Reception } from './reception.ts'

/** The settings in force for a project, or for what has none yet. */
export type SettingsFor = (project: ProjectRow | undefined) => Promise<IntakeSettings>

/**
 * An object whose place is known; where it is kept, its bytes are on their way to the disk. With it come the lines about
 * rules that were of no use in finding its place.
 */
export type Taken = Readonly<{ study: Study; faults: readonly string[] }> &
  (Readonly<{ kept: true; object: ArrivedObject; staging: Promise<Staged> }> | Readonly<{ kept: false }>)

/** The settings, each read once: for what comes with one request. */
export function settingsOnce(archive: Archive, reception: Reception): SettingsFor {
  const known = new Map<number | undefined, Promise<IntakeSettings>>()
  return (project) => {
    const found = known.get(project?.id) ?? intakeSettings(archive, project, reception.rules)
    known.set(project?.id, found)
    return found
  }
}

/**
 * Reads the header of an object, finds where it goes, and takes its bytes unless a filter drops it (import 0).
 * The pieces of its bytes are handed over: the memory of each is freed when it has been taken.
 * @throws ArchiveError 'unreadable' when it is no DICOM object, or one without the UIDs that it needs
 */
export async function takeIn(
  scope: Scope,
  { reception, settingsFor }: Readonly<{ reception: Reception; settingsFor: SettingsFor }>,
  file: IncomingFile,
): Promise<Taken> {
  const known = await settingsFor(reception.project?.row)
  const peeked = await peek(file.bytes, { also: known.also, transferSyntax: reception.transferSyntax })
  const { project: named, subject, session, autoArchive } = reception
  const given = { project: named?.row.name, subject, session, autoArchive }
  const assignment = assign(peeked.header, known.rules, given)
  const project = named ? named.row : await projectAmong(scope, assignment.projects)
  const settings = project && !named ? await settingsFor(project) : known
  const header = settings === known ? peeked.header : peeked.again(settings.also)
  const study = studyOf(assignment, project, header)
  if (!settings.filters.every((filter) => filter.accepts(header))) {
    await leave(file, peeked)
    return { study, faults: known.faults, kept: false }
  }
  const object = objectOf({ assignment, header, settings, reception }, file.path)
  return { study, faults: known.faults, kept: true, object, staging: stage(scope, peeked, file) }
}

/** Of what an archive brought, damage shows also where nobody wants it. */
async function leave({ packed }: IncomingFile, peeked: Peeked): Promise<void> {
  if (packed) await packed.check()
  else await peeked.bytes()[Symbol.asyncIterator]().return?.()
}

function stage({ archive }: Scope, peeked: Peeked, { size, packed }: IncomingFile): Promise<Staged> {
  const { blobs } = archive
  const staging =
    packed && peeked.added === 0
      ? blobs.stagePacked(packed, {}).catch((error) => unpackable(error, packed))
      : blobs.stage(peeked.bytes(), size === undefined ? undefined : size + peeked.added, {})
  // Whoever awaits it meets the error.
  staging.catch(() => undefined)
  return staging
}

const unpackable = (error: unknown, packed: Packed): never => {
  if (faultOf(error)?.kind === 'unreadable') packed.damaged(error)
  throw error
}

/** The first of the names that is a project in which the viewer may create sessions (import 3.1). */
async function projectAmong(scope: Scope, names: readonly string[]): Promise<ProjectRow | undefined> {
  for (const name of names) {
    const project = await projectForArrival(scope, name)
    if (project) return project.row
  }
  return undefined
}

function studyOf(assignment: Assignment, project: ProjectRow | undefined, header: DicomHeader): Study {
  return {
    project,
    studyUid: assignment.study,
    label: assignment.session,
    subject: assignment.subject ?? '',
    scanDate: firstOf(header, 'StudyDate'),
    scanTime: firstOf(header, 'StudyTime'),
    autoArchive: assignment.autoArchive,
  }
}

type Known = Readonly<{
  assignment: Assignment
  header: DicomHeader
  settings: IntakeSettings
  reception: Reception
}>

function objectOf({ assignment, header, settings, reception }: Known, path: string): ArrivedObject {
  const { sopClass, instance, series = '', scanFolder } = assignment
  const template = fileName(settings.template, header)
  const own = reception.rename ? undefined : cleanFileName(path)
  const name = own ?? template
  const number = firstOf(header, 'InstanceNumber')
  return {
    scan: scanFolder,
    label: isPrimary(sopClass) ? 'DICOM' : 'secondary',
    name,
    spare: reception.onTaken === 'number' ? name : template,
    seriesUid: series,
    sopClass,
    sopUid: instance,
    instanceNumber: number !== undefined && /^[+-]?\d{1,10}$/.test(number) ? Number(number) : null,
    header: keptText(header),
  }
}

/** @throws ArchiveError 'invalid' that names the file, in the words that scripts look for (import 1.5) */
export const notDicom = (path: string, error: unknown): never =>
  refuse(
    {
      kind: 'invalid',
      field: 'file',
      because: `unable to read DICOM object ${path}: ${error instanceof Error ? error.message : ''}`,
    },
    error,
  )

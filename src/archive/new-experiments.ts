import { refuse } from '../errors.ts'
import type { DataType } from '../model/dictionary.ts'
import { emptyItem, type Item, itemToDocument } from '../model/item.ts'
import { isEmptyPatch, type Patch } from '../model/patch.ts'
import type { Archive, Change } from './archive.ts'
import { numbered } from './documents.ts'
import { recordEvent } from './history.ts'
import { assigned, newAccession, type Patched, patched, projectOfDocument, typeNamedFolded } from './identity.ts'
import {
  entitled,
  forbid,
  justMade,
  type LocatedExperiment,
  type LocatedProject,
  locateExperiment,
  locateProject,
  locateSession,
  locateSubject,
  mayInProject,
  orNothing,
} from './locate.ts'
import { writeScan } from './scans.ts'
import { addPlace, checkLabel, refuseTakenLabel } from './sharing.ts'
import { type Written, writeNewSubject } from './subjects.ts'

/** Where an experiment is put: below a subject, directly below a project, below a session, or by id alone. */
export type ExperimentHome = Readonly<{
  project?: string
  subject?: string
  /** Set for image assessors: the imaging session they hang on. */
  session?: string
  /** Label or id; empty when posted to a list. */
  segment: string
}>

/** `statusAsked`: the request also wants to quarantine, lock or release the record. */
export type ExperimentWish = Readonly<{ home: ExperimentHome; patch: Patch; mustBeNew?: true; statusAsked?: boolean }>

/** An experiment that is not there yet, with the scans of its document (hierarchy 5.3, 6.1). */
export async function createExperiment(
  tx: Change,
  wish: ExperimentWish,
  project: LocatedProject | undefined,
): Promise<Written> {
  const type = newType(tx.archive, wish)
  const values = patched(tx.archive.types, emptyItem(type.name), wish.patch)
  const label = values.identity.label ?? (wish.home.segment || undefined)
  if (label !== undefined) checkLabel('experiment', label)
  const place = type.lineage.includes('xnat:imageAssessorData')
    ? await assessorPlace(tx, wish, { project, values })
    : await subjectPlace(tx, wish, { project, values })
  if (!mayInProject(tx, place.project, type.name, 'create')) forbid(tx, 'project', place.project.row.name)
  const made = await insertExperiment(tx, { type, values, label, place })
  await writeScans(tx, made, values.item, wish.patch)
  return { id: made.row.accession, outcome: 'created' }
}

/** Who names an id and neither type nor project, or only a status, means to change what is there (hierarchy 8). */
function meansAnother({ home, patch, statusAsked }: ExperimentWish): boolean {
  if (statusAsked && isEmptyPatch(patch)) return true
  return home.project === undefined && home.session === undefined && assigned(patch, 'project') === undefined
}

/**
 * @throws ArchiveError 'nothing-sent' without a type, 'not-found' where only an id is named, 'invalid' for an unknown
 *   type, 'unreadable' for one of another branch
 */
function newType(archive: Archive, wish: ExperimentWish): DataType {
  const name = wish.patch.namedType ?? wish.patch.impliedType
  const need = wish.mustBeNew ? 'Need POST Contents' : 'Need PUT Contents'
  if (name === undefined && meansAnother(wish))
    return refuse({ kind: 'not-found', noun: 'experiment', name: wish.home.segment })
  if (name === undefined) return refuse({ kind: 'nothing-sent', field: 'xsiType', because: need })
  const type = typeNamedFolded(archive.types, name)
  const branch = wish.home.session === undefined ? 'xnat:experimentData' : 'xnat:imageAssessorData'
  const below = wish.home.subject === undefined ? branch : 'xnat:subjectAssessorData'
  const wanted = wish.home.session === undefined ? below : branch
  if (!type.lineage.includes(wanted) || type.abstract) {
    const noun = wanted === 'xnat:imageAssessorData' ? 'Image Assessor' : 'Subject Assessor'
    refuse({
      kind: 'unreadable',
      what: 'document',
      because: `Only ${noun} documents can be PUT to this address: ${type.name}`,
    })
  }
  return type
}

type NewPlace = Readonly<{ project: LocatedProject; subjectId: number | null; sessionId: number | null }>
type Given = Readonly<{ project: LocatedProject | undefined; values: Patched }>

async function assessorPlace(tx: Change, { home }: ExperimentWish, { project, values }: Given): Promise<NewPlace> {
  const named = home.session ?? values.identity.imageSession_ID
  if (named === undefined) {
    return refuse({
      kind: 'unreadable',
      what: 'document',
      because: 'An image assessor needs the imaging session it belongs to: imageSession_ID.',
    })
  }
  const session = await locateSession(tx, { project: home.project, subject: home.subject, experiment: named }, 'read')
  const wanted = values.identity.project
  const owner = project ?? (await locateProject(tx, { project: wanted ?? session.owner.name }, 'read'))
  // To read a session is no right to hang assessors on it: it must be seen in the project that is to own them.
  if (!session.places.some((place) => place.project.id === owner.row.id)) forbid(tx, 'session', named)
  return { project: owner, subjectId: null, sessionId: session.row.id }
}

async function subjectPlace(
  tx: Change,
  { home, mustBeNew }: ExperimentWish,
  { project, values }: Given,
): Promise<NewPlace> {
  if (project) requireAddressedProject(project, home, values)
  const owner = project ?? (await projectOfDocument(tx, 'experiment', values.identity))
  const named = home.subject ?? values.identity.subject_ID
  if (named === undefined) {
    return refuse({
      kind: 'unreadable',
      what: 'document',
      because: 'Submitted experiment record must include the subject.',
    })
  }
  const at = { project: owner.row.name, subject: named }
  const found = await orNothing(locateSubject(tx, at, 'read'))
  if (!found && mustBeNew && home.subject !== undefined)
    refuse({ kind: 'not-found', noun: 'subject', name: named, because: `Unable to identify subject ${named}` })
  // An experiment put below a subject that is not there brings it along (hierarchy 5.3).
  const subject =
    found ?? (await writeNewSubject(tx, owner, { item: emptyItem('xnat:subjectData'), identity: { label: named } }))
  return { project: owner, subjectId: subject.row.id, sessionId: null }
}

/** What is put through one project belongs to it: only sharing brings it into another one (hierarchy 5.3). */
function requireAddressedProject({ row }: LocatedProject, { project, segment }: ExperimentHome, values: Patched): void {
  const named = values.identity.project
  if (named === undefined || named === row.name || named === project) return
  const because = 'Project must be modified through separate URI.'
  refuse({ kind: 'conflict', noun: 'experiment', name: segment, because })
}

type NewExperiment = Readonly<{
  type: Pick<DataType, 'name' | 'singular'>
  values: Patched
  label: string | undefined
  place: NewPlace
  /** In quarantine whatever the project says. */
  quarantined?: boolean
  /** What history calls it. */
  action?: string
}>

/** Writes the row of a new experiment; rights and labels have been looked at. @throws ArchiveError 'conflict' (label, ID) */
export async function insertExperiment(
  tx: Change,
  { type, values, label, place, quarantined, action }: NewExperiment,
): Promise<LocatedExperiment<'edit'>> {
  const accession = await newAccession(tx, 'E', values.identity.ID)
  const { project } = place
  await refuseTakenLabel(tx, 'experiment', { project: project.row.id, label: label ?? accession })
  const row = await tx.db
    .insertInto('experiments')
    .values({
      accession,
      project_id: project.row.id,
      subject_id: place.subjectId,
      session_id: place.sessionId,
      xsi_type: type.name,
      // Projects may want to look at everything before others see it (hierarchy 1.11).
      status: quarantined || project.row.quarantine_code === 1 ? 'quarantine' : 'active',
      doc: itemToDocument(tx.archive.types, await numbered(tx, values.item)),
      created_at: tx.at,
      created_by: tx.viewer.login,
      modified_at: tx.at,
      event_id: 0,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  await addPlace(tx, 'experiment', row.id, { project: project.row.id, label: label ?? accession, owner: true })
  const event = await recordEvent(tx, { noun: 'experiment', id: row.id, action: action ?? `Added ${type.singular}` })
  await tx.db.updateTable('experiments').set({ event_id: event }).where('id', '=', row.id).execute()
  return insertedExperiment(tx, accession, project)
}

/** What was just made, also where its maker may not look into quarantine. */
async function insertedExperiment(
  tx: Change,
  accession: string,
  project: LocatedProject,
): Promise<LocatedExperiment<'edit'>> {
  const found = await orNothing(locateExperiment(tx, { experiment: accession }, 'read'))
  const editable = found && entitled(found, 'edit')
  if (editable) return editable
  const row = await tx.db
    .selectFrom('experiments')
    .selectAll()
    .where('accession', '=', accession)
    .executeTakeFirstOrThrow()
  return justMade(row, project, accession)
}

/** Scans inside a session's document are written with it (hierarchy 1.10). */
export async function writeScans(
  tx: Change,
  session: LocatedExperiment<'edit'>,
  item: Item,
  patch: Patch,
): Promise<void> {
  const scans = patch.document?.children['scans/scan'] ?? item.children['scans/scan'] ?? []
  for (const scan of scans) await writeScan(tx, session, { item: scan })
}

import { refuse } from '../errors.ts'
import type { Viewer } from '../model/access.ts'
import type { ExperimentAddress } from '../model/address.ts'
import { emptyItem, type Item, itemToDocument } from '../model/item.ts'
import { isEmptyPatch, type Patch, patchOf } from '../model/patch.ts'
import { type Archive, type Change, change, type Reason } from './archive.ts'
import { accessionLabelled } from './assessors.ts'
import { admitDeletion } from './deletion.ts'
import { type DocumentRow, lockedDocument, numbered, sameDocument, storedItem } from './documents.ts'
import { keepVersion, recordEvent } from './history.ts'
import { assigned, type Patched, patched, requireSameIdentity, typeNamedFolded } from './identity.ts'
import { leaveFilesOf } from './left-files.ts'
import {
  entitled,
  forbid,
  type LocatedExperiment,
  locateExperiment,
  locateProject,
  locateSession,
  locateSubject,
  orNothing,
} from './locate.ts'
import { createExperiment, type ExperimentHome, type ExperimentWish, writeScans } from './new-experiments.ts'
import { refuseLabel, renameRecord, unshare } from './sharing.ts'
import { whySealed } from './standing.ts'
import { refuseOutsider, type SubjectWish, type Written, writeNewSubject, writeSubject } from './subjects.ts'

/**
 * Creates an experiment, changes it, renames it or moves it to another subject (hierarchy 5.3, 6.1).
 * @throws ArchiveError 'not-found', 'forbidden', 'conflict', 'invalid', 'nothing-sent' (no type), 'unreadable' (wrong type)
 */
export function putExperiment(archive: Archive, viewer: Viewer, why: Reason, wish: ExperimentWish): Promise<Written> {
  return change(archive, viewer, why, (tx) => writeExperiment(tx, wish))
}

/** The same inside a change. */
async function writeExperiment(tx: Change, wish: ExperimentWish): Promise<Written> {
  const { home } = wish
  const project = home.project === undefined ? undefined : await locateProject(tx, { project: home.project }, 'read')
  if (tx.viewer.guest) forbid(tx, 'experiment', home.segment)
  if (project) refuseOutsider(tx, project, 'xnat:experimentData', wish.statusAsked)
  // Creations in one project go one after the other, so that two of one label become one experiment.
  if (project) await lockedDocument(tx, 'projects', project.row.id)
  const stored = await storedExperiment(tx, wish)
  if (!stored) return createExperiment(tx, wish, project)
  if (wish.mustBeNew)
    refuse({
      kind: 'conflict',
      noun: 'experiment',
      name: home.segment,
      because: 'Specified experiment already exists.',
    })
  return modifyExperiment(tx, stored, wish)
}

/** A subject with the experiments inside its document, all or nothing (hierarchy 4.2). */
export function putSubjectDocument(archive: Archive, viewer: Viewer, why: Reason, wish: SubjectWish): Promise<Written> {
  return change(archive, viewer, why, async (tx) => {
    const written = await writeSubject(tx, wish)
    const { owner } = await locateSubject(tx, { subject: written.id }, 'read')
    for (const document of wish.patch.document?.children['experiments/experiment'] ?? []) {
      const segment = String(document.fields['label'] ?? document.fields['ID'] ?? '')
      const home = { project: owner.name, subject: written.id, segment }
      await writeExperiment(tx, { home, patch: patchOf(document) })
    }
    return written
  })
}

/** The experiment that the address, or the label or id among the values, already names. */
async function storedExperiment(tx: Change, wish: ExperimentWish): Promise<LocatedExperiment | undefined> {
  const { home, patch } = wish
  const named = wish.mustBeNew ? [fieldOf(patch, 'ID'), fieldOf(patch, 'label')] : [home.segment]
  for (const experiment of named) {
    if (experiment === undefined || experiment === '') continue
    const found = await orNothing(locateExperiment(tx, { project: home.project, experiment }, 'read'))
    if (found) return found
    if (home.session === undefined) continue
    const among = await amongAssessors(tx, home, experiment)
    if (among) return among
  }
  return undefined
}

/** An assessor of the session by its label, also where no project is named (resources 1.4). */
async function amongAssessors(tx: Change, home: ExperimentHome, label: string): Promise<LocatedExperiment | undefined> {
  const session = await locateSession(
    tx,
    { project: home.project, subject: home.subject, experiment: home.session! },
    'read',
  )
  const accession = await accessionLabelled(tx, session, label)
  return accession === undefined ? undefined : orNothing(locateExperiment(tx, { experiment: accession }, 'read'))
}

const fieldOf = (patch: Patch, name: string): string | undefined => {
  const value = assigned(patch, name) ?? patch.document?.fields[name]
  return value === undefined || value === '' ? undefined : String(value)
}

async function modifyExperiment(tx: Change, stored: LocatedExperiment, wish: ExperimentWish): Promise<Written> {
  const { patch, home } = wish
  const id = stored.row.accession
  if (home.session !== undefined) await requireAssessorOf(tx, stored, home)
  const addressed = home.session === undefined ? await addressedSubject(tx, stored, home) : undefined
  // Only a change of status: that has a right of its own, and is how a locked record is unlocked.
  if (wish.statusAsked && isEmptyPatch(patch) && stored.may('activate')) return { id, outcome: 'modified' }
  const editable = entitled(stored, 'edit') ?? forbid(tx, 'experiment', home.segment, whySealed(stored.row))
  const label = assigned(patch, 'label')
  if (label !== undefined && label !== stored.place.label && home.session === undefined) {
    await renameRecord(tx, 'experiment', editable, label)
    return { id, outcome: 'renamed' }
  }
  requireSameType(tx.archive, stored, patch)
  const row = (await lockedDocument(tx, 'experiments', stored.row.id)) ?? stored.row
  const base = storedItem(stored.row.xsi_type, row, {})
  const values = patched(tx.archive.types, base, patch)
  requireSameIdentity('experiment', stored, values.identity)
  const subject = (await movedSubject(tx, stored, values)) ?? addressed
  const moved = subject !== undefined && subject !== stored.row.subject_id
  const doc = itemToDocument(tx.archive.types, await numbered(tx, moved ? withoutVisit(values.item) : values.item))
  if (!sameDocument(doc, row.doc) || moved) await saveExperiment(tx, stored, { doc, subject, former: row })
  await writeScans(tx, editable, { ...values.item, children: {} }, patch)
  if (patch.removesAbsent && patch.document) await removeAbsentScans(tx, stored, patch.document)
  if (stored.owner.quarantine_code === 1 && stored.row.status === 'active') {
    await tx.db.updateTable('experiments').set({ status: 'quarantine' }).where('id', '=', stored.row.id).execute()
  }
  return { id, outcome: 'modified' }
}

/** With `allowDataDeletion`, scans that the document does not hold go; their files stay as left files. */
async function removeAbsentScans(tx: Change, stored: LocatedExperiment, document: Item): Promise<void> {
  const kept = new Set((document.children['scans/scan'] ?? []).map((scan) => String(scan.fields['ID'] ?? '')))
  const rows = await tx.db
    .selectFrom('scans')
    .select(['id', 'scan_id'])
    .where('session_id', '=', stored.row.id)
    .execute()
  const absent = rows.filter((row) => !kept.has(row.scan_id))
  if (absent.length === 0) return
  await admitDeletion(tx, {
    noun: 'experiment',
    name: stored.row.accession,
    may: stored.may,
    sealed: whySealed(stored.row),
  })
  const scanIds = absent.map((row) => row.id)
  await leaveFilesOf(tx, { scanIds })
  await tx.db.deleteFrom('scans').where('id', 'in', scanIds).execute()
  const detail = `scans ${absent.map((row) => row.scan_id).join(', ')}`
  await recordEvent(tx, { noun: 'experiment', id: stored.row.id, action: 'Removed Scans', detail })
}

async function requireAssessorOf(tx: Change, stored: LocatedExperiment, home: ExperimentHome): Promise<void> {
  const session = await locateSession(
    tx,
    { project: home.project, subject: home.subject, experiment: home.session! },
    'read',
  )
  if (stored.row.session_id !== session.row.id) refuseLabel('experiment', home.segment)
}

/** The subject in the address: a session named by its id goes to that one, as when XNAT's pages move it (clients 4.3). */
async function addressedSubject(
  tx: Change,
  stored: LocatedExperiment,
  home: ExperimentHome,
): Promise<number | undefined> {
  if (home.subject === undefined) return undefined
  const subject = await orNothing(locateSubject(tx, { project: home.project, subject: home.subject }, 'read'))
  if (subject?.row.id === stored.row.subject_id) return undefined
  if (subject && stored.row.subject_id !== null && home.segment === stored.row.accession) return subject.row.id
  return refuse({
    kind: 'conflict',
    noun: 'experiment',
    name: home.segment,
    because: 'Specified label is already in use.',
  })
}

function requireSameType(archive: Archive, stored: LocatedExperiment, patch: Patch): void {
  const { namedType } = patch
  if (namedType === undefined) return
  const type = typeNamedFolded(archive.types, namedType)
  if (type.name !== stored.row.xsi_type) {
    refuse({
      kind: 'conflict',
      noun: 'experiment',
      name: stored.row.accession,
      because: 'Specified xsiType differs from existing xsiType',
    })
  }
}

/** The subject that the values move the experiment to, made when it is unknown; undefined where none is named. */
async function movedSubject(tx: Change, stored: LocatedExperiment, values: Patched): Promise<number | undefined> {
  const named = values.identity.subject_ID
  if (named === undefined || stored.row.subject_id === null) return undefined
  const project = stored.place.project.name
  const found = await orNothing(locateSubject(tx, { project, subject: named }, 'read'))
  if (found) return found.row.id
  const elsewhere = await orNothing(locateSubject(tx, { subject: named }, 'read'))
  if (elsewhere?.row.id === stored.row.subject_id) return elsewhere.row.id
  // To read a subject is no right to hang experiments on it: it must be seen in the experiment's project.
  if (elsewhere) return forbid(tx, 'subject', named)
  const home = await locateProject(tx, { project }, 'read')
  const made = await writeNewSubject(tx, home, { item: emptyItem('xnat:subjectData'), identity: { label: named } })
  return made.row.id
}

/** A visit belongs to the former subject's schedule. */
function withoutVisit(item: Item): Item {
  const { visit: _visit, protocol: _protocol, ...fields } = item.fields
  return { ...item, fields }
}

async function saveExperiment(
  tx: Change,
  stored: LocatedExperiment,
  to: { doc: string; subject: number | undefined; former: DocumentRow },
): Promise<void> {
  const type = tx.archive.types.find(stored.row.xsi_type)
  const event = await recordEvent(tx, {
    noun: 'experiment',
    id: stored.row.id,
    action: `Modified ${type?.singular ?? 'Experiment'}`,
  })
  await keepVersion(tx, { noun: 'experiment', row: to.former, xsiType: stored.row.xsi_type, endedBy: event })
  const values = {
    doc: to.doc,
    modified_at: tx.at,
    event_id: event,
    ...(to.subject === undefined ? {} : { subject_id: to.subject }),
  }
  await tx.db.updateTable('experiments').set(values).where('id', '=', stored.row.id).execute()
}

/**
 * Deletes an experiment with all below it; through a project it is only shared into, takes it out of that project
 * (hierarchy 5.4).
 */
export function deleteExperiment(
  archive: Archive,
  viewer: Viewer,
  why: Reason,
  wish: { at: ExperimentAddress; removeFiles: boolean },
): Promise<void> {
  return change(archive, viewer, why, async (tx) => {
    const found = await locateExperiment(tx, wish.at, 'read')
    if (!found.place.owner) {
      await unshare(tx, found, { noun: 'experiment', type: found.row.xsi_type, target: found.place.project.name })
      return
    }
    await admitDeletion(tx, {
      noun: 'experiment',
      name: wish.at.experiment,
      may: found.may,
      sealed: whySealed(found.row),
    })
    const { id } = found.row
    if (!wish.removeFiles) await leaveFilesOf(tx, { experimentIds: [id] })
    const type = archive.types.find(found.row.xsi_type)?.singular ?? 'Experiment'
    await recordEvent(tx, {
      noun: 'project',
      id: found.owner.id,
      action: `Removed ${type}`,
      detail: found.row.accession,
    })
    const { numDeletedRows } = await tx.db.deleteFrom('experiments').where('id', '=', id).executeTakeFirstOrThrow()
    // Another deletion was faster; what this one noted goes back with it.
    if (numDeletedRows === 0n) refuse({ kind: 'not-found', noun: 'experiment', name: wish.at.experiment })
  })
}

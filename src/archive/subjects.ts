import { refuse } from '../errors.ts'
import type { Viewer } from '../model/access.ts'
import type { SubjectAddress } from '../model/address.ts'
import { emptyItem, itemToDocument } from '../model/item.ts'
import { isEmptyPatch, type Patch } from '../model/patch.ts'
import { type Archive, type Change, change, type Reason } from './archive.ts'
import { admitDeletion } from './deletion.ts'
import { type DocumentRow, lockedDocument, numbered, sameDocument, storedItem } from './documents.ts'
import { admitForeignDeletion } from './foreign-experiments.ts'
import { keepVersion, recordEvent } from './history.ts'
import { assigned, newAccession, type Patched, patched, projectOfDocument, requireSameIdentity } from './identity.ts'
import { leaveFilesOf } from './left-files.ts'
import {
  entitled,
  forbid,
  type LocatedProject,
  type LocatedSubject,
  locateProject,
  locateSubject,
  mayInProject,
  orNothing,
} from './locate.ts'
import { addPlace, checkLabel, renameRecord, unshare } from './sharing.ts'
import { whySealed } from './standing.ts'

export const SUBJECT = 'xnat:subjectData'

/** `statusAsked`: the request also wants to quarantine, lock or release the record. */
export type SubjectWish = Readonly<{ at: SubjectAddress; patch: Patch; mustBeNew?: true; statusAsked?: boolean }>

/** What became of a PUT: the record's id, and whether it is new or only got another label. */
export type Written = Readonly<{ id: string; outcome: 'created' | 'modified' | 'renamed' }>

/**
 * Creates a subject, changes it or renames it (hierarchy 4.2, 4.3).
 * @throws ArchiveError 'not-found' (project), 'forbidden', 'conflict', 'invalid', 'nothing-sent', 'unreadable'
 */
export function putSubject(archive: Archive, viewer: Viewer, why: Reason, wish: SubjectWish): Promise<Written> {
  return change(archive, viewer, why, (tx) => writeSubject(tx, wish))
}

/** The same inside a change. */
export async function writeSubject(tx: Change, wish: SubjectWish): Promise<Written> {
  const project =
    wish.at.project === undefined ? undefined : await locateProject(tx, { project: wish.at.project }, 'read')
  if (tx.viewer.guest) forbid(tx, 'subject', wish.at.subject)
  if (project) refuseOutsider(tx, project, SUBJECT, wish.statusAsked)
  // Creations in one project go one after the other, so that two of one label become one subject.
  if (project) await lockedDocument(tx, 'projects', project.row.id)
  const stored = await storedSubject(tx, wish)
  if (stored && wish.mustBeNew)
    refuse({ kind: 'conflict', noun: 'subject', name: wish.at.subject, because: 'Subject already exists.' })
  // Only a change of status: that has a right of its own, and is how a locked record is unlocked.
  if (stored && wish.statusAsked && isEmptyPatch(wish.patch) && stored.may('activate'))
    return { id: stored.row.accession, outcome: 'modified' }
  if (stored) return modifySubject(tx, stored, wish.patch)
  const { item, identity } = patched(tx.archive.types, emptyItem(SUBJECT), wish.patch)
  const home = project ?? (await projectOfDocument(tx, 'subject', identity))
  const made = await writeNewSubject(tx, home, {
    item,
    identity: { label: wish.at.subject || undefined, ...identity },
  })
  return { id: made.row.accession, outcome: 'created' }
}

/**
 * People who see a project but none of its data may write nothing there: they are told so without a look at what is
 * there, but find nothing whose status they could change (hierarchy 8).
 */
export function refuseOutsider(
  tx: Change,
  project: LocatedProject,
  type: string,
  statusAsked: boolean | undefined,
): void {
  if (mayInProject(tx, project, type, 'read') || mayInProject(tx, project, type, 'create')) return
  if (project.grants.custom.size > 0) return
  if (statusAsked) refuse({ kind: 'not-found', noun: 'experiment', name: project.row.name })
  forbid(tx, 'project', project.row.name)
}

async function storedSubject(tx: Change, wish: SubjectWish): Promise<LocatedSubject | undefined> {
  const found = wish.at.subject === '' ? undefined : await orNothing(locateSubject(tx, wish.at, 'read'))
  const asked = wish.patch.document?.fields['ID'] ?? assigned(wish.patch, 'ID')
  if (found || asked === undefined || !wish.mustBeNew) return found
  return orNothing(locateSubject(tx, { project: wish.at.project, subject: String(asked) }, 'read'))
}

/** A new subject in the project, by default labelled with its id. @throws ArchiveError 'forbidden', 'conflict', 'nothing-sent' */
export async function writeNewSubject(tx: Change, project: LocatedProject, wish: Patched): Promise<LocatedSubject> {
  if (!mayInProject(tx, project, SUBJECT, 'create')) forbid(tx, 'project', project.row.name)
  const owner = await ownerOf(tx, project, wish.identity.project)
  if (wish.identity.label !== undefined) checkLabel('subject', wish.identity.label)
  const accession = await newAccession(tx, 'S', wish.identity.ID)
  const label = wish.identity.label ?? accession
  const row = await tx.db
    .insertInto('subjects')
    .values({
      accession,
      project_id: owner.row.id,
      status: 'active',
      doc: itemToDocument(tx.archive.types, await numbered(tx, wish.item)),
      created_at: tx.at,
      created_by: tx.viewer.login,
      modified_at: tx.at,
      event_id: 0,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  await addPlace(tx, 'subject', row.id, { project: owner.row.id, label, owner: true })
  if (owner.row.id !== project.row.id) await addPlace(tx, 'subject', row.id, { project: project.row.id, label })
  const event = await recordEvent(tx, { noun: 'subject', id: row.id, action: 'Added Subject' })
  await tx.db.updateTable('subjects').set({ event_id: event }).where('id', '=', row.id).execute()
  return locateSubject(tx, { subject: accession }, 'read')
}

/** A document may name another project: that one owns the subject, the addressed one sees it (hierarchy 4.2). */
async function ownerOf(tx: Change, project: LocatedProject, named: string | undefined): Promise<LocatedProject> {
  if (named === undefined || named === project.row.name) return project
  const owner = await locateProject(tx, { project: named }, 'read')
  if (!mayInProject(tx, owner, SUBJECT, 'create')) forbid(tx, 'project', named)
  return owner
}

async function modifySubject(tx: Change, stored: LocatedSubject, patch: Patch): Promise<Written> {
  const name = stored.row.accession
  const editable = entitled(stored, 'edit') ?? forbid(tx, 'subject', name, whySealed(stored.row))
  const label = assigned(patch, 'label')
  if (label !== undefined && label !== stored.place.label) {
    await renameRecord(tx, 'subject', editable, label)
    return { id: name, outcome: 'renamed' }
  }
  const row = (await lockedDocument(tx, 'subjects', stored.row.id)) ?? stored.row
  const base = storedItem(SUBJECT, row, {})
  const { item, identity } = patched(tx.archive.types, base, patch)
  requireSameIdentity('subject', stored, identity)
  const doc = itemToDocument(tx.archive.types, await numbered(tx, item))
  if (!sameDocument(doc, row.doc)) await saveSubject(tx, row, doc)
  return { id: name, outcome: 'modified' }
}

async function saveSubject(tx: Change, row: DocumentRow, doc: string): Promise<void> {
  const event = await recordEvent(tx, { noun: 'subject', id: row.id, action: 'Modified Subject' })
  await keepVersion(tx, { noun: 'subject', row, xsiType: SUBJECT, endedBy: event })
  await tx.db
    .updateTable('subjects')
    .set({ doc, modified_at: tx.at, event_id: event })
    .where('id', '=', row.id)
    .execute()
}

/**
 * Deletes a subject with its experiments; through a project it is only shared into, takes it out of that project
 * (hierarchy 4.3).
 */
export function deleteSubject(
  archive: Archive,
  viewer: Viewer,
  why: Reason,
  wish: { at: SubjectAddress; removeFiles: boolean },
): Promise<void> {
  return change(archive, viewer, why, async (tx) => {
    const subject = await locateSubject(tx, wish.at, 'read')
    if (!subject.place.owner) {
      await unshare(tx, subject, { noun: 'subject', type: SUBJECT, target: subject.place.project.name })
      return
    }
    await admitDeletion(tx, {
      noun: 'subject',
      name: wish.at.subject,
      may: subject.may,
      sealed: whySealed(subject.row),
    })
    await admitForeignDeletion(tx, subject)
    const { id } = subject.row
    if (!wish.removeFiles) await leaveFilesOf(tx, { subjectIds: [id] })
    await recordEvent(tx, {
      noun: 'project',
      id: subject.owner.id,
      action: 'Removed Subject',
      detail: subject.row.accession,
    })
    const { numDeletedRows } = await tx.db.deleteFrom('subjects').where('id', '=', id).executeTakeFirstOrThrow()
    // Another deletion was faster; what this one noted goes back with it.
    if (numDeletedRows === 0n) refuse({ kind: 'not-found', noun: 'subject', name: wish.at.subject })
  })
}

import { type Noun, refuse } from '../errors.ts'
import { isIdentifier } from '../model/label.ts'
import type { Table } from '../model/table.ts'
import type { Change, Scope } from './archive.ts'
import { recordEvent } from './history.ts'
import {
  forbid,
  type LocatedExperiment,
  type LocatedProject,
  type LocatedSubject,
  locateProject,
  mayInProject,
  orNothing,
  type ProjectRow,
} from './locate.ts'
import { type Place, placesOf } from './places.ts'

/** What can be seen from several projects. Scans follow their session. */
export type Shareable = 'subject' | 'experiment'

export type NewPlace = Readonly<{ project: number; label: string; owner?: true; shareLabel?: string | null }>

/** Makes a record visible in a project under a label. @throws ArchiveError 'conflict' when the label is taken there */
export async function addPlace(tx: Change, noun: Shareable, id: number, place: NewPlace): Promise<void> {
  await refuseTakenLabel(tx, noun, place)
  const row = {
    project_id: place.project,
    label: place.label,
    owner: place.owner ? 1 : 0,
    share_label: place.shareLabel ?? null,
    created_at: tx.at,
  }
  if (noun === 'subject')
    await tx.db
      .insertInto('subject_projects')
      .values({ subject_id: id, ...row })
      .execute()
  else
    await tx.db
      .insertInto('experiment_projects')
      .values({ experiment_id: id, ...row })
      .execute()
}

/** @throws ArchiveError 'conflict' when another record of that kind bears the label in the project */
export async function refuseTakenLabel(
  tx: Scope,
  noun: Shareable,
  { project, label, except }: Readonly<{ project: number; label: string; except?: number }>,
): Promise<void> {
  const holder =
    noun === 'subject'
      ? await tx.db
          .selectFrom('subject_projects')
          .select('subject_id as id')
          .where('project_id', '=', project)
          .where('label', '=', label)
          .executeTakeFirst()
      : await tx.db
          .selectFrom('experiment_projects')
          .select('experiment_id as id')
          .where('project_id', '=', project)
          .where('label', '=', label)
          .executeTakeFirst()
  if (holder && holder.id !== except) refuseLabel(noun, label)
}

/** @throws ArchiveError 'conflict': the label is taken */
export const refuseLabel = (noun: Shareable, label: string): never =>
  refuse({ kind: 'conflict', noun, name: label, because: 'Specified label is already in use.' })

/** @throws ArchiveError 'nothing-sent' for a label with characters other than letters, digits, `_` and `-` */
export function checkLabel(noun: Noun, label: string): void {
  if (!isIdentifier(label))
    refuse({ kind: 'nothing-sent', field: 'label', because: `Invalid character in ${noun} label.` })
}

type Shared = LocatedSubject | LocatedExperiment
type Editable = LocatedSubject<'edit'> | LocatedExperiment<'edit'>

export type ShareWish = Readonly<{ noun: Shareable; type: string; target: string; label?: string; primary?: boolean }>

/**
 * Shows a record in another project too, gives its share a new label, or, with `primary`, hands it over to that
 * project (hierarchy 4.5, 5.4).
 * @throws ArchiveError 'not-found' (target), 'forbidden', 'conflict' (label taken, already there)
 */
export async function share(tx: Change, shared: Shared, wish: ShareWish): Promise<void> {
  if (tx.viewer.guest) forbid(tx, wish.noun, wish.target)
  const target = await targetProject(tx, wish.target)
  if (!mayInProject(tx, target, wish.type, 'create')) forbid(tx, 'project', wish.target)
  if (wish.label) checkLabel(wish.noun, wish.label)
  const there = shared.places.find((place) => place.project.id === target.row.id)
  if (wish.primary) await handOver(tx, shared, wish, target.row)
  else if (there) await relabelShare(tx, shared, wish, there)
  else {
    const label = wish.label || shared.place.label
    await addPlace(tx, wish.noun, shared.row.id, { project: target.row.id, label, shareLabel: wish.label || null })
    if (wish.noun === 'experiment') await shareScans(tx, shared.row.id, target.row.id)
  }
  await recordEvent(tx, {
    noun: wish.noun,
    id: shared.row.id,
    action: wish.primary ? 'Modified Project' : 'Configured Project Sharing',
    detail: wish.target,
  })
}

/** The project that something is to be shared into. @throws ArchiveError 'not-found' */
export async function targetProject(tx: Change, name: string): Promise<LocatedProject> {
  const project = await orNothing(locateProject(tx, { project: name }, 'read'))
  return project ?? refuse({ kind: 'not-found', noun: 'project', name, because: `Unable to identify project: ${name}` })
}

async function relabelShare(tx: Change, shared: Shared, wish: ShareWish, there: Place): Promise<void> {
  const same = !wish.label || wish.label === there.label
  if (there.owner || same) {
    refuse({
      kind: 'conflict',
      noun: wish.noun,
      name: wish.target,
      because: `Already assigned to project:${wish.target}`,
    })
  }
  await setLabel(tx, wish.noun, {
    id: shared.row.id,
    project: there.project.id,
    label: wish.label!,
    shareLabel: wish.label!,
  })
}

type Relabelled = Readonly<{ id: number; project: number; label: string; shareLabel?: string | null }>

/** Changes the label of a record in one project; shares that kept the owner's label go along with it. */
export async function setLabel(tx: Change, noun: Shareable, wish: Relabelled): Promise<void> {
  await refuseTakenLabel(tx, noun, { project: wish.project, label: wish.label, except: wish.id })
  const values = { label: wish.label, ...(wish.shareLabel === undefined ? {} : { share_label: wish.shareLabel }) }
  if (noun === 'subject') {
    await tx.db
      .updateTable('subject_projects')
      .set(values)
      .where('subject_id', '=', wish.id)
      .where('project_id', '=', wish.project)
      .execute()
  } else {
    await tx.db
      .updateTable('experiment_projects')
      .set(values)
      .where('experiment_id', '=', wish.id)
      .where('project_id', '=', wish.project)
      .execute()
  }
}

/** What a rename is called in the history. */
const renamed: Readonly<Record<Shareable, string>> = { subject: 'Renamed Subject', experiment: 'Renamed' }

/**
 * Gives a record another label in the project where it was found; through a share, the share gets it.
 * @throws ArchiveError 'nothing-sent' for a label that cannot be, 'conflict' when it is taken there
 */
export async function renameRecord(tx: Change, noun: Shareable, stored: Editable, label: string): Promise<void> {
  const { row, place } = stored
  checkLabel(noun, label)
  const kept = place.owner ? {} : { shareLabel: label }
  await setLabel(tx, noun, { id: row.id, project: place.project.id, label, ...kept })
  const detail = `${place.label} to ${label}`
  const event = await recordEvent(tx, { noun, id: row.id, action: renamed[noun], detail })
  const values = { modified_at: tx.at, event_id: event }
  if (noun === 'subject') await tx.db.updateTable('subjects').set(values).where('id', '=', row.id).execute()
  else await tx.db.updateTable('experiments').set(values).where('id', '=', row.id).execute()
}

async function handOver(tx: Change, shared: Shared, wish: ShareWish, target: ProjectRow): Promise<void> {
  const { noun } = wish
  const { id } = shared.row
  if (!shared.may('delete')) forbid(tx, noun, wish.target)
  if (shared.owner.id === target.id)
    refuse({ kind: 'conflict', noun, name: wish.target, because: `Already assigned to project:${wish.target}` })
  const label = wish.label || shared.places.find((place) => place.owner)?.label || shared.place.label
  await refuseTakenLabel(tx, noun, { project: target.id, label, except: id })
  await removePlace(tx, noun, id, target.id)
  await removePlace(tx, noun, id, shared.owner.id)
  await addPlace(tx, noun, id, { project: target.id, label, owner: true })
  if (noun === 'subject')
    await tx.db.updateTable('subjects').set({ project_id: target.id }).where('id', '=', id).execute()
  else await tx.db.updateTable('experiments').set({ project_id: target.id }).where('id', '=', id).execute()
}

async function removePlace(tx: Change, noun: Shareable, id: number, project: number): Promise<void> {
  if (noun === 'subject') {
    await tx.db.deleteFrom('subject_projects').where('subject_id', '=', id).where('project_id', '=', project).execute()
  } else {
    await tx.db
      .deleteFrom('experiment_projects')
      .where('experiment_id', '=', id)
      .where('project_id', '=', project)
      .execute()
  }
}

/** Shares every scan that the session has now (hierarchy 5.4). */
async function shareScans(tx: Change, session: number, project: number): Promise<void> {
  await tx.db
    .insertInto('scan_projects')
    .columns(['scan_id', 'project_id'])
    .expression((eb) =>
      eb
        .selectFrom('scans')
        .select((one) => ['id', one.val(project).as('project_id')])
        .where('session_id', '=', session),
    )
    .onConflict((on) => on.doNothing())
    .execute()
}

/**
 * Takes a record out of a project it is shared into; it stays where it belongs. An experiment that is not shared there
 * is left as it is: xnatctl counts on that, and on being told of it with subjects.
 * @throws ArchiveError 'not-found' for a subject that is not shared there and for the project that owns the record,
 * 'forbidden' without the delete right in that project
 */
export async function unshare(tx: Change, shared: Shared, wish: ShareWish): Promise<void> {
  const target = await targetProject(tx, wish.target)
  const there = shared.places.find((place) => place.project.id === target.row.id)
  if (!there && wish.noun === 'experiment') return
  if (!there || there.owner)
    refuse({
      kind: 'not-found',
      noun: 'project',
      name: wish.target,
      because: `Not shared into project: ${wish.target}`,
    })
  if (!mayInProject(tx, target, wish.type, 'delete')) forbid(tx, 'project', wish.target)
  await removePlace(tx, wish.noun, shared.row.id, target.row.id)
  if (wish.noun === 'subject') await unshareExperiments(tx, shared.row.id, target.row.id)
  else await unshareScans(tx, shared.row.id, target.row.id)
  await recordEvent(tx, {
    noun: wish.noun,
    id: shared.row.id,
    action: 'Configured Project Sharing',
    detail: `- ${wish.target}`,
  })
}

async function unshareScans(tx: Change, session: number, project: number): Promise<void> {
  await tx.db
    .deleteFrom('scan_projects')
    .where('project_id', '=', project)
    .where('scan_id', 'in', (eb) => eb.selectFrom('scans').select('id').where('session_id', '=', session))
    .execute()
}

/** Without their subject, its shared experiments would hang in the air there (hierarchy 4.3). */
async function unshareExperiments(tx: Change, subject: number, project: number): Promise<void> {
  await tx.db
    .deleteFrom('experiment_projects')
    .where('project_id', '=', project)
    .where('owner', '=', 0)
    .where('experiment_id', 'in', (eb) => eb.selectFrom('experiments').select('id').where('subject_id', '=', subject))
    .execute()
}

/** The projects a record is seen in: the owner first, then the shares in their order (hierarchy 4.5). */
export async function placesTable(scope: Scope, noun: Shareable, id: number): Promise<Table> {
  const places = await placesOf(scope, noun, id)
  const rows = places.map(({ project, owner, label, shareLabel }) => {
    const doc = JSON.parse(project.doc) as { secondary_ID?: string; name?: string }
    return [
      owner ? label : (shareLabel ?? ''),
      project.name,
      doc.secondary_ID ?? project.name,
      doc.name ?? project.name,
    ]
  })
  return {
    columns: ['label', 'ID', 'Secondary_ID', 'Name'].map((key) => ({ key, kind: 'string' })),
    rows,
    metadata: { totalRecords: String(rows.length) },
  }
}

import { refuse } from '../errors.ts'
import type { Accessibility, Viewer } from '../model/access.ts'
import { emptyItem, type Item, itemToDocument, validate } from '../model/item.ts'
import { isIdentifier } from '../model/label.ts'
import { applyPatch, type Patch } from '../model/patch.ts'
import { type Archive, type Change, change, type Reason, type Scope, scopeOf } from './archive.ts'
import { admitDeletion } from './deletion.ts'
import {
  type Columns,
  formerVersions,
  lockedDocument,
  numbered,
  resourceItems,
  sameDocument,
  storedItem,
  withChildren,
} from './documents.ts'
import { noteVisit } from './favorites.ts'
import { handOnSubjects } from './foreign-experiments.ts'
import { keepVersion, recordEvent } from './history.ts'
import { noteInvestigators } from './investigators.ts'
import { leaveFilesOf } from './left-files.ts'
import {
  entitled,
  forbid,
  type LocatedProject,
  locateProject,
  orNothing,
  type ProjectRow,
  projectNamed,
} from './locate.ts'
import { addMember, makeStandardGroups } from './members.ts'
import { noSuchProject, settableProject } from './project-settings.ts'
import { claimWords } from './project-words.ts'

const PROJECT = 'xnat:projectData'

export type ProjectWish = Readonly<{ name: string; patch: Patch; accessibility?: string; mustBeNew?: true }>

/**
 * Creates a project or changes the descriptor of an existing one (hierarchy 3.2, 3.4).
 * @returns the project's ID and whether it is new
 * @throws ArchiveError 'forbidden', 'conflict' (a name is taken), 'nothing-sent' (bad or differing ID), 'invalid'
 */
export function putProject(
  archive: Archive,
  viewer: Viewer,
  why: Reason,
  wish: ProjectWish,
): Promise<{ name: string; created: boolean }> {
  return change(archive, viewer, why, async (tx) => {
    if (viewer.guest) forbid(tx, 'project', wish.name)
    const stored = await projectNamed(tx, wish.name)
    checkName(wish, stored?.name ?? wish.name)
    if (!stored) return { name: await createProject(tx, wish), created: true }
    if (wish.mustBeNew)
      refuse({ kind: 'conflict', noun: 'project', name: wish.name, because: 'Project already exists.' })
    await modifyProject(tx, stored, wish)
    return { name: stored.name, created: false }
  })
}

function checkName(wish: ProjectWish, name: string): void {
  if (!isIdentifier(name)) refuse({ kind: 'nothing-sent', field: 'ID', because: 'Invalid character in project ID.' })
  const sent = wish.patch.document?.fields['ID']
  if (sent !== undefined && sent !== '' && String(sent).toLowerCase() !== name.toLowerCase()) {
    refuse({
      kind: 'nothing-sent',
      field: 'ID',
      because: `The document is of project ${sent}, the address of ${name}.`,
    })
  }
}

async function createProject(tx: Change, wish: ProjectWish): Promise<string> {
  const { name } = wish
  const rules = await tx.archive.rules()
  if (!tx.viewer.admin && !rules.nonAdminsCreateProjects)
    forbid(tx, 'project', name, 'Only administrators create projects on this site.')
  await refuseBurnt(tx, name)
  const item = await numbered(tx, described(tx, emptyItem(PROJECT), wish, name))
  const row = await tx.db
    .insertInto('projects')
    .values({
      name,
      accessibility: accessibilityOf(wish.accessibility, rules.openProjectsAllowed),
      prearchive_code: rules.autoArchiveAllowed ? rules.defaultAutoArchive : 0,
      quarantine_code: 0,
      current_arc: 'arc001',
      scan_type_mapping: 1,
      doc: itemToDocument(tx.archive.types, item),
      created_at: tx.at,
      created_by: tx.viewer.login,
      modified_at: tx.at,
      event_id: 0,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  await claimWords(tx, row.id, item, name)
  await noteInvestigators(tx, item)
  const event = await recordEvent(tx, { noun: 'project', id: row.id, action: 'Added Project' })
  await tx.db.updateTable('projects').set({ event_id: event }).where('id', '=', row.id).execute()
  await makeStandardGroups(tx, row.id, name)
  await addMember(tx, row.id, 'owner', tx.viewer.id)
  return name
}

async function refuseBurnt(tx: Change, name: string): Promise<void> {
  if (tx.archive.reuseProjectIds) return
  const burnt = await tx.db
    .selectFrom('burnt_projects')
    .select('burnt_at')
    .where('folded', '=', name.toLowerCase())
    .executeTakeFirst()
  if (burnt)
    forbid(tx, 'project', name, `The ID ${name} was used in a previously deleted project and cannot be reused.`)
}

function accessibilityOf(wanted: string | undefined, openAllowed: boolean): Accessibility {
  if (!openAllowed) return 'private'
  if (wanted === undefined || wanted === '') return 'protected'
  return wanted === 'public' || wanted === 'protected' ? wanted : 'private'
}

/** The descriptor as the wish leaves it; running title and title are the ID until they are given. */
function described(tx: Scope, base: Item, wish: ProjectWish, name: string): Item {
  const { item, faults } = applyPatch(tx.archive.types, base, wish.patch)
  const given = item.fields['ID']
  if (given !== undefined && String(given).toLowerCase() !== name.toLowerCase()) {
    refuse({ kind: 'nothing-sent', field: 'ID', because: 'The ID of a project cannot be changed.' })
  }
  const fields: Record<string, string | number | boolean> = { secondary_ID: name, name, ...item.fields }
  delete fields['ID']
  const full = { ...item, fields }
  const lines = [...faults, ...validate(tx.archive.types, full)]
  if (lines.length > 0) refuse({ kind: 'invalid', field: 'document', because: lines.join('\n') })
  return full
}

async function modifyProject(tx: Change, stored: ProjectRow, wish: ProjectWish): Promise<void> {
  const project = await editable(tx, stored.name)
  const row = (await lockedDocument(tx, 'projects', stored.id)) ?? project.row
  const base = storedItem(PROJECT, row, {})
  const item = await numbered(tx, described(tx, base, wish, stored.name))
  if (wish.accessibility) await setAccessibility(tx, project, wish.accessibility)
  const doc = itemToDocument(tx.archive.types, item)
  if (sameDocument(doc, row.doc)) return
  await claimWords(tx, stored.id, item, stored.name)
  await noteInvestigators(tx, item)
  const event = await recordEvent(tx, { noun: 'project', id: stored.id, action: 'Modified Project' })
  await keepVersion(tx, { noun: 'project', row, xsiType: PROJECT, endedBy: event })
  await tx.db
    .updateTable('projects')
    .set({ doc, modified_at: tx.at, event_id: event })
    .where('id', '=', stored.id)
    .execute()
}

/** A project that is there but invisible is refused, not denied: its name cannot be taken anyway (hierarchy 3.2). */
async function editable(tx: Change, name: string): Promise<LocatedProject<'edit'>> {
  const project = await orNothing(locateProject(tx, { project: name }, 'read'))
  return (project && entitled(project, 'edit')) ?? forbid(tx, 'project', name)
}

/** Changes who may see a project; returns who may now. @throws ArchiveError 'not-found', 'forbidden' */
export function putAccessibility(
  archive: Archive,
  viewer: Viewer,
  why: Reason,
  wish: { name: string; level: string },
): Promise<Accessibility> {
  return change(archive, viewer, why, async (tx) =>
    setAccessibility(tx, await locateProject(tx, { project: wish.name }, 'edit'), wish.level),
  )
}

/** Words that are not known act as `private` (hierarchy 3.7). */
async function setAccessibility(tx: Change, project: LocatedProject<'edit'>, wanted: string): Promise<Accessibility> {
  const rules = await tx.archive.rules()
  const level = accessibilityOf(wanted, true)
  if (level !== 'private' && !rules.openProjectsAllowed)
    forbid(tx, 'project', project.row.name, 'Projects of this site are private.')
  if (level === project.row.accessibility) return level
  await recordEvent(tx, {
    noun: 'project',
    id: project.row.id,
    action: 'Modified Project Accessibility',
    detail: level,
  })
  await tx.db.updateTable('projects').set({ accessibility: level }).where('id', '=', project.row.id).execute()
  return level
}

/** The project's descriptor as a record; subjects are not part of it (hierarchy 3.3). */
export async function projectItem(
  archive: Archive,
  viewer: Viewer,
  name: string,
): Promise<{ item: Item; history: () => Promise<Item[]> }> {
  const scope = scopeOf(archive, viewer)
  const project = await locateProject(scope, { project: name }, 'read')
  await noteVisit(archive, viewer, project)
  const columns: Columns = { ID: project.row.name }
  const folders = await resourceItems(scope.db, new Map([[`p${project.row.id}`, project.row.name]]))
  const item = withChildren(storedItem(PROJECT, project.row, columns), {
    'resources/resource': folders.get(`p${project.row.id}`) ?? [],
  })
  return { item, history: () => formerVersions(scope, 'project', project.row, columns) }
}

/**
 * Deletes a project with everything it owns; what was shared into it stays where it belongs (hierarchy 3.5).
 * @throws ArchiveError 'invalid' when it is unknown or invisible: this page answers 400 there
 */
export function deleteProject(
  archive: Archive,
  viewer: Viewer,
  why: Reason,
  wish: { name: string; removeFiles: boolean },
): Promise<void> {
  return change(archive, viewer, why, async (tx) => {
    if (viewer.guest) forbid(tx, 'project', wish.name)
    const project = await settableProject(tx, wish.name)
    await admitDeletion(tx, { noun: 'project', name: wish.name, may: project.may })
    const { id, name } = project.row
    await handOnSubjects(tx, id)
    if (!wish.removeFiles) await leaveFilesOf(tx, { projectIds: [id] })
    await recordEvent(tx, { noun: 'project', id, action: 'Removed Project', detail: name })
    const { numDeletedRows } = await tx.db.deleteFrom('projects').where('id', '=', id).executeTakeFirstOrThrow()
    // Another deletion was faster; what this one noted goes back with it.
    if (numDeletedRows === 0n) noSuchProject(wish.name)
    await tx.db
      .insertInto('burnt_projects')
      .values({ folded: name.toLowerCase(), burnt_at: tx.at })
      .onConflict((on) => on.doNothing())
      .execute()
  })
}

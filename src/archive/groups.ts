import { refuse } from '../errors.ts'
import type { Action, Viewer } from '../model/access.ts'
import { emptyItem, type Item } from '../model/item.ts'
import type { Table } from '../model/table.ts'
import { type Archive, type Change, change, type Reason, scopeOf } from './archive.ts'
import { recordEvent } from './history.ts'
import { forbid, locateProject } from './locate.ts'
import { groupNamed } from './members.ts'

/** What a custom group may do, by data type. */
export type GroupRights = ReadonlyMap<string, ReadonlySet<Action>>

/**
 * `segment` is what the address names: the group's id, or its title where no id and no title are sent. Without `rights`
 * the group keeps those it has.
 */
export type GroupWish = Readonly<{
  project: string
  segment?: string
  id?: string
  displayName?: string
  rights?: GroupRights
}>

/** The groups of a project with the number of their users (hierarchy 3.9). */
export async function listGroups(archive: Archive, viewer: Viewer, project: string): Promise<Table> {
  const scope = scopeOf(archive, viewer)
  const located = await locateProject(scope, { project }, 'read')
  if (!located.may('edit')) forbid(scope, 'project', project)
  const rows = await scope.db
    .selectFrom('groups as g')
    .leftJoin('group_members as m', 'm.group_id', 'g.id')
    .select((eb) => ['g.id', 'g.name', 'g.display_name', eb.fn.count<number>('m.user_id').as('users')])
    .where('g.project_id', '=', located.row.id)
    .groupBy(['g.id', 'g.name', 'g.display_name'])
    .orderBy('g.id')
    .execute()
  return {
    columns: [
      { key: 'id', kind: 'string' },
      { key: 'displayname', kind: 'string' },
      { key: 'tag', kind: 'string' },
      { key: 'xdat_usergroup_id', kind: 'integer' },
      { key: 'users', kind: 'integer' },
    ],
    rows: rows.map((row) => [row.name, row.display_name, located.row.name, row.id, Number(row.users)]),
    metadata: { totalRecords: String(rows.length) },
  }
}

/** One group of a project, by id, role or title, as a record (hierarchy 3.9). @throws ArchiveError 'not-found', 'forbidden' */
export async function groupItem(
  archive: Archive,
  viewer: Viewer,
  at: { project: string; group: string },
): Promise<Item> {
  const scope = scopeOf(archive, viewer)
  const project = await locateProject(scope, { project: at.project }, 'edit')
  const { id, name, display_name } = await groupNamed(scope, project, at.group)
  return { ...emptyItem('xdat:userGroup'), id, fields: { ID: name, displayName: display_name, tag: project.row.name } }
}

/**
 * Creates a custom group or changes its title and rights (hierarchy 3.9).
 * @returns the group's id
 * @throws ArchiveError 'invalid' without a usable title, 'forbidden' for the three standard groups
 */
export function putGroup(archive: Archive, viewer: Viewer, why: Reason, wish: GroupWish): Promise<string> {
  return change(archive, viewer, why, async (tx) => {
    const project = await locateProject(tx, { project: wish.project }, 'read')
    if (!project.may('edit')) forbid(tx, 'project', wish.project)
    const title = titleOf(project.row.name, wish)
    const named = wish.segment?.startsWith(`${project.row.name}_`) ? wish.segment : undefined
    const name = wish.id ?? named ?? `${project.row.name}_${title.replaceAll(' ', '')}`
    const stored = await tx.db
      .selectFrom('groups')
      .selectAll()
      .where('project_id', '=', project.row.id)
      .where('name', '=', name)
      .executeTakeFirst()
    if (stored && stored.role !== 'custom')
      forbid(tx, 'group', name, `The group ${stored.display_name} cannot be changed.`)
    const id = stored ? await retitle(tx, stored.id, title) : await create(tx, project.row.id, name, title)
    if (wish.rights) await writeRights(tx, id, wish.rights)
    await recordEvent(tx, {
      noun: 'project',
      id: project.row.id,
      action: stored ? 'Modified Group' : 'Added Group',
      detail: name,
    })
    return name
  })
}

function titleOf(project: string, wish: GroupWish): string {
  const title = wish.displayName ?? (wish.id ?? wish.segment ?? '').replace(`${project}_`, '')
  if (title !== '' && !title.includes('_')) return title
  return refuse({
    kind: 'invalid',
    field: 'xdat:userGroup/displayName',
    because: 'A group needs a displayName without underscores.',
  })
}

async function create(tx: Change, project: number, name: string, title: string): Promise<number> {
  const row = await tx.db
    .insertInto('groups')
    .values({ project_id: project, name, display_name: title, role: 'custom' })
    .returning('id')
    .executeTakeFirstOrThrow()
  return row.id
}

async function retitle(tx: Change, id: number, title: string): Promise<number> {
  await tx.db.updateTable('groups').set({ display_name: title }).where('id', '=', id).execute()
  return id
}

async function writeRights(tx: Change, group: number, rights: GroupRights): Promise<void> {
  await tx.db.deleteFrom('group_rights').where('group_id', '=', group).execute()
  const rows = [...rights].map(([xsiType, actions]) => {
    const may = (action: Action) => (actions.has(action) ? 1 : 0)
    return {
      group_id: group,
      xsi_type: xsiType,
      can_read: may('read'),
      can_create: may('create'),
      can_edit: may('edit'),
      can_delete: may('delete'),
      can_activate: may('activate'),
    }
  })
  if (rows.length > 0) await tx.db.insertInto('group_rights').values(rows).execute()
}

/** Removes a custom group. @throws ArchiveError 'forbidden' for the three standard groups, 'not-found' */
export function deleteGroup(
  archive: Archive,
  viewer: Viewer,
  why: Reason,
  wish: { project: string; group: string },
): Promise<void> {
  return change(archive, viewer, why, async (tx) => {
    const project = await locateProject(tx, { project: wish.project }, 'read')
    if (!project.may('edit')) forbid(tx, 'project', wish.project)
    const group = await groupNamed(tx, project, wish.group)
    if (group.role !== 'custom') forbid(tx, 'group', group.name, `The group ${group.display_name} cannot be deleted.`)
    await recordEvent(tx, { noun: 'project', id: project.row.id, action: 'Removed Group', detail: group.name })
    await tx.db.deleteFrom('groups').where('id', '=', group.id).execute()
  })
}

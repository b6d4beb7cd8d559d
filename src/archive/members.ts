import { type RawBuilder, sql } from 'kysely'
import { refuse } from '../errors.ts'
import type { Viewer } from '../model/access.ts'
import type { Table } from '../model/table.ts'
import { type Archive, type Change, change, type Reason, type Scope, scopeOf } from './archive.ts'
import { lockedDocument } from './documents.ts'
import { recordEvent } from './history.ts'
import { forbid, type LocatedProject, locateProject } from './locate.ts'
import { siteGroupsOf } from './user-groups.ts'

const standardGroups = [
  { role: 'owner', title: 'Owners' },
  { role: 'member', title: 'Members' },
  { role: 'collaborator', title: 'Collaborators' },
] as const

/** The three groups that every project has (hierarchy 3.2). */
export async function makeStandardGroups(tx: Change, project: number, name: string): Promise<void> {
  const groups = standardGroups.map(({ role, title }) => ({
    project_id: project,
    name: `${name}_${role}`,
    display_name: title,
    role,
  }))
  await tx.db.insertInto('groups').values(groups).execute()
}

/** Puts a user into the standard group of that role, and takes the user out of the project's other standard groups. */
export async function addMember(tx: Change, project: number, role: string, user: number): Promise<void> {
  const groups = await tx.db
    .selectFrom('groups')
    .select(['id', 'role'])
    .where('project_id', '=', project)
    .where('role', '<>', 'custom')
    .execute()
  const others = groups.filter((group) => group.role !== role).map((group) => group.id)
  await tx.db.deleteFrom('group_members').where('user_id', '=', user).where('group_id', 'in', others).execute()
  const wanted = groups.find((group) => group.role === role)
  if (wanted) await joinGroup(tx, wanted.id, user)
}

async function joinGroup(tx: Change, group: number, user: number): Promise<void> {
  await tx.db
    .insertInto('group_members')
    .values({ group_id: group, user_id: user })
    .onConflict((on) => on.doNothing())
    .execute()
}

export type MemberWish = Readonly<{
  project: string
  group: string
  logins: readonly string[]
  action: 'add' | 'remove'
}>

/**
 * Adds users to a group of the project, or takes them out. The group is named by its id (`P1_owner`), its role
 * (`owner`) or its title (`Owners`). Unknown logins are passed over: the original invites them by mail.
 * @returns the users of the project then, as `listMembers` has them, also for an owner who has just left
 * @throws ArchiveError 'not-found' (project or group), 'forbidden', 'precondition' (the guest)
 */
export function changeMembers(archive: Archive, viewer: Viewer, why: Reason, wish: MemberWish): Promise<Table> {
  return change(archive, viewer, why, async (tx) => {
    const project = await locateProject(tx, { project: wish.project }, 'read')
    if (!project.may('edit')) forbid(tx, 'project', wish.project)
    // Whom two changes put into two of the standard groups at once must not end up in both.
    await lockedDocument(tx, 'projects', project.row.id)
    const group = await groupNamed(tx, project, wish.group)
    const users = await tx.db.selectFrom('users').select(['id', 'login']).where('login', 'in', wish.logins).execute()
    if (wish.action === 'add' && wish.logins.includes('guest')) {
      refuse({ kind: 'precondition', what: 'user', because: 'The guest cannot be a member of a project.' })
    }
    for (const user of users) {
      if (wish.action === 'remove') await leaveGroup(tx, group.id, user.id)
      else if (group.role === 'custom') await joinGroup(tx, group.id, user.id)
      else await addMember(tx, project.row.id, group.role, user.id)
    }
    const logins = users.map((user) => user.login).join(', ')
    await recordEvent(tx, {
      noun: 'project',
      id: project.row.id,
      action: `${wish.action === 'add' ? 'Added' : 'Removed'} Users`,
      detail: `${logins}: ${group.name}`,
    })
    return memberTable(await memberRows(tx, ofProject(project), false))
  })
}

/** Takes the viewer out of a group; whoever can see the project may do that. @throws ArchiveError 'not-found' */
export function quitGroup(
  archive: Archive,
  viewer: Viewer,
  why: Reason,
  at: { project: string; group: string },
): Promise<void> {
  return change(archive, viewer, why, async (tx) => {
    const project = await locateProject(tx, { project: at.project }, 'read')
    const group = await groupNamed(tx, project, at.group)
    await leaveGroup(tx, group.id, viewer.id)
    const detail = `${viewer.login}: ${group.name}`
    await recordEvent(tx, { noun: 'project', id: project.row.id, action: 'Removed Users', detail })
  })
}

async function leaveGroup(tx: Change, group: number, user: number): Promise<void> {
  await tx.db.deleteFrom('group_members').where('group_id', '=', group).where('user_id', '=', user).execute()
}

/** A group of the project by id, role or title. @throws ArchiveError 'not-found' */
export async function groupNamed(scope: Scope, project: LocatedProject, name: string) {
  const groups = await scope.db.selectFrom('groups').selectAll().where('project_id', '=', project.row.id).execute()
  const matches = (group: (typeof groups)[number]) =>
    group.name === name || group.display_name === name || (group.role !== 'custom' && group.role === name.toLowerCase())
  return groups.find(matches) ?? refuse({ kind: 'not-found', noun: 'group', name })
}

/**
 * The users of a project, one row per user and group (hierarchy 3.8).
 * @param options `disabled` also lists users who may not sign in; `dataAdmins` adds whom site-wide groups let read all data
 * @throws ArchiveError 'not-found', 'forbidden' where lists of users are for administrators only
 */
export async function listMembers(
  archive: Archive,
  viewer: Viewer,
  project: string,
  options: { disabled?: boolean; dataAdmins?: boolean },
): Promise<Table> {
  const scope = scopeOf(archive, viewer)
  const located = await locateProject(scope, { project }, 'read')
  await requireUserList(scope, located)
  const rows = await memberRows(scope, ofProject(located), options.disabled ?? false)
  return memberTable([...rows, ...(options.dataAdmins ? await dataAdminRows(scope) : [])])
}

const memberTable = (rows: readonly string[][]): Table => ({
  columns: ['GROUP_ID', 'displayname', 'login', 'firstname', 'lastname', 'email'].map((key) => ({
    key,
    kind: 'string',
  })),
  rows,
  metadata: { title: 'Projects', totalRecords: String(rows.length) },
})

const ofProject = ({ row }: LocatedProject): RawBuilder<boolean> => sql<boolean>`g.project_id = ${row.id}`

async function requireUserList(scope: Scope, project: LocatedProject): Promise<void> {
  const rules = await scope.archive.rules()
  if (scope.viewer.guest) forbid(scope, 'project', project.row.name)
  if (rules.usersListed === 'administrators' && !project.may('edit')) forbid(scope, 'project', project.row.name)
}

async function memberRows(scope: Scope, which: RawBuilder<boolean>, disabled: boolean): Promise<string[][]> {
  const rows = await scope.db
    .selectFrom('group_members as m')
    .innerJoin('groups as g', 'g.id', 'm.group_id')
    .innerJoin('users as u', 'u.id', 'm.user_id')
    .select(['g.name', 'g.display_name', 'u.login', 'u.first_name', 'u.last_name', 'u.email'])
    .where(which)
    .$if(!disabled, (query) => query.where('u.enabled', '=', 1))
    .orderBy('g.name', 'desc')
    .orderBy('u.login')
    .execute()
  return rows.map((row) => [row.name, row.display_name, row.login, row.first_name, row.last_name, row.email])
}

/** Users who may read all data of the site, once for each site-wide group that lets them. */
async function dataAdminRows(scope: Scope): Promise<string[][]> {
  const users = await scope.db
    .selectFrom('users')
    .selectAll()
    .where((eb) => eb.or([eb('admin', '=', 1), eb('site_groups', '<>', '')]))
    .where('enabled', '=', 1)
    .orderBy('login')
    .execute()
  return users.flatMap((user) =>
    siteGroupsOf(user).map((group) => [group, group, user.login, user.first_name, user.last_name, user.email]),
  )
}

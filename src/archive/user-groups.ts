import { refuse } from '../errors.ts'
import { isSiteGroup, type SiteGroup, type Viewer } from '../model/access.ts'
import type { Archive } from './archive.ts'

/**
 * The ids of the groups that a user is in, by name.
 * @throws ArchiveError 'forbidden' for everybody but that user and site administrators; 'not-found'
 */
export async function groupsOfUser(archive: Archive, viewer: Viewer, login: string): Promise<readonly string[]> {
  if (viewer.guest || (viewer.login !== login && !viewer.admin))
    refuse({ kind: 'forbidden', noun: 'user', name: login })
  const { reads } = archive.db
  const user = await reads
    .selectFrom('users')
    .select(['id', 'admin', 'site_groups'])
    .where('login', '=', login)
    .executeTakeFirst()
  if (!user) return refuse({ kind: 'not-found', noun: 'user', name: login })
  const rows = await reads
    .selectFrom('group_members as m')
    .innerJoin('groups as g', 'g.id', 'm.group_id')
    .select('g.name')
    .where('m.user_id', '=', user.id)
    .orderBy('g.name')
    .execute()
  return [...siteGroupsOf(user), ...rows.map((row) => row.name)]
}

/** The site-wide groups of an account; administrators are in the one that may do everything. */
export function siteGroupsOf(user: Readonly<{ admin: number; site_groups: string }>): readonly SiteGroup[] {
  const names = [...(user.admin === 1 ? ['ALL_DATA_ADMIN'] : []), ...user.site_groups.split(' ')]
  return [...new Set(names.filter(isSiteGroup))]
}

/** The project that a group belongs to, by its ID; undefined when there is no such group. */
export async function projectOfGroup(archive: Archive, group: string): Promise<string | undefined> {
  const row = await archive.db.reads
    .selectFrom('groups as g')
    .innerJoin('projects as p', 'p.id', 'g.project_id')
    .select('p.name')
    .where('g.name', '=', group)
    .executeTakeFirst()
  return row?.name
}

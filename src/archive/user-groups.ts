import { refuse } from '../errors.ts'
import type { Viewer } from '../model/access.ts'
import type { Archive } from './archive.ts'

/** The group of site administrators, who may do everything with all data. */
const ALL_DATA_ADMIN = 'ALL_DATA_ADMIN'

/**
 * The ids of the groups that a user is in, by name.
 * @throws ArchiveError 'forbidden' for everybody but that user and site administrators; 'not-found'
 */
export async function groupsOfUser(archive: Archive, viewer: Viewer, login: string): Promise<readonly string[]> {
  if (viewer.guest || (viewer.login !== login && !viewer.admin))
    refuse({ kind: 'forbidden', noun: 'user', name: login })
  const { reads } = archive.db
  const user = await reads.selectFrom('users').select(['id', 'admin']).where('login', '=', login).executeTakeFirst()
  if (!user) return refuse({ kind: 'not-found', noun: 'user', name: login })
  const rows = await reads
    .selectFrom('group_members as m')
    .innerJoin('groups as g', 'g.id', 'm.group_id')
    .select('g.name')
    .where('m.user_id', '=', user.id)
    .orderBy('g.name')
    .execute()
  return [...(user.admin ? [ALL_DATA_ADMIN] : []), ...rows.map((row) => row.name)]
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

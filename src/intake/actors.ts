import type { Archive } from '../archive/archive.ts'
import { type Viewer, viewerOf } from '../model/access.ts'

/** Somebody with an account that is enabled, for work that is done on their behalf later; undefined when there is none. */
export async function actorNumbered(archive: Archive, id: number): Promise<Viewer | undefined> {
  const row = await archive.db.reads
    .selectFrom('users')
    .select(['id', 'login', 'admin', 'site_groups'])
    .where('id', '=', id)
    .where('enabled', '=', 1)
    .executeTakeFirst()
  if (!row) return undefined
  const { id: number, login, admin, site_groups: groups } = row
  const account = { id: number, login, admin: admin === 1, siteGroups: groups.split(' ') }
  return viewerOf(account, (await archive.rules()).dataAdminsAllowed)
}

import type { Kysely } from 'kysely'
import type { Tables } from '../db/schema.ts'
import { type Action, type Grants, noGrants, ownsAllData, type Role, type Viewer } from '../model/access.ts'

/**
 * What the viewer holds in each of the projects; projects in which nothing is held are absent. Asked per request and
 * never kept, so that a change of rights works at once.
 */
export async function grantsIn(
  db: Kysely<Tables>,
  viewer: Viewer,
  projects: readonly number[],
): Promise<ReadonlyMap<number, Grants>> {
  if (viewer.guest || ownsAllData(viewer) || projects.length === 0) return new Map()
  const rows = await db
    .selectFrom('group_members as m')
    .innerJoin('groups as g', 'g.id', 'm.group_id')
    .leftJoin('group_rights as r', 'r.group_id', 'g.id')
    .select([
      'g.project_id',
      'g.role',
      'r.xsi_type',
      'r.can_read',
      'r.can_create',
      'r.can_edit',
      'r.can_delete',
      'r.can_activate',
    ])
    .where('m.user_id', '=', viewer.id)
    .where('g.project_id', 'in', projects)
    .execute()
  const found = new Map<number, Grants>()
  for (const row of rows) found.set(row.project_id, joined(found.get(row.project_id) ?? noGrants, row))
  return found
}

type RightsRow = Readonly<{
  role: string
  xsi_type: string | null
  can_read: number | null
  can_create: number | null
  can_edit: number | null
  can_delete: number | null
  can_activate: number | null
}>

const strength: Readonly<Record<Role, number>> = { collaborator: 1, member: 2, owner: 3 }

function joined(grants: Grants, row: RightsRow): Grants {
  if (row.role !== 'custom') return { ...grants, role: stronger(grants.role, row.role as Role) }
  const custom = new Map(grants.custom)
  if (row.xsi_type) custom.set(row.xsi_type, new Set([...(custom.get(row.xsi_type) ?? []), ...actionsOf(row)]))
  return { ...grants, custom }
}

const stronger = (one: Role | undefined, other: Role): Role => (one && strength[one] > strength[other] ? one : other)

function actionsOf(row: RightsRow): Action[] {
  const actions: [Action, number | null][] = [
    ['read', row.can_read],
    ['create', row.can_create],
    ['edit', row.can_edit],
    ['delete', row.can_delete],
    ['activate', row.can_activate],
  ]
  return actions.filter(([, allowed]) => allowed === 1).map(([action]) => action)
}

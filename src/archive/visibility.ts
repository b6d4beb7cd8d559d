import { type RawBuilder, sql } from 'kysely'
import { ownsAllData, readsAllData } from '../model/access.ts'
import type { Scope } from './archive.ts'
import type { Root } from './listed-fields.ts'

/**
 * The only visibility filter of listings, the rule of hierarchy 8 as SQL: a record shows when any project it belongs
 * to lets the viewer read its type, and a quarantined one only to those who may release it.
 */
export function visibleSql(scope: Scope, root: Root, project: number | undefined): RawBuilder<boolean> {
  if (ownsAllData(scope.viewer)) return sql<boolean>`1 = 1`
  if (root === 'project') return visibleProjects(scope)
  return visibleRecord(scope, { root, alias: root === 'subject' ? 's' : 'e', project })
}

/** The same rule about the record that a query knows under this alias. */
export function visibleAs(scope: Scope, root: Root, alias: string): RawBuilder<boolean> {
  if (ownsAllData(scope.viewer)) return sql<boolean>`1 = 1`
  return root === 'project' ? visibleProjects(scope, alias) : visibleRecord(scope, { root, alias, project: undefined })
}

/** What a listing joins to its rows beside their own record: the owning project, subject, session or assessor. */
const joinedRoots: Readonly<Record<string, Root>> = {
  p: 'project',
  s: 'subject',
  ss: 'experiment',
  a: 'experiment',
  ehp: 'project',
  shp: 'project',
}

/**
 * Whether the viewer may read the record joined under this alias; undefined where that goes without saying. A record
 * that is seen through a share tells no more of its session, subject and project than their names.
 */
export function joinedVisibleSql(scope: Scope, root: Root, alias: string): RawBuilder<boolean> | undefined {
  const joined = joinedRoots[alias]
  const own = (joined === 'project' || joined === 'subject') && joined === root
  if (joined === undefined || own || ownsAllData(scope.viewer)) return undefined
  if (joined === 'project') return visibleProjects(scope, alias)
  return visibleRecord(scope, { root: joined, alias, project: undefined })
}

type Sought = Readonly<{ root: 'subject' | 'experiment'; alias: string; project: number | undefined }>

function visibleRecord(scope: Scope, { root, alias, project }: Sought): RawBuilder<boolean> {
  const type = root === 'subject' ? sql`'xnat:subjectData'` : sql.ref(`${alias}.xsi_type`)
  const at = readableAt(scope, { root, alias, project }, type)
  return sql<boolean>`(${at} and (${sql.ref(`${alias}.status`)} <> 'quarantine' or ${mayActivate(scope, alias, type)}))`
}

function readableAt(scope: Scope, sought: Sought, type: RawBuilder<unknown>): RawBuilder<unknown> {
  if (readsAllData(scope.viewer)) return sql`1 = 1`
  if (sought.project === undefined) return anyPlace(scope, sought, type)
  return sql`(${readableIn(scope, sql`p`, type)} or ${anyPlace(scope, sought, type)})`
}

function visibleProjects(scope: Scope, alias = 'p'): RawBuilder<boolean> {
  if (readsAllData(scope.viewer)) return sql<boolean>`1 = 1`
  const open = sql<boolean>`${sql.ref(`${alias}.accessibility`)} <> 'private'`
  return scope.viewer.guest ? open : sql<boolean>`(${open} or ${sql.ref(`${alias}.id`)} in (${heldProjects(scope)}))`
}

const heldProjects = (scope: Scope): RawBuilder<unknown> =>
  sql`select g.project_id from group_members m join groups g on g.id = m.group_id where m.user_id = ${scope.viewer.id}`

/**
 * Does the project of this alias let the viewer read data of that type? The lists of projects look at nothing of the
 * row, so that either database makes them once.
 */
function readableIn(scope: Scope, project: RawBuilder<unknown>, type: RawBuilder<unknown>): RawBuilder<boolean> {
  if (scope.viewer.guest) return sql<boolean>`${project}.accessibility = 'public'`
  return sql<boolean>`(${project}.accessibility = 'public'
    or ${project}.id in (${heldProjects(scope)} and g.role <> 'custom')
    or (${type} = 'xnat:subjectData' and ${project}.id in (${heldProjects(scope)}))
    or exists (select 1 from group_members m join groups g on g.id = m.group_id join group_rights r on r.group_id = g.id
      where m.user_id = ${scope.viewer.id} and g.project_id = ${project}.id and r.xsi_type = ${type} and r.can_read = 1))`
}

function anyPlace(scope: Scope, { root, alias }: Sought, type: RawBuilder<unknown>): RawBuilder<boolean> {
  const id = sql.ref(`${alias}.id`)
  const places =
    root === 'subject'
      ? sql`subject_projects vl join projects vp on vp.id = vl.project_id where vl.subject_id = ${id}`
      : sql`experiment_projects vl join projects vp on vp.id = vl.project_id where vl.experiment_id = ${id}`
  return sql<boolean>`exists (select 1 from ${places} and ${readableIn(scope, sql`vp`, type)})`
}

/** Owners of the owning project, and custom groups with that right, may see what is in quarantine. */
function mayActivate(scope: Scope, alias: string, type: RawBuilder<unknown>): RawBuilder<boolean> {
  if (scope.viewer.guest) return sql<boolean>`1 = 0`
  return sql<boolean>`exists (select 1 from group_members m join groups g on g.id = m.group_id
    left join group_rights r on r.group_id = g.id and r.xsi_type = ${type}
    where m.user_id = ${scope.viewer.id} and g.project_id = ${sql.ref(`${alias}.project_id`)}
      and (g.role = 'owner' or r.can_activate = 1))`
}

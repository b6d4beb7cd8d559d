import { refuse } from '../errors.ts'
import { type Grants, mayOnData, type Viewer } from '../model/access.ts'
import type { DataType } from '../model/dictionary.ts'
import { type Archive, scopeOf } from './archive.ts'
import { forbid, termsOf } from './locate.ts'
import { grantsIn } from './rights.ts'

/** A project in which somebody has a role. */
export type ProjectRole = Readonly<{ project: string; doc: string; group: string; role: string }>

/**
 * The groups of projects that a user is in, by project.
 * @throws ArchiveError 'forbidden' for everybody but that user and site administrators; 'not-found'
 */
export async function rolesOfUser(archive: Archive, viewer: Viewer, login: string): Promise<readonly ProjectRole[]> {
  if (viewer.login !== login && !viewer.admin) refuse({ kind: 'forbidden', noun: 'user', name: login })
  if (viewer.guest) return []
  const { reads } = archive.db
  const user = await reads.selectFrom('users').select('id').where('login', '=', login).executeTakeFirst()
  if (!user) return refuse({ kind: 'not-found', noun: 'user', name: login })
  return reads
    .selectFrom('group_members as m')
    .innerJoin('groups as g', 'g.id', 'm.group_id')
    .innerJoin('projects as p', 'p.id', 'g.project_id')
    .select(['p.name as project', 'p.doc', 'g.name as group', 'g.display_name as role'])
    .where('m.user_id', '=', user.id)
    .orderBy('p.name')
    .orderBy('g.id')
    .execute()
}

/** The data types of which the viewer may create records in some project (hierarchy 7.4). */
export async function creatableTypes(archive: Archive, viewer: Viewer): Promise<readonly DataType[]> {
  const all = [...archive.types.types.values()].filter(isPlaced)
  const { db } = scopeOf(archive, viewer)
  const held = await db
    .selectFrom('group_members as m')
    .innerJoin('groups as g', 'g.id', 'm.group_id')
    .innerJoin('projects as p', 'p.id', 'g.project_id')
    .select(['p.id', 'p.accessibility'])
    .distinct()
    .where('m.user_id', '=', viewer.guest ? -1 : viewer.id)
    .execute()
  const ids = held.map(({ id }) => id)
  const grants: ReadonlyMap<number, Grants> = await grantsIn(db, viewer, ids)
  // Somebody who owns all data needs no project to be told so.
  const terms = [termsOf({ accessibility: 'private' }), ...held.map((row) => termsOf(row, grants.get(row.id)))]
  return all.filter((type) => terms.some((each) => mayOnData(viewer, each, type.name, 'create')))
}

/** Whether records of a type have a place of their own in projects: subjects and every kind of experiment. */
const isPlaced = ({ name, root, abstract, lineage }: DataType): boolean =>
  root !== undefined && !abstract && (name === 'xnat:subjectData' || lineage.includes('xnat:experimentData'))

/**
 * The IDs of all projects of the site, for administrators and those whom they gave the role `Privileged`
 * (hierarchy 7.4).
 * @throws ArchiveError 'forbidden'
 */
export async function allProjectIds(archive: Archive, viewer: Viewer): Promise<readonly string[]> {
  const scope = scopeOf(archive, viewer)
  if (!viewer.admin && !(await isPrivileged(archive, viewer)))
    forbid(scope, 'user', viewer.login, 'This is for administrators and users with the role Privileged.')
  const rows = await scope.db.selectFrom('projects').select('name').orderBy('name').execute()
  return rows.map(({ name }) => name)
}

async function isPrivileged(archive: Archive, viewer: Viewer): Promise<boolean> {
  if (viewer.guest) return false
  const user = await archive.db.reads.selectFrom('users').select('roles').where('id', '=', viewer.id).executeTakeFirst()
  return user?.roles.split(' ').includes('Privileged') ?? false
}

import { type RawBuilder, sql } from 'kysely'
import { refuse } from '../errors.ts'
import {
  type Action,
  mayOnData,
  mayOnProject,
  ownsAllData,
  readsAllData,
  type Terms,
  type Viewer,
} from '../model/access.ts'
import type { Cell, Table } from '../model/table.ts'
import { type Archive, type Scope, scopeOf } from './archive.ts'
import { stampText } from './listing.ts'
import { forbid, type LocatedProject, locateProject, mayInProject, termsOf } from './locate.ts'
import { grantsIn } from './rights.ts'

/** The filters of the original's second project list; each is `true`, `false` or absent (hierarchy 3.1). */
export type ProjectFilters = Readonly<{
  accessible?: boolean
  data?: string
  owner?: boolean
  member?: boolean
  collaborator?: boolean
  users?: boolean
  admin?: boolean
  favorite?: boolean
  recent?: boolean
  activeSince?: string
  prearchiveCodes?: boolean
}>

type ListedRow = Readonly<{
  id: number
  name: string
  doc: string
  accessibility: string
  prearchive_code: number
  quarantine_code: number
  created_at: string
  created_by: string
  modified_at: string
  role: string | null
  visited_at: string | null
  favorite: number | null
}>

/** Projects by the caller's standing in them, with lower-case columns (hierarchy 3.1). */
export async function listProjectsByRole(archive: Archive, viewer: Viewer, filters: ProjectFilters): Promise<Table> {
  const scope = scopeOf(archive, viewer)
  const rows = await roleRows(scope, filters.activeSince)
  const terms = await termsIn(scope, rows)
  const shown = rows.filter((row) => mayOnProject(viewer, terms(row), 'read') && passes(viewer, row, filters))
  shown.sort((a, b) => (runningTitle(a) < runningTitle(b) ? -1 : 1))
  const codes = filters.prearchiveCodes ?? false
  return {
    columns: columnNames(viewer, codes).map((key) => ({ key, kind: 'string' })),
    rows: shown.map((row) => cells(row, codes)),
    metadata: { title: 'Projects', xdat_user_id: String(viewer.id), totalRecords: String(shown.length) },
  }
}

async function roleRows(scope: Scope, since?: string): Promise<ListedRow[]> {
  const user = scope.viewer.guest ? -1 : scope.viewer.id
  const role = sql`(select max(case g.role when 'owner' then '4owner' when 'member' then '3member' when 'collaborator' then '2collaborator'
    else '1custom' end) from groups g join group_members m on m.group_id = g.id
    where g.project_id = p.id and m.user_id = ${user})`
  const { rows } =
    await sql<ListedRow>`select p.id, p.name, p.doc, p.accessibility, p.prearchive_code, p.quarantine_code,
    p.created_at, p.created_by, p.modified_at, ${role} as role, u.visited_at, u.favorite
    from projects p left join user_projects u on u.project_id = p.id and u.user_id = ${user}
    where ${since === undefined ? sql`1 = 1` : activeSince(since)} order by p.id`.execute(scope.db)
  return rows.map((row) => ({ ...row, role: row.role?.slice(1) ?? null }))
}

/** On what terms the viewer meets each of the projects. */
async function termsIn(scope: Scope, rows: readonly ListedRow[]): Promise<(row: ListedRow) => Terms> {
  const ids = rows.map((row) => row.id)
  const grants = await grantsIn(scope.db, scope.viewer, ids)
  return (row) => termsOf(row, grants.get(row.id))
}

/** Was anything changed in the project since then: itself, its subjects, its experiments or what is below them? */
const activeSince = (since: string): RawBuilder<boolean> =>
  sql<boolean>`(exists (select 1 from events v where v.noun = 'project' and v.noun_id = p.id and v.at > ${since})
    or exists (select 1 from subjects s join events v on v.noun = 'subject' and v.noun_id = s.id
      where s.project_id = p.id and v.at > ${since})
    or exists (select 1 from experiments e join events v on v.noun = 'experiment' and v.noun_id = e.id
      where e.project_id = p.id and v.at > ${since}))`

function passes(viewer: Viewer, row: ListedRow, filters: ProjectFilters): boolean {
  if (filters.admin && !ownsAllData(viewer)) return false
  if (filters.favorite !== undefined && filters.favorite !== (row.favorite === 1)) return false
  if (filters.recent !== undefined && filters.recent !== (row.visited_at !== null)) return false
  if (filters.accessible === false && row.role !== null) return false
  if (filters.users && row.role === null) return false
  return dataPasses(viewer, row, filters.data) && rolesPass(row, filters)
}

function dataPasses(viewer: Viewer, row: ListedRow, wanted: string | undefined): boolean {
  if (wanted === undefined) return true
  if (wanted === 'readable') return readsAllData(viewer) || row.role !== null || row.accessibility === 'public'
  if (wanted === 'writable') return ownsAllData(viewer) || row.role === 'owner' || row.role === 'member'
  return refuse({ kind: 'invalid', field: 'data', because: `data must be readable or writable, not ${wanted}.` })
}

/** Roles asked for are joined by OR (hierarchy 3.1). */
function rolesPass(row: ListedRow, filters: ProjectFilters): boolean {
  const asked = (['owner', 'member', 'collaborator'] as const).filter((role) => filters[role] !== undefined)
  if (asked.length === 0) return true
  return asked.some((role) => (filters[role] ? row.role === role : lacks(row, role)))
}

/** `owner=false` asks for projects in which the caller has no role at all, the others for those without that role. */
function lacks(row: ListedRow, role: 'owner' | 'member' | 'collaborator'): boolean {
  return role === 'owner' ? row.role === null : row.role !== role
}

function columnNames(viewer: Viewer, codes: boolean): string[] {
  const always = [
    'id',
    'name',
    'description',
    'secondary_id',
    'pi',
    'project_invs',
    'project_access',
    'project_access_img',
  ]
  const own = ['insert_date', 'insert_user', `user_role_${viewer.id}`, `last_accessed_${viewer.id}`]
  return [...always, ...own, ...(codes ? ['proj_quarantine', 'proj_prearchive_code'] : [])]
}

const titles: Readonly<Record<string, string>> = { owner: 'Owners', member: 'Members', collaborator: 'Collaborators' }

type Doc = Record<string, unknown>
type Person = Readonly<{ firstname?: string; lastname?: string }>
const docOf = (row: ListedRow): Doc => JSON.parse(row.doc) as Doc
const runningTitle = (row: ListedRow): string => String(docOf(row)['secondary_ID'] ?? row.name)
const nameOf = (person: Person | undefined): string => [person?.lastname, person?.firstname].filter(Boolean).join(', ')

function cells(row: ListedRow, codes: boolean): Cell[] {
  const doc = docOf(row)
  const text = (name: string): Cell => (doc[name] as Cell) ?? null
  const investigators = ((doc['investigators/investigator'] ?? []) as Person[]).map(nameOf).join(' <br/> ')
  const pi = nameOf(((doc['PI'] ?? []) as Person[])[0])
  const shown = [
    row.name,
    text('name'),
    text('description'),
    runningTitle(row),
    pi,
    investigators,
    row.accessibility,
    '',
  ]
  const role = row.role === null ? '' : (titles[row.role] ?? '')
  const visited = row.visited_at === null ? '' : stampText(row.visited_at)
  const own = [stampText(row.created_at), row.created_by, role, visited]
  return [...shown, ...own, ...(codes ? [row.quarantine_code, row.prearchive_code] : [])]
}

/** Any type at all stands for those that the caller's rights in a project are about. */
const ANY_TYPE = 'xnat:subjectData'

/**
 * Projects in which the caller may do `action` with data of that type, or without one with data of any, by running
 * title (hierarchy 3.1, the permissions list).
 */
export async function listProjectsByPermission(
  archive: Archive,
  viewer: Viewer,
  asked: { action: Action; type: string | undefined },
): Promise<Table> {
  const scope = scopeOf(archive, viewer)
  const all = await roleRows(scope)
  const terms = await termsIn(scope, all)
  const rows = all.filter((row) => {
    const own = terms(row)
    const types = asked.type === undefined ? [ANY_TYPE, ...own.grants.custom.keys()] : [asked.type]
    return types.some((type) => mayOnData(viewer, own, type, asked.action))
  })
  rows.sort((a, b) => (runningTitle(a) < runningTitle(b) ? -1 : 1))
  return {
    columns: ['id', 'name', 'description', 'secondary_id'].map((key) => ({ key, kind: 'string' })),
    rows: rows.map((row) => {
      const doc = docOf(row)
      return [row.name, (doc['name'] as Cell) ?? null, (doc['description'] as Cell) ?? null, runningTitle(row)]
    }),
    metadata: { totalRecords: String(rows.length) },
  }
}

/** `restrict=edit` or `delete` and the projects where something can be created: a condition for the default list. */
export function ownedOnly(viewer: Viewer): RawBuilder<boolean> {
  if (ownsAllData(viewer)) return sql<boolean>`1 = 1`
  return sql<boolean>`p.id in (select g.project_id from groups g join group_members m on m.group_id = g.id
    where m.user_id = ${viewer.id} and g.role = 'owner')`
}

/**
 * The project whose subjects or experiments somebody wants listed.
 * @throws ArchiveError 'not-found', 'forbidden' for people who see the project and none of its data
 */
export async function projectToList(
  scope: Scope,
  project: string,
  what: 'subjects' | 'experiments',
): Promise<LocatedProject> {
  const located = await locateProject(scope, { project }, 'read')
  // Custom groups may read some types only: their lists of experiments are narrowed row by row.
  if (what === 'experiments' && located.grants.custom.size > 0) return located
  const type = what === 'subjects' ? 'xnat:subjectData' : 'xnat:mrSessionData'
  if (mayInProject(scope, located, type, 'read')) return located
  const { name } = located.row
  return forbid(scope, 'project', name, `Unable to read ${what} for Project: ${name}`)
}

/** The types of subjects and experiments that the viewer may create in a project. @throws ArchiveError 'not-found' */
export async function listCreatableTypes(archive: Archive, viewer: Viewer, project: string): Promise<Table> {
  const scope = scopeOf(archive, viewer)
  const located = await locateProject(scope, { project }, 'read')
  const rows = [...archive.types.types.values()]
    .filter(({ name, root, abstract, lineage }) => {
      const listed = name === 'xnat:subjectData' || lineage.includes('xnat:experimentData')
      return listed && root !== undefined && !abstract && mayInProject(scope, located, name, 'create')
    })
    .map(({ name }) => [name])
  return { columns: [{ key: 'element_name', kind: 'string' }], rows, metadata: { totalRecords: String(rows.length) } }
}

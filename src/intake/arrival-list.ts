import { type Archive, type Scope, scopeOf } from '../archive/archive.ts'
import { forbid, locateProject } from '../archive/locate.ts'
import { portions } from '../db/portions.ts'
import { readsAllData, type Viewer } from '../model/access.ts'
import type { Cell, Column, Table } from '../model/table.ts'
import { mayOnArrivals } from './arrival-rights.ts'
import { type ArrivalAddress, type ArrivalRow, locatePlace, placeOf, UNASSIGNED } from './arrivals.ts'
import { autoArchiveWord } from './auto-archive.ts'

/** In the order that clients know (import 2.4). */
const names = [
  'project',
  'timestamp',
  'lastmod',
  'uploaded',
  'scan_date',
  'scan_time',
  'subject',
  'folderName',
  'name',
  'tag',
  'status',
  'url',
  'autoarchive',
  'prevent_anon',
  'prevent_auto_commit',
  'SOURCE',
  'VISIT',
  'PROTOCOL',
  'TIMEZONE',
] as const

const columns: readonly Column[] = names.map((key) => ({ key, kind: 'string' as const }))

/** What lists show of an entry: never its session, which is long. */
const listedColumns = [
  'id',
  'timestamp',
  'modified_at',
  'uploaded_at',
  'scan_date',
  'scan_time',
  'subject',
  'folder',
  'name',
  'study_uid',
  'status',
  'auto_code',
  'prevent_anon',
  'prevent_auto_commit',
  'source',
  'visit',
  'protocol',
  'timezone',
] as const

/** An entry with what listings show of its project. */
export type ListedArrival = Pick<ArrivalRow, (typeof listedColumns)[number]> &
  Readonly<{ project_name: string | null; code: number | null }>

/**
 * Which entries: of these projects (all that the viewer may edit, unless named), of one study, or the newest; of them
 * the rows of one page.
 */
export type ArrivalSelection = Readonly<{
  projects?: readonly string[]
  tag?: string
  since?: string
  page?: Readonly<{ limit: number; offset: number }>
}>

/**
 * What waits in the prearchive, the oldest first (import 2.4).
 * @throws ArchiveError 'not-found', 'forbidden' for a project that is named; 'forbidden' for a study, except to those
 * who read all data
 */
export async function listArrivals(archive: Archive, viewer: Viewer, selection: ArrivalSelection): Promise<Table> {
  const scope = scopeOf(archive, viewer)
  if (selection.tag !== undefined && !readsAllData(viewer)) forbid(scope, 'project', UNASSIGNED)
  const places = await readablePlaces(scope, selection.projects)
  return arrivalTable(await rowsIn(scope, places, selection))
}

/** The same of entries that are known by their row ids, in this order. */
export async function listChosen(scope: Scope, ids: readonly number[]): Promise<Table> {
  const found = new Map<number, ListedArrival>()
  for (const portion of portions(ids))
    for (const row of await listed(scope).where('a.id', 'in', portion).execute()) found.set(row.id, row)
  return arrivalTable(ids.flatMap((id) => found.get(id) ?? []))
}

export function arrivalTable(rows: readonly ListedArrival[]): Table {
  return {
    columns,
    rows: rows.map(cellsOf),
    metadata: { totalRecords: String(rows.length), title: 'Prearchive' },
  }
}

/** Places whose entries the viewer may see: those named, or all of theirs; `undefined`: every place. @throws ArchiveError 'not-found', 'forbidden' */
export async function readablePlaces(
  scope: Scope,
  projects: readonly string[] | undefined,
): Promise<readonly string[] | undefined> {
  if (projects !== undefined) {
    const places: string[] = []
    for (const name of projects) places.push(placeOf(await locatePlace(scope, name, 'read')))
    return places
  }
  if (readsAllData(scope.viewer)) return undefined
  if (scope.viewer.guest) return forbid(scope, 'project', UNASSIGNED)
  const memberships = await scope.db
    .selectFrom('group_members as m')
    .innerJoin('groups as g', 'g.id', 'm.group_id')
    .innerJoin('projects as p', 'p.id', 'g.project_id')
    .select('p.name')
    .distinct()
    .where('m.user_id', '=', scope.viewer.id)
    .execute()
  const places: string[] = []
  for (const { name } of memberships) {
    const project = await locateProject(scope, { project: name }, 'read')
    if (mayOnArrivals(scope, project, 'edit')) places.push(placeOf(project))
  }
  return places
}

async function rowsIn(
  scope: Scope,
  places: readonly string[] | undefined,
  { tag, since, page }: ArrivalSelection,
): Promise<readonly ListedArrival[]> {
  let query = listedArrivals(scope, places).where('a.direct', '=', 0)
  if (tag !== undefined) query = query.where('a.study_uid', '=', tag)
  if (since !== undefined) query = query.where('a.uploaded_at', '>=', since)
  if (page !== undefined) query = query.limit(page.limit).offset(page.offset)
  return query.execute()
}

/** Entries at these places (`undefined`: everywhere), the oldest first; whoever asks has located the places. */
export function listedArrivals(scope: Scope, places: readonly string[] | undefined) {
  const query = listed(scope).orderBy('a.id')
  return places ? query.where('a.place', 'in', places.length > 0 ? places : ['none']) : query
}

const listed = (scope: Scope) =>
  scope.db
    .selectFrom('arrivals as a')
    .leftJoin('projects as p', 'p.id', 'a.project_id')
    .select(listedColumns.map((name) => `a.${name}` as const))
    .select(['p.name as project_name', 'p.prearchive_code as code'])

/** Where an entry is. */
export const addressOfRow = ({ project_name, timestamp, folder }: ListedArrival): ArrivalAddress => ({
  project: project_name ?? UNASSIGNED,
  timestamp,
  folder,
})

function cellsOf(row: ListedArrival): readonly Cell[] {
  const { project, timestamp, folder } = addressOfRow(row)
  const code = row.code === null ? undefined : (row.auto_code ?? row.code)
  return [
    project,
    timestamp,
    row.modified_at,
    row.uploaded_at,
    momentOf(row.scan_date, row.scan_time),
    clockOf(row.scan_time) ?? '',
    row.subject,
    folder,
    row.name,
    row.study_uid,
    row.status,
    `/prearchive/projects/${encodeURIComponent(project)}/${timestamp}/${encodeURIComponent(folder)}`,
    autoArchiveWord(code),
    row.prevent_anon === 1 ? 'true' : 'false',
    row.prevent_auto_commit === 1 ? 'true' : 'false',
    row.source,
    row.visit,
    row.protocol,
    row.timezone,
  ]
}

/** `20061214` and `091206.25` as `2006-12-14 09:12:06.0`. */
function momentOf(date: string | null, time: string | null): string {
  const day = /^(\d{4})\.?(\d\d)\.?(\d\d)$/
    .exec(date ?? '')
    ?.slice(1)
    .join('-')
  return day === undefined ? '' : `${day} ${clockOf(time) ?? '00:00:00'}.0`
}

const clockOf = (time: string | null): string | undefined =>
  /^(\d\d):?(\d\d):?(\d\d)/
    .exec(time ?? '')
    ?.slice(1)
    .join(':')

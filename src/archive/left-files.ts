import { type RawBuilder, sql } from 'kysely'
import type { Direction, ParentAddress } from '../model/address.ts'
import type { Change } from './archive.ts'
import { folderName, placeOf } from './layout.ts'

/** What is about to be deleted, by row ids. */
export type Doomed = Readonly<
  | { projectIds: readonly number[] }
  | { subjectIds: readonly number[] }
  | { experimentIds: readonly number[] }
  | { scanIds: readonly number[] }
  | { reconstructionIds: readonly number[] }
>

/**
 * Turns the files of everything in and below what is about to be deleted into left files: no listing shows them, but
 * no sweep takes their bytes (scans 5). Deletions that keep files call it before they delete a row.
 */
export async function leaveFilesOf(tx: Change, doomed: Doomed): Promise<void> {
  const { rows } = await doomedFolders(doomed).execute(tx.db)
  for (const row of rows) await leaveFolder(tx, row)
}

type Row = Readonly<{
  id: number
  label: string | null
  direction: Direction | null
  subject_id: number | null
  experiment_id: number | null
  scan: string | null
  reconstruction: string | null
  accession: string | null
  session_id: number | null
  holder: string | null
  project: string
  arc: string
}>

/** Every folder concerned, with the names that make up its place. */
function doomedFolders(doomed: Doomed): RawBuilder<Row> {
  return sql<Row>`select r.id, r.label, r.direction, r.subject_id, r.experiment_id, c.scan_id as scan,
      k.reconstruction_id as reconstruction, e.accession, e.session_id, coalesce(el.label, sl.label) as holder,
      p.name as project, p.current_arc as arc
    from resources r
    left join scans c on c.id = r.scan_id
    left join reconstructions k on k.id = r.reconstruction_id
    left join experiments e on e.id = coalesce(r.experiment_id, c.session_id, k.session_id)
    left join experiment_projects el on el.experiment_id = coalesce(e.session_id, e.id) and el.owner = 1
    left join subjects s on s.id = r.subject_id
    left join subject_projects sl on sl.subject_id = s.id and sl.owner = 1
    join projects p on p.id = coalesce(r.project_id, s.project_id, e.project_id)
    where (${sql.join(conditions(doomed), sql` or `)})`
}

const listed = (ids: readonly number[]): RawBuilder<unknown> => sql`(${sql.join(ids)})`

function conditions(doomed: Doomed): RawBuilder<boolean>[] {
  if ('scanIds' in doomed) return [sql`r.scan_id in ${listed(doomed.scanIds)}`]
  if ('reconstructionIds' in doomed) return [sql`r.reconstruction_id in ${listed(doomed.reconstructionIds)}`]
  if ('experimentIds' in doomed)
    return below(sql`select id from experiments where id in ${listed(doomed.experimentIds)}`)
  if ('subjectIds' in doomed) {
    const ids = listed(doomed.subjectIds)
    return [sql`r.subject_id in ${ids}`, ...below(sql`select id from experiments where subject_id in ${ids}`)]
  }
  const ids = listed(doomed.projectIds)
  return [
    sql`r.project_id in ${ids}`,
    sql`r.subject_id in (select id from subjects where project_id in ${ids})`,
    // An experiment of another project goes with its subject.
    ...below(sql`select id from experiments where project_id in ${ids}
      or subject_id in (select id from subjects where project_id in ${ids})`),
  ]
}

/** The experiments, their assessors, and the scans and reconstructions of either. */
function below(experiments: RawBuilder<unknown>): RawBuilder<boolean>[] {
  const all = sql`(${experiments} union select id from experiments where session_id in (${experiments}))`
  return [
    sql`r.experiment_id in ${all}`,
    sql`r.scan_id in (select id from scans where session_id in ${all})`,
    sql`r.reconstruction_id in (select id from reconstructions where session_id in ${all})`,
  ]
}

function kindOf(row: Row): ParentAddress['kind'] {
  if (row.scan !== null) return 'scan'
  if (row.reconstruction !== null) return 'reconstruction'
  if (row.subject_id !== null) return 'subject'
  if (row.experiment_id === null) return 'project'
  return row.session_id === null ? 'experiment' : 'assessor'
}

function leaveFolder(tx: Change, row: Row): Promise<unknown> {
  const name = row.scan ?? row.reconstruction ?? row.accession ?? ''
  const spot = {
    kind: kindOf(row),
    holder: row.holder ?? '',
    name,
    direction: row.direction,
    folder: folderName(row),
  }
  return leaveRows(tx, { project: row.project, place: placeOf(spot, row.arc), which: sql`resource_id = ${row.id}` })
}

type Leaving = Readonly<{ project: string; place: string; which: RawBuilder<unknown> }>

/** Copies file rows, which the caller then deletes, into left files. */
export function leaveRows(tx: Change, { project, place, which }: Leaving): Promise<unknown> {
  return sql`insert into left_files (resource_id, project, place, path, size, blob, md5, crc32, format, content,
      description, tags, left_at, left_by)
    select resource_id, cast(${project} as text), cast(${`${place}/`} as text) || path, path, size, blob, md5, crc32,
      format, content, description, tags, cast(${tx.at} as text), cast(${tx.viewer.login} as text)
    from files where ${which}`.execute(tx.db)
}

import { sql } from 'kysely'
import { timeText } from '../db/time.ts'
import type { Table } from '../model/table.ts'
import type { Scope } from './archive.ts'
import { stampText } from './listing.ts'
import { visibleSql } from './visibility.ts'

const DAY_MS = 86_400_000

type RecentRow = Readonly<{
  id: string
  project: string
  label: string
  xsi_type: string
  status: string
  created_at: string
  modified_at: string
  action: string
  at: string
}>

const columns = [
  'id',
  'project',
  'label',
  'element_name',
  'type_desc',
  'status',
  'insert_date',
  'last_modified',
  'action',
  'action_date',
  'URI',
] as const

/**
 * The experiments that the viewer may read and that something was done to in the last `days`, with what was done last;
 * the latest first (hierarchy 5.2).
 */
export async function listRecent(scope: Scope, { days, limit }: { days: number; limit: number }): Promise<Table> {
  const since = timeText(new Date(scope.archive.now().getTime() - days * DAY_MS))
  const last = sql`(select max(w.id) from events w where w.noun = 'experiment' and w.noun_id = e.id)`
  const { rows } =
    await sql<RecentRow>`select e.accession as id, p.name as project, l.label, e.xsi_type, e.status, e.created_at, e.modified_at,
    v.action, v.at from experiment_projects l join experiments e on e.id = l.experiment_id and l.owner = 1
    join projects p on p.id = l.project_id join events v on v.id = ${last}
    where v.at >= ${since} and ${visibleSql(scope, 'experiment', undefined)}
    order by v.id desc limit ${limit}`.execute(scope.db)
  return {
    columns: columns.map((key) => ({ key, kind: 'string' })),
    rows: rows.map((row) => [
      row.id,
      row.project,
      row.label,
      row.xsi_type,
      scope.archive.types.find(row.xsi_type)?.singular ?? row.xsi_type,
      row.status,
      stampText(row.created_at),
      stampText(row.modified_at),
      row.action,
      stampText(row.at),
      `/data/experiments/${row.id}`,
    ]),
    metadata: { title: 'Recent Experiments', totalRecords: String(rows.length) },
  }
}

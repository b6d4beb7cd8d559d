import type { Kysely, Selectable } from 'kysely'
import { portions } from '../db/portions.ts'
import { prepared } from '../db/prepared.ts'
import type { Tables } from '../db/schema.ts'

export type ProjectRow = Selectable<Tables['projects']>
export type SubjectRow = Selectable<Tables['subjects']>
export type ExperimentRow = Selectable<Tables['experiments']>
export type ScanRow = Selectable<Tables['scans']>

/** The look-ups behind every address. They run several times per request, so they are compiled once. */
export const projectByName = prepared<{ name: string }, ProjectRow>((db, at) =>
  db.selectFrom('projects').selectAll().where('name', '=', at('name')),
)

export const projectByWord = prepared<{ folded: string }, ProjectRow>((db, at) =>
  db
    .selectFrom('project_words as w')
    .innerJoin('projects as p', 'p.id', 'w.project_id')
    .selectAll('p')
    .where('w.folded', '=', at('folded')),
)

export const subjectByLabel = prepared<{ project: number; label: string }, SubjectRow>((db, at) =>
  db
    .selectFrom('subjects as s')
    .innerJoin('subject_projects as l', 'l.subject_id', 's.id')
    .selectAll('s')
    .where('l.project_id', '=', at('project'))
    .where('l.label', '=', at('label')),
)

export const subjectByAccession = prepared<{ accession: string }, SubjectRow>((db, at) =>
  db.selectFrom('subjects').selectAll().where('accession', '=', at('accession')),
)

export const experimentByAccession = prepared<{ accession: string }, ExperimentRow>((db, at) =>
  db.selectFrom('experiments').selectAll().where('accession', '=', at('accession')),
)

export const experimentByLabel = prepared<{ project: number; label: string }, ExperimentRow>((db, at) =>
  db
    .selectFrom('experiments as e')
    .innerJoin('experiment_projects as l', 'l.experiment_id', 'e.id')
    .selectAll('e')
    .where('l.project_id', '=', at('project'))
    .where('l.label', '=', at('label')),
)

export const experimentsByLabel = prepared<{ label: string }, ExperimentRow>((db, at) =>
  db
    .selectFrom('experiments as e')
    .innerJoin('experiment_projects as l', 'l.experiment_id', 'e.id')
    .selectAll('e')
    .distinct()
    .where('l.label', '=', at('label')),
)

export const scanById = prepared<{ session: number; scan: string }, ScanRow>((db, at) =>
  db.selectFrom('scans').selectAll().where('session_id', '=', at('session')).where('scan_id', '=', at('scan')),
)

export type PlaceRow = ProjectRow & Readonly<{ label: string; owner: number; share_label: string | null }>

/** The projects that see a subject, the owner first, then in the order of sharing. */
export const placesOfSubject = prepared<{ id: number }, PlaceRow>((db, at) =>
  db
    .selectFrom('subject_projects as l')
    .innerJoin('projects as p', 'p.id', 'l.project_id')
    .selectAll('p')
    .select(['l.label', 'l.owner', 'l.share_label'])
    .where('l.subject_id', '=', at('id'))
    .orderBy('l.owner', 'desc')
    .orderBy('l.created_at')
    .orderBy('l.project_id'),
)

/** The same for an experiment. */
export const placesOfExperiment = prepared<{ id: number }, PlaceRow>((db, at) =>
  db
    .selectFrom('experiment_projects as l')
    .innerJoin('projects as p', 'p.id', 'l.project_id')
    .selectAll('p')
    .select(['l.label', 'l.owner', 'l.share_label'])
    .where('l.experiment_id', '=', at('id'))
    .orderBy('l.owner', 'desc')
    .orderBy('l.created_at')
    .orderBy('l.project_id'),
)

/** The same for many experiments at once, each row with the id of its own. */
export const placesOfExperiments = (
  db: Kysely<Tables>,
  ids: readonly number[],
): Promise<(PlaceRow & Readonly<{ experiment_id: number }>)[]> =>
  db
    .selectFrom('experiment_projects as l')
    .innerJoin('projects as p', 'p.id', 'l.project_id')
    .selectAll('p')
    .select(['l.experiment_id', 'l.label', 'l.owner', 'l.share_label'])
    .where('l.experiment_id', 'in', ids)
    .orderBy('l.owner', 'desc')
    .orderBy('l.created_at')
    .orderBy('l.project_id')
    .execute()

/** The experiments of these subjects, or the assessors of these sessions, in order of creation. */
export async function experimentsBelow(
  db: Kysely<Tables>,
  above: 'subject_id' | 'session_id',
  ids: readonly number[],
): Promise<readonly ExperimentRow[]> {
  const found: ExperimentRow[] = []
  for (const portion of portions(ids))
    found.push(...(await db.selectFrom('experiments').selectAll().where(above, 'in', portion).orderBy('id').execute()))
  return found
}

/** The accession ids of these rows. */
export async function accessionsOf(
  db: Kysely<Tables>,
  table: 'subjects' | 'experiments',
  ids: readonly number[],
): Promise<ReadonlyMap<number, string>> {
  const found = new Map<number, string>()
  for (const portion of portions([...new Set(ids)])) {
    const rows = await db.selectFrom(table).select(['id', 'accession']).where('id', 'in', portion).execute()
    for (const { id, accession } of rows) found.set(id, accession)
  }
  return found
}

import { sql } from 'kysely'
import type { Change } from './archive.ts'
import { admitDeletion } from './deletion.ts'
import { recordEvent } from './history.ts'
import { type LocatedSubject, locateExperiment, orNothing } from './locate.ts'

/**
 * With a subject go its experiments, also those that were handed over to other projects: whoever deletes it must be
 * allowed to delete them there.
 * @throws ArchiveError 'forbidden'
 */
export async function admitForeignDeletion(tx: Change, { row }: LocatedSubject): Promise<void> {
  const foreign = await tx.db
    .selectFrom('experiments')
    .select('accession')
    .where('subject_id', '=', row.id)
    .where('project_id', '<>', row.project_id)
    .execute()
  for (const { accession } of foreign) {
    const found = await orNothing(locateExperiment(tx, { experiment: accession }, 'read'))
    const may = found?.may ?? (() => false)
    await admitDeletion(tx, { noun: 'subject', name: row.accession, may })
  }
}

type Orphan = Readonly<{ id: number; accession: string; heir: number; label: string }>

/**
 * Subjects of a project that is about to go, with experiments that belong to other projects, become subjects of the
 * first of those: what other projects own must not be touched (hierarchy 3.5).
 */
export async function handOnSubjects(tx: Change, project: number): Promise<void> {
  const { rows } = await sql<Orphan>`select s.id, s.accession, l.label, min(e.project_id) as heir
    from subjects s join experiments e on e.subject_id = s.id and e.project_id <> s.project_id
    join subject_projects l on l.subject_id = s.id and l.owner = 1
    where s.project_id = ${project} group by s.id, s.accession, l.label`.execute(tx.db)
  for (const orphan of rows) await handOn(tx, orphan)
}

async function handOn(tx: Change, { id, accession, label, heir }: Orphan): Promise<void> {
  const there = await tx.db
    .selectFrom('subject_projects')
    .select(['subject_id', 'label'])
    .where('project_id', '=', heir)
    .where((eb) => eb.or([eb('subject_id', '=', id), eb('label', '=', label)]))
    .execute()
  const own = there.find((place) => place.subject_id === id)
  const kept = own?.label ?? (there.length > 0 ? accession : label)
  await tx.db.deleteFrom('subject_projects').where('subject_id', '=', id).where('owner', '=', 1).execute()
  await tx.db.deleteFrom('subject_projects').where('subject_id', '=', id).where('project_id', '=', heir).execute()
  const place = { subject_id: id, project_id: heir, label: kept, owner: 1, share_label: null, created_at: tx.at }
  await tx.db.insertInto('subject_projects').values(place).execute()
  await tx.db.updateTable('subjects').set({ project_id: heir }).where('id', '=', id).execute()
  await recordEvent(tx, { noun: 'subject', id, action: 'Modified Project' })
}

import type { ExperimentAddress } from '../model/address.ts'
import type { Scope } from './archive.ts'
import { type LocatedExperiment, locateExperiment, locateSession, orNothing } from './locate.ts'

/** An image assessor below its session, by id or label. @throws ArchiveError 'not-found' when it hangs elsewhere */
export async function locateAssessor(
  scope: Scope,
  at: ExperimentAddress,
  assessor: string,
): Promise<LocatedExperiment> {
  const session = await locateSession(scope, at, 'read')
  const named = await orNothing(locateExperiment(scope, { project: at.project, experiment: assessor }, 'read'))
  if (named?.row.session_id === session.row.id) return named
  const accession = at.project === undefined ? undefined : await accessionLabelled(scope, session, assessor)
  return locateExperiment(scope, { experiment: accession ?? `${assessor} of ${at.experiment}` }, 'read')
}

/** The accession id of the assessor that bears a label in some project, among those of the session. */
export async function accessionLabelled(
  scope: Scope,
  session: LocatedExperiment,
  label: string,
): Promise<string | undefined> {
  const row = await scope.db
    .selectFrom('experiments as e')
    .innerJoin('experiment_projects as l', 'l.experiment_id', 'e.id')
    .select('e.accession')
    .where('e.session_id', '=', session.row.id)
    .where('l.label', '=', label)
    .executeTakeFirst()
  return row?.accession
}

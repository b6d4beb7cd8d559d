import { scopeOf } from '../../archive/archive.ts'
import { locateAssessor } from '../../archive/assessors.ts'
import type { ExperimentHome } from '../../archive/new-experiments.ts'
import type { SharedAddress } from '../../archive/shared-records.ts'
import type { ExperimentAddress } from '../../model/address.ts'
import type { Call } from '../call.ts'

export type Address = ExperimentAddress

/** The experiment that the path names: by id, or by label where it names a project. */
export const addressOf = (call: Call): ExperimentAddress => ({
  project: call.params['project'],
  subject: call.params['subject'],
  experiment: call.params['experiment'] ?? '',
})

/** Where a PUT or POST to this path would write: an assessor below its session, or an experiment. */
export function homeOf(call: Call): ExperimentHome {
  const { project, subject, experiment = '', assessor } = call.params
  if (assessor === undefined && !call.path.endsWith('/assessors')) return { project, subject, segment: experiment }
  return { project, subject, session: experiment, segment: assessor ?? '' }
}

/** What a tail (`/status`, `/projects`) of this path speaks of. */
export async function targetOf(call: Call): Promise<SharedAddress> {
  const at = addressOf(call)
  const assessor = call.params['assessor']
  if (assessor === undefined) return { noun: 'experiment', at }
  const found = await locateAssessor(scopeOf(call.archive, call.viewer), at, assessor)
  return { noun: 'experiment', at: { project: at.project, experiment: found.row.accession } }
}

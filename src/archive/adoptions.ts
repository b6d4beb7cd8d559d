import type { Viewer } from '../model/access.ts'
import type { ExperimentAddress } from '../model/address.ts'
import { type Archive, change, type Reason, scopeOf } from './archive.ts'
import { recordEvent } from './history.ts'
import { locateExperiment } from './locate.ts'

const ACTION = 'Adopted'

/** Whether an experiment was taken in from an old archive to its end, as its history says. @throws ArchiveError 'not-found' */
export async function isAdopted(archive: Archive, viewer: Viewer, at: ExperimentAddress): Promise<boolean> {
  const scope = scopeOf(archive, viewer)
  const { row } = await locateExperiment(scope, at, 'read')
  const event = scope.db
    .selectFrom('events')
    .select('id')
    .where('noun', '=', 'experiment')
    .where('noun_id', '=', row.id)
    .where('action', '=', ACTION)
  return (await event.limit(1).executeTakeFirst()) !== undefined
}

/** Notes in the history of an experiment that it was taken in to its end. @throws ArchiveError 'not-found', 'forbidden' */
export function noteAdopted(
  archive: Archive,
  viewer: Viewer,
  why: Reason,
  note: Readonly<{ at: ExperimentAddress; detail: string }>,
): Promise<void> {
  return change(archive, viewer, why, async (tx) => {
    const { row } = await locateExperiment(tx, note.at, 'edit')
    await recordEvent(tx, { noun: 'experiment', id: row.id, action: ACTION, detail: note.detail })
  })
}

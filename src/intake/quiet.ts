import type { Archive } from '../archive/archive.ts'
import { timeText } from '../db/time.ts'
import { queuedStates, workingStates } from './arrival-states.ts'

/** Whether nothing is coming in, and nobody works on what waits: a good moment for work that has time. */
export async function isQuiet(archive: Archive): Promise<boolean> {
  const { reads } = archive.db
  const coming = await reads
    .selectFrom('imports')
    .select('id')
    .where('state', '=', 'running')
    .where('lease_until', '>=', timeText(archive.now()))
    .limit(1)
    .executeTakeFirst()
  if (coming) return false
  const busy = await reads
    .selectFrom('arrivals')
    .select('id')
    .where('status', 'in', ['RECEIVING', ...workingStates, ...queuedStates])
    .limit(1)
    .executeTakeFirst()
  return busy === undefined
}

import type { Scope } from '../archive/archive.ts'
import { timeOf } from '../db/time.ts'
import type { LocatedArrival } from './arrivals.ts'
import { automaticCode } from './auto-archive.ts'
import type { Disagreement } from './draft.ts'
import { idleMs, isHeld } from './idle.ts'
import { documentOf } from './session-document.ts'

/** How an entry stands, for people who wait for it. */
export type ArrivalView = Readonly<{
  status: string
  received: number
  filtered: number
  rejected: number
  failed: number
  sender: string
  /** Until it counts as whole, if nothing more comes; null when it is not receiving. */
  closesInSeconds: number | null
  /** Why it does not close as soon as others. */
  heldBecause: string | null
  archivesByItself: boolean
  /** Fields that are absent because headers differ on them. */
  disagreements: readonly Disagreement[]
}>

export async function arrivalState(scope: Scope, { row }: LocatedArrival): Promise<ArrivalView> {
  const { status, received, filtered, rejected, failed, sender } = row
  const held = isHeld(row)
  const since = scope.archive.now().getTime() - timeOf(row.modified_at).getTime()
  const left = Math.max(0, Math.ceil(((await idleMs(scope.archive, held)) - since) / 1000))
  return {
    status,
    received,
    filtered,
    rejected,
    failed,
    sender,
    closesInSeconds: status === 'RECEIVING' ? left : null,
    heldBecause: held ? 'Its sender wants to say itself when all has been sent.' : null,
    archivesByItself: (await automaticCode(scope, row, undefined)) !== undefined,
    disagreements: documentOf(row)?.disagreements ?? [],
  }
}

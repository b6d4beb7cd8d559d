import type { ExpressionBuilder } from 'kysely'
import type { Archive } from '../archive/archive.ts'
import type { Tables } from '../db/schema.ts'
import type { ArrivalRow } from './arrivals.ts'

/** An entry whose sender wants to say when it is whole, and went away, is built after this long. */
const LONG_MS = 24 * 3_600_000
const MINUTE_MS = 60_000

/** Whether the sender wants to say itself when all has been sent (import 2.11). */
export const isHeld = ({
  prevent_auto_commit: prevented,
  source,
}: Pick<ArrivalRow, 'prevent_auto_commit' | 'source'>): boolean => prevented === 1 || source === 'uploader'

/** The same as conditions on rows: one of them is enough. */
export const heldBy = (eb: ExpressionBuilder<Tables, 'arrivals'>) => [
  eb('prevent_auto_commit', '=', 1),
  eb('source', '=', 'uploader'),
]

/** How long nothing may come until an entry counts as whole, as the site has it now. */
export const idleMs = async (archive: Archive, held: boolean): Promise<number> =>
  held ? LONG_MS : (await archive.rules()).idleMinutes * MINUTE_MS

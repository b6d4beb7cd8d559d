import type { Change, Scope } from '../archive/archive.ts'
import type { LocatedArrival } from './arrivals.ts'

/** One line of the log of an entry. */
export type ArrivalLog = Readonly<{ id: number; at: string; entry: string }>

/** Notes what happened to an entry, for whoever wonders (import 10.20). */
export async function logArrival(tx: Change, arrival: number, ...entries: readonly string[]): Promise<void> {
  if (entries.length === 0) return
  await tx.db
    .insertInto('arrival_logs')
    .values(entries.map((entry) => ({ arrival_id: arrival, at: tx.at, entry })))
    .execute()
}

/** The log of an entry, oldest first. */
export function arrivalLogs(scope: Scope, { row }: LocatedArrival): Promise<readonly ArrivalLog[]> {
  return scope.db
    .selectFrom('arrival_logs')
    .select(['id', 'at', 'entry'])
    .where('arrival_id', '=', row.id)
    .orderBy('id')
    .execute()
}

import type { Change } from './archive.ts'

/**
 * The next number of a sequence that is never given out twice, not even after deletions (hierarchy 4.2).
 * Two changes that ask at once wait for each other.
 */
export async function nextNumber(change: Change, name: string): Promise<number> {
  const row = await change.db
    .insertInto('counters')
    .values({ name, value: 1 })
    .onConflict((on) => on.column('name').doUpdateSet((eb) => ({ value: eb('counters.value', '+', 1) })))
    .returning('value')
    .executeTakeFirstOrThrow()
  return row.value
}

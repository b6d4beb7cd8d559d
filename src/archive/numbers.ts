import type { Change } from './archive.ts'

/**
 * The next number of a sequence that is never given out twice, not even after deletions (hierarchy 4.2).
 * Two changes that ask at once wait for each other.
 */
export async function nextNumber(change: Change, name: string): Promise<number> {
  return nextNumbers(change, name, 1)
}

/** The first of as many numbers in a row. */
export async function nextNumbers(change: Change, name: string, count: number): Promise<number> {
  const row = await change.db
    .insertInto('counters')
    .values({ name, value: count })
    .onConflict((on) => on.column('name').doUpdateSet((eb) => ({ value: eb('counters.value', '+', count) })))
    .returning('value')
    .executeTakeFirstOrThrow()
  return row.value - count + 1
}

import type { Archive } from '../../src/archive/archive.ts'
import type { Changes } from '../../src/db/transaction.ts'

/** An archive as a process has it that dies, and the moment of its death. */
export type Dying = Readonly<{ archive: Archive; died: Promise<'died'> }>

/**
 * The same archive in a process that is killed when it begins its change `last + 1`: what it changed before stays, what
 * it does afterwards never comes back, and no lease of its is ever renewed.
 */
export function dyingAfter(archive: Archive, last: number): Dying {
  const { promise: died, resolve } = Promise.withResolvers<'died'>()
  let begun = 0
  const dead = (): Promise<never> => {
    resolve('died')
    return new Promise(() => undefined)
  }
  const alter: Changes = (act) => (++begun > last ? dead() : archive.db.change(act))
  return { archive: { ...archive, db: { ...archive.db, change: alter } }, died }
}

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
  const underWay = new Set<Promise<unknown>>()
  const dead = async (): Promise<never> => {
    // What it had begun before, such as showing that it is alive, ends first.
    while (underWay.size > 0) await Promise.allSettled(underWay)
    resolve('died')
    return new Promise(() => undefined)
  }
  const alter: Changes = (act) => {
    if (++begun > last) return dead()
    const one = archive.db.change(act)
    underWay.add(one)
    const over = (): void => void underWay.delete(one)
    one.then(over, over)
    return one
  }
  return { archive: { ...archive, db: { ...archive.db, change: alter } }, died }
}

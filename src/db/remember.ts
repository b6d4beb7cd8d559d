import type { Moment, Writer } from './transaction.ts'

/**
 * Gives what was read before under the same key, as long as nothing has changed in the catalog that it may depend on;
 * otherwise reads. Only for readings outside a change that depend on nothing else than the key says. What is given must
 * not be changed. What another process writes may go unnoticed for the one turn of the event loop in which it does.
 * @param keeps whether a value is worth its place in memory
 */
export type Remember = <T>(key: string, read: () => Promise<T>, keeps: (value: T) => boolean) => Promise<T>

/**
 * Memories of what depends on everything but folders, files and what waits in the prearchive, and of what depends on all;
 * and the moment before a reading, as they take it.
 */
export type Memories = Readonly<{ remember: Remember; rememberFiles: Remember; moment: () => Moment }>

/** What each of them keeps at most; then all of it is forgotten. */
const MOST = 5000
/** What has a longer key is not asked for so often as to be kept. */
const MAX_KEY = 500

/** Memories that no change can make wrong: they compare moments before they answer. */
export function memoriesOf({ moment }: Pick<Writer, 'moment'>): Memories {
  const glance = glancing(moment)
  return {
    remember: memoryOf(glance, (a, b) => a.changes === b.changes && a.others === b.others),
    rememberFiles: memoryOf(glance, (a, b) => a.files === b.files && a.others === b.others),
    moment: glance,
  }
}

/** Looks for what other processes have written only once in a turn of the event loop, in which many requests may ask. */
function glancing(moment: Writer['moment']): () => Moment {
  let seen: number | undefined
  const forget = (): void => {
    seen = undefined
  }
  return () => {
    const now = moment(seen)
    if (seen === undefined) setImmediate(forget)
    seen = now.others
    return now
  }
}

function memoryOf(glance: () => Moment, same: (a: Moment, b: Moment) => boolean): Remember {
  let since: Moment = glance()
  let known = new Map<string, unknown>()
  return async <T>(key: string, read: () => Promise<T>, keeps: (value: T) => boolean) => {
    const now = glance()
    if (!same(now, since) || known.size >= MOST) {
      since = now
      known = new Map()
    }
    if (known.has(key)) return known.get(key) as T
    const mine = known
    const value = await read()
    if (key.length < MAX_KEY && keeps(value) && same(now, glance())) mine.set(key, value)
    return value
  }
}

/** For catalogs that others may change without being noticed. */
export const noMemory: Remember = (_, read) => read()

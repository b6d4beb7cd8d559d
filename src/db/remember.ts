import type { Moment, Writer } from './transaction.ts'

/**
 * Gives what was read before under the same key, as long as nothing but folders, files and what waits in the prearchive
 * has changed in the catalog since; otherwise reads. Only for readings outside a change that depend on nothing else than
 * the key says. What is given must not be changed.
 * @param keeps whether a value is worth its place in memory
 */
export type Remember = <T>(key: string, read: () => Promise<T>, keeps: (value: T) => boolean) => Promise<T>

/** What is kept at most; then all of it is forgotten. */
const MOST = 5000

/** A memory that no change can make wrong: it compares moments before it answers. */
export function memoryOf({ moment, isAsAt }: Pick<Writer, 'moment' | 'isAsAt'>): Remember {
  let since: Moment = moment()
  let known = new Map<string, unknown>()
  return async <T>(key: string, read: () => Promise<T>, keeps: (value: T) => boolean) => {
    if (!isAsAt(since) || known.size >= MOST) {
      since = moment()
      known = new Map()
    }
    if (known.has(key)) return known.get(key) as T
    const [mine, before] = [known, since]
    const value = await read()
    if (keeps(value) && isAsAt(before)) mine.set(key, value)
    return value
  }
}

/** For catalogs that others may change without being noticed. */
export const noMemory: Remember = (_, read) => read()

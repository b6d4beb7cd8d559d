import type { Archive } from '../../src/archive/archive.ts'

type Method = (...values: unknown[]) => unknown

/** The same archive, in which `act` happens once before the first query outside of changes that selects this column. */
export function actingBefore(archive: Archive, column: string, act: () => Promise<unknown>): Archive {
  let done = false
  const once = async (): Promise<void> => {
    if (done) return
    done = true
    await act()
  }
  const watched = <T extends object>(query: T, meant: boolean): T =>
    new Proxy(query, {
      get: (target, name) => {
        const value = Reflect.get(target, name)
        if (typeof value !== 'function') return value
        return (...values: unknown[]) => {
          if (meant && name === 'execute') return once().then(() => (value as Method).apply(target, values))
          const next = (value as Method).apply(target, values)
          const also = meant || (name === 'select' && values[0] === column)
          return next !== null && typeof next === 'object' && !(next instanceof Promise) ? watched(next, also) : next
        }
      },
    })
  return { ...archive, db: { ...archive.db, reads: watched(archive.db.reads, false) } }
}

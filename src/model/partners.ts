import type { Child, Scalar } from './dictionary.ts'

/** An entry as far as its keys tell it apart. */
type Entry = Readonly<{ fields: Readonly<Record<string, Scalar>> }>

/** Finds in a list the entry that stands for the same thing as another, without a look at all of them. */
export type Partners = Readonly<{
  /** Position of the first such entry, or -1. */
  of: (entry: Entry) => number
  /** Tells that this entry now stands at that position. */
  put: (entry: Entry, at: number) => void
}>

/**
 * Two entries of a list are told apart by the keys that both have. Which keys an entry has is its shape: entries are
 * found by their shape, the keys shared with it, and the values of these.
 */
export function openPartners(child: Child, list: readonly Entry[]): Partners {
  if (!child.many) return { of: () => (list.length > 0 ? 0 : -1), put: () => undefined }
  const keys = child.key ?? []
  const entries = [...list]
  const shapes = new Set<number>()
  const places = new Map<string, number>()
  const put = (entry: Entry, at: number): void => {
    entries[at] = entry
    const shape = shapeOf(keys, entry)
    shapes.add(shape)
    for (let shared = 1; shared <= shape; shared += 1) {
      const mark = markOf(keys, entry, shape, shared)
      if ((shape & shared) === shared && !places.has(mark)) places.set(mark, at)
    }
  }
  for (const [at, entry] of list.entries()) put(entry, at)
  const same = (other: Entry | undefined, entry: Entry): boolean =>
    other !== undefined && standForTheSame(keys, other, entry)
  return {
    put,
    of: (entry) => {
      const own = shapeOf(keys, entry)
      const found = [...shapes]
        .filter((shape) => (shape & own) > 0)
        .map((shape) => places.get(markOf(keys, entry, shape, shape & own)))
        .filter((at) => at !== undefined)
      if (found.every((at) => same(entries[at], entry))) return found.length > 0 ? Math.min(...found) : -1
      // An entry has got further keys since it was noted, which tell the two apart: now every one counts.
      return entries.findIndex((other) => same(other, entry))
    },
  }
}

function standForTheSame(keys: readonly string[], one: Entry, other: Entry): boolean {
  const shared = keys.filter((path) => path in one.fields && path in other.fields)
  return shared.length > 0 && shared.every((path) => one.fields[path] === other.fields[path])
}

/** A bit for each key that the entry has. */
const shapeOf = (keys: readonly string[], { fields }: Entry): number =>
  keys.reduce((shape, path, bit) => (path in fields ? shape | (1 << bit) : shape), 0)

const markOf = (keys: readonly string[], { fields }: Entry, shape: number, shared: number): string =>
  JSON.stringify([shape, ...keys.map((path, bit) => (shared & (1 << bit) ? (fields[path] ?? null) : null))])

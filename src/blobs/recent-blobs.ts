import type { BlobKey, BlobStore } from './blob-store.ts'

/** What may be kept, in bytes: of all together, and the largest single blob. */
export type RecentLimits = Readonly<{ total: number; single: number }>

export const RECENT_LIMITS: RecentLimits = { total: 16 * 1024 ** 2, single: 512 * 1024 }

/**
 * The same store, with the small blobs that were read last kept in memory. What a key names never changes, so nothing
 * kept can be out of date; a removed blob is forgotten. A hot file then costs no trip to the disk (bench/README.md).
 */
export function withRecent(store: BlobStore, limits: RecentLimits = RECENT_LIMITS): BlobStore {
  const kept = new Map<BlobKey, Uint8Array>()
  let total = 0
  const forget = (key: BlobKey): void => {
    total -= kept.get(key)?.length ?? 0
    kept.delete(key)
  }
  const remember = (key: BlobKey, bytes: Uint8Array): void => {
    if (bytes.length > limits.single || kept.has(key)) return
    kept.set(key, bytes)
    total += bytes.length
    for (const oldest of kept.keys()) {
      if (total <= limits.total) return
      forget(oldest)
    }
  }
  return {
    ...store,
    readSmall: async (key, size) => {
      const known = kept.get(key)
      if (known) {
        // Moved to the end: the front is what goes first.
        kept.delete(key)
        kept.set(key, known)
        return known
      }
      const bytes = await store.readSmall(key, size)
      remember(key, bytes)
      return bytes
    },
    readOnce: async (key, size) => {
      const known = kept.get(key)
      return known ? { bytes: known, free: () => undefined } : store.readOnce(key, size)
    },
    remove: async (key) => {
      forget(key)
      await store.remove(key)
    },
  }
}

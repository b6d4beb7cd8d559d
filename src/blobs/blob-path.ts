import { dirname, join } from 'node:path'
import type { BlobKey } from './blob-store.ts'

const KEY = /^[0-9a-f]{64}$/

export const isKey = (name: string): boolean => KEY.test(name)

/** Where the blob of that key lies in a store: `<first three digits of the key>/<key>`. */
export function blobPath(directory: string, key: BlobKey): string {
  if (!isKey(key)) throw new RangeError(`Not a blob key: ${key}`)
  return join(directory, key.slice(0, 3), key)
}

/**
 * Where a copy of that blob waits until it gets its name, beside it: what is known before it is written need not change
 * folders, and new files of many uploads do not all have to find their place in one folder.
 */
export const copyPath = (directory: string, key: BlobKey, name: string): string =>
  join(dirname(blobPath(directory, key)), name)

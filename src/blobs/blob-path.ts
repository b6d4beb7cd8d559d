import { join } from 'node:path'
import type { BlobKey } from './blob-store.ts'

const KEY = /^[0-9a-f]{64}$/

/** Where the blob of that key lies in a store: `<first three digits of the key>/<key>`. */
export function blobPath(directory: string, key: BlobKey): string {
  if (!KEY.test(key)) throw new RangeError(`Not a blob key: ${key}`)
  return join(directory, key.slice(0, 3), key)
}

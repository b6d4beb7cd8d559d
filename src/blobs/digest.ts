import { createHash, type Hash, hash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import type { Digest } from './blob-store.ts'

/** The sums of a Digest; `size` is counted by whoever passes the bytes on. */
export type Sum = 'key' | 'md5' | 'crc32'

/** Those sums that were asked for. */
export type Sums = Readonly<Partial<Pick<Digest, Sum>>>

/** Sums in the making. */
export type RunningSums = Readonly<{ add: (bytes: Uint8Array) => void; end: () => Sums }>

/** The digest of bytes that are all at hand. */
export function digestOf(bytes: Uint8Array): Digest {
  return { key: keyOf(bytes), size: bytes.length, ...checksOf(bytes) }
}

/** The one of its sums that says where a blob lies. */
export const keyOf = (bytes: Uint8Array): Digest['key'] => hash('sha256', bytes)

/** The others. */
export const checksOf = (bytes: Uint8Array): Pick<Digest, 'md5' | 'crc32'> => ({
  md5: hash('md5', bytes),
  crc32: crc32(bytes),
})

/** Begins the named sums over bytes that come piece by piece. */
export function startSums(names: readonly Sum[]): RunningSums {
  const key = names.includes('key') ? createHash('sha256') : undefined
  const md5 = names.includes('md5') ? createHash('md5') : undefined
  let check = names.includes('crc32') ? 0 : undefined
  return {
    add: (bytes) => {
      key?.update(bytes)
      md5?.update(bytes)
      if (check !== undefined) check = crc32(bytes, check)
    },
    end: () => ({ ...hex('key', key), ...hex('md5', md5), ...(check === undefined ? {} : { crc32: check }) }),
  }
}

function hex(name: 'key' | 'md5', sum: Hash | undefined): Sums {
  return sum ? { [name]: sum.digest('hex') } : {}
}

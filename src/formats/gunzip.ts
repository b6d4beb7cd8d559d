import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { ArchiveError, refuse } from '../errors.ts'
import { type ArchiveLimits, checkBytes, checkRatio, damaged } from './archive-entry.ts'
import type { Bytes } from './concatenation.ts'

const PIECE_BYTES = 64 * 1024

/**
 * The unpacked bytes of a gzip.
 * @throws ArchiveError 'invalid' when it is damaged or ends too early, 'too-large' beyond the limits (`maxEntries` does
 * not matter here), 'broken-off' when the source fails
 */
export async function* gunzip(source: Bytes, limits: ArchiveLimits): AsyncGenerator<Uint8Array, void> {
  const packed = { size: 0 }
  const unpacked = pipeline(
    counted(arriving(source), packed),
    createGunzip({ chunkSize: PIECE_BYTES }),
    () => undefined,
  )
  let size = 0
  try {
    for await (const piece of unpacked as AsyncIterable<Uint8Array>) {
      size += piece.length
      checkBytes(size, limits)
      checkRatio(size, packed.size, limits)
      yield piece
    }
  } catch (error) {
    damaged(error)
  }
}

async function* counted(source: Bytes, count: { size: number }): AsyncGenerator<Uint8Array, void> {
  for await (const piece of source) {
    count.size += piece.length
    yield piece
  }
}

/** The source's own pieces; what else it throws than faults is 'broken-off', so as not to be taken for damage. */
export async function* arriving(source: Bytes): AsyncGenerator<Uint8Array, void> {
  try {
    yield* source
  } catch (error) {
    if (error instanceof ArchiveError) throw error
    refuse({ kind: 'broken-off', what: 'archive', because: 'The archive broke off.' }, error)
  }
}

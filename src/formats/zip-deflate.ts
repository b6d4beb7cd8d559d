import { pipeline } from 'node:stream'
import { createDeflateRaw } from 'node:zlib'
import { concatenate, exactly, type OpenContent, type Source } from './concatenation.ts'
import { descriptor, localHeader, type ZipEntry, type ZipRecord, zipDirectory } from './zip-records.ts'

/** Fast rather than thorough: images hardly shrink further, and whoever downloads waits for it. */
const LEVEL = 1
const PIECE_BYTES = 64 * 1024
/** Members packed at once; more would take the thread pool from everybody else. */
const AHEAD = 2

/** A zip of deflated entries, packed while it is sent, so that its length is not known before. */
export async function* deflateZip<E extends ZipEntry>(
  entries: readonly E[],
  open: OpenContent<E>,
): AsyncGenerator<Uint8Array, void> {
  const packedSizes = new Map<E, number>()
  yield* concatenate(members(entries, open, packedSizes), AHEAD)
  const records: ZipRecord[] = []
  let offset = 0
  for (const entry of entries) {
    const record: ZipRecord = { entry, method: 'deflated', packedSize: packedSizes.get(entry) ?? 0, offset }
    records.push(record)
    offset += localHeader(record).length + record.packedSize + descriptor(record).length
  }
  yield* concatenate(zipDirectory(records, offset))
}

function* members<E extends ZipEntry>(
  entries: readonly E[],
  open: OpenContent<E>,
  packedSizes: Map<E, number>,
): Generator<Source, void> {
  for (const entry of entries) {
    yield async () => deflated(entry, exactly(entry.size, entry.name, await open(entry)), packedSizes)
  }
}

async function* deflated<E extends ZipEntry>(
  entry: E,
  content: AsyncIterable<Uint8Array>,
  packedSizes: Map<E, number>,
): AsyncGenerator<Uint8Array, void> {
  // Begins at once; what fails is thrown where the pieces are taken.
  const pieces = pipeline(content, createDeflateRaw({ level: LEVEL, chunkSize: PIECE_BYTES }), () => undefined)
  let packedSize = 0
  try {
    yield localHeader({ entry, method: 'deflated', packedSize, offset: 0 })
    for await (const piece of pieces) {
      packedSize += piece.length
      yield piece
    }
  } finally {
    pieces.destroy()
  }
  packedSizes.set(entry, packedSize)
  yield descriptor({ entry, method: 'deflated', packedSize, offset: 0 })
}

import { ArchiveError, refuse } from '../errors.ts'
import type { Digest } from './blob-store.ts'
import { digestOf } from './digest.ts'
import type { DigestThreads } from './digest-threads.ts'
import { close, diskRefuses, fdatasync, open, unlink, writeAll } from './disk.ts'
import { Lane } from './lane.ts'

/** Up to this size, in bytes, a body is collected and hashed in one go: threads would cost more than they save. */
const SMALL_BYTES = 256 * 1024

/** What is written where: the source's bytes, in pieces that nobody changes after they were handed out. */
export type Arrival = Readonly<{ path: string; source: AsyncIterable<Uint8Array>; expectedSize?: number }>

/**
 * Reads a source to its end into a new file that nobody may write to again, synced.
 * @returns the digest of all its bytes
 * @throws ArchiveError 'no-space', or 'broken-off' when the source fails or ends before or after `expectedSize`; a
 * fault that the source itself throws passes as it is. The file is gone then.
 */
export async function writeArrival(arrival: Arrival, threads: DigestThreads): Promise<Digest> {
  const pieces = piecesOf(arrival)
  try {
    const head = await collect(pieces)
    return head.more
      ? await writeLarge(arrival.path, pieces, head.bytes, threads)
      : await writeSmall(arrival.path, head.bytes)
  } finally {
    await pieces.return(undefined)
  }
}

type Pieces = AsyncGenerator<Uint8Array, undefined>

async function* piecesOf({ source, expectedSize }: Arrival): Pieces {
  let size = 0
  try {
    for await (const piece of source) {
      size += piece.length
      yield piece
    }
  } catch (error) {
    if (error instanceof ArchiveError) throw error
    refuse({ kind: 'broken-off', what: 'file', because: `The file broke off after ${size} bytes.` }, error)
  }
  if (expectedSize === undefined || size === expectedSize) return
  refuse({ kind: 'broken-off', what: 'file', because: `The file ended after ${size} of ${expectedSize} bytes.` })
}

/** The first pieces: all of them, or as many as it takes to see that the body is not small. */
async function collect(pieces: Pieces): Promise<Readonly<{ bytes: readonly Uint8Array[]; more: boolean }>> {
  const bytes: Uint8Array[] = []
  let size = 0
  while (size <= SMALL_BYTES) {
    const next = await pieces.next()
    if (next.done) return { bytes, more: false }
    bytes.push(next.value)
    size += next.value.length
  }
  return { bytes, more: true }
}

function writeSmall(path: string, pieces: readonly Uint8Array[]): Promise<Digest> {
  const bytes = pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces)
  return intoNewFile(path, async (file) => {
    const written = writeAll(file, bytes, 0)
    written.catch(() => undefined) // awaited below, after the hashing that goes on beside it
    const digest = digestOf(bytes)
    await written
    await fdatasync(file)
    return digest
  })
}

function writeLarge(path: string, rest: Pieces, head: readonly Uint8Array[], threads: DigestThreads): Promise<Digest> {
  return intoNewFile(path, async (file) => {
    const lane = new Lane(file, threads)
    try {
      for (const piece of head) await lane.add(piece)
      for (let next = await rest.next(); !next.done; next = await rest.next()) await lane.add(next.value)
      return await lane.end()
    } finally {
      await lane.close()
    }
  })
}

async function intoNewFile<T>(path: string, write: (file: number) => Promise<T>): Promise<T> {
  try {
    const file = await open(path, 'wx', 0o444)
    try {
      return await write(file)
    } finally {
      close(file)
    }
  } catch (error) {
    await unlink(path).catch(() => undefined) // what stays is dropped with the abandoned copies
    return diskRefuses(error)
  }
}

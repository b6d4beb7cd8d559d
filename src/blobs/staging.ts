import { ArchiveError, refuse } from '../errors.ts'
import type { Digest } from './blob-store.ts'
import type { DigestThreads } from './digest-threads.ts'
import { diskRefuses, unlink } from './disk.ts'
import { free } from './free.ts'
import { Lane } from './lane.ts'
import { NewFile } from './new-file.ts'
import type { Slots } from './slots.ts'

/** Up to this size, in bytes, a body is collected, and written and hashed in one go by one thread. */
const SMALL_BYTES = 256 * 1024

/** What has been written, and whether it is part of the store already. */
export type Written = Readonly<{ digest: Digest; kept: boolean }>

/** What arrivals share. */
export type Reception = Readonly<{ threads: DigestThreads; slots: Slots }>

/**
 * What is written where: the source's bytes, in pieces that nobody changes after they were handed out. With `home`, the folder
 * of the store, the bytes come alone.
 */
export type Arrival = Readonly<{
  path: string
  source: AsyncIterable<Uint8Array>
  expectedSize?: number
  home?: string
}>

/**
 * Reads a source to its end into a new file that nobody may write to again, synced.
 * @throws ArchiveError 'no-space', or 'broken-off' when the source fails or ends before or after `expectedSize`; a
 * fault that the source itself throws passes as it is. The file is gone then.
 */
export async function writeArrival(arrival: Arrival, reception: Reception): Promise<Written> {
  const pieces = piecesOf(arrival)
  try {
    const head = await collect(pieces)
    if (!head.more) return await writeSmall(arrival, head, reception)
    return { digest: await writeLarge(arrival, pieces, head, reception), kept: false }
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

/** The first pieces: all of them, or as many as it takes to see that the body is not small; `size` in bytes. */
type Head = Readonly<{ bytes: readonly Uint8Array[]; size: number; more: boolean }>

async function collect(pieces: Pieces): Promise<Head> {
  const bytes: Uint8Array[] = []
  let size = 0
  while (size <= SMALL_BYTES) {
    const next = await pieces.next()
    if (next.done) return { bytes, size, more: false }
    bytes.push(next.value)
    size += next.value.length
  }
  return { bytes, size, more: true }
}

async function writeSmall({ path, home }: Arrival, head: Head, { slots, threads }: Reception): Promise<Written> {
  const memory = slots.take()
  try {
    joined(head, memory)
    if (home !== undefined) for (const piece of head.bytes) free(piece)
    const { sums, kept } = await threads.file({ memory, length: head.size }, { path, home })
    return { digest: { size: head.size, ...sums }, kept }
  } catch (error) {
    return abandon(path, error)
  } finally {
    slots.give(memory)
  }
}

/** The pieces one behind the other in memory that the disk can be given directly. */
function joined({ bytes, size }: Head, slot: SharedArrayBuffer): void {
  const whole = new Uint8Array(slot, 0, size)
  let at = 0
  for (const piece of bytes) {
    whole.set(piece, at)
    at += piece.length
  }
}

async function writeLarge({ path, home }: Arrival, rest: Pieces, head: Head, reception: Reception): Promise<Digest> {
  try {
    const file = NewFile.make(path)
    try {
      return await throughLane(new Lane(file, reception), allOf(head, rest), home !== undefined)
    } finally {
      file.close()
    }
  } catch (error) {
    return abandon(path, error)
  }
}

async function throughLane(lane: Lane, pieces: AsyncIterable<Uint8Array>, alone: boolean): Promise<Digest> {
  try {
    for await (const piece of pieces) {
      await lane.add(piece)
      if (alone) free(piece)
    }
    return await lane.end()
  } finally {
    await lane.close()
  }
}

async function* allOf({ bytes }: Head, rest: Pieces): AsyncGenerator<Uint8Array> {
  yield* bytes
  yield* rest
}

/** Removes what was written before something went wrong, and says what did. */
async function abandon(path: string, error: unknown): Promise<never> {
  await unlink(path).catch(() => undefined) // what stays is dropped with the abandoned copies
  return diskRefuses(error)
}

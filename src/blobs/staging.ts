import { join } from 'node:path'
import { ArchiveError, refuse } from '../errors.ts'
import { copyPath } from './blob-path.ts'
import type { AtOnce, Digest, PackedBytes } from './blob-store.ts'
import type { DigestThreads } from './digest-threads.ts'
import { unlink } from './disk.ts'
import { diskRefuses } from './full-disk.ts'
import { Lane } from './lane.ts'
import { copyInto, free } from './memory.ts'
import { NewFile } from './new-file.ts'
import type { Slots } from './slots.ts'
import { failedWith } from './system-errors.ts'
import { DAMAGED, type Unpacked } from './unpack.ts'

/** Up to this size, in bytes, a body is collected, and written and hashed in one go by one thread; and a file read in one. */
export const SMALL_BYTES = 256 * 1024
/** The folder of a store for what gets its name only when all of it has been written. */
export const STAGED = 'staged'

/** What has been written, where, and whether it is part of the store already. */
export type Written = Readonly<{ digest: Digest; path: string; kept: boolean }>

/** What arrivals share. */
export type Reception = Readonly<{ threads: DigestThreads; small: Slots; large: Slots }>

/** A new file of a store. */
type Goal = Readonly<{ directory: string; name: string; atOnce?: AtOnce | undefined }>

/** What is written to it: the source's bytes, in pieces that nobody changes after they were handed out. */
export type Arrival = Goal & Readonly<{ source: AsyncIterable<Uint8Array>; expectedSize?: number }>

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
    return await writeLarge(arrival, pieces, head, reception)
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

function writeSmall(arrival: Arrival, head: Head, reception: Reception): Promise<Written> {
  return throughSlot(arrival, reception, (memory) => {
    joined(head, memory)
    if (arrival.atOnce) for (const piece of head.bytes) free(piece)
    return { length: head.size }
  })
}

/** Small bytes that the thread that writes them unpacks. */
export type PackedArrival = Goal & Readonly<{ packed: PackedBytes }>

/**
 * The same for packed bytes.
 * @throws ArchiveError 'unreadable' when they are not what was announced, 'no-space'
 */
export function writePacked(arrival: PackedArrival, reception: Reception): Promise<Written> {
  const { deflated, size, crc32 } = arrival.packed
  return throughSlot(arrival, reception, (memory) => {
    copyInto(new Uint8Array(memory), deflated, 0)
    return { length: deflated.length, unpacked: { size, crc32 } }
  })
}

type InSlot = Readonly<{ length: number; unpacked?: Unpacked }>

/** Has one thread write what is put into memory that it sees. */
async function throughSlot(
  { directory, name, atOnce }: Goal,
  { small, threads }: Reception,
  put: (memory: SharedArrayBuffer) => InSlot,
): Promise<Written> {
  const memory = small.take()
  try {
    const { length, unpacked } = put(memory)
    const place = { directory, name, keep: atOnce !== undefined }
    const write = () => threads.file({ memory, length }, place, unpacked)
    const { sums, kept } = await (atOnce?.lastly ? atOnce.lastly(write) : write())
    return { digest: { size: unpacked?.size ?? length, ...sums }, path: copyPath(directory, sums.key, name), kept }
  } catch (error) {
    if (failedWith(error, DAMAGED))
      refuse({ kind: 'unreadable', what: 'packed bytes', because: 'They are not what was announced.' }, error)
    return diskRefuses(error)
  } finally {
    small.give(memory)
  }
}

/** The pieces one behind the other in memory that the disk can be given directly. */
function joined({ bytes, size }: Head, slot: SharedArrayBuffer): void {
  const whole = new Uint8Array(slot, 0, size)
  let at = 0
  for (const piece of bytes) {
    copyInto(whole, piece, at)
    at += piece.length
  }
}

async function writeLarge(arrival: Arrival, rest: Pieces, head: Head, reception: Reception): Promise<Written> {
  const path = join(arrival.directory, STAGED, arrival.name)
  try {
    const file = NewFile.make(path)
    try {
      const digest = await throughLane(new Lane(file, reception), head, rest, arrival.atOnce !== undefined)
      return { digest, path, kept: false }
    } finally {
      file.close()
    }
  } catch (error) {
    return abandon(path, error)
  }
}

async function throughLane(lane: Lane, head: Head, rest: Pieces, freeing: boolean): Promise<Digest> {
  const take = async (piece: Uint8Array): Promise<void> => {
    await lane.add(piece)
    if (freeing) free(piece)
  }
  try {
    for (const piece of head.bytes) await take(piece)
    for await (const piece of rest) await take(piece)
    return await lane.end()
  } finally {
    await lane.close()
  }
}

/** Removes what was written before something went wrong, and says what did. */
async function abandon(path: string, error: unknown): Promise<never> {
  await unlink(path).catch(() => undefined) // what stays is dropped with the abandoned copies
  return diskRefuses(error)
}

import { open } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'

/** Bytes that can be read from any place. */
export type RandomAccess = Readonly<{
  /** All of them. */
  size: number
  /** `length` bytes from `start` on, fewer where the end is nearer. */
  bytes: (start: number, length: number) => Promise<Uint8Array>
  stream: (start: number, length: number) => Promise<Readable>
}>

const PIECE_BYTES = 256 * 1024

/** The same for a place that gives ranges: inclusive first and last byte, both inside. */
export function readRanges(
  size: number,
  read: (range: Readonly<{ start: number; end: number }>) => Promise<Readable>,
): RandomAccess {
  const stream = async (start: number, length: number): Promise<Readable> => {
    const end = Math.min(start + length, size) - 1
    return start <= end ? read({ start, end }) : Readable.from([])
  }
  return { size, stream, bytes: async (start, length) => buffer(await stream(start, length)) }
}

/** A file on disk, until `close`; streams that were opened before may be read to their end. */
export async function openFile(path: string): Promise<RandomAccess & Readonly<{ close: () => Promise<void> }>> {
  const file = await open(path)
  const { size } = await file.stat()
  let users = 1
  const leave = async (): Promise<void> => {
    if (--users === 0) await file.close()
  }
  const bytes = async (start: number, length: number): Promise<Uint8Array> => {
    users++
    try {
      const target = Buffer.allocUnsafe(Math.max(Math.min(length, size - start), 0))
      if (target.length === 0) return target
      return target.subarray(0, (await file.read(target, 0, target.length, start)).bytesRead)
    } finally {
      await leave()
    }
  }
  const stream = async (start: number, length: number): Promise<Readable> => {
    users++
    const reading = Readable.from(pieces(bytes, start, length), { objectMode: false, highWaterMark: PIECE_BYTES })
    return reading.once('close', () => void leave())
  }
  return { size, bytes, stream, close: leave }
}

async function* pieces(bytes: RandomAccess['bytes'], start: number, length: number): AsyncGenerator<Uint8Array, void> {
  for (let at = 0; at < length; ) {
    const piece = await bytes(start + at, Math.min(length - at, PIECE_BYTES))
    if (piece.length === 0) return
    at += piece.length
    yield piece
  }
}

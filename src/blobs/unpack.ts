import { inflateRawSync } from 'node:zlib'
import { copyInto, free } from './memory.ts'

/** What deflated bytes were announced to unpack to; `size` in bytes. */
export type Unpacked = Readonly<{ size: number; crc32: number }>
/** The code of the failure when they do not. */
export const DAMAGED = 'DAMAGED'

/** A little more room than it takes: the end is met then without asking for a second piece of memory. */
const SPARE_BYTES = 64

/**
 * Unpacks deflated bytes into memory that has room for them, and returns the part that they take.
 * @throws Error with the code DAMAGED when they do not unpack to so many bytes
 */
export function unpack(deflated: Uint8Array, size: number, room: SharedArrayBuffer): Uint8Array {
  const unpacked = inflate(deflated, size)
  const bytes = new Uint8Array(room, 0, size)
  copyInto(bytes, unpacked, 0)
  // Of its memory some is left; what is small lies in memory that others use, too.
  if (unpacked.buffer.byteLength === size + SPARE_BYTES) free(new Uint8Array(unpacked.buffer))
  return bytes
}

function inflate(deflated: Uint8Array, size: number): Uint8Array {
  const options = { maxOutputLength: Math.max(size, 1), chunkSize: size + SPARE_BYTES, info: true }
  try {
    const { buffer, engine } = inflateRawSync(deflated, options) as unknown as Inflated
    if (buffer.length === size && engine.bytesWritten === deflated.length) return buffer
  } catch (error) {
    return damaged(error)
  }
  return damaged()
}

/** The types of Node do not know what `info` brings. */
type Inflated = Readonly<{ buffer: Buffer; engine: Readonly<{ bytesWritten: number }> }>

/** Says that packed bytes are not what was announced. */
export const damaged = (cause?: unknown): never => {
  throw Object.assign(new Error('Packed bytes are not what was announced', { cause }), { code: DAMAGED })
}

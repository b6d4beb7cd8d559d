import { promisify } from 'node:util'
import { constants, crc32, type InflateRaw, inflateRaw, inflateRawSync, type ZlibOptions } from 'node:zlib'
import type { Packed } from '../model/incoming-file.ts'
import { invalidMember } from './archive-entry.ts'
import type { ByteReader } from './byte-reader.ts'
import type { LocalHeader } from './zip-local.ts'

/** Members of at most so many bytes, packed as well as unpacked, are taken whole. */
const MOST_BYTES = 1024 * 1024
/** So much of one, packed, is unpacked for a look at its beginning. */
const HEAD_BYTES = 4096

/** A member that lies in memory as it is packed. Its bytes can be read again and again; each time they are unpacked anew. */
export type PackedMember = Readonly<{ bytes: AsyncIterable<Uint8Array>; packed: Packed }>

/** Takes the packed bytes of a member that is small and says so; undefined for any other. @throws RangeError when they end before */
export async function packedAhead(reader: ByteReader, header: LocalHeader): Promise<PackedMember | undefined> {
  const { name, method, streamed, size, packedSize, crc32: sum } = header
  if (method !== 8 || streamed || size === undefined || packedSize === undefined) return undefined
  if (size > MOST_BYTES || packedSize > MOST_BYTES) return undefined
  const deflated = await reader.take(packedSize)
  const damaged = (cause?: unknown): never => invalidMember(name, 'is damaged', cause)
  let known: Uint8Array | undefined
  const head = (): Uint8Array => {
    known ??= headOf(deflated, damaged)
    return known
  }
  let isWhole = false
  const checked = (): void => {
    isWhole = true
  }
  const bytes = { [Symbol.asyncIterator]: () => unpacked(packed, checked) }
  const check = async (): Promise<void> => {
    if (!isWhole) for await (const _ of bytes);
  }
  const packed: Packed = { deflated, size, crc32: sum, head, check, damaged }
  return { packed, bytes }
}

function headOf(deflated: Uint8Array, damaged: (cause: unknown) => never): Uint8Array {
  try {
    return inflateRawSync(deflated.subarray(0, HEAD_BYTES), { finishFlush: constants.Z_SYNC_FLUSH })
  } catch (error) {
    return damaged(error)
  }
}

/** The beginning at once; all the rest, checked, for who asks for more. */
async function* unpacked(
  { deflated, size, crc32: sum, head, damaged }: Packed,
  checked: () => void,
): AsyncGenerator<Uint8Array, void> {
  const first = head()
  if (first.length > 0) yield first
  // A little more room than it takes: unpacking meets the end then without asking for a second piece of memory.
  const options = { maxOutputLength: Math.max(size, 1), chunkSize: size + 64, info: true }
  const { buffer, engine } = await inflateWithInfo(deflated, options).catch(damaged)
  const whole = buffer.length === size && engine.bytesWritten === deflated.length && crc32(buffer) === sum
  if (!whole) damaged()
  checked()
  if (buffer.length > first.length) yield buffer.subarray(first.length)
}

type Inflated = Readonly<{ buffer: Buffer; engine: InflateRaw }>

/** The types of Node do not know what `info` brings. */
const inflateWithInfo = promisify(inflateRaw) as unknown as (
  bytes: Uint8Array,
  options: ZlibOptions,
) => Promise<Inflated>

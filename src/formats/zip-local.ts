import { crc32 } from 'node:zlib'
import { invalidMember } from './archive-entry.ts'
import type { ByteReader } from './byte-reader.ts'

/** Sums of a member's content; sizes in bytes. */
export type Sums = Readonly<{ size: number; packedSize: number; crc32: number }>

/** What stands before a member's content. */
export type LocalHeader = Readonly<{
  name: string
  /** As they stand there. */
  nameBytes: Uint8Array
  /** Where the header lies, in bytes from the beginning of the zip. */
  offset: number
  method: 0 | 8
  /** Sizes and checksum stand behind the content, not here. */
  streamed: boolean
  /** Undefined where it is only known behind the content. */
  size: number | undefined
  packedSize: number | undefined
  crc32: number
}>

/** What has been met: members, unpacked bytes, and a sum over what both headers of each say that no order changes. */
export type Seen = { members: number; bytes: number; checks: number }

/** What both headers of a member say of it. */
export type Said = Sums & Pick<LocalHeader, 'nameBytes' | 'method' | 'offset'>

/** Stays an exact number. */
export function addCheck(checks: number, { nameBytes, method, crc32: sum, size, packedSize, offset }: Said): number {
  const numbers = [method, sum, size, packedSize, offset].join()
  return (checks + crc32(numbers, crc32(nameBytes))) % Number.MAX_SAFE_INTEGER
}

const HEADER_BYTES = 30
const DESCRIPTOR = 0x08074b50
const MOST_32 = 0xffffffff
/** A flag, the same in both headers of a member. */
export const ENCRYPTED = 0x0001
const STREAMED = 0x0008
const UTF8 = 0x0800
const LONG_SIZES = 0x0001

/** @throws RangeError when the bytes end, ArchiveError 'invalid' for a member that cannot be read */
export async function readLocalHeader(reader: ByteReader): Promise<LocalHeader> {
  const offset = reader.taken
  const fixed = Buffer.from(await reader.take(HEADER_BYTES))
  const flags = fixed.readUInt16LE(6)
  const nameBytes = Buffer.from(await reader.take(fixed.readUInt16LE(26)))
  const extra = Buffer.from(await reader.take(fixed.readUInt16LE(28)))
  const name = nameBytes.toString(flags & UTF8 || isUtf8(nameBytes) ? 'utf8' : 'latin1')
  const method = fixed.readUInt16LE(8)
  if (flags & ENCRYPTED) invalidMember(name, 'is encrypted')
  if (method !== 0 && method !== 8) invalidMember(name, 'is packed in an unknown way')
  const streamed = (flags & STREAMED) !== 0
  const [size = 0, packedSize = 0] = longOnes([fixed.readUInt32LE(22), fixed.readUInt32LE(18)], extra)
  // Some writers announce what they could know and say it again behind the content.
  const known = !streamed || packedSize > 0
  return {
    name,
    nameBytes,
    offset,
    method,
    streamed,
    size: known ? size : undefined,
    packedSize: known ? packedSize : undefined,
    crc32: fixed.readUInt32LE(14),
  }
}

const isUtf8 = (bytes: Buffer): boolean => Buffer.from(bytes.toString('utf8'), 'utf8').equals(bytes)

/** Numbers of a header; each that does not fit stands in an extra field, in the same order. @throws RangeError without it */
export function longOnes(numbers: readonly number[], extra: Buffer): readonly number[] {
  if (!numbers.includes(MOST_32)) return numbers
  const long = fieldOf(extra, LONG_SIZES)
  let at = 0
  const next = (): number => {
    at += 8
    return Number(long.readBigUInt64LE(at - 8))
  }
  return numbers.map((number) => (number === MOST_32 ? next() : number))
}

/** The content of one extra field. @throws RangeError when it is missing */
function fieldOf(extra: Buffer, wanted: number): Buffer {
  for (let at = 0; at + 4 <= extra.length; ) {
    const length = extra.readUInt16LE(at + 2)
    if (extra.readUInt16LE(at) === wanted) return extra.subarray(at + 4, at + 4 + length)
    at += 4 + length
  }
  throw new RangeError('A long size is missing')
}

/**
 * How long the descriptor ahead is, where it is one and tells these sums; undefined otherwise. It may have a signature
 * or none, and short or long sizes.
 */
export async function atDescriptor(reader: ByteReader, sums: Sums): Promise<number | undefined> {
  const bytes = await reader.look(24)
  for (const signed of [true, false]) {
    if (signed && (bytes.length < 4 || bytes.readUInt32LE(0) !== DESCRIPTOR)) continue
    const at = signed ? 4 : 0
    if (tells(bytes.subarray(at), sums, 4)) return at + 12
    if (tells(bytes.subarray(at), sums, 8)) return at + 20
  }
  return undefined
}

function tells(bytes: Buffer, { size, packedSize, crc32: sum }: Sums, width: 4 | 8): boolean {
  if (bytes.length < 4 + 2 * width || bytes.readUInt32LE(0) !== sum) return false
  if (width === 4) return bytes.readUInt32LE(4) === packedSize % 2 ** 32 && bytes.readUInt32LE(8) === size % 2 ** 32
  return Number(bytes.readBigUInt64LE(4)) === packedSize && Number(bytes.readBigUInt64LE(12)) === size
}

/**
 * Content that is not packed: as long as announced or, where nothing was announced, up to the descriptor that tells
 * just what came before it. @throws RangeError when the bytes end before
 */
export async function* storedAhead(
  reader: ByteReader,
  { size, streamed }: LocalHeader,
): AsyncGenerator<Uint8Array, void> {
  if (size === undefined && streamed) return yield* storedUpToDescriptor(reader)
  for (let rest = size ?? 0; rest > 0; ) {
    const piece = await reader.piece(rest)
    if (!piece) throw new RangeError('The content ends too early')
    rest -= piece.length
    yield piece
  }
}

const SIGNATURE = Buffer.from([0x50, 0x4b, 0x07, 0x08])
const LOOK_BYTES = 64 * 1024

async function* storedUpToDescriptor(reader: ByteReader): AsyncGenerator<Uint8Array, void> {
  let sums: Sums = { size: 0, packedSize: 0, crc32: 0 }
  const passed = (bytes: Buffer): Buffer => {
    const size = sums.size + bytes.length
    sums = { size, packedSize: size, crc32: crc32(bytes, sums.crc32) }
    return bytes
  }
  for (;;) {
    const ahead = await reader.look(LOOK_BYTES)
    const at = ahead.indexOf(SIGNATURE)
    // A signature may begin in the last bytes that are at hand.
    const plain = at >= 0 ? at : ahead.length - SIGNATURE.length + 1
    if (plain <= 0 && at < 0) throw new RangeError('No descriptor')
    if (plain > 0) yield passed(await reader.take(plain))
    if (at < 0) continue
    if ((await atDescriptor(reader, sums)) !== undefined) return
    yield passed(await reader.take(1))
  }
}

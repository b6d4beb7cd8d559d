import { pipeline, Readable } from 'node:stream'
import { promisify } from 'node:util'
import { crc32, createInflateRaw, inflateRaw } from 'node:zlib'
import { ArchiveError } from '../errors.ts'
import { invalidMember } from './archive-entry.ts'
import type { RandomAccess } from './random-access.ts'
import type { ZipMember } from './zip-directory.ts'

/** Members up to this size, packed and unpacked, are read and unpacked in one go. */
const SMALL_BYTES = 1024 * 1024
const LOCAL_HEADER_BYTES = 30
const PIECE_BYTES = 64 * 1024

const unpack = promisify(inflateRaw) as (bytes: Uint8Array, options: { maxOutputLength: number }) => Promise<Buffer>

/**
 * The content of a member, checked against its announced size and checksum as it is read.
 * @throws ArchiveError 'invalid', at once or while reading, when it is damaged
 */
export async function openMember(source: RandomAccess, member: ZipMember): Promise<Readable> {
  try {
    const start = await contentStart(source, member)
    if (member.size > SMALL_BYTES || member.packedSize > SMALL_BYTES) {
      const packed = await source.stream(start, member.packedSize)
      const content = member.method === 0 ? packed : pipeline(packed, inflating(), () => undefined)
      const whole = Readable.from(checked(member, content), { objectMode: false, highWaterMark: PIECE_BYTES })
      // Who goes away before it was begun to be read would leave the source open.
      return whole.once('close', () => content.destroy())
    }
    const packed = await source.bytes(start, member.packedSize)
    const bytes = member.method === 0 ? packed : await unpack(packed, { maxOutputLength: member.size + 1 })
    checkSums(member, bytes.length, crc32(bytes))
    return Readable.from(bytes.length > 0 ? [bytes] : [], { objectMode: false })
  } catch (error) {
    return damagedMember(member, error)
  }
}

const inflating = () => createInflateRaw({ chunkSize: PIECE_BYTES })

/** The local header may have other fields than the directory has. */
async function contentStart(source: RandomAccess, member: ZipMember): Promise<number> {
  const bytes = Buffer.from(await source.bytes(member.offset, LOCAL_HEADER_BYTES))
  if (bytes.length < LOCAL_HEADER_BYTES || bytes.readUInt32LE(0) !== 0x04034b50) throw new Error('No local header')
  const start = member.offset + LOCAL_HEADER_BYTES + bytes.readUInt16LE(26) + bytes.readUInt16LE(28)
  if (start + member.packedSize > source.size) throw new Error('The content reaches beyond the end')
  return start
}

async function* checked(member: ZipMember, content: Readable): AsyncGenerator<Uint8Array, void> {
  let size = 0
  let sum = 0
  try {
    for await (const piece of content as AsyncIterable<Uint8Array>) {
      size += piece.length
      if (size > member.size) break
      sum = crc32(piece, sum)
      yield piece
    }
    checkSums(member, size, sum)
  } catch (error) {
    damagedMember(member, error)
  }
}

function checkSums(member: ZipMember, size: number, sum: number): void {
  if (size !== member.size) throw new Error(`The content has another size than the ${member.size} bytes announced`)
  if (sum !== member.crc32) throw new Error('The content has another checksum than announced')
}

function damagedMember(member: ZipMember, error: unknown): never {
  if (error instanceof ArchiveError) throw error
  return invalidMember(member.name, 'is damaged', error)
}

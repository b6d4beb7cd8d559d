import { crc32 } from 'node:zlib'
import { refuse } from '../errors.ts'
import type { Packed } from '../model/incoming-file.ts'
import { type ArchiveLimits, checkBytes, checkRatio, damaged, invalidMember, plainPath } from './archive-entry.ts'
import { ByteReader } from './byte-reader.ts'
import type { Bytes } from './concatenation.ts'
import { arriving } from './gunzip.ts'
import { inflateAhead } from './inflate-ahead.ts'
import { readEnd } from './zip-end.ts'
import {
  addCheck,
  atDescriptor,
  type LocalHeader,
  readLocalHeader,
  type Seen,
  type Sums,
  storedAhead,
} from './zip-local.ts'
import { packedAhead } from './zip-packed.ts'

const LOCAL = 0x04034b50

/** A file of a zip that is read as it comes: its content must be read, or left, before the next one is asked for. */
export type StreamedMember = Readonly<{
  name: string
  /** Bytes, where the zip says so beforehand. */
  size: number | undefined
  bytes: AsyncIterable<Uint8Array>
  /** Of a small one, which need not be read before the next is asked for; whoever takes it meets its checks, or asks for them. */
  packed?: Packed
}>

/**
 * The files of a zip, read once from its beginning to its end: nothing of it lies on a disk in between. Sizes and
 * checksums are checked as each file ends, and all of them once more against the directory at the end of the zip:
 * **store nothing for good until the iteration has ended without a fault.** Names are what the sender wrote: whoever
 * makes paths of them checks them.
 * @throws ArchiveError 'invalid' naming a member that is damaged, encrypted or packed in an unknown way; 'too-large'
 * beyond the limits; 'broken-off' when the zip ends before its end
 */
export async function* streamZip(source: Bytes, limits: ArchiveLimits): AsyncGenerator<StreamedMember, void> {
  const reader = new ByteReader(arriving(source))
  const seen: Seen = { members: 0, bytes: 0, checks: 0 }
  try {
    while ((await signatureAhead(reader)) === LOCAL) {
      const header = await readLocalHeader(reader)
      if (++seen.members > limits.maxEntries)
        refuse({
          kind: 'too-large',
          what: 'archive',
          because: `The archive has more than ${limits.maxEntries} members.`,
        })
      const small = await packedAhead(reader, header)
      if (small) {
        admit(header, small.packed, { limits, seen })
        if (header.name.endsWith('/')) await small.packed.check()
        else yield { name: plainPath(header.name), size: header.size, ...small }
        continue
      }
      const content = contentOf(reader, header, { limits, seen })
      if (!header.name.endsWith('/')) yield { name: plainPath(header.name), size: header.size, bytes: left(content) }
      // What nobody read has to be passed to reach the next one.
      for (let next = await content.next(); !next.done; ) next = await content.next()
    }
    await readEnd(reader, seen)
  } catch (error) {
    if (error instanceof RangeError) brokenOff(error)
    damaged(error)
  } finally {
    await reader.close()
  }
}

const brokenOff = (cause: unknown): never =>
  refuse({ kind: 'broken-off', what: 'archive', because: 'The archive broke off before its end.' }, cause)

async function signatureAhead(reader: ByteReader): Promise<number> {
  const bytes = await reader.look(4)
  if (bytes.length < 4) throw new RangeError('No end of the directory')
  return bytes.readUInt32LE(0)
}

/** Hands on what an iterator gives, and leaves it open for who passes over the rest. */
async function* left(content: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  for (let next = await content.next(); !next.done; next = await content.next()) yield next.value
}

type Meeting = Readonly<{ limits: ArchiveLimits; seen: Seen }>

/** Counts a member that somebody else will unpack, to no more than it announces. */
function admit(header: LocalHeader, { deflated, size }: Packed, { limits, seen }: Meeting): void {
  const packedSize = deflated.length
  seen.bytes += size
  checkBytes(seen.bytes, limits)
  checkRatio(size, Math.max(packedSize, 1), limits)
  seen.checks = addCheck(seen.checks, { ...header, size, packedSize })
}

async function* contentOf(
  reader: ByteReader,
  header: LocalHeader,
  { limits, seen }: Meeting,
): AsyncGenerator<Uint8Array, void> {
  const { name } = header
  const begun = reader.taken
  const sums = { size: 0, crc32: 0 }
  let packedSize = 0
  const inflation = header.method === 8 ? inflateAhead(reader) : undefined
  try {
    for await (const piece of inflation ? inflation.pieces : storedAhead(reader, header)) {
      sums.size += piece.length
      sums.crc32 = crc32(piece, sums.crc32)
      seen.bytes += piece.length
      checkBytes(seen.bytes, limits)
      checkRatio(sums.size, Math.max(reader.taken - begun, 1), limits)
      yield piece
    }
    packedSize = inflation ? inflation.packed() : sums.size
    await checkMember(reader, header, { ...sums, packedSize })
  } catch (error) {
    // Whoever reads the content meets it first.
    if (error instanceof RangeError) brokenOff(error)
    if (!isZlibError(error)) throw error
    invalidMember(name, 'is damaged', error)
  }
  seen.checks = addCheck(seen.checks, { ...header, ...sums, packedSize })
}

const isZlibError = (error: unknown): boolean => /^(Z_|ERR_)/.test((error as NodeJS.ErrnoException).code ?? '')

/** What a member announced, before or after its content, is what it had. */
async function checkMember(reader: ByteReader, header: LocalHeader, sums: Sums): Promise<void> {
  const { name, streamed, size, packedSize } = header
  if (size !== undefined && (size !== sums.size || packedSize !== sums.packedSize)) invalidMember(name, 'is damaged')
  if (!streamed) return header.crc32 === sums.crc32 ? undefined : invalidMember(name, 'is damaged')
  const length = await atDescriptor(reader, sums)
  if (length === undefined) invalidMember(name, 'is damaged')
  reader.skipHeld(length)
}

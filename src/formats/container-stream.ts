import type { IncomingFile } from '../model/incoming-file.ts'
import { type ArchiveLimits, plainPath } from './archive-entry.ts'
import { archiveKind, SNIFF_BYTES, sniffArchive } from './archive-kind.ts'
import { ByteReader } from './byte-reader.ts'
import type { Bytes } from './concatenation.ts'
import { arriving, gunzip } from './gunzip.ts'
import { readTar } from './tar-read.ts'
import { streamZip } from './zip-stream.ts'

/** Archives may lie in archives this deep; what lies deeper is a file like any other. */
const MAX_DEPTH = 8
/** Members up to this size are read into memory, so that several can be written to the disk at once. */
const AT_HAND_BYTES = 1024 * 1024

/** A file as it was sent: its name is only looked at where its first bytes do not tell what it is. */
export type SentFile = Readonly<{ path: string; bytes: Bytes; size?: number }>

/**
 * What was sent, with every archive taken apart as it streams by: zip, tar, gzip, and those inside them. Anything else
 * is itself. Read each file before the next is asked for, and **store nothing for good until the iteration has ended
 * without a fault** (import 1.1).
 * @throws ArchiveError 'invalid', 'too-large', 'broken-off'
 */
export function filesWithin(sent: SentFile, limits: ArchiveLimits): AsyncGenerator<IncomingFile, void> {
  return ahead(within({ ...sent, bytes: arriving(sent.bytes) }, { limits, depth: 0 }))
}

/** Reads and unpacks the file after one that is at hand while somebody still works on that one. */
async function* ahead(files: AsyncGenerator<IncomingFile, void>): AsyncGenerator<IncomingFile, void> {
  try {
    let coming: ReturnType<typeof files.next> | undefined
    for (let next = await files.next(); !next.done; next = await (coming ?? files.next())) {
      coming = next.value.atHand ? files.next() : undefined
      // Whoever asks for the next file meets the error.
      coming?.catch(() => undefined)
      yield next.value
    }
  } finally {
    await files.return()
  }
}

type How = Readonly<{ limits: ArchiveLimits; depth: number }>

async function* within(sent: SentFile, how: How): AsyncGenerator<IncomingFile, void> {
  if (isResourceFork(sent.path)) return
  const reader = new ByteReader(sent.bytes)
  try {
    yield* filesOf(sent, reader, how)
  } finally {
    await reader.close()
  }
}

async function* filesOf(sent: SentFile, reader: ByteReader, how: How): AsyncGenerator<IncomingFile, void> {
  const kind = how.depth < MAX_DEPTH ? await kindOf(reader, sent.path) : undefined
  const deeper = { ...how, depth: how.depth + 1 }
  if (kind === 'zip') {
    for await (const { name, size, bytes, packed } of streamZip(rest(reader), how.limits)) {
      const file = { path: name, bytes, ...(size === undefined ? {} : { size }) }
      if (packed && !isResourceFork(name) && isDicom(packed.head()))
        yield { ...file, path: plainPath(name), atHand: true, packed }
      else {
        yield* within(file, deeper)
        // An archive in it may have ended before it does.
        await packed?.check()
      }
    }
  } else if (kind === 'tar') {
    for await (const { path, size, open } of readTar(rest(reader), how.limits))
      yield* within({ path, bytes: await open(), ...(size === undefined ? {} : { size }) }, deeper)
  } else if (kind === 'gz') {
    const path = sent.path.replace(/\.gz$/i, '').replace(/\.tgz$/i, '.tar')
    yield* within({ path, bytes: gunzip(rest(reader), how.limits) }, deeper)
  } else yield await fileOf(sent, reader, how.depth)
}

/** What macOS adds to archives for itself. */
const isResourceFork = (path: string): boolean => /(^|\/)__MACOSX\//.test(path)

async function kindOf(reader: ByteReader, path: string): Promise<'zip' | 'tar' | 'gz' | undefined> {
  const head = await reader.look(SNIFF_BYTES)
  // A preamble can hold anything, also what looks like the beginning of an archive.
  if (isDicom(head)) return undefined
  return sniffArchive(head) ?? (head.length === SNIFF_BYTES && archiveKind(path) === 'tar' ? 'tar' : undefined)
}

const isDicom = (head: Uint8Array): boolean => Buffer.from(head.subarray(128, 132)).toString('latin1') === 'DICM'

/** What was not read yet. Whoever stops before the end lets go of the source, so that others can pass over the rest. */
async function* rest(reader: ByteReader): AsyncGenerator<Uint8Array, void> {
  try {
    for (let piece = await reader.piece(); piece; piece = await reader.piece()) yield piece
  } finally {
    await reader.close()
  }
}

/** A small member of an archive is read at once; the sent file itself comes as it comes. */
async function fileOf({ path, size }: SentFile, reader: ByteReader, depth: number): Promise<IncomingFile> {
  const name = plainPath(path)
  const known = size === undefined ? {} : { size }
  if (depth === 0 || (size ?? 0) > AT_HAND_BYTES) return { path: name, bytes: rest(reader), ...known }
  const ahead = await reader.look(AT_HAND_BYTES + 1)
  if (ahead.length > AT_HAND_BYTES) return { path: name, bytes: rest(reader), ...known }
  // The end was met, and with it the checks of the member.
  return { path: name, bytes: onePiece(ahead), size: size ?? ahead.length, atHand: true }
}

async function* onePiece(bytes: Buffer): AsyncGenerator<Uint8Array, void> {
  yield bytes
}

import { isUtf8 } from 'node:buffer'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { extract, type Header } from 'tar-stream'
import {
  type ArchiveEntry,
  type ArchiveLimits,
  damaged,
  invalidMember,
  MemberCheck,
  type MemberKind,
} from './archive-entry.ts'
import type { Bytes } from './concatenation.ts'
import { arriving } from './gunzip.ts'

/** Also the format of the seventh Unix, which has no magic; the checksum is looked at all the same. */
const OPTIONS = { allowUnknownFormat: true, filenameEncoding: 'latin1', highWaterMark: 256 * 1024 } as const

/**
 * The files of a tar, one at a time: an entry can be opened, once, until the next one is taken. A tar has no directory,
 * so that a refused name may come after files that were fine: **store nothing for good until the iteration has ended
 * without a fault.**
 * @throws ArchiveError as `readZip` does, and 'broken-off' when the source fails
 */
export async function* readTar(source: Bytes, limits: ArchiveLimits): AsyncGenerator<ArchiveEntry, void> {
  const check = new MemberCheck(limits)
  const tar = extract(OPTIONS)
  const ended = pipeline(arriving(source), notEmpty, tar)
  ended.catch(() => undefined) // awaited below, unless the taker stops early
  try {
    for await (const entry of tar) {
      const { size = 0 } = entry.header
      const header = { ...entry.header, name: nameOf(entry.header) }
      const path = check.admit(header.name, kindOf(header), size)
      if (path !== undefined)
        yield { path, size, open: async () => Readable.from(pieces(entry as Bytes), { objectMode: false }) }
      entry.resume()
    }
    await ended
  } catch (error) {
    damaged(error)
  }
}

/** Even a tar of nothing has an end. */
async function* notEmpty(source: Bytes): AsyncGenerator<Uint8Array, void> {
  let empty = true
  for await (const piece of source) {
    empty &&= piece.length === 0
    yield piece
  }
  if (empty) damaged(undefined)
}

/** Names are UTF-8, in old archives Latin-1; those in extended headers have been decoded. */
function nameOf({ name, pax }: Header): string {
  const bytes = Buffer.from(name, 'latin1')
  return !Object.hasOwn(pax ?? {}, 'path') && isUtf8(bytes) ? bytes.toString() : name
}

function kindOf({ type, name, pax }: Header): MemberKind {
  if (type === 'directory') return 'folder'
  // The bytes of a sparse file are not its content.
  if (Object.keys(pax ?? {}).some((key) => key.startsWith('GNU.sparse.'))) invalidMember(name, 'is a sparse file')
  if (type !== 'file' && type !== 'contiguous-file') return 'other'
  // Old archives mark folders by their names alone.
  return name.endsWith('/') ? 'folder' : 'file'
}

/** Whoever stops early leaves the entry to `readTar`, which skips the rest: ending an entry here would end the tar. */
async function* pieces(entry: Bytes): AsyncGenerator<Uint8Array, void> {
  const iterator = entry[Symbol.asyncIterator]()
  try {
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value
  } catch (error) {
    damaged(error)
  }
}

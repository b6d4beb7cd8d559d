import { fileStart } from '../dicom/file-meta.ts'
import { type DicomHeader, firstOf, openHeader, readHeader, type Wanted, wholeHeader } from '../dicom/header.ts'
import type { Tag } from '../dicom/tags.ts'
import { refuse } from '../errors.ts'

/** Longest header that is held in memory until it is known where its object goes. */
const MAX_HEADER_BYTES = 16 * 1024 * 1024

/** An object whose header has been read; its bytes, those of the header included, are still to be taken. */
export type Peeked = Readonly<{
  header: DicomHeader
  /** The header with further tags, from the bytes at hand. */
  again: (also: ReadonlyMap<Tag, string>) => DicomHeader
  /** All bytes, once; preamble and file meta information are put in front where there were none. */
  bytes: () => AsyncIterable<Uint8Array>
  /** How many bytes come in front of those that were sent. */
  added: number
}>

/**
 * Reads an object as far as its pixels, no further.
 * @throws ArchiveError 'unreadable' when it is no DICOM object or its header is broken, cut or too long
 */
export async function peek(source: AsyncIterable<Uint8Array>, wanted: Wanted): Promise<Peeked> {
  const iterator = source[Symbol.asyncIterator]()
  try {
    const { held, header } = await readAhead(iterator, wanted)
    const front = header.hasMeta ? undefined : startOf(header)
    return {
      header,
      again: (also) => {
        const again = readHeader(Buffer.concat(held), { ...wanted, also })
        return again.cut ? headerBeforePixels(held, { ...wanted, also }) : again
      },
      bytes: () => allOf([...(front ? [front] : []), ...held], iterator),
      added: front?.length ?? 0,
    }
  } catch (error) {
    await iterator.return?.()
    throw error
  }
}

type Pieces = AsyncIterator<Uint8Array>

async function readAhead(
  iterator: Pieces,
  wanted: Wanted,
): Promise<Readonly<{ held: Uint8Array[]; header: DicomHeader }>> {
  const reader = openHeader(wanted)
  const held: Uint8Array[] = []
  let size = 0
  for (let next = await iterator.next(); !next.done; next = await iterator.next()) {
    held.push(next.value)
    size += next.value.length
    if (!reader.push(next.value)) break
    if (size > MAX_HEADER_BYTES) return { held, header: headerBeforePixels(held, wanted) }
  }
  return { held, header: wholeHeader(reader.end()) }
}

/** What comes after so many bytes of pixels is not read, although somebody wants it. */
function headerBeforePixels(held: readonly Uint8Array[], wanted: Wanted): DicomHeader {
  const header = readHeader(Buffer.concat(held), { ...wanted, also: beforePixels(wanted.also ?? new Map()) })
  if (!header.cut) return header
  return refuse({ kind: 'unreadable', what: 'DICOM', because: `Its header is longer than ${MAX_HEADER_BYTES} bytes.` })
}

const PIXELS = '7FE0'

const beforePixels = (also: ReadonlyMap<Tag, string>): ReadonlyMap<Tag, string> =>
  new Map([...also].filter(([tag]) => tag < PIXELS))

function startOf(header: DicomHeader): Buffer {
  const { transferSyntax } = header
  const [sopClass = '', instance = ''] = [firstOf(header, 'SOPClassUID'), firstOf(header, 'SOPInstanceUID')]
  return fileStart({ sopClass, instance, transferSyntax })
}

async function* allOf(held: readonly Uint8Array[], iterator: Pieces): AsyncGenerator<Uint8Array, void> {
  yield* held
  try {
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value
  } finally {
    await iterator.return?.()
  }
}

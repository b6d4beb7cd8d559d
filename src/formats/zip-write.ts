import { concatenate, exactly, type OpenContent, type Source, type Span } from './concatenation.ts'
import { endOfZip, headerLengths, localHeader, type ZipEntry, type ZipRecord, zipDirectory } from './zip-records.ts'

/** Exact length in bytes of the zip that `writeZip` makes of these entries. */
export function zipLength(entries: readonly ZipEntry[]): number {
  let [offset, size] = [0, 0]
  for (const entry of entries) {
    const { local, central } = headerLengths({ entry, method: 'stored', packedSize: entry.size, offset })
    offset += local + entry.size
    size += central
  }
  return offset + size + endOfZip(entries.length, size, offset).length
}

/**
 * A zip of stored entries, or the bytes `span` of it, so that a download can be resumed: the same entries always give
 * the same bytes. Long forms are used where size, offset or number need them.
 * @param open called once per entry that the span touches; must give as many bytes as the entry says
 */
export function writeZip<E extends ZipEntry>(
  entries: readonly E[],
  open: OpenContent<E>,
  span?: Span,
): AsyncGenerator<Uint8Array, void> {
  return concatenate(span ? cut(partsOf(entries), open, span) : whole(partsOf(entries), open))
}

/** A stretch of a stored zip. */
type Part<E> = Readonly<{ length: number } & ({ bytes: () => Buffer } | { entry: E })>

function* partsOf<E extends ZipEntry>(entries: readonly E[]): Generator<Part<E>, void> {
  const records: ZipRecord[] = []
  let offset = 0
  for (const entry of entries) {
    const record: ZipRecord = { entry, method: 'stored', packedSize: entry.size, offset }
    const header = localHeader(record)
    records.push(record)
    offset += header.length + entry.size
    yield { length: header.length, bytes: () => header }
    if (entry.size > 0) yield { length: entry.size, entry }
  }
  for (const bytes of zipDirectory(records, offset)) yield { length: bytes.length, bytes: () => bytes }
}

function* whole<E extends ZipEntry>(parts: Iterable<Part<E>>, open: OpenContent<E>): Generator<Source, void> {
  for (const part of parts) {
    if ('bytes' in part) yield part.bytes()
    else yield async () => exactly(part.length, part.entry.name, await open(part.entry))
  }
}

function* cut<E extends ZipEntry>(parts: Iterable<Part<E>>, open: OpenContent<E>, span: Span): Generator<Source, void> {
  let at = 0
  for (const part of parts) {
    const start = Math.max(span.start - at, 0)
    const end = Math.min(span.end - at, part.length - 1)
    at += part.length
    if (start > end) continue
    if ('bytes' in part) yield part.bytes().subarray(start, end + 1)
    else yield async () => exactly(end - start + 1, part.entry.name, await open(part.entry, { start, end }))
  }
}

import type { Scope } from '../archive/archive.ts'
import type { ByteRange } from '../blobs/blob-store.ts'
import { type DicomHeader, firstOf, type HeaderReader, openHeader } from '../dicom/header.ts'
import type { Tag } from '../dicom/tags.ts'
import { faultOf } from '../errors.ts'
import { openSeries, type SeriesHeaders } from './series-headers.ts'

/** Files whose beginnings are read at the same time. */
const READS_AT_ONCE = 4

export type DicomFile = Readonly<{ path: string; blob: string; size: number; crc32: number; modified_at: string }>

/** The files of a scan that are said to be DICOM: by their format, their folder's, or their folder's name. */
export function dicomFiles(scope: Scope, scan: number): Promise<DicomFile[]> {
  return filesSaidToBeDicom(scope, scan)
    .select(['f.path', 'f.blob', 'f.size', 'f.crc32', 'f.modified_at'])
    .orderBy('f.id')
    .execute()
}

/** A text that changes whenever the DICOM files of a scan do; undefined when it has none. */
export async function dicomState(scope: Scope, scan: number): Promise<string | undefined> {
  const { count, bytes, last, modified } = await filesSaidToBeDicom(scope, scan)
    .select(({ fn }) => [
      fn.countAll().as('count'),
      fn.sum('f.size').as('bytes'),
      fn.max('f.id').as('last'),
      fn.max('f.modified_at').as('modified'),
    ])
    .executeTakeFirstOrThrow()
  return Number(count) === 0 ? undefined : `${count} files of ${bytes} bytes, the last ${last} of ${modified}`
}

const filesSaidToBeDicom = (scope: Scope, scan: number) =>
  scope.db
    .selectFrom('files as f')
    .innerJoin('resources as r', 'r.id', 'f.resource_id')
    .where('r.scan_id', '=', scan)
    .where((eb) =>
      eb.or([
        eb(eb.fn('lower', ['r.format']), '=', 'dicom'),
        eb(eb.fn('lower', ['f.format']), '=', 'dicom'),
        eb('r.label', 'in', ['DICOM', 'secondary']),
      ]),
    )

/**
 * The series that the DICOM files of a scan belong to, with what their headers say; what turns out not to be DICOM is
 * left out.
 * @param also further tags that fields are made of, with their representations
 */
export async function storedSeries(
  scope: Scope,
  scan: number,
  also: ReadonlyMap<Tag, string>,
): Promise<readonly SeriesHeaders[]> {
  const series = new Map<string, SeriesHeaders>()
  await fromHeaders(scope, scan, {
    also,
    take: (header) => {
      const uid = firstOf(header, 'SeriesInstanceUID') ?? ''
      const one = series.get(uid) ?? openSeries(uid, new Set(also.keys()))
      series.set(uid, one)
      one.add(header)
    },
  })
  return [...series.values()]
}

/** How headers are taken one after the other, in no order. */
type Taking = Readonly<{ also?: ReadonlyMap<Tag, string>; take: (header: DicomHeader, file: DicomFile) => void }>

/** Reads the header of each DICOM file of a scan; none is kept. */
export async function fromHeaders(scope: Scope, scan: number, { also, take }: Taking): Promise<void> {
  const files = await dicomFiles(scope, scan)
  let next = 0
  const lane = async (): Promise<void> => {
    for (let at = next++; at < files.length; at = next++) {
      const header = await headerOf(scope, files[at]!, also)
      if (header) take(header, files[at]!)
    }
  }
  await Promise.all(Array.from({ length: Math.min(READS_AT_ONCE, files.length) }, lane))
}

/** Bytes that are read of a file at first; only few headers are longer. */
const FIRST_BYTES = 64 * 1024

/** The header of one stored file, or undefined when it is no DICOM object. */
export async function headerOf(
  scope: Scope,
  file: DicomFile,
  also: ReadonlyMap<Tag, string> = new Map(),
): Promise<DicomHeader | undefined> {
  const reader = openHeader({ also })
  try {
    for (const range of rangesOf(file.size)) {
      if (!(await feed(reader, await scope.archive.blobs.read(file.blob, range)))) break
    }
    return reader.end()
  } catch (error) {
    if (faultOf(error)?.kind === 'unreadable') return undefined
    throw error
  }
}

/** The beginning, then the rest. */
function rangesOf(size: number): readonly ByteRange[] {
  if (size === 0) return []
  const first = { start: 0, end: Math.min(size, FIRST_BYTES) - 1 }
  return size > FIRST_BYTES ? [first, { start: FIRST_BYTES, end: size - 1 }] : [first]
}

async function feed(reader: HeaderReader, bytes: AsyncIterable<Uint8Array>): Promise<boolean> {
  let more = true
  for await (const piece of bytes) {
    more = reader.push(piece)
    if (!more) break
  }
  return more
}

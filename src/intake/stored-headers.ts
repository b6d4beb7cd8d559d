import type { Scope } from '../archive/archive.ts'
import { type DicomHeader, FIRST_BYTES, HEADER_BYTES, readHeader } from '../dicom/header.ts'
import { faultOf } from '../errors.ts'

/** Files whose beginnings are read at the same time. */
const READS_AT_ONCE = 4

export type DicomFile = Readonly<{ path: string; blob: string; size: number; crc32: number; modified_at: string }>

/** The files of a scan that are said to be DICOM: by their format, their folder's, or their folder's name. */
export function dicomFiles(scope: Scope, scan: number): Promise<DicomFile[]> {
  return scope.db
    .selectFrom('files as f')
    .innerJoin('resources as r', 'r.id', 'f.resource_id')
    .select(['f.path', 'f.blob', 'f.size', 'f.crc32', 'f.modified_at'])
    .where('r.scan_id', '=', scan)
    .where((eb) =>
      eb.or([
        eb(eb.fn('lower', ['r.format']), '=', 'dicom'),
        eb(eb.fn('lower', ['f.format']), '=', 'dicom'),
        eb('r.label', 'in', ['DICOM', 'secondary']),
      ]),
    )
    .orderBy('f.id')
    .execute()
}

/** The headers of the DICOM files of a scan, in the order of their files; what turns out not to be DICOM is left out. */
export async function storedHeaders(scope: Scope, scan: number): Promise<readonly DicomHeader[]> {
  const files = await dicomFiles(scope, scan)
  const headers: (DicomHeader | undefined)[] = []
  let next = 0
  const lane = async (): Promise<void> => {
    for (let at = next++; at < files.length; at = next++) headers[at] = await headerOf(scope, files[at]!)
  }
  await Promise.all(Array.from({ length: Math.min(READS_AT_ONCE, files.length) }, lane))
  return headers.filter((header) => header !== undefined)
}

/** The header of one stored file, or undefined when it is no DICOM object. */
export async function headerOf(scope: Scope, file: DicomFile): Promise<DicomHeader | undefined> {
  try {
    const header = readHeader(await beginning(scope, file, FIRST_BYTES))
    if (!header.cut || file.size <= FIRST_BYTES) return header
    return readHeader(await beginning(scope, file, HEADER_BYTES))
  } catch (error) {
    if (faultOf(error)?.kind === 'unreadable') return undefined
    throw error
  }
}

async function beginning(scope: Scope, { blob, size }: DicomFile, most: number): Promise<Uint8Array> {
  if (size === 0) return new Uint8Array()
  const bytes = await scope.archive.blobs.read(blob, { start: 0, end: Math.min(size, most) - 1 })
  return Buffer.concat(await Array.fromAsync(bytes as AsyncIterable<Buffer>))
}

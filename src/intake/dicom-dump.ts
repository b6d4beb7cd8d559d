import { type Archive, type Scope, scopeOf } from '../archive/archive.ts'
import { locateScan, locateSession } from '../archive/locate.ts'
import { type Dumped, dumpOf } from '../dicom/dump.ts'
import { attributeWritten, type Names, standardNames } from '../dicom/keywords.ts'
import type { Tag } from '../dicom/tags.ts'
import { refuse } from '../errors.ts'
import type { Viewer } from '../model/access.ts'
import type { ExperimentAddress } from '../model/address.ts'
import type { Table } from '../model/table.ts'
import { waitingFiles } from './arrival-contents.ts'
import type { ArrivalAddress } from './arrivals.ts'
import { dicomFiles } from './stored-headers.ts'

/** Bytes of an object that are looked at: more than any header that people want to read. */
const DUMP_BYTES = 4 * 1024 * 1024

/** What is looked into: an entry or a session, or one scan of it. */
export type DumpSource =
  | Readonly<{ kind: 'arrival'; at: ArrivalAddress; scan: string | undefined }>
  | Readonly<{ kind: 'session'; at: ExperimentAddress; scan: string | undefined }>

type Stored = Readonly<{ blob: string; size: number }>

/**
 * The elements of one object of a scan, or of a session, with their names (import 2.5).
 * @param fields keywords or tags; empty: all up to the pixels
 * @throws ArchiveError 'not-found', 'forbidden'; 'invalid' for a field that is none; 'unreadable'
 */
export async function dumpDicom(
  archive: Archive,
  viewer: Viewer,
  { source, fields }: Readonly<{ source: DumpSource; fields: readonly string[] }>,
): Promise<Table> {
  const scope = scopeOf(archive, viewer)
  const wanted = await tagsOf(fields)
  const file = await firstFile(scope, source)
  const names = await standardNames()
  const elements = dumpOf(await beginning(archive, file), names.representationOf)
  const shown = elements.filter(({ parent, tag }) => wanted.size === 0 || wanted.has(tag) || wanted.has(parent ?? ''))
  return tableOf(shown, names)
}

async function tagsOf(fields: readonly string[]): Promise<ReadonlySet<Tag>> {
  const tags = new Set<Tag>()
  for (const field of fields) {
    if (/^[0-9a-f]{8}$/i.test(field)) tags.add(field.toUpperCase())
    else {
      const because = `${field} is no DICOM attribute: write PatientName or 00100010, for example.`
      tags.add((await attributeWritten(field))?.tag ?? refuse({ kind: 'invalid', field: 'field', because }))
    }
  }
  return tags
}

async function firstFile(scope: Scope, source: DumpSource): Promise<Stored> {
  const missing = (): never => refuse({ kind: 'not-found', noun: 'file', name: 'DICOM' })
  const { archive, viewer } = scope
  if (source.kind === 'arrival') {
    const part = source.scan === undefined ? {} : { scan: source.scan }
    const files = await waitingFiles(archive, viewer, source.at, part)
    return files.find(({ scan }) => scan !== '') ?? missing()
  }
  for (const scan of await scansIn(scope, source)) {
    const [file] = await dicomFiles(scope, scan)
    if (file) return file
  }
  return missing()
}

async function scansIn(scope: Scope, { at, scan }: DumpSource & { kind: 'session' }): Promise<readonly number[]> {
  if (scan !== undefined) return [(await locateScan(scope, { ...at, scan }, 'read')).row.id]
  const session = await locateSession(scope, at, 'read')
  const rows = await scope.db
    .selectFrom('scans')
    .select('id')
    .where('session_id', '=', session.row.id)
    .orderBy('id')
    .execute()
  return rows.map(({ id }) => id)
}

async function beginning({ blobs }: Archive, { blob, size }: Stored): Promise<Buffer> {
  if (size === 0) return Buffer.alloc(0)
  const pieces: Uint8Array[] = []
  for await (const piece of await blobs.read(blob, { start: 0, end: Math.min(size, DUMP_BYTES) - 1 }))
    pieces.push(piece)
  return Buffer.concat(pieces)
}

const written = (tag: Tag): string => `(${tag.slice(0, 4)},${tag.slice(4)})`

/** An element of a sequence has the tag of that first and its own second. */
function tableOf(elements: readonly Dumped[], { keywordOf }: Names): Table {
  const rows = elements.map(({ parent, tag, vr, value }) => [
    written(parent ?? tag),
    parent === undefined ? '' : written(tag),
    vr,
    value,
    spaced(keywordOf(tag)),
  ])
  return {
    columns: ['tag1', 'tag2', 'vr', 'value', 'desc'].map((key) => ({ key, kind: 'string' })),
    rows,
    metadata: { totalRecords: String(rows.length), title: 'DICOM Dump' },
  }
}

/** `PatientName` is `Patient Name`. */
const spaced = (keyword: string): string => keyword.replaceAll(/(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/g, ' ')

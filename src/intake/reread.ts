import { type Archive, type Reason, type Scope, scopeOf } from '../archive/archive.ts'
import { mappingsInForce } from '../archive/dicom-mappings.ts'
import { putExperiment } from '../archive/experiments.ts'
import {
  type LocatedExperiment,
  locateExperiment,
  locateScan,
  locateSession,
  orNothing,
  type ScanRow,
} from '../archive/locate.ts'
import { mappedScanType } from '../archive/scan-types.ts'
import { isCalled } from '../archive/scans.ts'
import { editableSession } from '../archive/session-parts.ts'
import { distinctForSession, scanRecord, sessionRecord } from '../dicom/fields.ts'
import type { DicomHeader } from '../dicom/header.ts'
import { representationOf } from '../dicom/keywords.ts'
import { scanTypeOf } from '../dicom/modality.ts'
import { codedScanType } from '../dicom/special-fields.ts'
import type { Tag } from '../dicom/tags.ts'
import { refuse } from '../errors.ts'
import type { Viewer } from '../model/access.ts'
import type { ExperimentAddress, ScanAddress } from '../model/address.ts'
import type { Item } from '../model/item.ts'
import { patchOf } from '../model/patch.ts'
import { type Mapping, withMappings } from './mapped-fields.ts'
import { storedSeries } from './stored-headers.ts'

/**
 * What the headers of a scan's DICOM files say of it, for somebody who may change it (scans 6.5).
 * @throws ArchiveError 'not-found', 'forbidden'; 'conflict' without DICOM files, with those of several series or of
 * another modality than the scan's
 */
export async function rereadScan(archive: Archive, viewer: Viewer, at: ScanAddress): Promise<Item> {
  const scope = scopeOf(archive, viewer)
  const session = editableSession(scope, await locateSession(scope, at, 'read'), 'edit')
  const scan = await orNothing(locateScan(scope, at, 'read'))
  const mapped = await mappedIn(scope, session)
  const read = scan && (await rereadRow(scope, session, scan.row, mapped))
  return read?.record ?? conflict(at.scan, `Scan ${at.scan} has no DICOM files.`)
}

/**
 * Writes what the headers of all scans of a session say of it and of them; scans without DICOM files stay as they are
 * (hierarchy 1.11). Other experiments have none and stay as they are too.
 * @throws ArchiveError 'not-found', 'forbidden', 'conflict' as for one scan
 */
export async function rereadSession(
  archive: Archive,
  viewer: Viewer,
  why: Reason,
  at: ExperimentAddress,
): Promise<void> {
  const scope = scopeOf(archive, viewer)
  const session = await locateExperiment(scope, at, 'edit')
  const rows = await scope.db
    .selectFrom('scans')
    .selectAll()
    .where('session_id', '=', session.row.id)
    .orderBy('id')
    .execute()
  const mapped = await mappedIn(scope, session)
  const scans: Item[] = []
  let seen: readonly DicomHeader[] = []
  for (const row of rows) {
    const read = await rereadRow(scope, session, row, mapped)
    if (!read) continue
    scans.push(asChild(row, read.record))
    // Of all the headers only those are kept that tell the session something new.
    const tags = mapped.mappings.map(({ tag }) => tag)
    seen = distinctForSession(archive.types, { type: session.row.xsi_type, also: tags }, [...seen, ...read.headers])
  }
  if (scans.length === 0) return
  const record = withMappings(sessionRecord(archive.types, session.row.xsi_type, seen), seen, mapped.mappings)
  const document: Item = { ...record, children: { ...record.children, 'scans/scan': scans } }
  const home = { segment: session.row.accession }
  await putExperiment(archive, viewer, why, { home, patch: patchOf(document) })
}

/** A scan as it stands in its session's document; the name that people gave it stays. */
function asChild(row: ScanRow, record: Item): Item {
  const named = isCalled((JSON.parse(row.doc) as { type?: string }).type)
  const { type, ...fields } = record.fields
  return { ...record, fields: { ID: row.scan_id, ...fields, ...(named || type === undefined ? {} : { type }) } }
}

/** What administrators map of DICOM in the project of a session, and the tags that are read for it. */
type Mapped = Readonly<{ mappings: readonly Mapping[]; also: ReadonlyMap<Tag, string> }>

async function mappedIn(scope: Scope, session: LocatedExperiment): Promise<Mapped> {
  const mappings = await mappingsInForce(scope, session.owner)
  const read = mappings.map(async ({ tag }) => [tag, await representationOf(tag)] as const)
  return { mappings, also: new Map(await Promise.all(read)) }
}

/** What the files of a scan say, and the headers that tell it; undefined where it has no DICOM files. */
async function rereadRow(
  scope: Scope,
  session: LocatedExperiment,
  scan: ScanRow,
  { mappings, also }: Mapped,
): Promise<{ record: Item; headers: readonly DicomHeader[] } | undefined> {
  const { types } = scope.archive
  const [series, ...others] = await storedSeries(scope, scan.id, also)
  if (!series) return undefined
  if (others.length > 0)
    conflict(scan.scan_id, `The DICOM files of scan ${scan.scan_id} belong to more than one series.`)
  const type = scanTypeOf(series.classes)
  if (type !== scan.xsi_type && scan.xsi_type !== 'xnat:imageScanData') {
    conflict(
      scan.scan_id,
      `The DICOM files of scan ${scan.scan_id} are of type ${type}, the scan is of type ${scan.xsi_type}.`,
    )
  }
  const headers = series.distinct()
  const { fields, ...record } = withMappings(scanRecord(types, type, headers), headers, mappings)
  const description = fields['series_description']
  const frames = series.frames()
  const known = { description: description === undefined ? undefined : String(description), frames }
  const name = codedScanType(headers) ?? (await mappedScanType(scope, session.owner, known))
  return { record: { ...record, fields: { ...fields, frames, type: name } }, headers }
}

const conflict = (scan: string, because: string): never =>
  refuse({ kind: 'conflict', noun: 'scan', name: scan, because })
